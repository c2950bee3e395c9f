"""Writing of pairs, textures and backgrounds in the program's formats."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PIL import Image

from assets.build.geometry import Floats, Ints, Shapes
from perturber.scene.assets.pairs import Hairs

ASSETS = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class End:
    """One end of a pair: file name, label, and its class group by WordNet id (the first is its class)."""

    name: str
    label: str
    wnids: tuple[str, ...]


@dataclass(frozen=True)
class Pair:
    """The contents of pair.toml."""

    name: str
    label: str
    morph: str
    background: str
    ends: tuple[End, End]
    order: int = 100
    """Position in the list of pairs."""
    reflections: bool = False
    """Whether shiny parts reflect the surroundings."""
    fur: str = ""
    """File of the hairs; empty: no hair."""
    detail: Mapping[str, Hairs] = field(default_factory=dict)
    """How the hairs are drawn, by level of detail."""


def quantize(image: Floats, levels: Sequence[int]) -> Image.Image:
    """Quantize a picture (values 0 … 1) to some levels per channel, so that noise compresses well."""
    steps = np.asarray(levels) - 1
    return Image.fromarray((np.round(np.clip(image, 0, 1) * steps) / steps * 255).round().astype(np.uint8))


def write_png(path: Path, image: Image.Image) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    image.save(path, optimize=True)


def obj_text(shapes: Shapes, end: int, name: str) -> str:
    """Return Wavefront OBJ text with v, vt, vn and faces v/vt/vn; the three indices of a corner are always equal."""
    lines = [f"mtllib {name}.mtl", f"o {name}"]
    lines += [f"v {x:.4f} {y:.4f} {z:.4f}" for x, y, z in shapes.ends[end] + 0.0]
    lines += [f"vt {u:.5f} {v:.5f}" for u, v in shapes.uv]
    lines += [f"vn {x:.3f} {y:.3f} {z:.3f}" for x, y, z in shapes.normals[end] + 0.0]
    lines.append(f"usemtl {name}")
    lines += [f"f {a}/{a}/{a} {b}/{b}/{b} {c}/{c}/{c}" for a, b, c in shapes.faces + 1]
    return "\n".join(lines) + "\n"


@dataclass(frozen=True, eq=False)
class Mesh:
    """An OBJ file of this project; ``corners`` are faces × corners × (v, vt, vn), counted from 1."""

    vertices: Floats
    uv: Floats
    normals: Floats
    corners: Ints

    @property
    def faces(self) -> Ints:
        """Vertex indices, counted from 0."""
        return self.corners[..., 0] - 1


def read_obj(path: Path) -> Mesh:
    """Read an OBJ file written by `obj_text`."""
    text = path.read_text(encoding="utf-8")

    def table(key: str, columns: int) -> Floats:
        rows = re.findall(rf"^{key} (.*)$", text, re.MULTILINE)
        return np.array(" ".join(rows).split(), float).reshape(-1, columns)

    corners = " ".join(re.findall(r"^f (.*)$", text, re.MULTILINE)).replace("/", " ").split()
    return Mesh(table("v", 3), table("vt", 2), table("vn", 3), np.array(corners, np.int64).reshape(-1, 3, 3))


def _quoted(texts: Sequence[str]) -> str:
    return "[" + ", ".join(f'"{t}"' for t in texts) + "]"


def toml_text(pair: Pair) -> str:
    lines = [f'label = "{pair.label}"', f'morph = "{pair.morph}"', f'background = "{pair.background}"']
    lines.append(f"order = {pair.order}")
    if pair.reflections:
        lines.append("reflections = true")
    if pair.fur:
        lines.append(f'fur = "{pair.fur}"')
    for level, hairs in pair.detail.items():
        lines += ["", f"[detail.{level}]", f"strands = {hairs.strands}", f"segments = {hairs.segments}"]
        lines.append(f"widen = {hairs.widen}")
    for table, end in zip(("first", "second"), pair.ends, strict=True):
        lines += ["", f"[{table}]", f'name = "{end.name}"', f'label = "{end.label}"', f'mesh = "{end.name}.obj"']
        lines.append(f"wnids = {_quoted(end.wnids)}")
    return "\n".join(lines) + "\n"


def write_pair(pair: Pair, shapes: Shapes, textures: Sequence[Image.Image], root: Path = ASSETS) -> None:
    """Write pair.toml, and OBJ, MTL and texture of both ends, into ``root``/<pair>."""
    folder = root / pair.name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "pair.toml").write_text(toml_text(pair), encoding="utf-8")
    for number, (end, texture) in enumerate(zip(pair.ends, textures, strict=True)):
        (folder / f"{end.name}.obj").write_text(obj_text(shapes, number, end.name), encoding="utf-8")
        material = f"newmtl {end.name}\nKa 1 1 1\nKd 1 1 1\nKs 1 1 1\nNs 40\nmap_Kd {end.name}.png\n"
        (folder / f"{end.name}.mtl").write_text(material, encoding="utf-8")
        write_png(folder / f"{end.name}.png", texture)
