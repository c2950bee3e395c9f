"""Textures that belong to no class, in random colors: stylized pictures use them instead of an object's own."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from perturber.training.studio.surfaces.noise import (
    COLUMNS,
    ROWS,
    SIZE,
    Ink,
    Picture,
    Pixels,
    bars,
    cells,
    grain,
    letters,
    lit,
    mix,
    palette,
    ramp,
    saw,
    slanted,
    to_bytes,
)

Pattern = Callable[[np.random.Generator], Picture]


def four(pattern: Pattern, rng: np.random.Generator) -> Pixels:
    """A coat (4×256×256×3) of one pattern: the other three roles are shifted and recolored copies of the first."""
    first = to_bytes(pattern(rng))
    moved = [np.roll(first, tuple(rng.integers(0, SIZE, 2)), (0, 1))[..., rng.permutation(3)] for _ in range(3)]
    moved[1] = (moved[1] * np.float32(0.55)).astype(np.uint8)
    if rng.random() < 0.5:
        moved[2] = 255 - moved[2]
    return np.stack([first, *moved])


def marble(rng: np.random.Generator) -> Picture:
    a, b, c = palette(rng, 3)
    veins = saw(slanted(rng, (1, 4)) + grain(rng, 2, (1, 60)) * rng.uniform(0.3, 0.7))
    return mix(mix(a, b, ramp(grain(rng, 1.5), -1.5, 1.5)), c, ramp(veins, 0.25, 0.0))


def checker(rng: np.random.Generator) -> Picture:
    a, b = palette(rng, 2)
    first, second = int(rng.integers(3, 13)), int(rng.integers(3, 13))
    wobble = grain(rng, 2, (1, 6)) * rng.choice([0.0, 0.25])
    odd = bars(COLUMNS * first + wobble, 0.5, 0.05) != 0
    return mix(a, b, np.where(odd ^ (bars(ROWS * second + wobble, 0.5, 0.05) > 0.5), 1, 0))


def dots(rng: np.random.Generator) -> Picture:
    count = int(rng.integers(4, 18))
    found = cells(rng, (count, count), rng.choice([0.0, 0.5]))
    colors = palette(rng, 4)
    spot = ramp(found.near, *(rng.uniform(0.2, 0.42) + np.array([0.03, -0.03])))
    return mix(colors[0], colors[1:][found.number % rng.integers(1, 4)], spot)


def plaid(rng: np.random.Generator) -> Picture:
    ground, *threads = palette(rng, 4)
    cloth = np.broadcast_to(ground, (SIZE, SIZE, 3))
    for thread in threads:
        for axis in (ROWS, COLUMNS):
            band = bars(axis * rng.integers(2, 6) + rng.uniform(), rng.uniform(0.08, 0.5), 0.01)
            cloth = mix(cloth, thread, band * np.float32(0.5))
    return lit(cloth, 0.85 + 0.15 * saw((ROWS + COLUMNS) * 64))


def waves(rng: np.random.Generator) -> Picture:
    a, b, c = palette(rng, 3, 0.4)
    phase = slanted(rng, (4, 14)) + grain(rng, 2.2, (1, 8)) * rng.uniform(0.2, 1.2)
    return mix(mix(a, b, bars(phase, rng.uniform(0.3, 0.6), 0.1)), c, bars(phase + 0.25, 0.1, 0.05))


def leaves(rng: np.random.Generator) -> Picture:
    colors = palette(rng, 5)
    sheet = Ink()
    picture = np.broadcast_to(colors[0], (SIZE, SIZE, 3))
    for tone in colors[1:]:
        sheet = Ink()
        for _ in range(int(rng.integers(20, 40))):
            x, y, angle, long = rng.uniform(0, SIZE), rng.uniform(0, SIZE), rng.uniform(0, 6.3), rng.uniform(14, 34)
            t = np.linspace(0, np.pi, 7)
            side = np.concatenate([np.sin(t), -np.sin(t)]) * long * 0.3
            along = np.concatenate([-np.cos(t), np.cos(t)]) * long
            sheet.pen.polygon(
                [
                    (x + u * np.cos(angle) - v * np.sin(angle), y + u * np.sin(angle) + v * np.cos(angle))
                    for u, v in zip(along, side, strict=True)
                ],
                255,
            )
        picture = mix(picture, tone, sheet.field())
    return lit(picture, 1 + 0.08 * grain(rng, 0.6))


def bricks(rng: np.random.Generator) -> Picture:
    joint, a, b = palette(rng, 3)
    rows, columns = 2 * int(rng.integers(3, 10)), int(rng.integers(3, 8))
    level = np.floor(ROWS * rows)
    along = COLUMNS * columns + 0.5 * (level % 2)
    number = (level * columns + np.floor(along) % columns).astype(int)
    tone = rng.uniform(0, 1, rows * columns).astype(np.float32)[number]
    inside = ramp(saw(ROWS * rows), 0.08, 0.2) * ramp(saw(along), 0.03, 0.09)
    return lit(mix(joint, mix(a, b, tone), inside), 1 + 0.1 * grain(rng, 0.5))


def clouds(rng: np.random.Generator) -> Picture:
    power = rng.uniform(0.4, 1.6)
    shared = grain(rng, power)
    own = np.stack([grain(rng, power) for _ in range(3)], axis=-1)
    base, share = palette(rng, 2)[1] * 0.6 + 0.2, rng.uniform(0.2, 0.8)
    blended: Picture = base + 0.2 * (share * shared[..., None] + (1 - share) * own)
    return blended


def scribbles(rng: np.random.Generator) -> Picture:
    colors = palette(rng, int(rng.integers(3, 6)))
    picture = np.broadcast_to(colors[0], (SIZE, SIZE, 3))
    for tone in colors[1:]:
        sheet = Ink()
        for _ in range(int(rng.integers(3, 9))):
            steps = rng.normal(0, 22, (40, 2)).cumsum(0) + rng.uniform(0, SIZE, 2)
            sheet.pen.line([(float(x) % 300, float(y) % 300) for x, y in steps], 255, int(rng.integers(1, 6)), "curve")
        picture = mix(picture, tone, sheet.field())
    return picture


def rainbow(rng: np.random.Generator) -> Picture:
    phase = slanted(rng, (1, 5)) + grain(rng, 2, (1, 8)) * rng.uniform(0, 0.5)
    steps = rng.choice([0, 6, 10])
    phase = np.floor(phase * steps) / steps if steps else phase
    hue = phase[..., None] + np.array([0, 1 / 3, 2 / 3], np.float32)
    wave = 0.5 + 0.5 * np.cos(2 * np.pi * hue)
    return (wave * rng.uniform(0.6, 1) + rng.uniform(0, 0.2)).astype(np.float32)


def camouflage(rng: np.random.Generator) -> Picture:
    colors = palette(rng, 4)
    picture = np.broadcast_to(colors[0], (SIZE, SIZE, 3))
    for tone in colors[1:]:
        picture = mix(picture, tone, ramp(grain(rng, rng.uniform(1.4, 2), (2, 40)), 0.45, 0.5))
    return picture


def fabric(rng: np.random.Generator) -> Picture:
    a, b = palette(rng, 2)
    threads = int(rng.integers(16, 48))
    over = bars((COLUMNS + ROWS) * (threads // 2), 0.5, 0.1)
    thread = over * saw(COLUMNS * threads) + (1 - over) * saw(ROWS * threads)
    return lit(mix(a, b, over), 0.6 + 0.4 * thread + 0.06 * grain(rng, 0.8))


def mosaic(rng: np.random.Generator) -> Picture:
    found = cells(rng, (int(rng.integers(4, 16)), int(rng.integers(4, 16))))
    colors = palette(rng, 6)
    return mix(colors[0], colors[1:][found.number * 7 % 5], ramp(found.next - found.near, 0.02, 0.08))


def rings(rng: np.random.Generator) -> Picture:
    a, b, c = palette(rng, 3)
    count = int(rng.integers(1, 5))
    found = cells(rng, (count, count))
    phase = found.near * rng.uniform(3, 9) + 0.1 * grain(rng, 2, (1, 12))
    return mix(mix(a, b, bars(phase, 0.5, 0.15)), c, bars(phase / 2, 0.15, 0.05))


def words(rng: np.random.Generator) -> Picture:
    a, b = palette(rng, 2)
    sheet, size = Ink(), int(rng.integers(12, 40))
    for line in range(SIZE // size + 1):
        sheet.pen.text((-rng.uniform(0, size), line * size), letters(rng, 30), 255)
        sheet.write((rng.uniform(0, SIZE), (line + 0.5) * size), letters(rng, 20), size)
    return mix(a, b, sheet.field())


PATTERNS: tuple[Pattern, ...] = (
    marble,
    checker,
    dots,
    plaid,
    waves,
    leaves,
    bricks,
    clouds,
    scribbles,
    rainbow,
    camouflage,
    fabric,
    mosaic,
    rings,
    words,
)
"""All patterns; each makes one texture (256×256×3)."""
