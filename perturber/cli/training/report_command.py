"""``perturber report training|transplant``: reports on a family."""

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
    """Report on the training of a family: a self-contained HTML page, and its numbers as CSV."""

    output: Annotated[Path, tyro.conf.arg(aliases=["-o"])] = Path("report")
    """Folder for the page and the table."""


@dataclass(frozen=True)
class TransplantOptions(MeasureOptions):
    """Measure networks with the first blocks of one variant of a family and the later blocks of another: a chart
    (SVG), its numbers (CSV) and attacked pictures (JPEG). Results are kept, so an interrupted run can be resumed."""

    family: tyro.conf.Positional[str]
    """Name of a model family."""
    first: str = "standard"
    """Variant of the later blocks."""
    second: str = "adversarial"
    """Variant of the first blocks."""
    pictures: int = 200
    """Maximum number of pictures for the clean accuracy."""
    attacked: int = 100
    """Maximum number of pictures to attack."""
    strong: float = 20.0
    """L2 radius of the attack whose pictures are shown, for pixels in [0, 1]."""
    output: Annotated[Path, tyro.conf.arg(aliases=["-o"])] = Path("report")
    """Folder for the three files."""


def report_training(options: ReportOptions) -> None:
    """Write the page and its table, after taking missing measurements. Raises InputError."""
    write_lines(map(str, write_report(options.measure(REPORTED), options.output)))


def report_transplant(options: TransplantOptions) -> None:
    """Measure, and write chart, table and pictures. Raises InputError."""
    device = choose_device(options.device)
    wanted, attack = options.options(KINDS), strong_attack(options.strong)
    ends = open_ends(family(options.family), options.first, options.second, device)
    make_folder(options.output)  # fails here, not after an hour of measuring
    found = transplant(ends, wanted, attack, device, options.images)
    write_lines(map(str, write_transplant(found, options.output)))


COMMAND = SubcommandGroup(
    {
        "training": PlainCommand(ReportOptions, report_training),
        "transplant": PlainCommand(TransplantOptions, report_transplant),
    },
    what="report",
)
