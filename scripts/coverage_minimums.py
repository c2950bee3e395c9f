"""Compare coverage with the minimum of every layer: ``python -m scripts.coverage_minimums build/coverage.json``.

Counts statements and branches together. Exits with status 1 when a layer lies below its minimum.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path, PurePath
from typing import Any

PACKAGE = "perturber"
MINIMUMS = {
    "core": 90, "nets": 90, "methods": 90, "engine": 90, "scene": 90, "training": 85, "cli": 85, "gui": 80,
}  # fmt: skip
"""Percent of the statements and branches in each layer's folder."""


def measured(files: Mapping[str, Any]) -> dict[str, float]:
    """Return percent covered by layer, from the ``files`` of coverage's JSON report; 0 for a layer without files."""
    covered, total = dict.fromkeys(MINIMUMS, 0), dict.fromkeys(MINIMUMS, 0)
    for name, file in files.items():
        parts = PurePath(name.replace("\\", "/")).parts
        layer = parts[parts.index(PACKAGE) + 1] if PACKAGE in parts[:-1] else ""
        if layer in MINIMUMS:
            summary = file["summary"]
            covered[layer] += summary["covered_lines"] + summary["covered_branches"]
            total[layer] += summary["num_statements"] + summary["num_branches"]
    return {layer: 100 * covered[layer] / total[layer] if total[layer] else 0.0 for layer in MINIMUMS}


def table(found: Mapping[str, float]) -> str:
    """Return one line per layer: its coverage, its minimum, and a mark where the first is smaller."""
    rows = (f"{layer:10}{found[layer]:6.1f} %  (at least {least} %)" for layer, least in MINIMUMS.items())
    low = below(found)
    marked = (f"{row}  too low" if row.split()[0] in low else row for row in rows)
    return "\n".join(marked) + "\n"


def below(found: Mapping[str, float]) -> list[str]:
    """Return the layers below their minimums."""
    return [layer for layer, least in MINIMUMS.items() if found[layer] < least]


def main() -> None:
    """Print the table for the report named on the command line."""
    found = measured(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))["files"])
    sys.stdout.write(table(found))
    sys.exit(1 if below(found) else 0)


if __name__ == "__main__":
    main()
