"""One skin for both vessels: a turned grid with three holes, joined to handle and spout vertex by vertex.

No parts merely intersect, so that no crack can open between mug and teapot:

        lip ___ cover ___          rows run from below the foot over wall and lip to the middle of the top,
    wall |             | wall      columns around; the handle is a tube between two holes of the grid,
   [spout]             [handle]    the spout a tube from the third to its tip, which in the mug is
         |_____________|           a patch of rings that lies flush in the wall.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from assets.build.assemble import assemble
from assets.build.charts import chart
from assets.build.geometry import Floats, Ints, Shapes, grid_faces
from assets.mug_teapot.curves import bridge, directions, smooth
from assets.mug_teapot.vessels import MUG, TEAPOT, Vessel

COLUMNS = 96
ZONES = {"under": 5, "wall": 38, "lip": 6, "inner": 5, "cover": 30}
"""Rows of each zone of the profile; neighbors share one."""
NAMES = ("under", "wall", "lip", "inner", "cover", "handle", "spout", "mouth")
HANDLE_RINGS, SPOUT_RINGS, MOUTH_RINGS, FILLET = 34, 26, 7, 6
"""Rings of the tubes; FILLET is the number at each root between wall and tube."""
CREASE = 50.0
OVAL = 0.92
"""Size of a tube's root in its hole."""
ROOT = 0.8
"""Length for which the curve at a root follows the wall."""


@dataclass(frozen=True)
class Hole:
    """A rectangle of the grid without faces: rows and columns of its border."""

    rows: tuple[int, int]
    columns: tuple[int, int]

    def border(self, downwards: bool = False) -> Ints:
        """Return row and column of the border's vertices in order, N × 2, beginning above (or below) on one side."""
        (low, high), (left, right) = self.rows, self.columns
        across, up = np.arange(left, right), np.arange(low, high)
        sides = [
            np.stack([np.full_like(across, high), across], -1),
            np.stack([up[::-1] + 1, np.full_like(up, right)], -1),
            np.stack([np.full_like(across, low), across[::-1] + 1], -1),
            np.stack([up, np.full_like(up, left)], -1),
        ]
        loop = np.concatenate(sides)
        return np.stack([low + high - loop[:, 0], loop[:, 1]], -1) if downwards else loop

    @property
    def middle(self) -> Floats:
        return np.array([sum(self.rows), sum(self.columns)]) / 2


FIRST_WALL = ZONES["under"] - 1
UPPER = Hole((FIRST_WALL + 27, FIRST_WALL + 33), (21, 27))
LOWER = Hole((FIRST_WALL + 7, FIRST_WALL + 13), (21, 27))
SPOUT = Hole((FIRST_WALL + 8, FIRST_WALL + 20), (66, 78))


def profile(vessel: Vessel) -> Floats:
    """Return radius and height of every row, rows × 2."""
    zones = [smooth(getattr(vessel, name), rows) for name, rows in ZONES.items()]
    return np.concatenate([zones[0], *(zone[1:] for zone in zones[1:])])


def revolve(outline: Floats, row: Floats, column: Floats) -> Floats:
    """Return points of the turned surface at fractional rows and columns, … × 3; column 24 faces +x."""
    at = np.arange(len(outline))
    radius, height = (np.interp(row, at, values) for values in outline.T)
    angle = (column - COLUMNS / 4) / COLUMNS * 2 * np.pi
    return np.stack([radius * np.cos(angle), height, -radius * np.sin(angle)], -1)


def _at(outline: Floats, places: Floats | Ints) -> Floats:
    return revolve(outline, places[:, 0].astype(float), places[:, 1].astype(float))


def _tube(path: Floats, along: Floats, side: float, count: int) -> Floats:
    """Ellipses around a path in the plane z = 0 on one side of the axis (±1), rows × count × 3.

    They are perpendicular to ``along`` (rows × 2) and begin where a hole's border begins: above, at its first column.
    """
    angle = np.arange(count) / count * 2 * np.pi - np.pi / 4
    above = np.stack([-along[:, 1], along[:, 0]], -1)
    flat = path[:, None, :2] + path[:, None, 3:] * above[:, None] * np.cos(angle)[None, :, None]
    return np.stack([flat[..., 0] * side, flat[..., 1], -side * path[:, 2:3] * np.sin(angle)], -1)


def _oval(hole: Hole, border: Ints, size: float) -> Floats:
    """Return as many positions on an oval in a hole as its border has; ``size`` 1 touches the border."""
    angle = np.arange(len(border)) / len(border) * 2 * np.pi - np.pi / 4
    up = np.where(border[0, 0] > hole.middle[0], 1, -1)
    half = np.array([np.ptp(hole.rows), np.ptp(hole.columns)]) / 2
    return np.asarray(hole.middle + size * half * np.stack([up * np.cos(angle), np.sin(angle)], -1))


def _sewn(outline: Floats, hole: Hole, rings: Floats, way: Floats, downwards: bool = False) -> Floats:
    """Return FILLET rings from a hole's border to the tube's first ring, which leaves along ``way``.

    The first lies in the wall and rounds the rectangle to an oval; the others rise from it in a concave curve.
    """
    border = hole.border(downwards)
    oval, inside = (_at(outline, _oval(hole, border, size)) for size in (OVAL, 0.98 * OVAL))
    gap = np.linalg.norm(rings[0] - oval, axis=1, keepdims=True)
    inwards = (inside - oval) / np.linalg.norm(inside - oval, axis=1, keepdims=True)
    return np.concatenate([oval[None], bridge(oval, ROOT * gap * inwards, rings[0], gap * way, FILLET - 1)])


def handle(vessel: Vessel, outline: Floats) -> Floats:
    """Return the handle's own rings between its two holes, HANDLE_RINGS × border × 3."""
    path = smooth(vessel.handle, HANDLE_RINGS - 2 * FILLET + 8)
    along = directions(path[:, :2])
    rings = _tube(path[4:-4], along[4:-4], 1, len(UPPER.border()))
    leave, arrive = ([*along[row], 0] for row in (4, -5))
    first = _sewn(outline, UPPER, rings, np.array(leave))
    last = _sewn(outline, LOWER, rings[::-1], -np.array(arrive), downwards=True)[::-1]
    return np.concatenate([first, rings, last])


def spout(vessel: Vessel, outline: Floats) -> Floats:
    """Return the spout's own rings from the wall to the tip and back inside, rings × border × 3."""
    border, total = SPOUT.border(), SPOUT_RINGS + MOUTH_RINGS
    if not vessel.spout:
        shares = np.arange(1, total + 1) / (total + 1)
        return np.stack([_at(outline, border + share * (SPOUT.middle - border)) for share in shares])
    path = smooth(vessel.spout, SPOUT_RINGS - FILLET + 5)
    along = directions(path[:, :2])
    lip = path[-1:] * [1, 1, 0.86, 0.84] + [*(0.010 * along[-1]), 0, 0]
    course = np.concatenate([path[5:], lip, path[:-MOUTH_RINGS:-1] * [1, 1, 0.74, 0.70]])
    across = np.concatenate([along[5:], along[-1:], along[:-MOUTH_RINGS:-1]])
    rings = _tube(course, across, -1, len(border))
    return np.concatenate([_sewn(outline, SPOUT, rings, np.array([-along[5, 0], along[5, 1], 0])), rings])


@dataclass(frozen=True, eq=False)
class Skin:
    """The vertices of one end, all in the order of `faces`."""

    outline: Floats
    vertices: Floats

    @classmethod
    def of(cls, vessel: Vessel) -> Skin:
        """Stack grid, middle below, middle above, handle, spout, middle of the spout's end."""
        outline = profile(vessel)
        row, column = np.mgrid[0 : len(outline), 0:COLUMNS].astype(float)
        grid = revolve(outline, row, column)
        tube, snout = handle(vessel, outline), spout(vessel, outline)
        pieces = [grid, grid[:1].mean(1), grid[-1:].mean(1), tube, snout, snout[-1:].mean(1)]
        return cls(outline, np.concatenate([piece.reshape(-1, 3) for piece in pieces]))


def _sheet(rings: Ints) -> Ints:
    """Return the triangles between closed rings of vertex numbers (rings × columns)."""
    return np.asarray(rings.ravel()[grid_faces(*rings.shape)])


def _fan(ring: Ints, middle: int) -> Ints:
    return np.stack([ring, np.roll(ring, -1), np.full_like(ring, middle)], -1)


def _wall(rows: int) -> tuple[Ints, Ints]:
    """Return the turned grid's triangles without the holes, and the zone of each."""
    faces = grid_faces(rows, COLUMNS)
    row = np.tile(np.repeat(np.arange(rows - 1), COLUMNS), 2)
    column = np.tile(np.arange(COLUMNS), 2 * (rows - 1))
    kept = np.ones(len(faces), bool)
    for hole in (UPPER, LOWER, SPOUT):
        (low, high), (left, right) = hole.rows, hole.columns
        kept &= ~((row >= low) & (row < high) & (column >= left) & (column < right))
    zone = np.searchsorted(np.cumsum([count - 1 for count in ZONES.values()]), row, side="right")
    return faces[kept], zone[kept]


def _numbered(start: int, rings: int, columns: int) -> Ints:
    return start + np.arange(rings * columns).reshape(rings, columns)


def topology(rows: int) -> tuple[Ints, Ints]:
    """Return the triangles of `Skin.vertices`, facing outward, and the part number in NAMES of each."""
    wall, zone = _wall(rows)
    top = rows * COLUMNS
    borders = [h[:, 0] * COLUMNS + h[:, 1] for h in (UPPER.border(), LOWER.border(downwards=True), SPOUT.border())]
    tube = _numbered(top + 2, HANDLE_RINGS, len(borders[0]))
    snout = _numbered(int(tube[-1, -1]) + 1, SPOUT_RINGS + MOUTH_RINGS, len(borders[2]))
    outside = np.concatenate([borders[2][None], snout[:SPOUT_RINGS]])
    pieces: list[tuple[Ints, Ints | int]] = [
        (wall, zone),
        (_fan(np.arange(COLUMNS)[::-1], top), 0),
        (_fan(np.arange(top - COLUMNS, top), top + 1), 4),
        (_sheet(np.concatenate([borders[0][None], tube, borders[1][None]]))[:, ::-1], 5),
        (_sheet(outside)[:, ::-1], 6),
        (_sheet(snout[SPOUT_RINGS - 1 :])[:, ::-1], 7),
        (_fan(snout[-1], int(snout[-1, -1]) + 1)[:, ::-1], 7),
    ]
    part = np.concatenate([np.broadcast_to(number, len(faces)) for faces, number in pieces])
    return np.concatenate([faces for faces, _ in pieces]), part


def join_skins(size: int) -> Shapes:
    """Build mug and teapot as one morph, with texture coordinates for a texture of ``size``."""
    mug, teapot = Skin.of(MUG), Skin.of(TEAPOT)
    faces, part = topology(len(mug.outline))
    uv = chart((mug.vertices + teapot.vertices) / 2, faces, size)
    return assemble((mug.vertices, teapot.vertices), faces, uv, part, NAMES, crease=CREASE)
