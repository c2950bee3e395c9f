"""The two forms of a glTF file: JSON, and binary (GLB) with a JSON and a data chunk."""

from __future__ import annotations

import codecs
import json
import struct
from pathlib import Path
from typing import Any

from perturber.core.errors import InputError
from perturber.scene.files.gltf.entries import GltfEntry
from perturber.scene.files.survey import EXPECTED

MAGIC = b"glTF"
JSON_CHUNK, DATA_CHUNK = 0x4E4F534A, 0x004E4942
MAX_OBJECTS, MAX_VALUES = 1_000_000, 4_000_000
"""Objects and lists, and values in them: parsed, each takes far more memory than in the file."""
MAX_CHUNKS = 1000
"""Chunks of a binary file that are looked at; all but two are of extensions."""
UNREADABLE = "it cannot be read as glTF"


def read_description(path: Path) -> tuple[GltfEntry, bytes]:
    """Return the description of a glTF file and the data chunk of a binary one, whatever its suffix.

    Raises InputError that names the file.
    """
    data = path.read_bytes()
    text, chunk = _chunks(path, data) if data.startswith(MAGIC) else (data, b"")
    root = GltfEntry(str(path), "", _parsed(path, text))
    version = root.child("asset").text("version", "2.0")
    if not version.startswith("2."):
        way_out = "glTF 2.0; gltf-pipeline -i old.gltf -o new.gltf converts version 1.0"
        raise InputError(str(path), f"it is glTF of version {version[:10]!r}", way_out)
    return root, chunk


def _chunks(path: Path, data: bytes) -> tuple[bytes, bytes]:
    """Return the JSON and the data chunk of a binary file; others are skipped, as the format asks."""
    if len(data) < 20:
        raise InputError(str(path), "it cannot be read as binary glTF: the header is wrong", EXPECTED)
    version, total = struct.unpack_from("<II", data, 4)
    if version != 2:
        raise InputError(str(path), f"it is binary glTF of version {version}", "version 2")
    if total > len(data):
        raise InputError(str(path), f"the file is truncated: its header states {total:,} bytes", EXPECTED)
    found: dict[int, bytes] = {}
    offset = 12
    for _ in range(MAX_CHUNKS):
        if offset + 8 > total:
            break
        length, kind = struct.unpack_from("<II", data, offset)
        offset += 8
        if offset + length > total:
            raise InputError(str(path), f"the file is truncated: a chunk of {length:,} bytes is cut off", EXPECTED)
        if not found and kind != JSON_CHUNK:
            raise InputError(str(path), "it cannot be read as binary glTF: the first chunk is not JSON", EXPECTED)
        found.setdefault(kind, data[offset : offset + length])
        offset += length + -length % 4
    if JSON_CHUNK not in found:
        raise InputError(str(path), "it cannot be read as binary glTF: it has no JSON", EXPECTED)
    return found[JSON_CHUNK], found.get(DATA_CHUNK, b"")


def _parsed(path: Path, data: bytes) -> dict[str, Any]:
    """Return the JSON object. A byte order mark is accepted, although the format has none."""
    objects, values = data.count(b"{") + data.count(b"["), data.count(b",")
    if objects > MAX_OBJECTS or values > MAX_VALUES:
        problem = f"its description has {objects:,} objects and lists and {values:,} values"
        raise InputError(str(path), problem, f"at most {MAX_OBJECTS:,} and {MAX_VALUES:,}")
    wide = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        tree = json.loads(data.decode("utf-16" if wide else "utf-8-sig").rstrip("\0"))
    except (ValueError, RecursionError) as error:
        reason = "it is nested too deep" if isinstance(error, RecursionError) else str(error)
        raise InputError(str(path), f"{UNREADABLE} ({reason:.150})", EXPECTED) from None
    if not isinstance(tree, dict):
        raise InputError(str(path), f"{UNREADABLE}: it is no JSON object", EXPECTED)
    return tree
