"""Every input leaves some memory behind."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import numpy as np

from tests.faults.kind import Kind, Place

SIZE = 2 << 20


class PlantedLeak(Kind):
    """No single input is conspicuous."""

    brief: ClassVar[int] = 120

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self._kept: list[bytes] = []

    def run(self, random: np.random.Generator, folder: Path) -> int:
        self._kept.append(b"x" * SIZE)
        return 0
