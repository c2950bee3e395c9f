"""The program on a machine where every file of its own is garbled: it works, and says what it left out."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="made of pipes, links and limits")
GARBAGE = random.Random(1).randbytes(2000)
DEEP = b"[" * 100_000
CACHE = {
    "models/bytes/family.toml": GARBAGE,
    "models/empty/family.toml": b"",
    "models/deep/family.toml": b"a=" + DEEP,
    "models/digits/family.toml": b"a=" + b"9" * 5000,
    "weights/catalog.toml": b"a=" + DEEP,
    "weights/pins.json": DEEP,
    "features/0123456789abcdef/conv1/5-x.pfi": GARBAGE,
    "examples": GARBAGE,
    "measured": b"",
    "training": b"",
    "window": GARBAGE,
}
CONFIG = {
    "perturber/groups.json": DEEP,
    "perturber/presets.json": GARBAGE,
    "Perturber/Perturber.conf": GARBAGE,
}
COMMANDS = """
import resource, sys
from pathlib import Path
resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
from perturber.cli.main import main

for arguments in (["models", "list"], ["groups", "list"], ["predict"]):
    print("==", arguments[0], file=sys.stderr)
    try:
        main(arguments)
    except SystemExit as end:
        print(arguments[0], "ended with", end.code)
"""
WINDOW = """
import sys, time
from perturber.gui.shell.app import Application

application = Application(None, "cpu", "auto")
application.show()
end = time.monotonic() + 120
while application.desk is None and time.monotonic() < end:
    application.qt.processEvents()
    time.sleep(0.01)
application.qt.processEvents()
assert application.desk is not None
application.desk.menus.actions["weights"].trigger()
print(application.window.banner.text)
application.window.close()
application.finish()
"""


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of a program without HOME, whose files are garbled."""
    place = tmp_path_factory.mktemp("machine")
    for root, contents in (("cache/perturber", CACHE), ("config", CONFIG)):
        for name, content in contents.items():
            file = place / root / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
    (place / "cache/perturber/models/loop").symlink_to("loop")
    (place / "cache/perturber/models/folder/family.toml").mkdir(parents=True)
    (place / "cache/perturber/models/pipe").mkdir()
    os.mkfifo(place / "cache/perturber/models/pipe/family.toml")
    os.mkfifo(place / "cache/perturber/features/pipe")
    kept = {name: os.environ[name] for name in ("PYTHONPATH", "__EGL_VENDOR_LIBRARY_FILENAMES") if name in os.environ}
    folders = {"XDG_CACHE_HOME": str(place / "cache"), "XDG_CONFIG_HOME": str(place / "config")}
    return {**kept, **folders, "QT_QPA_PLATFORM": "offscreen"}


def run(code: str, environment: dict[str, str], folder: Path) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        env=environment,
        cwd=folder,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    return done


@pytest.mark.gl
def test_commands_work_and_report_each_damaged_file_once(machine: dict[str, str], tmp_path: Path):
    done = run(COMMANDS, machine, tmp_path)
    assert [line for line in done.stdout.splitlines() if "ended with" in line] == [
        "models ended with 0",
        "groups ended with 0",
        "predict ended with 0",
    ]
    assert "Dog" in done.stdout
    predicting = done.stderr.partition("== predict")[2]
    for name in ("bytes", "empty", "deep", "digits", "folder", "pipe"):
        assert predicting.count(f"/models/{name}/family.toml: ") == 1
    assert "/weights/catalog.toml: its TOML is nested too deeply" in done.stderr
    assert all(len(line) < 700 for line in done.stderr.splitlines())


def test_the_window_opens_and_reports_them(machine: dict[str, str], tmp_path: Path):
    banner = run(WINDOW, machine, tmp_path).stdout
    assert "Perturber.conf: it cannot be read as settings" in banner
    assert "family.toml: " in banner
    assert "more" in banner
