"""The wording for attacks: sizes in several units, verdicts, steps."""

from __future__ import annotations

from math import sqrt

from perturber.core.evaluation import SIZE, AttackResult, Verdict
from perturber.gui.models.slot_head import title_of

LEVELS = 255
LEAST, MOST = 1e-5, 1e6
"""Range of the numbers written without an exponent."""
VALUES = 3 * SIZE**2
"""Number of values in a picture."""
NORMS = {"l2": "L2", "linf": "L∞", "l0": "L0", "l1": "L1"}


def format_number(value: float, digits: int = 3) -> str:
    """Format a number to ``digits`` significant digits, without trailing zeros; exponents only for extreme values."""
    if value == 0:
        return "0"
    text = f"{value:.{digits}g}"
    if "e" in text and LEAST <= abs(value) < MOST:
        text = f"{value:.0f}" if abs(value) >= 1 else f"{value:.{digits + 4}f}"
    return text.rstrip("0").rstrip(".") if "." in text and "e" not in text else text


def describe_size(size: float, norm: str) -> str:
    """Convert a size for pixels in [0, 1] to other units, as text."""
    if norm == "linf":
        return f"{format_number(size)} of 1  =  {format_number(size * LEVELS)} / 255 per value"
    if norm == "l2":
        rms = size / sqrt(VALUES)
        root = f"RMS {format_number(rms, 2)} = {format_number(rms * LEVELS, 2)} / 255"
        return f"{format_number(size * LEVELS)} in 0–255  =  {root}"
    return f"{format_number(size)} of 1"


def format_share(step: float, epsilon: float) -> str:
    """Format a step as a fraction of epsilon; empty if either is 0."""
    if epsilon <= 0 or step <= 0:
        return ""
    ratio = epsilon / step
    return f"ε/{format_number(ratio)}" if ratio > 1 else "ε" if ratio == 1 else f"{format_number(step / epsilon)} ε"


def percent(probability: float) -> str:
    """Format a probability as a percentage."""
    return f"{100 * probability:.1f} %"


def describe_verdict(verdict: Verdict) -> str:
    """Describe the outcome for another slot, without its probability."""
    return f"{title_of(verdict.slot)}: {'fooled:' if verdict.fooled else 'still'} {verdict.top.name}"


def shorten_problem(problem: str) -> str:
    """Strip the field name and the expected values from a problem; the panel shows the full text."""
    said = problem.partition("; expected")[0]
    return said.partition(": ")[2] or said


def shorten_notice(notice: str) -> str:
    """Return what a notice says before its colon; the panel shows the full text."""
    return notice.partition(": ")[0]


def describe_progress(result: AttackResult, taken: int, planned: int) -> str:
    """Describe the progress: of the requested steps while computing, otherwise of the planned steps."""
    if result.finished and result.taken <= taken:
        return f"step {result.taken} (last)"
    if result.taken < taken:
        return f"step {result.taken} of {taken}"
    return f"step {result.taken} / {planned}" if result.taken <= planned else f"step {result.taken}"


def describe_change(result: AttackResult) -> tuple[str, str]:
    """Describe the size of the whole change in two lines."""
    share = 100 * result.touched / SIZE**2
    largest, rms = format_number(result.linf * LEVELS), format_number(result.rms * LEVELS)
    return (
        f"L2 {format_number(result.l2)}   L∞ {largest} / 255   RMS {rms} / 255",
        f"{result.touched:,} of {SIZE**2:,} pixels changed ({format_number(share)} %)".replace(",", "\u202f"),
    )
