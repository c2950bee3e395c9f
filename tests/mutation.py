"""Seeded mutations of files: bytes changed, repeated, dropped and swapped."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

INSERTED = (b"\0", b"-1", b"1e999", b"9" * 40, b"\xff\xff\xff\x7f", b"{[", b'"')


def mutate(whole: bytes, count: int, seed: int) -> Iterator[bytes]:
    """Yield so many damaged copies of a file."""
    random = np.random.default_rng(seed)
    for number in range(count):
        yield damage(whole, random, (INSERTED[number % len(INSERTED)],))


def damage(whole: bytes, random: np.random.Generator, inserted: tuple[bytes, ...] = INSERTED) -> bytes:
    """Return a copy of a file with one to five changes; ``inserted`` are the pieces that may be put in."""
    data = bytearray(whole)
    for _ in range(int(random.integers(1, 6))):
        place = int(random.integers(0, max(1, len(data))))
        match int(random.integers(0, 40)) // 8:
            case 0 if data:
                data[place] = int(random.integers(0, 256))
            case 1:
                data[place : place + int(random.integers(1, 40))] = b""
            case 2:
                part = data[place : place + int(random.integers(1, 40))]
                data[place:place] = part * int(random.integers(1, 6))
            case 3:
                piece = inserted[0] if len(inserted) == 1 else inserted[int(random.integers(len(inserted)))]
                data[place:place] = piece
            case _:
                del data[place + 1 :]
    return bytes(data)
