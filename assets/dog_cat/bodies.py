"""The sitting dog and cat as lists of corresponding primitives, 1.6 and 1.4 units tall."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from assets.build.geometry import Floats
from assets.build.sdf import Body, Cone, Ellipsoid, Primitive, Vector, mirror


def _body(parts: dict[str, Primitive]) -> dict[str, Primitive]:
    """Insert a mirrored twin _r after every part whose name ends in _l."""
    result = {}
    for name, part in parts.items():
        result[name] = part
        if name.endswith("_l"):
            result[name[:-2] + "_r"] = mirror(part)
    return result


def _squat(parts: dict[str, Primitive], top: float, factor: float) -> dict[str, Primitive]:
    """Move parts towards the height ``top``: the animal sits lower, at unchanged thickness."""

    def lower(point: Vector) -> Floats:
        return np.array([point[0], top - (top - point[1]) * factor, point[2]])

    result: dict[str, Primitive] = {}
    for name, part in parts.items():
        if isinstance(part, Cone):
            result[name] = replace(part, start=lower(part.start), end=lower(part.end))
        else:
            result[name] = replace(part, center=lower(part.center))
    return result


def _toes(name: str, root: Vector, spread: float, size: float) -> dict[str, Primitive]:
    """Four toes of a left foot in an arc around ``root``, ``spread`` apart and ``size`` long."""
    x, y, z = root
    return {
        f"{name}{number}_l": Ellipsoid(
            (x + step * spread, y - 0.1 * size * back, z - 0.62 * size * back),
            (0.56 * spread, 0.78 * size, size),
            0.012,
            8,
        )
        for number, (step, back) in enumerate(((-0.5, 0), (0.5, 0), (-1.38, 1), (1.38, 1)), start=1)
    }


def dog() -> Body:
    """A German shepherd with its mouth open."""
    return _body(
        {
            "torso": Cone((0, 0.74, 0.02), (0, 0.30, -0.30), (0.245, 0.25), 0.08),
            "rump": Ellipsoid((0, 0.25, -0.34), (0.26, 0.25, 0.24), 0.12),
            "chest": Ellipsoid((0, 0.68, 0.10), (0.235, 0.30, 0.22), 0.12),
            "keel": Ellipsoid((0, 0.66, 0.24), (0.13, 0.17, 0.11), 0.10),
            "shoulder_l": Ellipsoid((0.165, 0.61, 0.12), (0.095, 0.20, 0.14), 0.07, -18),
            "thigh_l": Ellipsoid((0.225, 0.27, -0.10), (0.11, 0.25, 0.23), 0.07, -25),
            "upper_l": Cone((0.142, 0.37, 0.215), (0.155, 0.66, 0.15), (0.066, 0.120), 0.08),
            "lower_l": Cone((0.137, 0.135, 0.268), (0.142, 0.37, 0.215), (0.046, 0.064), 0.05),
            "wrist_l": Ellipsoid((0.137, 0.150, 0.272), (0.051, 0.052, 0.052), 0.03),
            "pastern_l": Cone((0.136, 0.060, 0.318), (0.137, 0.140, 0.272), (0.046, 0.043), 0.03),
            "paw_l": Cone((0.136, 0.046, 0.318), (0.137, 0.040, 0.350), (0.052, 0.044), 0.03, (0, 1, 0), 0.9),
            **_toes("toe", (0.137, 0.034, 0.385), 0.042, 0.045),
            "foot_l": Cone((0.252, 0.060, -0.17), (0.243, 0.048, 0.13), (0.052, 0.055), 0.05),
            **_toes("tip", (0.243, 0.034, 0.185), 0.040, 0.044),
            "neck": Cone((0, 0.86, 0.06), (0, 1.17, 0.14), (0.232, 0.191), 0.14),
            "ruff": Ellipsoid((0, 0.89, 0.17), (0.19, 0.22, 0.15), 0.12),
            "tail_a": Cone((0, 0.12, -0.46), (0.2, 0.07, -0.56), (0.06, 0.076), 0.08),
            "tail_b": Cone((0.2, 0.07, -0.56), (0.42, 0.06, -0.42), (0.076, 0.062), 0.05),
            "tail_c": Cone((0.42, 0.06, -0.42), (0.50, 0.05, -0.18), (0.062, 0.022), 0.05),
            "skull": Ellipsoid((0, 1.280, 0.17), (0.180, 0.150, 0.20), 0.09),
            "cheek_l": Ellipsoid((0.100, 1.20, 0.19), (0.094, 0.115, 0.14), 0.06),
            "jaw": Cone((0, 1.082, 0.28), (0, 1.022, 0.49), (0.072, 0.044), 0.03),
            "muzzle": Cone((0, 1.190, 0.32), (0, 1.152, 0.555), (0.118, 0.088), 0.06, (1, 0, 0), 0.95),
            "lip_l": Ellipsoid((0.042, 1.118, 0.50), (0.044, 0.046, 0.10), 0.035),
            "brow_l": Ellipsoid((0.074, 1.330, 0.292), (0.056, 0.028, 0.055), 0.045),
            "ear_l": Cone((0.120, 1.365, 0.115), (0.152, 1.477, 0.113), (0.102, 0.066), 0.045, (0.35, 0, 1), 0.36),
            "point_l": Cone((0.152, 1.477, 0.113), (0.171, 1.593, 0.108), (0.066, 0.010), 0.02, (0.35, 0, 1), 0.30),
            "hollow_l": Cone(
                (0.115, 1.375, 0.185), (0.162, 1.545, 0.150), (0.072, 0.010), 0.015, (0.35, 0, 1), 0.50, True
            ),
            "socket_l": Ellipsoid((0.090, 1.284, 0.352), (0.034, 0.028, 0.034), 0.018, 0, True),
            "mouth": Ellipsoid((0, 1.077, 0.46), (0.060, 0.018, 0.155), 0.015, 10, True),
            "nose": Ellipsoid((0, 1.192, 0.620), (0.048, 0.038, 0.034), 0.015),
        }
    )


def _cat_trunk() -> dict[str, Primitive]:
    return {
        "torso": Cone((0, 0.64, 0.0), (0, 0.28, -0.22), (0.205, 0.26), 0.08),
        "rump": Ellipsoid((0, 0.23, -0.25), (0.255, 0.23, 0.25), 0.12),
        "chest": Ellipsoid((0, 0.60, 0.09), (0.185, 0.27, 0.185), 0.12),
        "keel": Ellipsoid((0, 0.60, 0.19), (0.11, 0.17, 0.09), 0.10),
        "shoulder_l": Ellipsoid((0.130, 0.54, 0.10), (0.080, 0.18, 0.13), 0.07, -14),
        "thigh_l": Ellipsoid((0.20, 0.23, -0.03), (0.11, 0.22, 0.24), 0.07, -20),
        "upper_l": Cone((0.087, 0.35, 0.190), (0.115, 0.58, 0.12), (0.060, 0.105), 0.08),
        "lower_l": Cone((0.083, 0.125, 0.232), (0.087, 0.35, 0.190), (0.045, 0.056), 0.05),
        "wrist_l": Ellipsoid((0.083, 0.130, 0.234), (0.047, 0.048, 0.047), 0.03),
        "pastern_l": Cone((0.083, 0.060, 0.265), (0.083, 0.125, 0.234), (0.046, 0.043), 0.03),
        "paw_l": Cone((0.084, 0.046, 0.268), (0.086, 0.040, 0.296), (0.052, 0.046), 0.03, (0, 1, 0), 0.9),
        **_toes("toe", (0.087, 0.036, 0.322), 0.040, 0.040),
        "foot_l": Cone((0.208, 0.055, -0.02), (0.190, 0.045, 0.19), (0.050, 0.053), 0.05),
        **_toes("tip", (0.188, 0.036, 0.232), 0.038, 0.038),
        "neck": Cone((0, 0.74, 0.05), (0, 0.98, 0.11), (0.179, 0.160), 0.14),
        "ruff": Ellipsoid((0, 0.79, 0.14), (0.160, 0.18, 0.12), 0.12),
        "tail_a": Cone((0, 0.12, -0.42), (0.25, 0.07, -0.38), (0.062, 0.06), 0.08),
        "tail_b": Cone((0.25, 0.07, -0.38), (0.37, 0.06, -0.08), (0.06, 0.055), 0.05),
        "tail_c": Cone((0.37, 0.06, -0.08), (0.31, 0.05, 0.20), (0.055, 0.040), 0.05),
    }


def cat() -> Body:
    """A tabby with its mouth closed."""
    head: dict[str, Primitive] = {
        "skull": Ellipsoid((0, 1.065, 0.13), (0.214, 0.180, 0.195), 0.09),
        "cheek_l": Ellipsoid((0.121, 0.985, 0.155), (0.121, 0.098, 0.115), 0.06),
        "jaw": Cone((0, 0.944, 0.23), (0, 0.934, 0.284), (0.058, 0.040), 0.03),
        "muzzle": Cone((0, 1.022, 0.250), (0, 0.990, 0.318), (0.086, 0.060), 0.06, (1, 0, 0), 0.92),
        "lip_l": Ellipsoid((0.040, 0.966, 0.318), (0.052, 0.042, 0.042), 0.03),
        "brow_l": Ellipsoid((0.08, 1.128, 0.240), (0.06, 0.03, 0.045), 0.045),
        "ear_l": Cone((0.138, 1.160, 0.095), (0.172, 1.260, 0.090), (0.112, 0.062), 0.045, (0.45, 0, 1), 0.36),
        "point_l": Cone((0.172, 1.260, 0.090), (0.207, 1.364, 0.080), (0.062, 0.008), 0.02, (0.45, 0, 1), 0.30),
        "hollow_l": Cone((0.136, 1.170, 0.160), (0.191, 1.320, 0.115), (0.076, 0.008), 0.015, (0.45, 0, 1), 0.50, True),
        "socket_l": Ellipsoid((0.089, 1.062, 0.300), (0.040, 0.034, 0.034), 0.016, 0, True),
        "mouth": Ellipsoid((0, 0.937, 0.342), (0.028, 0.005, 0.030), 0.015, 0, True),
        "nose": Ellipsoid((0, 1.006, 0.374), (0.022, 0.015, 0.012), 0.015),
    }
    return _body(_squat(_cat_trunk(), 0.95, 0.87) | head)


EYES = {
    "dog": ((0.087, 1.286, 0.326), 0.031, (0.34, 0.02, 1.0)),
    "cat": ((0.086, 1.062, 0.265), 0.041, (0.30, 0.0, 1.0)),
}
"""Center, radius and direction of the left eye's gaze."""
TONGUES = {
    "dog": (((0, 1.055, 0.40), (0, 1.062, 0.555), (0, 0.985, 0.585)), 0.046),
    "cat": (((0, 0.955, 0.20), (0, 0.954, 0.24), (0, 0.950, 0.27)), 0.026),
}
"""Three points of the tongue's middle line, and half width; the cat's is inside its mouth."""
WHISKERS = {"dog": (0.07, 0.0016), "cat": (0.26, 0.0036)}
"""Length and radius."""
