"""Commands on the attack: its steps, what is shown of it, the windows that measure it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from perturber.core.evaluation import Evaluation
from perturber.gui.attack.attack_view import TITLES, AttackView
from perturber.gui.attack.attacking import PINNED, Attacking
from perturber.gui.base.context import Context
from perturber.gui.base.menu_command import Command, Entry, HoldCommand, MenuPlace, MenuTitle, SubjectCommands
from perturber.gui.base.view import LOOKS, Look
from perturber.gui.widgets.frames.late_window import LateWindow

if TYPE_CHECKING:
    from perturber.gui.attack.divergence_window import DivergenceWindow
    from perturber.gui.attack.strength_window import StrengthWindow

STEP = "One step; hold the key to take more"
PIN = "Attack every new frame with the same number of steps, instead of ending the attack when the scene changes"
STRENGTH = "Find the smallest attack that fools each model, and whether it fools the others too"
DIVERGENCE = "How far the attack has moved every layer, and how far the models are apart"


class AttackCommands(SubjectCommands):
    """Acts on the attack and opens its windows.

    ``show_settings`` shows the attack's section; ``show_changed`` has the units of a slot that the attack changed
    most shown; ``shown`` returns the evaluation that is on screen.
    """

    def __init__(
        self,
        context: Context,
        attacking: Attacking,
        view: AttackView,
        window: QWidget,
        *,
        show_settings: Callable[[], None],
        show_changed: Callable[[str], None],
        shown: Callable[[], Evaluation | None],
    ) -> None:
        self._context, self._attacking, self._view, self._window = context, attacking, view, window
        self._show_settings, self._show_changed, self._shown = show_settings, show_changed, shown
        self.strength = LateWindow(self._make_strength)
        self.divergence = LateWindow(self._make_divergence)

    def commands(self) -> Iterable[Entry]:
        """Return the commands for steps, looks and measurements."""
        yield from self._steps()
        yield from self._looks()
        menu, at = MenuTitle.ATTACK, MenuPlace
        yield Command("attack_show", "Show &Settings", menu, at(3, 1), self._show_settings, shortcut="Ctrl+J")
        yield Command("strength", "Measure S&trength…", menu, at(3, 2), self.strength.bring, tip=STRENGTH)
        yield Command(
            "divergence", "What the &Attack Did…", MenuTitle.TOOLS, at(1, 1), self.divergence.bring, tip=DIVERGENCE
        )

    def _steps(self) -> Iterable[Entry]:
        menu, attacking, at = MenuTitle.ATTACK, self._attacking, MenuPlace
        hold = HoldCommand("A", attacking.press, attacking.release)

        def attacked() -> bool:
            return attacking.taken > 0

        yield Command("attack_step", "Take a &Step", menu, at(1, 1), attacking.step, tip=STEP, hold=hold)
        yield Command("attack_run", "&Run or Pause", menu, at(1, 2), attacking.toggle, shortcut="Shift+A")
        yield Command(
            "attack_back", "&Undo Step", menu, at(1, 3), attacking.back, shortcut="Shift+Backspace", enabled=attacked
        )
        yield Command(
            "attack_clear", "&Clear", menu, at(1, 4), attacking.clear, shortcut="Ctrl+Backspace", enabled=attacked
        )
        yield Command(
            "attack_pin",
            "&Keep Attacking",
            menu,
            at(1, 5),
            self.pin,
            shortcut="Ctrl+K",
            tip=PIN,
            checked=lambda: self._context.store.session.attack.pinned,
        )

    def _looks(self) -> Iterable[Entry]:
        view, compare = self._context.view, self._view.compare
        for number, look in enumerate(LOOKS, 1):
            yield Command(
                f"look_{look}",
                TITLES[look][0],
                MenuTitle.ATTACK,
                MenuPlace(2, number),
                partial(view.set_look, look),
                shortcut=f"Ctrl+{number}",
                tip=TITLES[look][1],
                checked=partial(self._is_shown, look),
            )
        yield HoldCommand("O", lambda: compare(True), lambda: compare(False))

    def _is_shown(self, look: Look) -> bool:
        return self._context.view.look == look

    def pin(self) -> None:
        """Attack every new frame, or end the attack when the scene changes."""
        store = self._context.store
        store.set(PINNED, not store.session.attack.pinned)

    def close(self) -> None:
        """Close the windows for good."""
        for late in (self.divergence, self.strength):
            if late.window is not None:
                late.window.close_window()

    def _make_strength(self) -> StrengthWindow:
        from perturber.gui.attack.strength_window import StrengthWindow  # late: the window starts without

        return StrengthWindow(self._context, self._window)

    def _make_divergence(self) -> DivergenceWindow:
        from perturber.gui.attack.divergence_window import DivergenceWindow  # late, as above

        window = DivergenceWindow(self._context, self._show_changed, self._window)
        shown = self._shown()
        if shown is not None:
            window.show_evaluation(shown)
        return window
