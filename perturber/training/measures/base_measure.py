"""What every measure has in common."""

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
"""What was measured, by name."""
Count = Annotated[int, Interval(ge=1, le=10_000_000)]
BATCH = 16
"""Pictures in one run: more are slower on a CPU, whose caches they leave."""


class Measure(Plugin):
    """Something measured on one checkpoint, with its parameters. Deterministic. Reported in the order of the ranks."""

    family = "measure"
    package = "perturber.training.measures"
    kind: str
    about: ClassVar[str]
    """What is measured and how, after whom; for people."""
    sets: ClassVar[tuple[str, ...]] = ()
    """The sets of pictures that it looks at."""
    views: ClassVar[bool] = False
    """Whether it looks at the 28 views of the shipped objects."""
    aligned: ClassVar[bool] = False
    """Whether it compares with the reference checkpoint."""
    share: ClassVar[bool] = True
    """Whether the values are shares, from 0 to 1."""
    edition: ClassVar[int] = 1
    """Counts up when the code changes what comes out."""

    @abstractmethod
    def run(self, subject: MeasuredCheckpoint, material: Material, progress: Progress) -> Values:
        """Measure one checkpoint. What ``progress`` raises ends it."""


def batches(count: int, size: int = BATCH) -> Iterator[slice]:
    """Slices that cover ``count`` pictures in order."""
    return (slice(start, min(start + size, count)) for start in range(0, count, size))


def pixels_of(network: Network, pictures: NDArray[np.uint8]) -> torch.Tensor:
    """N×H×W×3 (0 … 255) as N×3×H×W float32 in [0, 1] where the network is."""
    return to_pixels(pictures, pictures.shape[1]).to(network.device)


def logits_of(network: Network, pixels: torch.Tensor) -> torch.Tensor:
    """N×classes; differentiable unless torch is told otherwise."""
    return network.logits(pixels)


def answers(subject: MeasuredCheckpoint, shown: Chosen | ObjectViews, progress: Progress) -> NDArray[np.float32]:
    """Logits of all pictures, N×classes; computed once for each subject."""
    if shown.digest not in subject.answers:
        network, found = subject.network, []
        with torch.inference_mode():
            for part in batches(len(shown.pixels)):
                found.append(logits_of(network, pixels_of(network, shown.pixels[part])).cpu().numpy())
                progress(part.stop, len(shown.pixels))
        subject.answers[shown.digest] = np.concatenate(found)
    return subject.answers[shown.digest]


def right(subject: MeasuredCheckpoint, chosen: Chosen, progress: Progress) -> float:
    """Share of the pictures whose leading class is the target."""
    return float((answers(subject, chosen, progress).argmax(1) == chosen.targets).mean())
