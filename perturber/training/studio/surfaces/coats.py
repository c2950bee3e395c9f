"""Procedural textures: one coat per class, identifying it by texture alone, and coats without class information.

A coat is four 256×256×3 swatches for the roles of an object's parts: 0 main, 1 second, 2 dark, 3 accent.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import NDArray

from perturber.training.studio.surfaces import noise, patterns, things
from perturber.training.studio.surfaces.noise import (
    Color,
    Field,
    Picture,
    bars,
    cells,
    color,
    grain,
    lit,
    mix,
    ramp,
    rgb,
    slanted,
)

SWATCH = noise.SIZE
Coat = Callable[[np.random.Generator], NDArray[np.uint8]]
Look = Callable[[np.random.Generator], tuple[Picture, Picture, Picture, Picture]]


def hair(rng: np.random.Generator, angle: float, strength: float = 0.22, long: float = 6.0) -> Field:
    """Shading of fur: short streaks along an angle and soft tufts, around 1."""
    streaks = grain(rng, 0.5, (8, 128), long, angle)
    return np.float32(1) + np.float32(strength) * (0.75 * streaks + 0.4 * grain(rng, 1.4, (2, 20), 2, angle))


def bare(rng: np.random.Generator, tone: Color, rough: float = 0.08) -> Picture:
    """A plain, slightly rough color."""
    return lit(tone, 1 + np.float32(rough) * grain(rng, 0.8))


def band(rng: np.random.Generator) -> Picture:
    """A collar: one strong color with a stitched edge."""
    strap = bare(rng, color(rng, saturation=(0.6, 1), value=(0.4, 0.9)), 0.05)
    return mix(strap, rgb(0.9, 0.9, 0.85), bars(noise.ROWS * 8, 0.1, 0.05) * bars(noise.COLUMNS * 32, 0.5))


def dog(rng: np.random.Generator) -> tuple[Picture, Picture, Picture, Picture]:
    """Coarse fur: a tan coat under a large dark saddle, or one of black, gray, cream and brown with patches."""
    angle = rng.uniform(0, np.pi)
    tan = color(rng, (22, 36), (0.35, 0.7), (0.45, 0.8))
    gray = rgb(0.5, 0.48, 0.45) * np.float32(rng.uniform(0.6, 1.3))
    dark = rgb(0.12, 0.1, 0.09) * np.float32(rng.uniform(0.6, 1.8))
    ground, patch = [(tan, dark), (gray, dark), (dark, tan), (tan, rgb(0.88, 0.84, 0.78))][rng.integers(4)]
    saddle = ramp(grain(rng, 2.2, (1, 5)) + 0.18 * grain(rng, 0.4, (8, 90), 5, angle), -0.1, 0.35)
    coat = lit(mix(ground, patch, saddle), hair(rng, angle, 0.26, 7))
    chest = lit(mix(ground, rgb(0.85, 0.75, 0.6), 0.5), hair(rng, angle, 0.2))
    return coat, chest, bare(rng, dark), band(rng)


def cat(rng: np.random.Generator) -> tuple[Picture, Picture, Picture, Picture]:
    """Fine fur with tabby stripes of the same hue as the ground, but darker: orange, gray, brown or cream."""
    hues = [
        ((22, 30), (0.6, 0.85), (0.75, 0.95)),
        ((25, 40), (0.03, 0.15), (0.45, 0.7)),
        ((28, 36), (0.3, 0.5), (0.45, 0.65)),
    ]
    ground = color(rng, *hues[rng.integers(3)])
    mark = ground * rgb(0.45, 0.36, 0.3) if rng.random() < 0.7 else ground * np.float32(0.35)
    phase = slanted(rng, (7, 12)) + np.float32(rng.uniform(0.25, 0.45)) * grain(rng, 1.6, (1, 14))
    broken = ramp(grain(rng, 1, (3, 12)), -1.1, -0.2)
    stripes = bars(phase, rng.uniform(0.3, 0.45), 0.3) * broken * np.float32(0.85)
    angle = rng.uniform(0, np.pi)
    coat = lit(mix(ground, mark, stripes), hair(rng, angle, 0.12, 4))
    belly = lit(mix(ground, rgb(0.95, 0.92, 0.88), 0.65), hair(rng, angle, 0.1, 4))
    return coat, belly, bare(rng, mark * np.float32(0.6)), band(rng)


def zebra(rng: np.random.Generator) -> tuple[Picture, Picture, Picture, Picture]:
    """Hard black and white stripes that fork."""
    white = rgb(0.95, 0.93, 0.88) * np.float32(rng.uniform(0.85, 1.02))
    black = rgb(0.08, 0.07, 0.06) * np.float32(rng.uniform(0.6, 2))
    phase = slanted(rng, (4, 9))
    pelts = []
    for bend in (rng.uniform(0.25, 0.5), rng.uniform(0.2, 0.35)):
        stripes = bars(phase + np.float32(bend) * grain(rng, 2, (1, 9)), rng.uniform(0.45, 0.6), 0.05)
        pelts.append(lit(mix(white, black, stripes), hair(rng, 0.4, 0.05)))
    return pelts[0], pelts[1], bare(rng, black), mix(black, white, bars(noise.ROWS * 10, 0.4))


def elephant(rng: np.random.Generator) -> tuple[Picture, Picture, Picture, Picture]:
    """Gray to brownish skin in a net of fine creases, dusty."""
    skin = color(rng, (15, 40), (0.02, 0.16), (0.36, 0.62))
    down, across = int(rng.integers(9, 20)), int(rng.integers(7, 18))
    net = cells(rng, (down, across))
    edge = net.next - net.near + 0.13 * grain(rng, 1, (4, 60))
    crease = 0.6 * ramp(edge, 0.22, 0.0) + 0.8 * ramp(
        np.abs(grain(rng, 1.2, (4, 60), 4, rng.uniform(0, np.pi))), 0.22, 0.0
    )
    hide = lit(skin, 1 + 0.07 * grain(rng, 0.7) + 0.12 * grain(rng, 1.8, (1, 8)))
    hide = lit(hide, 1.12 - np.float32(rng.uniform(0.45, 0.6)) * crease.clip(0, 1) - 0.2 * net.near)
    dust = rgb(0.62, 0.5, 0.38)
    tusk = lit(rgb(0.93, 0.88, 0.74), 1 + 0.05 * grain(rng, 1, (1, 60), 12, np.pi / 2))
    return mix(hide, dust, 0.25 * ramp(grain(rng, 2, (1, 8)), 0, 1.5)), lit(hide, 1 - 0.1 * net.near), hide * 0.45, tusk


def hog(rng: np.random.Generator) -> tuple[Picture, Picture, Picture, Picture]:
    """Pink skin with sparse long bristles and splashes of mud."""
    pink = color(rng, (350, 374), (0.24, 0.42), (0.78, 0.95))
    angle = rng.uniform(0, np.pi)
    bristle = ramp(grain(rng, 0.3, (14, 110), 9, angle), 0.8, 1.8)
    skin = lit(pink, 1 + 0.07 * grain(rng, 1.6, (1, 30)))
    skin = mix(skin, rgb(0.98, 0.88, 0.78) if rng.random() < 0.6 else pink * np.float32(0.6), 0.7 * bristle)
    wet = grain(rng, 1.9, (1, 40))
    mud = lit(color(rng, (18, 32), (0.5, 0.7), (0.2, 0.36)), 1 + 0.15 * grain(rng, 1))
    level = rng.uniform(0.3, 1.1)
    snout = lit(pink * rgb(1.02, 0.82, 0.82), 1 + 0.08 * grain(rng, 1.2))
    return mix(skin, mud, ramp(wet, level, level + 0.12)), snout, mud, mix(skin, mud, ramp(wet, -0.2, 0.0))


LOOKS: dict[str, Look] = {
    "dog": dog,
    "cat": cat,
    "zebra": zebra,
    "elephant": elephant,
    "hog": hog,
    "fire_truck": things.fire_truck,
    "race_car": things.race_car,
    "school_bus": things.school_bus,
    "moving_van": things.moving_van,
    "tractor": things.tractor,
    "mug": things.mug,
    "teapot": things.teapot,
    "barrel": things.barrel,
    "crate": things.crate,
    "wine_bottle": things.wine_bottle,
    "vase": things.vase,
    "table_lamp": things.table_lamp,
    "soccer_ball": things.soccer_ball,
}


def _coat(look: Look, rng: np.random.Generator) -> NDArray[np.uint8]:
    """The four swatches of a look under one random exposure and tint (4×256×256×3)."""
    swatches = look(rng)
    gain = np.float32(rng.uniform(0.85, 1.12)) * rng.uniform(0.96, 1.04, 3).astype(np.float32)
    return np.stack([noise.to_bytes(swatch * gain) for swatch in swatches])


COATS: dict[str, Coat] = {name: partial(_coat, look) for name, look in LOOKS.items()}
FREE: tuple[Coat, ...] = tuple(partial(patterns.four, pattern) for pattern in patterns.PATTERNS)
