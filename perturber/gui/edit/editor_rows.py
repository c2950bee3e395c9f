"""The rows of the weight editor: a mix share, a kept range, or a unit's scale; rejected entries keep their text."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QLinearGradient, QPainter
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget
from superqt import QElidingLabel

from perturber.core.parameters.parameter import Control, Parameter
from perturber.core.session.edit import WHOLE, UnitEdit
from perturber.gui.base.rows import NumberRow, Row
from perturber.gui.models.slot_head import EDIT
from perturber.gui.style.icons import icon
from perturber.gui.style.theme import SPACE, Theme, restyle
from perturber.gui.widgets.inputs.number import NumberEntry
from perturber.gui.widgets.sliders.range_slider import STEP, RangeSlider
from perturber.gui.widgets.sliders.slider import Slider
from perturber.gui.widgets.sliders.track import TRACK

NAME_WIDTH, UNIT_WIDTH = 76, 94
"""Maximum widths in pixels; longer names are elided."""
ENTRY_WIDTH = 47
END_WIDTH = 45
SHORT_SLIDER = 46
NUMBER = "a number from 0 to 1"
SCALES = (-8.0, 8.0)
SHOWN_SCALES = (-2.0, 2.0)
"""Range of a unit's slider; the entry accepts all of ``SCALES``."""


class EditEntry(NumberEntry):
    """An entry that keeps invalid text and reports it through ``unread``."""

    unread = Signal(str)

    def written(self, value: float) -> str:
        return f"{value:.3f}".rstrip("0").rstrip(".").replace("-", "−")

    def reject(self) -> None:
        restyle(self, "bad", True)
        self.unread.emit(self.text().strip())

    def show_value(self, value: float) -> None:
        """Show a value and clear the error mark."""
        restyle(self, "bad", False)
        super().show_value(value)


class MixSlider(Slider):
    """A slider with a gradient from Model 1's color to Model 2's."""

    def _paint_fill(self, painter: QPainter, track: QRectF, home: float) -> None:
        colors = self._theme.colors
        ramp = QLinearGradient(track.topLeft(), track.topRight())
        ramp.setColorAt(0, colors.slot("slot1"))
        ramp.setColorAt(1, colors.slot("slot2"))
        painter.setBrush(ramp)
        painter.drawRoundedRect(track, TRACK / 2, TRACK / 2)

    def _handle_color(self) -> QColor:
        one, two = (self._theme.colors.slot(slot) for slot in ("slot1", "slot2"))
        share = self.number
        parts = (QColor.redF, QColor.greenF, QColor.blueF)
        return QColor.fromRgbF(*(part(one) * (1 - share) + part(two) * share for part in parts))


def make_icon_button(tip: str) -> QToolButton:
    """Make a small icon button for a row."""
    button = QToolButton()
    button.setObjectName("tiny")
    button.setToolTip(tip)
    button.setAccessibleName(tip)
    button.setIconSize(QSize(14, 14))
    button.setFixedSize(20, 20)
    button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    return button


def make_word_button(text: str, tip: str) -> QToolButton:
    """Make an unobtrusive text button."""
    button = QToolButton()
    button.setObjectName("word")
    button.setText(text)
    button.setToolTip(tip)
    button.setAccessibleName(tip)
    button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    return button


class MixRow(NumberRow):
    """The share of Model 2 in one block; ``upto`` requests Model 2 for all blocks up to this one."""

    slider_class, entry_class = MixSlider, EditEntry
    upto = Signal()

    def __init__(self, block: str, theme: Theme) -> None:
        doc = f"Share of Model 2 in the weights of {block}: 0 is Model 1, 1 is Model 2"
        control = Control(block, step=STEP)
        super().__init__(Parameter(f"{EDIT}.mix.{block}", "float", 0.0, control, doc, "", 0.0, 1.0), theme)

    def fill(self) -> None:
        super().fill()
        self.entry.setFixedWidth(ENTRY_WIDTH)
        self._upto = make_icon_button(
            f"Take blocks up to {self.parameter.label} from Model 2 and the others from Model 1"
        )
        self._upto.clicked.connect(self.upto)
        self.line.addWidget(self._upto)

    def entries(self) -> list[EditEntry]:
        """Return the row's entries."""
        assert isinstance(self.entry, EditEntry)
        return [self.entry]

    def _recolor(self) -> None:
        super()._recolor()
        self._upto.setIcon(icon("upto", self._theme.colors.muted))


class PruneRow(Row):
    """The kept range of one block's filters, ranked from the weakest to the strongest."""

    def __init__(self, block: str, theme: Theme) -> None:
        doc = f"Range of {block}'s filters to keep, from the weakest (0) to the strongest (1); others are set to 0"
        super().__init__(Parameter(f"{EDIT}.prune.{block}", "float", WHOLE, Control(block), doc, "", 0.0, 1.0), theme)
        self._back.setToolTip("Keep all")

    def fill(self) -> None:
        self.slider = RangeSlider(self._theme)
        self.slider.setMinimumWidth(SHORT_SLIDER)
        self.low, self.high = (EditEntry(0.0, 1.0, 3) for _ in range(2))
        for entry, name in ((self.low, "lower end"), (self.high, "upper end")):
            entry.setFixedWidth(END_WIDTH)
            entry.setAccessibleName(f"{self.parameter.label}, {name}")
        self.low.entered.connect(lambda value: self.edited.emit((value, self.slider.ends[1])))
        self.high.entered.connect(lambda value: self.edited.emit((self.slider.ends[0], value)))
        self.slider.moved.connect(lambda low, high: self.edited.emit((low, high)))
        self.slider.began.connect(self.began)
        self.slider.ended.connect(self.ended)
        self.slider.reset.connect(self.reset)
        self.setFocusProxy(self.slider)
        self.line.addWidget(self.low)
        self.line.addWidget(self.slider, 5)
        self.line.addWidget(self.high)

    def text_of(self, value: Any) -> str:
        return " … ".join(entry.text_of(end) for entry, end in zip(self.entries(), value, strict=True))

    def entries(self) -> list[EditEntry]:
        """Return the row's entries."""
        return [self.low, self.high]

    def mark(self, changed: bool) -> None:
        for entry in self.entries():
            entry.set_quiet(not changed)

    def display(self, value: Any) -> None:
        self.slider.show_value(value)
        for entry, end in zip(self.entries(), value, strict=True):
            entry.show_value(end)


BlockRow = MixRow | PruneRow


class UnitRow(QWidget):
    """One edited unit and its scale; ``edited`` carries a new scale."""

    edited = Signal(float)
    removed = Signal()
    began = Signal()
    ended = Signal()

    def __init__(self, unit: UnitEdit, theme: Theme) -> None:
        super().__init__()
        self.layer, self.unit = unit.layer, unit.unit
        self._theme = theme
        self.setObjectName("plain")
        name = f"{unit.layer}:{unit.unit}"
        label = QElidingLabel(name)
        label.setObjectName("row")
        label.setToolTip(name)
        label.ensurePolished()
        label.setMinimumWidth(min(UNIT_WIDTH, label.fontMetrics().horizontalAdvance(name) + 4))
        restyle(label, "changed", True)
        self.slider = Slider(theme, *SHOWN_SCALES, origin=1.0, step=0.01)
        self.slider.setToolTip("Scale of the unit; the entry accepts −8 to 8")
        self.slider.setAccessibleName(f"Scale of {name}")
        self.entry = EditEntry(*SCALES, 2)
        self.entry.setFixedWidth(ENTRY_WIDTH)
        self.entry.setAccessibleName(f"Scale of {name}")
        self.entry.set_quiet(False)
        self.ablate = make_word_button("Ablate", f"Ablate {name}: scale by 0")
        self.invert = make_word_button("Invert", f"Invert {name}: scale by −1")
        self._remove = make_icon_button(f"Restore {name}")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, SPACE // 2, 0, 0)
        column.setSpacing(0)
        for widgets in ((label, self.ablate, self.invert, self._remove), (self.slider, self.entry)):
            line = QHBoxLayout()
            line.setSpacing(SPACE // 2)
            for widget in widgets:
                line.addWidget(widget, 1 if widget is widgets[0] else 0)
            column.addLayout(line)
        self._connect()
        theme.changed.connect(self._recolor)
        self._recolor()
        self.show_value(unit.scale)

    def _connect(self) -> None:
        self.slider.moved.connect(self.edited)
        self.slider.began.connect(self.began)
        self.slider.ended.connect(self.ended)
        self.slider.reset.connect(lambda: self.edited.emit(1.0))
        self.entry.entered.connect(self.edited)
        self.ablate.clicked.connect(lambda: self.edited.emit(0.0))
        self.invert.clicked.connect(lambda: self.edited.emit(-1.0))
        self._remove.clicked.connect(self.removed)

    def show_value(self, scale: float) -> None:
        """Show a scale without emitting a signal."""
        self.slider.show_value(scale)
        self.entry.show_value(scale)

    def entries(self) -> list[EditEntry]:
        """Return the row's entries."""
        return [self.entry]

    def _recolor(self) -> None:
        self._remove.setIcon(icon("close", self._theme.colors.faint))


class Hint(QLabel):
    """A one-sentence hint below the row it concerns."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("error")
        self.setWordWrap(True)
        self.hide()

    def say(self, text: str, rows: QVBoxLayout, row: QWidget) -> None:
        """Show a text below a row of a column; an empty text hides the hint."""
        self.setText(text)
        if text:
            rows.removeWidget(self)
            rows.insertWidget(rows.indexOf(row) + 1, self)
        self.setVisible(bool(text))
