"""The cat's coat: a gray-brown mackerel tabby with white muzzle and green eyes."""

from __future__ import annotations

import numpy as np

from assets.build.bake import Surface
from assets.build.geometry import Floats
from assets.build.noise import mix, ramp, rgb
from assets.build.sdf import Ellipsoid
from assets.dog_cat.bodies import EYES, cat
from assets.dog_cat.coat import FEET, HEAD, LEGS, TRUNK, Hide, Iris, eyes, put, toes

BASE, WARM, CREAM = rgb(154, 138, 125), rgb(169, 145, 120), rgb(222, 210, 190)
DARK, WHITE = rgb(33, 27, 23), rgb(240, 236, 228)
DEPTH = 1.16
IRIS = Iris(
    inner=rgb(210, 214, 127), outer=rgb(147, 168, 89), lid=rgb(40, 33, 29), pupil=0.70, edge=1.0, slit=0.42,
    opening=(0.98, 0.90), slant=0.14, glint=0.17,
)  # fmt: skip


def _stripes(hide: Hide) -> Floats:
    """Dark markings of body, legs and tail, 0 … 1."""
    y, z, wide, bend = hide.y, hide.z, hide.wide, hide.patches - 0.5
    body, fine = hide.region(*TRUNK), (hide.grain - 0.5) * 0.9 + (hide.locks - 0.5) * 0.6
    flank = ramp(0.2, 0.9, np.sin((y * 0.55 - z * 0.85) * 46 + 9 * bend + wide * 9) + fine)
    flank = flank * body * ramp(0.25, -0.02, z + hide.ragged) * ramp(0.04, 0.16, y)
    spine = ramp(0.055, 0.02, wide + hide.ragged * 0.1) * ramp(0.0, -0.12, z - 0.1) * ramp(0.1, 0.3, y) * body
    chest = (
        ramp(0.2, 0.7, np.sin(y * 46.4 + 12 * bend + wide * 14) + fine * 0.5)
        * body
        * ramp(0.05, 0.16, z)
        * ramp(0.04, 0.10, wide)
    )
    legs = ramp(0.15, 0.7, np.sin(y * 62 + 6 * bend + 1) + fine * 0.4) * hide.region(*LEGS)
    tail = ramp(0.0, 0.6, np.sin((hide.x * 0.8 - z * 0.9) * 38 + 4 * bend) + fine * 0.4)
    tail = tail * hide.region("tail_a", "tail_b", "tail_c")
    return np.asarray(np.clip(np.maximum.reduce([flank * 0.88, spine, chest * 0.78, legs * 0.51, tail]), 0, 1))


def _lines(hide: Hide) -> Floats:
    """The M on the forehead, cheek stripes, bars behind the ears, 0 … 1."""
    (ex, ey, _), _, _ = EYES["cat"]
    wide, rise, aside = hide.wide, hide.y - ey, hide.wide - ex
    soft = hide.ragged * 0.03

    def line(away: Floats, width: float) -> Floats:
        return ramp(width, width * 0.45, np.abs(away) + soft)

    crown = np.maximum.reduce(
        [
            line(wide - 0.016 - 0.25 * np.maximum(rise - 0.05, 0), 0.013),
            line(wide - 0.055 - 0.32 * np.maximum(rise - 0.06, 0), 0.014),
            line(wide - 0.100 - 0.30 * (rise - 0.05), 0.013),
        ]
    )
    crown = crown * ramp(0.048, 0.068, rise) * ramp(-0.03, 0.01, hide.z)
    cheek = np.maximum(
        line(rise + 0.012 + 0.35 * aside, 0.015) * ramp(0.040, 0.058, aside),
        line(rise + 0.064 + 0.25 * aside, 0.015) * ramp(0.032, 0.055, aside),
    )
    back = (
        ramp(0.15, 0.75, np.sin(hide.z * 60 + wide * 8 + 4 * hide.patches))
        * ramp(0.10, 0.02, hide.z)
        * ramp(0.0, 0.03, rise)
    )
    return np.asarray(np.clip(np.maximum.reduce([crown, cheek, back * 0.7]), 0, 1) * hide.region(*HEAD))


def _face(hide: Hide, color: Floats) -> Floats:
    """White muzzle and chin, pale rings around the eyes with dark rims, the bridge of the nose."""
    (ex, ey, ez), _, _ = EYES["cat"]
    head, below = hide.region(*HEAD), hide.y - 1.008
    pads = np.clip(hide.region("lip") + hide.region("jaw"), 0, 1) * ramp(0.01, -0.01, below + 0.010)
    around = ramp(0.078, 0.05, np.hypot(hide.wide * 0.9, (below + 0.05) * 1.1)) * ramp(0.24, 0.28, hide.z)
    color = mix(color, WHITE, np.maximum(pads, around * ramp(0.01, -0.008, below + 0.004)) * 0.89)
    ring = np.sqrt(((hide.wide - ex) / 1.25) ** 2 + (hide.y - ey) ** 2 + ((hide.z - ez) * 0.6) ** 2)
    color = mix(color, CREAM, ramp(0.076, 0.054, ring) * head * 0.61)
    color = mix(color, rgb(28, 22, 20), ramp(0.043, 0.037, ring))
    bridge = ramp(0.032, 0.015, hide.wide) * ramp(0.005, 0.025, below) * ramp(0.09, 0.05, below)
    color = mix(color, rgb(180, 142, 108), bridge * head * 0.7)
    spots = ramp(0.006, 0.003, np.abs((hide.y - 0.962 + 0.1 * hide.wide) % 0.016 - 0.008)) * ramp(
        0.5, 0.8, hide.grain + 0.2
    )
    return mix(color, rgb(90, 74, 62), spots * hide.region("lip") * ramp(0.035, 0.05, hide.wide) * 0.5)


def _mouth(hide: Hide, color: Floats) -> tuple[Floats, Floats]:
    """Nose and the line below it; also returns the mask of the nose."""
    nose = hide.body["nose"]
    assert isinstance(nose, Ellipsoid)
    away = nose.distance(hide.surface.points)
    tip = ramp(0.008, 0.0, away) * (hide.z > 0.33)
    smile = (
        ramp(0.005, 0.0015, np.abs(hide.y - 0.947 + 0.015 * np.sin(hide.wide * 44)))
        * ramp(0.070, 0.055, hide.wide)
        * ramp(0.27, 0.30, hide.z)
    )
    philtrum = (
        ramp(0.005, 0.002, hide.wide) * ramp(0.945, 0.955, hide.y) * ramp(1.0, 0.99, hide.y) * ramp(0.30, 0.33, hide.z)
    )
    color = mix(color, rgb(66, 46, 42), np.maximum(smile, philtrum) * 0.85)
    color = mix(color, rgb(96, 70, 62), ramp(0.010, 0.005, away) * (hide.z > 0.33))
    return mix(color, rgb(206, 150, 138), tip), tip


def paint_cat(surface: Surface) -> Floats:
    """Texels × RGBA of the cat."""
    hide = Hide(surface, cat())
    color = mix(np.tile(BASE, (len(hide.x), 1)), WARM, ramp(0.4, 0.62, hide.patches) * 0.82)
    bib = ramp(0.08, 0.2, hide.z) * ramp(0.11, 0.03, hide.wide + hide.ragged * 0.2) * ramp(0.95, 0.75, hide.y)
    color = mix(color, CREAM, bib * hide.region(*TRUNK) * 0.50)
    color = mix(color, CREAM, hide.region(*FEET) * 0.36)
    color = mix(color, DARK, _stripes(hide))
    color = mix(color, DARK, _lines(hide))
    color = _face(hide, color)
    ear = hide.region("ear", "point", "hollow")
    along, aside = hide.along_ear()
    inner = ramp(0.0, 0.4, surface.normals[:, 2]) * ear * ramp(0.85, 0.5, aside) * ramp(1.0, 0.75, along)
    color = mix(color, rgb(126, 105, 84), ear * 0.6)
    pink = np.clip(rgb(208, 170, 156)[None] * (0.72 + 0.5 * hide.hairs)[:, None], 0, 1)
    color = mix(color, pink, inner * 0.69)
    color = toes(hide, color, rgb(96, 80, 68))
    color, nose = _mouth(hide, hide.haired(color, 0 * along, 0.30))
    color = eyes(surface, color, "cat", IRIS)
    color = put(surface.on("tongue"), color, rgb(214, 120, 122))
    color = put(surface.on("whisker"), color, rgb(246, 244, 240))
    return hide.finished(color, np.where(surface.on("eye"), 0.95, 0.05 + 0.3 * nose), DEPTH)
