"""The race car's paint: red, black and white with a start number and sponsors that do not exist."""

from __future__ import annotations

import numpy as np

from assets.build.bake import Surface
from assets.build.geometry import Floats, Mask
from assets.build.lettering import text
from assets.build.noise import rgb
from assets.truck_car.coachwork import BLACK, WHITE, Coat, arches, chrome, glass, tyres
from assets.truck_car.parts import CAR_WHEELS

RED, CARBON = rgb(212, 20, 26), rgb(28, 28, 31)
INKS = (
    ((250, 250, 250), (196, 20, 24)),
    ((24, 24, 28), (250, 212, 40)),
    ((250, 250, 250), (24, 64, 160)),
    ((24, 64, 160), (250, 250, 250)),
    ((250, 212, 40), (24, 24, 28)),
)
FLANK = (
    ("OIL", -1.50, 0.98, 0.50, 0.20), ("TYRES", 1.50, 0.88, 0.42, 0.15), ("GRIP", -1.32, 0.72, 0.42, 0.16),
    ("APEX", 1.28, 0.66, 0.44, 0.16), ("NITRO", -3.05, 0.86, 0.52, 0.18), ("VOLT", 3.02, 0.68, 0.40, 0.14),
    ("FUEL", -0.55, 0.48, 0.62, 0.14), ("BOLT", 0.75, 0.46, 0.62, 0.13), ("MAX", -2.9, 1.12, 0.5, 0.16),
)  # fmt: skip
"""Word, z, y, width, height."""


def _number(coat: Coat, part: Mask) -> None:
    """White roundels with a 7 on doors, bonnet and roof."""
    digit = text("7", (160, 160), (18, 18, 20), bold=0.05)
    side = part & coat.facing(0, 0, 0.5)
    coat.put(side & (np.hypot(coat.z - 0.30, coat.y - 0.82) < 0.33), WHITE)
    coat.flank_decal(part, (0.30, 0.82, 0.60, 0.60), digit)
    top = part & coat.facing(1, 1, 0.5)
    coat.put(top & (np.hypot(coat.x, coat.z - 2.76) < 0.36), WHITE)
    coat.decal(top, coat.x, -coat.z, (0, -2.76, 0.62, 0.62), digit)


def _body(coat: Coat, part: Mask) -> None:
    x, y, z, wide = coat.x, coat.y, coat.z, coat.wide
    coat.put(part & (y < 0.44), CARBON, 0.4)
    coat.put(part & (np.abs(y - 0.455) < 0.018), WHITE)
    top = part & coat.facing(1, 1, 0.4)
    coat.put(top & (wide < 0.42), WHITE)
    coat.put(top & (np.abs(wide - 0.50) < 0.035), CARBON)
    for i, (word, cz, cy, width, height) in enumerate(FLANK):
        ink, paper = INKS[i % len(INKS)]
        coat.flank_decal(part, (cz, cy, width, height), text(word, (int(width * 320), int(height * 320)), ink, paper))
    coat.flank_decal(part, (-0.62, 0.86, 1.05, 0.34), text("TURBO", (420, 140), (250, 250, 250), bold=0.05))
    for i, (cx, cz) in enumerate(
        ((0.92, 2.0), (-0.92, 2.0), (0.86, 2.72), (-0.86, 2.72), (0.95, -2.75), (-0.95, -2.75))
    ):
        ink, paper = INKS[(i // 2 + 2) % len(INKS)]
        coat.decal(top, x, -z, (cx, -cz, 0.52, 0.2), text(FLANK[i + 1][0], (208, 80), ink, paper))
    _number(coat, part)
    nose = part & coat.facing(2, 1, 0.3) & (z > 3.0)
    coat.put(coat.box(nose, wide, y, (-1, 0.98, 0.30, 0.50)), rgb(12, 12, 13), 0.1)
    coat.decal(nose, x, y, (0, 0.575, 1.1, 0.10), text("APEX RACING", (640, 60), (24, 24, 28), (245, 245, 245)))
    back = part & coat.facing(2, -1, 0.5)
    coat.put(back, CARBON, 0.4)
    coat.put(coat.box(back, wide, y, (0.55, 1.2, 0.88, 1.02)), rgb(216, 24, 26), 0.9)
    for seam in (-0.72, 1.18):
        coat.put(part & coat.facing(0) & (np.abs(z - seam) < 0.010) & (y > 0.46) & (y < 1.1), RED * 0.35)


def _greenhouse(coat: Coat, part: Mask) -> None:
    """Windows between red pillars, a black roof with a white stripe."""
    x, y, z, wide = coat.x, coat.y, coat.z, coat.wide
    up = coat.surface.normals[:, 1]
    side = part & coat.facing(0, 0, 0.45) & (y > 1.24) & (y < 1.80) & (z > -2.1) & (z < 0.95 - (y - 1.3) * 0.9)
    front = part & (coat.surface.normals[:, 2] > 0.2) & (y > 1.19) & (y < 1.90) & (wide < 1.0) & (z > 0.2) & (z < 1.45)
    rear = part & (coat.surface.normals[:, 2] < -0.15) & (z < -1.35) & (y > 1.36) & (wide < 0.85)
    roof = part & (up > 0.6) & ~front & ~rear
    coat.put(roof, CARBON, 0.6)
    coat.put(roof & (wide < 0.34), WHITE)
    panes = side | front | rear
    coat.put(panes, glass(coat.surface) * 0.85, 0.95)
    coat.put(side & (np.abs(z + 0.72) < 0.055), RED, 0.6)
    coat.put(front & (y > 1.76), CARBON, 0.4)
    coat.decal(front, x, y, (0, 1.825, 1.25, 0.12), text("APEX  RACING", (640, 60), (250, 250, 250)))


def _wing(coat: Coat) -> None:
    on = coat.surface.on
    coat.put(on("tank"), CARBON, 0.5)
    top = on("tank") & coat.facing(1, 1, 0.3)
    coat.decal(top, -coat.x, coat.z, (0, -3.42, 2.2, 0.5), text("APEX RACING", (900, 200), (250, 250, 250)))
    back = on("tank") & coat.facing(2, 1, 0.3)
    coat.put(back, RED)
    plate = on("upper_rail")
    coat.put(plate, RED, 0.6)
    coat.put(plate & (coat.y < 1.5), WHITE)
    coat.flank_decal(plate, (-3.42, 1.72, 0.5, 0.3), text("7", (120, 80), (250, 250, 250), bold=0.06))
    coat.put(on("lamp_l", "lamp_r"), CARBON, 0.4)
    coat.put(on("lamp_centre"), RED, 0.6)
    coat.put(on("lamp_centre") & coat.facing(2, 1, 0.4), rgb(10, 10, 11), 0.0)


def _fittings(coat: Coat) -> None:
    on = coat.surface.on
    coat.put(on("bumper", "locker", "floor", "hose", "rail", "rung", "grab", "step", "arm", "beacon"), CARBON, 0.3)
    skirt = on("locker") & coat.facing(0)
    coat.put(skirt & (np.abs(coat.y - 0.40) < 0.02), RED)
    coat.put(on("bumper") & coat.facing(2, 1, 0.4), RED)
    coat.put(on("mirror"), RED, 0.6)
    coat.put(on("mirror") & coat.facing(2, -1), rgb(160, 178, 196), 0.9)
    head = on("headlight")
    coat.put(head, rgb(40, 42, 46), 0.9)
    front = head & (coat.surface.normals[:, 2] + coat.surface.normals[:, 1] > 0.3)
    coat.put(front, chrome(coat.surface) * 0.3 + 0.62, 0.95)
    for bulb in (0.96, 1.18):
        out = np.hypot(coat.wide - bulb, (coat.y - 0.68) * 1.2)
        coat.put(front & (out < 0.085), rgb(60, 62, 68), 0.9)
        coat.put(front & (out < 0.068), rgb(255, 255, 250), 0.95)


def paint_race_car(surface: Surface) -> Floats:
    """Texels × RGBA of the race car."""
    coat = Coat.plain(surface, RED, 0.65)
    coat.put(surface.on("cab") & coat.facing(1, -1, 0.5), BLACK, 0.1)
    _body(coat, surface.on("body"))
    _greenhouse(coat, surface.on("cab"))
    arches(coat, surface.on("body"), CAR_WHEELS, None)
    _wing(coat)
    _fittings(coat)
    tyres(coat, CAR_WHEELS, racing=True)
    return coat.finished(0.6)
