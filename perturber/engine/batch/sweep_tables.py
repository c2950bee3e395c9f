"""A sweep on disk: a table, everything as JSON, or a chart; and in words."""

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
    """One row for each value: per model the groups' probabilities and the leading class."""
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
    """Everything but the pictures."""
    models = [
        {
            "model": model,
            "crossings": done.crossings(model),
            "steps": [
                {
                    "value": value,
                    "groups": dict(zip((g.name for g in done.groups), answer.masses, strict=True)),
                    "top": {name: v for name, v in asdict(answer.top).items() if name not in ("logit", "output")},
                }
                for value, answer in zip(done.values, answers, strict=True)
            ],
        }
        for model, answers in done.answers.items()
    ]
    groups = [{"name": group.name, "label": group.label, "wnids": group.wnids} for group in done.groups]
    head = {"parameter": done.axis.path, "label": done.label, "groups": groups, "models": models, "run": done.run}
    return json.dumps(head, indent=2, ensure_ascii=False) + "\n"


def summary(done: Sweep) -> Iterator[str]:
    """A line for each model: the groups at both ends, and where they change places."""
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
    """What turns a sweep into a file of that suffix. Raises InputError for any other."""
    kind = path.suffix.lower()
    if kind not in KINDS:
        raise InputError(str(path), f"{kind or 'no suffix'} is no kind of table or chart", " or ".join(KINDS))
    return KINDS[kind]


def write_sweep(done: Sweep, path: Path) -> None:
    """Save a sweep in the form of the file's suffix. Raises InputError when that fails."""
    write_whole(path, writer_for(path)(done), make_folder=True)
