"""GLSL snippets: what compiles is drawn, what hangs the driver costs one restart."""

from __future__ import annotations

import re
from pathlib import Path
from typing import ClassVar

import numpy as np

from perturber.core.errors import InputError, PerturberError
from perturber.core.parameters.parameter import replace_all
from perturber.core.session.post import CONTRAST
from perturber.core.session.session import Session
from tests.faults.kind import Group, Kind
from tests.mutation import damage

FIELD = "post.custom.code"
WORDS = """vec2 vec3 vec4 mat3 int uint bool float color value uv return if else for while do discard break void
sin pow sqrt log mod texture source uniform const in out inout main effect struct length 0 1 2 0.5 1e9 -1 ( ) {
} [ ] ; , . + - * / % = < > ! & | ^ ? : # \\ #define #version #line #extension #if #endif // /* */ \0 é
gl_FragCoord 1.0/0.0 color.xyz texture(source,uv).rgb int[999999999]"""
NUMBERS = ("0", "-1", "1", "2.0", "1e9", "1e-9", "0.0/0.0", "1.0/0.0", "value", "uv.x", "999999999", "1e99", "float(1)")
SAMPLES = (
    CONTRAST,
    "vec3 effect(vec3 color, float value, vec2 uv) {\n"
    "    vec3 sum = vec3(0.0);\n"
    "    for (int i = 0; i < 8; i++) sum += texture(source, uv + float(i) * 0.01).rgb;\n"
    "    return mix(color, sum / 8.0, value);\n}\n",
    "float hash(vec2 p) { return fract(sin(dot(p, vec2(12.9, 78.2))) * 43758.5); }\n"
    "vec3 effect(vec3 color, float value, vec2 uv) {\n    return color + hash(uv) * value;\n}\n",
    "const mat3 M = mat3(0.3, 0.6, 0.1, 0.3, 0.6, 0.1, 0.3, 0.6, 0.1);\n"
    "vec3 effect(vec3 c, float v, vec2 uv) { if (uv.x > 0.5) return M * c; return c.bgr; }\n",
)
ENDLESS = (
    "for (int i = 0; i >= 0; i += 0) color += 1e-6;",
    "while (uv.x > -1.0) color *= 0.999;",
    "for (int i = 0; i < 100000; i++) for (int j = 0; j < 100000; j++) color += sin(float(i * j) + uv.x);",
)


class Snippets(Kind):
    """Samples with words and bytes changed; a few loop for ever."""

    group: ClassVar[Group] = "engine"
    brief: ClassVar[int] = 12

    def prepare(self) -> None:
        off = {f"models.slot{n}.{shows}": False for n in (1, 2) for shows in ("activations", "predictions")}
        self._session = replace_all(Session(), off)
        _ = self.place.desk

    def run(self, random: np.random.Generator, folder: Path) -> int:
        code = _snippet(random)
        (folder / "code.glsl").write_text(code, encoding="utf-8", errors="replace")
        session = replace_all(self._session, {FIELD: code, "post.custom.value": float(random.uniform(0, 2))})
        self.place.desk.answer(session)
        return 0

    def names(self, error: PerturberError, folder: Path) -> bool:
        return isinstance(error, InputError) and error.source == FIELD

    def settle(self) -> None:
        """Wait for a new engine, if the code cost the last one."""
        self.place.desk.warm()


def _snippet(random: np.random.Generator) -> str:
    sample = SAMPLES[int(random.integers(len(SAMPLES)))]
    match int(random.integers(10)):
        case 0:
            return damage(sample.encode(), random).decode("utf-8", "replace")[:8000]
        case 1:
            return " ".join(random.choice(WORDS.split(), int(random.integers(1, 60))))[:8000]
        case 2 if random.random() < 0.05:
            return sample.replace("return", ENDLESS[int(random.integers(len(ENDLESS)))] + " return", 1)
    if random.random() < 0.5:
        numbers = list(re.finditer(r"\b\d+(\.\d+)?\b", sample))
        found = numbers[int(random.integers(len(numbers)))]
        return sample[: found.start()] + str(random.choice(NUMBERS)) + sample[found.end() :]
    words = sample.split(" ")
    place = int(random.integers(len(words)))
    words[place : place + int(random.integers(2))] = [str(random.choice(WORDS.split()))]
    return " ".join(words)
