"""Drawing an object pair, relative to the bare draw of a mesh of the same size; loading one."""

from __future__ import annotations

from functools import partial
from statistics import median
from typing import Any

import moderngl
import numpy as np

from benchmarks.bare import clock
from perturber.core.parameters.parameter import replace
from perturber.core.session.scene import PairSubject, Scene
from perturber.scene.assets.pairs import pairs
from perturber.scene.renderer import Renderer
from perturber.scene.stage.camera import view_of
from perturber.scene.stage.resources import Model, load_model

SIDE, TURNS, TIMES = 448, 20, 6
VERTEX = """#version 330
uniform mat4 projection;
uniform mat4 modelview;
in vec3 position;
void main() { gl_Position = projection * (modelview * vec4(position, 1.0)); }
"""
FRAGMENT = """#version 330
out vec4 color;
void main() { color = vec4(0.7, 0.6, 0.5, 1.0); }
"""


class BareMesh:
    """The default pair's triangles in one color: only positions and depth."""

    def __init__(self, context: moderngl.Context, model: Model) -> None:
        self._context, self._model = context, model
        self._program = context.program(vertex_shader=VERTEX, fragment_shader=FRAGMENT)
        held = np.frombuffer(model.vertices.read(), np.uint8).reshape(-1, 15 * 4)
        positions = np.ascontiguousarray(held[:, :12])
        self._array = context.vertex_array(
            self._program, [(context.buffer(positions.tobytes()), "3f", "position")], model.indices
        )
        self._target = context.framebuffer([context.texture((SIDE, SIDE), 4)], context.depth_renderbuffer((SIDE, SIDE)))

    def draw(self, scene: Scene) -> None:
        view = view_of(scene.camera, self._model.center, self._model.radius)
        self._program["projection"].write(view.projection.tobytes())  # type: ignore[union-attr]
        self._program["modelview"].write(view.modelview.tobytes())  # type: ignore[union-attr]
        self._target.use()
        self._context.enable(moderngl.DEPTH_TEST)
        self._target.clear(depth=1.0)
        self._array.render(moderngl.TRIANGLES)
        self._context.finish()


def _load(context: moderngl.Context, name: str, turn: int) -> None:
    load_model(context, PairSubject(name=name)).release()


def object_figures() -> dict[str, Any]:
    """Return ``draw_over_bare``: the default scene rasterized at 448² (and reduced) over the bare mesh."""
    renderer = Renderer()
    scene = Scene()
    renderer.draw(scene, SIDE // 2)
    context = renderer._context
    bare = BareMesh(context, renderer._model(scene.subject))

    def turned(turn: int) -> Scene:
        return replace(scene, "camera.yaw", float(turn * 7 % 90 - 45))

    def whole(turn: int) -> None:
        renderer.draw(turned(turn), SIDE // 2)
        context.finish()

    ours, theirs = [], []
    for _ in range(TURNS):
        ours += clock(whole, TIMES)[1:]
        theirs += clock(lambda turn: bare.draw(turned(turn)), TIMES)[1:]
    loads = {name: min(clock(partial(_load, context, name), 3)) for name in pairs()}
    renderer.release()
    return {
        "draw_over_bare": median(ours) / median(theirs),
        "object_draw_ms": 1e3 * median(ours),
        "bare_mesh_ms": 1e3 * median(theirs),
        "pair_load_s": max(loads.values()),
    }
