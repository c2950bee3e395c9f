"""MTL files as they come: what cannot be read is left out, line by line, and told of."""

from __future__ import annotations

import math
import re

COLORS = {"ka", "kd", "ks"}
PICTURES = {"map_kd", "map_d"}
USED = re.compile(r"^[ \t]*usemtl[ \t]+(\S[^\r\n]*?)[ \t]*$", re.MULTILINE)
SHOWN = 3
"""So many names are told of before they are only counted."""


def readable(text: str, file: str) -> tuple[str, set[str], list[str]]:
    """The lines of an MTL that mean something, the materials it defines, and what is wrong with it."""
    kept: list[str] = []
    names: set[str] = set()
    problems: list[str] = []
    for number, line in enumerate(text.splitlines(), 1):
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


def undefined(obj: str, names: set[str]) -> str:
    """What to say of the materials an OBJ uses beyond those its MTL files define; empty when there are none."""
    missing = sorted(set(USED.findall(obj)) - names)
    more = f" and {len(missing) - SHOWN:,} more" if len(missing) > SHOWN else ""
    return f"its MTL does not define {', '.join(missing[:SHOWN])}{more}" if missing else ""


def _problem(words: list[str], inside: bool) -> str:
    """Why a line of these words cannot be used; empty when it can, or says nothing to us."""
    key, values = (words[0].lower(), words[1:]) if words else ("", [])
    if key not in COLORS | PICTURES | {"newmtl"}:
        return ""
    if not values:
        return "says nothing"
    if not inside:
        return "belongs to no material"
    return "holds no color" if key in COLORS and not _color(values) else ""


def _color(values: list[str]) -> bool:
    if values[0].lower() in {"spectral", "xyz"}:  # the other two ways of the format, which nobody reads
        return True
    try:
        return len(values) in {1, 3} and all(math.isfinite(float(value)) for value in values)
    except ValueError:
        return False


def _rest(problems: list[str], file: str) -> list[str]:
    """One problem more as it is, several as their number."""
    return problems if len(problems) < 2 else [f"{file} has {len(problems)} more such lines"]
