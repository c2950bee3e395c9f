"""The window that measures the smallest successful attack on every slot, and how attacks transfer."""

from __future__ import annotations

from collections.abc import Hashable

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QProgressBar, QPushButton, QVBoxLayout, QWidget

from perturber.core.jobs.job import Answer, Job
from perturber.core.jobs.strength import MeasureStrength, SlotStrength, Strength, Transfer, TransferCell, TransferMatrix
from perturber.core.session.picture import PictureKey
from perturber.core.session.session import Session
from perturber.gui.attack.attack_methods import norm_of
from perturber.gui.attack.attack_words import NORMS, describe_size, format_number, percent
from perturber.gui.base.context import Context
from perturber.gui.models.slot_head import title_of
from perturber.gui.style.theme import SPACE
from perturber.gui.widgets.charts.sizes import SizeChart, SizeLine
from perturber.gui.widgets.frames.resting import RestingDialog
from perturber.gui.widgets.frames.text_labels import heading, wrapped_label

MEASURE, STOP = "Measure", "Stop"
CHART = "Probability of {} under the strongest attack of each size. Filled dots: the attack succeeds."
GRID = "Rows: attacked network, with the session's settings{}. Columns: network that classifies the picture."
STALE = "The frame, models or attack have changed. Measure again."
BEGIN = "Measure attacks every model on this frame with increasing ε. You can keep working meanwhile."
TINT = 0.30
"""Share of the slot's color in the cell of a fooled network."""


class StrengthWindow(RestingDialog):
    """A dialog with one button that starts and stops both measurements; results appear as they arrive."""

    def __init__(self, context: Context, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Attack Strength")
        self._context = context
        self._asked: Session | None = None
        self._progress: dict[type[Job], float] = {MeasureStrength: 0.0, Transfer: 0.0}
        self._strength: Strength | None = None
        self._matrix: TransferMatrix | None = None
        self.strength, self.transfer = context.question(self), context.question(self)
        self.about, self.under, self.notes = (wrapped_label("caption") for _ in range(3))
        self.legend, self.rows_words = wrapped_label("plain"), wrapped_label("caption")
        self.button = QPushButton(MEASURE)
        self.button.setAutoDefault(False)
        self.button.setMinimumWidth(96)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setFixedHeight(5)
        self.chart = SizeChart(context.theme)
        self.chart.setAccessibleName("Probability by size of the attack")
        self.cells: dict[tuple[str, str], QLabel] = {}
        """The cells by attacked and judging slot."""
        self._names: dict[tuple[str, str], QLabel] = {}
        self._slots: tuple[str, ...] = ()
        self._grid = QGridLayout()
        self._lay_out()
        self.button.clicked.connect(self.toggle)
        self.strength.answered.connect(self._on_strength)
        self.transfer.answered.connect(self._on_transfer)
        self.chart.pointed.connect(lambda text: self.under.setText(text or self._under()))
        context.store.changed.connect(self._on_changed)
        context.theme.changed.connect(self._paint)
        self.resize(720, 620)
        self._paint()

    def _lay_out(self) -> None:
        line = QHBoxLayout()
        line.setSpacing(SPACE)
        line.addWidget(self.about, 1)
        line.addWidget(self.button)
        self._grid.setSpacing(4)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 12, 16, 14)
        column.setSpacing(SPACE)
        column.addLayout(line)
        column.addWidget(self.bar)
        column.addWidget(heading("Smallest Attack"))
        column.addWidget(self.chart, 1)
        column.addWidget(self.under)
        column.addWidget(self.legend)
        column.addWidget(heading("Transfer"))
        column.addWidget(self.rows_words)
        column.addLayout(self._grid)
        column.addWidget(self.notes)
        self.chart.fill_height(140)

    @property
    def running(self) -> bool:
        """Whether a measurement is running."""
        return self.strength.is_open or self.transfer.is_open

    def toggle(self) -> None:
        """Start to measure this frame, or stop."""
        if self.running:
            self.strength.cancel()
            self.transfer.cancel()
        else:
            self._asked = self._context.store.session
            self._strength = self._matrix = None
            self._progress = dict.fromkeys(self._progress, 0.0)
            self.strength.ask(MeasureStrength(), self._asked)
            self.transfer.ask(Transfer(), self._asked)
        self._paint()

    def close_window(self) -> None:
        """Close the window and disconnect from all signals."""
        self.close()
        self.strength.close()
        self.transfer.close()
        self._context.store.changed.disconnect(self._on_changed, missing_ok=True)
        self._context.theme.changed.disconnect(self._paint)

    def rest(self) -> None:
        """Stop the measurements."""
        if self.running:
            self.toggle()

    # Updates.

    def _on_strength(self, answer: Answer) -> None:
        if isinstance(answer.latest, Strength):
            self._strength = answer.latest
        self._show_progress(MeasureStrength, answer)

    def _on_transfer(self, answer: Answer) -> None:
        if isinstance(answer.latest, TransferMatrix):
            self._matrix = answer.latest
        self._show_progress(Transfer, answer)

    def _show_progress(self, measurement: type[Job], answer: Answer) -> None:
        self._progress[measurement] = answer.progress
        self._paint()
        if answer.problem:
            self.notes.setText(answer.problem)
            self.notes.show()

    def _on_changed(self, old: Session, new: Session) -> None:
        if _dependencies(old) != _dependencies(new):
            self._show_words()

    # Display.

    def _paint(self) -> None:
        self.button.setText(STOP if self.running else MEASURE)
        self.bar.setRange(0, 1000)
        self.bar.setValue(round(1000 * sum(self._progress.values()) / len(self._progress)) if self.running else 0)
        self._paint_strength()
        self._paint_matrix()
        notes = self._collect_notes()
        self.notes.setText("\n".join(f"{title_of(slot)}: {note}" for slot, note in notes.items()))
        self.notes.setVisible(bool(notes))
        self._show_words()

    def _collect_notes(self) -> dict[str, str]:
        """Return by slot why it could not be measured, or why its results mean less than they seem to."""
        notes = {} if self._matrix is None else {**self._matrix.notices, **self._matrix.problems}
        if self._strength is not None:
            found = {slot.slot: slot.problem or slot.notice for slot in self._strength.slots}
            notes.update({slot: note for slot, note in found.items() if note})
        return notes

    def _show_words(self) -> None:
        session = self._context.store.session
        asked = self._asked or session
        attack = asked.attack
        norm = norm_of(attack.method)
        aim = "targeted" if attack.target else "untargeted"
        method = attack.method.title or type(attack.method).__name__
        text = ", ".join(filter(None, (method, NORMS.get(norm, norm), aim)))
        stale = self._asked is not None and _dependencies(asked) != _dependencies(session)
        self.about.setText(BEGIN if self._asked is None else f"{text}. {STALE}" if stale else text)
        self.rows_words.setText(GRID.format(f" (ε {self._epsilon(asked)})" if self._epsilon(asked) else ""))
        self.under.setText(self._under())

    @staticmethod
    def _epsilon(session: Session) -> str:
        ball = session.attack.method.ball
        return "" if ball is None else format_number(ball.epsilon)

    def _under(self) -> str:
        asked = self._asked
        return CHART.format("the target" if asked is not None and asked.attack.target else "the original class")

    def _paint_strength(self) -> None:
        found = self._strength
        self.legend.setVisible(found is not None)
        if found is None:
            self.chart.show_lines((), 1.0)
            return
        known = [s for s in found.slots if s.epsilons]
        lines = [SizeLine(s.slot, title_of(s.slot), s.epsilons, s.probabilities, s.fooled, s.minimal) for s in known]
        self.chart.show_lines(lines, found.high or max((max(s.epsilons) for s in known), default=1.0))
        self.legend.setText("<br>".join(self._legend_entry(slot, found) for slot in found.slots))

    def _legend_entry(self, slot: SlotStrength, found: Strength) -> str:
        color = self._context.theme.colors.slot(slot.slot).name()
        title = title_of(slot.slot)
        name = "" if slot.name == title else f"&nbsp; {slot.name}"
        head = f'<span style="color: {color}"><b>{title}</b></span>{name}: '
        if slot.problem:
            return head + "measurement failed"
        if slot.minimal is not None:
            more = "" if slot.finished else "at most "
            units = describe_size(slot.minimal, found.norm)
            return f"{head}{more}ε&nbsp;{format_number(slot.minimal)} &nbsp;({units.replace('  ', ' ')})"
        if slot.finished:
            word = "no success" if slot.notice else "robust"
            return head + (f"{word} up to ε&nbsp;{format_number(found.high)}" if found.high else word)
        return head + ("…" if self.running else "measurement incomplete")

    def _paint_matrix(self) -> None:
        found = self._matrix
        there = tuple(name for name, _ in self._context.store.session.models.items())
        slots = found.slots if found is not None else there
        if slots != self._slots:
            self._build_cells(slots)
        for (_, slot), name in self._names.items():
            name.setStyleSheet(f"color: {self._context.theme.colors.slot(slot).name()}; font-weight: 600;")
        for (attacked, judge), label in self.cells.items():
            self._fill(label, judge, found.cells.get((attacked, judge)) if found is not None else None)

    def _build_cells(self, slots: tuple[str, ...]) -> None:
        """Create a cell for each pair of slots, with headers."""
        for widget in (*self.cells.values(), *self._names.values()):
            widget.hide()
            widget.deleteLater()
        self._slots, self.cells = slots, {(a, b): QLabel() for a in slots for b in slots}
        words = ("Attack on ", "Classified by ")
        self._names = {(word, slot): QLabel(word + title_of(slot)) for word in words for slot in slots}
        for (word, slot), name in self._names.items():
            number = slots.index(slot) + 1
            self._grid.addWidget(name, *((number, 0) if word == words[0] else (0, number)))
        for number in range(1, self._grid.columnCount()):
            self._grid.setColumnStretch(number, int(number <= len(slots)))
        for (slot, judge), label in self.cells.items():
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
            label.setMinimumHeight(34)
            self._grid.addWidget(label, slots.index(slot) + 1, slots.index(judge) + 1)

    def _fill(self, label: QLabel, judge: str, cell: TransferCell | None) -> None:
        colors = self._context.theme.colors
        fooled = cell is not None and cell.fooled
        ground = QColor(colors.card)
        ground = _mix_colors(colors.slot(judge), ground, TINT) if fooled else ground
        label.setText("" if cell is None else _describe_cell(cell))
        label.setStyleSheet(
            f"background: {ground.name()}; color: {colors.text}; border-radius: 6px; padding: 4px 8px;"
            f" font-weight: {600 if fooled else 400};"
        )


def _describe_cell(cell: TransferCell) -> str:
    word = "fooled:" if cell.fooled else "still" if cell.top.same(cell.original) else "now"
    return f"{word} {cell.top.name} {percent(cell.top.probability)}"


def _mix_colors(one: QColor, two: QColor, share: float) -> QColor:
    parts = zip(one.getRgb()[:3], two.getRgb()[:3], strict=True)  # type: ignore[index]
    return QColor(*(round(share * a + (1 - share) * b) for a, b in parts))


def _dependencies(session: Session) -> Hashable:
    """Return everything that a measurement depends on."""
    models = tuple((slot, shown.model) for slot, shown in session.models.items())
    return PictureKey.trajectory(session), models
