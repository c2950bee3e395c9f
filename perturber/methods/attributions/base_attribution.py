"""Base classes of attributions."""

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
    """Progress of an attribution."""

    done: int
    total: int
    values: Tensor | None = None
    """Intermediate map, H×W, or None if there is none to show; the attribution after the last step."""


class Attribution(AttributionMethod):
    """How much each pixel supports a class. Changes neither the network nor any ``grad``."""

    @abstractmethod
    def steps_on(self, explained: Explained) -> Iterator[AttributionStep]:
        """Yield small steps, each about one forward pass of one picture; the last one holds the attribution.

        Raises InputError for a network or layer that the method does not support.
        """

    def values(self, explained: Explained) -> Tensor:
        """Return the attribution, H×W float32."""
        *_, last = self.steps_on(explained)
        assert last.values is not None
        return last.values


class Direct(Attribution):
    """An attribution computed in one step."""

    def steps_on(self, explained: Explained) -> Iterator[AttributionStep]:
        yield AttributionStep(1, 1, self.at_once(explained))

    @abstractmethod
    def at_once(self, explained: Explained) -> Tensor:
        """Return the attribution, H×W."""


def strongest(gradient: Tensor) -> Tensor:
    """Return the largest magnitude over the color channels, 1×3×H×W → H×W (Simonyan et al. 2014)."""
    found: Tensor = gradient[0].abs().amax(0)
    return found
