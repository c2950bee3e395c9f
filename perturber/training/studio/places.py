"""Procedural backdrops: eight kinds of place, different for every seed, and backdrops without a place."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from perturber.training.studio.surfaces import noise, patterns
from perturber.training.studio.surfaces.noise import (
    COLUMNS,
    ROWS,
    SIZE,
    Color,
    Field,
    Ink,
    Picture,
    bars,
    cells,
    color,
    grain,
    lit,
    mix,
    ramp,
    rgb,
    saw,
)

Place = Callable[[np.random.Generator], NDArray[np.uint8]]
View = Callable[[np.random.Generator], Picture]
WHITE = rgb(0.96, 0.96, 0.95)


def ground(tile: Picture, horizon: float, scale: float, slide: float) -> Picture:
    """A repeating tile on flat ground in perspective; its mean color where it would alias.

    ``horizon`` is the row (0..1) in which it ends, ``scale`` the number of tiles across the lowest row.
    """
    depth = 1 / np.maximum((ROWS - np.float32(horizon)) / np.float32(1 - horizon), 1e-2)
    u = ((COLUMNS - 0.5) * depth * np.float32(scale) + np.float32(slide)) * SIZE
    v = depth * np.float32(scale * 1.5) * SIZE
    seen = tile.reshape(-1, 3).take((v.astype(np.int64) % SIZE) * SIZE + u.astype(np.int64) % SIZE, axis=0)
    return mix(seen, tile.mean(axis=(0, 1)), ramp(depth, 2, 14) * np.float32(0.9))


def sky(rng: np.random.Generator, high: Color, low: Color, cover: float) -> Picture:
    """A sky that fades toward the horizon, with long clouds on about the share ``cover``."""
    clouds = grain(rng, 1.6, (1, 60), 2.2)
    return mix(mix(high, low, ramp(ROWS, 0, 0.6)), WHITE, 0.85 * ramp(clouds, 1.6 - 2.6 * cover, 2.8 - 2.6 * cover))


def fair_sky(rng: np.random.Generator) -> Picture:
    """A blue to gray daytime sky."""
    blue = color(rng, (198, 222), (0.15, 0.65), (0.7, 0.95))
    return sky(rng, blue, mix(blue, WHITE, 0.7), rng.uniform(0.1, 0.8))


def skyline(rng: np.random.Generator, at: float, rough: float, power: float = 1.6) -> Field:
    """Mask of the area below a random line around row ``at`` (0..1)."""
    line = np.float32(at) + np.float32(rough) * grain(rng, power, (1, 70))[:1]
    return ramp(ROWS - line, -0.004, 0.004)


def lawn(rng: np.random.Generator) -> Picture:
    """Mown grass up to a row of trees or a hedge."""
    horizon = rng.uniform(0.32, 0.5)
    green = color(rng, (78, 118), (0.5, 0.8), (0.35, 0.68))
    tile = lit(green, 1 + 0.22 * grain(rng, 0.3, (8, 128), 2, np.pi / 2) + 0.14 * grain(rng, 1.4, (1, 20)))
    straw = ramp(grain(rng, 0.4, (10, 128)), 1.3, 2.2)
    grass = ground(mix(tile, green * rgb(1.5, 1.25, 0.9), straw), horizon, rng.uniform(0.8, 1.6), rng.uniform())
    mown = bars((COLUMNS - 0.5) / (ROWS - np.float32(horizon) + 0.06) * rng.uniform(0.2, 0.5), 0.5, 0.1)
    grass = lit(grass, 1 + 0.1 * mown * rng.integers(2))
    leaf = color(rng, (88, 135), (0.4, 0.75), (0.16, 0.42))
    crowns = lit(leaf, 1 + 0.35 * grain(rng, 1.0, (3, 90)) + 0.6 * (horizon - ROWS))
    trees = skyline(rng, horizon - rng.uniform(0.08, 0.24), rng.uniform(0.015, 0.05))
    picture = mix(fair_sky(rng), crowns, trees)
    return mix(picture, grass, ramp(ROWS, horizon - 0.004, horizon + 0.006))


def street(rng: np.random.Generator) -> Picture:
    """Asphalt with lane marks between two rows of houses that meet at the vanishing point."""
    horizon, middle = rng.uniform(0.42, 0.55), rng.uniform(0.38, 0.62)
    across = np.abs(COLUMNS - np.float32(middle))
    inward = 1 / np.maximum(across, 0.02)
    picture = fair_sky(rng)
    height = np.float32(horizon) - ROWS
    near = np.where(middle > COLUMNS, 0, 1)
    house = np.floor(inward * rng.uniform(0.6, 1.0) + 0.5 * near).astype(int) % 12 + 12 * near
    tints = np.stack([color(rng, (5, 42), (0.1, 0.6), (0.35, 0.85)) for _ in range(24)])
    tall = rng.uniform(0.75, 1.5, 24).astype(np.float32)[house] * across
    floors, panes = rng.uniform(4, 7), rng.uniform(3, 5)
    windows = bars(height * inward * floors, 0.5, 0.08) * bars(inward * panes, 0.45, 0.1) * ramp(across, 0.04, 0.1)
    walls = lit(tints[house], 1 + 0.06 * grain(rng, 0.8) - 0.15 * near)
    walls = mix(walls, color(rng, (200, 230), (0.1, 0.3), (0.15, 0.4)), 0.9 * windows)
    picture = mix(picture, mix(walls, WHITE * 0.8, 0.5 * ramp(across, 0.15, 0.0)), ramp(tall - height, 0, 0.006))
    tile = lit(
        rgb(0.36, 0.36, 0.38) * np.float32(rng.uniform(0.6, 1.4)),
        1 + 0.14 * grain(rng, 0.3) + 0.1 * grain(rng, 1.6),
    )
    road = ground(tile, horizon, 1.2, 0)
    fall = np.maximum(-height, 1e-3)
    lane = (COLUMNS - np.float32(middle)) / fall
    dashes = ramp(np.abs(lane), 0.035, 0.02) * (bars(rng.uniform(0.3, 0.6) / fall + rng.uniform(), 0.5, 0.05))
    edge = rng.uniform(0.9, 1.5)
    road = mix(road, WHITE, 0.85 * (dashes + ramp(np.abs(np.abs(lane) - np.float32(edge * 0.9)), 0.04, 0.02)))
    walk = lit(rgb(0.62, 0.6, 0.58), (1 - 0.15 * bars(0.5 / fall, 0.1, 0.05)) * (1 + 0.05 * grain(rng, 0.5)))
    road = mix(road, walk, ramp(np.abs(lane), edge, edge + 0.04))
    return mix(picture, road, ramp(height, 0.002, -0.002))


def boards(rng: np.random.Generator, tone: Color, count: int) -> Picture:
    """A tile of floor boards that run away from the viewer."""
    tones = rng.uniform(0.82, 1.1, count).astype(np.float32)[np.floor(COLUMNS * count).astype(int)]
    gaps = 0.5 + 0.5 * ramp(saw(COLUMNS * count), 0.0, 0.06)
    return lit(tone, tones * gaps * (1 + 0.09 * grain(rng, 0.9, (4, 128), 12, np.pi / 2)))


def box(left: float, top: float, right: float, bottom: float, soft: float = 0.005) -> Field:
    """Mask of a rectangle with soft edges; all in 0..1."""
    rows = ramp(ROWS, top - soft, top + soft) * ramp(ROWS, bottom + soft, bottom - soft)
    return rows * ramp(COLUMNS, left - soft, left + soft) * ramp(COLUMNS, right + soft, right - soft)


def window(rng: np.random.Generator, wall: Picture, left: float, top: float, size: tuple[float, float]) -> Picture:
    """A bright window with bars and a view of green, put on a wall."""
    right, bottom = left + size[0], top + size[1]
    view = mix(fair_sky(rng), color(rng, (80, 130), (0.3, 0.6), (0.4, 0.75)), ramp(grain(rng, 1.6) + ROWS * 6, 1, 2.5))
    wall = mix(wall, WHITE * np.float32(rng.uniform(0.5, 1)), box(left - 0.02, top - 0.02, right + 0.02, bottom + 0.02))
    middle = (left + right) / 2
    panes = box(left, top, middle - 0.01, bottom) + box(middle + 0.01, top, right, bottom)
    return mix(wall, mix(view, WHITE, 0.35), panes)


def kitchen(rng: np.random.Generator) -> Picture:
    """Tiles, wall cupboards, a window, drawers and a wooden worktop in front."""
    top = rng.uniform(0.5, 0.62)
    tiles = int(rng.integers(12, 26))
    joints = ramp(saw(COLUMNS * tiles), 0.04, 0.12) * ramp(saw(ROWS * tiles * rng.choice([1, 2])), 0.04, 0.14)
    wall = lit(color(rng, (20, 220), (0.02, 0.18), (0.8, 0.95)), 0.82 + 0.18 * joints + 0.02 * grain(rng, 0.7))
    left = rng.uniform(0.1, 0.6)
    wall = window(rng, wall, left, rng.uniform(0.03, 0.08), (rng.uniform(0.25, 0.36), rng.uniform(0.24, 0.34)))
    front = color(rng, (15, 240), (0.05, 0.35), (0.55, 0.95))
    doors = int(rng.integers(4, 8))
    panel = lit(front, 0.7 + 0.3 * ramp(saw(COLUMNS * doors), 0.02, 0.06))
    knob = bars(COLUMNS * doors * 1.0 + 0.35, 0.05, 0.02)
    hung = rng.uniform(0.22, 0.3)
    cupboards = box(-1, -1, left - 0.05, hung) + box(left + 0.42, -1, 2, hung)
    wall = mix(wall, mix(panel, WHITE * 0.3, knob * box(-1, hung - 0.07, 2, hung - 0.02)), cupboards)
    wall = mix(wall, WHITE * np.float32(0.35), 0.5 * cupboards * box(-1, hung - 0.008, 2, hung))
    drawers = mix(panel, WHITE * 0.3, bars(COLUMNS * doors, 0.4, 0.03) * box(-1, top - 0.075, 2, top - 0.06))
    slab = color(rng, (20, 36), (0.3, 0.7), (0.3, 0.6))
    wall = mix(mix(wall, drawers, box(-1, top - 0.11, 2, top)), slab, box(-1, top - 0.14, 2, top - 0.11))
    for _ in range(int(rng.integers(1, 5))):
        x, high = rng.uniform(0.02, 0.9), rng.uniform(0.06, 0.14)
        pot = box(x, top - 0.14 - high, x + rng.uniform(0.03, 0.08), top - 0.14)
        wall = mix(wall, color(rng, value=(0.2, 0.9)), pot)
    oak = color(rng, (22, 36), (0.35, 0.65), (0.55, 0.82))
    table = ground(boards(rng, oak, 4), top, rng.uniform(0.7, 1.2), rng.uniform())
    return mix(wall, table, ramp(ROWS, top - 0.003, top + 0.003))


def living_room(rng: np.random.Generator) -> Picture:
    """A painted wall with framed pictures, a sofa, a shelf or a lamp, on a floor of boards with a rug."""
    foot = rng.uniform(0.5, 0.64)
    paint = color(rng, (15, 60), (0.05, 0.3), (0.65, 0.92))
    room = lit(paint, 1 + 0.03 * grain(rng, 1.4) + 0.2 * (0.4 - np.abs(COLUMNS - rng.uniform(0.2, 0.8))))
    for _ in range(int(rng.integers(1, 4))):
        x, y, wide, high = (
            rng.uniform(0.05, 0.8),
            rng.uniform(0.06, 0.18),
            rng.uniform(0.08, 0.2),
            rng.uniform(0.1, 0.18),
        )
        room = mix(room, color(rng, (20, 40), (0.1, 0.7), (0.15, 0.5)), box(x, y, x + wide, y + high))
        art = mix(WHITE, color(rng), ramp(grain(rng, 1.8), -0.5, 0.5))
        room = mix(room, art, box(x + 0.012, y + 0.012, x + wide - 0.012, y + high - 0.012))
    oak = color(rng, (16, 34), (0.4, 0.7), (0.35, 0.68))
    floor = ground(boards(rng, oak, 6), foot, rng.uniform(0.8, 1.4), rng.uniform())
    rug = lit(color(rng, saturation=(0.2, 0.6), value=(0.3, 0.8)), 1 + 0.1 * grain(rng, 0.4))
    spread = np.hypot((COLUMNS - rng.uniform(0.3, 0.7)) / 0.42, (ROWS - rng.uniform(0.78, 0.9)) / 0.12)
    floor = mix(floor, rug, rng.integers(2) * ramp(spread, 1.0, 0.97))
    room = mix(mix(room, WHITE, box(-1, foot - 0.03, 2, foot)), floor, ramp(ROWS, foot - 0.003, foot + 0.003))
    cloth, left, wide = (
        color(rng, saturation=(0.15, 0.6), value=(0.25, 0.7)),
        rng.uniform(0.0, 0.45),
        rng.uniform(0.4, 0.55),
    )
    seat, weave = foot - rng.uniform(0.04, 0.08), 1 + 0.08 * grain(rng, 0.6)
    back = lit(cloth, weave * (0.75 + 0.25 * ramp(saw((COLUMNS - left) / wide * 2), 0, 0.1)))
    room = mix(room, back * np.float32(0.85), box(left, seat - 0.14, left + wide, seat + 0.02, 0.012))
    room = mix(room, back, box(left - 0.03, seat, left + wide + 0.03, seat + 0.1, 0.012))
    for _ in range(int(rng.integers(0, 4))):
        x = left + rng.uniform(0, wide - 0.1)
        room = mix(room, lit(color(rng, (0, 60), (0.4, 0.9)), weave), box(x, seat - 0.08, x + 0.1, seat + 0.01, 0.012))
    if rng.random() < 0.5:
        x = rng.choice([rng.uniform(0.02, 0.1), rng.uniform(0.84, 0.92)])
        room = mix(room, WHITE * np.float32(0.15), box(x + 0.055, 0.3, x + 0.065, foot + 0.02))
        room = mix(room, color(rng, (38, 50), (0.1, 0.3), (0.95, 1)), box(x, 0.2, x + 0.12, 0.3))
    return room


def forest(rng: np.random.Generator) -> Picture:
    """Trunks in rows of haze, leaves above, litter below."""
    horizon = rng.uniform(0.38, 0.55)
    light = color(rng, (65, 105), (0.15, 0.45), (0.6, 0.9))
    leaf = color(rng, (75, 130), (0.45, 0.75), (0.22, 0.45))
    bark = color(rng, (20, 45), (0.15, 0.45), (0.16, 0.34))
    picture = lit(mix(light, leaf, ramp(grain(rng, 1.3, (1, 60)), -0.5, 1.2)), 1 + 0.12 * grain(rng, 0.8))
    shade = 1 + 0.32 * grain(rng, 0.75)
    for layer, count in enumerate((14, 9, 5)):
        share = (layer + 1.5) / 4
        sheet = Ink()
        for x in rng.uniform(0, SIZE, int(rng.integers(count - 2, count + 4))):
            wide, lean = rng.uniform(1.5, 3.2) * (1 + layer * 1.6), rng.normal(0, 6)
            foot = SIZE * (horizon + 0.05 * layer) + rng.uniform(0, 8)
            sheet.pen.polygon(
                [(x - wide, foot), (x - wide * 0.7 + lean, 0), (x + wide * 0.7 + lean, 0), (x + wide, foot)], 255
            )
        trunks = lit(mix(light * np.float32(0.9), bark, share), 1 + 0.18 * grain(rng, 0.7, (4, 100), 5, np.pi / 2))
        picture = mix(picture, trunks, sheet.field())
        shown = ramp(grain(rng, 1.1, (2, 90)) + 1.6 * (0.22 - ROWS) / 0.22, 0.6 + 0.3 * layer, 1.1 + 0.3 * layer)
        picture = mix(picture, lit(mix(light, leaf, share), shade), shown)
    bush = ramp(grain(rng, 1.2, (2, 80)) - np.abs(ROWS - horizon) * 26, -0.9, -0.4)
    picture = mix(picture, lit(leaf, shade), bush)
    litter = color(rng, (18, 70), (0.35, 0.65), (0.3, 0.5))
    flecks = np.sin(9 * grain(rng, 0.9, (12, 70)))
    tile = lit(mix(litter, leaf, ramp(grain(rng, 1.2), 0.2, 1.2)), 1 + 0.3 * flecks)
    floor = lit(
        ground(tile.astype(np.float32), horizon, rng.uniform(0.8, 1.4), 0), 1 + 0.22 * grain(rng, 1.7, (1, 12), 2)
    )
    return mix(picture, floor, ramp(ROWS - 0.012 * grain(rng, 1.4)[:1], horizon + 0.02, horizon + 0.05))


def desert(rng: np.random.Generator) -> Picture:
    """Rippled dunes, one behind the other, under a hot sky."""
    sand = color(rng, (24, 40), (0.38, 0.65), (0.7, 0.95))
    horizon = rng.uniform(0.35, 0.52)
    blue = color(rng, (195, 220), (0.25, 0.65), (0.7, 0.95))
    picture = sky(rng, blue, mix(blue, sand, 0.6), rng.uniform(0, 0.4))
    if rng.random() < 0.5:
        mesa = skyline(rng, horizon - 0.02, 0.03, 1.2)
        picture = mix(picture, mix(sand * rgb(0.75, 0.6, 0.55), blue, 0.35), mesa)
    for layer in range(int(rng.integers(2, 5))):
        crest = np.float32(horizon + 0.05 * layer) + np.float32(0.015 + 0.012 * layer) * grain(rng, 2.2, (1, 8))[:1]
        shading = 0.9 + 0.12 * layer / 4 + 0.1 * grain(rng, 2, (1, 6), 2) + 0.12 * ramp(ROWS - crest, 0.12, 0.0)
        picture = mix(picture, lit(sand, shading + 0.04 * grain(rng, 0.4)), ramp(ROWS - crest, -0.003, 0.004))
    ripple = bars(ROWS * rng.integers(8, 16) + 0.5 * grain(rng, 2, (1, 24), 1.5), 0.5, 0.45)
    tile = lit(sand, 0.86 + 0.2 * ripple + 0.06 * grain(rng, 0.4))
    front = lit(ground(tile, horizon, rng.uniform(0.7, 1.4), rng.uniform()), 1 + 0.06 * grain(rng, 2, (1, 5), 2))
    crest = horizon + 0.12 + 0.03 * grain(rng, 2.4, (1, 4))[:1]
    return mix(picture, front, ramp(ROWS - crest, -0.004, 0.03))


def snow(rng: np.random.Generator) -> Picture:
    """Snow with blue shadows in front of spruces, sometimes with falling snow."""
    horizon = rng.uniform(0.36, 0.52)
    gray = color(rng, (205, 225), (0.05, 0.4), (0.7, 0.92))
    picture = sky(rng, gray, mix(gray, WHITE, 0.7), rng.uniform(0.2, 0.9))
    if rng.random() < 0.5:
        peaks = skyline(rng, horizon - 0.12, 0.05, 1.5)
        picture = mix(picture, lit(mix(gray, WHITE, 0.4), 1 + 0.12 * grain(rng, 1.2)), peaks)
    dark = color(rng, (120, 200), (0.15, 0.4), (0.2, 0.36))
    for layer in range(3):
        green, white = Ink(), Ink()
        for x in rng.uniform(-10, 266, int(rng.integers(5, 12))):
            tall = rng.uniform(22, 44) * (1 + 0.5 * layer)
            foot = SIZE * (horizon + 0.015 * layer)
            for step in np.linspace(0, 0.8, 6):
                wide, top = tall * (0.28 - 0.24 * step), foot - tall * (step + 0.3)
                green.pen.polygon([(x - wide, foot - tall * step), (x, top), (x + wide, foot - tall * step)], 255)
                white.pen.line([(x - wide, foot - tall * step - 1), (x - wide * 0.2, top + 3)], 200, 2)
        trees = lit(mix(dark, gray, 0.5 - 0.22 * layer), 1 + 0.2 * grain(rng, 0.6))
        picture = mix(mix(picture, trees, green.field()), WHITE, white.field() * rng.uniform(0.3, 1))
    shade = color(rng, (205, 225), (0.08, 0.22), (0.78, 0.9))
    tile = mix(WHITE, shade, ramp(grain(rng, 1.3, (1, 60), 3), -1, 2) * 0.9)
    field = ground(lit(tile, 1 + 0.015 * grain(rng, 0.2)), horizon, rng.uniform(0.5, 1), rng.uniform())
    picture = mix(picture, field, skyline(rng, horizon, 0.008, 2))
    flakes = ramp(grain(rng, 0.5, (10, 90)), 2.2, 2.8) * rng.choice([0, 0, 1])
    return mix(picture, WHITE, 0.9 * flakes)


def underwater(rng: np.random.Generator) -> Picture:
    """Blue depth with shafts of light over a sea bed with caustics, rocks and corals."""
    horizon = rng.uniform(0.42, 0.6)
    deep = color(rng, (178, 215), (0.65, 0.95), (0.35, 0.65))
    light = mix(deep, rgb(0.65, 0.98, 0.95), 0.65)
    water = mix(light, deep, ramp(ROWS, -0.1, 0.5))
    source = rng.uniform(0, 1)
    beam = np.arctan2(COLUMNS - np.float32(source), ROWS + np.float32(0.3))
    rays = np.interp(beam, np.linspace(-1.6, 1.6, 128), grain(rng, 0.8, (1, 60))[0, :128]).astype(np.float32)
    water = lit(water, 1 + 0.16 * rays.clip(-0.5, 2) * ramp(ROWS, 0.7, 0.1))
    for layer in range(2):
        rocks = skyline(rng, horizon - 0.02 + 0.06 * layer, 0.06, 1.7)
        water = mix(water, lit(deep, 0.85 - 0.25 * layer + 0.1 * grain(rng, 1.1)), 0.7 * rocks)
    net = np.minimum(np.abs(grain(rng, 1.8, (2, 20))), np.abs(grain(rng, 1.8, (2, 20))))
    bed = mix(mix(deep, rgb(0.8, 0.8, 0.6), rng.uniform(0.3, 0.6)), light, 0.3)
    tile = lit(bed, 0.85 + 0.1 * grain(rng, 0.8)) + 0.4 * ramp(net, 0.22, 0.0)[..., None] * light
    floor = ground(tile.astype(np.float32), horizon, rng.uniform(0.7, 1.3), rng.uniform())
    picture = mix(
        water, mix(floor, deep, ramp(ROWS, horizon + 0.3, horizon) * 0.6), skyline(rng, horizon + 0.03, 0.015, 2)
    )
    for _ in range(int(rng.integers(2, 7))):
        sheet, x, foot, long = (
            Ink(),
            rng.uniform(0, SIZE),
            SIZE * (horizon + rng.uniform(0.05, 0.3)),
            rng.uniform(14, 40),
        )
        for angle in rng.uniform(-1, 1, int(rng.integers(5, 12))):
            bend = angle + rng.normal(0, 0.3)
            middle = (x + np.sin(angle) * long / 2, foot - np.cos(angle) * long / 2)
            tip = (middle[0] + np.sin(bend) * long / 2, middle[1] - np.cos(bend) * long / 2)
            sheet.pen.line([(x, foot), middle, tip], 255, int(rng.integers(3, 8)), "curve")
        picture = mix(picture, mix(color(rng, (280, 420), (0.4, 0.9), (0.5, 0.9)), deep, 0.35), sheet.field())
    bubbles = ramp(cells(rng, (12, 12)).near, 0.07, 0.04) * ramp(grain(rng, 2, (1, 6)), 0.6, 1.2)
    return mix(picture, WHITE, 0.6 * bubbles)


def _place(view: View, rng: np.random.Generator) -> NDArray[np.uint8]:
    """A view as bytes, at random exposure and warmth, mirrored half of the time, sometimes slightly out of focus."""
    picture = view(rng) * np.float32(rng.uniform(0.8, 1.12)) * rng.uniform(0.95, 1.05, 3).astype(np.float32)
    image = Image.fromarray(noise.to_bytes(picture if rng.random() < 0.5 else picture[:, ::-1]))
    small = int(rng.choice([256, 256, 170, 110]))
    return np.array(
        image.resize((small, small), Image.Resampling.BILINEAR).resize((SIZE, SIZE), Image.Resampling.BICUBIC)
    )


def gradient(rng: np.random.Generator) -> Picture:
    """Soft blends of random colors."""
    colors = noise.palette(rng, 4)
    picture = mix(colors[0], colors[1], ramp(noise.slanted(rng, (1, 1)) % 1, 0, 1))
    return mix(
        mix(picture, colors[2], ramp(grain(rng, 2.5, (1, 4)), -1, 1)), colors[3], ramp(grain(rng, 2.5, (1, 6)), 0, 2)
    )


PLACES: dict[str, Place] = {
    view.__name__: partial(_place, view)
    for view in (lawn, street, kitchen, living_room, forest, desert, snow, underwater)
}
FREE_PLACES: tuple[Place, ...] = tuple(
    partial(_place, view) for view in (gradient, patterns.clouds, *patterns.PATTERNS, patterns.clouds)
)
