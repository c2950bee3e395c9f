"""Commands are killed while they work: every output is the old one or the new one, whole."""

from __future__ import annotations

import csv
import json
import zipfile
from pathlib import Path
from typing import ClassVar

import numpy as np
from PIL import Image

from tests.faults.kind import Group, Kind
from tests.faults.outcome import LostError, WrongError
from tests.faults.program import Program

OLD = b"the result of an earlier run"
LONGEST = 14.0
"""Seconds after which a command is killed, at most; a start takes about half of it."""
COMMANDS: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = (
    (("render", "-o", "a.png", "--mask", "m.png"), ("a.png", "m.png")),
    (("sweep", "--steps", "5", "-o", "s.csv"), ("s.csv",)),
    (("sweep", "--steps", "5", "-o", "s.svg"), ("s.svg",)),
    (("sweep", "--steps", "5", "--parameter", "post.color.hue", "-o", "s.json"), ("s.json",)),
    (("predict", "--report", "r.json"), ("r.json",)),
    (("attribute", "-o", "o.png", "--values", "v.npy"), ("o.png", "v.npy")),
    (("failures", "--budget", "12", "--report", "found.md"), ()),
    (("attack", "--steps", "2"), ()),
    (("features", "studio", "--top", "1"), ()),
)


class CommandsKilled(Kind):
    """What was in the outputs before is not lost, unless the new content is complete."""

    group: ClassVar[Group] = "programs"
    refuses: ClassVar[bool] = False
    brief: ClassVar[int] = 1
    share: ClassVar[float] = 3.0

    def run(self, random: np.random.Generator, folder: Path) -> int:
        arguments, outputs = COMMANDS[int(random.integers(len(COMMANDS)))]
        for name in outputs:
            (folder / name).write_bytes(OLD)
        program = Program(["-m", "perturber", *arguments], folder)
        code = program.wait(float(random.uniform(0.2, LONGEST)))
        killed = program.kill()
        if "Traceback" in program.output or code not in {None, 0}:
            raise WrongError(f"{arguments}: exit code {code}\n{program.output[-3000:]}")
        for name in outputs:
            content = (folder / name).read_bytes()
            if (content == OLD and not killed) or (content != OLD and not _is_whole(folder / name)):
                raise LostError(f"{arguments}: {name} holds {len(content)} bytes, {content[:60]!r}")
        for file in folder.iterdir():
            if file.name not in {*outputs, "output.txt"} and not file.name.startswith(".") and not _is_whole(file):
                raise LostError(f"{arguments}: a part of {file.name} under its own name")
        return int(killed)


def _is_whole(file: Path) -> bool:
    """Return whether a file's content is complete."""
    if file.is_dir():
        return all(_is_whole(inner) for inner in file.iterdir() if not inner.name.startswith("."))
    try:
        match file.suffix:
            case ".png" | ".jpg":
                with Image.open(file) as picture:
                    picture.load()
            case ".csv":
                rows = list(csv.reader(file.read_text(encoding="utf-8").splitlines()))
                return len({len(row) for row in rows}) == 1 and len(rows) > 1
            case ".svg" | ".html":
                return file.read_text(encoding="utf-8").rstrip().endswith((">",))
            case ".json":
                json.loads(file.read_text(encoding="utf-8"))
            case ".npy" | ".npz":
                np.load(file)
    except (OSError, ValueError, zipfile.BadZipFile, EOFError):
        return False
    return file.stat().st_size > 0
