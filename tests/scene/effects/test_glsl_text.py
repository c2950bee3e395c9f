"""Code as it comes from web pages and other programs: it works, or its line is named; never a black picture."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from perturber.core.errors import InputError
from perturber.core.evaluation import Pixels
from perturber.core.session.post import Custom
from perturber.scene.effects.glsl_text import clean_code
from perturber.scene.renderer import Renderer

HEAD = "vec3 effect(vec3 color, float value, vec2 uv) {\n"
SPACES = "\u00a0 \u2009 \u3000 \u202f \u2028"


@pytest.mark.parametrize("space", SPACES.split(" "))
def test_spaces_of_web_pages_are_spaces(apply: Callable[..., Pixels], picture: Pixels, space: str):
    swapped = apply(custom__code=HEAD.replace(" ", space) + f"{space}{space}return{space}color.bgr;\n}}")
    np.testing.assert_array_equal(swapped, picture[..., ::-1])


@pytest.mark.parametrize(
    "code", ["\ufeff" + HEAD + "return col\u200bor.bgr;}", HEAD.replace("\n", "\r") + "return color.bgr;\r}"]
)
def test_invisible_characters_and_old_line_ends_are_read(apply: Callable[..., Pixels], picture: Pixels, code: str):
    np.testing.assert_array_equal(apply(custom__code=code), picture[..., ::-1])


def test_cleaning_keeps_the_lines():
    assert clean_code("a\u00a0b\r\nc\u2028d\re // \u00e9") == "a b\nc d\ne // \u00e9"


@pytest.mark.parametrize(
    ("code", "line", "says"),
    [
        (HEAD + "  return \u201ccolor\u201d;\n}", 2, "U+201C, left double quotation mark"),
        (HEAD + "  return color \u2212 0.5;\n}", 2, "minus sign"),
        (
            "\nuniform float time;\n" + HEAD + "return color * time; }",
            2,
            "nothing sets the value of 'uniform float time'",
        ),
        ("uniform float a = 1.0, b;\n" + HEAD + "return color * a * b; }", 1, "nothing sets"),
        ("float f() { return 1.0; }\nuniform vec3 tint;\n" + HEAD + "return color * tint; }", 2, "nothing sets"),
        ("uniform sampler2D other;\n" + HEAD + "return texture(other, uv).rgb; }", 1, "nothing sets"),
        ("uniform Colors { vec3 tint; } mine;\n" + HEAD + "return color * mine.tint; }", 1, "nothing sets"),
        ("uniform Colors { vec3 tint; };\n" + HEAD + "return color * tint; }", 1, "nothing sets"),
        ("#define U uniform\nU float time;\n" + HEAD + "return color * time; }", 1, "nothing sets"),
        ("uniform float value;\n" + HEAD + "return color * value; }", 1, "declared already"),
        ("uniform sampler2D source;\n" + HEAD + "return color; }", 1, "declared already"),
        ("in vec2 place;\n" + HEAD + "return vec3(place, 0.0); }", 1, "no use here"),
        ("layout(location = 0) out vec4 mine;\n" + HEAD + "mine = vec4(1.0); return color; }", 1, "no use here"),
    ],
)
def test_what_would_be_black_is_refused_at_its_line(renderer: Renderer, code: str, line: int, says: str):
    with pytest.raises(InputError, match=r"post\.custom\.code") as caught:
        renderer.check(Custom(code=code))
    assert caught.value.line == line
    assert says in str(caught.value)


def test_uniforms_with_a_value_or_without_a_use_are_fine(apply: Callable[..., Pixels], picture: Pixels):
    code = "uniform float unused;\nuniform vec3 one = vec3(1.0, 1.0, 1.0), none = vec3(0.0);\n"
    code += "float twice(in float x, out float y) { y = x; return 2.0 * x; }\n"
    np.testing.assert_array_equal(
        apply(custom__code=code + HEAD + "return color.bgr * one + none; }"), picture[..., ::-1]
    )
