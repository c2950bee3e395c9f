"""Hostile values for structured files, and places in a file system that are not what they seem."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import numpy as np

from tests.mutation import damage

VALUES: tuple[Any, ...] = (
    None, True, False, -1, 0, 1, 3, 2.5, -1e308, 1e308, 1 << 31, 1 << 63, 10**40, "", "x", "5", "true", "NaN", "é☃",
    "a" * 5000, "\0", "a\0b", "\x1b[2J", "\ud800", "../../../etc/passwd", "/dev/null", [], {}, [0], [[]], [[0]],
    {"x": 1}, ["a"] * 500, "n" * 300, "\n" * 40, "%s%n", "slot1", "inf", float("inf"), float("nan"),
)  # fmt: skip
TEXTS = (b"9" * 5000, b"-0", b"1e999", b"[" * 20000, b'{"a":' * 5000, b"NaN", b"\xef\xbb\xbf", b"\xff\xfe", b"\0" * 64)
"""What replaces a value in the text of a file, valid or not."""
NAMES = ("fifo", "folder", "empty", "missing", "long", "nul", "surrogate", "zero", "loop", "endless", "locked")


def places(tree: Any) -> Iterator[tuple[Any, Any]]:
    """Yield every place of a tree of dictionaries and lists: its container and its key."""
    pairs = tree.items() if isinstance(tree, dict) else enumerate(tree)
    for key, value in list(pairs):
        yield tree, key
        if isinstance(value, dict | list):
            yield from places(value)


def distort(tree: Any, random: np.random.Generator, values: tuple[Any, ...] = VALUES) -> Any:
    """Return a copy of a tree with one to three places replaced, dropped, doubled or swapped.

    Whatever is put in is copied: nothing contains itself, and ``values`` stay as they are.
    """
    tree = json.loads(json.dumps(tree))
    for _ in range(int(random.integers(1, 4))):
        spots = list(places(tree))
        if not spots:
            break
        container, key = spots[int(random.integers(len(spots)))]
        match int(random.integers(8)):
            case 0:
                del container[key]
            case 1 if isinstance(container, dict):
                container[str(random.choice(["x", key + "s", "", "é", "kind"]))] = deepcopy(container[key])
            case 2 if isinstance(container, list):
                container[key:key] = [deepcopy(container[key]) for _ in range(int(random.choice([1, 2, 50])))]
            case 3:
                other, place = spots[int(random.integers(len(spots)))]
                container[key] = deepcopy(other[place]) if place in _keys(other) else values[0]
            case _:
                container[key] = deepcopy(values[int(random.integers(len(values)))])
    return tree


def _keys(container: Any) -> Any:
    """Return the keys that a container still has."""
    return container if isinstance(container, dict) else range(len(container))


def distorted_json(tree: Any, random: np.random.Generator, values: tuple[Any, ...] = VALUES) -> bytes:
    """Return a JSON text that is distorted in its structure, its text or its bytes."""
    match int(random.integers(5)):
        case 0:
            return damage(json.dumps(tree, indent=2).encode(), random)
        case 1:
            return replace_value(json.dumps(tree, indent=2).encode(), random)
        case _:
            return _dump(distort(tree, random, values))


def replace_value(text: bytes, random: np.random.Generator) -> bytes:
    """Return a text in which one value (a number, a string or a word) is replaced by hostile text."""
    found = list(re.finditer(rb'-?\d[\d.e+-]*|"[^"\n]*"|true|false|null', text))
    if not found:
        return text
    chosen = found[int(random.integers(len(found)))]
    return text[: chosen.start()] + TEXTS[int(random.integers(len(TEXTS)))] + text[chosen.end() :]


def _dump(tree: Any) -> bytes:
    return json.dumps(tree).encode("utf-8", "surrogatepass")


def make_place(folder: Path, random: np.random.Generator) -> str:
    """Return a path that is no usable file: a pipe, a folder, a loop of links, an endless device, a bad name."""
    match str(random.choice(NAMES)):
        case "fifo":
            os.mkfifo(folder / "fifo.png")
            return str(folder / "fifo.png")
        case "folder":
            (folder / "folder.obj").mkdir()
            return str(folder / "folder.obj")
        case "empty":
            (folder / "empty.gltf").write_bytes(b"")
            return str(folder / "empty.gltf")
        case "long":
            return str(folder / ("n" * 300 + ".png"))
        case "nul":
            return str(folder / "a\0b.obj")
        case "surrogate":
            return str(folder / "\ud800.png")
        case "zero":
            return "/dev/zero"
        case "endless":
            return "/dev/urandom"
        case "loop":
            (folder / "loop.ply").symlink_to(folder / "loop.ply")
            return str(folder / "loop.ply")
        case "locked":
            (folder / "locked.png").write_bytes(b"x")
            (folder / "locked.png").chmod(0)
            return str(folder / "locked.png")
    return str(folder / "missing.stl")
