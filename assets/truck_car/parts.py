"""All parts of the fire truck and, with equal grids, of the race car."""

from __future__ import annotations

from assets.build.kit import Part
from assets.truck_car.fittings import fittings
from assets.truck_car.hulls import hulls


def parts() -> list[Part]:
    """Return all parts, the large ones first."""
    return [*hulls(), *fittings()]
