"""A program is killed while it saves sessions, groups and presets: each file is the old or the new one, whole."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import numpy as np

from perturber.core.library.groups import OwnGroups
from perturber.core.library.presets import OwnPresets
from perturber.core.session.session import load
from tests.faults.kind import Group, Kind
from tests.faults.outcome import LostError
from tests.faults.program import Program

SCRIPT = """
import itertools, sys
from perturber.core.library.groups import OwnGroups, make_group
from perturber.core.library.presets import OwnPresets
from perturber.core.parameters.parameter import replace
from perturber.core.session.edit import Edit
from perturber.core.session.session import Session, save
from pathlib import Path
groups, presets = OwnGroups(Path("groups.json")), OwnPresets(Path("presets.json"))
for number in itertools.count(1):
    save(replace(Session(), "seed", number), "session.json")
    groups.save("key", "layer", make_group(f"group {number}", (number,)))
    presets.save(f"preset {number}", Edit(mix={"conv2d0": 0.5}))
    if number > 5:
        groups.delete("key", "layer", f"group {number - 5}")
        presets.delete(f"preset {number - 5}")
    print("saved", number, flush=True)
"""


class Saving(Kind):
    """What the program said it had saved is there."""

    group: ClassVar[Group] = "programs"
    refuses: ClassVar[bool] = False
    brief: ClassVar[int] = 3
    share: ClassVar[float] = 0.7
    script: ClassVar[str] = SCRIPT

    def run(self, random: np.random.Generator, folder: Path) -> int:
        program = Program(["-c", self.script], folder)
        program.wait(until="saved 1\n")
        program.wait(float(random.uniform(0, 0.3)))
        if not program.kill():
            raise LostError(f"the program ended: {program.output[-2000:]}")
        said = int(program.output.rpartition("saved ")[2].split()[0])
        if load(folder / "session.json").seed not in (said, said + 1):
            raise LostError(f"session {said} was saved, another one is there")
        groups, presets = OwnGroups(folder / "groups.json"), OwnPresets(folder / "presets.json")
        if f"group {said}" not in {group.name for group in groups.of("key", "layer")}:
            raise LostError(f"group {said} is lost {groups.message}")
        if f"preset {said}" not in {preset.name for preset in presets.all()}:
            raise LostError(f"preset {said} is lost {presets.message}")
        return 1
