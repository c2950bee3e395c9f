"""An input that takes the process with it."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import ClassVar

import numpy as np

from tests.faults.kind import Kind


class PlantedDeath(Kind):
    """As a library that crashes."""

    brief: ClassVar[int] = 2

    def run(self, random: np.random.Generator, folder: Path) -> int:
        (folder / "input.txt").write_text("x", encoding="utf-8")
        os.kill(os.getpid(), signal.SIGKILL)
        return 0
