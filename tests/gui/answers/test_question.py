"""One way to ask the engine: tokens, cancellation, and what happens when the engine ends meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QObject, Signal
from pytestqt.qtbot import QtBot

import perturber.gui
from perturber.core.jobs.analysis import Diverge
from perturber.core.jobs.job import Answer, Job
from perturber.core.session.session import Session
from perturber.core.session.store import Store
from perturber.gui.answers.question import RETRIES, Question

LOST = Answer(problem="the engine was restarted", interrupted=True)


class Engine:
    """Notes what it is asked, and answers nothing."""

    def __init__(self) -> None:
        self.asked: list[tuple[Session, Job]] = []
        self.stopped: list[str] = []

    def compute(self, session: Session, job: Job) -> int:
        self.asked.append((session, job))
        return len(self.asked)

    def stop_computing(self, lane: str) -> None:
        self.stopped.append(lane)


class Bridge(QObject):
    """Passes on what a test says the engine has computed."""

    computed = Signal(int, object)

    def __init__(self) -> None:
        super().__init__()
        self.engine = Engine()


class Asked:
    """A question on a bridge of its own, and what it has answered."""

    def __init__(self, retries: int = RETRIES) -> None:
        self.bridge, self.store = Bridge(), Store()
        self.engine = self.bridge.engine
        self.question = Question(self.bridge, self.store, self.bridge, retries)  # type: ignore[arg-type]
        self.answers: list[Answer] = []
        self.question.answered.connect(self.answers.append)

    def computed(self, answer: Answer, token: int | None = None) -> None:
        self.bridge.computed.emit(len(self.engine.asked) if token is None else token, answer)


@pytest.fixture
def asked(qtbot: QtBot) -> Iterator[Asked]:
    made = Asked()
    yield made
    made.question.close()


def test_progress_and_the_answer_are_passed_on_and_then_it_is_closed(asked: Asked):
    asked.question.ask(Diverge())
    assert asked.question.is_open
    asked.computed(Answer(1, 2))
    assert asked.question.is_open
    asked.computed(Answer(2, 2, "found"))
    assert not asked.question.is_open
    assert [answer.value for answer in asked.answers] == [None, "found"]
    asked.computed(Answer(2, 2, "again"))
    assert len(asked.answers) == 2


def test_an_older_answer_is_ignored(asked: Asked):
    asked.question.ask(Diverge())
    asked.question.ask(Diverge())
    asked.computed(Answer(2, 2, "late"), token=1)
    assert asked.answers == []
    assert asked.question.is_open


def test_a_canceled_question_stops_the_job_and_hears_nothing_more(asked: Asked):
    asked.question.ask(Diverge())
    asked.question.cancel()
    asked.question.cancel()
    assert asked.engine.stopped == [Diverge.lane]
    asked.computed(Answer(2, 2, "late"))
    assert asked.answers == []
    assert not asked.question.is_open


def test_the_session_is_the_current_one_or_the_one_given(asked: Asked):
    asked.question.ask(Diverge())
    other = Session(seed=7)
    asked.question.ask(Diverge(), other)
    assert [session for session, _ in asked.engine.asked] == [asked.store.session, other]


def test_an_interrupted_job_is_asked_for_again_once_for_each_interruption(asked: Asked):
    asked.question.ask(Diverge())
    for interruption in range(1, RETRIES + 1):
        asked.computed(LOST)
        assert len(asked.engine.asked) == interruption + 1
        assert asked.answers == []
    asked.computed(LOST)
    assert len(asked.engine.asked) == RETRIES + 1
    assert asked.answers == [LOST]
    assert not asked.question.is_open


def test_progress_forgives_interruptions_and_a_new_question_begins_afresh(asked: Asked):
    asked.question.ask(Diverge())
    for _ in range(2 * RETRIES):
        asked.computed(LOST)
        asked.question.forgive()
    asked.question.ask(Diverge())
    for _ in range(RETRIES):
        asked.computed(LOST)
    assert asked.answers == []


def test_the_rest_is_asked_for(asked: Asked):
    class Rest(Diverge):
        lane = "rest"

    asked.question.renew = lambda job: Rest()
    asked.question.ask(Diverge())
    asked.computed(LOST)
    assert isinstance(asked.engine.asked[-1][1], Rest)


def test_without_retries_the_interruption_is_passed_on(qtbot: QtBot):
    asked = Asked(retries=0)
    asked.question.ask(Diverge())
    asked.computed(LOST)
    assert asked.answers == [LOST]
    assert len(asked.engine.asked) == 1


def test_a_problem_that_is_no_interruption_is_passed_on_at_once(asked: Asked):
    asked.question.ask(Diverge())
    asked.computed(Answer(problem=LOST.problem))
    assert len(asked.engine.asked) == 1
    assert asked.answers[-1].problem == LOST.problem


def test_nobody_else_in_the_window_asks_for_jobs_or_compares_problems():
    package = Path(perturber.gui.__file__).parent
    others = [file for file in package.rglob("*.py") if file.name not in ("question.py", "bridge.py")]
    words = ("engine.compute(", ".stop_computing(", ".computed.connect", "RESTARTED", ".problem ==")
    assert [(file.name, word) for file in others for word in words if word in file.read_text("utf-8")] == []


def test_an_answer_says_how_far_the_job_is_and_what_there_is():
    assert [a.progress for a in (Answer(), Answer(1, 4), Answer(9, 4))] == [0.0, 0.25, 1.0]
    assert [a.latest for a in (Answer(), Answer(partial=1), Answer(value=0, partial=1))] == [None, 1, 0]
