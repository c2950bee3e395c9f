"""The race car's paint: red, black and white with a start number and fictional sponsors."""

from __future__ import annotations

import numpy as np
from PIL import Image

from assets.build.bake import Surface
from assets.build.geometry import Floats, Mask
from assets.build.lettering import Color, text
from assets.build.noise import rgb
from assets.truck_car.coachwork import (
    CARBON,
    DULL,
    GLASS,
    GLOSS,
    METAL,
    RUBBER,
    SATIN,
    SILVER,
    WHITE,
    Coat,
    car_wheels,
    chrome,
    glass,
    lamp,
)
from assets.truck_car.fittings import LAMP_X, LAMP_Z, PLATE, WING_Z
from assets.truck_car.hulls import CAR_WHEELS

RED, BLUE = rgb(206, 14, 20), rgb(20, 41, 107)
DENSITY = 200
"""Pixels per meter of the lettering, about those of the texture."""
PALE, INK, SUN, SEA = (250, 250, 250), (22, 22, 26), (250, 210, 40), (24, 64, 160)
FLANK = (
    ("TURBO", -0.56, 0.64, 0.58, 0.20, PALE, None), ("APEX", 0.80, 0.70, 0.52, 0.15, INK, PALE),
    ("GRIP", 0.80, 0.50, 0.52, 0.14, SUN, INK), ("OIL", -2.68, 0.80, 0.36, 0.15, PALE, SEA),
    ("NITRO", -2.70, 0.60, 0.40, 0.12, INK, SUN),
    ("BOLT", -0.56, 0.44, 0.58, 0.12, SEA, PALE),
)  # fmt: skip
"""Word, z, y, width, height, ink, paper."""
TOP = (("APEX", 0.80, 2.18, 0.34, 0.12, PALE, INK), ("OIL", 0.92, -2.50, 0.34, 0.14, PALE, SEA))
"""Word, x (both sides), z, width, height, ink, paper."""


def _words(word: str, width: float, height: float, ink: Color, paper: Color | None) -> Image.Image:
    return text(word, (round(width * DENSITY), round(height * DENSITY)), ink, paper)


def _number(coat: Coat, part: Mask) -> None:
    """White roundels with a 7 on doors and hood."""
    digit = text("7", (200, 200), (18, 18, 20), bold=0.05)
    side = part & coat.facing(0, 0, 0.4)
    out = np.hypot(coat.z - 0.14, coat.y - 0.62)
    coat.put(side & (out < 0.275), rgb(20, 20, 22))
    coat.put(side & (out < 0.255), WHITE)
    coat.flank_decal(part, (0.14, 0.62, 0.44, 0.44), digit)
    top = part & coat.facing(1, 1, 0.5)
    out = np.hypot(coat.x, coat.z - 2.36)
    coat.put(top & (out < 0.33), rgb(20, 20, 22))
    coat.put(top & (out < 0.305), WHITE)
    coat.decal(top, coat.x, -coat.z, (0, -2.36, 0.50, 0.50), digit)


def _body(coat: Coat, part: Mask) -> None:
    x, y, z, wide = coat.x, coat.y, coat.z, coat.wide
    top, side = part & coat.facing(1, 1, 0.4), part & coat.facing(0, 0, 0.5)
    coat.put(top & (wide < 0.40) & (z > 0.5), WHITE, GLOSS)
    coat.put(top & (np.abs(wide - 0.455) < 0.025) & (z > 0.5), rgb(20, 20, 22), GLOSS)
    coat.put(part & (y < 0.33) & ~coat.facing(1, 1, 0.6), CARBON, SATIN)
    coat.put(part & (np.abs(y - 0.345) < 0.016) & ~coat.facing(1, 1, 0.6), WHITE)
    for word, cz, cy, width, height, ink, paper in FLANK:
        coat.flank_decal(part, (cz, cy, width, height), _words(word, width, height, ink, paper))
    for word, cx, cz, width, height, ink, paper in TOP:
        for sign in (1, -1):
            coat.decal(top, x, -z, (sign * cx, -cz, width, height), _words(word, width, height, ink, paper))
    _number(coat, part)
    coat.gap(side, z, y, (-0.86, 1.20, 0.36, 1.20), radius=0.10, width=0.008)
    coat.gap(top, x, z, (-0.96, 0.96, 1.56, 3.3), radius=0.10, width=0.008)
    coat.gap(top, x, z, (-1.02, 1.02, -2.95, -1.98), radius=0.10, width=0.008)
    for sign in (1, -1):
        vent = coat.rounded(top, x * sign, z, (0.13, 0.38, 1.72, 2.02), 0.05)
        coat.put(vent, rgb(14, 14, 15), DULL)
        duct = coat.rounded(top, x * sign, z, (0.98, 1.30, 1.50, 2.12), 0.05)
        coat.put(duct & ((z * 11) % 1 < 0.55), rgb(14, 14, 15), DULL)
    nose = part & coat.facing(2, 1, 0.25) & (z > 2.55)
    intake = coat.rounded(nose, wide, y, (0.74, 1.22, 0.27, 0.47), 0.06)
    coat.put(intake, rgb(10, 10, 11), DULL)
    coat.put(intake & ((y * 15) % 1 < 0.16), rgb(60, 62, 66), SATIN)
    pin = np.hypot(wide - 0.56, z - 2.70)
    coat.put(top & (pin < 0.035), rgb(200, 203, 208), METAL)


def _rear(coat: Coat, part: Mask) -> None:
    x, y, wide = coat.x, coat.y, coat.wide
    back = (part | coat.surface.on("box")) & coat.facing(2, -1, 0.4)
    coat.put(back & (y < 0.98), CARBON, SATIN)
    coat.put(coat.rounded(back, wide, y, (0.62, 1.22, 0.78, 0.94), 0.05), rgb(206, 20, 22), GLASS)
    coat.put(coat.rounded(back, wide, y, (0.70, 1.14, 0.83, 0.89), 0.03), rgb(255, 92, 76), GLASS)
    coat.decal(back, -x, y, (0, 0.86, 0.9, 0.12), text("APEX RACING", (640, 80), PALE))
    coat.put(back & (y < 0.5) & ((x * 6) % 1 < 0.16), rgb(60, 60, 64), SATIN)


def _greenhouse(coat: Coat, part: Mask) -> None:
    """Windows between red pillars, slats over the engine."""
    x, y, z, wide = coat.x, coat.y, coat.z, coat.wide
    across, up, ahead = (np.abs(coat.surface.normals[:, 0]), coat.surface.normals[:, 1], coat.surface.normals[:, 2])
    front = part & (ahead > 0.12) & (across < 0.56) & (z > 0.2) & (y > 0.98)
    coat.put(part & (ahead > 0.1) & (across < 0.62) & (z > 0.2), rgb(12, 12, 13), SATIN)
    side = part & (across > 0.64) & (y > 1.05) & (y < 1.58) & (z > -1.25) & (z < 0.98)
    coat.put(part & (across > 0.60) & (y > 1.02) & (y < 1.605) & (z > -1.30) & (z < 1.02), rgb(12, 12, 13), SATIN)
    pane = glass(coat, 0.9, 1.7)
    coat.put(front | side, pane, GLASS)
    _cockpit(coat, front, side)
    coat.put(part & (across > 0.60) & (np.abs(z + 0.40 + 0.3 * (y - 1.3)) < 0.05), RED, GLOSS)
    coat.put(front & (y > 1.52), rgb(14, 14, 16), GLOSS)
    coat.decal(front, x, y, (0, 1.585, 1.15, 0.115), text("APEX  RACING", (700, 80), PALE, bold=0.05))
    wiper = front & (np.abs((x - 0.05) * 0.55 - (y - 1.05)) < 0.012) & (x > 0.05) & (y < 1.42)
    coat.put(wiper, rgb(8, 8, 9), DULL)
    slats = part & (up > 0.35) & (wide < 0.62) & (z < -1.25) & (z > -2.45)
    coat.put(slats, rgb(58, 60, 64), SATIN)
    coat.put(slats & ((z * 7) % 1 < 0.5), rgb(10, 10, 11), DULL)


def _cockpit(coat: Coat, front: Mask, side: Mask) -> None:
    """Seat, dashboard and roll cage, seen through the glass."""
    x, y, z = coat.x, coat.y, coat.z
    coat.shade(front & (y < 1.12), 0.5)
    seat = coat.rounded(front, np.abs(x - 0.42), y, (-0.2, 0.17, 1.10, 1.42), 0.10)
    coat.shade(seat, 0.45)
    bars = (np.abs(np.abs(x) - 0.78 + 0.25 * (y - 1.1)) < 0.022) | (np.abs(y - 1.485) < 0.018)
    coat.put(front & bars & (y > 1.12), rgb(128, 132, 138), GLASS)
    cage = (np.abs((z + 0.45) * 0.55 - (y - 1.30)) < 0.018) | (np.abs(y - 1.55) < 0.014)
    coat.put(side & cage, rgb(128, 132, 138), GLASS)
    net = side & (z > -0.30) & (z < 0.15) & (y < 1.38) & (((z * 16) % 1 < 0.22) | ((y * 16) % 1 < 0.22))
    coat.put(net, rgb(20, 20, 22), 0.4)


def _wing(coat: Coat) -> None:
    on, x, y, z = coat.surface.on, coat.x, coat.y, coat.z
    coat.put(on("tank"), BLUE, GLOSS)
    top = on("tank") & coat.facing(1, 1, 0.3)
    coat.decal(top, x, -z, (0, -WING_Z, 2.2, 0.44), text("APEX RACING", (440, 88), PALE, bold=0.04))
    coat.decal(on("tank") & coat.facing(1, -1, 0.3), -x, -z, (0, -WING_Z, 2.2, 0.44), text("TURBO", (440, 88), PALE))
    plate = on("hose")
    coat.put(plate, WHITE, GLOSS)
    coat.put(plate & (y < 1.62), RED, GLOSS)
    for sign in (1, -1):
        side = plate & (x * sign > PLATE)
        coat.decal(side, -sign * z, y, (sign * 2.85, 1.78, 0.5, 0.26), text("7", (100, 52), INK, bold=0.06))
    coat.put(on("cradle"), rgb(20, 20, 22), GLOSS)
    coat.put(on("lamp_center"), RED, GLOSS)
    coat.put(on("lamp_center") & coat.facing(2, 1, 0.5), rgb(9, 9, 10), DULL)


def _lamps(coat: Coat) -> None:
    part, wide, z = coat.surface.on("headlight"), coat.wide, coat.z
    coat.put(part, rgb(24, 26, 30), GLASS)
    inner = part & coat.facing(1, 1, 0.2)
    right, ahead = wide - LAMP_X, z - LAMP_Z
    for cx, cz, radius in ((-0.075, 0.0, 0.078), (0.08, -0.03, 0.078), (0.01, 0.075, 0.04)):
        lamp(coat, inner, np.hypot(right - cx, ahead - cz), radius)
    strip = inner & (np.abs(ahead + 0.10 + 0.5 * right) < 0.014) & (np.abs(right) < 0.13)
    coat.put(strip, rgb(236, 246, 255), GLASS)
    low = coat.surface.on("signal")
    coat.put(low, rgb(12, 12, 13), DULL)


def _fittings(coat: Coat) -> None:
    on, x, y, z = coat.surface.on, coat.x, coat.y, coat.z
    coat.put(
        on("bumper", "floor", "step", "grab", "beacon"),
        CARBON,
        SATIN,
    )
    coat.put(on("bumper") & coat.facing(2, 1, 0.3), WHITE, GLOSS)
    # Hidden on the car; during the morph they keep the truck's look:
    coat.put(on("rail", "slide", "rung", "brace"), SILVER * 0.95, 0.6)
    coat.put(on("rail", "slide") & (z > -0.2), RED, GLOSS)
    coat.put(on("lamp_l", "lamp_r"), rgb(216, 30, 32), 0.85)
    coat.put(on("stripe"), WHITE, GLOSS)
    coat.put(on("stripe") & (y < 0.22), CARBON, SATIN)
    coat.put(on("arch"), RED, GLOSS)
    coat.put(on("arch") & coat.facing(0, 0, 0.85), CARBON, SATIN)
    coat.put(on("mirror", "arm"), WHITE, GLOSS)
    coat.put(on("mirror") & coat.facing(2, -1), rgb(150, 168, 186), GLASS)
    coat.put(on("handle_a"), rgb(16, 16, 17), SATIN)
    coat.put(on("handle_b"), CARBON, SATIN)
    mouth = on("grille", "warning")
    coat.put(mouth, rgb(10, 10, 11), DULL)
    mesh = (((x + y) * 16) % 1 < 0.18) | (((x - y) * 16) % 1 < 0.18)
    coat.put(mouth & mesh & coat.facing(2, 1, 0.3), rgb(58, 60, 64), SATIN)
    coat.put(on("siren"), rgb(214, 20, 22), GLASS)
    coat.put(on("bell"), chrome(coat.surface), METAL)
    coat.put(on("horn", "outlet"), chrome(coat.surface) * 0.8, METAL)
    coat.put(on("horn") & (z < -3.11), rgb(12, 12, 13), DULL)
    coat.put(on("outlet"), rgb(40, 40, 43), SATIN)


def paint_race_car(surface: Surface) -> Floats:
    """Texels × RGBA of the race car."""
    coat = Coat.plain(surface, RED, GLOSS)
    hull = surface.on("hull")
    _body(coat, hull)
    _rear(coat, hull)
    inside = hull & (coat.y < 1.3) & (coat.facing(1, -1, 0.3) | (coat.wide < 1.05) & coat.facing(0, 0, 0.5))
    coat.put(inside & (np.abs(coat.z) < 2.6), RUBBER, DULL)
    _greenhouse(coat, surface.on("cab"))
    _wing(coat)
    _fittings(coat)
    _lamps(coat)
    car_wheels(coat, CAR_WHEELS)
    coat.dust(CAR_WHEELS, 0.55, 0.35)
    return coat.finished(0.5)
