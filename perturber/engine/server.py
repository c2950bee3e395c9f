"""The engine process: owns the GL context and the torch device, answers one request at a time."""

from __future__ import annotations

import signal
import traceback
from multiprocessing.connection import Connection
from multiprocessing.shared_memory import SharedMemory
from typing import TYPE_CHECKING

from perturber.core.errors import InputError, PerturberError
from perturber.core.groups import GroupAnswer
from perturber.engine.device import available_devices, prepare_threads
from perturber.engine.wire import Compute, Computed, Entering, Fatal, Hello, Refusal, Request, pack_evaluation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perturber.engine.evaluate import Engine

WATCHED = "custom"
ARCHITECTURES_AFTER = 0.5
"""Seconds without a request before the slow list of architectures is made."""
STEP_AFTER = 0.03
"""Seconds without a request before another step of a computation is taken: frames come first."""


def serve(connection: Connection, block_name: str, device: str, precision: str) -> None:
    """Answer requests until the other side hangs up. Runs as the target of a spawned process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the window; it closes the pipe
    prepare_threads()
    block = SharedMemory(block_name)
    try:
        _Server(connection, block, device, precision).run()
    except (EOFError, BrokenPipeError, ConnectionResetError):
        pass
    finally:
        block.close()


class _Server:
    def __init__(self, connection: Connection, block: SharedMemory, device: str, precision: str) -> None:
        self._connection = connection
        self._block = block
        self._choice = (device, precision)
        self._watched = False
        self._work: Iterator[GroupAnswer] = iter(())
        self._token: int | None = None

    def run(self) -> None:
        engine = self._open()
        if engine is None:
            return
        described = False
        while True:
            while self._token is not None and not self._connection.poll(STEP_AFTER):
                self._step()
            if not described and not self._connection.poll(ARCHITECTURES_AFTER):
                self._describe(engine)
                described = True
            request = self._connection.recv()
            if isinstance(request, Compute):
                self._begin(engine, request)
            else:
                self._connection.send(self._answer(engine, request))

    def _begin(self, engine: Engine, request: Compute) -> None:
        """Take up a computation in place of the one under way."""
        from perturber.engine.groups import compute

        self._token = None if request.query is None else request.token
        if request.query is not None:
            self._work = compute(engine, request.session, request.query, request.before)

    def _step(self) -> None:
        """One picture's worth of the computation under way, and word of how far it is."""
        assert self._token is not None
        try:
            answer = next(self._work)
        except PerturberError as error:
            answer = GroupAnswer(problem=str(error))
        except Exception:
            answer = GroupAnswer(problem=traceback.format_exc(limit=-2))
        self._connection.send(Computed(self._token, answer))
        if answer.finished:
            self._token = None

    def _open(self) -> Engine | None:
        """The engine, or None after telling the other side why there is none."""
        try:
            from perturber.engine.evaluate import Engine

            engine = Engine(*self._choice, on_stage=self._enter)
        except PerturberError as error:
            self._connection.send(Fatal(str(error)))
            return None
        except Exception:
            self._connection.send(Fatal(traceback.format_exc(limit=-3)))
            return None
        self._connection.send(Hello(str(engine.observer.device), engine.renderer.name))
        return engine

    def _enter(self, stage: str) -> None:
        """Tell the watchdog when the user's code begins and ends; other stages are not worth a message."""
        watched = stage == WATCHED
        if watched or self._watched:
            self._connection.send(Entering(stage))
        self._watched = watched

    def _describe(self, engine: Engine) -> None:
        """Tell what could be chosen; importing all architectures takes a second, hence in idle time."""
        from perturber.nets.architecture import architectures

        hello = Hello(str(engine.observer.device), engine.renderer.name, available_devices(), architectures())
        self._connection.send(hello)

    def _answer(self, engine: Engine, request: Request) -> object:
        try:
            evaluation = engine.evaluate(request.session, strict=request.token is not None)
            return pack_evaluation(request.number, evaluation, self._block)
        except InputError as error:
            message = error.problem + (f"; expected {error.expected}" if error.expected else "")
            return Refusal(request.number, error.source, message, error.line)
        except PerturberError as error:
            return Refusal(request.number, "engine", str(error))
        except Exception:
            return Refusal(request.number, "engine", traceback.format_exc(limit=-2))
