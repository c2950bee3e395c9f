"""The window's settings, shared by several windows."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from PySide6.QtCore import QByteArray

from perturber.core.storage.file_lock import locked
from perturber.gui.base.settings import RECENT, Settings

OTHER = """
import sys
from pathlib import Path
from perturber.gui.base.settings import Settings
settings = Settings(Path(sys.argv[1]))
theme, recent = settings.text("theme", "dark"), settings.recent
print("ready", flush=True)
sys.stdin.readline()
settings.add_recent("/b.json")
settings.put("theme", theme)
settings.put("view/logits", True)
settings.flush()
"""


def test_two_windows_keep_each_others_recent_files_and_choices(tmp_path: Path) -> None:
    file = tmp_path / "settings.ini"
    settings = Settings(file)
    settings.add_recent("/old.json")
    assert settings.text("theme", "dark") == "dark"
    assert not settings.flag("view/logits", False)
    with subprocess.Popen(
        [sys.executable, "-c", OTHER, str(file)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "ready\n"
        settings.add_recent("/a.json")
        settings.put("theme", "light")
        settings.flush()
        other.communicate("\n", timeout=60)
    assert settings.recent == ["/b.json", "/a.json", "/old.json"]
    settings.put("view/logits", False)  # as at the start of this window
    settings.flush()
    assert settings.text("theme", "dark") == "light"
    assert settings.flag("view/logits", False)


def test_recent_files_are_few_and_different(tmp_path: Path) -> None:
    settings = Settings(tmp_path / "settings.ini")
    for number in range(RECENT + 2):
        settings.add_recent(f"/{number}.json")
    settings.add_recent("/5.json")
    assert settings.recent[:2] == ["/5.json", f"/{RECENT + 1}.json"]
    assert len(set(settings.recent)) == RECENT


def test_a_process_that_holds_the_recent_files_stops_nothing(tmp_path: Path) -> None:
    settings = Settings(tmp_path / "settings.ini")
    with locked(tmp_path / "recent"):
        settings.add_recent("/a.json")
    assert settings.recent == []


def test_only_what_this_window_changed_is_written(tmp_path: Path) -> None:
    settings = Settings(tmp_path / "settings.ini")
    assert settings.layout("window/geometry").isEmpty()
    settings.put("window/geometry", QByteArray())
    settings.put("view/pixel_exact", True)
    settings.flush()
    text = (tmp_path / "settings.ini").read_text()
    assert "geometry" not in text
    assert "pixel_exact=yes" in text
