"""Session files of strangers: loaded as they are, and what loads is shown by the engine."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from PIL import Image

from perturber.core.errors import InputError, PerturberError
from perturber.core.session.session import dumps, load, loads
from tests.faults.hostile import distorted_json, make_place
from tests.faults.kind import Group, Kind
from tests.faults.outcome import WrongError
from tests.faults.session_maker import sound_session

SHOWN = 0.5
"""Share of the loaded sessions that are shown."""


class SessionFiles(Kind):
    """Changes of structure, text and bytes, and paths to what is no file."""

    group: ClassVar[Group] = "engine"
    share: ClassVar[float] = 3.0
    brief: ClassVar[int] = 40

    def prepare(self) -> None:
        _ = self.place.desk

    def run(self, random: np.random.Generator, folder: Path) -> int:
        file = folder / "stranger.json"
        tree: dict[str, Any] = json.loads(dumps(sound_session(random)))
        if random.random() < 0.4:
            _refer(tree, random, folder)
        damaged = random.random() < 0.8
        file.write_bytes(distorted_json(tree, random) if damaged else json.dumps(tree).encode("utf-8", "surrogatepass"))
        session = load(file)
        if loads(dumps(session)) != session:
            raise WrongError("what was loaded is another session after saving")
        if random.random() < SHOWN:
            self.place.desk.answer(session)
        return 0

    def names(self, error: PerturberError, folder: Path) -> bool:
        """Return whether the message names the file, or the field that the engine refuses."""
        return super().names(error, folder) or (isinstance(error, InputError) and error.source not in {"", "engine"})


def _refer(tree: dict[str, Any], random: np.random.Generator, folder: Path) -> None:
    """Let the session refer to a file: a sound picture, or a place that is no file."""
    if random.random() < 0.3:
        Image.new("RGB", (8, 8), (200, 30, 30)).save(folder / "good.png")
        path = str(folder / "good.png")
    else:
        path = make_place(folder, random)
    reference = {"path": path, "sha256": str(random.choice(["", "0" * 64]))}
    match int(random.integers(6)):
        case 0:
            tree["scene"]["photo"] = {"file": reference, "crop": 0.5}
        case 1:
            tree["scene"]["background"]["file"] = reference
        case 2:
            tree["scene"]["subject"] = {"kind": "mesh", "mesh": reference}
        case 3:
            tree["scene"]["subject"] = {"kind": "mesh", "mesh": reference, "diffuse": reference, "alpha": reference}
        case 4:
            model = {"kind": "architecture", "name": "squeezenet1_0", "weights": reference}
            tree["models"]["slot2"]["model"] = model
        case _:
            model = {"kind": "architecture", "name": "inception_v1", "weights": reference, "labels": reference}
            tree["models"]["slot1"]["model"] = model
