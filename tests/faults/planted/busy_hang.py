"""The second input of every worker computes for ever."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import numpy as np

from tests.faults.kind import Kind


class PlantedBusyHang(Kind):
    """The worker is ended each time, and starts again."""

    brief: ClassVar[int] = 3
    cpu: ClassVar[float] = 0.5

    def run(self, random: np.random.Generator, folder: Path) -> int:
        (folder / "input.txt").write_text("x", encoding="utf-8")
        once = self.place.folder / "once"
        while once.exists():
            pass
        once.touch()
        return 0
