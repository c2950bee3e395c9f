"""``perturber sweep``: what every model says along one parameter."""

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
    """Move one parameter step by step, and write what every model says of each step."""

    parameter: str = "scene.morph.overall"
    """Dotted path of the parameter, such as scene.camera.yaw."""
    steps: int = 21
    """How many values, 2 to 1001, both ends included."""
    start: Annotated[float | None, tyro.conf.arg(name="from")] = None
    """First value; without it the lowest the parameter allows."""
    end: Annotated[float | None, tyro.conf.arg(name="to")] = None
    """Last value; without it the highest the parameter allows."""
    output: Annotated[Path, tyro.conf.arg(aliases=["-o"])] = Path("sweep.csv")
    """.csv for a table, .json for everything, .svg for a chart of both ends of the object pair."""


def sweep_parameter(options: SweepOptions, call: SessionCall) -> None:
    """Sweep, write the file and summarize. Raises InputError that names the flag, parameter, model or file."""
    session = call.session_with(options)
    axis = Axis.along(session, options.parameter, options.start, options.end, options.steps)
    with call.engine() as engine:
        from perturber.engine.batch.sweep_run import sweep
        from perturber.engine.batch.sweep_tables import summary, write_sweep, writer_for

        writer_for(options.output)  # a bad name is refused before the work, not after it
        done = sweep(engine, session, axis, call.tell)
        write_sweep(done, options.output)
        write_lines(summary(done))


COMMAND = SessionCommand(SweepOptions, sweep_parameter)
