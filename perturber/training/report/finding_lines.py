"""Format measurements as text for a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from perturber.core.parameters.plugin import kinds
from perturber.training.measures.base_measure import Measure
from perturber.training.measures.family_evaluation import Findings, MeasureRow

SPREAD = " ±"
"""Suffix of the name of a standard deviation, which is printed with its mean."""


def lines(findings: Findings) -> Iterator[str]:
    """A table for each measure: a row for each checkpoint, a column for each value."""
    for kind in dict.fromkeys(row.measure for row in findings.rows):
        measure, rows = kinds(Measure)[kind], findings.of(kind)
        names = list(dict.fromkeys(name for row in rows for name in row.values if not name.endswith(SPREAD)))
        table = [["", *(f"ε {name}" if kind == "robust" else name for name in names)]]
        table += [[_who(findings, row), *(_value(row, name, measure.share) for name in names)] for row in rows]
        against = f", against {findings.reference}" if measure.aligned else ""
        yield f"{measure.title}{against}"
        yield from _aligned(table)
        yield ""
    for kind in findings.left_out:
        yield f"{kinds(Measure)[kind].title}: left out, there are no pictures for it."


def _who(findings: Findings, row: MeasureRow) -> str:
    return f"{findings.family.variant(row.variant).label} @ {row.checkpoint}"


def _value(row: MeasureRow, name: str, share: bool) -> str:
    if name not in row.values:
        return "–"
    value, spread = row.values[name], row.values.get(name + SPREAD)
    text = f"{100 * value:.1f} %" if share else f"{value:.3f}"
    return text if spread is None else f"{text} ±{spread:.2f}"


def _aligned(table: list[list[str]]) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    for row in table:
        first = row[0].ljust(widths[0])
        yield (
            "  " + "  ".join([first, *(cell.rjust(w) for cell, w in zip(row[1:], widths[1:], strict=True))])
        ).rstrip()
