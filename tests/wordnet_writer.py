"""Writes WordNet's data.noun for tests: a few synsets of our own in the real format."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

HEADER = "  1 Words of our own, in the format of WordNet 3.0 Copyright 2006 by Princeton University.  \n"
ANIMALS = {
    "entity": (),
    "animal": ("@ entity",),
    "pet": ("@ animal",),
    "cat": ("@ animal", "@ pet"),
    "wild_dog": ("@ animal",),
    "dog": ("@ wild_dog", "@ pet"),
    "tabby": ("@ cat",),
    "collie": ("@ dog",),
    "Laika": ("@i dog", "#m entity"),
}
"""Pointers by word: a symbol and the word pointed to."""


def line(word: str, offset: int, pointers: list[tuple[str, int]]) -> str:
    """One synset of two words with its pointers, as wndb(5WN) describes it."""
    told = "".join(f"{symbol} {to:08d} n 0000 " for symbol, to in pointers)
    return f'{offset:08d} 05 n 02 {word} 0 {word}_too a {len(pointers):03d} {told}| of our own; "a {word} | or two"  \n'


def write(folder: Path, synsets: Mapping[str, tuple[str, ...]] = ANIMALS, header: str = HEADER) -> dict[str, str]:
    """Write ``folder``/data.noun; returns the ids by word."""
    places, at = {}, len(header)
    for word, pointers in synsets.items():
        places[word] = at
        at += len(line(word, 0, [("", 0)] * len(pointers))) + sum(len(p.split()[0]) for p in pointers)
    text = header
    for word, pointers in synsets.items():
        parted = [pointer.split() for pointer in pointers]
        text += line(word, places[word], [(symbol, places[to]) for symbol, to in parted])
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "data.noun").write_text(text)
    return {word: f"n{place:08d}" for word, place in places.items()}
