"""The user's own GLSL: wrapped, compiled, and its errors brought back to the user's own lines."""

from __future__ import annotations

import re
from collections import OrderedDict
from time import perf_counter

import moderngl

from perturber.core.errors import InputError
from perturber.core.session.post import Custom
from perturber.scene.gl.programs import source

FIELD = "post.custom.code"
EXPECTED = "vec3 effect(vec3 color, float value, vec2 uv) in GLSL 3.30"
WRAPPER_LINE = 100_000
"""Lines from here on are ours: an error there means that the text as a whole is incomplete."""
SLOW_SECONDS = 1.0
KEEP = 8
INSERTION = "#pragma insert code\n"
DIRECTIVE = re.compile(r"^[ \t]*#[ \t]*(version|extension|line|include|pragma)\b", re.MULTILINE)
FUNCTION = re.compile(r"\bvec3\s+effect\s*\(")
COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)
# Mesa "0:3(9): error: …", NVIDIA "0(3) : error C0000: …", others "ERROR: 0:3: …".
PLACES = (
    re.compile(r"^\s*\d+:(\d+)\(\d+\):\s*(?:(?:preprocessor )?error:\s*)?(.*)$"),
    re.compile(r"^\s*\d+\((\d+)\)\s*:\s*(?:error\s*(?:C\d+:\s*)?)?(.*)$"),
    re.compile(r"^\s*ERROR:\s*\d+:(\d+):\s*(.*)$"),
)


def explain(log: str, lines: int = WRAPPER_LINE - 1) -> InputError:
    """The first error of a driver's log, with the line of the user's text of so many ``lines``."""
    for row in log.splitlines():
        for place in PLACES:
            if (match := place.match(row)) is None:
                continue
            line, message = int(match[1]), match[2].strip()
            if message.startswith("warning"):
                continue
            if line > lines:
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
        refuse(code)
        try:
            return self._context.program(vertex_shader=source("scene/fullscreen.vert"), fragment_shader=wrapped(code))
        except moderngl.Error as error:
            raise explain(str(error), code.count("\n") + 1) from None


def refuse(code: str) -> None:
    """Raises InputError for what would confuse the wrapper, before any compiler sees it."""
    bare = COMMENT.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), code)
    if (found := DIRECTIVE.search(bare)) is not None:
        line = bare.count("\n", 0, found.start()) + 1
        raise InputError(FIELD, f"#{found[1]} cannot be used here", EXPECTED, line)
    if (opened := bare.find("/*")) >= 0:
        raise InputError(FIELD, "the comment that begins here has no end", EXPECTED, bare.count("\n", 0, opened) + 1)
    if "\0" in code:
        raise InputError(FIELD, "it holds a zero character", EXPECTED, code.count("\n", 0, code.index("\0")) + 1)
    if FUNCTION.search(bare) is None:
        raise InputError(FIELD, "there is no function 'effect' that returns a vec3", EXPECTED)


def wrapped(code: str) -> str:
    """The whole fragment shader around the user's text."""
    head, tail = source("post/custom.frag").split(INSERTION)
    return f"{head}#line 1\n{code}\n#line {WRAPPER_LINE}\n{tail}"


def check_time(started: float) -> None:
    """Raises InputError when a pass of the user's took too long to stay interactive."""
    took = perf_counter() - started
    if took > SLOW_SECONDS:
        raise InputError(FIELD, f"drawing one frame took {took:.1f} s", f"code that needs less than {SLOW_SECONDS:g} s")
