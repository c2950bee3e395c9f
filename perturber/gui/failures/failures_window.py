"""The window that searches for the smallest change of the scene that flips a model's prediction."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from perturber.core.errors import InputError
from perturber.core.evaluation import Evaluation
from perturber.core.jobs.failures import MOST, FindFailures, Flip, in_words
from perturber.core.session.session import Session, save
from perturber.gui.answers.feature_images import image_of
from perturber.gui.base.context import Context
from perturber.gui.failures.failure_bounds import Bounds, morph_word
from perturber.gui.failures.failure_list import Card, FlipList
from perturber.gui.failures.running_search import FailureSearch
from perturber.gui.models.class_button import ClassButton
from perturber.gui.models.slot_choice import SlotChoice
from perturber.gui.style.theme import SPACE, restyle
from perturber.gui.widgets.charts.curves import Curves
from perturber.gui.widgets.frames.resting import RestingDialog
from perturber.gui.widgets.inputs.combo import Combo
from perturber.gui.widgets.inputs.number import NumberEntry

METHODS = {
    "cma": ("CMA-ES", "Adapts its sampling to where the margin falls (Hansen 2016)"),
    "random": ("Random", "Samples uniformly within the bounds; failures are then shrunk as in CMA-ES"),
}
MAIN = {"idle": "Start", "running": "Pause", "paused": "Resume", "done": "Start"}
ANY = "Any other class"
BUDGET = 500
POINTS = 300
"""Maximum number of points of the curve."""
SHOWN = 2
"""Maximum number of changes listed in a row."""
OPEN = "Choose at least one parameter, with bounds that contain the session's value"
BUDGETS = f"Evaluations: enter a whole number from 1 to {MOST}"


class FailuresWindow(RestingDialog):
    """A dialog that stays open beside the main window; closing it pauses the search."""

    def __init__(self, context: Context, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Find a Failure")
        self._context = context
        self.search = FailureSearch(context, self)
        self.bounds = Bounds(context)
        self._make_choices()
        self._make_buttons()
        self.status = QLabel()
        self.status.setObjectName("caption")
        self.status.setWordWrap(True)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setFixedHeight(3)
        self.curve = Curves(context.theme)
        self.curve.setCursor(Qt.CursorShape.ArrowCursor)
        self.curve.setAccessibleName("Smallest margin so far")
        self.curve.setToolTip("Smallest margin so far, in logits; the prediction flips at 0")
        self.list = FlipList(context.theme)
        self._cards: dict[Flip, Card] = {}
        self._lay_out()
        self._connect()
        self._follow_models(context.store.session)
        self._show()
        self.main.setFocus()
        self.resize(1060, 740)

    def _make_choices(self) -> None:
        context = self._context
        self._slot, self._target = context.slots[0], ""
        self.slots = SlotChoice([name for name, _ in context.store.session.models])
        self.slots.show_slot(self._slot)
        self.method = Combo(context.theme)
        self.method.setAccessibleName("Method")
        for name, (label, tip) in METHODS.items():
            self.method.addItem(label, name)
            self.method.setItemData(self.method.count() - 1, tip, Qt.ItemDataRole.ToolTipRole)
        self.target = ClassButton(context, ANY, "Target class")
        self.budget = NumberEntry(1, MOST, 0)
        self.budget.setAccessibleName("Evaluations")
        self.budget.setToolTip(f"Number of pictures to render and classify, 1 to {MOST}")
        self.budget.show_value(BUDGET)
        self._budget = float(BUDGET)

    def _make_buttons(self) -> None:
        def button(text: str, tip: str) -> QPushButton:
            made = QPushButton(text)
            made.setAutoDefault(False)
            made.setToolTip(tip)
            return made

        self.main = button("Start", "Search from the current session")
        self.main.setMinimumWidth(92)
        self.stop = button("Stop", "End the search and keep its results")
        self.back = button("Back", "Back to the starting session")
        self.save = button("Save Session…", "Save the shown failure as a session file")

    def _lay_out(self) -> None:
        choices, aims, run = QHBoxLayout(), QHBoxLayout(), QHBoxLayout()
        lines: dict[QHBoxLayout, list[QWidget]] = {
            choices: [_make_caption("Model"), self.slots, self.method],
            aims: [_make_caption("Target"), self.target, _make_caption("Evaluations"), self.budget],
            run: [self.main, self.stop, self.status],
        }
        for line, widgets in lines.items():
            for widget in widgets:
                line.addWidget(widget)
        choices.setStretchFactor(self.method, 1)
        run.setStretchFactor(self.status, 1)
        aims.insertStretch(2, 1)
        found = QHBoxLayout()
        heading = QLabel("Failures")
        heading.setObjectName("title")
        found.addWidget(heading, 1)
        found.addWidget(self.back)
        found.addWidget(self.save)
        right = QVBoxLayout()
        right.setSpacing(SPACE)
        for line in (choices, aims, run, found):
            line.setSpacing(SPACE)
        for line in (choices, aims, run):
            right.addLayout(line)
        for shown in (self.bar, self.curve):
            right.addWidget(shown)
        right.addLayout(found)
        right.addWidget(self.list, 1)
        body = QHBoxLayout(self)
        body.setContentsMargins(16, 12, 16, 14)
        body.setSpacing(3 * SPACE)
        body.addWidget(self.bounds, 1)
        body.addLayout(right, 1)

    def _connect(self) -> None:
        self.slots.chosen.connect(self._choose_slot)
        self.target.chosen.connect(self._choose_target)
        self.budget.entered.connect(self._choose_budget)
        self.bounds.edited.connect(self._show)
        self.main.clicked.connect(self._go)
        self.stop.clicked.connect(self.search.stop)
        self.back.clicked.connect(self.search.back)
        self.save.clicked.connect(self._save)
        self.list.chosen.connect(lambda number: self.search.show(self.search.flips[number]))
        self.search.changed.connect(self._show)
        self._context.store.changed.connect(self._on_changed)
        self._context.bridge.evaluated.connect(self.target.show_evaluation)

    # The search.

    def show_evaluation(self, evaluation: Evaluation) -> None:
        """Update the target's list of classes."""
        self.target.show_evaluation(evaluation)

    @property
    def job(self) -> FindFailures | None:
        """The search that Start would run, or None while the settings are invalid."""
        space = self.bounds.space
        if space is None or not self._good_budget:
            return None
        chosen = {"slot": self._slot, "target": self._target, "method": self.method.currentData()}
        return FindFailures(space=space, budget=round(self._budget), **chosen)

    @property
    def _good_budget(self) -> bool:
        return 1 <= self._budget <= MOST and self._budget == round(self._budget)

    def _choose_slot(self, slot: str) -> None:
        self._slot = slot
        self.target.show_class(slot, self._target)
        self._show()

    def _choose_target(self, wnid: str) -> None:
        self._target = wnid
        self.target.show_class(self._slot, wnid)

    def _choose_budget(self, budget: float) -> None:
        self._budget = budget
        self.budget.show_value(budget)
        self._show()

    def _go(self) -> None:
        state, job = self.search.state, self.job
        if state == "running":
            self.search.pause()
        elif state == "paused":
            self.search.resume()
        elif job is not None:
            self.search.start(job)

    def _on_changed(self, old: Session, new: Session) -> None:
        if old.models is not new.models:
            self._follow_models(new)
        if self.search.shown is None:
            self.bounds.follow(new)
        self._show()

    def _follow_models(self, session: Session) -> None:
        there = [name for name, _ in session.models.items()]
        if self._slot not in there:
            self._choose_slot(there[0])
            self.slots.show_slot(self._slot)
        self.slots.offer(there)
        self.target.show_class(self._slot, self._target)

    # Display.

    def _show(self) -> None:
        search = self.search
        busy = search.state in {"running", "paused"}
        self.main.setText(MAIN[search.state])
        self.main.setEnabled(busy or self.job is not None)
        self.main.setToolTip("" if busy or self.job is not None else OPEN if self._good_budget else BUDGETS)
        self.stop.setEnabled(busy)
        restyle(self.budget, "bad", not self._good_budget)
        for widget in (self.bounds, self.slots, self.method, self.target, self.budget):
            widget.setEnabled(not busy)
        self.back.setEnabled(search.shown is not None)
        self.save.setEnabled(search.shown is not None)
        self.bar.setRange(0, search.job.budget if search.job is not None else 1)
        self.bar.setValue(search.done)
        self.status.setText(self._words())
        restyle(self.status, "bad", bool(search.problem) or not (busy or self._good_budget))
        self._show_cards()
        self._show_curve()

    def _show_curve(self) -> None:
        found, job = self.search.last, self.search.job
        if job is None:
            self.curve.show_axis(0, self._budget if self._good_budget else BUDGET, 0)
            return
        self.curve.show_axis(0, job.budget, self.search.done)
        best = found.best if found is not None else ()
        every = max(1, -(-len(best) // POINTS))
        places = [*range(0, len(best), every), len(best) - 1][: len(best) + 1] if best else []
        values = tuple(float(place + 1) for place in places)
        self.curve.show_lines(values, {job.slot: tuple(best[place] for place in places)} if best else {})

    def _words(self) -> str:
        search, job = self.search, self.search.job
        if search.problem:
            return search.problem
        if not self._good_budget and search.state not in {"running", "paused"}:
            return BUDGETS
        if job is None:
            return "Searches for the smallest change that flips the prediction."
        done = f"{search.done} of {job.budget}"
        doing = {"running": f"Searching: {done}", "paused": f"Paused at {done}"}.get(
            search.state, f"Ended after {done}"
        )
        if search.flips:
            smallest = percent(search.flips[0].distance, 1)
            return f"{doing} evaluations. {len(search.flips)} found, the smallest at {smallest} of the bounds."
        if search.last is None or not search.last.margins:
            return f"{doing} evaluations."
        margin = search.last.best[-1]
        none = "None found" if search.state == "done" else "None yet"
        return f"{doing} evaluations. {none}; closest: {margin:.2f} logits from a flip."

    def _show_cards(self) -> None:
        flips, shown = self.search.flips, self.search.shown
        self._cards = {flip: self._cards.get(flip) or self._card(flip) for flip in flips}
        current = flips.index(shown) if shown in flips else -1
        self.list.show_cards(list(self._cards.values()), current)

    def _card(self, flip: Flip) -> Card:
        origin, found = self.search.origin, self.search.last
        assert origin is not None
        assert found is not None
        words = list(in_words(origin, flip.changes, morph_word(origin, self._context)))
        more = f" and {len(words) - SHOWN} more" if len(words) > SHOWN else ""
        was = found.original.name
        left = f"{was} {percent(flip.original)}"
        return Card(
            image=image_of(flip.thumbnail),
            title=f"{was} → {flip.became.name} ({percent(flip.became.probability)})",
            about=f"{percent(flip.distance, 1)} of the bounds · {left} · evaluation {flip.evaluation}",
            changes=", ".join(words[:SHOWN]) + more,
            tip="\n".join(words),
        )

    def _save(self) -> None:
        """Ask for a file and save the shown failure."""
        shown = self.search.shown
        name, _ = QFileDialog.getSaveFileName(self, "Save Session", "failure.json", "Session (*.json)")
        if name and shown is not None:
            self.write(shown, Path(name))

    def write(self, flip: Flip, path: Path) -> None:
        """Save a failure as a session file."""
        try:
            save(self.search.session_of(flip), path if path.suffix else path.with_suffix(".json"))
        except InputError as error:
            self._context.report(str(error), "error")
        else:
            self._context.report(f"Saved the failure to {path}", "info")

    # Closing.

    def rest(self) -> None:
        """Pause the search while the window is closed."""
        self.search.pause()

    def close_window(self) -> None:
        """Close the window and disconnect from all signals."""
        self.close()
        self.search.close()
        self._context.bridge.evaluated.disconnect(self.target.show_evaluation)
        self._context.store.changed.disconnect(self._on_changed, missing_ok=True)


def percent(share: float, decimals: int = 0) -> str:
    """Format a share as a percentage."""
    return f"{100 * share:.{decimals}f} %"


def _make_caption(text: str) -> QLabel:
    made = QLabel(text)
    made.setObjectName("caption")
    return made
