"""Framebuffers and full-screen triangles, created once per size and reused for every frame."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import moderngl

from perturber.scene.gl.programs import set_uniforms


class Targets:
    """Framebuffers by size and purpose; reusing them spares every frame the allocation."""

    def __init__(self, context: moderngl.Context) -> None:
        self._context = context
        self._framebuffers: dict[Any, moderngl.Framebuffer] = {}
        self._arrays: dict[int, moderngl.VertexArray] = {}

    def drawing(self, size: int) -> moderngl.Framebuffer:
        """Return a target with color and depth for rasterizing, to be read by one bilinear tap."""
        return self._get(("drawing", size), lambda: self._make(size, "f1", depth=True))

    def final(self, size: int, purpose: str) -> moderngl.Framebuffer:
        """Return a target of 8 bits per channel."""
        return self._get((purpose, size), lambda: self._make(size, "f1"))

    def signed(self, size: int, purpose: str) -> moderngl.Framebuffer:
        """Return a target of 32-bit floats, for bands with negative values."""
        return self._get(("signed", purpose, size), lambda: self._make(size, "f4"))

    @staticmethod
    def texture(framebuffer: moderngl.Framebuffer) -> moderngl.Texture:
        """Return the color texture of one of these framebuffers."""
        attached = framebuffer.color_attachments[0]
        assert isinstance(attached, moderngl.Texture)
        return attached

    def reading(self, texture: moderngl.Texture) -> moderngl.Framebuffer:
        """Return the framebuffer of one of these textures. Raises ValueError for any other texture."""
        for framebuffer in self._framebuffers.values():
            if self.texture(framebuffer) is texture:
                return framebuffer
        raise ValueError("the texture is not one of the renderer's targets")

    def fullscreen(self, program: moderngl.Program) -> moderngl.VertexArray:
        """Return an empty vertex array, for shaders that create their own corners."""
        if program.glo not in self._arrays:
            self._arrays[program.glo] = self._context.vertex_array(program, [])
        return self._arrays[program.glo]

    def fill(
        self, target: moderngl.Framebuffer, program: moderngl.Program, textures: Mapping[str, moderngl.Texture]
    ) -> None:
        """Run a program over the whole target, its samplers bound by name."""
        for unit, (name, texture) in enumerate(textures.items()):
            if name in program:
                texture.use(unit)
                set_uniforms(program, {name: unit})
        target.use()
        self._context.disable(moderngl.DEPTH_TEST | moderngl.BLEND)
        self.fullscreen(program).render(moderngl.TRIANGLES, vertices=3)

    def forget(self, program: moderngl.Program) -> None:
        """Release a program's vertex array, before the program itself is released."""
        array = self._arrays.pop(program.glo, None)
        if array is not None:
            array.release()

    def _get(self, key: Any, make: Callable[[], moderngl.Framebuffer]) -> moderngl.Framebuffer:
        if key not in self._framebuffers:
            self._framebuffers[key] = make()
        return self._framebuffers[key]

    def _make(self, size: int, dtype: str, depth: bool = False) -> moderngl.Framebuffer:
        texture = self._context.texture((size, size), 4, dtype=dtype)
        texture.repeat_x = texture.repeat_y = False
        texture.filter = (moderngl.LINEAR, moderngl.LINEAR) if dtype == "f1" else (moderngl.NEAREST, moderngl.NEAREST)
        buffer = self._context.depth_renderbuffer((size, size)) if depth else None
        return self._context.framebuffer([texture], buffer)
