"""Shaders from shaders/: includes resolved, compiled once, uniforms set by name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import moderngl

from perturber import paths

INCLUDE = re.compile(r'^#include "([\w.]+)"$', re.MULTILINE)


@lru_cache(maxsize=64)
def source(name: str) -> str:
    """Return the text of shaders/``name`` with its includes resolved."""
    text = (paths.shaders() / name).read_text(encoding="utf-8")
    return INCLUDE.sub(lambda match: source(f"include/{match[1]}"), text)


class Programs:
    """Shader programs, compiled on first use and kept for the life of the context."""

    def __init__(self, context: moderngl.Context) -> None:
        self._context = context
        self._programs: dict[tuple[str, ...], moderngl.Program] = {}

    def get(self, vertex: str, fragment: str, *defines: str) -> moderngl.Program:
        """Return the program of two shader files; ``defines`` become macros of both."""
        key = (vertex, fragment, *defines)
        if key not in self._programs:
            one, two = (_defining(source(name), defines) for name in (vertex, fragment))
            self._programs[key] = self._context.program(vertex_shader=one, fragment_shader=two)
        return self._programs[key]


def _defining(text: str, names: tuple[str, ...]) -> str:
    """Return a shader with macros defined after its first line."""
    head, rest = text.split("\n", 1)
    return "\n".join([head, *(f"#define {name}" for name in names), rest])


def set_uniforms(program: moderngl.Program, values: Mapping[str, Any]) -> None:
    """Set the uniforms that the program has; the driver removes unused ones."""
    for name, value in values.items():
        if name in program:
            uniform: Any = program[name]
            if isinstance(value, bytes):
                uniform.write(value)
            else:
                uniform.value = value
