"""The user's GLSL: whatever is typed, it is taken or refused at a line of the text itself."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from strategies import damaged, refusal_of

from perturber.core.errors import InputError
from perturber.core.session.post import CONTRAST, Custom
from perturber.scene.effects.custom_glsl import FIELD, WRAPPER_LINE, check_code, explain, wrap_code
from perturber.scene.renderer import Renderer

WORDS = "vec3 effect color value uv return float int 0.5 1 if else void in out uniform main gl_FragColor texture é"
DIRECTIVES = "# #version #define #if #endif #line #include #pragma"
TOKENS = [*WORDS.split(" "), *DIRECTIVES.split(" "), *"(){};,.+-*/=\\\n\0", "//", "/*", "*/"]
texts = st.one_of(
    st.text(max_size=80),
    st.lists(st.sampled_from(TOKENS), max_size=30).map(" ".join),
    damaged(CONTRAST.encode()).map(lambda data: data.decode("utf-8", "replace")),
    st.lists(st.sampled_from(TOKENS), max_size=12).map(lambda words: CONTRAST + " ".join(words)),
)
FORMS = ("0:{}(9): error: {}", "0({}) : error C0000: {}", "ERROR: 0:{}: {}")


def assert_of_text(error: InputError | None, text: str) -> None:
    """There is none, or it names the field, and a line that the text has."""
    assert error is None or (error.source == FIELD and error.problem)
    assert error is None or error.line is None or 1 <= error.line <= text.count("\n") + 1


@given(texts)
def test_refusals_name_a_line_of_the_text(text: str) -> None:
    assert_of_text(refusal_of(lambda: check_code(text)), text)


@given(texts)
def test_the_text_stands_unchanged_behind_its_own_line_one(text: str) -> None:
    whole = wrap_code(text)
    before, _, behind = whole.partition("#line 1\n")
    assert "#line" not in before
    assert behind.startswith(f"{text}\n#line {WRAPPER_LINE}\n")


@given(st.sampled_from(FORMS), st.integers(0, 60), st.integers(1, 50), st.from_regex(r"\A[a-z][a-z ]{0,20}\Z"))
def test_a_drivers_line_is_one_of_the_text_or_its_end_is_missing(form: str, line: int, lines: int, says: str) -> None:
    error = explain("warnings come first\n" + form.format(line, says), lines)
    if line <= lines:
        assert error.line == max(line, 1)
    else:
        assert error.line is None
        assert "complete" in error.problem
    assert says.strip() in error.problem or says.startswith("warning")


@given(st.text(), st.integers(1, 50))
def test_any_log_is_explained(log: str, lines: int) -> None:
    error = explain(log, lines)
    assert error.source == FIELD
    assert error.problem
    assert error.line is None or 1 <= error.line <= lines


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts)
def test_any_text_compiles_or_is_refused(renderer: Renderer, text: str) -> None:
    custom = Custom(code=text)
    assert_of_text(refusal_of(lambda: renderer.check(custom)), text)
