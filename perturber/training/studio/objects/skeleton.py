"""The skeleton of all quadrupeds: torso, legs and neck. The animal faces +z."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from perturber.training.studio.objects.solids import DARK, MAIN, Floats, Solid, ellipsoid, lathe, limb, moved, turn


@dataclass(frozen=True)
class Build:
    """The proportions of one animal; lengths in units of about its height at the withers."""

    length: float
    """Distance from hip to shoulder."""
    height: float
    """Height of the middle of the chest above the ground."""
    chest: tuple[float, float]
    """Half width and half height; belly and hip likewise."""
    belly: tuple[float, float]
    hip: tuple[float, float]
    leg: tuple[float, float, float]
    """Radii at the shoulder, the knee and the ankle."""
    foot: float
    """Radius of a paw; of a hoof where ``hoofed``."""
    neck: tuple[float, float, float, float]
    """Length, rise in degrees above the horizontal, radii at the shoulder and at the head."""
    hoofed: bool = False
    stride: float = 0.0
    """Largest distance between the feet."""
    seated: bool = False
    sway: float = 0.0
    """Sag of the back (negative: arched)."""
    legs: int = MAIN
    """Role of the legs."""


def frame(build: Build, rng: np.random.Generator) -> tuple[list[Solid], Floats]:
    """Return torso, legs and neck, and the position of the neck's end."""
    low = 0.42 * build.height if build.seated else build.height
    half = build.length * (0.3 if build.seated else 0.5)
    hip, chest, middle = (-half, low), (half, build.height), (0.0, (low + build.height) / 2 - build.sway)
    rows = [
        (0, hip[1] - 0.02, hip[0] - 0.1 * build.length, 0.7 * build.hip[0], 0.75 * build.hip[1]),
        (0, hip[1], hip[0], *build.hip),
        (0, middle[1], middle[0], *build.belly),
        (0, chest[1], 0.75 * chest[0], *build.chest),
        (0, chest[1] + 0.02, chest[0] + 0.08 * build.length, 0.68 * build.chest[0], 0.75 * build.chest[1]),
    ]
    torso = limb(rows, samples=13, segments=18)
    length, rise, thick, thin = build.neck
    angle = np.radians(rise + rng.uniform(-8, 8))
    root = np.array([0, chest[1] + 0.35 * build.chest[1], chest[0]])
    end = root + length * np.array([0, np.sin(angle), np.cos(angle)])
    bend = (root + end) / 2 + (0, 0.04, 0)
    start = root - 0.3 * (end - root)
    neck = limb([(*start, thick), (*bend, (thick + thin) / 2), (*end, thin)], samples=8, segments=14)
    legs = [part for side in (-1, 1) for front in (True, False) for part in _leg(build, side, front, rng)]
    return [torso, neck, *legs], end


def _leg(build: Build, side: int, front: bool, rng: np.random.Generator) -> list[Solid]:
    """One leg from the torso to the ground, with its foot; the hind leg of a seated animal is folded."""
    wide = build.chest[0] if front else build.hip[0]
    top, knee, ankle = build.leg
    x = side * max(wide - 0.8 * top, 0.45 * wide)
    half = build.length / 2
    if build.seated and not front:
        return _folded(build, side * build.hip[0])
    z = 0.3 * half if build.seated else half
    z, y = (0.85 * z, build.height - 0.1) if front else (-z, build.height - 0.05)
    step = 0.0 if build.seated else build.stride * rng.uniform(-1, 1)
    rest = 0.8 * build.foot if build.hoofed else 0.7 * build.foot
    bend = (0.03 if front else 0.1) * build.height * (0.4 if ankle > 0.1 else 1.0)
    rows = [
        (x, y, z, 0.9 * top, 1.2 * top),
        (x, 0.62 * y, z + 0.35 * step + (0.2 if front else 0.5) * bend, 0.8 * top, top),
        (x, 0.36 * y, z + 0.65 * step - (-0.4 if front else 1.0) * bend, knee, knee),
        (x, rest + 0.06 * y, z + step - 0.5 * bend * (not front), ankle, ankle),
        (x, rest, z + step, ankle, ankle),
    ]
    leg = limb(rows, build.legs, samples=9, segments=9)
    if build.hoofed:
        foot = lathe([(build.foot, 0), (0.8 * build.foot, 1.3 * build.foot)], DARK, segments=12)
        return [leg, moved(foot, offset=(x, 0, z + step + 0.1 * build.foot))]
    if ankle > 0.1:  # a column ends in a round sole
        sole = lathe(
            [(build.foot, 0), (build.foot, 0.25 * build.foot), (ankle, 0.9 * build.foot)], build.legs, segments=12
        )
        return [leg, moved(sole, offset=(x, 0, z + step))]
    size = (build.foot, 0.7 * build.foot, 1.35 * build.foot)
    return [leg, ellipsoid((x, size[1], z + step + 0.35 * build.foot), size, build.legs, segments=10, rings=7)]


def _folded(build: Build, x: float) -> list[Solid]:
    """The thigh and the paw of a sitting animal."""
    low, z = 0.42 * build.height, -0.3 * build.length
    thigh = ellipsoid((0, 0, 0), (1.3 * build.leg[0], 0.75 * low, 0.36 * build.length), MAIN, segments=12, rings=9)
    paw = limb(
        [(x, 0.7 * build.foot, z, build.foot), (x, 0.7 * build.foot, 0.16 * build.length, build.foot)], build.legs
    )
    return [moved(thigh, turn(0, -20), (0.85 * x, 0.78 * low, z + 0.1 * build.length)), paw]
