"""The counts as a table, as JSON, and in a document."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from tests.faults.outcome import Outcome, Tally

BAD = tuple(outcome for outcome in Outcome if outcome.is_bad)
BEGIN, END = "<!-- faults: written by python -m tests.faults --report -->", "<!-- faults: end -->"
COUNTED = (Outcome.ACCEPTED, Outcome.REFUSED, *BAD)
HEAD = ("kind", "inputs", *(outcome.value for outcome in COUNTED), "kills", "slowest s", "growth MiB")


def is_good(tallies: Sequence[Tally]) -> bool:
    """Return whether nothing bad was found."""
    return all(tally.is_good for tally in tallies)


def rows(tallies: Sequence[Tally]) -> list[tuple[str, ...]]:
    """Return the table's rows, the last of which is the sum."""
    total = Tally("all")
    for tally in tallies:
        total.counts += tally.counts
        total.kills += tally.kills
        total.slowest = max(total.slowest, tally.slowest)
        total.growth["most"] = max(total.growth.get("most", 0), *tally.growth.values(), 0)
    return [_row(tally) for tally in (*tallies, total)]


def table(tallies: Sequence[Tally], seconds: float) -> str:
    """Return the counts as plain text."""
    lines = [HEAD, *rows(tallies)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEAD))]
    text = ["  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True)) for line in lines]
    leaks = [f"{tally.kind}: memory grows, {leak}" for tally in tallies for leak in tally.leaks]
    return "\n".join([*text, *leaks, f"{seconds / 60:.0f} minutes; {'nothing bad' if is_good(tallies) else 'BAD'}"])


def write_report(file: Path, tallies: Sequence[Tally], seed: int, seconds: float) -> None:
    """Write all counts as JSON; or, for a Markdown file, its table between the two marks."""
    if file.suffix == ".md":
        text = file.read_text(encoding="utf-8")
        block = f"{BEGIN}\n\n{_markdown(tallies, seed, seconds)}\n\n{END}"
        if BEGIN not in text or END not in text:
            raise SystemExit(f"{file}: there is no place for the table, a line {BEGIN} and a line {END}")
        text = re.sub(f"{re.escape(BEGIN)}.*{re.escape(END)}", lambda _: block, text, flags=re.DOTALL)
        file.write_text(text, encoding="utf-8")
        return
    kinds = [
        {
            "kind": tally.kind,
            "inputs": tally.inputs,
            **{outcome.value: tally.counts[outcome] for outcome in Outcome},
            "kills": tally.kills,
            "slowest_seconds": round(tally.slowest, 3),
            "largest_bytes": tally.largest,
            "growth_bytes": tally.growth,
            "leaks": tally.leaks,
            "bad": [asdict(record) for record in tally.bad],
        }
        for tally in tallies
    ]
    whole = {"seed": seed, "minutes": round(seconds / 60, 1), "good": is_good(tallies), "kinds": kinds}
    file.write_text(json.dumps(whole, indent=1) + "\n", encoding="utf-8")


def _row(tally: Tally) -> tuple[str, ...]:
    counts = (tally.inputs, *(tally.counts[outcome] for outcome in COUNTED), tally.kills)
    grown = max(max(tally.growth.values(), default=0), 0) >> 20
    return (tally.kind, *(f"{count:,}" for count in counts), f"{tally.slowest:.1f}", str(grown))


def _markdown(tallies: Sequence[Tally], seed: int, seconds: float) -> str:
    date = datetime.now(UTC).date().isoformat()
    first = f"Run of {date}: {seconds / 60:.0f} minutes with seed {seed}."
    lines = [HEAD, ("---", *["---:"] * (len(HEAD) - 1)), *rows(tallies)]
    return "\n".join([first, "", *("| " + " | ".join(line) + " |" for line in lines)])
