"""The user's own GLSL: wrap and compile it, and map compiler errors to the user's lines."""

from __future__ import annotations

import re
from collections import OrderedDict
from time import perf_counter

import moderngl

from perturber.core.errors import InputError
from perturber.core.session.post import Custom
from perturber.scene.effects.glsl_text import clean_code, find_declarations, find_foreign, without_comments
from perturber.scene.gl.programs import source

FIELD = "post.custom.code"
EXPECTED = "vec3 effect(vec3 color, float value, vec2 uv) in GLSL 3.30"
WRAPPER_LINE = 100_000
"""First line number of the wrapper's tail: an error from there on means that the user's code is incomplete."""
SLOW_SECONDS = 1.0
KEEP = 8
INSERTION = "#pragma insert code\n"
DIRECTIVE = re.compile(r"^[ \t]*#[ \t]*(version|extension|line|include|pragma)\b", re.MULTILINE)
FUNCTION = re.compile(r"\bvec3\s+effect\s*\(")
OURS = {"source", "value", "uv", "result"}
"""What the wrapper declares."""
# Mesa "0:3(9): error: …", NVIDIA "0(3) : error C0000: …", others "ERROR: 0:3: …".
PLACES = (
    re.compile(r"^\s*\d+:(\d+)\(\d+\):\s*(?:(?:preprocessor )?error:\s*)?(.*)$"),
    re.compile(r"^\s*\d+\((\d+)\)\s*:\s*(?:error\s*(?:C\d+:\s*)?)?(.*)$"),
    re.compile(r"^\s*ERROR:\s*\d+:(\d+):\s*(.*)$"),
)


def explain(log: str, lines: int = WRAPPER_LINE - 1) -> InputError:
    """Return the first error of a driver's log, with its line among the ``lines`` lines of the user's code."""
    for row in log.splitlines():
        for place in PLACES:
            if (match := place.match(row)) is None:
                continue
            line, message = int(match[1]), match[2].strip()
            if message.startswith("warning"):
                continue
            if line > lines:
                return InputError(FIELD, f"the code is incomplete ({message})", EXPECTED)
            return InputError(FIELD, message, line=max(line, 1))
    cleaned = " ".join(log.split())
    return InputError(FIELD, cleaned[-300:] or "the code does not compile", EXPECTED)


class CustomPrograms:
    """Cache of the programs compiled last."""

    def __init__(self, context: moderngl.Context) -> None:
        self._context = context
        self._programs: OrderedDict[str, moderngl.Program] = OrderedDict()

    def get(self, custom: Custom) -> moderngl.Program:
        """Return the program of the user's code. Raises InputError with the line when it does not compile."""
        code = custom.code
        if code not in self._programs:
            self._programs[code] = self._compile(code)
        self._programs.move_to_end(code)
        return self._programs[code]

    def surplus(self) -> list[moderngl.Program]:
        """Remove and return the programs used longest ago; the caller releases them."""
        return [self._programs.popitem(last=False)[1] for _ in range(len(self._programs) - KEEP)]

    def _compile(self, code: str) -> moderngl.Program:
        code = clean_code(code)
        check_code(code)
        try:
            return self._context.program(vertex_shader=source("scene/fullscreen.vert"), fragment_shader=wrap_code(code))
        except moderngl.Error as error:
            raise explain(str(error), code.count("\n") + 1) from None


def check_code(code: str) -> None:
    """Check the code before it is compiled. Raises InputError for whatever would break the wrapper."""
    bare = without_comments(code)
    if (found := DIRECTIVE.search(bare)) is not None:
        line = bare.count("\n", 0, found.start()) + 1
        raise InputError(FIELD, f"#{found[1]} cannot be used here", EXPECTED, line)
    if (opened := bare.find("/*")) >= 0:
        raise InputError(FIELD, "the comment that begins here is not closed", EXPECTED, bare.count("\n", 0, opened) + 1)
    if "\0" in code:
        raise InputError(FIELD, "it contains a null character", EXPECTED, code.count("\n", 0, code.index("\0")) + 1)
    if (foreign := find_foreign(bare)) is not None:
        raise InputError(FIELD, f"it contains the character {foreign[0]}", "ASCII outside comments", foreign[1])
    if FUNCTION.search(bare) is None:
        raise InputError(FIELD, "a function 'effect' that returns a vec3 is missing", EXPECTED)
    _check_interface(bare)


def _check_interface(bare: str) -> None:
    """Raise InputError for a variable that would stay black: one whose value the program would have to set."""
    for declared in find_declarations(bare):
        if OURS.intersection(declared.names):
            problem = f"'{declared.shown}' is declared already"
            raise InputError(FIELD, problem, "code without this line: value, uv and source can be used", declared.line)
        if declared.qualifier != "uniform":
            raise InputError(FIELD, f"'{declared.shown}' has no use here", EXPECTED, declared.line)
        if declared.is_block or any(len(re.findall(rf"\b{name}\b", bare)) > 1 for name in declared.unset):
            problem = f"nothing sets the value of '{declared.shown}'"
            raise InputError(FIELD, problem, "a constant, or value, uv and pixel(uv) in its place", declared.line)


def wrap_code(code: str) -> str:
    """Return the complete fragment shader around the user's code."""
    head, tail = source("post/custom.frag").split(INSERTION)
    return f"{head}#line 1\n{code}\n#line {WRAPPER_LINE}\n{tail}"


def check_time(started: float) -> None:
    """Raise InputError when the user's pass, begun at ``started``, is too slow for interactive use."""
    took = perf_counter() - started
    if took > SLOW_SECONDS:
        raise InputError(FIELD, f"drawing one frame took {took:.1f} s", f"code that needs less than {SLOW_SECONDS:g} s")
