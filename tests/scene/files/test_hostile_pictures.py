"""Pictures that would take minutes, gigabytes or a foreign program are refused by name; one function opens them all."""

from __future__ import annotations

import ast
import io
import os
import struct
import zlib
from pathlib import Path

import pytest
from PIL import Image

import perturber
from perturber.core.errors import InputError
from perturber.core.storage import decoding
from perturber.scene.files.image import open_picture
from perturber.scene.files.mesh import load_shape

EPS = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\nshowpage\n"
PACKAGE = Path(perturber.__file__).parent


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width: int, height: int, extra: bytes = b"") -> bytes:
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    rows = zlib.compress(bytes((width + 1) * min(height, 100)))
    return decoding.PNG_START + head + extra + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def jpeg_of_many_scans() -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", (2000, 2000)).save(stream, "JPEG", progressive=True)
    data = stream.getvalue()
    last = data[data.rfind(decoding.JPEG_SCAN) : -2]
    return data[:-2] + last * 1000 + data[-2:]


def run_length_bmp() -> bytes:
    data = b"\xff\0" * (decoding.MAX_SLOW_BYTES // 2 + 1)
    palette = bytes(1024)
    head = struct.pack("<IiiHHIIiiII", 40, 3000, 3000, 1, 8, 1, len(data), 0, 0, 256, 0)
    return b"BM" + struct.pack("<IHHI", 54 + len(palette) + len(data), 0, 0, 54 + len(palette)) + head + palette + data


def webp() -> bytes:
    stream = io.BytesIO()
    Image.new("L", (5000, 5000)).save(stream, "WEBP", lossless=True, method=0)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (png(1, 64_000_000), "1 × 64,000,000 pixels"),
        (png(64_000_000, 1), "64,000,000 × 1 pixels"),
        (png(9000, 9000), "9,000 × 9,000 pixels"),
        (png(5000, 5000), "unpack to 5,000 × 5,000 pixels"),
        (webp(), "unpack to 5,000 × 5,000 pixels"),
        (png(8, 8, chunk(b"abCd", b"") * 60_000), "more than 50,000 chunks"),
        (png(8, 8, chunk(b"iCCP", b"x\0\0" + zlib.compress(bytes(70 << 20), 1))), "cannot be read as a picture"),
        (jpeg_of_many_scans(), "scans"),
        (run_length_bmp(), "run-length"),
        (EPS, "its format is none of those that are read"),
    ],
    ids=["tall", "wide", "large", "ratio", "webp", "chunks", "profile", "scans", "runs", "eps"],
)
def test_bombs_are_refused_by_name(tmp_path: Path, data: bytes, problem: str) -> None:
    file = tmp_path / "bomb.png"
    file.write_bytes(data)
    with pytest.raises(InputError, match=problem) as caught:
        open_picture(file)
    assert caught.value.source == str(file)


def test_decoding_has_an_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "slow.png"
    Image.effect_noise((400, 400), 90).save(file)
    assert open_picture(file).size == (400, 400)
    monkeypatch.setattr(decoding, "DECODING_SECONDS", -1.0)
    with pytest.raises(InputError, match="takes more than"):
        open_picture(file)


def test_a_pipe_is_not_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.png")
    os.mkfifo(tmp_path / "pipe.obj")
    with pytest.raises(InputError, match="not a regular file"):
        open_picture(tmp_path / "pipe.png")
    with pytest.raises(InputError, match="not a regular file"):
        load_shape(tmp_path / "pipe.obj")


def test_no_texture_starts_a_program_or_leaves_the_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = tmp_path / "called"
    ghost = tmp_path / "bin" / "gs"
    ghost.parent.mkdir()
    ghost.write_text(f"#!/bin/sh\ntouch {told}\n")
    ghost.chmod(0o755)
    monkeypatch.setenv("PATH", f"{ghost.parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr("socket.socket.connect", lambda *_: pytest.fail("something connects"))
    (tmp_path / "evil.png").write_bytes(EPS)
    for name in ("evil.png", "http://127.0.0.1:9/a.png", "file:///etc/hostname.png", "//127.0.0.1/share/a.png"):
        (tmp_path / "a.mtl").write_text(f"newmtl m\nmap_Kd {name}\n")
        (tmp_path / "a.obj").write_text("mtllib a.mtl\nv 0 0 0\nv 1 0 0\nv 0 1 0\nvt 0 0\nusemtl m\nf 1/1 2/1 3/1\n")
        shape = load_shape(tmp_path / "a.obj")
        assert shape.parts[0].picture is None
        assert shape.notices
    assert not told.exists()


def test_pictures_are_opened_in_one_place() -> None:
    """No other code opens a picture with Pillow, and none with Qt or trimesh from a file or from bytes."""
    found = []
    for file in PACKAGE.rglob("*.py"):
        text = file.read_text()
        if not any(name in text for name in ("Image", "QPixmap", "QIcon", "QMovie", "trimesh", "Data(")):
            continue
        for node in ast.walk(ast.parse(text)):
            if not isinstance(node, ast.Call):
                continue
            called = ast.unparse(node.func)
            opens = called in {"Image.open", "PIL.Image.open", "QImageReader", "QMovie", "trimesh.load"}
            opens |= called.endswith((".fromData", ".loadFromData"))
            opens |= called in {"QImage", "QPixmap", "QIcon"} and len(node.args) == 1 and "Path" in ast.unparse(node)
            if opens:
                found.append(file.relative_to(PACKAGE).as_posix())
    assert sorted(found) == ["core/storage/decoding.py", "gui/base/image_file.py"], "the latter reads PNG of its own"
