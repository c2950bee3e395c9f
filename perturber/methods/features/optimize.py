"""The optimizer of feature images: many at once, each for its own objective."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from functools import lru_cache, partial
from itertools import pairwise

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from perturber.core.jobs.feature_spec import FeatureSpec
from perturber.methods.features.images import make_image
from perturber.methods.features.objectives.base_objective import NetworkRun, Objective
from perturber.methods.features.redirect import Redirected
from perturber.methods.features.transforms import Shaker, resample
from perturber.nets.architectures.architecture import PRE
from perturber.nets.architectures.network import Network

TINY = 1e-12
BLOCKED = 16
"""Number of first steps in which an image without a gradient gets one through inactive ReLUs (Lucid)."""
ALL = slice(None)
APART = 1_000_003
"""Difference between the seeds of images of one objective."""


class Visualization:
    """A running optimization of images.

    Every objective has its own image, or several from different noise if it compares them (`Diversity`).
    ``start`` are pictures to start from instead of noise, N×3×size×size in [0, 1]. An image does not depend on
    the others in its batch, except for the last bits of floating point. Raises InputError when the
    network lacks what an objective reads.
    """

    def __init__(
        self,
        network: Network,
        objectives: Sequence[Objective],
        spec: FeatureSpec,
        size: int | None = None,
        start: Tensor | None = None,
    ) -> None:
        for objective in objectives:
            objective.check(network.channels, len(network.labels.wnids))
        self.network, self.objectives, self.spec = network, tuple(objectives), spec
        self.done = 0
        """Steps taken."""
        counts = [objective.images for objective in self.objectives]
        ends = np.cumsum(counts).tolist()
        self._rows = [slice(end - count, end) for end, count in zip(ends, counts, strict=True)]
        self._apart = network.device.type == "cpu" and network.architecture.concurrent
        cores = min(torch.get_num_threads(), len(self.objectives)) if self._apart else 1
        bounds = [round(number * len(self.objectives) / cores) for number in range(cores + 1)]
        self._parts = [slice(start, stop) for start, stop in pairwise(bounds)]
        layers = tuple(dict.fromkeys(layer for o in self.objectives for layer in o.layers))
        before = network.architecture.before
        self._keep = tuple(layer + PRE if layer in before else layer for layer in layers)
        whole = not layers or any(objective.whole for objective in self.objectives)
        self._upto = None if whole else max(layers, key=network.taps.index)
        self._side = spec.size if size is None else size
        with torch.inference_mode(False):
            seeds = [spec.seed + number * APART for count in counts for number in range(count)]
            self.image = make_image(spec, seeds, self._side, network.device, start)
            self._shake = None if spec.transforms is None else Shaker(spec.transforms, spec.seed)
            adam = spec.optimizer == "adam"
            self._adam = torch.optim.Adam(self.image.parameters, lr=spec.rate, fused=True) if adam else None

    def steps(self) -> Iterator[Visualization]:
        """Take the remaining steps of the specification, yielding itself after each; once if none remain.

        Images are rendered only when `pictures` is called.
        """
        if self.done >= self.spec.steps:
            yield self
        while self.done < self.spec.steps:
            self.step()
            yield self

    def step(self) -> None:
        """Take one optimization step for every image."""
        way = None if self._shake is None else self._shake.draw(self._side)
        gradients = self._gradients(way)
        if self.done < BLOCKED and bool((blocked := _blocked(gradients)).any()):
            redirected = self._gradients(way, redirect=True)
            # Only for blocked images, so that the others do not depend on their batch.
            gradients = tuple(
                torch.where(blocked.view(-1, *(1,) * (gradient.ndim - 1)), other, gradient)
                for gradient, other in zip(gradients, redirected, strict=True)
            )
        with torch.inference_mode(False), torch.no_grad():
            self._follow(gradients)
        self.done += 1

    def _gradients(self, way: Tensor | None, redirect: bool = False) -> tuple[Tensor, ...]:
        """Return the gradients of the negative objectives with respect to the image parameters."""
        with torch.inference_mode(False), torch.enable_grad():
            pixels = self.image.pixels()
            pixels = pixels if way is None else resample(pixels, way)
            gradient = self._gradient(pixels.detach(), redirect)
            return torch.autograd.grad(pixels, self.image.parameters, grad_outputs=gradient)

    def _gradient(self, pixels: Tensor, redirect: bool) -> Tensor:
        """Return the gradient of each image's negative objective with respect to its pixels, N×3×H×W."""
        work = [partial(self._part, pixels, part, redirect) for part in self._parts]
        if not self._apart:
            return torch.cat([do() for do in work])
        return torch.cat(list(_pool(len(work)).map(_call, work)))

    def _part(self, pixels: Tensor, part: slice, redirect: bool) -> Tensor:
        """Compute `_gradient` for some of the objectives; torch's modes are set here because they hold per thread."""
        rows = slice(self._rows[part][0].start, self._rows[part][-1].stop)
        with torch.inference_mode(False), torch.enable_grad(), Redirected() if redirect else nullcontext():
            own = pixels[rows].detach().requires_grad_()
            return torch.autograd.grad(-self._values(own, part).sum(), own)[0]

    def _follow(self, gradients: tuple[Tensor, ...]) -> None:
        if self._adam is not None:
            for parameter, gradient in zip(self.image.parameters, gradients, strict=True):
                parameter.grad = gradient
            self._adam.step()
            return
        for parameter, gradient in zip(self.image.parameters, gradients, strict=True):
            lengths = torch.linalg.vector_norm(gradient.flatten(1), dim=1).clamp_min(TINY)
            parameter.sub_(self.spec.rate * gradient / lengths.view(-1, *(1,) * (gradient.ndim - 1)))

    def _values(self, pixels: Tensor, part: slice = ALL) -> Tensor:
        """Evaluate some of the objectives on their own images."""
        answer = self.network.run(pixels, upto=self._upto, keep=self._keep)
        first, found = self._rows[part][0].start, []
        for objective, place in zip(self.objectives[part], self._rows[part], strict=True):
            rows = slice(place.start - first, place.stop - first)
            activations = {tap: maps[rows] for tap, maps in answer.activations.items()}
            logits = None if answer.logits is None else answer.logits[rows]
            found.append(objective.value(NetworkRun(pixels[rows], activations, logits)))
        return torch.cat(found)

    def values(self) -> list[float]:
        """Return each image's objective, without transforms."""
        with torch.no_grad():
            return [float(value) for value in self._values(self.image.pixels())]

    def pictures(self) -> NDArray[np.uint8]:
        """Return the current images, N×H×W×3."""
        with torch.no_grad():
            pixels = (self.image.pixels() * 255).round().to(torch.uint8)
        return np.ascontiguousarray(pixels.permute(0, 2, 3, 1).cpu().numpy())


@lru_cache(maxsize=4)
def _pool(workers: int) -> ThreadPoolExecutor:
    """Return threads with one core each: on a CPU, parallel images beat many cores on the same small layers."""
    return ThreadPoolExecutor(workers, thread_name_prefix="feature", initializer=torch.set_num_threads, initargs=(1,))


def _call(work: Callable[[], Tensor]) -> Tensor:
    return work()


def _blocked(gradients: tuple[Tensor, ...]) -> Tensor:
    """Return which images have no gradient at all, N bools."""
    return torch.stack([gradient.flatten(1).abs().amax(1) for gradient in gradients]).amax(0) == 0
