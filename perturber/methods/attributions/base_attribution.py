"""What all attributions have in common."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from perturber.core.session.attribution import AttributionMethod

if TYPE_CHECKING:
    from torch import Tensor

    from perturber.methods.networks.explained import Explained


@dataclass(frozen=True, eq=False)
class AttributionStep:
    """How far an attribution is."""

    done: int
    total: int
    values: Tensor | None = None
    """H×W: what is known so far, for methods that show it; after the last step the attribution."""


class Attribution(AttributionMethod):
    """How much each pixel speaks for a class. Leaves the network as it is, and every ``grad``."""

    @abstractmethod
    def steps_on(self, explained: Explained) -> Iterator[AttributionStep]:
        """Small steps, about one look of the network at one picture each; the last one has the attribution.

        Raises InputError for a network or a layer that the method cannot do with.
        """

    def values(self, explained: Explained) -> Tensor:
        """The attribution, H×W float32."""
        *_, last = self.steps_on(explained)
        assert last.values is not None
        return last.values


class Direct(Attribution):
    """An attribution in one step."""

    def steps_on(self, explained: Explained) -> Iterator[AttributionStep]:
        yield AttributionStep(1, 1, self.at_once(explained))

    @abstractmethod
    def at_once(self, explained: Explained) -> Tensor:
        """The attribution, H×W."""


def strongest(gradient: Tensor) -> Tensor:
    """1×3×H×W → H×W: the largest magnitude among the colors (Simonyan et al. 2014)."""
    found: Tensor = gradient[0].abs().amax(0)
    return found
