"""The result of evaluating a session, as one value. Plain numpy, so that the window needs no torch."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from perturber.core.session.session import Session

SIZE = 224
"""Width and height in pixels of the picture that the networks receive."""
Pixels = NDArray[np.uint8]
"""H × W × 3, sRGB, row 0 at the top; both shown and passed to the networks."""


@dataclass(frozen=True)
class Prediction:
    """One class that a network predicts, with its logit and probability."""

    wnid: str
    name: str
    logit: float
    probability: float
    output: int = -1
    """Number of the class among the network's outputs; -1 if unknown."""

    def same(self, other: Prediction) -> bool:
        """Return whether both are the same class of one network. Names may repeat, numbers do not."""
        if self.output >= 0 and other.output >= 0:
            return self.output == other.output
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
    """units × h × w, as the layer outputs them."""
    sigma: float
    """Standard deviation over all activations of the layer."""
    channels: int
    """Number of units in the layer."""
    before: bool = False
    """Whether the maps are from before the layer's ReLU."""


@dataclass(frozen=True, eq=False)
class SlotResult:
    """One network's results for the frame."""

    slot: str
    name: str
    """Display name of the model."""
    layers: tuple[str, ...]
    """The network's taps, in order."""
    maps: Maps | None = None
    top: tuple[Prediction, ...] = ()
    """At most five, best first; empty when predictions are off."""
    problem: str = ""
    """Message that says why there is no result; empty when there is one."""
    architecture: str = ""
    """Architecture key; networks with equal keys have the same layers and unit numbers."""
    layer: str = ""
    """The shown tap, even while there are no maps of it."""
    channels: int = 0
    """Number of units in that tap."""


@dataclass(frozen=True)
class Verdict:
    """The effect of an attack on one network's prediction."""

    slot: str
    original: Prediction
    """The top class on the clean frame, with its logit and probability there."""
    after: float
    """Probability of that class on the attacked frame."""
    top: Prediction
    """The top class on the attacked frame."""

    @property
    def fooled(self) -> bool:
        """Whether the top class has changed."""
        return not self.top.same(self.original)


@dataclass(frozen=True, eq=False)
class AttackResult:
    """The state of the session's attack. All norms are those of the full change, before fading."""

    taken: int
    """Number of computed steps; fewer than requested while the attack is running."""
    finished: bool
    """Whether the attack is known to have ended; found out by requesting one more step."""
    pixels: Pixels
    """The frame without the attack."""
    change: NDArray[np.float32]
    """The perturbation, H × W × 3, for pixels in [0, 1]."""
    l2: float = 0.0
    """L2 norm of the perturbation."""
    linf: float = 0.0
    """L∞ norm of the perturbation: the largest change of a value."""
    rms: float = 0.0
    """Root mean square over all values."""
    touched: int = 0
    """Number of changed pixels."""
    verdicts: tuple[Verdict, ...] = ()
    """One for each slot that shows predictions; empty without an attack."""
    problem: str = ""
    """Message that says why there is no attack or why it stopped; empty otherwise."""
    notice: str = ""
    """Message about an attack that goes on, such as that its gradient is zero; empty otherwise."""


@dataclass(frozen=True, eq=False)
class AttributionResult:
    """How much each pixel of the frame supports a class in one network."""

    slot: str
    kind: str
    """Kind of the method."""
    wnid: str = ""
    """WordNet id of the explained class."""
    name: str = ""
    """Display name of the class."""
    values: NDArray[np.float32] = field(default_factory=lambda: np.zeros((0, 0), np.float32))
    """H × W, as the method outputs them; 0 × 0 while there is a problem."""
    signed: bool = False
    """Whether negative values count against the class; if not, no value is negative."""
    problem: str = ""
    """Message that says why there is no attribution; empty when there is one."""


@dataclass(frozen=True, eq=False)
class Evaluation:
    """Everything computed from one session; picture, maps and predictions are consistent."""

    session: Session
    pixels: Pixels
    slots: tuple[SlotResult, ...]
    number: int = 0
    """Sequence number of this evaluation in its engine."""
    seconds: dict[str, float] = field(default_factory=dict)
    """Time in seconds by part: ``render`` (draw, post, read back), ``network``, ``attribution``, ``total``."""
    device: str = ""
    renderer: str = ""
    notices: tuple[str, ...] = ()
    """Notices for the user about this frame (a fallback, a missing texture), one sentence each."""
    attack: AttackResult | None = None
    """None without an attack; with one, ``pixels`` are those of the attacked frame, rounded."""
    attribution: AttributionResult | None = None
    """None unless the session's attribution method is computed with every frame."""


@dataclass(frozen=True)
class Failure:
    """Why a session could not be evaluated."""

    session: Session
    source: str
    """File or dotted path that caused it; ``engine`` when no input is to blame."""
    message: str
    line: int | None = None
