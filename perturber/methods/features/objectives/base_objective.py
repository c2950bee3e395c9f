"""Base classes of objectives, which can be evaluated, weighted and added."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass

from torch import Tensor

from perturber.core.parameters.plugin import Plugin
from perturber.core.session.unit_ref import check_layer, check_unit
from perturber.nets.architectures.architecture import PRE


@dataclass(frozen=True, eq=False)
class NetworkRun:
    """Results of one forward pass of n images."""

    images: Tensor
    """Network input, n×3×h×w in [0, 1]."""
    activations: Mapping[str, Tensor]
    """Activations n×C×h×w by tap; before the ReLU under ``tap:pre`` where available."""
    logits: Tensor | None

    def layer(self, tap: str) -> Tensor:
        """Return a tap's activations, before its ReLU (where inactive units have a gradient) if available."""
        before = self.activations.get(tap + PRE)
        return self.activations[tap] if before is None else before


class Objective(Plugin):
    """A quantity that images maximize. Equal objectives on equal networks give equal images."""

    family = "objective"
    package = "perturber.methods.features.objectives"

    kind: str

    @property
    def layers(self) -> tuple[str, ...]:
        """Taps that the objective reads."""
        return ()

    @property
    def whole(self) -> bool:
        """Whether the objective needs the logits."""
        return False

    @property
    def images(self) -> int:
        """Number of images optimized together; 1 unless they are compared with each other."""
        return 1

    @abstractmethod
    def value(self, seen: NetworkRun) -> Tensor:
        """Return the objective of each of the n images, n values."""

    def check(self, channels: Mapping[str, int], classes: int) -> None:
        """Raise InputError if a network with these units (by tap) and classes lacks what the objective reads."""
        for layer in self.layers:
            check_layer(layer, channels, "layer")

    def __add__(self, other: Objective) -> Sum:
        return Sum(terms=((1.0, self), (1.0, other)))

    def __sub__(self, other: Objective) -> Sum:
        return Sum(terms=((1.0, self), (-1.0, other)))

    def __rmul__(self, weight: float) -> Sum:
        return Sum(terms=((float(weight), self),))


class Sum(Objective):
    """Weighted sum of objectives; created by adding them, not looked up by its ``kind``."""

    kind: str = "sum"
    terms: tuple[tuple[float, Objective], ...]

    @property
    def layers(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(layer for _, term in self.terms for layer in term.layers))

    @property
    def whole(self) -> bool:
        return any(term.whole for _, term in self.terms)

    @property
    def images(self) -> int:
        return max(term.images for _, term in self.terms)

    def value(self, seen: NetworkRun) -> Tensor:
        values = [weight * term.value(seen) for weight, term in self.terms]
        total = values[0]
        for value in values[1:]:
            total = total + value
        return total

    def check(self, channels: Mapping[str, int], classes: int) -> None:
        for _, term in self.terms:
            term.check(channels, classes)


class UnitObjective(Objective):
    """An objective that reads one unit of a layer."""

    layer: str
    unit: int

    @property
    def layers(self) -> tuple[str, ...]:
        return (self.layer,)

    def check(self, channels: Mapping[str, int], classes: int) -> None:
        super().check(channels, classes)
        check_unit(self.layer, self.unit, channels[self.layer], "unit")
