"""A kind of fault: how its inputs are made and what is done with them. One file of a folder each."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import zlib
from abc import ABC, abstractmethod
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np

from perturber.core.errors import PerturberError

if TYPE_CHECKING:
    from tests.faults.engine_desk import EngineDesk

KINDS = "tests.faults.kinds"
Group = Literal["files", "engine", "programs"]
"""What inputs need: only the worker itself, an engine process, or programs of their own."""


class Place:
    """What the kinds of one worker share: a folder to work in, and an engine process."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @cached_property
    def desk(self) -> EngineDesk:
        """The client of an engine process that lives as long as the worker."""
        from tests.faults.engine_desk import EngineDesk

        return EngineDesk()

    def pids(self) -> dict[str, int]:
        """Return the processes that should live as long as the worker, by name."""
        return {"engine": self.desk.pid} if "desk" in vars(self) and self.desk.pid else {}

    def close(self) -> None:
        if "desk" in vars(self):
            self.desk.close()


class Kind(ABC):
    """Base of the kinds. The file's name is the kind's name; every input follows from a seed and a number."""

    group: ClassVar[Group] = "files"
    share: ClassVar[float] = 1.0
    """Weight by which the time of a long run is shared."""
    brief: ClassVar[int] = 60
    """Inputs in `make test`."""
    cpu: ClassVar[float] = 5.0
    """Seconds of the worker's processor time after which an input counts as a hang."""
    idle: ClassVar[float] = 30.0
    """Seconds without any processor time after which an input counts as a hang."""
    memory: ClassVar[int] = 1 << 30
    """Bytes that one input may add."""
    refuses: ClassVar[bool] = True
    """Whether an input may be refused; otherwise a refusal means that something is lost."""
    subject: str = ""
    """What a refusal must name, if it is not in the input's folder."""

    def __init__(self, place: Place) -> None:
        self.place = place

    def prepare(self) -> None:  # noqa: B027
        """Do once what all inputs need."""

    @abstractmethod
    def run(self, random: np.random.Generator, folder: Path) -> int:
        """Make an input in an empty folder and try it. Return the number of processes killed.

        A `PerturberError` is a refusal. `LostError`, `WrongError` and `HangError` say what is bad, and whatever
        else is raised escaped the program.
        """

    def names(self, error: PerturberError, folder: Path) -> bool:
        """Return whether a refusal says what it is about: by default a file in the input's folder."""
        known = [self.subject[:60], str(folder), *(file.name for file in folder.iterdir())]
        return any(name in str(error) for name in known if name)

    def settle(self) -> None:  # noqa: B027
        """Get ready for the next input; the time for this is not the input's."""

    def close(self) -> None:  # noqa: B027
        """Release what `prepare` made."""


def kind_names(package: str = KINDS) -> tuple[str, ...]:
    """Return the names of all kinds, without importing them."""
    return tuple(sorted(module.name for module in pkgutil.iter_modules(importlib.import_module(package).__path__)))


def kind_class(name: str, package: str = KINDS) -> type[Kind]:
    """Return the one class of a kind's file."""
    module = importlib.import_module(f"{package}.{name}")
    (found,) = (
        value
        for value in vars(module).values()
        if inspect.isclass(value) and issubclass(value, Kind) and value.__module__ == module.__name__
    )
    return found


def generator(seed: int, kind: str, number: int) -> np.random.Generator:
    """Return the source of all choices for one input."""
    return np.random.default_rng((seed, zlib.crc32(kind.encode()), number))
