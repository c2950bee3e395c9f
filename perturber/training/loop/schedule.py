"""How long and how fast a network is trained, as a frozen value."""

from __future__ import annotations

from typing import Annotated

from annotated_types import Interval

from perturber.core.parameters.state import State

FULL = 224
"""Side for which an attack's epsilon is stated."""


class Schedule(State):
    """How long, how fast, on pictures of what size."""

    epochs_small: Annotated[float, Interval(ge=0, le=10_000)] = 6
    """Epochs at the small size, where most is learned for little."""
    epochs_full: Annotated[float, Interval(ge=0, le=10_000)] = 1
    """Epochs at the size the network is used with."""
    small: Annotated[int, Interval(ge=32, le=1024)] = 112
    full: Annotated[int, Interval(ge=32, le=1024)] = FULL
    batch: Annotated[int, Interval(ge=1, le=65_536)] = 32
    """Pictures in a step, over all processes together."""
    rate: Annotated[float, Interval(gt=0, le=10)] = 3e-3
    """Peak learning rate of the one-cycle schedule (AdamW)."""
    full_rate: Annotated[float, Interval(ge=0, le=10)] = 0.0
    """Learning rate with which the full size begins, falling to 0 in a straight line, where the cycle's own is not
    higher: at the end of a long cycle nothing would be learned of the new size any more."""
    decay: Annotated[float, Interval(ge=0, le=1)] = 0.02
    smoothing: Annotated[float, Interval(ge=0, le=0.5)] = 0.05
    flip: bool = True
    """Mirror half of the pictures."""
    seed: int = 1

    def steps(self, count: int) -> tuple[int, int]:
        """Steps at the small and at the full size for ``count`` pictures."""
        whole = count // self.batch
        return round(self.epochs_small * whole), round(self.epochs_full * whole)
