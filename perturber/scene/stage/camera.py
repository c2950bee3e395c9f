"""The camera: an orbit around the object's center; at distance 1 the object fits the frame."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pyrr import Matrix33, Matrix44, Vector3

from perturber.core.session.scene import Camera

MARGIN = 1.02
"""Radius that fits the frame, in radii of the object's sphere."""


@dataclass(frozen=True)
class CameraView:
    """Matrices (column-major float32, 4×4) and the eye's position."""

    projection: NDArray[np.float32]
    modelview: NDArray[np.float32]
    eye: tuple[float, float, float]


def rotation(camera: Camera) -> Matrix33:
    """Return the rotation from world to camera axes: yaw around y, then pitch around x, then roll around the view."""
    turn = Matrix33.from_y_rotation(math.radians(camera.yaw))
    nod = Matrix33.from_x_rotation(math.radians(camera.pitch))
    lean = Matrix33.from_z_rotation(math.radians(camera.roll))
    return Matrix33(lean * nod * turn)


def fitting_distance(radius: float, fov: float) -> float:
    """Return the distance at which a sphere of ``radius`` just fits the frame; ``fov`` in degrees."""
    return MARGIN * radius / math.sin(math.radians(fov) / 2)


def view_of(camera: Camera, center: Vector3, radius: float) -> CameraView:
    """Return the view of an object inside a sphere of ``radius`` around ``center``.

    At distance 1 the sphere just fits the frame at all angles and fields of view: nothing is cut off,
    and the object keeps its size. Panning shifts the finished picture, as a shift lens does, and never
    changes the view of the object.
    """
    distance = camera.distance * fitting_distance(radius, camera.fov)
    near = max(distance - 2.5 * radius, distance * 0.02)
    projection = Matrix44.perspective_projection(camera.fov, 1.0, near, distance + 4 * radius)
    shift = Matrix44.from_translation((camera.pan_x, camera.pan_y, 0.0))
    orient = rotation(camera)
    modelview = (
        Matrix44.from_translation((0.0, 0.0, -distance))
        * Matrix44.from_matrix33(orient)
        * Matrix44.from_translation(-center)
    )
    eye = center + Matrix33(orient).transpose() * Vector3((0.0, 0.0, distance))
    return CameraView(
        np.asarray(shift * projection, np.float32),
        np.asarray(modelview, np.float32),
        (float(eye[0]), float(eye[1]), float(eye[2])),
    )
