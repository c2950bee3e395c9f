"""The rows of the weight editor: a share, a kept range, or the scale of a unit; an entry that is refused stays."""

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
"""At most; longer names are shortened."""
ENTRY_WIDTH = 47
END_WIDTH = 45
SHORT_SLIDER = 46
NUMBER = "a number from 0 to 1"
SCALES = (-8.0, 8.0)
SHOWN_SCALES = (-2.0, 2.0)
"""What the slider of a unit reaches; further ones are typed."""


class EditEntry(NumberEntry):
    """A text that is no number stays where it was typed; ``unread`` tells it."""

    unread = Signal(str)

    def written(self, value: float) -> str:
        return f"{value:.3f}".rstrip("0").rstrip(".").replace("-", "−")

    def reject(self) -> None:
        restyle(self, "bad", True)
        self.unread.emit(self.text().strip())

    def show_value(self, value: float) -> None:
        """As before; what was complained about is over."""
        restyle(self, "bad", False)
        super().show_value(value)


class MixSlider(Slider):
    """From Model 1, in its color, to Model 2."""

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


def tiny(tip: str) -> QToolButton:
    """A small button of a row, for an icon."""
    button = QToolButton()
    button.setObjectName("tiny")
    button.setToolTip(tip)
    button.setAccessibleName(tip)
    button.setIconSize(QSize(14, 14))
    button.setFixedSize(20, 20)
    button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    return button


def word(text: str, tip: str) -> QToolButton:
    """A button of one quiet word."""
    button = QToolButton()
    button.setObjectName("word")
    button.setText(text)
    button.setToolTip(tip)
    button.setAccessibleName(tip)
    button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    return button


class MixRow(NumberRow):
    """The share of Model 2 in one block. ``upto`` asks for all blocks up to this one."""

    slider_class, entry_class = MixSlider, EditEntry
    upto = Signal()

    def __init__(self, block: str, theme: Theme) -> None:
        doc = f"Share of Model 2 in the weights of {block}: 0 is Model 1, 1 is Model 2"
        control = Control(block, step=STEP)
        super().__init__(Parameter(f"{EDIT}.mix.{block}", "float", 0.0, control, doc, "", 0.0, 1.0), theme)

    def fill(self) -> None:
        super().fill()
        self.entry.setFixedWidth(ENTRY_WIDTH)
        self._upto = tiny(f"Model 2 up to {self.parameter.label}, Model 1 behind it")
        self._upto.clicked.connect(self.upto)
        self.line.addWidget(self._upto)

    def entries(self) -> list[EditEntry]:
        """Where numbers are typed."""
        assert isinstance(self.entry, EditEntry)
        return [self.entry]

    def _recolor(self) -> None:
        super()._recolor()
        self._upto.setIcon(icon("upto", self._theme.colors.muted))


class PruneRow(Row):
    """The range of one block's filters that is kept, from the weakest to the strongest."""

    def __init__(self, block: str, theme: Theme) -> None:
        doc = f"Which filters of {block} are kept, from the weakest (0) to the strongest (1); the others become 0"
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

    def entries(self) -> list[EditEntry]:
        """Where numbers are typed."""
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
    """One unit and what it is multiplied by. ``edited`` tells the scale a person wants."""

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
        self.slider.setToolTip("What the unit is multiplied by; −8 … 8 can be typed")
        self.slider.setAccessibleName(f"Scale of {name}")
        self.entry = EditEntry(*SCALES, 2)
        self.entry.setFixedWidth(ENTRY_WIDTH)
        self.entry.setAccessibleName(f"Scale of {name}")
        self.entry.set_quiet(False)
        self.ablate = word("Ablate", f"Ablate {name}: times 0")
        self.invert = word("Invert", f"Invert {name}: times −1")
        self._remove = tiny(f"Leave {name} as it is")
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
        """Show a scale without telling anyone."""
        self.slider.show_value(scale)
        self.entry.show_value(scale)

    def entries(self) -> list[EditEntry]:
        """Where numbers are typed."""
        return [self.entry]

    def _recolor(self) -> None:
        self._remove.setIcon(icon("close", self._theme.colors.faint))


class Hint(QLabel):
    """One sentence under the row it is about."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("error")
        self.setWordWrap(True)
        self.hide()

    def say(self, text: str, rows: QVBoxLayout, row: QWidget) -> None:
        """Stand under a row of a column; an empty text goes away."""
        self.setText(text)
        if text:
            rows.removeWidget(self)
            rows.insertWidget(rows.indexOf(row) + 1, self)
        self.setVisible(bool(text))
