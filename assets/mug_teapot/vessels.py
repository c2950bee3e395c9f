"""The mug and the teapot as numbers: a profile to be turned, the way of the handle, the way of the spout.

Heights and lengths in heights of the mug. The mug's wall is the teapot's belly, its lip the opening's rim,
its inside and the coffee the lid and the knob.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

Points = Sequence[tuple[float, float]]
Tube = Sequence[tuple[float, float, float, float]]
"""Distance from the axis, height, half width across the plane of handle and spout, half width in it."""


@dataclass(frozen=True)
class Vessel:
    """One end: zones of the profile (radius, height) from below the foot to the middle of the top."""

    under: Points
    wall: Points
    lip: Points
    inner: Points
    cover: Points
    handle: Tube
    """From its upper root to its lower one."""
    spout: Tube
    """From the wall to the tip; empty where there is none."""


COFFEE = 0.915
"""Height of the coffee in the mug."""

MUG = Vessel(
    under=((0.02, 0.03), (0.29, 0.03), (0.325, 0.0), (0.35, 0.0)),
    wall=((0.35, 0.0), (0.39, 0.022), (0.418, 0.07), (0.428, 0.15), (0.432, 0.5), (0.433, 0.8), (0.436, 0.975)),
    lip=((0.436, 0.975), (0.433, 0.993), (0.420, 1.0), (0.409, 0.993), (0.405, 0.975)),
    inner=((0.405, 0.975), (0.401, 0.93), (0.398, COFFEE + 0.008)),
    cover=((0.398, COFFEE + 0.008), (0.385, COFFEE), (0.2, COFFEE), (0.01, COFFEE)),
    handle=(
        (0.43, 0.80, 0.058, 0.044), (0.56, 0.825, 0.055, 0.038), (0.67, 0.785, 0.055, 0.036), (0.728, 0.68, 0.056, 0.036),
        (0.730, 0.54, 0.056, 0.036), (0.675, 0.39, 0.055, 0.036), (0.57, 0.285, 0.056, 0.038), (0.43, 0.25, 0.060, 0.044),
    ),
    spout=(),
)  # fmt: skip
TEAPOT = Vessel(
    under=((0.02, 0.03), (0.28, 0.03), (0.305, 0.0), (0.325, 0.0)),
    wall=(
        (0.325, 0.0), (0.345, 0.03), (0.40, 0.075), (0.49, 0.165), (0.549, 0.29), (0.568, 0.43), (0.556, 0.57),
        (0.505, 0.695), (0.425, 0.785), (0.315, 0.845),
    ),
    lip=((0.315, 0.845), (0.310, 0.862), (0.298, 0.868), (0.287, 0.864), (0.282, 0.856)),
    inner=((0.282, 0.856), (0.278, 0.849), (0.274, 0.848)),
    cover=(
        (0.274, 0.848), (0.272, 0.866), (0.260, 0.884), (0.21, 0.924), (0.15, 0.955), (0.085, 0.976), (0.053, 0.988),
        (0.040, 1.006), (0.048, 1.026), (0.072, 1.050), (0.080, 1.082), (0.067, 1.116), (0.038, 1.136), (0.008, 1.140),
    ),
    handle=(
        (0.48, 0.725, 0.060, 0.050), (0.60, 0.815, 0.054, 0.040), (0.735, 0.825, 0.053, 0.038), (0.835, 0.735, 0.054, 0.038),
        (0.862, 0.585, 0.054, 0.038), (0.815, 0.43, 0.054, 0.038), (0.71, 0.30, 0.056, 0.040), (0.53, 0.235, 0.062, 0.050),
    ),
    spout=(
        (0.54, 0.36, 0.15, 0.17), (0.66, 0.42, 0.115, 0.122), (0.745, 0.52, 0.089, 0.092), (0.80, 0.64, 0.071, 0.072),
        (0.85, 0.765, 0.060, 0.057), (0.925, 0.86, 0.054, 0.047),
    ),
)  # fmt: skip
