"""The chain of post effects: one shader per effect, uniforms from its fields, identities skipped."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from time import perf_counter

import moderngl
import numpy as np

from perturber.core.session.post import Custom, Effect, Noise, Patches, Post
from perturber.scene.effects.custom_glsl import CustomPrograms, check_time
from perturber.scene.gl.programs import Programs, set_uniforms
from perturber.scene.gl.targets import Targets
from perturber.scene.stage.resources import Cache

REFERENCE = 224
"""Picture width for which sigmas are given, in pixels."""
VERTEX = "scene/fullscreen.vert"


def patch_order(k: int, seed: int) -> np.ndarray[tuple[int, int, int], np.dtype[np.float32]]:
    """Return, for each of k × k cells (row from the bottom, column), the column and row it shows: k×k×2.

    The order is a permutation that moves at least one cell.
    """
    rng = np.random.default_rng((seed, k))
    order = rng.permutation(k * k)
    while k > 1 and np.array_equal(order, np.arange(k * k)):
        order = rng.permutation(k * k)
    return np.stack([order % k, order // k], axis=1).reshape(k, k, 2).astype(np.float32)


def deviates(size: int, seed: int) -> np.ndarray[tuple[int, int, int], np.dtype[np.float32]]:
    """Return standard normal deviates, size×size×3."""
    return np.random.default_rng((seed, size)).standard_normal((size, size, 3), dtype=np.float32)


class PostChain:
    """Applies effects in order; two targets alternate, since no effect may read the target it writes."""

    def __init__(self, context: moderngl.Context, programs: Programs, targets: Targets) -> None:
        self._context = context
        self._programs = programs
        self._targets = targets
        self._tables: Cache[moderngl.Texture] = Cache(4, moderngl.Texture.release)
        self._custom = CustomPrograms(context)

    def apply(self, texture: moderngl.Texture, post: Post, seed: int) -> moderngl.Texture:
        """Return the picture after every active effect; ``texture`` itself when none is active."""
        for turn, (name, effect) in enumerate(post.active()):
            target = self._targets.final(texture.width, f"post {turn % 2}")
            if isinstance(effect, Custom):
                self._run_custom(effect, texture, target)
            else:
                self._run(name, effect, texture, target, seed)
            texture = self._targets.texture(target)
        return texture

    def try_out(self, custom: Custom, size: int) -> None:
        """Draw the user's code once on gray. Raises InputError when it fails or is too slow."""
        probe = self._targets.final(size, "check")
        probe.clear(0.5, 0.5, 0.5, 1.0)
        self._run_custom(custom, self._targets.texture(probe), self._targets.final(size, "post 0"))

    def _run(
        self, name: str, effect: Effect, texture: moderngl.Texture, target: moderngl.Framebuffer, seed: int
    ) -> None:
        size = texture.width
        textures = {"source": texture}
        if (table := self._table(effect, size, seed)) is not None:
            textures["table"] = table
        fields = {field: getattr(effect, field) for field in type(effect).model_fields}
        values = {field: value for field, value in fields.items() if isinstance(value, int | float)}
        for step in effect.steps():
            program = self._programs.get(VERTEX, f"post/{name}.frag", f"PASS_{step}")
            set_uniforms(program, {**values, "pixel": size / REFERENCE})
            last = step == effect.passes[-1]
            into = target if last else self._targets.signed(size, f"{name} {step}")
            self._targets.fill(into, program, textures)
            textures[step] = self._targets.texture(into)

    def _run_custom(self, effect: Custom, texture: moderngl.Texture, target: moderngl.Framebuffer) -> None:
        program = self._custom.get(effect)
        set_uniforms(program, {"value": effect.value})
        target.clear()  # the user's code may discard pixels
        self._context.finish()
        started = perf_counter()
        self._targets.fill(target, program, {"source": texture})
        self._context.finish()
        check_time(started)
        for old in self._custom.surplus():
            self._targets.forget(old)
            old.release()

    def _table(self, effect: Effect, size: int, seed: int) -> moderngl.Texture | None:
        """Return the effect's random numbers as a texture; None when it needs none."""
        if isinstance(effect, Patches):
            return self._cached(("patches", effect.k, seed), lambda: patch_order(effect.k, seed))
        if isinstance(effect, Noise):
            return self._cached(("noise", size, seed), lambda: deviates(size, seed))
        return None

    def _cached(
        self, key: Hashable, make: Callable[[], np.ndarray[tuple[int, int, int], np.dtype[np.float32]]]
    ) -> moderngl.Texture:
        def upload() -> moderngl.Texture:
            array = make()
            return self._context.texture(array.shape[:2][::-1], array.shape[2], array.tobytes(), dtype="f4")

        return self._tables.get(key, upload)
