"""Text of unknown origin in messages."""

import pickle

import pytest

from perturber.core.errors import InputError, MachineError
from perturber.core.printable import MESSAGE, VALUE, clean, clean_line, quote, shorten

NASTY = "\x1b]0;title\x07\x1b[31m\x9b1m\u202egnp.exe\u2066\ud800\x00"


@pytest.mark.parametrize(
    "mark", NASTY.replace("]0;title", "").replace("[31m", "").replace("gnp.exe", "").replace("1m", "")
)
def test_control_characters_are_escaped(mark: str) -> None:
    assert clean(f"a{mark}b") == f"a\\u{ord(mark):04x}b"
    assert clean_line(f"a{mark}b") == f"a\\u{ord(mark):04x}b"


def test_other_text_stays_as_it_is() -> None:
    text = "Größe 5 µm, 猫 → 🐱‍👤, zwei\nZeilen\tund"
    assert clean(text) == text
    assert clean_line(text) == text.replace("\n", "\\u000a").replace("\t", "\\u0009")


@pytest.mark.parametrize("text", ["x" * 1_000_000, "\x1b" * 1_000_000])
def test_texts_are_bounded(text: str) -> None:
    assert len(clean(text)) <= MESSAGE
    assert len(clean_line(text)) <= VALUE
    assert len(quote(text)) <= VALUE
    assert len(quote([text])) <= VALUE


def test_the_middle_is_cut() -> None:
    assert shorten("a" * 50 + "b" * 50, 12) == "aaaaaaa…bbbb"
    assert shorten("short", 5) == "short"


def test_a_value_in_a_message_is_bounded() -> None:
    for mark in ("x", "\x1b"):
        text = clean(f"it has no layer {mark * 5000}, only two others")
        assert text.startswith("it has no layer ")
        assert text.endswith(", only two others")
        assert len(text) < VALUE + 50


def test_whatever_is_quoted_gives_a_text() -> None:
    deep: object = 1
    for _ in range(100_000):
        deep = [deep]
    assert quote(deep) == "a value of type list"
    assert quote(10**5000) == "a value of type int"
    assert quote("a\nb") == r"'a\nb'"


def test_an_error_with_strange_texts_is_bounded_and_escaped() -> None:
    error = InputError("s" * 10_000 + "\n", NASTY * 10_000, "one of " + "name, " * 10_000, 7)
    for text in (str(error), error.source, error.problem, error.expected):
        assert len(text) <= MESSAGE + VALUE + 20
        assert text.isprintable() or "\n" in text
    assert "\n" not in error.source
    assert str(pickle.loads(pickle.dumps(error))) == str(error)
    assert str(MachineError(NASTY)).isprintable()


def test_a_message_keeps_its_lines() -> None:
    assert str(InputError("post.custom.code", "a\nb", "c")) == "post.custom.code: a\nb; expected c"
