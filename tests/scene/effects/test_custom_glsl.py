"""The user's GLSL: errors at their lines, nonsense values made harmless."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from perturber.core.errors import InputError
from perturber.core.evaluation import Pixels
from perturber.core.session.post import Custom
from perturber.scene.effects.custom_glsl import explain
from perturber.scene.renderer import Renderer

HEAD = "vec3 effect(vec3 color, float value, vec2 uv) {\n"


def test_code_sees_color_value_and_place(apply: Callable[..., Pixels], picture: Pixels):
    swapped = apply(custom__code=HEAD + "  return color.bgr;\n}")
    np.testing.assert_array_equal(swapped, picture[..., ::-1])
    ramp = apply(custom__code=HEAD + "  return vec3(uv, value / 2.0);\n}", custom__value=1.0)
    assert ramp[0, 0, 1] > 250
    assert ramp[-1, 0, 1] < 5
    assert ramp[0, -1, 0] > 250
    assert abs(int(ramp[5, 5, 2]) - 128) <= 1


@pytest.mark.parametrize(
    ("code", "line", "says"),
    [
        (HEAD + "  return nonsense;\n}", 2, "nonsense"),
        (HEAD + "\n\n  float x = vec3(1.0);\n  return color;\n}", 4, ""),
        (HEAD + "  return color\n}", 3, "syntax"),
        ("#version 450\n" + HEAD + "return color; }", 1, "#version"),
        (HEAD + "#line 7\nreturn color; }", 2, "#line"),
        ("", None, "effect"),
        ("float other() { return 1.0; }", None, "effect"),
        (HEAD + "  return color;", None, ""),
        ("vec3 effect(float x) { return vec3(x); }", None, ""),
        (HEAD + "  return color;\n}\n/*\n*/ # extension all : enable", 5, "#extension"),
        ("// vec3 effect(vec3 color, float value, vec2 uv)", None, "is missing"),
        ("vec3 effect(vec3 color, float value, vec2 uv);", None, ""),
        (HEAD + "  return color;\n}\nvoid main() {}", None, ""),
        (HEAD + "  return color;\n} /* open\n\n", 3, "not closed"),
        (HEAD + "  return color;\n}\n#if 1\n", 4, "#if"),
        (HEAD + "  return color;\0\n}", 2, "null"),
    ],
)
def test_errors_are_named_at_the_line_of_the_text(renderer: Renderer, code: str, line: int | None, says: str):
    with pytest.raises(InputError, match=r"post\.custom\.code") as caught:
        renderer.check(Custom(code=code))
    assert caught.value.line == line
    assert says in str(caught.value)


def test_good_code_passes_the_check(renderer: Renderer):
    renderer.check(Custom())
    renderer.check(Custom(code="// äöü\n" + HEAD + "  return color;\n}"))


def test_directives_in_comments_and_own_macros_are_fine(renderer: Renderer):
    code = "// #version 450\n/*\n#line 3\n*/\n#define TWICE 2.0\n" + HEAD + "  return TWICE * color;\n}"
    renderer.check(Custom(code=code))


def test_code_that_is_switched_off_is_checked_too(renderer: Renderer):
    with pytest.raises(InputError, match="nonsense"):
        renderer.check(Custom(enabled=False, code=HEAD + "  return nonsense;\n}"))


def test_code_may_read_other_places_and_drop_pixels(apply: Callable[..., Pixels], picture: Pixels):
    upside_down = apply(custom__code=HEAD + "  return pixel(vec2(uv.x, 1.0 - uv.y));\n}")
    np.testing.assert_array_equal(upside_down, picture[::-1])
    apply(custom__code=HEAD + "  return vec3(1.0);\n}")
    dropped = apply(custom__code=HEAD + "  if (uv.x > 0.5) discard;\n  return color;\n}")
    np.testing.assert_array_equal(dropped[:, :112], picture[:, :112])
    assert dropped[:, 112:].max() == 0


def test_code_that_takes_too_long_is_refused(renderer: Renderer, monkeypatch: pytest.MonkeyPatch):
    renderer.check(Custom())
    monkeypatch.setattr("perturber.scene.effects.custom_glsl.SLOW_SECONDS", 0.0)
    with pytest.raises(InputError, match=r"post\.custom\.code: .* took \d"):
        renderer.check(Custom())


def test_a_text_that_fails_leaves_the_last_one_working(renderer: Renderer, apply: Callable[..., Pixels]):
    before = apply(custom__value=1.5)
    with pytest.raises(InputError):
        renderer.check(Custom(code=HEAD + "  return;\n}"))
    np.testing.assert_array_equal(apply(custom__value=1.5), before)


def test_not_a_number_becomes_black_and_infinity_white(apply: Callable[..., Pixels]):
    nan = apply(custom__code=HEAD + "  return vec3(sqrt(value - 10.0));\n}")
    assert nan.max() == 0
    infinite = apply(custom__code=HEAD + "  return vec3(1.0 / (value - value));\n}")
    assert set(np.unique(infinite)) <= {0, 255}


def test_many_texts_do_not_pile_up(renderer: Renderer):
    for number in range(30):
        renderer.check(Custom(code=HEAD + f"  return color * {number}.0;\n}}"))
    assert len(renderer._post._custom._programs) <= 9


@pytest.mark.parametrize(
    ("log", "line"),
    [
        ("0:3(9): error: syntax error, unexpected '}'", 3),
        ("0(12) : error C1503: undefined variable", 12),
        ("ERROR: 0:4: 'x' : undeclared identifier", 4),
        ("0:2(1): warning: unused\n0:5(3): preprocessor error: bad", 5),
        ("0(2) : warning C7011: implicit cast\n0(6) : error C0000: syntax error", 6),
        ("something else entirely", None),
        ("0:100002(1): error: no function", None),
    ],
)
def test_logs_of_all_drivers_are_understood(log: str, line: int | None):
    assert explain(log).line == line
