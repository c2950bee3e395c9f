"""The weight editor: the panel that builds a third model from the weights of the other two."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QScrollArea, QToolButton, QVBoxLayout, QWidget

from perturber.core.errors import InputError
from perturber.core.evaluation import Evaluation
from perturber.core.session.edit import WHOLE, Edit
from perturber.core.session.session import Session
from perturber.core.session.unit_ref import UnitRef
from perturber.gui.base.context import Context
from perturber.gui.edit.editor_rows import NAME_WIDTH, BlockRow, Hint, MixRow, PruneRow
from perturber.gui.edit.editor_units import EditedUnits
from perturber.gui.models.identity import describe_edit
from perturber.gui.models.slot_head import EDIT, ENABLED
from perturber.gui.style.icons import icon
from perturber.gui.style.theme import SPACE, restyle
from perturber.gui.widgets.frames.card import Panel
from perturber.gui.widgets.inputs.combo import Combo
from perturber.platforms import current

MIX, PRUNE = "Mix", "Prune"
TIPS = {
    MIX: "Mix each block's weights: W₁ · (1 − α) + W₂ · α of Model 1 and Model 2",
    PRUNE: "Rank each block's filters by magnitude and set those outside the range to 0",
}
LEAST_WIDTH = 286


class EditorPanel(Panel):
    """The editor of the session's edit: blocks to mix or prune, and single units to scale."""

    def __init__(self, context: Context, tools: list[QWidget], parent: QWidget | None = None) -> None:
        super().__init__("Edited Model", parent)
        self._context = context
        self.blocks: tuple[str, ...] = ()
        self.rows: dict[str, BlockRow] = {}
        self._shown: dict[str, Any] = {}
        self._add_close()
        self._add_mode(tools)
        self._add_ends()
        self._add_lists()
        self.setMinimumWidth(LEAST_WIDTH)
        context.store.changed.connect(self._on_changed)
        context.theme.changed.connect(self._recolor)
        self._recolor()
        self._rebuild()

    @property
    def edit(self) -> Edit:
        """The session's edit."""
        return self._context.store.session.models.edited.edit

    def _add_close(self) -> None:
        self.close_button = QToolButton()
        self.close_button.setObjectName("tiny")
        self.close_button.setFixedSize(20, 20)
        self.close_button.setIconSize(QSize(14, 14))
        self.close_button.setToolTip(f"Close the editor and keep the edit ({current().key_text('Ctrl+E')})")
        self.close_button.setAccessibleName("Close Editor")
        self.close_button.clicked.connect(lambda: self._context.store.set(ENABLED, False))
        self.head.addWidget(self.close_button)

    def _add_mode(self, tools: list[QWidget]) -> None:
        self.mode = Combo(self._context.theme)
        self.mode.addItems([MIX, PRUNE])
        self.mode.setAccessibleName("Editing Mode")
        self.mode.currentIndexChanged.connect(self._rebuild)
        caption = QLabel("Editing Mode")
        caption.setObjectName("caption")
        caption.setBuddy(self.mode)
        line = QHBoxLayout()
        line.setSpacing(SPACE)
        line.addWidget(caption)
        line.addWidget(self.mode, 1)
        self.column.addLayout(line)
        self.summary = QLabel()
        self.summary.setObjectName("caption")
        self.summary.setWordWrap(True)
        self.problem = QLabel()
        self.problem.setObjectName("error")
        self.problem.setWordWrap(True)
        self.problem.hide()
        buttons = QHBoxLayout()
        buttons.setSpacing(SPACE // 2)
        for tool in tools:
            buttons.addWidget(tool)
        buttons.addStretch(1)
        self.reset = QToolButton()
        self.reset.setObjectName("quiet")
        self.reset.setText("Reset")
        self.reset.setToolTip("Remove all edits: the edited model equals Model 1")
        self.reset.clicked.connect(lambda: self.set_edit(Edit()))
        buttons.addWidget(self.reset)
        self.column.addLayout(buttons)
        self.column.addWidget(self.summary)
        self.column.addWidget(self.problem)

    def _add_ends(self) -> None:
        """Add the buttons, in the models' colors, at the ends of the sliders."""
        self.ends = QWidget()
        self.ends.setObjectName("plain")
        line = QHBoxLayout(self.ends)
        line.setContentsMargins(SPACE // 2, 0, 0, 0)
        self.all_one, self.all_two = (self._end_button(f"All Model {n}", share) for n, share in ((1, 0.0), (2, 1.0)))
        line.addWidget(self.all_one)
        line.addStretch(1)
        line.addWidget(self.all_two)
        self.column.addWidget(self.ends)

    def _end_button(self, text: str, share: float) -> QToolButton:
        button = QToolButton()
        button.setObjectName("slot2" if share else "slot1")
        button.setText(text)
        button.setToolTip(f"Take every block from Model {2 if share else 1}")
        button.clicked.connect(lambda: self._mix_all(share))
        return button

    def _add_lists(self) -> None:
        inside = QWidget()
        inside.setObjectName("plain")
        self._list = QVBoxLayout()
        self._list.setSpacing(0)
        self.hint = Hint(inside)
        self.units = EditedUnits(self._context, self)
        self.units.wanted.connect(self._scale)
        self.units.cleared.connect(lambda: self.set_edit(self.edit.model_copy(update={"units": ()})))
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 4, 0)
        column.addLayout(self._list)
        column.addWidget(self.units.section)
        column.addStretch(1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QScrollArea.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(inside)
        self.column.addWidget(area, 1)

    # The rows.

    def _list_blocks(self) -> tuple[str, ...]:
        """Return Model 1's blocks, followed by unknown blocks in the edit, which can then be removed."""
        named = (*self.edit.mix, *self.edit.prune)
        return (*self.blocks, *(block for block in dict.fromkeys(named) if block not in self.blocks))

    def _rebuild(self) -> None:
        mixing = self.mode.currentIndex() == 0
        self.hint.hide()
        for row in self.rows.values():
            self._list.removeWidget(row)
            row.hide()
            row.deleteLater()
        self.rows, self._shown = {}, {}
        listed = self._list_blocks()
        names = self.summary.fontMetrics()  # a label in the same font
        width = min(NAME_WIDTH, SPACE + max(map(names.horizontalAdvance, listed), default=0))
        for block in listed:
            self.rows[block] = row = self._mix_row(block) if mixing else self._prune_row(block)
            row.label.setFixedWidth(width)
            self._list.addWidget(row)
        self.ends.setVisible(mixing)
        self.mode.setToolTip(TIPS[MIX if mixing else PRUNE])
        self._follow()

    def _mix_row(self, block: str) -> MixRow:
        row = MixRow(block, self._context.theme)
        row.edited.connect(lambda share: self._try(row, lambda: self.edit.mixed(block, share)))
        row.upto.connect(lambda: self._mix_up_to(block))
        self._tie(row)
        return row

    def _prune_row(self, block: str) -> PruneRow:
        row = PruneRow(block, self._context.theme)
        row.edited.connect(lambda span: self._try(row, lambda: self.edit.pruned(block, *span)))
        self._tie(row)
        return row

    def _tie(self, row: BlockRow) -> None:
        row.began.connect(self._context.store.begin)
        row.ended.connect(self._context.store.commit)
        for entry in row.entries():
            entry.unread.connect(lambda text: self.hint.say(f"{text!r} is not a number from 0 to 1", self._list, row))

    def _try(self, row: BlockRow, change: Callable[[], Edit]) -> None:
        """Apply an edit; a rejected entry keeps its text, with the reason below."""
        try:
            edit = change()
        except InputError as error:
            self.hint.say(error.problem, self._list, row)
            for entry in row.entries():
                restyle(entry, "bad", True)
            return
        self.hint.say("", self._list, row)
        self._shown.pop(row.parameter.label, None)
        self.set_edit(edit)
        self._follow()

    def set_edit(self, edit: Edit) -> None:
        """Set the session's edit, as one undo step."""
        self._context.store.set(EDIT, edit)

    def _mix_all(self, share: float) -> None:
        self.set_edit(self.edit.model_copy(update={"mix": dict.fromkeys(self.blocks, share) if share else {}}))

    def _mix_up_to(self, block: str) -> None:
        if block in self.blocks:
            self.set_edit(self.edit.mixed_up_to(block, self.blocks))

    def _scale(self, layer: str, unit: int, scale: float) -> None:
        try:
            self.set_edit(self.edit.scaled(layer, unit, scale))
        except InputError as error:
            self.units.complain(UnitRef(layer, unit), error.problem)

    # Updates.

    def _on_changed(self, old: Session, new: Session) -> None:
        if old.models.edited.edit is not new.models.edited.edit:
            if set(self._list_blocks()) != set(self.rows):
                self._rebuild()
            self._follow()

    def _follow(self) -> None:
        """Show the session's edit; unchanged rows keep the text typed in them."""
        edit = self.edit
        mixing = self.mode.currentIndex() == 0
        for block, row in self.rows.items():
            value: Any = edit.mix.get(block, 0.0) if mixing else edit.prune.get(block, WHOLE)
            if self._shown.get(block) != value:
                self._shown[block] = value
                row.show_value(value)
        for number, (name, count) in enumerate(((MIX, len(edit.mix)), (PRUNE, len(edit.prune)))):
            text = f"{name}  ·  {count}" if count else name
            if self.mode.itemText(number) != text:
                self.mode.setItemText(number, text)
        self.summary.setText(describe_edit(edit))
        self.reset.setEnabled(not edit.identity)
        self.units.show_edit(edit)

    def show_evaluation(self, evaluation: Evaluation, blocks: tuple[str, ...]) -> None:
        """Update the blocks of Model 1 and the edited model's problem."""
        if blocks != self.blocks:
            self.blocks = blocks
            self.units.show_layers(blocks[:-1])
            self._rebuild()
        for result in evaluation.slots:
            if result.slot == "edited":
                self._say(result.problem)

    def _say(self, problem: str) -> None:
        """Show why the edited model failed, without the session path if it lies in the edit."""
        where, colon, why = problem.partition(": ")
        text = why if colon and where.startswith(EDIT) else problem
        if text != self.problem.text():
            self.problem.setText(text)
            self.problem.setVisible(bool(text))

    def close_panel(self) -> None:
        """Disconnect from the store."""
        self._context.store.changed.disconnect(self._on_changed, missing_ok=True)

    def _recolor(self) -> None:
        colors = self._context.theme.colors
        self.close_button.setIcon(icon("close", colors.muted))
