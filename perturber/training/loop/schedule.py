"""Length and learning rate of a training, as a frozen value."""

from __future__ import annotations

from typing import Annotated

from annotated_types import Interval

from perturber.core.parameters.state import State

FULL = 224
"""Picture side for which an attack's epsilon is given, in pixels."""


class Schedule(State):
    """Epochs, batch size and learning rates, at two picture sizes."""

    epochs_small: Annotated[float, Interval(ge=0, le=10_000)] = 6
    """Epochs at the small size, where training is cheap."""
    epochs_full: Annotated[float, Interval(ge=0, le=10_000)] = 1
    """Epochs at the size at which the network is used."""
    small: Annotated[int, Interval(ge=32, le=1024)] = 112
    full: Annotated[int, Interval(ge=32, le=1024)] = FULL
    batch: Annotated[int, Interval(ge=1, le=65_536)] = 32
    """Pictures per step, over all processes."""
    rate: Annotated[float, Interval(gt=0, le=10)] = 3e-3
    """Peak learning rate of the one-cycle schedule (AdamW)."""
    full_rate: Annotated[float, Interval(ge=0, le=10)] = 0.0
    """Learning rate at the start of the full size, falling linearly to 0; the cycle's own rate applies where it is
    higher. Without it, the end of a long cycle would learn nothing at the new size."""
    decay: Annotated[float, Interval(ge=0, le=1)] = 0.02
    smoothing: Annotated[float, Interval(ge=0, le=0.5)] = 0.05
    flip: bool = True
    """Mirror half of the pictures."""
    seed: int = 1

    def steps(self, count: int) -> tuple[int, int]:
        """Return the steps at the small and at the full size for ``count`` pictures."""
        whole = count // self.batch
        return round(self.epochs_small * whole), round(self.epochs_full * whole)
