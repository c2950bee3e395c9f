"""Textures of vehicles and household objects: four 256×256×3 swatches each (main, second, dark, accent)."""

from __future__ import annotations

import numpy as np

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
    letters,
    lit,
    mix,
    ramp,
    rgb,
    saw,
)

Swatches = tuple[Picture, Picture, Picture, Picture]
WHITE = rgb(0.94, 0.94, 0.92)
BLACK = rgb(0.07, 0.07, 0.08)


def between(low: float, high: float, soft: float = 0.006, axis: Field = ROWS) -> Field:
    """Mask of a band from ``low`` to ``high`` (0..1) across the swatch."""
    return ramp(axis, low - soft, low + soft) * ramp(axis, high + soft, high - soft)


def enamel(rng: np.random.Generator, tone: Color) -> Picture:
    """Paint with a soft sheen and a little dirt."""
    sheen = 1 + 0.14 * bars(ROWS + rng.uniform(), 0.3, 0.3) + 0.05 * grain(rng, 2, (1, 6)) + 0.015 * grain(rng, 0.2)
    return lit(tone, sheen)


def chrome(rng: np.random.Generator, tone: Color = WHITE) -> Picture:
    """Polished metal: hard reflected bands of ground and sky."""
    bend = ROWS * rng.integers(1, 4) + 0.025 * grain(rng, 2, (1, 5))
    return lit(tone, 0.5 + 0.4 * bars(bend, 0.4, 0.4) + 0.25 * bars(bend + 0.3, 0.1, 0.08))


def rubber(rng: np.random.Generator) -> Picture:
    """Dark rubber with treads."""
    tread = bars(COLUMNS * rng.integers(8, 20) + saw(ROWS * 2) * 1.5, 0.4, 0.1)
    return lit(BLACK * np.float32(rng.uniform(0.8, 2)), 1.2 - 0.5 * tread + 0.1 * grain(rng, 0.6))


def checkerboard(across: int, down: int) -> Field:
    """A checkerboard mask."""
    return np.where((np.floor(COLUMNS * across) + np.floor(ROWS * down)) % 2 > 0, np.float32(1), np.float32(0))


def wood(rng: np.random.Generator, tone: Color, down: bool) -> Picture:
    """Wood grain running down or to the right."""
    angle = np.pi / 2 if down else 0.0
    return lit(tone, 1 + 0.1 * grain(rng, 0.8, (4, 128), 14, angle) + 0.08 * grain(rng, 1.4, (1, 20), 6, angle))


def fire_truck(rng: np.random.Generator) -> Swatches:
    """Red enamel with white and yellow bands, panel seams and chrome; the rear in red-yellow checks."""
    red = color(rng, (352, 366), (0.85, 0.98), (0.6, 0.9))
    yellow = color(rng, (48, 62), (0.75, 1), (0.85, 1))
    body, at = enamel(rng, red), rng.uniform(0.35, 0.65)
    seams = bars(COLUMNS * rng.integers(2, 6) + rng.uniform(), 0.03, 0.01)
    body = lit(body, 1 - 0.45 * seams)
    half = rng.uniform(0.05, 0.09)
    body = mix(body, WHITE, between(at - half, at + half))
    body = mix(body, yellow, between(at + half, at + half * rng.uniform(1.3, 2)))
    body = mix(body, chrome(rng), between(0.86, 0.92) + between(0.08, 0.12))
    sheet = Ink()
    sheet.write(
        (rng.uniform(60, 196), SIZE * at),
        ["FIRE", "FIRE DEPT", "ENGINE 7", "RESCUE"][rng.integers(4)],
        int(SIZE * half * 1.6),
    )
    body = mix(body, red * np.float32(0.8), sheet.field())
    rear = mix(enamel(rng, red), yellow, checkerboard(int(rng.integers(4, 9)), int(rng.integers(4, 9))))
    return body, rear, rubber(rng), chrome(rng)


def race_car(rng: np.random.Generator) -> Swatches:
    """Two loud colors, twin stripes, a start number in a disc and rows of sponsors' blocks."""
    hue = rng.uniform(0, 360)
    first = color(rng, (hue, hue + 20), (0.85, 1), (0.7, 1))
    second = color(rng, (hue + 120, hue + 240), (0.8, 1), (0.8, 1)) if rng.random() < 0.7 else WHITE
    tilt = (COLUMNS - 0.5) * rng.uniform(-0.9, 0.9) + ROWS
    at = rng.uniform(0.3, 0.6)
    body = mix(enamel(rng, first), second, ramp(tilt, at, at + 0.01))
    body = mix(body, WHITE, between(at - 0.16, at - 0.1, axis=tilt) + between(at - 0.08, at - 0.05, axis=tilt))
    x, y, radius = rng.uniform(60, 196), rng.uniform(70, 186), rng.uniform(32, 50)
    disc, ink, blocks = Ink(), Ink(), Ink()
    disc.pen.ellipse((x - radius, y - radius, x + radius, y + radius), 255)
    ink.write((x, y), str(rng.integers(1, 100)), int(radius * 1.3))
    for _ in range(int(rng.integers(6, 12))):
        left, top = rng.uniform(0, 220), rng.choice([8, 30, 215, 236]) + rng.uniform(-3, 3)
        blocks.pen.rectangle((left, top, left + rng.uniform(18, 48), top + 14), 255)
        ink.write((left + 18, top + 7), letters(rng, 4), 12)
    body = mix(mix(body, WHITE, disc.field()), [WHITE, BLACK + 0.9 * second][rng.integers(2)], blocks.field())
    body = mix(body, BLACK, ink.field())
    carbon = lit(BLACK * 2, 1 + 0.6 * checkerboard(48, 48) + 0.1 * grain(rng, 1))
    tire = mix(rubber(rng), rgb(0.95, 0.85, 0.1), between(0.4, 0.46))
    return (
        body,
        mix(enamel(rng, second), first, bars(COLUMNS * 4 + ROWS * 4, 0.3, 0.02)),
        tire,
        mix(carbon, first, between(0.3, 0.6)),
    )


def school_bus(rng: np.random.Generator) -> Swatches:
    """Deep yellow with black rub rails, rivets and black letters."""
    yellow = color(rng, (38, 48), (0.9, 1), (0.85, 1))
    body = enamel(rng, yellow)
    count = int(rng.integers(2, 5))
    rails = bars(ROWS * count + rng.uniform(-0.1, 0.1), rng.uniform(0.12, 0.2), 0.02)
    rivets = bars(COLUMNS * 24, 0.25, 0.1) * bars(ROWS * count + 0.3, 0.03, 0.01)
    body = mix(lit(body, 1 - 0.4 * rivets), BLACK, rails * (1 - 0.1 * saw(ROWS * 64)))
    sheet = Ink()
    sheet.write((rng.uniform(112, 144), SIZE * 1.0 / count), "SCHOOL BUS", int(rng.integers(26, 36)))
    body = mix(body, BLACK, sheet.field())
    warning = mix(yellow, BLACK, bars(COLUMNS * 6 + ROWS * 6, 0.5, 0.02))
    front = mix(enamel(rng, yellow), BLACK, bars(ROWS * rng.integers(6, 10), 0.3, 0.05) * between(0.3, 0.8))
    return body, front, rubber(rng), warning


def moving_van(rng: np.random.Generator) -> Swatches:
    """Pale corrugated panels with one broad colored band that carries a name."""
    pale = color(rng, (0, 360), (0.0, 0.08), (0.8, 0.93))
    logo = color(rng, (0, 360), (0.7, 1), (0.4, 0.85))
    ribs = 0.84 + 0.2 * saw(COLUMNS * rng.integers(20, 40))
    body, at, half = (
        lit(pale, ribs + 0.03 * grain(rng, 1.6, (1, 60), 4, np.pi / 2)),
        rng.uniform(0.4, 0.6),
        rng.uniform(0.13, 0.2),
    )
    tilt = ROWS + rng.choice([0, 0, 0.25, -0.25]) * (COLUMNS - 0.5)
    body = mix(body, lit(logo, ribs), between(at - half, at + half, axis=tilt))
    sheet = Ink()
    sheet.write(
        (128, SIZE * at),
        ["MOVERS", "VAN LINES", "MOVING", "RELOCATE", "HAUL"][rng.integers(5)],
        int(rng.integers(36, 50)),
    )
    body = mix(body, WHITE, sheet.field())
    cab = lit(mix(pale, logo, between(0.8, 0.95)), 0.95 + 0.08 * bars(ROWS + 0.2, 0.3, 0.3) + 0.02 * grain(rng, 1))
    return body, cab, rubber(rng), mix(enamel(rng, logo), WHITE, bars(COLUMNS * 3 + ROWS * 3, 0.2, 0.03))


def tractor(rng: np.random.Generator) -> Swatches:
    """Farm paint (green, orange or red with a yellow or white line), scratched and splashed with mud."""
    paints = [
        ((105, 140), (0.6, 0.85), (0.3, 0.55)),
        ((18, 26), (0.85, 1), (0.7, 0.9)),
        ((0, 8), (0.7, 0.85), (0.45, 0.65)),
    ]
    paint = color(rng, *paints[rng.choice(3, p=[0.6, 0.25, 0.15])])
    line = color(rng, (46, 56), (0.85, 1), (0.85, 1))
    soil = lit(color(rng, (20, 32), (0.4, 0.6), (0.22, 0.38)), 1 + 0.2 * grain(rng, 0.8))
    at = rng.uniform(0.2, 0.5)
    louvres = bars(ROWS * rng.integers(16, 26), 0.4, 0.1) * between(0.55, 0.8) * between(0.15, 0.85, axis=COLUMNS)
    body = mix(lit(enamel(rng, paint), 1 - 0.65 * louvres), line, between(at, at + rng.uniform(0.05, 0.1)))
    splash = grain(rng, 0.9, (3, 110)) + 1.6 * (ROWS - 0.6)
    wheel = mix(enamel(rng, line), soil, ramp(grain(rng, 1.1, (2, 90)), 0.4, 0.7))
    lugs = bars(COLUMNS * 5 + saw(ROWS) * 3, 0.5, 0.06)
    tire = mix(lit(BLACK * 1.6, 1.3 - 0.6 * lugs), soil, 0.7 * ramp(grain(rng, 1.2), 0.2, 0.9))
    return (
        mix(body, soil, ramp(splash, 0.9, 1.2)),
        wheel,
        tire,
        mix(lit(paint * 0.5, 1 - 0.5 * louvres), line, between(0.4, 0.5)),
    )


def mug(rng: np.random.Generator) -> Swatches:
    """One smooth glaze, fine speckles, and one band of a simple repeated motif."""
    glaze = color(rng, (0, 360), (0.15, 0.75), (0.45, 0.95))
    motif = WHITE if rng.random() < 0.5 else color(rng, (0, 360), (0.5, 0.9), (0.15, 0.5))
    speckle = ramp(grain(rng, 0.2, (20, 100)), 2.2, 3.0)
    body = lit(glaze, 1 + 0.12 * bars(COLUMNS * 2 + rng.uniform(), 0.2, 0.3) - 0.35 * speckle)
    count, at = int(rng.integers(6, 13)), rng.uniform(0.35, 0.65)
    wide = 0.5 / count
    local, height = saw(COLUMNS * count), (ROWS - np.float32(at)) / np.float32(wide)
    shapes = [
        ramp(np.hypot(1 - local, height), 0.65, 0.55),
        ramp(np.abs(height - (local * 2 - 1)), 0.35, 0.25),
        ramp(np.abs(height) + 1 - local, 0.8, 0.72),
        ramp(np.abs(height - np.sin(2 * np.pi * COLUMNS * count) * 0.7), 0.3, 0.2),
    ]
    drawn = (
        shapes[rng.integers(4)]
        + between(at - wide * 1.7, at - wide * 1.45)
        + between(at + wide * 1.45, at + wide * 1.7)
    )
    inside = lit(mix(glaze, WHITE, 0.7), 1 - 0.3 * speckle)
    return (
        mix(body, motif, drawn.clip(0, 1)),
        inside,
        lit(rgb(0.2, 0.11, 0.06), 1 + 0.1 * grain(rng, 1.5)),
        lit(motif, 1 - 0.3 * speckle),
    )


def _flowers(rng: np.random.Generator, count: int) -> tuple[Field, Field]:
    """Masks of a floral ornament: petals and vines, and the darker parts (cores, veins)."""
    net = cells(rng, (count, count), 0.45)
    dy, dx = (ROWS - net.row) * count, (COLUMNS - net.column) * count
    turn, petals = np.arctan2(dy, dx) + net.number * np.float32(1.7), rng.integers(4, 8)
    edge = np.float32(0.27) + np.float32(0.13) * np.cos(turn * petals)
    flower = ((edge - net.near) / 0.05).clip(0, 1)
    core = ramp(net.near, 0.12, 0.08) + ramp(np.abs(net.near - edge), 0.035, 0.015)
    vine = ramp(np.abs(net.next - net.near - 0.12 * np.sin(turn * 6)), 0.07, 0.03)
    return np.maximum(flower, vine), core.clip(0, 1)


def teapot(rng: np.random.Generator) -> Swatches:
    """White porcelain under a cobalt-blue ornament of flowers and vines."""
    china = rgb(0.95, 0.96, 0.97) * np.float32(rng.uniform(0.92, 1.02))
    blue = color(rng, (215, 232), (0.65, 0.95), (0.45, 0.8))
    petals, cores = _flowers(rng, int(rng.integers(3, 6)))
    wash = 0.75 + 0.2 * grain(rng, 1.2, (2, 60))
    body = mix(mix(china, blue, petals * wash.clip(0.3, 1)), blue * np.float32(0.5), cores)
    lattice = np.maximum(bars((COLUMNS + ROWS) * 8, 0.15, 0.05), bars((COLUMNS - ROWS) * 8, 0.15, 0.05))
    gold = chrome(rng, rgb(0.9, 0.7, 0.25))
    edge = between(0.1, 0.16) + between(0.84, 0.9)
    return body, mix(mix(china, blue, lattice * between(0.2, 0.8)), blue, edge), lit(blue * 0.6, wash), gold


def barrel(rng: np.random.Generator) -> Swatches:
    """Upright oak staves of varying tones, held by riveted iron hoops."""
    oak = color(rng, (22, 34), (0.45, 0.65), (0.35, 0.65))
    staves = int(rng.integers(7, 14))
    tones = rng.uniform(0.7, 1.2, staves).astype(np.float32)[np.floor(COLUMNS * staves).astype(int)]
    wooden = lit(wood(rng, oak, True), tones * (0.25 + 0.75 * ramp(saw(COLUMNS * staves), 0.0, 0.14)))
    iron = lit(rgb(0.24, 0.23, 0.23), 1 + 0.2 * grain(rng, 0.9) + 0.3 * bars(ROWS * 4, 0.1, 0.1))
    rust = mix(iron, rgb(0.4, 0.2, 0.1), 0.6 * ramp(grain(rng, 1.4), 0.3, 1.5))
    count = int(rng.integers(2, 5))
    place = ROWS * count + rng.uniform(-0.2, 0.2)
    hoops = bars(place, rng.uniform(0.16, 0.26), 0.015)
    rivets = hoops * bars(COLUMNS * 6, 0.08, 0.03) * bars(place, 0.08, 0.03)
    body = mix(lit(wooden, 1 - 0.3 * bars(place + 0.06, 0.2, 0.1)), rust, hoops)
    lid = lit(wood(rng, oak, True), 0.4 + 0.6 * ramp(saw(COLUMNS * 6), 0, 0.1))
    return lit(body, 1 + 0.8 * rivets), lid, rust, lit(rust, 0.8 + 0.4 * saw(ROWS * 3))


def crate(rng: np.random.Generator) -> Swatches:
    """Stacked pale pine planks, dark gaps, nails at both ends and a black stencil."""
    pine = color(rng, (30, 42), (0.28, 0.5), (0.68, 0.92))
    planks = int(rng.integers(4, 8))
    tones = rng.uniform(0.82, 1.1, planks).astype(np.float32)[np.floor(ROWS * planks).astype(int)]
    knots = cells(rng, (planks, 2))
    gap = ramp(saw(ROWS * planks), 0.05, 0.11)
    boards = lit(wood(rng, pine, False), tones * (0.12 + 0.88 * gap) * (1 - 0.4 * ramp(knots.near, 0.13, 0.02)))
    nails = ramp(np.hypot((saw(COLUMNS) - 0.1) * 128, (saw(ROWS * planks * 2) - 1) * 64 / planks), 5, 3)
    sheet = Ink()
    word = ["FRAGILE", "THIS SIDE UP", "CARGO", letters(rng, 5)][rng.integers(4)]
    sheet.write((128, rng.uniform(90, 150)), word, int(rng.integers(34, 44) * min(1, 8 / len(word))))
    sheet.pen.rectangle((60, 160, 196, 163), 255)
    stencil = sheet.field() * ramp(grain(rng, 0.8), -1.4, -0.6) * (gap > 0.5)
    body = lit(mix(boards, BLACK, 0.85 * stencil), 1 - 0.75 * nails)
    frame = lit(wood(rng, pine * np.float32(0.85), True), 0.2 + 0.8 * ramp(saw(COLUMNS * 3), 0.03, 0.08))
    return body, frame, boards * np.float32(0.3), lit(boards, 1 - 0.75 * nails)


def wine_bottle(rng: np.random.Generator) -> Swatches:
    """Dark green glass with long reflections; the label is cream with lines of print and a crest."""
    glass = color(rng, (85, 140), (0.6, 0.95), (0.1, 0.26))
    shine = bars(COLUMNS * rng.integers(1, 4) + 0.006 * grain(rng, 2, (1, 4)) + rng.uniform(), 0.06, 0.05)
    body = mix(lit(glass, 0.8 + 0.5 * saw(COLUMNS * 2)), rgb(0.75, 0.88, 0.75), 0.65 * shine)
    foil = chrome(rng, color(rng, (340, 410), (0.6, 0.9), (0.3, 0.7)))
    cream = lit(color(rng, (38, 52), (0.08, 0.24), (0.88, 0.98)), 1 + 0.03 * grain(rng, 1))
    crest = color(rng, (-15, 45), (0.7, 0.9), (0.4, 0.7))
    ink, mark = Ink(), Ink()
    ink.write((128, 56), ["CHATEAU", "RESERVA", "BAROLO", "MERLOT"][rng.integers(4)], int(rng.integers(30, 42)))
    for line in range(int(rng.integers(5, 9))):
        half = rng.uniform(50, 105)
        ink.pen.rectangle((128 - half, 150 + 12 * line, 128 + half, 154 + 12 * line), 200)
    mark.pen.regular_polygon((128, 108, 30), int(rng.integers(4, 9)), int(rng.integers(0, 90)), 255)
    label = mix(mix(cream, crest, mark.field()), BLACK, ink.field())
    label = mix(label, crest, between(0.08, 0.12) + between(0.88, 0.92))
    return body, foil, lit(glass * 0.5, 1 + 0.1 * grain(rng, 1)), label


def _meander(count: int, at: float, high: float) -> Field:
    """A Greek key: a running angular spiral in a band of height ``high`` centered at ``at``."""
    key = ["11111111", "10000000", "10111110", "10100010", "10101110", "10100000", "10111111"]
    table = np.array([[int(c) for c in row] for row in key], np.float32)
    row = ((ROWS - np.float32(at)) / np.float32(high) + 0.5) * 7
    inside = (row >= 0) & (row < 7)
    column = np.floor(COLUMNS * count % 1 * 8).astype(int)
    return np.where(inside, table[np.clip(np.floor(row), 0, 6).astype(int), column], np.float32(0))


def vase(rng: np.random.Generator) -> Swatches:
    """Terracotta with black bands: Greek keys, rays and lines."""
    clay = color(rng, (14, 26), (0.6, 0.8), (0.62, 0.85))
    fired = lit(clay, 1 + 0.07 * grain(rng, 0.9, stretch=3) + 0.05 * grain(rng, 2, (1, 6)))
    paint = lit(BLACK * np.float32(1.4), 1 + 0.15 * grain(rng, 1))
    count, at = int(rng.integers(5, 10)), rng.uniform(0.3, 0.7)
    high = 7 / 8 / count
    rows = [_meander(count, at, high), bars(ROWS * 2 - 2 * at + 0.5 + high * 1.6, 0.12, 0.02)]
    other = (at + 0.5) % 1
    rays = between(other - 0.11, other + 0.11) * ramp(
        saw(COLUMNS * count * 2) - (ROWS - other + 0.11) / 0.22, -0.05, 0.05
    )
    lines = sum(between(at + s * high * k, at + s * high * k + 0.015) for s in (-1, 1) for k in (0.62, 0.74))
    body = mix(fired, paint, np.clip(np.maximum(rows[0], rays) + lines, 0, 1))
    figure = mix(paint, fired, _meander(count, 0.5, high))
    return body, figure, paint, mix(fired, paint, bars(COLUMNS * 16, 0.5, 0.05) * between(0.25, 0.75))


def table_lamp(rng: np.random.Generator) -> Swatches:
    """A trimmed shade of pleated warm cloth over brass."""
    cloth = color(rng, (34, 48), (0.12, 0.36), (0.85, 1))
    folds = saw(COLUMNS * rng.integers(14, 30) + 0.02 * grain(rng, 2, (1, 6)))
    glow = 1.05 - 0.35 * np.abs(ROWS - rng.uniform(0.4, 0.8))
    shade = lit(cloth, (0.62 + 0.42 * folds) * glow + 0.02 * grain(rng, 0.3))
    trim = color(rng, (20, 50), (0.4, 0.7), (0.35, 0.65))
    shade = mix(shade, trim, between(0.08, 0.13) + between(0.87, 0.92))
    brass = chrome(rng, color(rng, (40, 48), (0.55, 0.75), (0.75, 0.95)))
    dark = chrome(rng, rgb(0.45, 0.33, 0.14))
    return shade, brass, dark, lit(mix(cloth, trim, 0.3), 0.7 + 0.3 * folds)


def soccer_ball(rng: np.random.Generator) -> Swatches:
    """White leather hexagons around black patches, seams between them."""
    count = int(rng.integers(2, 4))
    across, down = 3 * count, 2 * round(3 * count / np.sqrt(3))
    y, x = ROWS * down, COLUMNS * across
    best = np.full((2, SIZE, SIZE), 9, np.float32)
    black = np.zeros((SIZE, SIZE), bool)
    for step in (-1, 0, 1):
        row = np.floor(y + 0.5) + step
        odd = row - 2 * np.floor(row / 2)
        column = np.floor(x - 0.5 * odd + 0.5)
        for side in (-1, 0, 1):
            off = ((y - row) * np.float32(0.866)) ** 2 + (x - 0.5 * odd - column - side) ** 2
            nearer = off < best[0]
            best[1] = np.where(nearer, best[0], np.minimum(best[1], off))
            best[0] = np.where(nearer, off, best[0])
            black = np.where(nearer, (column + side - odd).astype(np.int32) % 3 == 0, black)
    best = np.sqrt(best)
    edge = best[1] - best[0]
    leather = 1 + 0.03 * grain(rng, 0.4) - 0.25 * best[0]
    ball = mix(lit(WHITE, leather), lit(BLACK * np.float32(rng.uniform(1, 2)), leather), black.astype(np.float32))
    ball = mix(ball, rgb(0.35, 0.35, 0.37), ramp(edge, 0.07, 0.03))
    dirt = mix(ball, rgb(0.4, 0.36, 0.2), 0.4 * ramp(grain(rng, 1.4), rng.uniform(0.3, 2), 3))
    plain = mix(lit(WHITE, leather), rgb(0.35, 0.35, 0.37), ramp(edge, 0.07, 0.03))
    spot = mix(lit(WHITE, leather), color(rng, saturation=(0.7, 1)), black.astype(np.float32))
    return dirt, plain, lit(BLACK, leather), spot
