"""The scene of a glTF file: where each mesh stands, how often, and in which pose."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from perturber.core.errors import InputError
from perturber.scene.files.gltf.accessors import GltfAccessors
from perturber.scene.files.gltf.entries import GltfEntry
from perturber.scene.files.gltf.extensions import INSTANCING, VISIBILITY
from perturber.scene.files.survey import limit

MAX_NODES = 50_000
Matrices = NDArray[np.float64]
PARTS = {"translation": (0.0, 0.0, 0.0), "rotation": (0.0, 0.0, 0.0, 1.0), "scale": (1.0, 1.0, 1.0)}
"""The parts of a node's transform, and their defaults."""
IDENTITY = tuple(np.eye(4).ravel())


@dataclass(frozen=True, eq=False)
class PlacedMesh:
    """A mesh of the scene: its number, N×4×4 transforms of its copies, and the node that says the rest."""

    mesh: int
    transforms: Matrices
    node: GltfEntry


class GltfNodes:
    """The nodes of the default scene, each with its 4×4 transform. Raises InputError for circles and wrong numbers."""

    def __init__(self, root: GltfEntry) -> None:
        self._root = root
        if root.count("nodes") > MAX_NODES:
            raise root.refusal(f"it has {root.count('nodes'):,} nodes", f"at most {MAX_NODES:,}")
        self._known: dict[int, tuple[Matrices | None, list[int], bool]] = {}
        self.transforms: dict[int, Matrices] = {}
        """Transforms by node; of a node with two parents, the first."""
        self._visited: list[tuple[int, Matrices]] = list(self._walk())

    def placed(self, accessors: GltfAccessors) -> Iterator[PlacedMesh]:
        """Yield every visible mesh."""
        total = 0
        for index, transform in self._visited:
            node = self._root.item("nodes", index)
            if node.has("mesh"):
                copies = node.extension(INSTANCING)
                each = np.eye(4)[None] if copies is None else _instances(copies, accessors)
                total += len(each)
                limit(Path(self._root.file), total)  # each copy has a face at least
                yield PlacedMesh(node.integer("mesh"), transform @ each, node)

    def transform(self, index: int) -> Matrices:
        """Return the 4×4 transform of any node, also of one outside the scene, as joints can be."""
        chain: dict[int, None] = {}
        here: int | None = index
        while here is not None and here not in self.transforms and here not in chain:
            chain[here] = None
            here = self._parents.get(here)
        made = np.eye(4) if here is None else self.transforms.get(here, np.eye(4))
        for number in reversed(chain):
            local = self._node(number)[0]
            made = made if local is None else made @ local
            self.transforms[number] = made
        return self.transforms[index]

    @cached_property
    def _parents(self) -> dict[int, int]:
        every = range(self._root.count("nodes"))
        return {child: parent for parent in every for child in self._node(parent)[1]}

    @cached_property
    def _composed(self) -> dict[int, Matrices]:
        """All transforms of translation, rotation and scale at once; wrong ones are refused when they are used."""
        rows: dict[int, tuple[tuple[float, ...], ...]] = {}
        for index in range(self._root.count("nodes")):
            with suppress(InputError):
                node = self._root.item("nodes", index)
                if node.values.keys() & PARTS.keys() and not node.has("matrix"):
                    rows[index] = tuple(node.numbers(key, default) for key, default in PARTS.items())
        columns = [np.array(column) for column in zip(*rows.values(), strict=True)]
        return dict(zip(rows, compose(*columns), strict=True)) if rows else {}

    def _node(self, index: int) -> tuple[Matrices | None, list[int], bool]:
        """Return a node's own transform, its children, and whether it is visible."""
        if index not in self._known:
            node = self._root.item("nodes", index)
            visibility = node.extension(VISIBILITY)
            is_visible = visibility is None or visibility.values.get("visible") is not False
            local = self._composed.get(index)
            self._known[index] = _local(node) if local is None else local, node.indices("children"), is_visible
        return self._known[index]

    def _roots(self) -> list[int]:
        """Return the root nodes of the default scene: the first where none is named, all where there is no scene."""
        if self._root.has("scene") or self._root.count("scenes"):
            return self._root.item("scenes", self._root.integer("scene", 0)).indices("nodes")
        every = range(self._root.count("nodes"))
        inner = {child for index in every for child in self._root.item("nodes", index).indices("children")}
        return [index for index in every if index not in inner]

    def _walk(self) -> Iterator[tuple[int, Matrices]]:
        above: list[int] = []
        inside: set[int] = set()
        stack: list[tuple[int, Matrices] | None] = [(index, np.eye(4)) for index in reversed(self._roots())]
        visits = 0
        while stack:
            here = stack.pop()
            if here is None:  # all below the innermost node is done
                inside.discard(above.pop())
                continue
            index, outer = here
            local, children, is_visible = self._node(index)
            visits += 1
            if index in inside:
                raise self._root.refusal(f"nodes[{index}] is among its own children", "nodes without circles")
            if visits > MAX_NODES:
                raise self._root.refusal("the scene has too many nodes", f"at most {MAX_NODES:,}")
            if not is_visible:
                continue
            transform = outer
            if local is not None:
                transform = outer @ local
            self.transforms.setdefault(index, transform)
            yield index, transform
            above.append(index)
            inside.add(index)
            stack.append(None)
            stack.extend((child, transform) for child in reversed(children))


def _local(node: GltfEntry) -> Matrices | None:
    """Return a node's own transform, from its matrix or from translation, rotation and scale; None if it has none."""
    if not node.values.keys() & {"matrix", *PARTS}:
        return None
    if node.has("matrix"):
        return np.array(node.numbers("matrix", IDENTITY)).reshape(4, 4).T
    made: Matrices = compose(*(np.array([node.numbers(key, default)]) for key, default in PARTS.items()))[0]
    return made


def compose(translations: Matrices, rotations: Matrices, scales: Matrices) -> Matrices:
    """Return N×4×4 transforms of N×3 translations, N×4 quaternions (x, y, z, w) and N×3 scales."""
    length = np.linalg.norm(rotations, axis=1, keepdims=True)
    x, y, z, w = np.where(length > 0, rotations / np.where(length > 0, length, 1), (0.0, 0.0, 0.0, 1.0)).T
    turn = np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
        ]
    )
    made = np.tile(np.eye(4), (len(x), 1, 1))
    made[:, :3, :3] = np.moveaxis(turn, 2, 0) * scales[:, None, :]
    made[:, :3, 3] = translations
    return made


def _instances(copies: GltfEntry, accessors: GltfAccessors) -> Matrices:
    """Return N×4×4 transforms of the copies of an instanced mesh."""
    attributes = copies.child("attributes")
    for key in attributes.values:
        limit(Path(copies.file), accessors.count(attributes.integer(key)))
    parts = {
        key: accessors.floats(attributes.integer(key), kind)
        for key, kind in (("TRANSLATION", "VEC3"), ("ROTATION", "VEC4"), ("SCALE", "VEC3"))
        if attributes.has(key)
    }
    counts = {len(part) for part in parts.values()}
    if len(counts) > 1:
        raise attributes.refusal(f"their lengths differ ({', '.join(map(str, sorted(counts)))})", "equal lengths")
    count = counts.pop() if counts else 1
    return compose(
        parts.get("TRANSLATION", np.zeros((count, 3))),
        parts.get("ROTATION", np.tile((0.0, 0.0, 0.0, 1.0), (count, 1))),
        parts.get("SCALE", np.ones((count, 3))),
    )
