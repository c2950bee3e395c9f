"""The parameters that a search may change: one row each, with bounds within the parameter's range."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)
from superqt import QElidingLabel

from perturber.core.errors import InputError
from perturber.core.parameters.parameter import Parameter, get
from perturber.core.search.space import DIGITS, SHARE, Bound, SearchSpace, bound_around, check_bound, searchable
from perturber.core.session.scene import PairSubject
from perturber.core.session.session import Session
from perturber.gui.base.context import Context
from perturber.gui.base.rows import describe_plainly
from perturber.gui.style.theme import SPACE, restyle
from perturber.gui.widgets.inputs.number import NumberEntry, decimals_for
from perturber.gui.widgets.sliders.range_slider import RangeSlider

SHARES = (0.05, 0.10, 0.25)
MORPH, NO_PAIR = "{morph}", "Morph"


class BoundRow(QWidget):
    """One parameter with a check box and bounds; ``edited`` is emitted on any change."""

    edited = Signal()

    def __init__(self, parameter: Parameter, label: str, context: Context) -> None:
        super().__init__()
        assert parameter.low is not None
        assert parameter.high is not None
        self.setObjectName("plain")
        self.parameter = parameter
        self.own = False
        """Whether the user set the bounds, which then no longer follow the session."""
        self._low, self._high = parameter.low, parameter.high
        self._session = context.store.session
        self._bound = bound_around(self._session, parameter)
        self.check = QCheckBox(label)
        self.check.setToolTip(describe_plainly(parameter))
        self.check.setChecked(True)
        self.check.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.check.clicked.connect(self._on_checked)
        self.slider = RangeSlider(context.theme)
        self.slider.setAccessibleName(f"Bounds of {label}")
        self.slider.moved.connect(self._on_moved)
        self.slider.reset.connect(lambda: self.spread(SHARE, self._session))
        decimals = decimals_for(self._high - self._low)
        unit = parameter.control.unit
        self.entries = tuple(NumberEntry(self._low, self._high, decimals, unit) for _ in range(2))
        for number, (entry, end) in enumerate(zip(self.entries, ("Lower", "Upper"), strict=True)):
            entry.setAccessibleName(f"{end} bound of {label}")
            entry.entered.connect(lambda value, number=number: self._on_entered(number, value))
        self.problem = QElidingLabel()
        self.problem.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.problem.setObjectName("error")
        self.problem.hide()
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(SPACE)
        grid.setVerticalSpacing(0)
        for column, (widget, stretch) in enumerate(
            [(self.check, 6), (self.entries[0], 0), (self.slider, 5), (self.entries[1], 0)]
        ):
            grid.addWidget(widget, 0, column)
            grid.setColumnStretch(column, stretch)
        grid.addWidget(self.problem, 1, 0, 1, 4)
        self._display()

    @property
    def bound(self) -> Bound:
        """The current bounds, valid or not."""
        return self._bound

    @property
    def is_valid(self) -> bool:
        """Whether the bounds are valid, or the parameter is excluded."""
        return self.problem.isHidden() or not self.check.isChecked()

    def spread(self, share: float, session: Session) -> None:
        """Center the bounds on the session's value, a share of the range to either side."""
        self.own = False
        self._session = session
        self._set(bound_around(session, self.parameter, share))

    def follow(self, share: float, session: Session) -> None:
        """Switch to a new session; bounds that the user did not set follow its value."""
        self._session = session
        if self.own:
            self._validate()
        elif self._value != self._shown_value:
            self.spread(share, session)

    @property
    def _value(self) -> float:
        return float(get(self._session, self.parameter.path))

    def _set(self, bound: Bound) -> None:
        self._bound = bound
        self._display()
        self.edited.emit()

    def _on_checked(self) -> None:
        self._display()
        self.edited.emit()

    def _on_moved(self, low: float, high: float) -> None:
        """Stop the handles at the session's value, where the search starts."""
        span, value = self._high - self._low, self._value
        self.own = True
        ends = (min(value, self._low + low * span), max(value, self._low + high * span))
        self._set(Bound(path=self.parameter.path, low=round(ends[0], DIGITS), high=round(ends[1], DIGITS)))

    def _on_entered(self, number: int, value: float) -> None:
        self.own = True
        self._set(self._bound.model_copy(update={("low", "high")[number]: value}))

    def _display(self) -> None:
        span = self._high - self._low
        bound, on = self._bound, self.check.isChecked()
        ends = ((end - self._low) / span for end in (bound.low, bound.high))
        low, high = (min(1.0, max(0.0, end)) for end in ends)
        self.slider.show_value((low, max(low, high)))
        self._shown_value = self._value
        for entry, end in zip(self.entries, (bound.low, bound.high), strict=True):
            entry.show_value(end)
            entry.set_quiet(not self.own)
        for widget in (self.slider, *self.entries):
            widget.setEnabled(on)
        self._validate()

    def _validate(self) -> None:
        """Show below the row what is wrong with the bounds."""
        problem = expected = ""
        try:
            check_bound(self._session, self._bound)
        except InputError as error:
            problem, expected = f"{error.problem[0].upper()}{error.problem[1:]}", error.expected
        self.problem.setText(problem)
        self.problem.setToolTip(f"{problem}; expected {expected}")
        self.problem.setVisible(bool(problem) and self.check.isChecked())
        for entry in self.entries:
            restyle(entry, "bad", bool(problem))


class Bounds(QWidget):
    """The rows of all parameters that can change the picture, by group, with buttons for all rows."""

    edited = Signal()

    def __init__(self, context: Context) -> None:
        super().__init__()
        self.setObjectName("plain")
        self._context = context
        self._share = SHARE
        self.rows: dict[str, BoundRow] = {}
        self._parts: list[QWidget] = []
        self.shares = {share: self._button(f"± {share:.0%}".replace("%", " %")) for share in SHARES}
        for share, button in self.shares.items():
            button.setToolTip("Center the bounds on the session's values, ± this share of each parameter's range")
            button.clicked.connect(lambda _on=False, share=share: self.spread(share))
        self.all, self.none = self._button("All"), self._button("None")
        self.all.clicked.connect(lambda: self.check(self.rows))
        self.none.clicked.connect(lambda: self.check(()))
        heading = QLabel("Search Space")
        heading.setObjectName("title")
        line = QHBoxLayout()
        line.setSpacing(2)
        line.addWidget(heading, 1)
        for button in (*self.shares.values(), self.all, self.none):
            line.addWidget(button)
        inside = QWidget()
        inside.setObjectName("plain")
        self._list = QVBoxLayout(inside)
        self._list.setContentsMargins(0, 0, SPACE, 0)
        self._list.setSpacing(1)
        self._list.addStretch(1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QScrollArea.Shape.NoFrame)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(inside)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE)
        column.addLayout(line)
        column.addWidget(area, 1)
        self.follow(context.store.session)

    @staticmethod
    def _button(text: str) -> QToolButton:
        button = QToolButton()
        button.setObjectName("quiet")
        button.setText(text)
        return button

    @property
    def space(self) -> SearchSpace | None:
        """The chosen search space, or None if it is empty or has invalid bounds."""
        chosen = [row for row in self.rows.values() if row.check.isChecked()]
        if not chosen or not all(row.is_valid for row in chosen):
            return None
        return SearchSpace(bounds=tuple(row.bound for row in chosen))

    def spread(self, share: float) -> None:
        """Center all bounds on the session's values, a share of the range to either side."""
        self._share = share
        for row in self.rows.values():
            row.spread(share, self._context.store.session)

    def check(self, paths: Iterable[str]) -> None:
        """Include exactly these parameters in the search."""
        chosen = set(paths)
        for path, row in self.rows.items():
            if row.check.isChecked() != (path in chosen):
                row.check.click()

    def follow(self, session: Session) -> None:
        """List the parameters that can change the session's picture; remaining rows keep their settings."""
        parameters = {p.path: p for p in searchable(session)}
        if list(parameters) != list(self.rows):
            self._fill(session, parameters)
        for row in self.rows.values():
            row.follow(self._share, session)

    def _fill(self, session: Session, parameters: dict[str, Parameter]) -> None:
        word = morph_word(session, self._context)
        kept = {path: row for path, row in self.rows.items() if path in parameters}
        for widget in (*self._parts, *(row for path, row in self.rows.items() if path not in kept)):
            self._list.removeWidget(widget)
            widget.deleteLater()
        self.rows, self._parts = {}, []
        for place, (group, parameter) in enumerate(_with_headings(parameters.values(), word)):
            if parameter is None:
                self._parts.append(_make_caption(group))
                self._list.insertWidget(place, self._parts[-1])
                continue
            label = parameter.label.replace(MORPH, word)
            row = kept.get(parameter.path) or BoundRow(parameter, label, self._context)
            if parameter.path not in kept:
                row.spread(self._share, session)
                row.edited.connect(self.edited)
            self.rows[parameter.path] = row
            self._list.insertWidget(place, row)
        self.edited.emit()


def morph_word(session: Session, context: Context) -> str:
    """Return the object pair's name for its morph."""
    subject, pairs = session.scene.subject, context.resources.pairs
    pair = pairs.get(subject.name) if isinstance(subject, PairSubject) else None
    return pair.morph if pair is not None else NO_PAIR


def _with_headings(parameters: Iterable[Parameter], word: str) -> Iterator[tuple[str, Parameter | None]]:
    """Yield the parameters in order, with each group's name before its first."""
    last = ""
    for parameter in parameters:
        group = parameter.group.replace(MORPH, word)
        if group != last:
            last = group
            yield group, None
        yield group, parameter


def _make_caption(text: str) -> QLabel:
    made = QLabel(text)
    made.setObjectName("caption")
    made.setContentsMargins(0, SPACE, 0, 2)
    return made
