"""Small glTF files for tests, written piece by piece, right or wrong."""

from __future__ import annotations

import base64
import io
import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

COMPONENTS = {"int8": 5120, "uint8": 5121, "int16": 5122, "uint16": 5123, "uint32": 5125, "float32": 5126}
KINDS = {1: "SCALAR", 2: "VEC2", 3: "VEC3", 4: "VEC4", 16: "MAT4"}
CORNERS = np.array([[-1, 0, 0], [1, 0, 0], [1, 2, 0], [-1, 2, 0]], np.float32)
"""A plate that faces the front."""
UV = np.array([[0, 1], [1, 1], [1, 0], [0, 0]], np.float32)
"""Its texture coordinates in glTF's orientation: v runs down."""
FACES = np.array([0, 1, 2, 0, 2, 3], np.uint16)
QUADRANTS = np.zeros((64, 64, 4), np.uint8)
QUADRANTS[..., 3] = 255
QUADRANTS[:32, :32, 0] = QUADRANTS[:32, 32:, 1] = QUADRANTS[32:, :32, 2] = 255
QUADRANTS[32:, 32:, :3] = 255
"""Red at the upper left, green at the upper right, blue at the lower left, white at the lower right."""


def encoded(pixels: np.ndarray, kind: str = "PNG") -> bytes:
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, kind, **({"lossless": True} if kind == "WEBP" else {}))
    return stream.getvalue()


class GltfWriter:
    """A glTF file under construction: ``tree`` is its JSON, ``data`` its one buffer."""

    def __init__(self) -> None:
        self.tree: dict[str, Any] = {"asset": {"version": "2.0"}, "scene": 0, "scenes": [{"nodes": []}]}
        self.data = bytearray()

    def add(self, key: str, entry: dict[str, Any]) -> int:
        """Append an object to one of the file's lists and return its number."""
        self.tree.setdefault(key, []).append(entry)
        return len(self.tree[key]) - 1

    def view(self, data: bytes, **more: Any) -> int:
        """Add a buffer view."""
        self.data += bytes(-len(self.data) % 4)
        start = len(self.data)
        self.data += data
        return self.add("bufferViews", {"buffer": 0, "byteOffset": start, "byteLength": len(data), **more})

    def array(self, values: Any, dtype: str = "float32", normalized: bool = False, **more: Any) -> int:
        """Add an accessor of count×width values; normalized ones are given as they come out, in 0 … 1."""
        made = np.asarray(values)
        if normalized:
            made = (made * np.iinfo(dtype).max).round()
        made = np.ascontiguousarray(made, dtype)
        made = made.reshape(len(made), -1)
        entry = {"bufferView": self.view(made.tobytes()), "componentType": COMPONENTS[dtype], "count": len(made)}
        entry |= {"type": KINDS[made.shape[1]]} | ({"normalized": True} if normalized else {})
        return self.add("accessors", entry | more)

    def strided(self, columns: list[np.ndarray], gap: int = 0) -> list[int]:
        """Add float accessors that lie interleaved in one buffer view, with a gap after each element."""
        rows = np.concatenate([np.asarray(column, np.float32) for column in columns], axis=1)
        stride = 4 * rows.shape[1] + gap
        data = b"".join(row.tobytes() + bytes(gap) for row in rows)
        view = self.view(data, byteStride=stride)
        offsets = np.cumsum([0, *(4 * column.shape[1] for column in columns)])
        return [
            self.add(
                "accessors",
                {
                    "bufferView": view,
                    "byteOffset": int(offset),
                    "componentType": 5126,
                    "count": len(rows),
                    "type": KINDS[column.shape[1]],
                },
            )
            for column, offset in zip(columns, offsets, strict=False)
        ]

    def texture(
        self,
        pixels: np.ndarray = QUADRANTS,
        sampler: dict[str, int] | None = None,
        kind: str = "PNG",
        inside: bool = False,
    ) -> int:
        """Add a texture, its picture as data URI or in a buffer view."""
        data = encoded(pixels, kind)
        mime = f"image/{kind.lower()}"
        if inside:
            image = self.add("images", {"bufferView": self.view(data), "mimeType": mime})
        else:
            image = self.add("images", {"uri": f"data:{mime};base64," + base64.b64encode(data).decode()})
        entry: dict[str, Any] = {"source": image}
        if kind == "WEBP":
            entry = {"extensions": {"EXT_texture_webp": {"source": image}}}
        if sampler is not None:
            entry["sampler"] = self.add("samplers", dict(sampler))
        return self.add("textures", entry)

    def material(self, texture: int | None = None, info: dict[str, Any] | None = None, **more: Any) -> int:
        """Add a material; ``factor`` is its base color, the rest goes into it as it is."""
        base: dict[str, Any] = {}
        if "factor" in more:
            base["baseColorFactor"] = list(more.pop("factor"))
        if texture is not None:
            base["baseColorTexture"] = {"index": texture, **(info or {})}
        return self.add("materials", {"pbrMetallicRoughness": base, **more})

    def primitive(self, material: int | None = None, **attributes: int) -> dict[str, Any]:
        """Return the plate as a primitive; ``attributes`` replace or complete its own."""
        own = {"POSITION": lambda: self.array(CORNERS), "TEXCOORD_0": lambda: self.array(UV)}
        made = {name: make() for name, make in own.items() if name not in attributes}
        entry: dict[str, Any] = {"attributes": {**made, **attributes}, "indices": self.array(FACES, "uint16")}
        return entry | ({} if material is None else {"material": material})

    def place(self, *primitives: dict[str, Any], **node: Any) -> int:
        """Add a mesh and a node of the scene that shows it."""
        mesh = self.add("meshes", {"primitives": list(primitives)})
        index = self.add("nodes", {"mesh": mesh, **node})
        self.tree["scenes"][0]["nodes"].append(index)
        return index

    def use(self, *extensions: str, required: bool = False) -> None:
        """List extensions as used, and as required."""
        for key in ("extensionsUsed", "extensionsRequired")[: 1 + required]:
            self.tree.setdefault(key, []).extend(extensions)

    def text(self) -> str:
        """Return the JSON with the buffer as data URI."""
        uri = "data:application/octet-stream;base64," + base64.b64encode(self.data).decode()
        buffers = {} if "buffers" in self.tree else {"buffers": [{"byteLength": len(self.data), "uri": uri}]}
        return json.dumps(self.tree | buffers)

    def write(self, path: Path) -> Path:
        """Write .gltf with the data inside, or .glb."""
        if path.suffix == ".gltf":
            path.write_text(self.text(), encoding="utf-8")
            return path
        body = bytes(self.data) + bytes(-len(self.data) % 4)
        tree = json.dumps(self.tree | {"buffers": [{"byteLength": len(self.data)}]}).encode()
        tree += b" " * (-len(tree) % 4)
        chunks = struct.pack("<I4s", len(tree), b"JSON") + tree + struct.pack("<I4s", len(body), b"BIN\0") + body
        path.write_bytes(b"glTF" + struct.pack("<II", 2, 12 + len(chunks)) + chunks)
        return path
