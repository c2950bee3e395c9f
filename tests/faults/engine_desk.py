"""An engine process as the window uses it, with its answers waited for and its processor time observed."""

from __future__ import annotations

import os
import queue
import signal
from contextlib import suppress
from time import monotonic, sleep

import numpy as np

from perturber.core.errors import InputError
from perturber.core.evaluation import Evaluation, Failure
from perturber.core.jobs.job import Answer, Job
from perturber.core.session.session import Session
from perturber.engine.process.client import EngineClient
from perturber.engine.process.wire import Status
from tests.faults.outcome import HangError, LostError, WrongError
from tests.faults.process_table import Idleness, look

CPU = 5.0
"""Seconds of the engine's processor time after which a frame counts as a hang."""
IDLE = 30.0
STARTING = 240.0
"""Seconds in which an engine starts, on a machine that is busy with other things."""
LOOK = 0.25
TRACE = "Traceback (most recent call last)"


class EscapedError(Exception):
    """An error that the engine did not expect; its message is the traceback."""


class EngineDesk:
    """Asks an engine process and waits for the answers."""

    def __init__(self) -> None:
        self.client = EngineClient("cpu", "float32")
        self._told: queue.Queue[Evaluation | Failure] = queue.Queue()
        self._computed: queue.Queue[tuple[int, Answer]] = queue.Queue()
        self._status: list[Status] = []
        self.client.evaluated.connect(self._told.put)
        self.client.failed.connect(self._told.put)
        self.client.status.connect(self._status.append)
        self.client.computed.connect(lambda token, answer: self._computed.put((token, answer)))
        self.client.start()
        self.warm()

    @property
    def pid(self) -> int | None:
        return self.client.pid

    def warm(self) -> None:
        """Wait until the engine answers the default session, also after a kill. Raises LostError if it never does."""
        end = monotonic() + STARTING
        self.client.submit(Session())
        while monotonic() < end:
            with suppress(queue.Empty):
                told = self._told.get(timeout=LOOK)
                if isinstance(told, Evaluation) and told.session == Session():
                    return
                self.client.submit(Session())
            if self._status and self._status[-1].state == "failed":
                self.client.configure("cpu", "float32")
                raise LostError(f"the engine gave up: {self._status[-1].message}")
        raise LostError("the engine did not come back")

    def answer(self, session: Session) -> Evaluation:
        """Return the evaluation of a session.

        Raises InputError when it is refused, EscapedError when the engine raised something unexpected, and
        HangError when the engine computes for too long or does nothing.
        """
        while not self._told.empty():
            self._told.get()
        self.client.submit(session)
        watch = _Watch(self.pid)
        while True:
            with suppress(queue.Empty):
                told = self._told.get(timeout=LOOK)
                if told.session != session:
                    continue
                if isinstance(told, Failure):
                    if TRACE in told.message:
                        raise EscapedError(told.message)
                    raise InputError(told.source, told.message, line=told.line)
                return _checked(told)
            try:
                watch.check(self.pid)
            except HangError:
                self.kill()
                raise

    def expect(self, session: Session, kept: Evaluation) -> None:
        """Wait for the answer to a session, without asking again after a kill.

        Raises LostError when it never comes, or is not the one given before.
        """
        end = monotonic() + STARTING
        while monotonic() < end:
            with suppress(queue.Empty):
                told = self._told.get(timeout=LOOK)
                if not isinstance(told, Evaluation) or told.session != session:
                    continue
                if not np.array_equal(told.pixels, kept.pixels) or tops(told) != tops(kept):
                    raise LostError("another picture or other predictions after a restart")
                if self._told.empty():
                    return
        raise LostError("the last session is not answered after a restart")

    def finish(self, token: int, limit: float = CPU, kill_after: float | None = None) -> Answer:
        """Return the last answer of a job, each step of which takes at most so much processor time.

        With ``kill_after`` the engine is killed so many seconds from now. Raises as `answer` does.
        """
        watch = _Watch(self.pid, limit)
        end = None if kill_after is None else monotonic() + kill_after
        while True:
            if end is not None and monotonic() > end:
                end = None
                self.kill()
            with suppress(queue.Empty):
                number, answer = self._computed.get(timeout=0.02 if end else LOOK)
                if number != token:
                    continue
                if TRACE in answer.problem:
                    raise EscapedError(answer.problem)
                if answer.finished:
                    return answer
                watch = _Watch(self.pid, limit)
            watch.check(self.pid)

    def begin(self, session: Session, job: Job) -> int:
        """Start a job; return its token."""
        return self.client.compute(session, job)

    def kill(self) -> None:
        """Kill the engine process, as a crash would; the client starts another."""
        pid = self.pid
        if pid is not None:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        end = monotonic() + STARTING
        while self.pid == pid:
            if monotonic() > end:
                raise LostError("the client did not notice that the engine ended")
            sleep(0.01)

    def close(self) -> None:
        self.client.close()


def tops(evaluation: Evaluation) -> list[object]:
    """Return the predictions of all slots."""
    return [slot.top for slot in evaluation.slots]


class _Watch:
    """The time that one engine process takes; one that was started meanwhile is given the time to start."""

    def __init__(self, pid: int | None, limit: float = CPU) -> None:
        self._pid, self._limit, self._seen = pid, limit, monotonic()
        state = look(pid) if pid else None
        self._cpu = state.cpu if state else 0.0
        self._idle = Idleness(os.getsid(0) if hasattr(os, "getsid") else 0)

    def check(self, pid: int | None) -> None:
        """Raise HangError when the engine has computed for too long, or nothing happens."""
        now = monotonic()
        idle, self._seen = self._idle.advance(now - self._seen), now
        state = look(pid) if pid else None
        limit = self._limit if pid == self._pid else STARTING
        base = self._cpu if pid == self._pid else 0.0
        if state is not None and state.cpu - base > limit:
            raise HangError(f"the engine computes for over {limit:g} s")
        if idle > IDLE:
            raise HangError(f"nothing has happened for {IDLE:g} s")


def _checked(evaluation: Evaluation) -> Evaluation:
    """Return an evaluation whose parts tell of no unexpected error."""
    problems = [slot.problem for slot in evaluation.slots]
    problems += [part.problem for part in (evaluation.attack, evaluation.attribution) if part is not None]
    for problem in (*problems, *evaluation.notices):
        if TRACE in problem:
            raise EscapedError(problem)
    if evaluation.pixels.shape != (224, 224, 3):
        raise WrongError(f"a frame of {evaluation.pixels.shape}")
    return evaluation
