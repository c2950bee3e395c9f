"""An input that waits for ever."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import ClassVar

import numpy as np

from tests.faults.kind import Kind


class PlantedIdleHang(Kind):
    """It takes no processor time."""

    brief: ClassVar[int] = 1
    idle: ClassVar[float] = 1.0

    def run(self, random: np.random.Generator, folder: Path) -> int:
        threading.Event().wait()
        return 0
