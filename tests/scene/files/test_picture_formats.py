"""Which formats of pictures are opened, and which are not even tried."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from perturber.core.errors import InputError
from perturber.scene.files.image import open_picture


@pytest.mark.parametrize("suffix", [".png", ".jfif", ".avif", ".webp", ".tiff", ".bmp", ".gif"])
def test_every_suffix_that_a_folder_may_hold_is_opened(tmp_path: Path, suffix: str) -> None:
    file = tmp_path / f"picture{suffix}"
    Image.new("RGB", (16, 16), (200, 100, 50)).save(file)
    found = np.asarray(open_picture(file)).reshape(-1, 3).mean(0)
    assert np.abs(found - (200, 100, 50)).max() < 6


def test_phone_photos_open_where_their_package_is_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    heif = pytest.importorskip("pillow_heif")
    file = tmp_path / "photo.heic"
    heif.from_pillow(Image.new("RGB", (64, 48), (200, 100, 50))).save(file, quality=90)
    found = np.asarray(open_picture(file)).reshape(-1, 3).mean(0)
    assert np.abs(found - (200, 100, 50)).max() < 4
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    with pytest.raises(InputError, match=r"perturber\[heic\]"):
        open_picture(file)


def test_no_foreign_program_is_started_by_a_picture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pillow starts Ghostscript for an EPS file, whatever its name."""
    ghost = tmp_path / "bin" / "gs"
    ghost.parent.mkdir()
    ghost.write_text(f"#!/bin/sh\ntouch {tmp_path}/started\n")
    ghost.chmod(0o755)
    monkeypatch.setenv("PATH", f"{ghost.parent}{os.pathsep}{os.environ['PATH']}")
    file = tmp_path / "evil.png"
    file.write_text("%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n%%EndComments\nshowpage\n%%EOF\n")
    with pytest.raises(InputError, match=r"evil\.png"):
        open_picture(file)
    assert not (tmp_path / "started").exists()
