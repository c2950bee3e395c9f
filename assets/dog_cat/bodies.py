"""The sitting dog and cat as lists of corresponding primitives, in metres-like units, 1.6 and 1.4 tall."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from assets.build.geometry import Floats
from assets.build.sdf import Body, Cone, Ellipsoid, Primitive, Vector, mirror


def _body(parts: dict[str, Primitive]) -> dict[str, Primitive]:
    """Parts whose name ends in _l get a mirrored twin _r, in place."""
    result = {}
    for name, part in parts.items():
        result[name] = part
        if name.endswith("_l"):
            result[name[:-2] + "_r"] = mirror(part)
    return result


def _squat(parts: dict[str, Primitive], top: float, factor: float) -> dict[str, Primitive]:
    """Parts moved towards the height ``top``: the animal sits lower, its thickness stays."""

    def lower(point: Vector) -> Floats:
        return np.array([point[0], top - (top - point[1]) * factor, point[2]])

    result: dict[str, Primitive] = {}
    for name, part in parts.items():
        if isinstance(part, Cone):
            result[name] = replace(part, start=lower(part.start), end=lower(part.end))
        else:
            result[name] = replace(part, centre=lower(part.centre))
    return result


def dog() -> Body:
    """A German shepherd with its mouth open."""
    return _body(
        {
            "torso": Cone((0, 0.74, 0.02), (0, 0.30, -0.30), (0.245, 0.25), 0.08),
            "rump": Ellipsoid((0, 0.25, -0.34), (0.26, 0.25, 0.24), 0.12),
            "chest": Ellipsoid((0, 0.68, 0.11), (0.245, 0.30, 0.22), 0.12),
            "thigh_l": Ellipsoid((0.225, 0.27, -0.10), (0.11, 0.25, 0.23), 0.07, -25),
            "upper_l": Cone((0.14, 0.38, 0.24), (0.155, 0.68, 0.15), (0.066, 0.130), 0.09),
            "lower_l": Cone((0.135, 0.06, 0.285), (0.14, 0.38, 0.24), (0.052, 0.064), 0.05),
            "paw_l": Cone((0.135, 0.050, 0.29), (0.137, 0.045, 0.375), (0.060, 0.056), 0.035),
            "foot_l": Cone((0.25, 0.055, -0.15), (0.24, 0.05, 0.16), (0.055, 0.058), 0.05),
            "neck": Cone((0, 0.86, 0.08), (0, 1.17, 0.16), (0.225, 0.185), 0.14),
            "ruff": Ellipsoid((0, 0.88, 0.17), (0.185, 0.22, 0.15), 0.12),
            "tail_a": Cone((0, 0.12, -0.46), (0.2, 0.07, -0.56), (0.06, 0.076), 0.08),
            "tail_b": Cone((0.2, 0.07, -0.56), (0.42, 0.06, -0.42), (0.076, 0.062), 0.05),
            "tail_c": Cone((0.42, 0.06, -0.42), (0.50, 0.05, -0.18), (0.062, 0.022), 0.05),
            "skull": Ellipsoid((0, 1.275, 0.18), (0.182, 0.152, 0.20), 0.09),
            "cheek_l": Ellipsoid((0.098, 1.19, 0.20), (0.092, 0.115, 0.14), 0.06),
            "jaw": Cone((0, 1.085, 0.29), (0, 1.018, 0.50), (0.075, 0.046), 0.03),
            "muzzle": Cone((0, 1.195, 0.32), (0, 1.165, 0.555), (0.118, 0.086), 0.07, (1, 0, 0), 0.95),
            "lip_l": Ellipsoid((0.042, 1.125, 0.50), (0.046, 0.046, 0.09), 0.035),
            "brow_l": Ellipsoid((0.075, 1.322, 0.305), (0.058, 0.030, 0.055), 0.05),
            "ear_l": Cone((0.118, 1.36, 0.12), (0.180, 1.65, 0.11), (0.122, 0.010), 0.045, (0.35, 0, 1), 0.30),
            "hollow_l": Cone(
                (0.115, 1.38, 0.172), (0.170, 1.58, 0.145), (0.082, 0.008), 0.015, (0.35, 0, 1), 0.40, True
            ),
            "socket_l": Ellipsoid((0.093, 1.272, 0.367), (0.030, 0.026, 0.030), 0.02, 0, True),
            "mouth": Ellipsoid((0, 1.080, 0.46), (0.060, 0.017, 0.155), 0.015, 10, True),
            "nose": Ellipsoid((0, 1.207, 0.625), (0.050, 0.040, 0.034), 0.015),
        }
    )


def cat() -> Body:
    """A tabby with its mouth closed."""
    trunk: dict[str, Primitive] = {
        "torso": Cone((0, 0.63, 0.0), (0, 0.28, -0.22), (0.20, 0.26), 0.08),
        "rump": Ellipsoid((0, 0.23, -0.25), (0.255, 0.23, 0.25), 0.12),
        "chest": Ellipsoid((0, 0.60, 0.10), (0.18, 0.26, 0.185), 0.12),
        "thigh_l": Ellipsoid((0.20, 0.23, -0.03), (0.11, 0.22, 0.24), 0.07, -20),
        "upper_l": Cone((0.085, 0.36, 0.21), (0.115, 0.60, 0.12), (0.060, 0.11), 0.09),
        "lower_l": Cone((0.082, 0.06, 0.25), (0.085, 0.36, 0.21), (0.046, 0.056), 0.05),
        "paw_l": Cone((0.083, 0.045, 0.255), (0.086, 0.040, 0.315), (0.054, 0.050), 0.035),
        "foot_l": Cone((0.205, 0.05, 0.0), (0.185, 0.045, 0.22), (0.052, 0.052), 0.05),
        "neck": Cone((0, 0.74, 0.07), (0, 0.98, 0.13), (0.165, 0.145), 0.14),
        "ruff": Ellipsoid((0, 0.78, 0.14), (0.145, 0.17, 0.12), 0.12),
        "tail_a": Cone((0, 0.12, -0.42), (0.25, 0.07, -0.38), (0.062, 0.06), 0.08),
        "tail_b": Cone((0.25, 0.07, -0.38), (0.37, 0.06, -0.08), (0.06, 0.055), 0.05),
        "tail_c": Cone((0.37, 0.06, -0.08), (0.31, 0.05, 0.20), (0.055, 0.040), 0.05),
    }
    head: dict[str, Primitive] = {
        "skull": Ellipsoid((0, 1.06, 0.14), (0.215, 0.175, 0.19), 0.09),
        "cheek_l": Ellipsoid((0.112, 0.985, 0.165), (0.112, 0.092, 0.115), 0.06),
        "jaw": Cone((0, 0.94, 0.24), (0, 0.93, 0.298), (0.055, 0.042), 0.03),
        "muzzle": Cone((0, 1.015, 0.255), (0, 0.985, 0.318), (0.085, 0.064), 0.07, (1, 0, 0), 0.92),
        "lip_l": Ellipsoid((0.038, 0.965, 0.322), (0.050, 0.042, 0.040), 0.035),
        "brow_l": Ellipsoid((0.08, 1.130, 0.245), (0.06, 0.03, 0.045), 0.05),
        "ear_l": Cone((0.130, 1.165, 0.11), (0.196, 1.405, 0.085), (0.108, 0.006), 0.045, (0.4, 0, 1), 0.30),
        "hollow_l": Cone((0.127, 1.175, 0.155), (0.184, 1.335, 0.118), (0.066, 0.005), 0.015, (0.4, 0, 1), 0.40, True),
        "socket_l": Ellipsoid((0.089, 1.060, 0.306), (0.043, 0.038, 0.042), 0.02, 0, True),
        "mouth": Ellipsoid((0, 0.937, 0.345), (0.028, 0.005, 0.030), 0.015, 0, True),
        "nose": Ellipsoid((0, 1.006, 0.372), (0.022, 0.015, 0.012), 0.015),
    }
    return _body(_squat(trunk, 0.95, 0.87) | head)


EYES = {
    "dog": ((0.089, 1.274, 0.341), 0.030, (0.34, 0.02, 1.0)),
    "cat": ((0.084, 1.062, 0.268), 0.041, (0.24, 0.0, 1.0)),
}
"""Centre, radius and direction of the left eye's gaze."""
TONGUES = {
    "dog": (((0, 1.055, 0.40), (0, 1.062, 0.555), (0, 0.985, 0.585)), 0.046),
    "cat": (((0, 0.955, 0.20), (0, 0.954, 0.24), (0, 0.950, 0.27)), 0.026),
}
"""Three points of its middle line, and half width; the cat keeps it inside."""
WHISKERS = {"dog": (0.07, 0.0016), "cat": (0.28, 0.0022)}
"""Length and radius."""
