"""Every second input raises what nobody expects."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import numpy as np

from perturber.core.errors import InputError
from tests.faults.kind import Kind


class PlantedException(Kind):
    """The other inputs are refused by name."""

    brief: ClassVar[int] = 6

    def run(self, random: np.random.Generator, folder: Path) -> int:
        (folder / "input.txt").write_text(str(random.integers(100)), encoding="utf-8")
        if random.random() < 0.5:
            raise KeyError("planted")
        raise InputError(str(folder / "input.txt"), "it is planted", "nothing")
