"""Jobs, the long work that an engine does while it is idle, and their results."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

import numpy as np
from annotated_types import Interval
from numpy.typing import NDArray
from pydantic import Field

from perturber.core.jobs.feature_spec import FOURIER, FeatureSpec
from perturber.core.library.groups import Query
from perturber.core.parameters.state import State
from perturber.core.session.models import ModelRef
from perturber.core.session.session import Session


class Job(State):
    """Long work for a session, done step by step.

    Each ``lane`` holds at most one job: a new one replaces the old one. The lane with the lowest ``order``
    is served first.
    """

    lane: ClassVar[str]
    order: ClassVar[int]
    urgent: ClassVar[bool] = False
    """Whether it continues right after a frame, because the next frame needs it; other jobs wait for a pause."""


@dataclass(frozen=True)
class Answer:
    """The progress of a job and, once finished, its value or the reason why there is none."""

    done: int = 0
    total: int = 0
    value: Any = None
    """The result; None until the job is finished."""
    problem: str = ""
    partial: Any = None
    """The result so far, for jobs that report it."""
    interrupted: bool = False
    """Whether the engine ended during the job; ``problem`` says so. Retrying may help."""
    notices: tuple[str, ...] = ()
    """Further notices for the user, such as pictures left out."""

    @property
    def latest(self) -> Any:
        """The value, or else the partial result; None if there is neither."""
        return self.partial if self.value is None else self.value

    @property
    def progress(self) -> float:
        """The share of the job that is done, from 0 to 1."""
        return min(1.0, self.done / max(1, self.total))

    @property
    def finished(self) -> bool:
        return self.value is not None or bool(self.problem)


class FindUnits(Job):
    """Find groups of units. Its value is a ``dict[str, Group]`` by layer."""

    lane = "units"
    order = 0

    query: Query
    before: Session | None = None
    """The reference session for ``changed``."""


class FeatureRequest(State):
    """A request for one feature image."""

    model: ModelRef
    layer: str
    unit: Annotated[int, Field(ge=0)]
    spec: FeatureSpec = FOURIER


@dataclass(frozen=True, eq=False)
class FeatureBatch:
    """Feature images, finished or in progress."""

    pictures: Mapping[FeatureRequest, NDArray[np.uint8]]
    """H × W × 3 each; the side differs by layer."""
    complete: bool
    """Whether the images are finished and stored."""


class MakeFeatures(Job):
    """Make feature images that are neither shipped nor stored yet, in this order.

    Its ``partial`` values are `FeatureBatch`; its value is the number of images made.
    """

    lane = "features"
    order = 3

    wanted: tuple[FeatureRequest, ...]


class LiveFeatures(Job):
    """Make feature images of an edited model without storing them. Its value is the last `FeatureBatch`."""

    lane = "live"
    order = 2

    wanted: tuple[FeatureRequest, ...]
    """Requests that all name the same model and layer."""


class Diversify(Job):
    """Make several different feature images of one unit.

    Its value (and each ``partial``) is a tuple of pictures, H × W × 3 uint8.
    """

    lane = "diversity"
    order = 4

    wanted: FeatureRequest
    count: Annotated[int, Interval(ge=2, le=8)] = 4


class FindExamples(Job):
    """Find the picture patches that activate a unit most. Its value is `Examples`.

    The first search is slow: it indexes all layers of the network and stores the index.
    """

    lane = "examples"
    order = 5

    model: ModelRef
    layer: str
    unit: Annotated[int, Field(ge=0)]
    folder: str = ""
    """Folder of the user's pictures; empty means rendered views of the shipped objects."""
    count: Annotated[int, Interval(ge=1, le=25)] = 9


@dataclass(frozen=True, eq=False)
class Example:
    """One picture that activates a unit strongly."""

    source: str
    """Name of the picture."""
    value: float
    """Maximum activation of the unit on the picture."""
    patch: NDArray[np.uint8]
    """The unit's receptive field at the maximum, H × W × 3, clipped to the picture."""
    box: tuple[int, int, int, int]
    """Left, top, right and bottom of the patch, in pixels of the network's input."""


@dataclass(frozen=True, eq=False)
class Examples:
    """The patches that activate a unit most, and what was searched."""

    found: tuple[Example, ...]
    """Strongest first, one for each picture that activates the unit above 0."""
    skipped: tuple[str, ...]
    """Files that are not usable pictures: name and reason."""
    pictures: int
    """Number of pictures searched."""


class SaveWeights(Job):
    """Write the weights of the session's edited model to a file. Its value is the file's path."""

    lane = "save"
    order = 0

    file: str
    """A path that ends in .safetensors."""


class FindInputs(Job):
    """Find a unit's strongest inputs in the layer below. Its value is a tuple of `Input`, strongest first.

    The strength of an input is the sum of the absolute values of its kernel.
    """

    lane = "inputs"
    order = 1

    slot: str = "slot1"
    layer: str
    unit: Annotated[int, Field(ge=0)]
    count: Annotated[int, Interval(ge=1, le=32)] = 8


@dataclass(frozen=True, eq=False)
class Input:
    """One unit of the layer below and its effective weights to the requested unit."""

    layer: str
    """``input`` for the picture's channels: 0 is red, 1 green, 2 blue."""
    unit: int
    weight: float
    """Sum of ``kernel``."""
    kernel: NDArray[np.float32]
    """k × k, k at most 15: effective weight by position around the unit; k is the same throughout a job."""


class Tune(Job):
    """Measure how a unit of every slot responds along one parameter. Its value is a `TuningCurve`.

    Its ``partial`` values are the curve so far.
    """

    lane = "tuning"
    order = 1

    layer: str
    unit: Annotated[int, Field(ge=0)]
    parameter: str = "scene.camera.yaw"
    steps: Annotated[int, Interval(ge=2, le=201)] = 25


class Attribute(Job):
    """Compute the session's attribution, for methods that are too slow for every frame.

    Its value (and each ``partial``, where the method reports one) is an `AttributionResult`.
    """

    lane = "attribution"
    order = 0


class TakeSteps(Job):
    """Compute the missing steps of the session's attack, one after another.

    Its value is the number of steps that the session asks for; ``done`` is how many are computed so far. The
    next frame of the session shows them.
    """

    lane = "attack"
    order = -1
    urgent = True


@dataclass(frozen=True, eq=False)
class TuningCurve:
    """A unit's maximum activation along a parameter."""

    parameter: str
    values: tuple[float, ...]
    activations: Mapping[str, tuple[float, ...]]
    """By slot, one for each of ``values``; slots without that unit are left out."""
