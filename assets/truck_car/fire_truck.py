"""The fire truck's paint: red with a thin white stripe, chrome front, shutters, pump panel, lettering."""

from __future__ import annotations

import numpy as np

from assets.build.bake import Surface
from assets.build.geometry import Floats, Mask
from assets.build.lettering import text
from assets.build.noise import rgb
from assets.truck_car.coachwork import BLACK, SILVER, WHITE, Coat, arches, chrome, glass, tyres
from assets.truck_car.parts import TRUCK_WHEELS

RED, DEEP, YELLOW = rgb(200, 18, 22), rgb(164, 12, 18), rgb(240, 204, 40)
STRIPE = 1.38


def _stripe(coat: Coat, part: Mask) -> None:
    flank = part & coat.facing(0)
    coat.put(flank & (np.abs(coat.y - STRIPE) < 0.055), WHITE)
    coat.put(flank & (np.abs(coat.y - STRIPE + 0.15) < 0.022), YELLOW)


def _front(coat: Coat, part: Mask) -> None:
    face, wide, y = part & coat.facing(2, 1), coat.wide, coat.y
    pane = coat.box(face, wide, y, (0.025, 1.03, 1.68, 2.42))
    coat.put(coat.box(face, wide, y, (-1, 1.09, 1.63, 2.47)), BLACK, 0.4)
    coat.put(pane, glass(coat.surface), 0.9)
    wiper = face & (np.abs(y - 1.70 - np.abs(wide - 0.55) * 0.45) < 0.016) & (wide > 0.1) & (wide < 0.95)
    coat.put(wiper, rgb(10, 10, 10), 0.1)
    coat.decal(face, coat.x, y, (0, 1.50, 0.9, 0.19), text("FIRE", (480, 100), (250, 206, 60)))
    coat.put(coat.box(face, wide, y, (-1, 0.66, 0.84, 1.36)), chrome(coat.surface) * 0.2 + 0.72, 0.9)
    grille = coat.box(face, wide, y, (-1, 0.60, 0.89, 1.31))
    coat.put(grille, rgb(26, 26, 28), 0.2)
    coat.put(grille & (((y - 0.89) % 0.105) < 0.055), rgb(214, 217, 222), 0.9)
    coat.put(coat.box(face, wide, y, (0.66, 1.12, 1.18, 1.34)), rgb(235, 150, 40), 0.8)


def _flanks(coat: Coat, part: Mask) -> None:
    """Cab doors and windows."""
    side, y, z = part & coat.facing(0), coat.y, coat.z
    panes = [(1.98, 2.86, 1.70, 2.38), (1.28, 1.84, 1.70, 2.38)]
    for z0, z1, y0, y1 in panes:
        coat.put(coat.box(side, z, y, (z0 - 0.04, z1 + 0.04, y0 - 0.04, y1 + 0.04)), BLACK, 0.3)
        coat.put(coat.box(side, z, y, (z0, z1, y0, y1)), glass(coat.surface), 0.9)
    for seam in (1.23, 1.91, 2.93):
        coat.put(coat.box(side, z, y, (seam - 0.010, seam + 0.010, 0.72, 2.5)), DEEP * 0.45)
    _stripe(coat, part)
    for handle in (2.05, 1.36):
        coat.put(coat.box(side, z, y, (handle - 0.09, handle + 0.09, 1.53, 1.59)), rgb(222, 224, 228), 0.8)
    coat.put(side & (y < 0.66), SILVER * 0.86, 0.6)


def _pump(coat: Coat, side: Mask) -> None:
    """The steel panel with gauges and coloured caps."""
    y, z = coat.y, coat.z
    panel = coat.box(side, z, y, (0.16, 0.92, 0.86, 2.44))
    coat.put(coat.box(side, z, y, (0.13, 0.95, 0.83, 2.47)), rgb(120, 124, 130), 0.7)
    coat.put(panel, rgb(188, 192, 198), 0.8)
    for gz, gy, radius in (
        (0.30, 2.24, 0.085),
        (0.54, 2.24, 0.085),
        (0.78, 2.24, 0.085),
        (0.36, 1.95, 0.13),
        (0.72, 1.95, 0.13),
    ):
        out = np.hypot(z - gz, y - gy)
        coat.put(panel & (out < radius), rgb(238, 238, 234))
        coat.put(panel & (np.abs(out - radius) < 0.018), rgb(30, 30, 32))
        coat.put(panel & (np.abs((z - gz) * 0.7 - (y - gy)) < 0.014) & (out < radius * 0.8), rgb(20, 20, 20))
    caps = (rgb(66, 66, 70), rgb(190, 30, 28), rgb(44, 84, 176), rgb(218, 180, 44), rgb(60, 130, 70))
    for cap, (gz, gy, radius) in zip(
        caps,
        ((0.30, 1.62, 0.08), (0.54, 1.62, 0.08), (0.78, 1.62, 0.08), (0.36, 1.12, 0.12), (0.72, 1.12, 0.12)),
        strict=True,
    ):
        out = np.hypot(z - gz, y - gy)
        coat.put(panel & (out < radius), cap, 0.6)
        coat.put(panel & (np.abs(out - radius) < 0.018), rgb(232, 234, 238), 0.9)
        coat.put(panel & (out < radius * 0.35), rgb(24, 24, 26))


def _box(coat: Coat, part: Mask) -> None:
    """The body behind the cab: roller shutters, pump panel, chevrons at the rear."""
    side, y, z = part & coat.facing(0), coat.y, coat.z
    coat.put(part & coat.facing(1, 1) & (y > 2.5), rgb(168, 172, 178), 0.5)
    tread = part & (np.abs((z * 4) % 1 - 0.5) < 0.06) & (y > 2.6)
    coat.put(tread, rgb(136, 140, 146), 0.5)
    for z0, z1, low in ((-2.92, -2.36, 0.78), (-2.26, -1.12, 1.52), (-1.02, 0.06, 0.78)):
        coat.put(coat.box(side, z, y, (z0 - 0.05, z1 + 0.05, low - 0.05, 2.52)), rgb(128, 132, 138), 0.6)
        slat = 0.80 + 0.20 * np.cos(y * 2 * np.pi / 0.085)
        shutter = coat.box(side, z, y, (z0, z1, low, 2.47))
        coat.put(shutter, slat[:, None] * RED[None] * 0.96, 0.5)
        coat.put(shutter & (y < low + 0.08), rgb(206, 208, 212), 0.8)
    _stripe(coat, part)
    coat.put(side & (y > 2.56) & (y < 2.66), rgb(214, 216, 220), 0.8)
    plate = coat.box(side, z, y, (-0.98, 0.02, STRIPE - 0.19, STRIPE + 0.19))
    coat.put(plate, RED)
    coat.flank_decal(part, (-0.48, STRIPE, 1.0, 0.34), text("FIRE DEPT", (600, 180), (250, 248, 240)))
    _pump(coat, side)
    coat.put(side & (y < 0.70), SILVER * 0.86, 0.6)
    back = part & coat.facing(2, -1)
    coat.put(back & ((np.abs(coat.x) + y) * 1.6 % 1 < 0.5), YELLOW)
    coat.put(coat.box(back, coat.wide, y, (-1, 0.8, 1.0, 2.4)), DEEP)
    coat.put(coat.box(back, coat.wide, y, (0.95, 1.15, 0.9, 1.2)), rgb(240, 90, 30), 0.8)


def _fittings(coat: Coat) -> None:
    on, shiny, y = coat.surface.on, chrome(coat.surface), coat.y
    coat.put(on("bumper"), shiny, 0.95)
    coat.put(on("bumper") & coat.facing(2, 1) & (np.abs(y - 0.62) < 0.045), RED, 0.5)
    coat.put(on("rail", "upper_rail", "rung", "step"), shiny * 0.35 + 0.55, 0.7)
    coat.put(on("grab", "arm"), shiny, 0.9)
    coat.put(on("mirror"), BLACK, 0.4)
    lamp = on("lamp_l", "lamp_r")
    coat.put(lamp, rgb(226, 22, 26), 0.95)
    coat.put(lamp & (np.abs((coat.wide * 5) % 1 - 0.5) < 0.16), rgb(255, 150, 140), 0.95)
    coat.put((lamp | on("lamp_centre")) & (y < 2.81), rgb(40, 40, 44), 0.5)
    coat.put(on("lamp_centre") & (y >= 2.81), rgb(244, 244, 246), 0.9)
    coat.put(on("tank") & (np.abs(coat.wide - 0.5) < 0.05), rgb(214, 216, 220), 0.8)
    coat.put(on("tank") & (coat.wide > 1.0), WHITE, 0.4)
    coat.put(on("hose"), rgb(30, 30, 32), 0.2)
    coat.put(on("hose") & ((coat.z * 5) % 1 < 0.12), rgb(92, 94, 98), 0.4)
    head = on("headlight")
    coat.put(head, shiny * 0.3 + 0.6, 0.9)
    out = np.minimum(np.hypot(coat.wide - 0.77, y - 1.02), np.hypot(coat.wide - 0.96, y - 1.02))
    bulb = head & coat.facing(2, 1)
    coat.put(bulb & (out < 0.10), rgb(40, 42, 46), 0.9)
    coat.put(bulb & (out < 0.085), rgb(255, 252, 240), 0.95)
    coat.put(on("beacon"), rgb(226, 22, 26), 0.9)
    coat.put(on("floor"), rgb(18, 18, 20), 0.0)


def paint_fire_truck(surface: Surface) -> Floats:
    """Texels × RGBA of the fire truck."""
    coat = Coat.plain(surface, RED, 0.45)
    cab, body = surface.on("cab"), surface.on("body", "locker")
    _front(coat, cab)
    _flanks(coat, cab)
    _box(coat, body)
    arches(coat, cab, {"front": TRUCK_WHEELS["front"]}, rgb(214, 216, 220))
    arches(coat, body, {"rear": TRUCK_WHEELS["rear"]}, rgb(214, 216, 220))
    _fittings(coat)
    tyres(coat, TRUCK_WHEELS, racing=False)
    return coat.finished(1.0)
