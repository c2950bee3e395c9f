"""What comes back for a session: one atomic answer. Plain numpy, so that windows need no torch."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from perturber.core.session.session import Session

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

    def same(self, other: Prediction) -> bool:
        """Whether both are of one class: by WordNet id, by name where there is none."""
        return (self.wnid or self.name) == (other.wnid or other.name)

    @property
    def key(self) -> str:
        """What names the class in a session: its WordNet id, or its name where there is none."""
        return self.wnid or self.name


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


@dataclass(frozen=True)
class Verdict:
    """What an attack did to one network's answer."""

    slot: str
    original: Prediction
    """The class that stood first on the clean frame, as it stood there."""
    after: float
    """Probability of that class now."""
    top: Prediction
    """The class that stands first now."""

    @property
    def fooled(self) -> bool:
        """Whether another class stands first now."""
        return not self.top.same(self.original)


@dataclass(frozen=True, eq=False)
class AttackResult:
    """What came of the session's attack. All sizes are those of the whole change, however it is faded."""

    taken: int
    """Steps that are computed; fewer than asked for while the attack is on its way."""
    finished: bool
    """It is known that there is no further step; that shows once one more was asked for."""
    pixels: Pixels
    """The frame without the attack."""
    change: NDArray[np.float32]
    """What the attack adds, H × W × 3, in units of pixels in [0, 1]."""
    l2: float = 0.0
    """Square root of the sum of squares over all values."""
    linf: float = 0.0
    """The largest change of a value."""
    rms: float = 0.0
    """Root of the mean square over all values."""
    touched: int = 0
    """Pixels that changed at all."""
    verdicts: tuple[Verdict, ...] = ()
    """By slot that predicts; empty while nothing is attacked."""
    problem: str = ""
    """Why there is no attack, or not further than this."""


@dataclass(frozen=True, eq=False)
class AttributionResult:
    """How much each pixel of the frame speaks for a class in one network."""

    slot: str
    kind: str
    """Of the method."""
    wnid: str = ""
    """The class that is explained."""
    name: str = ""
    """Of the class, for people."""
    values: NDArray[np.float32] = field(default_factory=lambda: np.zeros((0, 0), np.float32))
    """H × W, as the method gives them; none while there is a problem."""
    signed: bool = False
    """Below 0 speaks against the class; otherwise nothing is below 0."""
    problem: str = ""
    """Why there is no attribution."""


@dataclass(frozen=True, eq=False)
class Evaluation:
    """Everything computed from one session: picture, maps and predictions belong together."""

    session: Session
    pixels: Pixels
    slots: tuple[SlotResult, ...]
    number: int = 0
    """How many evaluations the engine has made so far."""
    seconds: dict[str, float] = field(default_factory=dict)
    """Time by part: ``render`` (draw, post, read back), ``network``, ``attribution``, ``total``."""
    device: str = ""
    renderer: str = ""
    notices: tuple[str, ...] = ()
    """What a person should know of this frame (a fallback, a missing texture), one sentence each."""
    attack: AttackResult | None = None
    """None without an attack; ``pixels`` are those of the attacked frame, rounded."""
    attribution: AttributionResult | None = None
    """None unless the session asks for a method that is computed with every frame."""


@dataclass(frozen=True)
class Failure:
    """Why a session could not be evaluated."""

    session: Session
    source: str
    """File or dotted path that caused it; ``engine`` when no input did."""
    message: str
    line: int | None = None
