"""What is said about an attack: sizes in several units, verdicts, steps."""

from __future__ import annotations

from math import sqrt

from perturber.core.evaluation import SIZE, AttackResult, Verdict
from perturber.gui.models.slot_head import title_of

LEVELS = 255
LEAST, MOST = 1e-5, 1e6
"""Numbers beyond are written with an exponent."""
VALUES = 3 * SIZE**2
"""Numbers in a picture."""
NORMS = {"l2": "L2", "linf": "L∞", "l0": "L0", "l1": "L1"}


def figure(value: float, digits: int = 3) -> str:
    """A number of about so many digits without noughts at its end; with an exponent only where it is extreme."""
    if value == 0:
        return "0"
    text = f"{value:.{digits}g}"
    if "e" in text and LEAST <= abs(value) < MOST:
        text = f"{value:.0f}" if abs(value) >= 1 else f"{value:.{digits + 4}f}"
    return text.rstrip("0").rstrip(".") if "." in text and "e" not in text else text


def in_units(size: float, norm: str) -> str:
    """A size for pixels in [0, 1], written out in other units."""
    if norm == "linf":
        return f"{figure(size)} of 1  =  {figure(size * LEVELS)} / 255 at every value"
    if norm == "l2":
        rms = size / sqrt(VALUES)
        return f"{figure(size * LEVELS)} in 0–255  =  RMS {figure(rms, 2)} = {figure(rms * LEVELS, 2)} / 255"
    return f"{figure(size)} of 1"


def share_of(step: float, epsilon: float) -> str:
    """A step as a part of epsilon."""
    if epsilon <= 0 or step <= 0:
        return ""
    ratio = epsilon / step
    return f"ε/{figure(ratio)}" if ratio > 1 else "ε" if ratio == 1 else f"{figure(step / epsilon)} ε"


def percent(probability: float) -> str:
    """A probability for people."""
    return f"{100 * probability:.1f} %"


def verdict_words(verdict: Verdict) -> str:
    """What became of another slot's answer, but for its probability."""
    return f"{title_of(verdict.slot)}: {'fooled:' if verdict.fooled else 'still'} {verdict.top.name}"


def shortly(problem: str) -> str:
    """A problem without the field's name before it and what was expected after it; the panel says all of it."""
    said = problem.partition("; expected")[0]
    return said.partition(": ")[2] or said


def steps_line(result: AttackResult, taken: int, planned: int) -> str:
    """How far the attack is: of those asked for while it is on its way, else of those planned."""
    if result.finished and result.taken <= taken:
        return f"step {result.taken}, the last"
    if result.taken < taken:
        return f"step {result.taken} of {taken}"
    return f"step {result.taken} / {planned}" if result.taken <= planned else f"step {result.taken}"


def size_lines(result: AttackResult) -> tuple[str, str]:
    """How large the whole change is."""
    share = 100 * result.touched / SIZE**2
    return (
        f"L2 {figure(result.l2)}   L∞ {figure(result.linf * LEVELS)} / 255   RMS {figure(result.rms * LEVELS)} / 255",
        f"{result.touched:,} of {SIZE**2:,} pixels touched ({figure(share)} %)".replace(",", "\u202f"),
    )
