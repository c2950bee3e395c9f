"""What comes back for a session: one atomic answer. Plain numpy, so that windows need no torch."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from perturber.core.session import Session

SIZE = 224
"""Width and height of the picture that the networks receive."""
Pixels = NDArray[np.uint8]
"""H × W × 3, sRGB, row 0 at the top: what the networks receive and what is painted."""


@dataclass(frozen=True)
class Prediction:
    """One class of a network's answer."""

    wnid: str
    name: str
    logit: float
    probability: float


@dataclass(frozen=True, eq=False)
class Maps:
    """Activation maps of the shown units of one layer."""

    layer: str
    units: tuple[int, ...]
    values: NDArray[np.float32]
    """units × h × w, as the layer gives them."""
    sigma: float
    """Standard deviation of all activations of the layer."""
    channels: int
    """How many units the layer has."""
    before: bool = False
    """Read before the layer's ReLU."""


@dataclass(frozen=True, eq=False)
class SlotResult:
    """What one network says of the frame."""

    slot: str
    name: str
    """Of the model, for people."""
    layers: tuple[str, ...]
    """The network's taps, in order."""
    maps: Maps | None = None
    top: tuple[Prediction, ...] = ()
    """At most five, best first; empty when predictions are off."""
    problem: str = ""
    """Why there is no answer, for people; empty when there is one."""
    architecture: str = ""
    """Networks with the same one number their units alike."""
    layer: str = ""
    """The tap that is shown, also while there are no maps of it."""
    channels: int = 0
    """How many units that tap has."""


@dataclass(frozen=True, eq=False)
class Evaluation:
    """Everything computed from one session: picture, maps and predictions belong together."""

    session: Session
    pixels: Pixels
    slots: tuple[SlotResult, ...]
    number: int = 0
    """How many evaluations the engine has made so far."""
    seconds: dict[str, float] = field(default_factory=dict)
    """Time by part: ``render`` (draw, post, read back), ``network``, ``total``."""
    device: str = ""
    renderer: str = ""
    notices: tuple[str, ...] = ()
    """What a person should know of this frame (a fallback, a missing texture), one sentence each."""


@dataclass(frozen=True)
class Failure:
    """Why a session could not be evaluated."""

    session: Session
    source: str
    """File or dotted path that is to blame; ``engine`` when it is nobody's fault."""
    message: str
    line: int | None = None
