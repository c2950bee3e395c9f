"""Sessions that are written in place are lost when the program is killed."""

from __future__ import annotations

from typing import ClassVar

from tests.faults.kinds.saving import Saving


class PlantedLoss(Saving):
    """The file is open and empty when the kill comes, though the program says that it is saved."""

    brief: ClassVar[int] = 1
    script: ClassVar[str] = "print('saved 1', flush=True); open('session.json', 'w'); import time; time.sleep(600)"
