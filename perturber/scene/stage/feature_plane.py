"""The plane that carries a feature image, in the object's place."""

from __future__ import annotations

import math

import moderngl
from pyrr import Vector3

from perturber.core.errors import InputError
from perturber.core.evaluation import SIZE, Pixels
from perturber.core.session.scene import Scene
from perturber.scene.gl.programs import Programs, set_uniforms
from perturber.scene.gl.targets import Targets
from perturber.scene.stage.camera import MARGIN, view_of
from perturber.scene.stage.resources import Cache
from perturber.scene.stage.textures import upload

PICTURES = 4
"""Number of pictures kept on the GPU, so that switching between units uploads nothing."""
CENTER = Vector3((0.0, 0.0, 0.0))


def reach(side: int, fov: float) -> float:
    """Return the radius of the sphere around the square of plane.vert that shows it unscaled at distance 1.

    Networks then see the picture, ``side`` pixels wide, at the size it was optimized for: units respond
    to size. ``fov`` in degrees.
    """
    return SIZE / side * math.cos(math.radians(fov) / 2) / MARGIN


class Plane:
    """Draws a picture on an upright square, unlit, so that networks see its own colors."""

    def __init__(self, context: moderngl.Context, programs: Programs, targets: Targets) -> None:
        self._context, self._programs, self._targets = context, programs, targets
        self._pictures: Cache[moderngl.Texture] = Cache(PICTURES, lambda texture: texture.release())

    def draw(self, scene: Scene, picture: Pixels | None, target: moderngl.Framebuffer) -> None:
        """Draw the plane on transparent black, colors multiplied by coverage.

        ``picture`` is a square, row 0 at the top. Raises InputError when there is no picture.
        """
        if picture is None:
            raise InputError("scene.plane.enabled", "the scene is drawn without a feature image", "off")
        key = (picture.shape, picture.tobytes())
        texture = self._pictures.get(key, lambda: upload(self._context, picture[::-1], repeat=False))
        target.use()
        self._context.disable(moderngl.DEPTH_TEST | moderngl.BLEND | moderngl.CULL_FACE)
        target.clear(0.0, 0.0, 0.0, 0.0, depth=1.0)
        surface, camera = scene.surface, scene.camera
        view = view_of(camera, CENTER, reach(len(picture), camera.fov))
        defines = ["BLURRED"] if surface.blur > 0 else []
        program = self._programs.get("scene/plane.vert", "scene/plane.frag", *defines)
        texture.use(0)
        set_uniforms(
            program,
            {
                "projection": view.projection.tobytes(),
                "modelview": view.modelview.tobytes(),
                "picture": 0,
                "influence": surface.texture,
                "level": surface.blur * math.log2(max(texture.size)),
            },
        )
        self._targets.fullscreen(program).render(moderngl.TRIANGLE_STRIP, vertices=4)
