"""``perturber sweep``: predictions of every model along one parameter."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro

from perturber.cli.command import SessionCall, SessionCommand
from perturber.cli.options import ModelOptions
from perturber.cli.output import write_lines
from perturber.core.search.axis import Axis


@dataclass(frozen=True)
class SweepOptions(ModelOptions):
    """Vary one parameter step by step, and write every model's predictions at each step."""

    parameter: str = "scene.morph.overall"
    """Dotted path of the parameter, such as scene.camera.yaw."""
    steps: int = 21
    """Number of values, 2 to 1001, including both ends."""
    start: Annotated[float | None, tyro.conf.arg(name="from")] = None
    """First value; default: the parameter's minimum."""
    end: Annotated[float | None, tyro.conf.arg(name="to")] = None
    """Last value; default: the parameter's maximum."""
    output: Annotated[Path, tyro.conf.arg(aliases=["-o"])] = Path("sweep.csv")
    """Output file: .csv for a table, .json for all data, .svg for a chart of both ends of the object pair."""


def sweep_parameter(options: SweepOptions, call: SessionCall) -> None:
    """Sweep, write the file and print a summary. Raises InputError that names the flag, parameter, model or file."""
    session = call.session_with(options)
    axis = Axis.along(session, options.parameter, options.start, options.end, options.steps)
    with call.engine() as engine:
        from perturber.engine.batch.sweep_run import sweep
        from perturber.engine.batch.sweep_tables import summary, write_sweep, writer_for

        writer_for(options.output)  # refuses an unknown suffix before the sweep, not after it
        done = sweep(engine, session, axis, call.tell)
        write_sweep(done, options.output)
        write_lines(summary(done))


COMMAND = SessionCommand(SweepOptions, sweep_parameter)
