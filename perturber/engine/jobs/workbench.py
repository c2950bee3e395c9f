"""The engine and the caches that jobs share."""

from __future__ import annotations

from functools import cached_property

from perturber.core.evaluation import AttributionResult
from perturber.engine.frame.engine import Engine
from perturber.engine.frame.stage import Stage
from perturber.engine.jobs.clean_runs import CleanRuns
from perturber.engine.jobs.example_finder import ExampleFinder

KEPT = 8
"""Number of cached attributions, which make undo and redo free."""


class Workbench:
    """An engine with the caches of its jobs; one for each engine, passed to every job."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.attributions: Stage[AttributionResult] = Stage(KEPT)
        """The most recent attributions."""
        self.clean_runs = CleanRuns()
        """The networks' activations on the last clean frame."""

    @cached_property
    def examples(self) -> ExampleFinder:
        """The finder of dataset examples, with its index."""
        return ExampleFinder(self.engine)
