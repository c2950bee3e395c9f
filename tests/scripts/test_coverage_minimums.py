"""The coverage of each layer, from a report as coverage writes it."""

from __future__ import annotations

from pathlib import Path

import pytest

import perturber
from scripts.coverage_minimums import MINIMUMS, below, measured, table


def summary(covered: int, total: int) -> dict[str, dict[str, int]]:
    """Half statements, half branches."""
    half, rest = divmod(covered, 2)
    return {
        "summary": {
            "covered_lines": half + rest,
            "covered_branches": half,
            "num_statements": total - total // 2,
            "num_branches": total // 2,
        }
    }


def test_statements_and_branches_of_a_layer_are_added_up():
    files = {f"perturber/{layer}/a.py": summary(100, 100) for layer in MINIMUMS}
    files |= {
        "perturber/core/b.py": summary(0, 100),
        "perturber\\gui\\x\\b.py": summary(50, 100),
        "other.py": summary(0, 9),
    }
    found = measured(files)
    assert (found["core"], found["gui"], found["nets"]) == (50, 75, 100)
    assert below(found) == ["core", "gui"]
    assert table(found).count("too low") == 2


def test_a_layer_without_files_is_too_low():
    assert below(measured({})) == list(MINIMUMS)


@pytest.mark.parametrize("layer", MINIMUMS)
def test_every_layer_is_a_folder(layer: str):
    assert (Path(perturber.__file__).parent / layer).is_dir()
