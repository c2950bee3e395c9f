"""Tolerant reading of MTL files: unreadable lines are left out and reported."""

from __future__ import annotations

import math

COLORS = {"ka", "kd", "ks"}
PICTURES = {"map_kd", "map_d"}
SHARES = {"d", "tr"}
MAX_LENGTH = 4096
"""Characters of a line."""
SHOWN = 3
"""How many names a message lists; the others are only counted."""


def read_materials(text: str, file: str) -> tuple[str, set[str], list[str]]:
    """Return the readable lines of an MTL file, the names of its materials, and its problems."""
    kept: list[str] = []
    names: set[str] = set()
    problems: list[str] = []
    for number, line in enumerate(text.splitlines(), 1):
        if len(line) > MAX_LENGTH:
            problems.append(f"{file}, line {number} ({line.strip()[:40]!r}) is too long")
            continue
        words = line.split()
        if words and words[0].lower() == "newmtl" and len(words) > 1:
            names.add(" ".join(words[1:]))
        elif problem := _problem(words, bool(names)):
            problems.append(f"{file}, line {number} ({line.strip()[:40]!r}) {problem}")
            continue
        elif words and words[0].lower() == "map_d":
            problems.append(f"{file} names the opacity map {words[-1]}, which can be opened as Opacity Texture")
        kept.append(line)
    if not names:
        problems = [f"{file} defines no material (newmtl)"]
    return "\n".join(kept), names, problems[:1] + _rest(problems[1:], file)


def describe_undefined(used: set[str], names: set[str]) -> str:
    """Return a message about materials that an OBJ file uses and no MTL file defines; empty when all are defined."""
    missing = sorted(name[:40] for name in used - names)
    more = f" and {len(missing) - SHOWN:,} more" if len(missing) > SHOWN else ""
    return f"its MTL does not define {', '.join(missing[:SHOWN])}{more}" if missing else ""


def _problem(words: list[str], inside: bool) -> str:
    """Return why a line cannot be used; empty when it can, or when its keyword is ignored."""
    key, values = (words[0].lower(), words[1:]) if words else ("", [])
    if key not in COLORS | PICTURES | SHARES | {"newmtl"}:
        return ""
    if not values:
        return "has no value"
    if not inside:
        return "precedes the first material (newmtl)"
    if key in SHARES and not _finite(values[-1]):
        return "is not a number from 0 to 1"
    return "is not a color" if key in COLORS and not _color(values) else ""


def _color(values: list[str]) -> bool:
    if values[0].lower() in {"spectral", "xyz"}:  # the format's other two notations, which no reader supports
        return True
    return len(values) in {1, 3} and all(_finite(value) for value in values)


def _finite(word: str) -> bool:
    try:
        return math.isfinite(float(word))
    except ValueError:
        return False


def _rest(problems: list[str], file: str) -> list[str]:
    """Return a single further problem as it is, several as one message with their number."""
    return problems if len(problems) < 2 else [f"{file} has {len(problems)} more such lines"]
