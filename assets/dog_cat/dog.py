"""The dog's coat: tan with a black saddle, a black mask and dark ears."""

from __future__ import annotations

import numpy as np

from assets.build.bake import Surface
from assets.build.geometry import Floats
from assets.build.noise import mix, ramp, rgb
from assets.build.sdf import Ellipsoid
from assets.dog_cat.bodies import EYES, dog
from assets.dog_cat.coat import HEAD, TRUNK, Hide, Iris, eyes, put

TAN, RED, CREAM, BLACK, SABLE = (
    rgb(196, 146, 88),
    rgb(166, 106, 54),
    rgb(222, 190, 142),
    rgb(30, 26, 25),
    rgb(88, 64, 44),
)
IRIS = Iris(inner=rgb(112, 62, 24), outer=rgb(64, 36, 18), pupil=0.50, edge=0.98, slit=1.0, glint=0.16)


def _trunk(hide: Hide) -> Floats:
    """Body and legs: warm patches, pale chest and legs, the saddle, the tail."""
    y, z, rag = hide.y, hide.z, hide.ragged
    body = hide.region(*TRUNK)
    colour = mix(np.tile(TAN, (len(y), 1)), RED, ramp(0.42, 0.62, hide.patches) * 0.55)
    pale = ramp(0.08, 0.3, z + rag) * ramp(0.3, 0.55, y) * ramp(1.15, 0.95, y) * ramp(0.20, 0.06, hide.wide)
    colour = mix(colour, CREAM, pale * 0.65 * body)
    colour = mix(colour, CREAM, hide.region("lower", "paw", "foot") * 0.45)
    colour = mix(
        colour, SABLE, ramp(0.5, 0.85, hide.locks * 0.6 + hide.patches * 0.5) * body * ramp(0.3, 0.5, y) * 0.45
    )
    collar = ramp(0.05, 0.0, np.abs(y - 0.95 + rag * 0.6) - 0.04) * ramp(0.0, 0.1, z)
    colour = mix(colour, BLACK, collar * hide.region("ruff", "neck", "chest") * 0.45)
    slope = 0.02 - 0.48 * np.clip((1.05 - y) / 0.85, 0, 1)
    saddle = (
        ramp(0.02, -0.10, z - slope - 0.33 + rag * 0.9)
        * ramp(0.16, 0.30, y + rag * 0.3)
        * ramp(1.25, 1.10, y + rag * 0.4)
    )
    thigh = ramp(0.25, 0.7, hide.region("thigh")) * ramp(0.42, 0.30, y + rag)
    colour = mix(colour, BLACK, saddle * np.clip(body * 1.2, 0, 1) * (1 - thigh) * 0.97)
    nape = ramp(0.03, -0.10, z - 0.10 - 0.33 * (y - 0.9) + rag * 0.5)
    colour = mix(colour, BLACK, nape * hide.region("neck") * 0.9)
    tail = hide.region("tail_a", "tail_b", "tail_c")
    colour = mix(colour, BLACK, tail * ramp(-0.3, 0.5, hide.surface.normals[:, 1] + rag * 3) * 0.9)
    return mix(colour, RED * 0.8, tail * 0.3)


def _face(hide: Hide, colour: Floats) -> Floats:
    """Mask, dark bridge and forehead, pale cheeks and eyebrow dots."""
    (ex, ey, ez), _, _ = EYES["dog"]
    wide, rise, rag = hide.wide, hide.y - ey, hide.ragged
    head = hide.region(*HEAD)
    behind = 0.625 - hide.z
    colour = mix(colour, rgb(206, 160, 102), head * ramp(0.06, 0.13, wide) * ramp(0.12, -0.05, rise) * 0.6)
    muzzle = ramp(0.40, 0.28, behind + rag * 0.6 + 0.9 * np.maximum(0, wide - 0.07))
    colour = mix(colour, BLACK, muzzle * head * 0.93)
    bridge = ramp(0.07, 0.03, wide + rag * 0.2) * ramp(1.20, 1.25, hide.y) * ramp(-0.02, 0.1, hide.z)
    colour = mix(colour, BLACK, bridge * head * 0.85)
    colour = mix(colour, rgb(70, 52, 38), ramp(0.03, 0.10, rise + rag * 0.4) * head * 0.78)
    lid = np.sqrt(((wide - ex) / 1.35) ** 2 + (rise * 1.15) ** 2 + ((hide.z - ez) * 0.7) ** 2)
    colour = mix(colour, rgb(24, 19, 17), ramp(0.054, 0.036, lid + rag * 0.06))
    return mix(
        colour, rgb(204, 158, 98), ramp(0.040, 0.012, np.hypot(wide - 0.068, rise - 0.060) + rag * 0.15) * head * 0.45
    )


def _ears(hide: Hide, colour: Floats) -> Floats:
    ear = hide.region("ear", "hollow")
    along, aside = hide.along_ear()
    colour = mix(colour, rgb(48, 38, 33), ear * 0.85)
    inner = ramp(0.0, 0.4, hide.surface.normals[:, 2]) * ear * ramp(0.9, 0.5, aside) * ramp(0.98, 0.7, along)
    hair = 0.75 + 0.5 * hide.hairs
    return mix(colour, np.clip(rgb(164, 124, 100)[None] * hair[:, None], 0, 1), inner * 0.85)


def paint_dog(surface: Surface) -> Floats:
    """Texels × RGBA of the dog."""
    hide = Hide(surface, dog())
    nose = hide.body["nose"]
    assert isinstance(nose, Ellipsoid)
    snout = ramp(0.012, 0.0, nose.distance(surface.points))
    mouth = ramp(0.35, 0.6, hide.region("mouth"))
    colour = _ears(hide, _face(hide, _trunk(hide)))
    toes = ramp(0.010, 0.003, np.abs(np.abs(hide.wide - 0.136) - 0.021)) * hide.region("paw") * ramp(0.33, 0.38, hide.z)
    colour = mix(colour, colour * 0.35, toes)
    colour = hide.haired(colour, snout + mouth)
    colour = mix(colour, rgb(22, 20, 21), snout)
    nostril = np.hypot((hide.wide - 0.024) / 0.013, (hide.y - 1.200) / 0.010)
    colour = mix(colour, rgb(4, 4, 4), snout * ramp(1.1, 0.8, nostril) * (hide.z > 0.62))
    colour = mix(colour, rgb(64, 26, 28), mouth * 0.9)
    shine = 0.05 + 0.5 * snout + 0.25 * mouth
    colour = eyes(surface, colour, "dog", IRIS)
    tongue = surface.on("tongue")
    groove = 1 - 0.25 * ramp(0.010, 0.0, hide.wide)
    colour = np.where(tongue[:, None], rgb(226, 116, 122)[None] * groove[:, None], colour)
    colour = put(surface.on("whisker"), colour, rgb(34, 30, 28))
    shine = np.where(surface.on("eye"), 0.9, np.where(tongue, 0.5, shine))
    return hide.finished(colour, shine)
