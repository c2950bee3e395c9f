"""Watches a worker: what hangs or eats the memory is killed and counted, and the worker starts again."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from time import monotonic, sleep
from typing import Any

from tests.faults.keeping import clear, keep, tail_of
from tests.faults.outcome import Outcome, Record, Tally
from tests.faults.process_table import FEWEST, FLAT, Idleness, growth, look
from tests.faults.worker import Begins, Ended, Finished, Orders, prepare_environment, work

LOOK = 0.25
"""Seconds between two looks at a worker that does not answer."""
MARGIN = 1.2
"""Factor on the limits for the worker's own judgement, which is exact."""
DEATHS = 5
"""Deaths of the worker in a row after which a kind is given up."""
STARTING = threading.Lock()
"""Held while the environment is that of a worker."""


class Watcher:
    """One worker and its observation. ``folder`` is the worker's own."""

    def __init__(self, package: str, seed: int, folder: Path) -> None:
        self._package, self._seed, self._folder = package, seed, folder
        self._process: BaseProcess | None = None
        self._connection: Connection[Any, Any] | None = None
        self._sizes: dict[tuple[str, int], list[int]] = {}

    def carry_out(self, tally: Tally, first: int, more: Callable[[int], bool]) -> None:
        """Try inputs from a number on, while ``more`` of the number of inputs so far is true; count them."""
        self._sizes.clear()
        number, deaths = first, 0
        while more(number - first) and deaths < DEATHS:
            reached = self._obey(Orders(tally.kind, number, 1), tally)
            deaths = 0 if reached else deaths + 1
            number += 1
        for (name, _), sizes in self._sizes.items():
            rise = growth(sizes)
            if len(sizes) >= FEWEST:
                tally.growth[name] = max(rise, tally.growth.get(name, rise))
            if rise > FLAT:
                tally.leaks.append(f"{name}: {rise >> 20} MiB over {len(sizes) // 2} inputs")

    def close(self) -> None:
        """End the worker."""
        if self._connection is not None:
            self._connection.close()
        if self._process is not None:
            self._process.join(timeout=20)
        self._kill()

    def _obey(self, orders: Orders, tally: Tally) -> bool:
        """Return whether the worker still lives afterwards."""
        if self._process is None:
            self._start()
        assert self._connection is not None
        with suppress(OSError):
            self._connection.send(orders)
        watched: _Watched | None = None
        while True:
            if not self._connection.poll(LOOK):
                if watched is not None and (problem := watched.problem()):
                    self._end(tally, watched, *problem)
                    return False
                continue
            try:
                message = self._connection.recv()
            except (EOFError, OSError):
                begun = watched.begins if watched else Begins(orders.kind, orders.first, 0, 0, 0)
                self._fallen(tally, begun)
                return False
            if isinstance(message, Finished):
                return True
            if isinstance(message, Begins):
                assert self._process is not None
                assert self._process.pid is not None
                watched = _Watched(message, self._process.pid)
            elif isinstance(message, Ended):
                tally.add(message.record)
                self._sample(message.pids)

    def _sample(self, pids: dict[str, int]) -> None:
        assert self._process is not None
        for name, pid in {"worker": self._process.pid, **pids}.items():
            if pid is not None and (state := look(pid)) is not None:
                self._sizes.setdefault((name, pid), []).append(state.rss)

    def _start(self) -> None:
        clear(self._folder)
        context = multiprocessing.get_context("spawn")
        self._connection, other = context.Pipe()
        arguments = (other, self._package, self._seed, self._folder)
        self._process = context.Process(target=work, args=arguments, name="faults-worker")
        with STARTING, _environment(prepare_environment(self._folder)):
            self._process.start()
        other.close()

    def _end(self, tally: Tally, watched: _Watched, outcome: Outcome, detail: str) -> None:
        """Kill a worker that hangs or grows, after asking it where it is."""
        assert self._process is not None
        assert self._process.pid is not None
        with suppress(OSError):
            os.kill(self._process.pid, signal.SIGUSR1)
            sleep(0.5)
        self._kill()
        self._count(tally, watched.begins, outcome, detail)

    def _fallen(self, tally: Tally, begun: Begins) -> None:
        assert self._process is not None
        self._process.join(timeout=20)
        code = self._process.exitcode
        self._kill()
        self._count(tally, begun, Outcome.UNCAUGHT, f"the process ended (exit code {code})")

    def _count(self, tally: Tally, begun: Begins, outcome: Outcome, detail: str) -> None:
        record = Record(begun.kind, begun.number, outcome, f"{detail}\n{tail_of(self._folder)}")
        keep(record, self._seed, self._folder)
        tally.add(record)

    def _kill(self) -> None:
        """Kill the worker and all that it started."""
        if self._process is not None and self._process.pid is not None:
            for end in (os.killpg, os.kill):  # before it leads its own session, there is no group
                with suppress(OSError):
                    end(self._process.pid, signal.SIGKILL)
            self._process.join()
        if self._connection is not None:
            self._connection.close()
        self._process = self._connection = None


class _Watched:
    """What is under way, with its limits."""

    def __init__(self, begins: Begins, pid: int) -> None:
        self.begins = begins
        self._pid, self._idle, self._seen = pid, Idleness(pid), monotonic()
        state = look(pid)
        self._cpu, self._rss = (state.cpu, state.rss) if state else (0.0, 0)

    def problem(self) -> tuple[Outcome, str] | None:
        """Return what is over its limit, if anything is."""
        state, now = look(self._pid), monotonic()
        idle, self._seen = self._idle.advance(now - self._seen), now
        if state is None:
            return None
        if state.cpu - self._cpu > MARGIN * self.begins.cpu:
            return Outcome.HANG, f"over {self.begins.cpu:g} s of processor time"
        if idle > self.begins.idle:
            return Outcome.HANG, f"over {self.begins.idle:g} s without any progress"
        if state.rss - self._rss > MARGIN * self.begins.memory:
            return Outcome.MEMORY, f"over {self.begins.memory >> 20} MiB"
        return None


@contextmanager
def _environment(variables: dict[str, str]) -> Iterator[None]:
    """Set variables for a process started inside."""
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
