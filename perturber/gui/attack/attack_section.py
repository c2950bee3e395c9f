"""The attack section of the scene column: model, target, method, and steps."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QWidget

from perturber.core.evaluation import Evaluation
from perturber.core.parameters.parameter import find
from perturber.core.parameters.plugin import kinds
from perturber.core.session.attack import Attack, AttackMethod
from perturber.core.session.session import Session
from perturber.gui.attack.attack_methods import METHOD, switch_method
from perturber.gui.attack.attack_rows import MethodRows
from perturber.gui.attack.attack_words import describe_change
from perturber.gui.attack.attacking import PINNED, Attacking
from perturber.gui.base.binding import Binding
from perturber.gui.base.context import Context
from perturber.gui.base.rows import RowLabel, row_for
from perturber.gui.models.class_button import ClassButton
from perturber.gui.models.slot_choice import SlotChoice
from perturber.gui.models.slot_head import TITLES
from perturber.gui.style.icons import icon
from perturber.gui.style.theme import ROW, SPACE, font
from perturber.gui.widgets.frames.section import Section
from perturber.gui.widgets.inputs.combo import Combo
from perturber.gui.widgets.sliders.slider import Slider

SLOT, TARGET = "attack.slot", "attack.target"
UNTARGETED = "Untargeted"
TIP = "Class to reach. Untargeted: move away from the current top class"
FADES = ("attack.alpha", "attack.original", PINNED)
RESET = 24
"""Width in pixels reserved at the right for the reset button."""
STEP = "Take one step. Hold to keep stepping (A)"
RUN, PAUSE = "Take all planned steps, then keep going (Shift+A)", "Pause (Shift+A)"
BACK, CLEAR = "Undo the last step (Shift+Backspace)", "End the attack but keep its steps (Ctrl+Backspace)"
SCRUB = "Drag to move through the computed steps"


class AttackSection(Section):
    """The section that configures and steps the attack, and shows its problems."""

    def __init__(self, context: Context, attacking: Attacking, parent: QWidget | None = None) -> None:
        super().__init__(Attack.group, context.theme, parent=parent)
        self._context, self._attacking = context, attacking
        self._binding = Binding(context.store, lambda text: context.report(text, "error"))
        self._last: dict[str, AttackMethod] = {}
        self.slots = SlotChoice(TITLES)
        self.slots.chosen.connect(partial(context.store.set, SLOT))
        self.target = ClassButton(context, UNTARGETED, TIP)
        self.target.setObjectName("choice")
        self.target.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.target.chosen.connect(partial(context.store.set, TARGET))
        self.methods = Combo(context.theme)
        self.methods.setAccessibleName("Method")
        self.rows = MethodRows(context)
        self.problem, self.sizes, self.place_label = QLabel(), QLabel(), QLabel()
        self._build_rows()
        self.reset.connect(self._reset)
        attacking.changed.connect(self._follow)
        context.store.changed.connect(self._on_changed)
        context.theme.changed.connect(self._color)
        self._color()
        self._show(context.store.session)
        self._follow()

    def _build_rows(self) -> None:
        self.problem.setObjectName("error")
        self.sizes.setObjectName("hint")
        for label in (self.problem, self.sizes):
            label.setWordWrap(True)
            label.setContentsMargins(4, 0, 0, 4)
            label.hide()
        self._family = kinds(AttackMethod)
        self.methods.addItems([member.title for member in self._family.values()])
        self.methods.activated.connect(self._switch)
        fades = [row_for(find(Session, path), self._context.theme) for path in FADES]
        for path, row in zip(FADES, fades, strict=True):
            self._binding.bind(path, row)
        self.fades = dict(zip(FADES, fades, strict=True))
        parts = (
            self._labeled("Model", self.slots, 0),
            self._labeled("Target", self.target, 8),
            self._buttons(),
            self._scrubber(),
            self.problem,
            self.sizes,
            self.fades[PINNED],
            self._labeled("Method", self.methods, 8),
            self.rows,
            *(row for path, row in self.fades.items() if path != PINNED),
        )
        self.methods.setMinimumContentsLength(8)
        self.methods.setSizeAdjustPolicy(Combo.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        for number, part in enumerate(parts):
            self.place(number, part)

    def _labeled(self, text: str, control: QWidget, stretch: int = 1) -> QWidget:
        line = QWidget()
        line.setObjectName("plain")
        line.setMinimumHeight(ROW + 2)
        label = RowLabel(text)
        inside = QHBoxLayout(line)
        inside.setContentsMargins(SPACE // 2, 0, RESET, 0)
        inside.setSpacing(SPACE // 2)
        inside.addWidget(label)
        inside.addWidget(control, stretch)
        return line

    def _buttons(self) -> QWidget:
        attacking = self._attacking
        box = QWidget()
        box.setObjectName("plain")
        line = QHBoxLayout(box)
        line.setContentsMargins(SPACE // 2, SPACE // 2, SPACE // 2, 2)
        line.setSpacing(3)
        self.step = self._button("Step", STEP)
        self.step.pressed.connect(attacking.press)
        self.step.released.connect(attacking.release)
        self.run = self._button("Run", RUN)
        self.run.clicked.connect(attacking.toggle)
        self.back = self._button("Undo Step", BACK)
        self.back.clicked.connect(attacking.back)
        self.clear = self._button("Clear", CLEAR)
        self.clear.clicked.connect(attacking.clear)
        for button in (self.step, self.run, self.back, self.clear):
            line.addWidget(button, 1)
        return box

    def _button(self, text: str, tip: str) -> QPushButton:
        button = QPushButton(text)
        button.setObjectName("compact")
        button.setToolTip(tip)
        button.setIconSize(QSize(14, 14))
        return button

    def _scrubber(self) -> QWidget:
        box = QWidget()
        box.setObjectName("plain")
        line = QHBoxLayout(box)
        line.setContentsMargins(SPACE // 2, 0, RESET, 2)
        line.setSpacing(SPACE)
        self.scrubber = Slider(self._context.theme, 0, 1, origin=0, step=1)
        self.scrubber.setAccessibleName("Step")
        self.scrubber.setToolTip(SCRUB)
        self.scrubber.began.connect(self._context.store.begin)
        self.scrubber.ended.connect(self._context.store.commit)
        self.scrubber.moved.connect(lambda step: self._attacking.scrub(round(step)))
        self.place_label.setObjectName("caption")
        self.place_label.setFont(font(12, numbers=True))
        self.place_label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.place_label.setMinimumWidth(78)
        line.addWidget(self.scrubber, 1)
        line.addWidget(self.place_label)
        return box

    def show_evaluation(self, evaluation: Evaluation) -> None:
        """Show the size of the change, and the attack's problem or notice."""
        result = evaluation.attack
        self.target.show_evaluation(evaluation)
        original = original_of(evaluation)
        self.target.set_first(f"{UNTARGETED}: away from {original}" if original else UNTARGETED)
        self.problem.setText((result.problem or result.notice) if result is not None else "")
        self.problem.setVisible(bool(self.problem.text()))
        known = result is not None and result.taken > 0
        self.sizes.setText("\n".join(describe_change(result)) if result is not None and known else "")
        self.sizes.setVisible(known)

    def close_panel(self) -> None:
        """Disconnect from the store."""
        self._context.store.changed.disconnect(self._on_changed, missing_ok=True)
        self._binding.close()
        self.rows.close_panel()

    def _switch(self, index: int) -> None:
        """Switch the method; each method keeps its own settings."""
        old, kind = self._context.store.session.attack.method, list(self._family)[index]
        if type(old) is not self._family[kind]:
            last = self._last.get(kind)
            self._context.store.set(METHOD, switch_method(old, self._family[kind], last, self.rows.sizes))

    def _reset(self) -> None:
        self._attacking.stop()
        session = self._context.store.session
        self._context.store.replace(session.model_copy(update={"attack": Attack()}))

    def _on_changed(self, old: Session, new: Session) -> None:
        if old.attack is not new.attack or old.models is not new.models:
            self._show(new)

    def _show(self, session: Session) -> None:
        attack = session.attack
        self.slots.show_slot(attack.slot)
        self.slots.offer(name for name, _ in session.models.items())
        self.target.show_class(attack.slot, attack.target)
        members = list(self._family.values())
        if type(attack.method) in members:
            self.methods.setCurrentIndex(members.index(type(attack.method)))
            self.methods.setToolTip((type(attack.method).__doc__ or "").strip())
            self._last[list(self._family)[self.methods.currentIndex()]] = attack.method

    def _follow(self) -> None:
        """Update the position, and enable the buttons that apply."""
        attacking = self._attacking
        taken, result = attacking.taken, attacking.result
        here = attacking.here
        furthest = max(attacking.furthest, here)
        self.step.setEnabled(not attacking.over or attacking.running)
        self.run.setEnabled(not attacking.over or attacking.running)
        word = "Pause" if attacking.running else "Run"
        if word != self.run.text():
            self.run.setText(word)
            self.run.setToolTip(PAUSE if attacking.running else RUN)
            self._color()
        self.back.setEnabled(taken > 0)
        self.clear.setEnabled(taken > 0)
        self.scrubber.setEnabled(furthest > 0)
        self.scrubber.show_place(here, furthest)
        reached = min(here, result.taken) if result is not None else here
        self.place_label.setText(f"{reached} / {furthest}" if furthest else "No steps yet")

    def _color(self) -> None:
        colors = self._context.theme.colors
        self.step.setIcon(icon("step", colors.text, colors.faint))
        self.run.setIcon(icon("pause" if self._attacking.running else "play", colors.text, colors.faint))


def original_of(evaluation: Evaluation) -> str:
    """Return the name of the attacked network's top class on the clean frame, or an empty string if unknown."""
    slot, attack = evaluation.session.attack.slot, evaluation.attack
    if attack is not None:
        return next((v.original.name for v in attack.verdicts if v.slot == slot), "")
    return next((result.top[0].name for result in evaluation.slots if result.slot == slot and result.top), "")
