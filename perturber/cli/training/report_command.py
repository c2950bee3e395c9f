"""``perturber report training|transplant``: pages and drawings about a family."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro

from perturber.cli.command import PlainCommand, SubcommandGroup
from perturber.cli.output import write_lines
from perturber.cli.training.measure_options import FamilyMeasureOptions, MeasureOptions
from perturber.engine.device import choose_device
from perturber.nets.families.family import family
from perturber.training.report.page import REPORTED, write_report
from perturber.training.report.transplant_page import make_folder, write_transplant
from perturber.training.report.transplant_run import KINDS, open_ends, strong_attack, transplant


@dataclass(frozen=True)
class ReportOptions(FamilyMeasureOptions):
    """Draw how a family came to be: one HTML page that needs nothing else, and its numbers as CSV."""

    output: Annotated[Path, tyro.conf.arg(aliases=["-o"])] = Path("report")
    """Folder for the page and the table."""


@dataclass(frozen=True)
class TransplantOptions(MeasureOptions):
    """Measure networks whose first blocks come from one variant of a family and the others from another: a chart
    (SVG), its numbers (CSV) and attacked pictures (JPEG). Results are kept, so that an interrupted run goes on."""

    family: tyro.conf.Positional[str]
    """A model family by name."""
    first: str = "standard"
    """The variant that the later blocks come from."""
    second: str = "adversarial"
    """The variant that the first blocks come from."""
    pictures: int = 200
    """At most so many pictures show the clean accuracy."""
    attacked: int = 100
    """How many of them are attacked."""
    strong: float = 20.0
    """Radius (L2) of the attack whose pictures are shown."""
    output: Annotated[Path, tyro.conf.arg(aliases=["-o"])] = Path("report")
    """Folder for the three files."""


def report_training(options: ReportOptions) -> None:
    """Write the page and its table, measuring what was not measured before. Raises InputError."""
    write_lines(map(str, write_report(options.measure(REPORTED), options.output)))


def report_transplant(options: TransplantOptions) -> None:
    """Write chart, table and pictures. Raises InputError."""
    device = choose_device(options.device)
    wanted, attack = options.options(KINDS), strong_attack(options.strong)
    ends = open_ends(family(options.family), options.first, options.second, device)
    make_folder(options.output)  # before an hour of measuring
    found = transplant(ends, wanted, attack, device, options.images)
    write_lines(map(str, write_transplant(found, options.output)))


COMMAND = SubcommandGroup(
    {
        "training": PlainCommand(ReportOptions, report_training),
        "transplant": PlainCommand(TransplantOptions, report_transplant),
    },
    what="report",
)
