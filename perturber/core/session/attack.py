"""The attack in the session: network, target, method and number of steps."""

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
"""Largest number of steps of one attack; the picture of every step is kept."""
Norm = Literal["l2", "linf"]


@dataclass(frozen=True)
class Ball:
    """The bound of an attack's change: at most ``epsilon`` in this norm, for pixels in [0, 1]."""

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
    """Base of the attack methods: frozen configurations, one file each in methods/attacks."""

    family = "attack"
    package = "perturber.methods.attacks"
    masked: ClassVar[bool] = False
    """Whether the method needs the object's mask."""
    joint: ClassVar[bool] = False
    """Whether the method also uses the networks of the other slots."""

    @property
    def ball(self) -> Ball | None:
        """The bound of the change; None for methods that minimize the change themselves."""
        return None

    @property
    def chosen_steps(self) -> int | None:
        """Number of steps set by a field of the method; None without such a field."""
        return None

    @property
    def planned(self) -> int:
        """Default number of steps; an attack may end earlier."""
        return MOST if self.chosen_steps is None else self.chosen_steps

    @property
    def length(self) -> float:
        """Length of one step in the norm of the ball, for pixels in [0, 1]; 0 if the length is not fixed."""
        return 0.0

    @property
    def has_fixed_length(self) -> bool:
        """Whether a field sets the length of a step; otherwise it follows from the other fields."""
        return False

    @property
    def is_universal(self) -> bool:
        """Whether pictures that are attacked together share one change."""
        return False


class Attack(State):
    """An attack on the frame. Its change is determined by picture, network, method, number of steps and seed."""

    group: ClassVar[str] = "Adversarial Attack"

    slot: Annotated[SlotName, Control("Attacked Model")] = "slot1"
    """Slot of the network to attack."""
    target: str = ""
    """Class to reach, by WordNet id, name or number; empty moves away from the clean frame's top class."""
    method: Annotated[SerializeAsAny[AttackMethod], reading(AttackMethod)] = Field(
        default_factory=lambda: make(AttackMethod, "pgd")
    )
    """The attack method."""
    taken: Annotated[int, Interval(ge=0, le=MOST)] = 0
    """Number of steps taken; 0 means no attack."""
    alpha: Annotated[float, Interval(ge=0, le=1), Control("Attack Alpha")] = 1.0
    """Strength of the added change; 0 shows the picture without it."""
    original: Annotated[float, Interval(ge=0, le=1), Control("Original Alpha")] = 1.0
    """Strength of the picture under the change; 0 shows the change on 50 % gray."""
    pinned: Annotated[bool, Control("Keep Attacking")] = False
    """Attack every new frame with the same number of steps; off ends the attack when the picture changes."""
