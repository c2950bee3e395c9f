"""Commands with a stranger's session or strange flags: exit codes 0, 2 and 3, never a traceback."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from perturber.core.parameters.parameter import walk
from perturber.core.session.session import Session, dumps
from tests.faults.hostile import VALUES, distorted_json
from tests.faults.kind import Group, Kind
from tests.faults.outcome import WrongError
from tests.faults.program import Program
from tests.faults.session_maker import sound_session

KNOWN = {0, 2, 3}
REAL = 0.03
"""Share of the commands that run as programs of their own."""
COMMANDS: tuple[tuple[str, ...], ...] = (
    ("render", "-o", "a.png", "--size", "64"),
    ("predict", "--json"),
    ("attack", "--steps", "1"),
    ("attribute", "-o", "o.png"),
    ("sweep", "--steps", "2", "-o", "s.csv"),
    ("groups", "list"),
    ("models", "list"),
    ("failures", "--budget", "1"),
)
FLAGS = tuple(parameter.path for parameter in walk(Session()))
TEXTS = tuple(str(value) for value in VALUES if "\0" not in str(value) and "\ud800" not in str(value))


class Commands(Kind):
    """Most run inside the worker, as `main` is called by the program."""

    group: ClassVar[Group] = "programs"
    brief: ClassVar[int] = 3
    cpu: ClassVar[float] = 30.0
    memory: ClassVar[int] = 2 << 30

    def run(self, random: np.random.Generator, folder: Path) -> int:
        tree: dict[str, Any] = json.loads(dumps(sound_session(random, 3)))
        sound = random.random() < 0.2
        (folder / "s.json").write_bytes(json.dumps(tree).encode() if sound else distorted_json(tree, random))
        command = COMMANDS[int(random.integers(len(COMMANDS)))]
        listing = command[-1] == "list"
        arguments = [*command, *([] if listing and random.random() < 0.8 else [str(folder / "s.json")])]
        if random.random() < 0.5:
            arguments += [f"--{random.choice(FLAGS)}", str(random.choice(TEXTS))]
        arguments = [str(folder / word) if word in {"a.png", "o.png", "s.csv"} else word for word in arguments]
        (folder / "arguments.txt").write_text("\n".join(arguments), encoding="utf-8", errors="replace")
        code, text = self._real(arguments, folder) if random.random() < REAL else (_inside(arguments), "")
        if code not in KNOWN or "Traceback" in text:
            raise WrongError(f"exit code {code} of {arguments}: {text[-3000:]}")
        return 0

    def _real(self, arguments: list[str], folder: Path) -> tuple[int | None, str]:
        program = Program(["-m", "perturber", *arguments], folder)
        return program.wait(), program.output


def _inside(arguments: list[str]) -> int:
    """Return the exit code of a command that runs in this process."""
    from perturber.cli.main import main

    try:
        main(arguments)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 1 if end.code else 0
    finally:
        sys.stdout.flush()
    return 0
