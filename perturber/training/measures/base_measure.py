"""The base of all measures."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, ClassVar

import numpy as np
import torch
from annotated_types import Interval
from numpy.typing import NDArray

from perturber.core.parameters.plugin import Plugin
from perturber.nets.architectures.network import Network
from perturber.training.data.rendered_pictures import Progress
from perturber.training.data.sources import to_pixels

if TYPE_CHECKING:
    from perturber.training.measures.material import Chosen, Material, MeasuredCheckpoint, ObjectViews

Values = dict[str, float]
"""Results by name."""
Count = Annotated[int, Interval(ge=1, le=10_000_000)]
BATCH = 16
"""Pictures per forward pass: larger batches exceed a CPU's caches and are slower."""


class Measure(Plugin):
    """A measurement of one checkpoint, with its parameters. Deterministic. Reports list measures by rank."""

    family = "measure"
    package = "perturber.training.measures"
    kind: str
    about: ClassVar[str]
    """Description for readers: what is measured, how, and the source."""
    sets: ClassVar[tuple[str, ...]] = ()
    """The picture sets used."""
    views: ClassVar[bool] = False
    """Whether the 28 views of the shipped objects are used."""
    aligned: ClassVar[bool] = False
    """Whether the reference checkpoint is needed."""
    share: ClassVar[bool] = True
    """Whether the values are shares, 0 to 1."""
    edition: ClassVar[int] = 1
    """Version of the code; raised when the results change."""

    @abstractmethod
    def run(self, subject: MeasuredCheckpoint, material: Material, progress: Progress) -> Values:
        """Measure one checkpoint. Exceptions from ``progress`` end the measurement."""

    def trials(self, material: Material, values: Values) -> dict[str, int]:
        """Return the number of pictures behind each value that is a rate."""
        return {}


def batches(count: int, size: int = BATCH) -> Iterator[slice]:
    """Yield slices that cover ``count`` pictures in order."""
    return (slice(start, min(start + size, count)) for start in range(0, count, size))


def pixels_of(network: Network, pictures: NDArray[np.uint8]) -> torch.Tensor:
    """Convert N×H×W×3 (0 … 255) to N×3×H×W float32 in [0, 1] on the network's device."""
    return to_pixels(pictures, pictures.shape[1]).to(network.device)


def logits_of(network: Network, pixels: torch.Tensor) -> torch.Tensor:
    """Return logits, N×classes, differentiable outside of ``no_grad``."""
    return network.logits(pixels)


def compute_logits(subject: MeasuredCheckpoint, shown: Chosen | ObjectViews, progress: Progress) -> NDArray[np.float32]:
    """Return the logits of all pictures, N×classes; computed once per subject."""
    if shown.digest not in subject.answers:
        network, found = subject.network, []
        with torch.inference_mode():
            for part in batches(len(shown.pixels)):
                found.append(logits_of(network, pixels_of(network, shown.pixels[part])).cpu().numpy())
                progress(part.stop, len(shown.pixels))
        subject.answers[shown.digest] = np.concatenate(found)
    return subject.answers[shown.digest]


def accuracy(subject: MeasuredCheckpoint, chosen: Chosen, progress: Progress) -> float:
    """Return the share of pictures whose top class is the target."""
    return float((compute_logits(subject, chosen, progress).argmax(1) == chosen.targets).mean())
