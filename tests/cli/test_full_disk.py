"""Every command that writes: where the disk is full, the former file stays, and the message names the new one.

A limit on the size of files takes the place of a full disk. Python ignores the signal that comes with it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from perturber.cli import command
from perturber.cli.main import BAD_INPUT, main
from perturber.engine.frame.engine import Engine

resource = pytest.importorskip("resource", reason="limits of POSIX")
pytestmark = pytest.mark.gl
GOOD = b"good"
FLAGS = ("--device", "cpu")
SWEEP = ("--parameter", "post.color.hue", "--from", "0", "--to", "0.5", "--steps", "2")


@contextmanager
def full_disk() -> Iterator[None]:
    """Allow no file of more than 64 bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (64, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that outputs go to, and beside it the cache and a folder of photos."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "photos").mkdir()
    pixels = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(tmp_path / "photos" / "a.png")
    (tmp_path / "out").mkdir()
    monkeypatch.chdir(tmp_path / "out")
    return tmp_path / "out"


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    """One engine for all commands."""
    with command.open_engine("cpu") as opened:
        yield opened


COMMANDS = {
    "a.png": ("render", "-o", "a.png"),
    "s.csv": ("sweep", *SWEEP, "-o", "s.csv"),
    "s.svg": ("sweep", *SWEEP, "-o", "s.svg"),
    "s.json": ("sweep", *SWEEP, "-o", "s.json"),
    "p.json": ("predict", "--photos", "../photos", "--report", "p.json"),
    "attacked/frame.npz": ("attack", "--steps", "1", "-o", "attacked"),
    "overlay.png": ("attribute", "--kind", "gradient", "-o", "overlay.png"),
    "u.png": ("visualize", "channel:mixed4a:1", "--steps", "1", "--size", "32", "-o", "u.png"),
    "w.safetensors": ("edit", "--mix", "mixed4a=0.5", "-o", "w.safetensors"),
    "e.json": ("edit", "--mix", "mixed4a=0.5", "--session-out", "e.json"),
    "f.jpg": ("failures", "--budget", "4", "--only", "scene.camera", "--report", "f.md"),
}


@pytest.mark.parametrize("name", COMMANDS)
def test_a_full_disk_leaves_the_former_file(
    name: str, folder: Path, engine: Engine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, "open_engine", lambda *chosen: nullcontext(engine))
    file = folder / name
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(GOOD)
    before = sorted(folder.rglob("*"))
    with full_disk(), pytest.raises(SystemExit) as ended:
        main([*COMMANDS[name], *FLAGS])
    said = [line for line in capsys.readouterr().err.splitlines() if line.startswith("perturber: ")]
    assert ended.value.code == BAD_INPUT, said
    assert said[-1] == f"perturber: {name}: File too large; expected a writable path"
    assert file.read_bytes() == GOOD
    assert sorted(folder.rglob("*")) == before
