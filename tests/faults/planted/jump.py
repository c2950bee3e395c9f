"""An input that needs far more memory than it may, and gives it back."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import numpy as np

from tests.faults.kind import Kind


class PlantedJump(Kind):
    """Its size afterwards tells nothing; its peak does."""

    brief: ClassVar[int] = 1
    memory: ClassVar[int] = 100 << 20

    def run(self, random: np.random.Generator, folder: Path) -> int:
        return len(b"x" * (150 << 20)) & 1
