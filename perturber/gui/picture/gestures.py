"""Camera changes for mouse gestures over the picture. Pure functions without widgets."""

from __future__ import annotations

from math import atan2, degrees, hypot

from perturber.core.parameters.parameter import find
from perturber.core.session.scene import Camera
from perturber.core.session.session import Session

CAMERA = "scene.camera"
DEGREES_PER_PIXEL = 0.4
DOLLY_PER_NOTCH = 0.9
"""Factor on the distance for one wheel notch toward the object."""
HUB = 0.12
"""Radius around the center, as a fraction of the picture's side, within which angles are unreliable."""
Changes = dict[str, float]


def _clamp(name: str, value: float) -> float:
    parameter = find(Session, f"{CAMERA}.{name}")
    assert parameter.low is not None
    assert parameter.high is not None
    return min(parameter.high, max(parameter.low, value))


def _wrap_angle(angle: float) -> float:
    """Return the same angle in the range -180 … 180 degrees."""
    return (angle + 180.0) % 360.0 - 180.0


def rotate(camera: Camera, dx: float, dy: float) -> Changes:
    """Rotate the object with the pointer, in pixels: right turns its front to the right, down tips its top forward."""
    return {
        f"{CAMERA}.yaw": _wrap_angle(camera.yaw - DEGREES_PER_PIXEL * dx),
        f"{CAMERA}.pitch": _clamp("pitch", camera.pitch - DEGREES_PER_PIXEL * dy),
    }


def roll(camera: Camera, start: tuple[float, float], end: tuple[float, float], side: float) -> Changes:
    """Roll the camera by the angle that the pointer moved around the center of the picture.

    ``start`` and ``end`` are relative to the center of a picture with this side in pixels, y down. Near the
    center, where the angle jumps, the horizontal distance decides instead.
    """
    if min(hypot(*start), hypot(*end)) < HUB * side:
        turned = DEGREES_PER_PIXEL * (end[0] - start[0])
    else:
        turned = _wrap_angle(degrees(atan2(end[1], end[0]) - atan2(start[1], start[0])))
    return {f"{CAMERA}.roll": _wrap_angle(camera.roll + turned)}


def dolly(camera: Camera, notches: float) -> Changes:
    """Move the camera closer (positive) or farther away."""
    return {f"{CAMERA}.distance": _clamp("distance", camera.distance * DOLLY_PER_NOTCH**notches)}


def pan(camera: Camera, dx: float, dy: float, side: float) -> Changes:
    """Shift the object by the distance in pixels that the pointer moved in a picture with this side."""
    return {
        f"{CAMERA}.pan_x": _clamp("pan_x", camera.pan_x + 2.0 * dx / side),
        f"{CAMERA}.pan_y": _clamp("pan_y", camera.pan_y - 2.0 * dy / side),
    }


def home() -> Changes:
    """Return the changes that reset the camera."""
    return {f"{CAMERA}.{name}": getattr(Camera(), name) for name in Camera.model_fields}
