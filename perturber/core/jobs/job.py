"""Long work that is done in an engine's idle moments: what is asked for, and what comes back."""

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
    """Something to be worked out for a session, step by step.

    There is at most one job of a ``lane`` at a time, a newer one takes the older one's place. Of
    several lanes the one with the lowest ``order`` is served first.
    """

    lane: ClassVar[str]
    order: ClassVar[int]
    urgent: ClassVar[bool] = False
    """Whether it goes on right behind a frame, because the next frame is waiting for it; others let a pause pass."""


@dataclass(frozen=True)
class Answer:
    """How far a job is, and in the end what came of it, or why nothing did."""

    done: int = 0
    total: int = 0
    value: Any = None
    """What came of it; None until the end."""
    problem: str = ""
    partial: Any = None
    """What there is so far, for jobs that show it."""
    interrupted: bool = False
    """The engine ended during the job; ``problem`` says so. Asking again may help."""
    notices: tuple[str, ...] = ()
    """What else a person should know, such as pictures left out."""

    @property
    def latest(self) -> Any:
        """The value, or what there is so far; None while there is nothing."""
        return self.partial if self.value is None else self.value

    @property
    def progress(self) -> float:
        """How far the job is, from 0 to 1."""
        return min(1.0, self.done / max(1, self.total))

    @property
    def finished(self) -> bool:
        return self.value is not None or bool(self.problem)


class FindUnits(Job):
    """Groups of units by layer: ``dict[str, Group]``."""

    lane = "units"
    order = 0

    query: Query
    before: Session | None = None
    """The session compared with, for ``changed``."""


class FeatureRequest(State):
    """One feature image that is asked for."""

    model: ModelRef
    layer: str
    unit: Annotated[int, Field(ge=0)]
    spec: FeatureSpec = FOURIER


@dataclass(frozen=True, eq=False)
class FeatureBatch:
    """Feature images as they come."""

    pictures: Mapping[FeatureRequest, NDArray[np.uint8]]
    """H×W×3 each; the side differs by layer."""
    complete: bool
    """Whether they are done, and kept where feature images are kept."""


class MakeFeatures(Job):
    """Feature images that are neither shipped nor kept yet, in this order.

    Tells `FeatureBatch` as ``partial`` while they come; its value is how many were made.
    """

    lane = "features"
    order = 3

    wanted: tuple[FeatureRequest, ...]


class LiveFeatures(Job):
    """Feature images of an edited model while they come, kept nowhere. Its value are the last `FeatureBatch`."""

    lane = "live"
    order = 2

    wanted: tuple[FeatureRequest, ...]
    """All of one model and layer."""


class Diversify(Job):
    """Several images of one unit that differ from each other.

    Its value (and its ``partial`` on the way) is a tuple of pictures, H×W×3 uint8.
    """

    lane = "diversity"
    order = 4

    wanted: FeatureRequest
    count: Annotated[int, Interval(ge=2, le=8)] = 4


class FindExamples(Job):
    """The patches of pictures that drive a unit highest. Its value are `Examples`.

    All layers of the network are indexed at once and kept; the first time takes a while.
    """

    lane = "examples"
    order = 5

    model: ModelRef
    layer: str
    unit: Annotated[int, Field(ge=0)]
    folder: str = ""
    """Pictures of the user's; empty means rendered views of the shipped objects."""
    count: Annotated[int, Interval(ge=1, le=25)] = 9


@dataclass(frozen=True, eq=False)
class Example:
    """One picture that drives a unit high."""

    source: str
    """Name of the picture."""
    value: float
    """Highest activation of the unit anywhere on it."""
    patch: NDArray[np.uint8]
    """What the unit sees there, H×W×3: its receptive field, cut at the picture's edges."""
    box: tuple[int, int, int, int]
    """Left, top, right, bottom of the patch in the picture as the network received it."""


@dataclass(frozen=True, eq=False)
class Examples:
    """The patches that drive a unit highest, and what was looked at."""

    found: tuple[Example, ...]
    """Best first, one for each picture; only of pictures that drive the unit above 0."""
    skipped: tuple[str, ...]
    """Files that are no usable pictures: name and reason."""
    pictures: int
    """How many pictures were looked at."""


class SaveWeights(Job):
    """The weights of the session's edited model, written to a file. Its value is the file's path."""

    lane = "save"
    order = 0

    file: str
    """A path that ends in .safetensors."""


class FindInputs(Job):
    """The units of the layer below that act most on a unit. Its value is a tuple of `Input`, strongest first.

    How strongly a unit acts is the sum of the absolute values of its kernel.
    """

    lane = "inputs"
    order = 1

    slot: str = "slot1"
    layer: str
    unit: Annotated[int, Field(ge=0)]
    count: Annotated[int, Interval(ge=1, le=32)] = 8


@dataclass(frozen=True, eq=False)
class Input:
    """One unit of the layer below, and how it acts on the unit asked for."""

    layer: str
    """``input`` for the colors of the picture: 0 is red, 1 green, 2 blue."""
    unit: int
    weight: float
    """Sum of ``kernel``."""
    kernel: NDArray[np.float32]
    """k×k, k at most 15: effective weight by position around the unit; alike for all of one job."""


class Tune(Job):
    """How a unit of every slot answers along one parameter of the session. Its value is a `TuningCurve`.

    Its ``partial`` on the way is the curve so far.
    """

    lane = "tuning"
    order = 1

    layer: str
    unit: Annotated[int, Field(ge=0)]
    parameter: str = "scene.camera.yaw"
    steps: Annotated[int, Interval(ge=2, le=201)] = 25


class Attribute(Job):
    """The session's attribution, for methods that are too slow for every frame.

    Its value (and its ``partial`` on the way, where the method has one) is an `AttributionResult`.
    """

    lane = "attribution"
    order = 0


class TakeSteps(Job):
    """The steps of the session's attack that are not computed yet, one after another.

    Its value is how many steps the attack has then, as many as the session asks for; ``done`` of its answers is
    how many there are so far. The next frame of the session shows them.
    """

    lane = "attack"
    order = -1
    urgent = True


@dataclass(frozen=True, eq=False)
class TuningCurve:
    """A unit's highest activation along a parameter."""

    parameter: str
    values: tuple[float, ...]
    activations: Mapping[str, tuple[float, ...]]
    """By slot, as many as ``values``; a slot without such a unit is left out."""
