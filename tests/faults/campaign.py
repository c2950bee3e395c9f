"""Many inputs of many kinds, on a few watched workers."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic

from tests.faults.kind import KINDS, kind_class, kind_names
from tests.faults.outcome import Tally
from tests.faults.watcher import Watcher

Tell = Callable[[Tally], None]


@dataclass(frozen=True)
class Campaign:
    """What is tried, and for how long."""

    folder: Path
    """Where workers work and bad inputs are kept."""
    kinds: tuple[str, ...] = ()
    """Names of the kinds; none means all."""
    seed: int = 0
    seconds: float | None = None
    """Time of all kinds together; None takes so many ``inputs`` of each."""
    inputs: int | None = None
    """Inputs of each kind; None, without ``seconds``, takes each kind's brief number."""
    first: int = 0
    """Number of the first input."""
    workers: int = 2
    package: str = KINDS
    tallies: list[Tally] = field(default_factory=list)
    """The counts so far, also of kinds under way."""
    stopped: threading.Event = field(default_factory=threading.Event)
    """Set when no further inputs are wanted."""

    def run(self, tell: Tell = lambda tally: None) -> list[Tally]:
        """Try the inputs of all kinds; call ``tell`` after each kind. Return the counts by kind.

        Ctrl+C ends it after the inputs under way.
        """
        names = self.kinds or kind_names(self.package)
        classes = {name: kind_class(name, self.package) for name in names}
        shares = sum(found.share for found in classes.values())
        waiting: queue.SimpleQueue[tuple[str, Callable[[int], bool]]] = queue.SimpleQueue()
        for name in sorted(names, key=lambda name: -classes[name].share):
            count = classes[name].brief if self.inputs is None else self.inputs
            time = self.seconds and self.seconds * self.workers * classes[name].share / shares
            waiting.put((name, _Budget(count, time, self.stopped)))
        threads = [threading.Thread(target=self._work, args=(number, waiting, tell)) for number in range(self.workers)]
        for thread in threads:
            thread.start()
        try:
            for thread in threads:
                thread.join()
        except KeyboardInterrupt:
            self.stopped.set()
            for thread in threads:
                thread.join()
        return sorted(self.tallies, key=lambda tally: tally.kind)

    def _work(self, number: int, waiting: queue.SimpleQueue[tuple[str, Callable[[int], bool]]], tell: Tell) -> None:
        """Carry out kinds, one after the other; in long runs each with a worker of its own."""
        watcher = Watcher(self.package, self.seed, self.folder / f"worker{number}")
        while True:
            try:
                name, budget = waiting.get_nowait()
            except queue.Empty:
                break
            tally = Tally(name)
            self.tallies.append(tally)
            watcher.carry_out(tally, self.first, budget)
            tell(tally)
            if self.seconds is not None:
                watcher.close()
        watcher.close()


class _Budget:
    """Says whether there is time for one more input; the time begins with the first."""

    def __init__(self, count: int, seconds: float | None, stopped: threading.Event) -> None:
        self._count, self._seconds, self._stopped = count, seconds, stopped
        self._end: float | None = None

    def __call__(self, done: int) -> bool:
        if self._stopped.is_set():
            return False
        if self._seconds is None:
            return done < self._count
        if self._end is None:
            self._end = monotonic() + self._seconds
        return monotonic() < self._end


def bad(tallies: Sequence[Tally]) -> str:
    """Return a text about everything that is not as it should be; empty if nothing is."""
    found = [
        f"{record.kind} {record.number}: {record.outcome.value}\n{record.detail}"
        for tally in tallies
        for record in tally.bad
    ]
    return "\n\n".join([*found, *(f"{tally.kind}: memory grows, {leak}" for tally in tallies for leak in tally.leaks)])
