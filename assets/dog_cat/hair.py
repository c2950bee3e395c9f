"""Roots, lengths and directions of the dog's and the cat's hairs."""

from __future__ import annotations

import numpy as np

from assets.build.bake import Surface
from assets.build.fur import Coat
from assets.build.geometry import Floats, Ints, Shapes, face_normals, unit
from assets.build.noise import ramp
from assets.build.sdf import Body
from assets.dog_cat.bodies import EYES, cat, dog
from assets.dog_cat.coat import Hide

STRANDS = 48_000
LENGTHS = {
    "dog": {
        "torso": 0.069, "rump": 0.080, "chest": 0.086, "keel": 0.091, "shoulder": 0.062, "thigh": 0.069,
        "upper": 0.047, "lower": 0.026, "wrist": 0.021, "pastern": 0.016, "paw": 0.012, "toe": 0.010, "foot": 0.016,
        "tip": 0.010, "neck": 0.097, "ruff": 0.107, "tail_a": 0.091, "tail_b": 0.107, "tail_c": 0.097,
        "skull": 0.028, "cheek": 0.058, "jaw": 0.017, "muzzle": 0.010, "lip": 0.008, "brow": 0.015,
        "ear": 0.021, "point": 0.014, "hollow": 0.024,
    },
    "cat": {
        "torso": 0.039, "rump": 0.044, "chest": 0.049, "keel": 0.051, "shoulder": 0.037, "thigh": 0.039,
        "upper": 0.029, "lower": 0.016, "wrist": 0.014, "pastern": 0.011, "paw": 0.009, "toe": 0.007, "foot": 0.010,
        "tip": 0.007, "neck": 0.044, "ruff": 0.054, "tail_a": 0.043, "tail_b": 0.043, "tail_c": 0.039,
        "skull": 0.022, "cheek": 0.041, "jaw": 0.015, "muzzle": 0.009, "lip": 0.007, "brow": 0.012,
        "ear": 0.015, "point": 0.011, "hollow": 0.022,
    },
}  # fmt: skip
"""Hair length by body part; other parts are bare."""
WIDTH = 0.0062
SHORT = 0.006
"""Shortest hair drawn as geometry; shorter ones exist only in the texture."""
LIFT = (0.16, 0.42)
"""Range of the tips' distance from the skin, as a share of the hair's length."""
HEAD, DENSER = 1.0, 1.7
"""Height at the dog's end above which hairs are denser, and by which factor."""


def coat(shapes: Shapes) -> Coat:
    """The hairs of both ends, in random order."""
    rng = np.random.default_rng(7)
    bodies = {"dog": dog(), "cat": cat()}
    corners = shapes.ends[0][shapes.faces]
    skin = shapes.part == 0
    density = np.linalg.norm(face_normals(shapes.ends[0], shapes.faces), axis=1) * skin
    density *= 1 + (DENSER - 1) * ramp(HEAD - 0.1, HEAD + 0.1, corners[..., 1].mean(1))
    hides = [_hide(shapes, end, body) for end, body in enumerate(bodies.values())]
    lengths = [_lengths(hide, kind) for hide, kind in zip(hides, bodies, strict=True)]
    hairy = np.maximum(*(length[shapes.faces].mean(1) for length in lengths)) > SHORT
    face = rng.choice(len(shapes.faces), STRANDS, p=density * hairy / (density * hairy).sum())
    weights = rng.dirichlet([1, 1, 1], STRANDS)
    jitter, lift = rng.normal(size=(STRANDS, 3)) * 0.22, rng.uniform(*LIFT, STRANDS)[:, None]
    uneven, broad = rng.uniform(0.6, 1.25, STRANDS), rng.uniform(0.7, 1.4, STRANDS)
    lay, width = [], []
    for end, (hide, length) in enumerate(zip(hides, lengths, strict=True)):
        normal = unit(_at(shapes.normals[end], shapes.faces[face], weights))
        flow = unit(_at(hide.flow, shapes.faces[face], weights)) + jitter
        flow = unit(flow - normal * (flow * normal).sum(1, keepdims=True))
        long = _at(length[:, None], shapes.faces[face], weights)[:, 0] * uneven
        long = np.where(long > SHORT, long, 0)
        lay.append(unit(flow + normal * lift) * long[:, None])
        width.append(WIDTH * broad * np.clip(long / 0.04, 0.5, 1.3))
    shade = np.exp(rng.normal(0, 0.16, STRANDS))
    return Coat(face, weights[:, 1:], (lay[0], lay[1]), (width[0], width[1]), shade)


def _at(values: Floats, corners: Ints, weights: Floats) -> Floats:
    return np.asarray(np.einsum("nk,nkc->nc", weights, values[corners]))


def _hide(shapes: Shapes, end: int, body: Body) -> Hide:
    """The body's regions and hair flow at the vertices."""
    count = len(shapes.uv)
    points = Surface(shapes.ends[end], shapes.normals[end], np.ones(count), np.zeros(count, int), shapes.names)
    return Hide(points, body)


def _lengths(hide: Hide, kind: str) -> Floats:
    """Hair length at every vertex; none around the eyes."""
    length = np.zeros(len(hide.x))
    for part, value in LENGTHS[kind].items():
        length += value * hide.region(part)
    (x, y, z), radius, _ = EYES[kind]
    away = np.sqrt((hide.wide - x) ** 2 + (hide.y - y) ** 2 + (hide.z - z) ** 2)
    bare = hide.region("nose", "mouth", "socket")
    return length * ramp(1.25 * radius, 2.2 * radius, away) * np.clip(1 - bare * 1.5, 0, 1)
