"""The engine process: owns the GL context and the torch device and answers one request at a time."""

from __future__ import annotations

import traceback
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from multiprocessing.shared_memory import SharedMemory
from time import monotonic
from typing import TYPE_CHECKING

from perturber.core.damage import hearing_damage
from perturber.core.errors import InputError, PerturberError
from perturber.core.jobs.job import Answer
from perturber.core.memory import check_memory_limit, means_no_memory, no_memory
from perturber.engine.device import available_devices, prepare_threads
from perturber.engine.process.wire import (
    Compute,
    Computed,
    Entering,
    Fatal,
    Hello,
    Refusal,
    Request,
    pack_evaluation,
)
from perturber.platforms import attach_shared_memory

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from perturber.engine.frame.engine import Engine
    from perturber.engine.jobs.workbench import Workbench

WATCHED = "custom"
ARCHITECTURES_AFTER = 0.5
"""Seconds without a request before the architectures are listed, which is slow."""
STEP_AFTER = 0.03
"""Seconds without a request before the next step of a job, since frames come first."""


def serve(connection: Connection, block_name: str, device: str, precision: str) -> None:
    """Answer requests until the client closes the pipe. Runs as the target of a spawned process.

    An empty ``block_name`` means that there is no shared memory.
    """
    prepare_threads()
    block = attach_shared_memory(block_name) if block_name else None
    damage: list[str] = []
    # The window reads the files that the engine reads, and reports them; most plug-ins are loaded here only.
    with hearing_damage(lambda report: None, "file"), hearing_damage(damage.append, "plugin"):
        try:
            _Server(connection, block, device, precision, damage).run()
        except (EOFError, BrokenPipeError, ConnectionResetError):
            pass
        finally:
            if block is not None:
                block.close()


@dataclass(frozen=True)
class _Work:
    """A running job."""

    token: int
    lane: str
    order: int
    steps: Iterator[Answer]
    urgent: bool = False


class _Server:
    def __init__(
        self,
        connection: Connection,
        block: SharedMemory | None,
        device: str,
        precision: str,
        damage: Sequence[str] = (),
    ) -> None:
        self._connection = connection
        self._block = block
        self._choice = (device, precision)
        self._damage = damage
        self._watched = False
        self._jobs: dict[str, _Work] = {}
        self._bench: Workbench | None = None
        self._described = False

    def run(self) -> None:
        engine = self._open()
        if engine is None:
            return
        while True:
            quiet, since = STEP_AFTER, monotonic()  # after the first wait, steps follow without delay
            while self._jobs and not self._connection.poll(0.0 if self._next.urgent else quiet):
                self._step()
                quiet = 0.0
                if monotonic() - since > ARCHITECTURES_AFTER:  # jobs may run for hours
                    self._describe(engine)
            if not self._described and not self._connection.poll(ARCHITECTURES_AFTER):
                self._describe(engine)
            request = self._connection.recv()
            if isinstance(request, Compute):
                self._begin(engine, request)
            else:
                self._connection.send(self._answer(engine, request))

    def _begin(self, engine: Engine, request: Compute) -> None:
        """Start a job, replacing the one in its lane; without a job only cancel."""
        from perturber.engine.jobs.job_registry import work_on
        from perturber.engine.jobs.workbench import Workbench

        self._jobs.pop(request.lane, None)
        if request.job is not None:
            self._bench = self._bench or Workbench(engine)
            steps = work_on(self._bench, request.session, request.job)
            self._jobs[request.lane] = _Work(request.token, request.lane, request.job.order, steps, request.job.urgent)

    @property
    def _next(self) -> _Work:
        """The job with the highest priority."""
        return min(self._jobs.values(), key=lambda work: work.order)

    def _step(self) -> None:
        """Take one step of the job with the highest priority and report its progress."""
        work = self._next
        try:
            answer = next(work.steps)
        except PerturberError as error:
            answer = Answer(problem=str(error))
        except Exception:
            answer = Answer(problem=traceback.format_exc(limit=-2))
        self._connection.send(Computed(work.token, answer))
        if answer.finished:
            del self._jobs[work.lane]

    def _open(self) -> Engine | None:
        """Open the engine; if that fails, report why and return None."""
        try:
            check_memory_limit()
            from perturber.engine.frame.engine import Engine

            engine = Engine(*self._choice, on_stage=self._enter)
        except PerturberError as error:
            self._connection.send(Fatal(str(error)))
            return None
        except Exception as error:
            told = str(no_memory("the engine")) if means_no_memory(error) else traceback.format_exc(limit=-3)
            self._connection.send(Fatal(told))
            return None
        self._connection.send(Hello(str(engine.observer.device), engine.renderer.name))
        return engine

    def _enter(self, stage: str) -> None:
        """Report to the watchdog when the user's code starts and ends; other stages are not reported."""
        watched = stage == WATCHED
        if watched or self._watched:
            self._connection.send(Entering(stage))
        self._watched = watched

    def _describe(self, engine: Engine) -> None:
        """Report the available devices and architectures, once; in idle time, because importing takes a second."""
        if self._described:
            return
        self._described = True
        from perturber.nets.architectures.architecture import architectures

        hello = Hello(str(engine.observer.device), engine.renderer.name, available_devices(), architectures())
        self._connection.send(hello)

    def _answer(self, engine: Engine, request: Request) -> object:
        try:
            evaluation = engine.evaluate(request.session, strict=request.token is not None, stepwise=True)
            evaluation = replace(evaluation, notices=(*evaluation.notices, *self._damage))
            return pack_evaluation(request.number, evaluation, self._block)
        except InputError as error:
            message = error.problem + (f"; expected {error.expected}" if error.expected else "")
            return Refusal(request.number, error.source, message, error.line)
        except PerturberError as error:
            return Refusal(request.number, "engine", str(error))
        except Exception as error:
            if means_no_memory(error):
                return Refusal(request.number, "engine", str(no_memory("this frame")))
            return Refusal(request.number, "engine", traceback.format_exc(limit=-2))
