"""Read the training log: training.csv beside the family's weights."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from perturber.core.errors import InputError, MissingFileError
from perturber.core.storage.reading import read_text

FILE = "training.csv"
COLUMNS = ("variant", "step", "epoch", "loss", "accuracy", "learning_rate")
BINS = 150
"""Points of a curve: longer ones are averaged."""


MAX_BYTES = 64 << 20


@dataclass(frozen=True)
class Curve:
    """One variant's training: loss and error (1 − accuracy on the pictures trained on) by step."""

    variant: str
    loss: tuple[tuple[float, float], ...]
    error: tuple[tuple[float, float], ...]


def read_history(file: Path) -> dict[str, Curve]:
    """Return the curves by variant; empty without a file. Raises InputError that names the file and the line."""
    try:
        text = read_text(file, MAX_BYTES, "a table of values during training")
    except MissingFileError:
        return {}
    rows: dict[str, list[tuple[float, float, float]]] = {}
    with io.StringIO(text) as stream:
        reader = csv.DictReader(stream)
        missing = [name for name in ("variant", "step", "loss", "accuracy") if name not in (reader.fieldnames or ())]
        if missing:
            raise InputError(str(file), f"column {missing[0]} is missing", "columns " + ", ".join(COLUMNS))
        for row in reader:
            try:
                numbers = float(row["step"]), float(row["loss"]), float(row["accuracy"])
            except (TypeError, ValueError):
                raise InputError(str(file), "a value is not a number", "numbers", reader.line_num) from None
            rows.setdefault(row["variant"], []).append(numbers)
    return {variant: _curve(variant, found) for variant, found in rows.items()}


def _curve(variant: str, rows: list[tuple[float, float, float]]) -> Curve:
    table = np.array(sorted(rows))
    parts = np.array_split(table, min(BINS, len(table)))
    steps, losses, accuracies = np.array([part.mean(axis=0) for part in parts]).T
    return Curve(
        variant,
        tuple(zip(steps.tolist(), losses.tolist(), strict=True)),
        tuple(zip(steps.tolist(), (1 - accuracies).tolist(), strict=True)),
    )
