"""Architectures: what a network of any kind offers, and the one registry of those there are."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import Tensor, nn

from perturber.core.errors import InputError
from perturber.core.parameters.plugin import Plugin, kinds

Weights = dict[str, Tensor]
"""A state dict."""
PRE = ":pre"
"""Appended to a tap's name: the tap before its ReLU."""


@dataclass(frozen=True, eq=False)
class NetworkOutput:
    """What one run gives."""

    activations: dict[str, Tensor] = field(default_factory=dict)
    """N×C×h×w each, as the layer gives them."""
    logits: Tensor | None = None
    """N×classes; None when the run stopped early."""

    def final_logits(self) -> Tensor:
        """The logits N×classes of a run that did not stop early."""
        assert self.logits is not None
        return self.logits


@dataclass(frozen=True)
class Normalization:
    """What happens to pixels in [0, 1] before the first layer: scale · pixels + shift, per channel."""

    scale: tuple[float, float, float]
    shift: tuple[float, float, float]

    @classmethod
    def of(cls, mean: Collection[float], std: Collection[float]) -> Normalization:
        """(pixels − mean) / std."""
        red, green, blue = ((1 / s, -m / s) for m, s in zip(mean, std, strict=True))
        return cls((red[0], green[0], blue[0]), (red[1], green[1], blue[1]))

    @property
    def std(self) -> tuple[float, ...]:
        """Standard deviation that pixels are divided by, per channel."""
        return tuple(1 / scale for scale in self.scale)

    @property
    def mean(self) -> tuple[float, ...]:
        """Mean that is subtracted before, per channel."""
        return tuple(-shift / scale for shift, scale in zip(self.shift, self.scale, strict=True))

    def __str__(self) -> str:
        told = (", ".join(f"{value:.4g}" for value in values) for values in (self.mean, self.std))
        return "mean {} and standard deviation {}".format(*told)

    def tensors(self, device: torch.device) -> tuple[Tensor, Tensor]:
        """Scale and shift as 1×3×1×1 float32."""
        scale, shift = (torch.tensor(v, device=device).view(1, 3, 1, 1) for v in (self.scale, self.shift))
        return scale, shift


class Architecture(nn.Module):
    """A network's structure, with or without trained weights.

    As a module it maps pixels (N×3×H×W in [0, 1]) to logits (N×classes), for training; what looks
    inside goes through `observe`.
    """

    name: str
    taps: tuple[str, ...]
    """Observable layers, in order."""
    before: frozenset[str] = frozenset()
    """Taps that can also be read before their ReLU, as ``tap:pre``."""
    channels: dict[str, int]
    """Units of each tap."""
    blocks: dict[str, tuple[str, ...]]
    """Keys of the state dict by block, the pieces that can be mixed and pruned: one block per tap,
    from behind the tap before up to the tap, and ``head`` for what follows the last."""
    normalization: Normalization
    size: int = 224
    """Side of the square pictures the network was made for."""
    concurrent: bool = False
    """Several threads may look into it at once, because nothing is hooked into it for that."""
    fixed: bool = False
    """Pictures of another size do not fit and are resized."""
    interpolation: str = "bilinear"
    """How they are resized: bilinear, bicubic or nearest."""
    resumable: bool = False
    """Whether `resume` can start behind a tap."""
    notices: tuple[str, ...] = ()
    """What a person should know about how its weights were read."""

    @abstractmethod
    def observe(
        self,
        x: Tensor,
        upto: str | None = None,
        keep: Collection[str] = (),
        on_block: Callable[[str], None] | None = None,
    ) -> NetworkOutput:
        """Run on normalized pixels ``x`` (N×3×H×W), keeping the taps in ``keep`` and ``upto``.

        Stops behind the tap ``upto``. ``on_block`` is told every tap that is reached.
        """

    def resume(
        self,
        tap: str,
        x: Tensor,
        upto: str | None = None,
        keep: Collection[str] = (),
        on_block: Callable[[str], None] | None = None,
    ) -> NetworkOutput:
        """`observe` from behind a tap on, given what this tap shows (N×C×h×w), which is left as it is.

        Only for architectures that are ``resumable``.
        """
        raise NotImplementedError

    def makers(self, tap: str) -> tuple[tuple[str, int], ...]:
        """What makes the units of a tap: prefixes in the state dict of the trained network, with the units of each.

        Multiplying a row of ``weight`` and ``bias`` below a prefix multiplies one unit before its
        activation function. Raises InputError for a tap whose units are not made so.
        """
        raise InputError(tap, f"the units of this layer of {self.name} cannot be scaled", "another layer")

    def folded(self, weights: Weights) -> Weights:
        """Tensors of whole convolutions as the trained network holds them, in the way of the folded network."""
        return weights

    def forward(self, pixels: Tensor) -> Tensor:
        scale, shift = self.normalization.tensors(pixels.device)
        return self.observe(torch.addcmul(shift, pixels, scale)).final_logits()

    def bare(self) -> nn.Module:
        """The module whose state dict is the format of weights files."""
        return self

    def fold(self) -> None:
        """Simplify for inference where the answers stay the same."""

    @property
    def head(self) -> str:
        """Key of the weight whose rows are the classes: the last one."""
        return [key for key in self.bare().state_dict() if key.endswith("weight")][-1]

    @property
    def key(self) -> str:
        """Networks with the same key have the same layers and number their units alike."""
        return self.name

    @property
    def structure(self) -> str:
        """Networks of the same structure have the same layers, whatever their classes."""
        return self.key

    @property
    def classes(self) -> int:
        """How many classes there are."""
        return int(self.bare().state_dict()[self.head].shape[0])


class Provider(Plugin):
    """What makes architectures, from this package or from another. Asked in the order of the ranks."""

    family = "architecture"
    package = "perturber.nets.architectures"

    @abstractmethod
    def names(self) -> tuple[str, ...]:
        """The architectures it makes."""

    @abstractmethod
    def create(self, name: str, classes: int | None, hollow: bool, arguments: Mapping[str, object]) -> Architecture:
        """A new network, with fresh weights or without any. Raises InputError for an argument that does not fit."""

    def translate(self, name: str, weights: Weights) -> Weights:
        """Weights as other programs save them, under this program's names."""
        return weights

    def arguments(self, name: str, weights: Weights) -> dict[str, object]:
        """The arguments of `create` that fit the weights."""
        return {}

    @abstractmethod
    def download(self, name: str) -> Path:
        """The file with the publisher's weights. Raises MachineError or InputError when they cannot be had."""


def provider(name: str) -> Provider:
    """Return the provider of an architecture. Raises InputError for an unknown name."""
    for kind in kinds(Provider).values():
        found = kind()
        if name in found.names():
            return found
    raise InputError("architecture", f"there is no architecture {name!r}", "a name such as resnet18 or inception_v1")


def architectures() -> tuple[str, ...]:
    """The names of all architectures."""
    return tuple(name for kind in kinds(Provider).values() for name in kind().names())


def create(name: str, classes: int | None = None, hollow: bool = False, **arguments: object) -> Architecture:
    """A new network with fresh weights.

    ``classes`` is the number of outputs, by default that of the published weights. A ``hollow``
    network is made at once and has no weights until it is given some. Raises InputError for an
    unknown name or argument.
    """
    if classes is not None and not 1 <= classes <= 1_000_000:
        raise InputError("classes", f"{classes} is out of range", "1 to 1000000")
    with torch.inference_mode(False):
        return provider(name).create(name, classes, hollow, arguments)


class Hollow(torch.overrides.TorchFunctionMode):
    """While active, ``torch.empty`` allocates nothing: modules are made at once, without weights.

    Unlike a meta default device it leaves constructors alone that compute with small tensors.
    """

    def __torch_function__(
        self,
        func: Callable[..., object],
        types: Collection[type],
        args: tuple[object, ...] = (),
        kwargs: Mapping[str, object] | None = None,
    ) -> object:
        extra = {"device": "meta"} if func is torch.empty else {}
        return func(*args, **{**(kwargs or {}), **extra})
