"""The rows of an attack's method, generated from its configuration; new methods need no code here."""

from __future__ import annotations

import dataclasses
from typing import Any

from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from perturber.core.parameters.parameter import Parameter, walk
from perturber.core.session.attack import AttackMethod
from perturber.core.session.session import Session
from perturber.gui.attack.attack_methods import EPSILON, METHOD, NORM, STEP, USUAL, change_norm, norm_of, span_of
from perturber.gui.attack.attack_words import NORMS, VALUES, describe_size, format_number, format_share
from perturber.gui.base.binding import Binding
from perturber.gui.base.context import Context
from perturber.gui.base.rows import ChoiceRow, NumberRow, Row, row_for
from perturber.gui.style.theme import Theme, restyle
from perturber.gui.widgets.inputs.number import NumberEntry
from perturber.gui.widgets.sliders.log_slider import LogSlider

FINE = 0.01
"""Numbers below this have room for only two digits."""
LONG = 2
"""Maximum length of a measurement unit inside an entry; longer ones appear only in the tooltip."""
WORDS = {**NORMS, "ce": "Cross-Entropy", "dlr": "DLR"}
CUT = "The step exceeds ε and is projected back onto the ball."


class FigureEntry(NumberEntry):
    """An entry that shows two or three significant digits."""

    def written(self, value: float) -> str:
        return format_number(value, 3 if abs(value) >= FINE else 2)

    def _step(self) -> float:
        return abs(self._value) / 20 or 0.01


class LogRow(NumberRow):
    """A logarithmic slider with an entry, which also accepts 0 and values outside the slider's range."""

    def __init__(self, parameter: Parameter, theme: Theme, span: tuple[float, float]) -> None:
        self._span = span
        super().__init__(parameter, theme)

    def fill(self) -> None:
        p = self.parameter
        low, high = self._span
        self.slider = LogSlider(self._theme, low, high, origin=float(p.default) or low)
        self.entry = FigureEntry(float(p.low or 0), float(p.high if p.high is not None else high), 3, p.control.unit)
        self.place()


class WordRow(ChoiceRow):
    """A choice of which some values have names of their own, such as L∞."""

    def text_of(self, value: Any) -> str:
        return WORDS.get(str(value)) or super().text_of(value)


class StepRow(LogRow):
    """The step length; at 0 the method chooses it, and the row shows the chosen length."""

    def text_of(self, value: Any) -> str:
        return super().text_of(value) if value else "the derived length"

    def show_length(self, length: float, chosen: bool) -> None:
        """Show the step length if the method chooses it (``chosen``)."""
        if chosen:
            self.slider.show_value(length)
            self.entry.show_value(length)


class MethodRows(QWidget):
    """One row per field of the session's method, with epsilon and step converted to other units below."""

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("plain")
        self._context = context
        self._binding = Binding(context.store, lambda text: context.report(text, "error"))
        self.sizes = dict(USUAL)
        """The last epsilon in each norm."""
        self.rows: dict[str, Row] = {}
        self.units, self.step, self.warning, self.unlimited = QLabel(), QLabel(), QLabel(CUT), QLabel()
        self.warning.setObjectName("error")
        self.unlimited.setObjectName("error")
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        for label in (self.units, self.unlimited, self.step, self.warning):
            if label in (self.units, self.step):
                label.setObjectName("hint")
            label.setWordWrap(True)
            label.setContentsMargins(4, 0, 0, 4)
        context.store.changed.connect(self._on_changed)
        self._show(context.store.session.attack.method)

    def close_panel(self) -> None:
        """Disconnect from the store."""
        self._context.store.changed.disconnect(self._on_changed, missing_ok=True)
        self._binding.close()

    def _on_changed(self, old: Session, new: Session) -> None:
        if old.attack.method is not new.attack.method:
            self._show(new.attack.method)

    def _show(self, method: AttackMethod) -> None:
        norm = norm_of(method)
        if method.ball is not None:
            self.sizes[method.ball.norm] = method.ball.epsilon
        wanted = {p.path: self._adapt(p, norm) for p in walk(method, f"{METHOD}.")}
        for path in [path for path, row in self.rows.items() if wanted.get(path) != row.parameter]:
            self._drop(path)
        place = 0
        for path, parameter in wanted.items():
            row = self.rows.get(path) or self._add(parameter, norm)
            self._column.insertWidget(place, row)
            place += 1
            for owner, labels in ((EPSILON, (self.units, self.unlimited)), (STEP, (self.step, self.warning))):
                for label in labels if path == owner else ():
                    self._column.insertWidget(place, label)
                    place += 1
        self._show_conversions(method, norm)

    def _adapt(self, parameter: Parameter, norm: str) -> Parameter:
        """Set the current norm's default, and remove a measurement unit too long for the entry."""
        if len(parameter.control.unit) > LONG:
            parameter = dataclasses.replace(parameter, control=dataclasses.replace(parameter.control, unit=""))
        if parameter.path == EPSILON and norm in USUAL:
            return dataclasses.replace(parameter, default=USUAL[norm])
        return parameter

    def _add(self, parameter: Parameter, norm: str) -> Row:
        theme, span = self._context.theme, span_of(parameter, norm)
        if parameter.kind == "choice":
            row: Row = WordRow(parameter, theme)
        elif span is not None:
            row = (StepRow if parameter.path == STEP else LogRow)(parameter, theme, span)
        else:
            row = row_for(parameter, theme)
        if parameter.path == NORM:
            row.edited.connect(self._change_norm)
            row.show_value(norm)
        else:
            self._binding.bind(parameter.path, row)
        self.rows[parameter.path] = row
        return row

    def _drop(self, path: str) -> None:
        self._binding.unbind(path)
        row = self.rows.pop(path)
        row.hide()
        row.deleteLater()

    def _change_norm(self, norm: str) -> None:
        store = self._context.store
        store.update(change_norm(store.session.attack.method, norm, self.sizes))

    def _show_conversions(self, method: AttackMethod, norm: str) -> None:
        """Update the lines that convert epsilon and the step to other units."""
        if NORM in self.rows:
            self.rows[NORM].show_value(norm)
        epsilon = 0.0 if method.ball is None else method.ball.epsilon
        self.units.setText(describe_size(epsilon, norm))
        self.units.setVisible(EPSILON in self.rows)
        warning = "" if method.ball is None else method.ball.warn(VALUES)
        self.unlimited.setText(warning and f"{warning[0].upper()}{warning[1:]}.")
        self.unlimited.setVisible(bool(warning) and EPSILON in self.rows)
        row, length, given = self.rows.get(STEP), method.length, method.has_fixed_length
        if isinstance(row, StepRow):
            row.show_length(length, chosen=not given)
        share = format_share(length, epsilon)
        chosen = "" if given else ", derived from ε and the number of steps"
        self.step.setText(f"Step {format_number(length)} = {share}{chosen}" if share else "")
        self.step.setVisible(row is not None and bool(share))
        too_long = row is not None and EPSILON in self.rows and length > epsilon
        self.warning.setVisible(too_long)
        if row is not None:
            restyle(row.label, "bad", too_long)
