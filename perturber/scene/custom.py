"""The user's own GLSL: wrapped, compiled, and its errors brought back to the user's own lines."""

from __future__ import annotations

import re
from collections import OrderedDict
from time import perf_counter

import moderngl

from perturber.core.errors import InputError
from perturber.core.post import Custom
from perturber.scene.programs import source

FIELD = "post.custom.code"
EXPECTED = "vec3 effect(vec3 color, float value, vec2 uv) in GLSL 3.30"
WRAPPER_LINE = 100_000
"""Lines from here on are ours: an error there means that the text as a whole is incomplete."""
SLOW_SECONDS = 1.0
KEEP = 8
HEAD = """#version 330
uniform sampler2D source;
uniform float value;
in vec2 uv;
out vec4 result;
#line 1
"""
TAIL = f"""
#line {WRAPPER_LINE}
void main() {{
    vec3 color = effect(texture(source, uv).rgb, value, uv);
    color = mix(color, vec3(0.0), isnan(color));
    result = vec4(clamp(color, 0.0, 1.0), 1.0);
}}
"""
# Mesa "0:3(9): error: …", NVIDIA "0(3) : error C0000: …", others "ERROR: 0:3: …".
PLACES = (
    re.compile(r"^\s*\d+:(\d+)\(\d+\):\s*(?:error:\s*)?(.*)$"),
    re.compile(r"^\s*\d+\((\d+)\)\s*:\s*(?:error\s*)?(.*)$"),
    re.compile(r"^\s*ERROR:\s*\d+:(\d+):\s*(.*)$"),
)


def explain(log: str) -> InputError:
    """The first error of a driver's log, with the line of the user's text."""
    for row in log.splitlines():
        for place in PLACES:
            if (match := place.match(row)) is None:
                continue
            line, message = int(match[1]), match[2].strip()
            if line >= WRAPPER_LINE:
                return InputError(FIELD, f"the code is not complete ({message})", EXPECTED)
            return InputError(FIELD, message, line=max(line, 1))
    cleaned = " ".join(log.split())
    return InputError(FIELD, cleaned[-300:] or "the code does not compile", EXPECTED)


class CustomPrograms:
    """The last few texts that compiled."""

    def __init__(self, context: moderngl.Context) -> None:
        self._context = context
        self._programs: OrderedDict[str, moderngl.Program] = OrderedDict()

    def get(self, custom: Custom) -> moderngl.Program:
        """The program of a text. Raises InputError with the line when it does not compile."""
        code = custom.code
        if code not in self._programs:
            self._programs[code] = self._compile(code)
        self._programs.move_to_end(code)
        return self._programs[code]

    def surplus(self) -> list[moderngl.Program]:
        """Programs that have not been used for a while; the caller releases them."""
        return [self._programs.popitem(last=False)[1] for _ in range(len(self._programs) - KEEP)]

    def _compile(self, code: str) -> moderngl.Program:
        for number, row in enumerate(code.splitlines(), 1):
            if re.match(r"\s*#\s*(version|line|include|extension)\b", row):
                raise InputError(FIELD, f"{row.strip().split()[0]} cannot be used here", EXPECTED, number)
        if "effect" not in code:
            raise InputError(FIELD, "there is no function 'effect'", EXPECTED)
        try:
            return self._context.program(
                vertex_shader=source("scene/fullscreen.vert"), fragment_shader=HEAD + code + TAIL
            )
        except moderngl.Error as error:
            raise explain(str(error)) from None


def check_time(started: float) -> None:
    """Raises InputError when a pass of the user's took too long to stay interactive."""
    took = perf_counter() - started
    if took > SLOW_SECONDS:
        raise InputError(FIELD, f"drawing one frame took {took:.1f} s", f"code that needs less than {SLOW_SECONDS:g} s")
