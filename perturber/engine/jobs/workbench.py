"""What jobs work with: an engine, and what they remember from one job to the next."""

from __future__ import annotations

from functools import cached_property

from perturber.core.evaluation import AttributionResult
from perturber.engine.frame.engine import Engine
from perturber.engine.frame.stage import Stage
from perturber.engine.jobs.clean_runs import CleanRuns
from perturber.engine.jobs.example_finder import ExampleFinder

KEPT = 8
"""Attributions that are remembered, so that undo and redo cost nothing."""


class Workbench:
    """An engine and the memory of its jobs; one for each engine, handed to every job."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.attributions: Stage[AttributionResult] = Stage(KEPT)
        """The attributions that were computed last."""
        self.clean_runs = CleanRuns()
        """What the networks did on the last frame before it was attacked."""

    @cached_property
    def examples(self) -> ExampleFinder:
        """Where dataset examples come from."""
        return ExampleFinder(self.engine)
