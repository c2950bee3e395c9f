"""What became of an input, and the counts of many."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum


class Outcome(StrEnum):
    """How the program took one input."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    UNCAUGHT = "uncaught"
    HANG = "hang"
    MEMORY = "memory"
    LOST = "lost"
    WRONG = "wrong"

    @property
    def is_bad(self) -> bool:
        return self not in {Outcome.ACCEPTED, Outcome.REFUSED}


class LostError(Exception):
    """Something that the user had made is gone."""


class WrongError(Exception):
    """A promise is broken otherwise: a refusal that names nothing, a foreign program started, another result."""


class HangError(Exception):
    """An answer takes longer than it may."""


@dataclass(frozen=True)
class Record:
    """One input and what became of it."""

    kind: str
    number: int
    outcome: Outcome
    detail: str = ""
    """A refusal's message, or a traceback."""
    cpu: float = 0.0
    """Seconds of processor time."""
    wall: float = 0.0
    """Seconds that passed."""
    grown: int = 0
    """Bytes by which the memory was larger at most than before."""
    kills: int = 0
    """Processes killed on purpose."""


@dataclass
class Tally:
    """The counts of one kind, and its bad inputs."""

    kind: str
    counts: Counter[Outcome] = field(default_factory=Counter)
    kills: int = 0
    slowest: float = 0.0
    """Most processor time of one input, in seconds."""
    largest: int = 0
    """Most growth of memory by one input, in bytes."""
    bad: list[Record] = field(default_factory=list)
    growth: dict[str, int] = field(default_factory=dict)
    """By process: the bytes by which its memory grew over all inputs, by the trend."""
    leaks: list[str] = field(default_factory=list)
    """Processes whose memory is not flat."""

    @property
    def inputs(self) -> int:
        return self.counts.total()

    def add(self, record: Record) -> None:
        """Count a record."""
        self.counts[record.outcome] += 1
        self.kills += record.kills
        self.slowest = max(self.slowest, record.cpu)
        self.largest = max(self.largest, record.grown)
        if record.outcome.is_bad:
            self.bad.append(record)

    @property
    def is_good(self) -> bool:
        return not self.bad and not self.leaks
