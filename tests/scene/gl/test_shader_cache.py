"""Mesa's shader cache is turned off where its folder has no room, since writing to it would kill the process."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from perturber.scene.gl.gl_context import CACHE_OFF, _spare_shader_cache

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the cache is Mesa's, on Linux")
DRAW = """
from perturber.core.session.session import Session
from perturber.scene.renderer import Renderer
Renderer().draw(Session().scene, 64)
"""


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(CACHE_OFF, "")  # so that what is set below is taken back
    for name in (CACHE_OFF, "MESA_SHADER_CACHE_DIR"):
        monkeypatch.delenv(name, raising=False)


def is_off() -> bool:
    _spare_shader_cache()
    return os.environ.get(CACHE_OFF) == "true"


def test_a_folder_with_room_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert not is_off()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EFBIG])
def test_a_folder_without_room_is_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int):
    def fail(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(os, "posix_fallocate", fail)
    assert is_off()


@pytest.mark.parametrize("kind", ["file", "loop", "relative", "NUL-free nonsense"])
def test_what_is_no_folder_is_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str):
    monkeypatch.chdir(tmp_path)
    place = tmp_path / "place"
    if kind == "file":
        place.write_bytes(b"")
    elif kind == "loop":
        place.symlink_to(place)
    named = {"relative": "place", "NUL-free nonsense": "/proc/nonsense"}.get(kind, str(place))
    monkeypatch.setenv("XDG_CACHE_HOME", named)
    assert is_off()
    assert kind != "relative" or list(tmp_path.iterdir()) == []


def test_mesas_own_variables_come_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("XDG_CACHE_HOME", "/proc/nonsense")
    monkeypatch.setenv("MESA_SHADER_CACHE_DIR", str(tmp_path))
    assert not is_off()
    monkeypatch.setenv(CACHE_OFF, "false")
    monkeypatch.setenv("MESA_SHADER_CACHE_DIR", "/proc/nonsense")
    assert not is_off()


@pytest.fixture
def full_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 64 KiB without a free byte."""
    mount = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(tmp_path)], check=False)
    if mount.returncode:
        pytest.skip("no file system can be mounted here")
    try:
        with suppress(OSError):
            (tmp_path / "filling").write_bytes(bytes(1 << 20))
        yield tmp_path
    finally:
        subprocess.run(["umount", str(tmp_path)], check=False)


@pytest.mark.gl
def test_a_scene_is_drawn_on_a_full_disk(full_disk: Path):
    done = subprocess.run(
        [sys.executable, "-c", DRAW],
        env={**os.environ, "XDG_CACHE_HOME": str(full_disk)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
