"""The engine is killed while it draws frames; the last session is answered all the same."""

from __future__ import annotations

from pathlib import Path
from time import monotonic, sleep
from typing import ClassVar

import numpy as np

from perturber.core.session.session import dumps
from tests.faults.kind import Group, Kind
from tests.faults.session_maker import sound_session


class EngineFrames(Kind):
    """Nothing is asked again after the kill: the client itself must remember what was asked last."""

    group: ClassVar[Group] = "engine"
    refuses: ClassVar[bool] = False
    brief: ClassVar[int] = 1
    cpu: ClassVar[float] = 30.0
    share: ClassVar[float] = 2.5

    def prepare(self) -> None:
        _ = self.place.desk

    def run(self, random: np.random.Generator, folder: Path) -> int:
        desk = self.place.desk
        last = sound_session(random)
        (folder / "last.json").write_text(dumps(last), encoding="utf-8")
        kept = desk.answer(last)
        end = monotonic() + float(random.uniform(0, 1.5))
        while monotonic() < end:
            desk.client.submit(sound_session(random))
            sleep(float(random.uniform(0, 0.1)))
        desk.client.submit(last)
        sleep(float(random.choice([0, 0.01, 0.1])))
        desk.kill()
        desk.expect(last, kept)
        return 1
