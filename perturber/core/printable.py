"""Text of unknown origin, made fit for a terminal or a label: bounded, and without control characters."""

from __future__ import annotations

import re

VALUE = 300
"""Most characters of a quoted value or name."""
MESSAGE = 2400
"""Most characters of a message."""
CUT = "…"
CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff]")
"""Controls of terminals, marks that reverse the direction of text, line separators and halves of characters."""
LONG = re.compile(rf"\S{{{VALUE + 1},}}")
"""A word longer than a value may be."""
BREAKS = re.compile("[\t\n]")


def clean(text: str, most: int = MESSAGE) -> str:
    """Return a text of at most ``most`` characters, without its middle if it is longer.

    A word keeps at most 300 characters. Control characters are escaped as ``\\uXXXX``, except line breaks and tabs.
    """
    escaped = escape(shorten(_with_short_words(text), most))
    return shorten(_with_short_words(escaped), most)


def clean_line(text: str, most: int = VALUE) -> str:
    """Return a text as `clean` does, with line breaks and tabs escaped, too: a name or a quoted value."""
    return shorten(BREAKS.sub(_code, escape(shorten(text, most))), most)


def escape(text: str) -> str:
    """Return a text of any length with its control characters escaped, except line breaks and tabs."""
    return CONTROLS.sub(_code, text)


def quote(value: object, most: int = VALUE) -> str:
    """Return the representation of a value for a message, whatever it is."""
    try:
        shown = repr(value[: most + 1] if isinstance(value, str | bytes) else value)
    except (RecursionError, ValueError):  # nested too deeply, or a number with thousands of digits
        shown = f"a value of type {type(value).__name__}"
    return clean_line(shown, most)


def shorten(text: str, most: int) -> str:
    """Return a text with its middle cut out so that it has at most ``most`` characters."""
    if len(text) <= most:
        return text
    head = 2 * (most - len(CUT)) // 3
    return text[:head] + CUT + text[head + len(CUT) - most :]


def _with_short_words(text: str) -> str:
    return LONG.sub(lambda word: shorten(word[0], VALUE), text)


def _code(found: re.Match[str]) -> str:
    return f"\\u{ord(found[0]):04x}"
