"""The binary data of a glTF file: from data URIs, from the binary chunk, or from files beside it."""

from __future__ import annotations

import base64
import binascii
import re
from urllib.parse import unquote_to_bytes

from perturber.scene.files.companions import Companions
from perturber.scene.files.gltf.entries import GltfEntry
from perturber.scene.files.gltf.extensions import MESHOPT, refusal_of

MAX_TOTAL = 256 << 20
"""Bytes of all buffers together."""
MAX_ESCAPED = 1_000_000
"""Bytes of a data URI that are escaped by a percent sign: decoded, each takes far more memory than in the file."""
SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:")
"""Start of an address; a single letter is a drive."""


class GltfBuffers:
    """The buffers and buffer views of a file, loaded when they are asked for. Raises InputError for wrong ones."""

    def __init__(self, root: GltfEntry, chunk: bytes, companions: Companions) -> None:
        self._root = root
        self._chunk = chunk
        self._companions = companions
        self._loaded: dict[int, bytes] = {}

    def view(self, index: int) -> tuple[memoryview, int]:
        """Return the bytes of a buffer view and its stride, 0 for tightly packed elements."""
        view = self._root.item("bufferViews", index)
        if any(view.extension(name) is not None for name in MESHOPT) and self._is_empty(view.integer("buffer")):
            raise refusal_of(self._root, next(name for name in MESHOPT if view.extension(name) is not None))
        data = self._buffer(view.integer("buffer"))
        start, length = view.integer("byteOffset", 0), view.integer("byteLength", low=1)
        if start + length > len(data):
            problem = f"bytes {start:,} to {start + length:,} lie beyond the buffer's {len(data):,}"
            raise view.refusal(problem, "a range inside the buffer")
        return memoryview(data)[start : start + length], view.integer("byteStride", 0, high=252)

    def from_uri(self, entry: GltfEntry) -> bytes:
        """Return the bytes of an object's ``uri``. Raises FileNotFoundError when a file beside the mesh is missing."""
        uri = entry.text("uri")
        if uri[:5].lower() == "data:":
            return _decoded(entry, uri)
        if SCHEME.match(uri) or uri.startswith("//"):
            problem = f"uri is {uri[:60]!r}, and nothing is fetched from elsewhere"
            raise entry.refusal(problem, "a file beside the mesh, or a data URI")
        try:
            data = self._companions.get(uri)
        except (OSError, ValueError) as error:
            if isinstance(error, FileNotFoundError):
                raise
            raise entry.refusal(f"uri {uri[:60]!r} names no file", "a file beside the mesh") from None
        if not data:  # a picture that was reported
            raise FileNotFoundError(f"{uri[:60]!r} is empty")
        return data

    def _is_empty(self, index: int) -> bool:
        """Return whether a buffer only reserves room for what a decoder would write."""
        buffer = self._root.item("buffers", index)
        return not buffer.has("uri") and not (index == 0 and self._chunk)

    def _buffer(self, index: int) -> bytes:
        if index not in self._loaded:
            data = self._load(index, self._root.item("buffers", index))
            if sum(map(len, self._loaded.values())) + len(data) > MAX_TOTAL:
                raise self._root.refusal("its buffers are too large", f"at most {MAX_TOTAL >> 20} MiB in all")
            self._loaded[index] = data
        return self._loaded[index]

    def _load(self, index: int, buffer: GltfEntry) -> bytes:
        length = buffer.integer("byteLength", low=1)
        if buffer.has("uri"):
            try:
                data = self.from_uri(buffer)
            except FileNotFoundError:
                problem = "; ".join(self._companions.problems) or f"{buffer.text('uri')[:60]!r} was not found"
                raise buffer.refusal(problem, "the file beside the mesh") from None
        elif index == 0 and self._chunk:
            data = self._chunk
        else:
            raise buffer.refusal("it has no uri, and the file has no binary chunk", "its data")
        if len(data) < length:
            raise buffer.refusal(f"it is truncated: it has {len(data):,} bytes", f"{length:,} bytes (byteLength)")
        return data


def _decoded(entry: GltfEntry, uri: str) -> bytes:
    head, comma, payload = uri.partition(",")
    if not comma:
        raise entry.refusal("its data URI has no data", "data:…;base64,…")
    if not head.lower().endswith(";base64"):
        if payload.count("%") > MAX_ESCAPED:
            raise entry.refusal(f"its data URI has {payload.count('%'):,} escaped bytes", "base64")
        return unquote_to_bytes(payload)
    try:
        return base64.b64decode(payload, validate="%" not in payload)
    except (binascii.Error, ValueError) as error:
        raise entry.refusal(f"its data URI cannot be decoded ({error!s:.80})", "base64") from None
