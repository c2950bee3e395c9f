"""Pictures of all formats, damaged, disguised, and far larger than they look."""

from __future__ import annotations

import io
import os
import struct
import zlib
from pathlib import Path
from typing import ClassVar

import numpy as np
from PIL import Image

from perturber.scene.files.image import open_picture, photo_pixels, texture_pixels
from tests.faults.hostile import make_place
from tests.faults.kind import Kind
from tests.faults.outcome import WrongError
from tests.mutation import damage

FORMATS = ("PNG", "JPEG", "WEBP", "TIFF", "BMP", "GIF", "AVIF", "TGA", "PPM", "ICO", "PCX", "EPS", "PDF")
SUFFIXES = (".png", ".jpg", ".webp", ".tif", ".bmp", ".gif", ".avif", ".heic", ".tga", "")
MARK = "started"
PROGRAMS = ("gs", "gswin64c", "gswin32c", "pdftoppm", "convert", "djpeg", "xv", "display")


class Pictures(Kind):
    """A foreign program that is started by a file leaves a mark, and that is an error."""

    brief: ClassVar[int] = 60

    def prepare(self) -> None:
        programs = self.place.folder / "programs"
        programs.mkdir(exist_ok=True)
        self._mark = self.place.folder / MARK
        for name in PROGRAMS:
            (programs / name).write_text(f'#!/bin/sh\necho {name} >> "{self._mark}"\nexit 1\n', encoding="utf-8")
            (programs / name).chmod(0o755)
        os.environ["PATH"] = f"{programs}{os.pathsep}{os.environ['PATH']}"

    def run(self, random: np.random.Generator, folder: Path) -> int:
        file = folder / f"picture{random.choice(SUFFIXES)}"
        if random.random() < 0.03:
            file = Path(make_place(folder, random))
        else:
            file.write_bytes(_bomb(random) if random.random() < 0.05 else _picture(random))
        self.subject = str(file)
        try:
            match int(random.integers(3)):
                case 0:
                    open_picture(file, str(random.choice(["RGB", "RGBA", "L"])))
                case 1:
                    photo_pixels(file, float(random.uniform(0.1, 1)), 224)
                case _:
                    texture_pixels(file, "RGBA")
        finally:
            if self._mark.exists():
                started = self._mark.read_text(encoding="utf-8").strip()
                self._mark.unlink()
                raise WrongError(f"a picture started {started}")
        return 0


def _picture(random: np.random.Generator) -> bytes:
    """Return a small picture of any format and mode, usually damaged."""
    kind = str(random.choice(FORMATS))
    pixels = random.integers(0, 256, (*random.integers(1, 40, 2), 3), np.uint8)
    picture = Image.fromarray(pixels)
    mode = str(random.choice(["RGB", "L", "1", "P", "RGBA", "I;16", "CMYK", "F"]))
    stream = io.BytesIO()
    try:
        picture.convert(mode).save(stream, kind)
    except (OSError, ValueError):
        stream = io.BytesIO()
        picture.save(stream, kind)
    return stream.getvalue() if random.random() < 0.1 else damage(stream.getvalue(), random)


def _bomb(random: np.random.Generator) -> bytes:
    """Return a small PNG with very many pixels, of which some or all data are there."""
    sides = [(1, 63_000_000), (63_000_000, 1), (8000, 8000), (70_000, 70_000), (1, 2**31 - 1), (20_000, 3000)]
    wide, high = sides[int(random.integers(len(sides)))]
    row = b"\0" * (wide + 1)
    packer = zlib.compressobj(9)
    rows = min(high, max(1, (int(random.integers(1, 8)) << 20) // len(row)))
    data = b"".join(packer.compress(row) for _ in range(rows)) + packer.flush()
    head = struct.pack(">IIBBBBB", wide, high, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + _chunk(b"IDAT", data) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
