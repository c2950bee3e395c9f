"""The attack in the session: which network, towards what, by which method, and how many steps were taken."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import Annotated, ClassVar, Literal

from annotated_types import Interval
from pydantic import Field, SerializeAsAny

from perturber.core.parameters.parameter import Control
from perturber.core.parameters.plugin import Plugin, make, reading
from perturber.core.parameters.state import State
from perturber.core.session.slot_name import SlotName

MOST = 500
"""Steps of one attack; every step's picture is kept."""
Norm = Literal["l2", "linf"]


@dataclass(frozen=True)
class Ball:
    """Where a bounded attack keeps its change: at most ``epsilon`` in this norm, for pixels in [0, 1]."""

    norm: Norm
    epsilon: float

    def warn(self, values: int) -> str:
        """Return a warning if the ball holds every picture of so many values in [0, 1]; otherwise an empty string."""
        name, farthest = ("L∞", 1.0) if self.norm == "linf" else ("L2", sqrt(values))
        if self.epsilon < farthest:
            return ""
        return (
            f"epsilon {self.epsilon:g} ({name}) does not limit the change: pixels are in [0, 1], "
            f"and no change exceeds {farthest:.4g}. For {self.epsilon:g}/255, use {self.epsilon / 255:.3g}"
        )


class AttackMethod(Plugin):
    """Family of the attacks: frozen configurations, one file each in methods/attacks."""

    family = "attack"
    package = "perturber.methods.attacks"
    masked: ClassVar[bool] = False
    """Needs to know where the object is."""
    joint: ClassVar[bool] = False
    """Looks at the networks of the other slots, too."""

    @property
    def ball(self) -> Ball | None:
        """Where the change stays; None for a method that searches for the smallest change by itself."""
        return None

    @property
    def chosen_steps(self) -> int | None:
        """Number of steps that a field of the method sets; None where it has no such field."""
        return None

    @property
    def planned(self) -> int:
        """Number of steps that are taken unless the caller says how many; an attack may end before."""
        return MOST if self.chosen_steps is None else self.chosen_steps

    @property
    def length(self) -> float:
        """Length of one step in the norm of the ball, for pixels in [0, 1]; 0 where steps have no set length."""
        return 0.0

    @property
    def has_fixed_length(self) -> bool:
        """Whether a field sets the length of a step, which otherwise follows from the other fields."""
        return False

    @property
    def is_universal(self) -> bool:
        """Whether one change is made for all pictures that are attacked together."""
        return False


class Attack(State):
    """An attack on the frame: its change follows from the picture, the network, the method, the steps and the seed."""

    group: ClassVar[str] = "Adversarial Attack"

    slot: Annotated[SlotName, Control("Attacked Model")] = "slot1"
    """The network that is attacked."""
    target: str = ""
    """Class by WordNet id, name or number; empty suppresses the class that stands first on the clean frame."""
    method: Annotated[SerializeAsAny[AttackMethod], reading(AttackMethod)] = Field(
        default_factory=lambda: make(AttackMethod, "pgd")
    )
    """How it is attacked."""
    taken: Annotated[int, Interval(ge=0, le=MOST)] = 0
    """Steps that were taken; 0 is no attack."""
    alpha: Annotated[float, Interval(ge=0, le=1), Control("Attack Alpha")] = 1.0
    """Strength of the change that is added; 0 leaves the picture as it was."""
    original: Annotated[float, Interval(ge=0, le=1), Control("Original Alpha")] = 1.0
    """Strength of the picture below the change; 0 leaves the change on 50 % gray."""
    pinned: Annotated[bool, Control("Keep Attacking")] = False
    """Attack every new frame with as many steps; off ends the attack when the scene changes."""
