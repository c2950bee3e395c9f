"""``perturber evaluate`` and ``perturber report``: their flags, and what they do."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Annotated, Any, Literal, TextIO

import torch
import tyro

from perturber.core.errors import InputError
from perturber.training.measures.family_evaluation import Evaluator, Findings, Options, checked, find_family, supply_for
from perturber.training.report.finding_lines import lines

ERASE = "\r\x1b[K"


@dataclass(frozen=True)
class MeasureOptions:
    """On what is measured, and how it is attacked."""

    family: tyro.conf.Positional[str]
    """A model family by name, or a folder with a family.toml."""
    images: Path | None = None
    """A folder of pictures in ImageNet's layout (folders named by WordNet id) instead of the rendered test
    pictures; what needs rendered ones is then left out."""
    pictures: int = 1000
    """At most so many pictures of each set, at the last checkpoint of a variant."""
    attacked: int = 200
    """How many of them are attacked there."""
    norm: Literal["l2", "linf"] = "l2"
    """In which norm the attack is bounded."""
    epsilons: str = "0.25,0.5,1,2,3"
    """Radii of the attack, in units of pixels from 0 to 1."""
    steps: int = 20
    """Steps of the attack."""
    device: str = "auto"
    """auto, cpu, cuda, cuda:N or mps."""

    def options(self, measures: tuple[str, ...], **more: Any) -> Options:
        """As the evaluation takes them. Raises InputError that names the flag."""
        try:
            epsilons = tuple(float(value) for value in self.epsilons.split(","))
        except ValueError:
            raise InputError("--epsilons", f"{self.epsilons!r} are no numbers", "numbers such as 0.5,1,2") from None
        fields = {name: getattr(self, name) for name in ("pictures", "attacked", "norm", "steps")}
        return checked(measures=measures, epsilons=epsilons, **fields, **more)


@dataclass(frozen=True)
class Measuring(MeasureOptions):
    """On what is measured, and how much."""

    checkpoints: Literal["all", "last"] = "all"
    """Every checkpoint, or each variant's last."""
    before: float = 0.25
    """Share of these pictures that is looked at at the other checkpoints."""


@dataclass(frozen=True)
class EvaluateOptions(Measuring):
    """Measure every variant and checkpoint of a family; results are kept, so that an interrupted run goes on."""

    measures: str = ""
    """Which measures, separated by commas: clean, robust, shape, frequency, background, views, yaw, activations,
    weights. All unless given."""
    json: bool = False
    """Print JSON: {family, reference, measures, left_out, results: [{variant, checkpoint, step, sha256, measure,
    parameters, values}]}."""


class StatusLine:
    """Shows what is being measured: one line that changes on a terminal, a line for each measure elsewhere."""

    def __init__(self, stream: TextIO) -> None:
        self._stream, self._live = stream, stream.isatty()
        self._last, self._when = "", 0.0

    def watch(self, what: str, done: int, count: int) -> None:
        """Told of progress."""
        if self._live:
            if what != self._last or done == count or monotonic() - self._when > 0.1:
                self._stream.write(f"{ERASE}{what} {100 * done // max(count, 1)} %")
                self._when = monotonic()
        elif what != self._last:
            self._stream.write(f"{what}\n")
        self._stream.flush()
        self._last = what

    def tell(self, notice: str) -> None:
        """A sentence that stays."""
        self.close()
        self._stream.write(f"perturber: {notice}\n")

    def close(self) -> None:
        """Leave a clean line behind."""
        if self._live and self._last:
            self._stream.write(ERASE)
        self._last = ""


def measured(options: Measuring, measures: tuple[str, ...], device: torch.device) -> Findings:
    """Everything asked for, with progress on standard error. Raises InputError."""
    wanted = options.options(measures, checkpoints=options.checkpoints, before=options.before)
    found = find_family(options.family)
    status = StatusLine(sys.stderr)
    try:
        return Evaluator(found, supply_for(found, options.images, status.tell), device, status.watch).run(wanted)
    finally:
        status.close()


def evaluate(options: EvaluateOptions, device: torch.device) -> Iterator[str]:
    """What was measured, line by line."""
    kinds = tuple(filter(None, (kind.strip() for kind in options.measures.split(","))))
    findings = measured(options, kinds, device)
    if options.json:
        yield json.dumps(findings.as_dict(), indent=2, ensure_ascii=False)
    else:
        yield from lines(findings)


@dataclass(frozen=True)
class ReportOptions(Measuring):
    """Draw how a family came to be: one HTML page that needs nothing else, and its numbers as CSV."""

    output: Annotated[Path, tyro.conf.arg(aliases=["-o"])] = Path("report")
    """Folder for the page and the table."""


REPORTED = ("clean", "robust", "shape", "frequency", "background", "activations", "weights")


def report(options: ReportOptions, device: torch.device) -> tuple[Path, Path]:
    """The files that were written; what was not measured before is measured now. Raises InputError."""
    from perturber.training.report.page import write_report

    return write_report(measured(options, REPORTED, device), options.output)
