"""A distribution with plug-ins, installed in a folder of its own, and a program that is run with it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any


def register(folder: Path, points: Iterable[str]) -> None:
    """Install the distribution ``far`` in a folder, with entry points such as ``attack.a = module``."""
    info = folder / "far-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: far\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("\n".join(["[perturber.plugins]", *points, ""]))


def told_by(script: str, folder: Path, *arguments: str) -> dict[str, Any]:
    """Return the JSON that a script prints in a process that finds the distributions of a folder."""
    path = os.pathsep.join([str(folder), *filter(None, [os.environ.get("PYTHONPATH")])])
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": path},
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found
