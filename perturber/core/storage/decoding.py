"""The one place where pictures are decoded: untrusted files must neither start a program, hang, nor fill the memory."""

from __future__ import annotations

import io
import struct
import warnings
import zlib
from time import thread_time

from PIL import Image, UnidentifiedImageError

from perturber.core.errors import InputError, PerturberError
from perturber.core.memory import means_no_memory, no_memory
from perturber.platforms import address_space_limit

MAX_BYTES = 64 << 20
MAX_PIXELS = 64_000_000
MAX_LENGTH = 65_535
"""Longest side in pixels, as in JPEG files: rows of one pixel cost far more time and memory than their pixels."""
EXPECTED = "a picture such as PNG or JPEG of at most 64 MiB and 64 megapixels"
FORMATS = ("PNG", "JPEG", "WEBP", "TIFF", "BMP", "GIF", "AVIF", "TGA")
"""Formats that are tried, whatever the suffix; Pillow would start Ghostscript for an EPS file of any name."""
UNREADABLE = (
    OSError, ValueError, SyntaxError, TypeError, LookupError, ArithmeticError, AttributeError, AssertionError,
    EOFError, MemoryError, RuntimeError, struct.error, zlib.error, Image.DecompressionBombError,
)  # fmt: skip
"""What Pillow's readers raise on broken files; OSError includes "truncated" and "cannot identify"."""
DECODING_SECONDS = 4.0
"""CPU time for one picture; the largest ones allowed take about one second."""
PIECE = 4096
"""Bytes that a decoder receives at once, so that its time is checked in between."""
LARGE, MAX_RATIO = 16_000_000, 1000
"""Pixels above which a file must have at least one byte for so many pixels."""
MAX_CHUNKS = 50_000
MAX_TILES = 70_000
"""Chunks of a PNG file and strips or tiles of a TIFF file, for each of which Pillow runs Python code."""
MAX_SCANNED = 2_000_000_000
"""Pixels times scans of a JPEG file; a progressive one has about ten scans."""
MAX_SLOW_BYTES = 2 << 20
"""File size of the formats that Pillow decodes in Python, such as BMP with run-length encoding."""
PNG_START, JPEG_SCAN = b"\x89PNG\r\n\x1a\n", b"\xff\xda"


def decode_image(
    data: bytes, name: str, formats: tuple[str, ...] = FORMATS, most_pixels: int = MAX_PIXELS
) -> Image.Image:
    """Decode an encoded picture; of an animation, the first frame.

    Raises InputError that names ``name`` when the data are in none of the ``formats``, have more than
    ``most_pixels``, are damaged, or take too much time.
    """
    if len(data) > MAX_BYTES:
        raise InputError(name, f"the file has {len(data) >> 20} MiB", EXPECTED)
    _check_chunks(data, name)
    try:
        with warnings.catch_warnings(action="ignore"):  # about sizes, which are checked here, and damaged metadata
            picture = Image.open(_TimedBytes(data, name), formats=tuple(formats))
            with picture:  # what is refused halfway would stay open
                _check_size(picture, len(data), name, most_pixels)
                _check_effort(picture, data, name)
                if hasattr(picture, "decodermaxblock"):
                    picture.decodermaxblock = PIECE
                picture.load()
    except UNREADABLE as error:
        raise unreadable(name, error) from None
    return picture


def unreadable(name: str, error: BaseException) -> PerturberError:
    """Return the refusal of a picture that Pillow cannot read."""
    # Without a limit, only a broken picture asks for more than the machine has.
    if means_no_memory(error) and address_space_limit() is not None:
        return no_memory(f"reading {name}")
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    if isinstance(error, UnidentifiedImageError):
        reason = "its format is none of those that are read"
    return InputError(name, f"it cannot be read as a picture ({reason[:120] or type(error).__name__})", EXPECTED)


class _TimedBytes(io.BytesIO):
    """Encoded data that can be read only for so long: decoders ask for them piece by piece."""

    def __init__(self, data: bytes, name: str) -> None:
        super().__init__(data)
        self._name = name
        self._end = thread_time() + DECODING_SECONDS

    def read(self, size: int | None = -1, /) -> bytes:
        if thread_time() > self._end:
            raise InputError(self._name, f"decoding it takes more than {DECODING_SECONDS:g} s", EXPECTED)
        return super().read(size)


def _check_chunks(data: bytes, name: str) -> None:
    """Refuse a PNG file of very many chunks, which Pillow reads before the size is known."""
    at, chunks = len(PNG_START), 0
    while data.startswith(PNG_START) and at + 8 <= len(data):
        at += 12 + int.from_bytes(data[at : at + 4], "big")
        chunks += 1
        if chunks > MAX_CHUNKS:
            raise InputError(name, f"it has more than {MAX_CHUNKS:,} chunks", EXPECTED)


def _check_size(picture: Image.Image, size: int, name: str, most_pixels: int) -> None:
    pixels = picture.width * picture.height
    if pixels > most_pixels or max(picture.size) > MAX_LENGTH:
        expected = EXPECTED if pixels > most_pixels else f"a picture of at most {MAX_LENGTH:,} pixels a side"
        raise InputError(name, f"it has {picture.width:,} × {picture.height:,} pixels", expected)
    if pixels > LARGE and pixels > MAX_RATIO * size:
        problem = f"its {size:,} bytes unpack to {picture.width:,} × {picture.height:,} pixels"
        raise InputError(name, problem, f"at most {MAX_RATIO:,} pixels from each byte")


def _check_effort(picture: Image.Image, data: bytes, name: str) -> None:
    """Refuse what would take minutes to decode without having many pixels."""
    tiles = getattr(picture, "tile", [])
    if len(tiles) > MAX_TILES:
        raise InputError(name, f"it has {len(tiles):,} strips or tiles", f"at most {MAX_TILES:,}")
    if len(data) > MAX_SLOW_BYTES and any(tile[0] in Image.DECODERS for tile in tiles[:1]):
        raise InputError(name, f"it has {len(data) / (1 << 20):.1f} MiB of run-length encoding", "a picture as PNG")
    scans = data.count(JPEG_SCAN) if picture.format in {"JPEG", "MPO"} else 0
    if scans * picture.width * picture.height > MAX_SCANNED:
        raise InputError(name, f"it has {scans:,} scans", "a JPEG picture of about ten scans")
