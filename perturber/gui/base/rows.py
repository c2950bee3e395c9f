"""One row per parameter of any kind: label, control, reset button. Made from core's metadata alone."""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Callable
from decimal import Decimal
from html import escape
from typing import Any, ClassVar

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QSizePolicy, QToolButton, QWidget
from superqt import QElidingLabel

from perturber.core.parameters.parameter import Parameter
from perturber.gui.style.icons import icon
from perturber.gui.style.theme import ROW, SPACE, Theme, restyle
from perturber.gui.widgets.inputs.combo import Combo
from perturber.gui.widgets.inputs.number import NumberEntry, decimals_for
from perturber.gui.widgets.inputs.switch import Switch
from perturber.gui.widgets.sliders.slider import Slider

WIDEST_SLIDER = 1000
"""Integers with a wider range than this are typed, not dragged."""
LABEL_WIDTH = 158
"""Width of a label in pixels; the longest label fits, and the control beside it shrinks first."""
NAMES = {True: "on", False: "off"}
SPELLINGS = {"grey": "gray"}
"""American spellings of choices that session files spell otherwise."""
CODE = re.compile("``(.*?)``")
"""Code in a docstring."""


class RowLabel(QElidingLabel):
    """The label of a row, as wide as those of the other rows; elided only in a very narrow window."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.setObjectName("row")
        self.setMaximumWidth(LABEL_WIDTH)

    def sizeHint(self) -> QSize:
        return QSize(self.maximumWidth(), super().sizeHint().height())


class Row(QWidget):
    """Label at the left, control at the right, and a reset button while the value differs from the default.

    ``edited`` is emitted for edits by the user, not for `show_value`.
    """

    edited = Signal(object)
    began = Signal()
    ended = Signal()

    def __init__(self, parameter: Parameter, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.parameter = parameter
        self._theme = theme
        self._changed = False
        self.setObjectName("plain")
        self.setMinimumHeight(ROW)
        self.label = RowLabel(parameter.label)
        self._back = QToolButton()
        self._back.setObjectName("tiny")
        self._back.setFixedSize(20, 20)
        self._back.setIconSize(QSize(14, 14))
        self._back.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        policy = QSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        policy.setRetainSizeWhenHidden(True)
        self._back.setSizePolicy(policy)
        self._back.setVisible(False)
        self._back.clicked.connect(self.reset)
        self.line = QHBoxLayout(self)
        self.line.setContentsMargins(SPACE // 2, 0, 0, 0)
        self.line.setSpacing(SPACE // 2)
        self.line.addWidget(self.label)
        self.fill()
        self.line.addWidget(self._back)
        self.setToolTip(describe(parameter, self.text_of))
        self._back.setToolTip(f"Reset to {self.text_of(parameter.default)}")
        control = self.focusProxy()
        if control is not None:
            control.setAccessibleName(parameter.label)
            self.label.setBuddy(control)
        theme.changed.connect(self._recolor)
        self._recolor()

    @abstractmethod
    def fill(self) -> None:
        """Create the control and add it to the row."""

    def text_of(self, value: Any) -> str:
        """Return a value as the control shows it."""
        return format_value(self.parameter, value)

    def show_value(self, value: Any) -> None:
        """Show the session's value without emitting a signal."""
        self.display(value)
        changed = value != self.parameter.default
        if changed != self._changed:
            self._changed = changed
            self._back.setVisible(changed)
            restyle(self.label, "changed", changed)
            self.mark(changed)

    def mark(self, changed: bool) -> None:
        """Let the control show whether its value differs from the default."""

    @abstractmethod
    def display(self, value: Any) -> None:
        """Set the value of the control without emitting a signal."""

    def reset(self) -> None:
        """Request the default value."""
        self.edited.emit(self.parameter.default)

    def set_label(self, text: str) -> None:
        """Replace the label, which may contain the object pair's word."""
        self.label.setText(text)
        control = self.focusProxy()
        if control is not None:
            control.setAccessibleName(text)

    def _recolor(self) -> None:
        self._back.setIcon(icon("reset", self._theme.colors.faint))


class NumberRow(Row):
    """A slider and a number field."""

    slider_class: ClassVar[type[Slider]] = Slider
    entry_class: ClassVar[type[NumberEntry]] = NumberEntry

    def fill(self) -> None:
        p = self.parameter
        low, high = float(p.low or 0.0), float(p.high if p.high is not None else 1.0)
        decimals = 0 if p.kind == "int" else decimals_for(high - low)
        step = p.control.step or 10.0**-decimals
        self.slider = self.slider_class(self._theme, low, high, origin=float(p.default), step=step)
        self.entry = self.entry_class(low, high, decimals, p.control.unit)
        self.place()

    def place(self) -> None:
        """Connect slider and number field, and add them to the row."""
        self.slider.moved.connect(self._tell)
        self.slider.began.connect(self.began)
        self.slider.ended.connect(self.ended)
        self.slider.reset.connect(self.reset)
        self.entry.entered.connect(self._tell)
        self.setFocusProxy(self.slider)
        self.line.addWidget(self.slider, 5)
        self.line.addWidget(self.entry)

    def text_of(self, value: Any) -> str:
        return self.entry.text_of(float(value))

    def mark(self, changed: bool) -> None:
        self.entry.set_quiet(not changed)

    def _tell(self, value: float) -> None:
        self.edited.emit(round(value) if self.parameter.kind == "int" else value)

    def display(self, value: Any) -> None:
        self.slider.show_value(float(value))
        self.entry.show_value(float(value))


class StepperRow(Row):
    """An integer with a wide range, typed or stepped."""

    def fill(self) -> None:
        p = self.parameter
        high = p.high if p.high is not None else 2**31 - 1
        self.entry = NumberEntry(float(p.low or 0), float(high), 0, p.control.unit)
        self.entry.setFixedWidth(104)
        self.entry.entered.connect(lambda value: self.edited.emit(round(value)))
        self.setFocusProxy(self.entry)
        self.line.addStretch(1)
        self.line.addWidget(self.entry)

    def text_of(self, value: Any) -> str:
        return self.entry.text_of(float(value))

    def display(self, value: Any) -> None:
        self.entry.show_value(float(value))


class SwitchRow(Row):
    """An on/off switch."""

    def fill(self) -> None:
        self.switch = Switch(self._theme)
        self.switch.edited.connect(self.edited)
        self.setFocusProxy(self.switch)
        self.line.addStretch(1)
        self.line.addWidget(self.switch)

    def display(self, value: Any) -> None:
        self.switch.show_value(bool(value))


class InlineSwitchRow(SwitchRow):
    """A switch that shows its label itself, so that several fit side by side. It has no reset button."""

    def fill(self) -> None:
        self.switch = Switch(self._theme, text=self.parameter.label)
        self.switch.edited.connect(self.edited)
        self.setFocusProxy(self.switch)
        self.label.hide()
        self._back.setFixedSize(0, 0)
        self.line.setSpacing(0)
        self.line.addWidget(self.switch)


class ChoiceRow(Row):
    """A drop-down list of words."""

    def fill(self) -> None:
        self.box = Combo(self._theme)
        self.box.addItems([self.text_of(choice) for choice in self.parameter.choices])
        self.box.activated.connect(lambda index: self.edited.emit(self.parameter.choices[index]))
        self.setFocusProxy(self.box)
        self.line.addWidget(self.box, 1)

    def text_of(self, value: Any) -> str:
        return SPELLINGS.get(str(value), str(value)).replace("_", " ").capitalize()

    def display(self, value: Any) -> None:
        self.box.setCurrentIndex(self.parameter.choices.index(str(value)))


class TextRow(Row):
    """A single-line text field."""

    def fill(self) -> None:
        self.entry = QLineEdit()
        self.entry.editingFinished.connect(self._tell)
        self.setFocusProxy(self.entry)
        self.line.addWidget(self.entry, 1)
        self._value = ""

    def _tell(self) -> None:
        if self.entry.text() != self._value:
            self.edited.emit(self.entry.text())

    def display(self, value: Any) -> None:
        self._value = str(value)
        self.entry.setText(self._value)


def row_for(parameter: Parameter, theme: Theme) -> Row:
    """Return the row for a parameter's kind and range. Multi-line texts use `CodePanel` instead."""
    if parameter.kind in {"float", "int"}:
        bounded = parameter.low is not None and parameter.high is not None
        wide = parameter.kind == "int" and bounded and parameter.high - parameter.low > WIDEST_SLIDER  # type: ignore[operator]
        return NumberRow(parameter, theme) if bounded and not wide else StepperRow(parameter, theme)
    kinds: dict[str, Callable[[Parameter, Theme], Row]] = {"bool": SwitchRow, "choice": ChoiceRow, "text": TextRow}
    return kinds[parameter.kind](parameter, theme)


def format_value(parameter: Parameter, value: Any) -> str:
    """Return a value as text: on or off for a switch, digits instead of exponents, the unit if that is degrees."""
    if parameter.kind == "bool":
        return NAMES[bool(value)]
    text = str(value)
    if isinstance(value, int | float):
        text = str(int(value)) if parameter.kind == "int" else f"{Decimal(f'{value:g}'):f}"
    return text + (parameter.control.unit if parameter.control.unit == "°" else "")


def describe(parameter: Parameter, text_of: Callable[[Any], str] | None = None) -> str:
    """Return the tooltip of a parameter as rich text: description, range, default and path.

    ``text_of`` returns the default as the control shows it.
    """
    reach = ""
    if parameter.low is not None and parameter.high is not None:
        low, high = (format_value(parameter, end) for end in (parameter.low, parameter.high))
        default = format_value(parameter, parameter.default) if text_of is None else text_of(parameter.default)
        reach = f"{low} … {high}, default {default}<br>"
    doc = CODE.sub(r"<code>\1</code>", escape(parameter.doc, quote=False)).replace("\n", " ")
    return f"<p>{doc}</p><p><small>{reach}<code>{parameter.path}</code></small></p>"


def describe_plainly(parameter: Parameter) -> str:
    """Return the description of a parameter as plain text."""
    return CODE.sub(r"\1", parameter.doc).replace("\n", " ")
