"""The commands for the attack: steps, picture modes, and measurement windows."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from perturber.core.evaluation import Evaluation
from perturber.core.parameters.parameter import find
from perturber.core.session.session import Session
from perturber.gui.attack.attack_view import TITLES, AttackView
from perturber.gui.attack.attacking import PINNED, Attacking
from perturber.gui.base.context import Context
from perturber.gui.base.menu_command import Command, Entry, HoldCommand, MenuPlace, MenuTitle, SubjectCommands
from perturber.gui.base.view import LOOKS, Look
from perturber.gui.widgets.frames.late_window import LateWindow

if TYPE_CHECKING:
    from perturber.gui.attack.divergence_window import DivergenceWindow
    from perturber.gui.attack.strength_window import StrengthWindow

STEP = "Take one step. Hold to keep stepping"
STRENGTH = "Find the smallest attack that fools each model and test whether it transfers to the others"
DIVERGENCE = "Plot how far the attack moves each layer's activations, and how far the models are apart"


class AttackCommands(SubjectCommands):
    """The commands that control the attack and open its windows.

    ``show_settings`` opens the attack's section; ``show_changed`` shows the units of a slot that the attack
    changed most; ``shown`` returns the displayed evaluation.
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
        """Return the commands for steps, picture modes and measurements."""
        yield from self._steps()
        yield from self._looks()
        menu, at = MenuTitle.ATTACK, MenuPlace
        yield Command("attack_show", "Show &Settings", menu, at(3, 1), self._show_settings, shortcut="Ctrl+J")
        yield Command("strength", "Measure S&trength…", menu, at(3, 2), self.strength.bring, tip=STRENGTH)
        yield Command(
            "divergence", "&Attack Divergence…", MenuTitle.TOOLS, at(1, 1), self.divergence.bring, tip=DIVERGENCE
        )

    def _steps(self) -> Iterable[Entry]:
        menu, attacking, at = MenuTitle.ATTACK, self._attacking, MenuPlace
        hold = HoldCommand("A", attacking.press, attacking.release)

        def attacked() -> bool:
            return attacking.taken > 0

        yield Command("attack_step", "&Step", menu, at(1, 1), attacking.step, tip=STEP, hold=hold)
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
            tip=find(Session, PINNED).doc.removesuffix("."),
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
        """Toggle between attacking every new frame and ending the attack when the scene changes."""
        store = self._context.store
        store.set(PINNED, not store.session.attack.pinned)

    def close(self) -> None:
        """Close both windows and disconnect them."""
        for late in (self.divergence, self.strength):
            if late.window is not None:
                late.window.close_window()

    def _make_strength(self) -> StrengthWindow:
        from perturber.gui.attack.strength_window import StrengthWindow  # late: the main window starts without it

        return StrengthWindow(self._context, self._window)

    def _make_divergence(self) -> DivergenceWindow:
        from perturber.gui.attack.divergence_window import DivergenceWindow  # late, as above

        window = DivergenceWindow(self._context, self._show_changed, self._window)
        shown = self._shown()
        if shown is not None:
            window.show_evaluation(shown)
        return window
