"""The window's client of the engine process: latest request wins, with watchdog and restarts.

Imports neither torch nor GL.
"""

from __future__ import annotations

import contextlib
import importlib
import itertools
import multiprocessing
import threading
from dataclasses import replace
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from multiprocessing.shared_memory import SharedMemory
from time import monotonic
from typing import Any

from psygnal import Signal

from perturber.core.evaluation import Evaluation, Failure
from perturber.core.jobs.job import Answer, Job
from perturber.core.session.session import Session
from perturber.engine.process.wire import (
    BLOCK_BYTES,
    Compute,
    Computed,
    Entering,
    Fatal,
    Hello,
    Refusal,
    Reply,
    Request,
    Status,
    unpack_evaluation,
)
from perturber.platforms import create_shared_memory, end_with_parent, ignore_interrupts, start_without_interrupts

STAGE_SECONDS = {"custom": 1.5}
"""Time limit of each stage in seconds, after which the engine is killed; short only for the user's GLSL."""
OTHER_SECONDS = 120.0
IDLE_SECONDS = 5.0
"""Interval between watchdog checks while the engine is idle; also the longest delay before a request is watched."""
CUSTOM_CODE = "post.custom.code"
RESTARTED = "the engine was restarted before the job finished"
CLOSING_SECONDS = 10.0
MAX_RESTARTS = 3
"""Consecutive crashes, without an answer in between, after which the engine is not restarted."""


def _serve(*arguments: Any) -> None:
    """Run the engine process; the import by name keeps torch and GL out of the window's process."""
    ignore_interrupts()  # the window ends this process by closing the pipe
    end_with_parent()  # also while torch is imported, long before the pipe is read
    importlib.import_module("perturber.engine.process.server").serve(*arguments)


class EngineClient:
    """Talks to one engine process from its own thread.

    All signals are emitted on that thread. At most one request is running and one waits; a newer
    session replaces the waiting one, a proposal is never dropped. Jobs run while the engine is idle,
    at most one in each lane; a newer job replaces the one in its lane.
    """

    evaluated = Signal(Evaluation)
    failed = Signal(Failure)
    accepted = Signal(int, Evaluation)
    refused = Signal(int, Failure)
    status = Signal(Status)
    computed = Signal(int, Answer)

    def __init__(self, device: str = "auto", precision: str = "auto") -> None:
        self._choice = (device, precision)
        self._lock = threading.RLock()  # guards the fields below; reentrant, since a listener may submit
        self._waiting: Session | None = None
        self._proposals: list[tuple[int, Session]] = []
        self._commands: list[str] = []
        self._jobs: dict[str, Compute] = {}  # by lane: requested and not finished
        self._unsent: dict[str, Compute] = {}
        self._numbers = itertools.count(1)
        self._tokens = itertools.count(1)
        self._wake_receive, self._wake_send = multiprocessing.Pipe(duplex=False)
        self._thread = threading.Thread(target=self._run, name="engine-client", daemon=True)
        self._block: SharedMemory | None = None
        self._process: BaseProcess | None = None
        self._connection: Connection[Any, Any] | None = None
        self._under_way: Request | None = None
        self._last: Session | None = None
        self._stage = ""
        self._since = 0.0
        self._ready = False
        self._deaths = 0
        self._freed = False
        self._state = Status("starting")

    @property
    def pid(self) -> int | None:
        """Process id of the engine, or None if it is not running."""
        process = self._process
        try:
            return process.pid if process is not None else None
        except ValueError:  # closed meanwhile
            return None

    def start(self) -> None:
        """Start the engine process; returns at once."""
        self._thread.start()

    def submit(self, session: Session) -> None:
        """Request an evaluation, replacing one that still waits. An idle engine gets it at once."""
        with self._lock:
            self._waiting = session
            self._send_next()
        self._wake()

    def propose(self, session: Session) -> int:
        """Propose a session for checking; return the token with which `accepted` or `refused` is emitted."""
        with self._lock:
            token = next(self._tokens)
            self._proposals.append((token, session))
        self._wake()
        return token

    def compute(self, session: Session, job: Job) -> int:
        """Start a job, replacing the one in its lane; return the token with which `computed` reports each step."""
        with self._lock:
            token = next(self._tokens)
            self._jobs[job.lane] = self._unsent[job.lane] = Compute(token, job.lane, session, job)
        self._wake()
        return token

    def stop_computing(self, lane: str) -> None:
        """Cancel a lane's job, which then emits nothing more."""
        with self._lock:
            if lane in self._jobs:
                self._unsent[lane] = replace(self._jobs.pop(lane), job=None)
        self._wake()

    def configure(self, device: str, precision: str) -> None:
        """Restart the engine on another device or with another precision."""
        with self._lock:
            self._choice = (device, precision)
            self._commands.append("restart")
        self._wake()

    def close(self) -> None:
        """Stop the engine and the thread, waiting until both have ended. Does nothing the second time."""
        with self._lock:
            self._commands.append("close")
        self._wake()
        if self._thread.is_alive() and threading.current_thread() is not self._thread:
            self._thread.join(timeout=CLOSING_SECONDS)
            if self._thread.is_alive():  # a listener or the system holds it
                self._unlink()

    def _wake(self) -> None:
        with contextlib.suppress(OSError):
            self._wake_send.send_bytes(b".")

    # The methods below run on the client's own thread.

    def _run(self) -> None:
        with contextlib.suppress(OSError):  # a small or missing /dev/shm: arrays go through the pipe
            self._block = create_shared_memory(BLOCK_BYTES)
        with contextlib.ExitStack() as ending:  # each of these is done even when another fails
            ending.callback(self._unlink)
            ending.callback(self._kill)
            self._spawn("starting", "")
            while self._step():
                pass

    def _unlink(self) -> None:
        """Free the block of shared memory, once; its name goes even when something still refers to its bytes."""
        self._freed = True
        block, self._block = self._block, None
        if block is not None:
            with contextlib.suppress(FileNotFoundError):
                block.unlink()
            with contextlib.suppress(BufferError):
                block.close()

    def _step(self) -> bool:
        """Wait for an event and handle it; return False when the thread should end."""
        ready = wait([c for c in (self._connection, self._wake_receive) if c is not None], self._patience())
        if self._wake_receive in ready:
            while self._wake_receive.poll():
                self._wake_receive.recv_bytes()
        with self._lock:
            commands, self._commands = self._commands, []
            if "close" in commands:
                return False
            if "restart" in commands:
                self._deaths = 0
                self._respawn("Restarting the engine.", again=True)
            elif self._connection in ready:
                self._receive()
            elif self._connection is not None and self._patience() == 0:
                self._overdue()
            self._send_next()
        return True

    def _patience(self) -> float:
        """Return the seconds left for the current stage; `IDLE_SECONDS` when no answer is expected."""
        owing = self._under_way is not None or any(lane not in self._unsent for lane in self._jobs)
        if self._connection is None or (not owing and self._ready):
            return IDLE_SECONDS
        limit = STAGE_SECONDS.get(self._stage, OTHER_SECONDS)
        return max(0.0, self._since + limit - monotonic())

    def _enter(self, stage: str) -> None:
        self._stage, self._since = stage, monotonic()

    def _receive(self) -> None:
        assert self._connection is not None
        try:
            message = self._connection.recv()
        except (EOFError, OSError):
            self._died()
            return
        if isinstance(message, Entering):
            self._enter(message.stage)
        elif isinstance(message, Hello):
            self._ready = True
            known = {"devices": message.devices, "architectures": message.architectures} if message.devices else {}
            self._tell(
                replace(
                    self._state, state="ready", message="", device=message.device, renderer=message.renderer, **known
                )
            )
        elif isinstance(message, Fatal):
            self._give_up(message.message)
        elif isinstance(message, Computed):
            self._told(message)
        else:
            self._answered(message)

    def _answered(self, message: Reply | Refusal) -> None:
        request, self._under_way = self._under_way, None
        if request is None or message.number != request.number:
            return
        self._deaths = 0
        self._enter("")  # otherwise the last stage's time limit would apply to a job
        if isinstance(message, Refusal):
            self._refuse(request, Failure(request.session, message.source, message.message, message.line))
            return
        if self._freed:  # closed meanwhile
            return
        evaluation = unpack_evaluation(message, request.session, self._block)
        # Send the next request before listeners spend time on this answer.
        self._send_next()
        if request.token is None:
            self.evaluated.emit(evaluation)
        else:
            self.accepted.emit(request.token, evaluation)

    def _told(self, message: Computed) -> None:
        """Emit a step of a job, unless the job was replaced."""
        job = next((job for job in self._jobs.values() if job.token == message.token), None)
        if job is None:
            return
        self._enter("")
        if message.answer.finished:
            del self._jobs[job.lane]
        self.computed.emit(message.token, message.answer)

    def _fail_jobs(self, answer: Answer) -> None:
        """End all jobs sent to the engine with this answer; keep unsent ones for the next process."""
        failed = [job for lane, job in self._jobs.items() if lane not in self._unsent]
        for job in failed:
            del self._jobs[job.lane]
        for job in failed:
            self.computed.emit(job.token, answer)

    def _refuse(self, request: Request, failure: Failure) -> None:
        if request.token is None:
            self.failed.emit(failure)
        else:
            self.refused.emit(request.token, failure)

    def _send_next(self) -> None:
        if self._state.state == "failed":
            self._unsent.clear()
            self._fail_jobs(Answer(problem="the engine is not running"))
        if self._connection is None or not self._ready:
            return
        unsent, self._unsent = self._unsent, {}
        for job in unsent.values():
            with contextlib.suppress(OSError):  # as below
                self._connection.send(job)
        if unsent and self._under_way is None:
            self._enter("")
        if self._under_way is not None:
            return
        if self._proposals:
            token, session = self._proposals.pop(0)
            request = Request(next(self._numbers), session, token)
        elif self._waiting is not None:
            request = Request(next(self._numbers), self._waiting)
            self._last, self._waiting = self._waiting, None
        else:
            return
        self._under_way = request
        self._enter("")
        with contextlib.suppress(OSError):  # the process has ended; the next receive notices
            self._connection.send(request)

    def _overdue(self) -> None:
        """Handle a stage over its time limit by killing the process, since nothing else can stop it."""
        blame = CUSTOM_CODE if self._stage == "custom" else "engine"
        seconds = STAGE_SECONDS.get(self._stage, OTHER_SECONDS)
        what = "the code did not finish" if blame == CUSTOM_CODE else "the engine did not finish"
        self._fail_under_way(blame, f"{what} within {seconds:g} s; the engine was restarted")
        self._respawn("The engine did not respond. Restarting.", again=blame != CUSTOM_CODE)

    def _died(self) -> None:
        """Restart an ended process with the last session, unless it has crashed too often in a row."""
        self._deaths += 1
        request = self._under_way
        if self._stage == "custom" and request is not None:
            self._fail_under_way(CUSTOM_CODE, "the code crashed the graphics driver; the engine was restarted")
        elif request is not None and request.token is not None:
            self._fail_under_way("engine", "the engine process ended while checking this; it was restarted")
        if self._deaths > MAX_RESTARTS:
            self._give_up(f"The engine process ended {self._deaths} times in a row.")
        else:
            self._respawn("The engine process ended. Restarting.", again=True)

    def _fail_under_way(self, source: str, message: str) -> None:
        request, self._under_way = self._under_way, None
        if request is not None:
            if request.token is None:
                self._last = None
            self._refuse(request, Failure(request.session, source, message))

    def _give_up(self, message: str) -> None:
        self._kill()
        self._tell(replace(self._state, state="failed", message=message))

    def _respawn(self, message: str, again: bool) -> None:
        """Start a new process; with ``again`` also request the last session again."""
        request = self._under_way
        self._kill()
        if request is not None and request.token is not None:
            self._proposals.insert(0, (request.token, request.session))
        if again and self._waiting is None:
            self._waiting = self._last
        self._spawn("restarting", message)

    def _spawn(self, state: str, message: str) -> None:
        if self._freed:  # closed meanwhile
            return
        block = "" if self._block is None else self._block.name
        self._tell(replace(self._state, state=state, message=message))  # type: ignore[arg-type]
        context = multiprocessing.get_context("spawn")
        self._connection, other = context.Pipe()
        self._process = context.Process(
            target=_serve, args=(other, block, *self._choice), name="perturber-engine", daemon=True
        )
        self._enter("start")
        try:
            start_without_interrupts(self._process)
        except OSError as error:
            self._give_up(f"The engine process cannot be started ({error.strerror or error}).")
        finally:
            other.close()

    def _kill(self) -> None:
        self._under_way, self._ready = None, False
        process, connection = self._process, self._connection
        self._process = self._connection = None
        try:
            if process is not None:
                if process.pid is not None:
                    process.kill()
                    process.join()
                process.close()
            if connection is not None:
                connection.close()
        finally:
            self._fail_jobs(Answer(problem=RESTARTED, interrupted=True))

    def _tell(self, status: Status) -> None:
        self._state = status
        self.status.emit(status)
