"""Write a sweep as a CSV table, as JSON or as an SVG chart, and summarize it in text."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from perturber.core.errors import InputError
from perturber.core.storage.files import write_whole
from perturber.engine.batch.sweep_chart import draw_sweep
from perturber.engine.batch.sweep_run import Sweep


def as_csv(done: Sweep) -> str:
    """Return a table with one row for each value: the groups' probabilities and the top class of each model."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    names = [*(group.name for group in done.groups), "top", "top wnid", "top probability"]
    writer.writerow([done.axis.path, *(f"{model}: {name}" for model in done.answers for name in names)])
    for number, value in enumerate(done.values):
        row: list[Any] = [value]
        for answers in done.answers.values():
            answer = answers[number]
            row += [f"{mass:.6f}" for mass in answer.masses]
            row += [answer.top.name, answer.top.wnid, f"{answer.top.probability:.6f}"]
        writer.writerow(row)
    return text.getvalue()


def as_json(done: Sweep) -> str:
    """Return everything except the pictures as JSON."""
    models = [
        {
            "model": model,
            "crossings": done.crossings(model),
            "steps": [
                {
                    "value": value,
                    "groups": dict(zip((g.name for g in done.groups), answer.masses, strict=True)),
                    "top": {name: v for name, v in asdict(answer.top).items() if name != "logit"},
                }
                for value, answer in zip(done.values, answers, strict=True)
            ],
        }
        for model, answers in done.answers.items()
    ]
    groups = [{"name": group.name, "label": group.label, "wnids": group.wnids} for group in done.groups]
    head = {"parameter": done.axis.path, "label": done.label, "groups": groups, "models": models}
    return json.dumps(head, indent=2, ensure_ascii=False) + "\n"


def summary(done: Sweep) -> Iterator[str]:
    """Yield a line for each model: the groups' probabilities at both ends, and the crossovers."""
    for model in done.answers:
        ends = (
            f"{group.label} {done.curve(model, number)[0]:.2f} → {done.curve(model, number)[-1]:.2f}"
            for number, group in enumerate(done.groups)
        )
        found = done.crossings(model)
        places = ", ".join(f"{place:.3f}" for place in found)
        many = f"{len(found)} crossover{'s' * (len(found) != 1)}" + (f" at {places}" if found else "")
        first, last = done.answers[model][0].top.name, done.answers[model][-1].top.name
        yield f"{model}: " + (", ".join([*ends, many]) if done.groups else f"{first} → {last}")


KINDS: dict[str, Callable[[Sweep], str]] = {".csv": as_csv, ".json": as_json, ".svg": draw_sweep}


def writer_for(path: Path) -> Callable[[Sweep], str]:
    """Return the function that formats a sweep for a file's suffix. Raises InputError for an unknown suffix."""
    kind = path.suffix.lower()
    if kind not in KINDS:
        raise InputError(str(path), f"{kind or 'no suffix'} is not a table or chart format", " or ".join(KINDS))
    return KINDS[kind]


def write_sweep(done: Sweep, path: Path) -> None:
    """Save a sweep in the format of the file's suffix. Raises InputError if that fails."""
    write_whole(path, writer_for(path)(done), make_folder=True)
