"""The mug and the teapot as numbers: turned profile, path of the handle, path of the spout.

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
    """Path from the upper root to the lower one."""
    spout: Tube
    """Path from the wall to the tip; empty without a spout."""


COFFEE = 0.85
"""Height of the coffee in the mug."""

MUG = Vessel(
    under=((0.02, 0.03), (0.32, 0.03), (0.355, 0.0), (0.38, 0.0)),
    wall=(
        (0.380, 0.0), (0.420, 0.022), (0.447, 0.07), (0.457, 0.15), (0.461, 0.46), (0.462, 0.74), (0.465, 0.895),
    ),
    lip=((0.465, 0.895), (0.462, 0.913), (0.449, 0.92), (0.438, 0.913), (0.434, 0.895)),
    inner=((0.434, 0.895), (0.430, 0.875), (0.427, COFFEE + 0.008)),
    cover=((0.427, COFFEE + 0.008), (0.414, COFFEE), (0.2, COFFEE), (0.01, COFFEE)),
    handle=(
        (0.46, 0.735, 0.060, 0.045), (0.59, 0.760, 0.057, 0.039), (0.70, 0.722, 0.057, 0.037),
        (0.755, 0.625, 0.058, 0.037), (0.757, 0.50, 0.058, 0.037), (0.705, 0.36, 0.057, 0.037),
        (0.60, 0.265, 0.058, 0.039), (0.46, 0.230, 0.062, 0.045),
    ),
    spout=(),
)  # fmt: skip
TEAPOT = Vessel(
    under=((0.02, 0.03), (0.30, 0.03), (0.325, 0.0), (0.345, 0.0)),
    wall=(
        (0.345, 0.0), (0.365, 0.03), (0.42, 0.072), (0.515, 0.16), (0.580, 0.285), (0.602, 0.42), (0.588, 0.555),
        (0.532, 0.675), (0.445, 0.765), (0.330, 0.822),
    ),
    lip=((0.330, 0.822), (0.325, 0.839), (0.313, 0.845), (0.302, 0.841), (0.297, 0.833)),
    inner=((0.297, 0.833), (0.293, 0.826), (0.289, 0.825)),
    cover=(
        (0.289, 0.825), (0.287, 0.842), (0.275, 0.859), (0.22, 0.898), (0.155, 0.928), (0.088, 0.948), (0.054, 0.960),
        (0.042, 0.976), (0.050, 0.996), (0.074, 1.019), (0.082, 1.049), (0.069, 1.081), (0.039, 1.100), (0.008, 1.104),
    ),
    handle=(
        (0.51, 0.70, 0.064, 0.052), (0.63, 0.785, 0.058, 0.043), (0.765, 0.80, 0.057, 0.041),
        (0.865, 0.72, 0.058, 0.041), (0.900, 0.57, 0.058, 0.041), (0.860, 0.42, 0.058, 0.041),
        (0.75, 0.30, 0.059, 0.043), (0.565, 0.24, 0.064, 0.052),
    ),
    spout=(
        (0.57, 0.36, 0.165, 0.18), (0.68, 0.42, 0.132, 0.14), (0.765, 0.51, 0.104, 0.108),
        (0.825, 0.61, 0.084, 0.084), (0.875, 0.71, 0.070, 0.066), (0.940, 0.79, 0.062, 0.053),
    ),
)  # fmt: skip
