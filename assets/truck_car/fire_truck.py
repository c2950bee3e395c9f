"""The fire truck's paint: red with a thin white stripe, chrome front, shutters, pump panel, lettering."""

from __future__ import annotations

import numpy as np

from assets.build.bake import Surface
from assets.build.geometry import Floats, Mask
from assets.build.lettering import text
from assets.build.noise import fbm, rgb
from assets.truck_car.coachwork import (
    BLACK,
    DULL,
    GLASS,
    GLOSS,
    METAL,
    RUBBER,
    SATIN,
    SILVER,
    WHITE,
    Coat,
    chrome,
    glass,
    lamp,
    tread_plate,
    truck_wheels,
)
from assets.truck_car.hulls import TRUCK_WHEELS

RED, DEEP, GOLD, LIME = rgb(198, 16, 20), rgb(150, 10, 15), rgb(226, 184, 74), rgb(226, 214, 60)
LENS, GLOW = rgb(214, 18, 22), rgb(255, 128, 116)
WINDOWS = ((1.99, 2.74, 1.64, 2.34), (1.15, 1.82, 1.64, 2.34))
DOORS = ((1.92, 2.80, 0.62, 2.46), (1.07, 1.88, 0.62, 2.46))
SHUTTERS = ((-2.80, -2.06), (-1.98, -0.98), (-0.90, 0.06))
LOCKERS = ((-2.82, -2.50), (-0.92, 0.06))
PANEL = (0.14, 0.92)
GAUGES = ((0.28, 2.22, 0.085), (0.53, 2.22, 0.085), (0.78, 2.22, 0.085), (0.36, 1.97, 0.12), (0.70, 1.97, 0.12))
OUTLETS = {"outlet_a": (0.36, 1.08), "outlet_b": (0.74, 1.08), "outlet_c": (0.55, 1.68)}


def _front(coat: Coat, cab: Mask, hull: Mask) -> None:
    wide, y = coat.wide, coat.y
    face = cab & coat.facing(2, 1, 0.5)
    coat.put(coat.rounded(face, coat.x, y, (-1.10, 1.10, 1.575, 2.40), 0.12), BLACK, SATIN)
    pane = coat.rounded(face, wide, y, (0.022, 1.065, 1.61, 2.365), 0.09)
    coat.put(pane, glass(coat, 1.5, 2.4), GLASS)
    coat.put(pane & (y > 2.30), rgb(40, 58, 66), GLASS)
    for sign in (1, -1):
        arm = np.abs((coat.x - sign * 0.12) * 0.42 * sign - (y - 1.62))
        coat.put(coat.box(face, coat.x * sign, y, (0.12, 0.86, 1.6, 2.0)) & (arm < 0.014), rgb(9, 9, 10), DULL)
    coat.decal(face, coat.x, y, (0, 2.475, 1.0, 0.115), text("ENGINE 7", (200, 23), (246, 240, 224), bold=0.05))
    coat.decal(face, coat.x, y, (0, 1.515, 0.62, 0.10), text("F I R E", (124, 20), (246, 206, 90), bold=0.05))
    lower = hull & coat.facing(2, 1, 0.5)
    coat.put(coat.rounded(lower, coat.x, y, (-0.66, 0.66, 0.78, 1.36), 0.05), SILVER, METAL)
    coat.gap(lower, coat.x, y, (-1.16, 1.16, 0.6, 1.335))


def _cab(coat: Coat, part: Mask) -> None:
    """Doors and side windows; ``part`` is cab and hull."""
    side, y, z = part & coat.facing(0), coat.y, coat.z
    for door in DOORS:
        coat.gap(side, z, y, door, radius=0.10)
    for z0, z1, y0, y1 in WINDOWS:
        coat.put(coat.rounded(side, z, y, (z0 - 0.045, z1 + 0.045, y0 - 0.045, y1 + 0.045), 0.11), BLACK, SATIN)
        coat.put(coat.rounded(side, z, y, (z0, z1, y0, y1), 0.08), glass(coat, 1.5, 2.4), GLASS)
    for z0, z1, _, _ in DOORS:
        pocket = coat.rounded(side, z, y, (z0 + 0.0, z0 + 0.30, 1.50, 1.60), 0.03)
        coat.put(pocket, BLACK, SATIN)
        coat.put(coat.box(side, z, y, (z0, z1, 0.5, 0.575)), SILVER, METAL)
    coat.put(side & (np.hypot(z - 2.66, y - 0.98) < 0.17), GOLD, METAL)
    coat.put(side & (np.hypot(z - 2.66, y - 0.98) < 0.145), DEEP, GLOSS)
    coat.flank_decal(part, (2.66, 0.98, 0.24, 0.24), text("7", (50, 50), (250, 226, 150), bold=0.05))


def _pump(coat: Coat, side: Mask) -> None:
    """The steel panel with gauges, labels and valves."""
    y, z = coat.y, coat.z
    z0, z1 = PANEL
    panel = coat.box(side, z, y, (z0, z1, 0.60, 2.50))
    brushed = 0.70 + 0.10 * fbm(coat.surface.points[panel] * [1, 30, 1.5], 1.0, 2, 9)
    coat.put(panel, rgb(250, 253, 255), 0.6)
    coat.color[panel] *= brushed[:, None]
    for edge in (0.62, 1.33, 1.47, 2.48):
        coat.put(panel & (np.abs(y - edge) < 0.012), rgb(96, 100, 106), 0.6)
    coat.gap(side, z, y, (z0, z1, 0.60, 2.50), radius=0.02)
    for gz, gy, radius in GAUGES:
        out = np.hypot(z - gz, y - gy)
        turn = np.arctan2(z - gz, y - gy)
        coat.put(panel & (out < radius + 0.02), chrome(coat.surface), METAL)
        coat.put(panel & (out < radius), rgb(240, 240, 236), GLASS)
        coat.put(panel & (np.abs(out - radius * 0.8) < radius * 0.1) & (np.abs((turn * 3) % 1 - 0.5) < 0.12), BLACK)
        coat.put(panel & (np.abs((z - gz) * 0.7 - (y - gy)) < 0.012) & (out < radius * 0.7), rgb(180, 20, 20))
    for valve in np.linspace(z0 + 0.14, z1 - 0.14, 5):
        out = np.hypot(z - valve, y - 1.40)
        coat.put(panel & (out < 0.05), BLACK, SATIN)
        coat.put(panel & (out < 0.03), rgb(190, 24, 24), 0.5)
    for oz, oy in OUTLETS.values():
        coat.put(panel & (np.hypot(z - oz, y - oy) < 0.16), rgb(84, 88, 94), 0.6)
    coat.put(coat.box(panel, z, y, (0.24, 0.46, 1.78, 1.83)), rgb(190, 24, 24))
    coat.put(coat.box(panel, z, y, (0.60, 0.82, 1.78, 1.83)), rgb(36, 74, 160))
    coat.put(coat.box(panel, z, y, (0.30, 0.80, 0.72, 0.80)), rgb(216, 178, 44))


def _box(coat: Coat, box: Mask, hull: Mask) -> None:
    """The box: shutters, lockers, lettering, hose bed, chevrons at the rear."""
    y, z = coat.y, coat.z
    side = (box | hull) & coat.facing(0) & (z < 0.99)
    slat = 0.5 + 0.5 * np.cos(y * 2 * np.pi / 0.075)
    for z0, z1 in SHUTTERS:
        frame = coat.box(side, z, y, (z0 - 0.03, z1 + 0.03, 1.475, 2.255))
        coat.put(frame, SILVER * 0.92, 0.7)
        shutter = coat.box(side, z, y, (z0, z1, 1.50, 2.225))
        coat.put(shutter, (0.62 + 0.38 * slat**0.5)[:, None] * RED[None], 0.35)
        coat.put(shutter & (y < 1.56), rgb(204, 207, 212), METAL)
        coat.put(coat.box(shutter, z, y, ((z0 + z1) / 2 - 0.12, (z0 + z1) / 2 + 0.12, 1.50, 1.535)), BLACK, SATIN)
    coat.flank_decal(box, (-1.37, 2.39, 2.5, 0.22), text("FIRE  DEPARTMENT", (500, 44), (236, 196, 92), bold=0.05))
    for z0, z1 in LOCKERS:
        coat.gap(side, z, y, (z0, z1, 0.60, 1.30))
        middle, knob = (z0 + z1) / 2, 1.12
        coat.put(side & (np.hypot(z - middle, y - knob) < 0.075), rgb(70, 72, 76), 0.6)
        coat.put(coat.box(side, z, y, (middle - 0.05, middle + 0.05, knob - 0.02, knob + 0.02)), SILVER, METAL)
    sill = side & (y < 0.57)
    tread_plate(coat, sill, z, y)
    top = box & coat.facing(1, 1, 0.5)
    tread_plate(coat, top, coat.x, z)
    bed = top & (coat.wide < 0.96) & (z < -0.1)
    fold = np.abs((coat.x / 0.16) % 1 - 0.5)
    coat.put(bed, (0.55 + 0.9 * (0.5 - fold))[:, None] * rgb(214, 196, 140)[None], DULL)
    coat.put(bed & (fold > 0.46), rgb(60, 54, 40), DULL)
    back = (box | hull) & coat.facing(2, -1)
    coat.put(back & ((coat.wide + y) * 1.6 % 1 < 0.5), LIME, 0.3)
    coat.put(coat.rounded(back, coat.x, y, (-0.8, 0.8, 0.7, 2.4), 0.05), SILVER * 0.9, 0.6)
    coat.put(coat.rounded(back, coat.wide, y, (0.92, 1.14, 0.72, 1.10), 0.04), rgb(220, 30, 24), GLASS)


def _lights(coat: Coat) -> None:
    on, x, y, wide = coat.surface.on, coat.x, coat.y, coat.wide
    coat.put(on("headlight"), chrome(coat.surface) * 0.5 + 0.42, METAL)
    front = on("headlight") & coat.facing(2, 1, 0.3)
    for center in (0.805, 1.045):
        lamp(coat, front, np.hypot(wide - center, y - 0.99), 0.112)
    red = on("warning", "lamp_l", "lamp_r", "beacon")
    ridge = 0.5 + 0.5 * np.cos(wide * 2 * np.pi / 0.05)
    coat.put(red, LENS[None] + ridge[:, None] * (GLOW - LENS) * 0.28, 0.85)
    bulb = np.abs((wide * 3.6) % 1 - 0.5) < 0.16
    coat.put(on("lamp_l", "lamp_r") & bulb & (np.abs(y - 2.77) < 0.06), GLOW, 0.85)
    coat.put(on("lamp_l", "lamp_r", "lamp_center") & (y < 2.69), BLACK, SATIN)
    coat.put(on("lamp_center") & (y >= 2.69), rgb(238, 240, 244), 0.85)
    coat.put(on("lamp_center") & (y >= 2.69) & ((x * 12) % 1 < 0.2), rgb(196, 202, 210), 0.85)
    coat.put(on("warning") & (np.abs(wide - 0.94) > 0.145), SILVER, METAL)
    coat.put(on("beacon") & (y < 2.6), SILVER, METAL)


def _grille(coat: Coat) -> None:
    x, y = coat.x, coat.y
    part, shiny = coat.surface.on("grille"), chrome(coat.surface)
    coat.put(part, shiny * 0.4 + 0.52, METAL)
    opening = coat.rounded(part & coat.facing(2, 1, 0.4), x, y, (-0.545, 0.545, 0.865, 1.275), 0.03)
    slat = ((y - 0.865) % 0.082) / 0.082
    coat.put(opening, rgb(14, 14, 15), DULL)
    tone = np.interp(slat, [0.35, 0.5, 0.75, 1.0], [0.45, 0.98, 0.80, 0.5])
    coat.put(opening & (slat > 0.36), tone[:, None] * rgb(248, 250, 255)[None], METAL)
    coat.put(opening & (np.abs(x) < 0.028), SILVER, METAL)
    badge = part & (np.hypot(x / 1.5, y - 1.07) < 0.09)
    coat.put(badge, SILVER, METAL)
    coat.put(part & (np.hypot(x / 1.5, y - 1.07) < 0.074), RED, GLOSS)
    coat.decal(part, x, y, (0, 1.07, 0.19, 0.10), text("FD", (140, 80), (250, 230, 160), bold=0.05))


def _bumper(coat: Coat) -> None:
    on, shiny, y = coat.surface.on, chrome(coat.surface), coat.y
    coat.put(on("bumper"), shiny, METAL)
    tread_plate(coat, on("bumper") & coat.facing(1, 1, 0.7), coat.x, coat.z)
    band = on("bumper") & coat.facing(2, 1) & (np.abs(y - 0.66) < 0.085)
    coat.put(band, RED, GLOSS)
    coat.put(band & (np.abs(y - 0.66) < 0.022), WHITE, GLOSS)
    coat.put(on("siren", "horn"), shiny, METAL)
    face = on("siren") & (coat.z > 3.36)
    around = np.hypot(coat.x - 0.66, y - 0.90)
    coat.put(face & ((around * 36) % 1 < 0.5), BLACK, SATIN)
    coat.put(on("horn") & (coat.z > 2.15) & coat.facing(2, 1), rgb(20, 20, 22), DULL)
    coat.put(on("bell"), shiny * rgb(255, 208, 110), METAL)


def _fittings(coat: Coat) -> None:
    on, shiny = coat.surface.on, chrome(coat.surface)
    coat.put(on("stripe"), WHITE, GLOSS)
    coat.put(on("stripe") & (np.abs(coat.y - 1.40) > 0.040), GOLD, GLOSS)
    coat.put(on("stripe") & (coat.z > 2.9), RED, GLOSS)
    coat.put(on("stripe") & (coat.z > 2.9) & (np.abs(coat.y - 1.40) < 0.014), GOLD, GLOSS)
    steel = shiny * 0.35 + 0.50
    coat.put(on("rail", "slide", "rung", "brace"), steel, 0.6)
    coat.put(on("rail", "slide") & (coat.z > 2.72), RED, GLOSS)
    coat.put(on("arch", "grab", "arm", "handle"), shiny, METAL)
    coat.put(on("step"), SILVER * 0.9, 0.6)
    tread_plate(coat, on("step") & coat.facing(1, 1), coat.x, coat.z)
    coat.put(on("mirror"), shiny, METAL)
    glazing = on("mirror") & coat.facing(2, -1)
    coat.put(glazing, rgb(120, 140, 158), GLASS)
    coat.put(on("cradle"), BLACK, SATIN)
    coat.put(on("tank"), RED, GLOSS)
    coat.put(on("tank") & (np.abs(coat.wide - 0.48) < 0.04), SILVER, METAL)
    coat.put(on("hose"), rgb(26, 26, 28), 0.12)
    coat.put(on("hose") & ((coat.z * 16) % 1 < 0.25), rgb(44, 44, 47), 0.12)
    coat.put(on("hose") & ((coat.z > 0.62) | (coat.z < -2.38)), shiny, METAL)
    caps = {"outlet_a": rgb(196, 26, 26), "outlet_b": rgb(40, 84, 180), "outlet_c": rgb(60, 62, 66)}
    for name, color in caps.items():
        coat.put(on(name), shiny, METAL)
        coat.put(on(name) & (coat.wide > 1.305), color, 0.5)
        coat.put(on(name) & (coat.wide > 1.365) & ((coat.y * 20) % 1 < 0.3), shiny, METAL)
    coat.put(on("floor"), rgb(16, 16, 18), 0.0)


def paint_fire_truck(surface: Surface) -> Floats:
    """Texels × RGBA of the fire truck."""
    coat = Coat.plain(surface, RED, GLOSS)
    cab, hull, box = surface.on("cab"), surface.on("hull"), surface.on("box")
    coat.put(hull & coat.facing(1, -1, 0.3), RUBBER, DULL)
    inside = hull & (coat.wide < 1.2) & (coat.y < 1.38) & ~coat.facing(2, 0, 0.8)
    coat.put(inside, rgb(20, 20, 21), DULL)
    _front(coat, cab, hull)
    _cab(coat, (cab | hull) & (coat.z > 1.0))
    _box(coat, box, hull)
    _pump(coat, (box | hull) & coat.facing(0))
    _lights(coat)
    _grille(coat)
    _bumper(coat)
    _fittings(coat)
    truck_wheels(coat, TRUCK_WHEELS)
    coat.dust(TRUCK_WHEELS, 1.1, 0.45)
    return coat.finished(0.9)
