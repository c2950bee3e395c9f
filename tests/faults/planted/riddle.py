"""Refusals that do not help: they name nothing, are endless, or write to the terminal."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import numpy as np

from perturber.core.errors import InputError
from tests.faults.kind import Kind


class RiddleError(InputError):
    """A refusal that is neither shortened nor cleaned, unlike those of the program."""

    def __init__(self, text: str) -> None:
        super().__init__("something", "it is bad")
        self._text = text

    def __str__(self) -> str:
        return self._text


class PlantedRiddle(Kind):
    """Each of them is wrong."""

    brief: ClassVar[int] = 3

    def run(self, random: np.random.Generator, folder: Path) -> int:
        (folder / "input.txt").write_text("x", encoding="utf-8")
        problems = ("it is bad", f"{folder} {'x' * 5000}", f"{folder} \x1b[2J")
        raise RiddleError(problems[int(random.integers(3))])
