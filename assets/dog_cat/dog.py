"""The dog's coat: tan with a black saddle, a dark muzzle and dark ears."""

from __future__ import annotations

import numpy as np

from assets.build.bake import Surface
from assets.build.geometry import Floats
from assets.build.noise import mix, ramp, rgb
from assets.build.sdf import Ellipsoid
from assets.dog_cat.bodies import EYES, dog
from assets.dog_cat.coat import FEET, HEAD, TRUNK, Hide, Iris, eyes, put, toes

TAN, RED, CREAM = rgb(183, 143, 91), rgb(144, 90, 56), rgb(208, 183, 134)
BLACK, SABLE = rgb(28, 24, 23), rgb(104, 82, 62)
DEPTH = 1.46
IRIS = Iris(
    inner=rgb(150, 94, 44), outer=rgb(96, 56, 26), lid=rgb(34, 27, 24), pupil=0.44, edge=0.84, slit=1.0,
    opening=(0.74, 0.66), slant=0.16, glint=0.19,
)  # fmt: skip


def _trunk(hide: Hide) -> Floats:
    """Body and legs: warm patches, pale chest and legs, the saddle, the tail."""
    y, z, rag = hide.y, hide.z, hide.ragged
    body = hide.region(*TRUNK)
    color = mix(np.tile(TAN, (len(y), 1)), RED, ramp(0.40, 0.62, hide.patches) * 0.34)
    pale = ramp(0.08, 0.3, z + rag) * ramp(0.25, 0.5, y) * ramp(1.15, 0.95, y) * ramp(0.20, 0.06, hide.wide)
    color = mix(color, CREAM, pale * 0.12 * body)
    color = mix(color, CREAM, hide.region("lower", "wrist", "pastern", *FEET) * 0.58)
    tips = ramp(0.5, 0.85, hide.locks * 0.6 + hide.patches * 0.5) * body * ramp(0.3, 0.5, y)
    color = mix(color, SABLE, tips * 0.75)
    collar = ramp(0.05, 0.0, np.abs(y - 0.95 + rag * 0.6) - 0.04) * ramp(0.0, 0.1, z)
    color = mix(color, BLACK, collar * hide.region("ruff", "neck", "chest", "keel") * 0.65)
    border = 0.02 - 0.48 * np.clip((1.05 - y) / 0.85, 0, 1)
    saddle = (
        ramp(0.02, -0.10, z - border - 0.42 + rag * 0.9)
        * ramp(0.16, 0.30, y + rag * 0.3)
        * ramp(1.25, 1.10, y + rag * 0.4)
    )
    thigh = ramp(0.25, 0.7, hide.region("thigh")) * ramp(0.42, 0.30, y + rag)
    black = mix(np.tile(BLACK, (len(y), 1)), SABLE, ramp(0.55, 0.75, hide.patches) * 0.35)
    color = mix(color, black, saddle * np.clip(body * 1.2, 0, 1) * (1 - thigh) * 0.95)
    nape = ramp(0.03, -0.10, z - 0.10 - 0.33 * (y - 0.9) + rag * 0.5)
    color = mix(color, black, nape * hide.region("neck") * 0.85)
    tail = hide.region("tail_a", "tail_b", "tail_c")
    color = mix(color, black, tail * ramp(-0.3, 0.5, hide.surface.normals[:, 1] + rag * 3) * 0.61)
    return mix(color, RED * 0.85, tail * 0.3)


def _face(hide: Hide, color: Floats) -> Floats:
    """Dark muzzle, bridge and forehead; pale cheeks, lower lids and eyebrow dots."""
    (ex, ey, ez), _, _ = EYES["dog"]
    wide, rise, rag = hide.wide, hide.y - ey, hide.ragged
    head = hide.region(*HEAD)
    behind = 0.620 - hide.z
    color = mix(color, rgb(145, 119, 84), head * ramp(0.05, 0.11, wide) * ramp(0.12, -0.05, rise) * 0.7)
    muzzle = ramp(0.408, 0.288, behind + rag * 0.5 + 0.9 * np.maximum(0, wide - 0.07))
    color = mix(color, BLACK, muzzle * head * 0.92)
    bridge = ramp(0.060, 0.025, wide + rag * 0.2) * ramp(1.19, 1.24, hide.y) * ramp(-0.02, 0.1, hide.z)
    color = mix(color, BLACK, bridge * head * 0.88)
    color = mix(color, rgb(84, 64, 48), ramp(0.045, 0.10, rise + rag * 0.4) * head * 0.4)
    round_eye = np.sqrt(((wide - ex) / 1.3) ** 2 + (rise * 1.1) ** 2 + ((hide.z - ez) * 0.6) ** 2)
    color = mix(color, rgb(204, 164, 112), ramp(0.078, 0.052, round_eye + rag * 0.08) * head * 0.76)
    dot = np.hypot((wide - 0.068) * 0.9, rise - 0.060)
    color = mix(color, rgb(216, 178, 124), ramp(0.044, 0.016, dot + rag * 0.12) * head * 0.72)
    color = mix(color, rgb(30, 24, 22), ramp(0.043, 0.034, round_eye + rag * 0.02))
    tear = np.hypot((wide - ex + 0.034) * 1.2, rise + 0.022 + 0.5 * (wide - ex + 0.034))
    return mix(color, rgb(30, 24, 22), ramp(0.022, 0.008, tear) * (hide.z > 0.28) * 0.8)


def _ears(hide: Hide, color: Floats) -> Floats:
    ear = hide.region("ear", "point", "hollow")
    along, aside = hide.along_ear()
    dark = mix(np.tile(rgb(90, 68, 50), (len(along), 1)), rgb(44, 38, 34), ramp(0.1, 0.8, along))
    color = mix(color, dark, ear * 0.9)
    inner = ramp(0.0, 0.4, hide.surface.normals[:, 2]) * ear * ramp(0.92, 0.6, aside) * ramp(0.96, 0.7, along)
    skin = mix(np.tile(rgb(84, 67, 57), (len(along), 1)), rgb(100, 76, 64), ramp(0.35, 0.0, aside) * 0.8)
    skin = skin * (0.75 + 0.5 * hide.hairs)[:, None]
    return mix(color, np.clip(skin, 0, 1), inner * 0.85)


def paint_dog(surface: Surface) -> Floats:
    """Texels × RGBA of the dog."""
    hide = Hide(surface, dog())
    nose = hide.body["nose"]
    assert isinstance(nose, Ellipsoid)
    snout = ramp(0.012, 0.0, nose.distance(surface.points))
    mouth = ramp(0.35, 0.6, hide.region("mouth"))
    color = toes(hide, _ears(hide, _face(hide, _trunk(hide))), rgb(34, 28, 26))
    color = hide.haired(color, snout + mouth, 0.35)
    color = mix(color, rgb(30, 27, 28), snout)
    nostril = np.hypot((hide.wide - 0.023) / 0.013, (hide.y - 1.186) / 0.010)
    color = mix(color, rgb(6, 5, 5), snout * ramp(1.1, 0.8, nostril) * (hide.z > 0.61))
    groove = ramp(0.004, 0.001, hide.wide) * ramp(1.19, 1.18, hide.y)
    color = mix(color, rgb(8, 7, 7), snout * groove)
    color = mix(color, rgb(70, 32, 34), mouth * 0.9)
    shine = 0.05 + 0.5 * snout + 0.25 * mouth
    color = eyes(surface, color, "dog", IRIS)
    tongue = surface.on("tongue")
    groove = 1 - 0.25 * ramp(0.010, 0.0, hide.wide)
    color = np.where(tongue[:, None], rgb(216, 124, 128)[None] * groove[:, None], color)
    color = put(surface.on("whisker"), color, rgb(34, 30, 28))
    shine = np.where(surface.on("eye"), 0.9, np.where(tongue, 0.5, shine))
    return hide.finished(color, shine, DEPTH)
