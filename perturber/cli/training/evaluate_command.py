"""``perturber evaluate``: measure every checkpoint of a family."""

from __future__ import annotations

from dataclasses import dataclass

from perturber.cli.command import PlainCommand
from perturber.cli.options import JsonOption
from perturber.cli.output import write_json, write_lines
from perturber.cli.training.measure_options import FamilyMeasureOptions
from perturber.training.report.finding_lines import lines


@dataclass(frozen=True)
class EvaluateOptions(JsonOption, FamilyMeasureOptions):
    """Measure every variant and checkpoint of a family. Results are kept, so an interrupted run can be resumed.

    JSON: {family, reference, measures, left_out, results: [{variant, checkpoint, step, sha256, measure, parameters,
    values}]}.
    """

    measures: str = ""
    """Measures, separated by commas: clean, robust, shape, frequency, background, views, yaw, activations,
    weights. Default: all."""


def evaluate(options: EvaluateOptions) -> None:
    """Measure, and print the results. Raises InputError that names the flag, family or file."""
    findings = options.measure(tuple(filter(None, (kind.strip() for kind in options.measures.split(",")))))
    if options.json:
        write_json(findings.as_dict(), indent=2)
    else:
        write_lines(lines(findings))


COMMAND = PlainCommand(EvaluateOptions, evaluate)
