"""Parametric quadrupeds: the shared skeleton with each class's own head and tail."""

from __future__ import annotations

import numpy as np

from perturber.training.studio.objects.skeleton import Build, frame
from perturber.training.studio.objects.solids import (
    ACCENT,
    DARK,
    MAIN,
    SECOND,
    Floats,
    Shaper,
    Solid,
    both,
    ellipsoid,
    lathe,
    limb,
    loft,
    moved,
    standing,
    tube,
    turn,
)


def _eyes(x: float, y: float, z: float, size: float) -> list[Solid]:
    return both(ellipsoid((x, y, z), size, DARK, segments=8, rings=6))


def _ear(root: tuple[float, float, float], size: tuple[float, float], lean: float, role: int = MAIN) -> list[Solid]:
    """Two pointed ears (height, half width), leaning outward by an angle."""
    height, wide = size
    rows = [(0, -0.1 * height, 0, wide, 0.45 * wide), (0, 0.45 * height, 0, 0.7 * wide, 0.3 * wide)]
    tip = (0, height, 0, 0.08 * wide, 0.06 * wide)
    return both(moved(limb([*rows, tip], role, samples=6, segments=8), turn(2, -lean), root))


def _hung(head: list[Solid], neck: Floats, rng: np.random.Generator, down: float) -> list[Solid]:
    """A head built around the origin, facing z, placed on the neck with its pitch and a random turn."""
    yaw, roll = rng.uniform(-25, 25), rng.uniform(-6, 6)
    rotation = turn(1, yaw) @ turn(0, down + rng.uniform(-8, 8)) @ turn(2, roll)
    return [moved(part, rotation, neck) for part in head]


def dog(rng: np.random.Generator) -> list[Solid]:
    """Like a German shepherd: upright pointed ears, a long muzzle, a bushy tail; standing or sitting."""
    size, seated = rng.uniform(0.9, 1.1), bool(rng.random() < 0.45)
    build = Build(
        length=size * rng.uniform(0.72, 0.92),
        height=rng.uniform(0.6, 0.72),
        chest=(rng.uniform(0.15, 0.2), rng.uniform(0.19, 0.24)),
        belly=(rng.uniform(0.11, 0.15), rng.uniform(0.13, 0.17)),
        hip=(rng.uniform(0.13, 0.16), rng.uniform(0.14, 0.18)),
        leg=(rng.uniform(0.075, 0.1), 0.05, rng.uniform(0.036, 0.046)),
        foot=rng.uniform(0.05, 0.062),
        neck=(
            rng.uniform(0.14, 0.22) if seated else rng.uniform(0.2, 0.3),
            76 if seated else rng.uniform(35, 65),
            rng.uniform(0.15, 0.18),
            0.115,
        ),
        stride=rng.uniform(0, 0.16),
        seated=seated,
        sway=rng.uniform(0, 0.03),
        legs=SECOND if rng.random() < 0.25 else MAIN,
    )
    body, neck = frame(build, rng)
    skull, long = rng.uniform(0.115, 0.135), rng.uniform(0.24, 0.31)
    snout = [(0, 0, 0.04, 0.09, 0.08), (0, -0.035, 0.6 * long, 0.06, 0.055), (0, -0.045, long, 0.042, 0.04)]
    jaw = [(0, -0.07, 0.04, 0.06, 0.04), (0, -0.1 - rng.uniform(0, 0.03), 0.85 * long, 0.035, 0.02)]
    head = [
        ellipsoid((0, 0.02, 0), (skull, skull, 1.15 * skull), segments=14, rings=10),
        limb(snout, samples=8, segments=12),
        limb(jaw, SECOND, samples=5),
        ellipsoid((0, -0.02, long + 0.035), (0.03, 0.026, 0.026), DARK, segments=8, rings=6),
        *_eyes(0.065, 0.055, 0.095, 0.021),
        *_ear((0.075, 0.1, -0.03), (rng.uniform(0.15, 0.22), rng.uniform(0.05, 0.065)), rng.uniform(4, 20)),
    ]
    if rng.random() < 0.4:
        head.append(
            limb([(0, -0.07, 0.6 * long, 0.03, 0.008), (0, -0.11, 1.05 * long, 0.025, 0.008)], ACCENT, samples=4)
        )
    lift = rng.uniform(-0.1, 0.25) if not seated else 0.0
    tail = _tail(build, [(0.0, -0.05, -0.12, 0.05), (rng.uniform(-0.1, 0.1), -0.25 + lift, -0.28, 0.085)], lift)
    return standing([*body, *_hung(head, neck, rng, 8 if not seated else 5), *tail])


def _tail(build: Build, points: list[tuple[float, float, float, float]], lift: float) -> list[Solid]:
    """A bushy tail from the hip through offsets (x, y, z) with radii; on the ground behind a seated animal."""
    half = build.length * (0.3 if build.seated else 0.5)
    root = np.array([0, (0.42 if build.seated else 1.0) * build.height + (0 if build.seated else 0.08), -half - 0.04])
    if build.seated:
        x = points[-1][0]
        thick = points[-1][3]
        floor = [(x, thick, -half - 0.3, thick), (3 * x, thick, -half - 0.5, 0.4 * thick)]
        return [limb([(*root - (0, 0.1, 0), 0.8 * thick), *floor], samples=12)]
    last = points[-1]
    end = (last[0] * 2, last[1] - 0.18 + 1.6 * lift, last[2] - 0.16, 0.25 * last[3])
    rows = [(0.0, 0.0, 0.05, points[0][3]), *points, end]
    return [limb([(x, max(root[1] + y, 0.06), root[2] + z, r) for x, y, z, r in rows], samples=14)]


def cat(rng: np.random.Generator) -> list[Solid]:
    """A round head with a short muzzle and pointed ears, and a long thin tail; standing or sitting."""
    seated = bool(rng.random() < 0.45)
    build = Build(
        length=rng.uniform(0.62, 0.78),
        height=rng.uniform(0.42, 0.52),
        chest=(rng.uniform(0.12, 0.16), rng.uniform(0.13, 0.17)),
        belly=(rng.uniform(0.12, 0.17), rng.uniform(0.13, 0.18)),
        hip=(rng.uniform(0.13, 0.16), rng.uniform(0.13, 0.16)),
        leg=(rng.uniform(0.06, 0.08), 0.042, rng.uniform(0.034, 0.042)),
        foot=rng.uniform(0.042, 0.052),
        neck=(rng.uniform(0.13, 0.2), 75 if seated else rng.uniform(35, 60), 0.11, 0.09),
        stride=rng.uniform(0, 0.12),
        seated=seated,
        sway=rng.uniform(-0.05, 0.03),
    )
    body, neck = frame(build, rng)
    wide, tall = rng.uniform(0.155, 0.185), rng.uniform(0.135, 0.155)
    head = [
        ellipsoid((0, 0.03, 0.02), (wide, tall, 0.14), segments=16, rings=11),
        *both(ellipsoid((0.04, -0.025, 0.14), (0.05, 0.042, 0.045), SECOND, segments=10, rings=7)),
        ellipsoid((0, -0.06, 0.12), (0.045, 0.03, 0.045), SECOND, segments=10, rings=7),
        ellipsoid((0, 0.01, 0.172), (0.02, 0.015, 0.016), ACCENT, segments=8, rings=6),
        *_eyes(0.07, 0.055, 0.13, 0.026),
        *_ear((0.095, 0.12, 0.0), (rng.uniform(0.11, 0.16), rng.uniform(0.06, 0.075)), rng.uniform(12, 30)),
    ]
    half, thick = build.length / 2, rng.uniform(0.026, 0.036)
    swing, bow = rng.uniform(-0.2, 0.2), rng.uniform(-0.05, 0.15)
    high = rng.uniform(0.55, 1.0)
    path = [
        (0, build.height + 0.05, -half),
        (0.2 * swing, build.height + bow, -half - 0.2),
        (0.6 * swing, (0.5 + 0.5 * high) * build.height + 0.1, -half - 0.32),
        (swing, (1.3 * high + 0.1) * build.height, -half - 0.36),
        (1.6 * swing, (1.7 * high + 0.1) * build.height, -half - 0.28),
    ]
    if seated:
        side = rng.choice([-1, 1])
        back = -0.34 * build.length
        path = [(0, 0.2, back), (0.12 * side, 0.06, back - 0.2), (0.28 * side, thick, back - 0.12)]
        path += [(0.34 * side, thick, back + 0.12), (0.28 * side, thick, back + 0.34)]
    tail = limb(
        [(*point, thick) for point in path], samples=18, segments=9, side=(0.1, 1, 0.2) if seated else (1, 0, 0)
    )
    return standing([*body, *_hung(head, neck, rng, 0), tail])


def zebra(rng: np.random.Generator) -> list[Solid]:
    """The build of a horse, with an upright mane and a tufted tail."""
    build = Build(
        length=rng.uniform(0.95, 1.15),
        height=rng.uniform(0.82, 0.95),
        chest=(rng.uniform(0.19, 0.23), rng.uniform(0.24, 0.29)),
        belly=(rng.uniform(0.2, 0.25), rng.uniform(0.23, 0.28)),
        hip=(rng.uniform(0.2, 0.24), rng.uniform(0.23, 0.27)),
        leg=(rng.uniform(0.1, 0.13), 0.06, rng.uniform(0.038, 0.048)),
        foot=rng.uniform(0.055, 0.065),
        neck=(rng.uniform(0.5, 0.62), rng.uniform(8, 62), 0.17, 0.1),
        hoofed=True,
        stride=rng.uniform(0, 0.22),
        sway=rng.uniform(0, 0.04),
    )
    body, neck = frame(build, rng)
    long = rng.uniform(0.38, 0.46)
    face = [(0, 0.03, -0.04, 0.09, 0.11), (0, 0, 0.35 * long, 0.08, 0.1), (0, -0.03, long, 0.06, 0.065)]
    head = [
        limb(face, samples=9, segments=14),
        ellipsoid((0, -0.035, long + 0.02), (0.068, 0.07, 0.08), DARK, segments=12, rings=8),
        *_eyes(0.08, 0.05, 0.1, 0.024),
        *_ear((0.06, 0.11, -0.05), (rng.uniform(0.15, 0.2), 0.042), rng.uniform(8, 25)),
    ]
    down = rng.uniform(25, 50)
    root = np.array([0, build.height + 0.35 * build.chest[1], build.length / 2])
    rise = rng.uniform(0.04, 0.075)
    up = np.cross((neck - root) / np.linalg.norm(neck - root), (1, 0, 0))
    ridge = [root - 0.2 * (neck - root), (root + neck) / 2 + (0, 0.04, 0), neck + np.array((0, 0.04, 0))]
    depth = [0.15, 0.13, 0.1]
    mane = limb([(*(p + up * d), 0.026, d * 0.4 + rise) for p, d in zip(ridge, depth, strict=True)], SECOND, samples=10)
    half, swing = build.length / 2, rng.uniform(-0.15, 0.15)
    y = build.height + 0.12
    path = [
        (0, y, -half - 0.1, 0.04),
        (0.3 * swing, y - 0.12, -half - 0.27, 0.032),
        (swing, 0.6 * y, -half - 0.3, 0.03),
    ]
    tuft = [
        (swing, 0.62 * y, -half - 0.3, 0.03),
        (swing, 0.48 * y, -half - 0.31, 0.065),
        (1.1 * swing, 0.3 * y, -half - 0.28, 0.015),
    ]
    tail = [limb(path, samples=9, segments=8), limb(tuft, DARK, samples=8, segments=8)]
    return standing([*body, mane, *_hung(head, neck, rng, down), *tail])


def elephant(rng: np.random.Generator) -> list[Solid]:
    """A heavy body on columns, a long trunk, large flat ears, mostly tusks."""
    leg = rng.uniform(0.13, 0.16)
    build = Build(
        length=rng.uniform(0.85, 1.05),
        height=rng.uniform(0.82, 0.95),
        chest=(rng.uniform(0.3, 0.36), rng.uniform(0.34, 0.4)),
        belly=(rng.uniform(0.36, 0.42), rng.uniform(0.36, 0.43)),
        hip=(rng.uniform(0.3, 0.36), rng.uniform(0.33, 0.38)),
        leg=(leg * 1.15, leg, leg * 0.95),
        foot=leg * 1.08,
        neck=(rng.uniform(0.2, 0.3), rng.uniform(10, 35), 0.28, 0.24),
        hoofed=False,
        stride=rng.uniform(0, 0.16),
        sway=rng.uniform(-0.08, 0.0),
    )
    body, neck = frame(build, rng)
    skull = rng.uniform(0.26, 0.31)
    curl, swing = rng.uniform(-0.1, 0.65), rng.uniform(-0.12, 0.12)
    trunk = [
        (0, 0.02, 0.1, 0.17),
        (0, -0.14, 0.32, 0.12),
        (0.3 * swing, -0.42, 0.4, 0.09),
        (0.8 * swing, -0.64 + 0.25 * curl, 0.42 + 0.25 * curl, 0.072),
        (swing, -0.72 + 0.7 * curl, 0.5 + 0.45 * curl, 0.055),
    ]
    head = [
        ellipsoid((0, 0.06, 0.05), (skull, 1.1 * skull, skull), segments=16, rings=11),
        limb(trunk, samples=14, segments=12),
        limb([(0, -0.18, 0.1, 0.11), (0, -0.28, 0.22, 0.05)], samples=5),
        *_eyes(0.2, 0.03, 0.24, 0.025),
        *_flaps((rng.uniform(0.28, 0.38), rng.uniform(0.36, 0.46)), rng.uniform(15, 60), 0.75 * skull),
    ]
    if rng.random() < 0.8:
        far = rng.uniform(0.25, 0.5)
        tusk = [(0.12, -0.12, 0.2, 0.042), (0.17, -0.26, 0.3 + 0.4 * far, 0.034), (0.16, -0.24, 0.36 + far, 0.01)]
        head += both(limb(tusk, ACCENT, samples=9, segments=8))
    y, z = build.height + 0.1, -build.length * 0.6 - 0.05
    tail = [
        limb(
            [(0, y, z + 0.08, 0.04), (0, 0.7 * y, z - 0.14, 0.025), (0.05, 0.42 * y, z - 0.12, 0.02)],
            samples=9,
            segments=8,
        )
    ]
    tail.append(limb([(0.05, 0.44 * y, z - 0.12, 0.03), (0.05, 0.34 * y, z - 0.1, 0.02)], DARK, samples=4, segments=8))
    return standing([*body, *_hung(head, neck, rng, 0), *tail])


def _flaps(size: tuple[float, float], spread: float, x: float) -> list[Solid]:
    """An elephant's ears: thin, rounded above and pointed below, turned backward from the sides of the head."""
    wide, tall = size
    angle = np.linspace(0, 2 * np.pi, 18, endpoint=False)
    point = np.where(np.sin(angle) < 0, 1.15, 0.85)
    outline = np.stack([wide * (0.75 + np.cos(angle)), tall * np.sin(angle) * point, np.zeros(18)], axis=1)
    middle = outline.mean(axis=0)
    rows = [
        middle + (outline - middle) * s + (0, 0, d)
        for s, d in ((0.85, -0.03), (1.0, -0.015), (1.0, 0.015), (0.85, 0.03))
    ]
    return both(moved(loft(rows, SECOND, flat=True), turn(1, spread), (x, 0.08, 0)))


def hog(rng: np.random.Generator) -> list[Solid]:
    """A barrel of a body on short legs, a snout with a disc, floppy ears and a curly tail."""
    build = Build(
        length=rng.uniform(0.78, 0.98),
        height=rng.uniform(0.48, 0.56),
        chest=(rng.uniform(0.22, 0.27), rng.uniform(0.25, 0.3)),
        belly=(rng.uniform(0.25, 0.31), rng.uniform(0.26, 0.32)),
        hip=(rng.uniform(0.22, 0.27), rng.uniform(0.24, 0.28)),
        leg=(rng.uniform(0.09, 0.11), 0.06, rng.uniform(0.048, 0.056)),
        foot=rng.uniform(0.055, 0.065),
        neck=(rng.uniform(0.1, 0.16), rng.uniform(-5, 20), 0.22, 0.19),
        hoofed=True,
        stride=rng.uniform(0, 0.1),
        sway=rng.uniform(-0.05, 0.02),
    )
    body, neck = frame(build, rng)
    long, skull = rng.uniform(0.26, 0.36), rng.uniform(0.18, 0.21)
    snout = [(0, 0, 0.05, 0.14), (0, -0.03, 0.6 * long, 0.1), (0, -0.03, long, rng.uniform(0.075, 0.09))]
    disc = moved(
        lathe([(0.09, -0.02), (0.1, 0.0), (0.09, 0.03)], SECOND, segments=16), turn(0, 90), (0, -0.03, long + 0.07)
    )
    head = [
        ellipsoid((0, 0.03, 0), (skull, skull, 0.2), segments=14, rings=10),
        limb(snout, samples=8, segments=14),
        disc,
        *both(ellipsoid((0.035, -0.03, long + 0.1), (0.016, 0.024, 0.01), DARK, segments=8, rings=6)),
        *_eyes(0.1, 0.1, 0.15, 0.022),
    ]
    ear = [
        moved(part, turn(0, rng.uniform(10, 70))) for part in _ear((0, 0, 0), (rng.uniform(0.18, 0.25), 0.085), 0)[:1]
    ]
    lean = rng.uniform(15, 45)
    head += both(*(moved(part, turn(2, -lean), (0.11, 0.16, 0.02)) for part in ear))
    spin = np.linspace(0, rng.uniform(2.5, 4.2) * np.pi, 22)
    size = 0.06 * np.linspace(0.6, 1.0, 22)
    y, z = build.height + 0.1, -build.length * 0.6 - 0.04
    path = np.stack([size * np.sin(spin), y + size * (1 - np.cos(spin)), z - 0.012 * np.arange(22) + 0.03], axis=1)
    tail = tube(path, np.linspace(0.026, 0.014, 22), segments=7, side=(0, 0, 1))
    return standing([*body, *_hung(head, neck, rng, rng.uniform(0, 22)), tail])


SHAPES: dict[str, Shaper] = {"dog": dog, "cat": cat, "zebra": zebra, "elephant": elephant, "hog": hog}
