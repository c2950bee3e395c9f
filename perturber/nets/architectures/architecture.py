"""The interface of all network architectures, and their registry."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import Tensor, nn

from perturber.core.damage import report_damage
from perturber.core.errors import InputError
from perturber.core.parameters.plugin import Plugin, kinds

Weights = dict[str, Tensor]
"""A state dict."""
PRE = ":pre"
"""Suffix of a tap's name for its value before the ReLU."""


@dataclass(frozen=True, eq=False)
class NetworkOutput:
    """The activations and logits of one run."""

    activations: dict[str, Tensor] = field(default_factory=dict)
    """N×C×h×w by tap, as the layer outputs them."""
    logits: Tensor | None = None
    """N×classes; None when the run stopped early."""

    def final_logits(self) -> Tensor:
        """Return the logits (N×classes) of a run that did not stop early."""
        assert self.logits is not None
        return self.logits


@dataclass(frozen=True)
class Normalization:
    """The input normalization of pixels in [0, 1]: scale · pixels + shift, per channel."""

    scale: tuple[float, float, float]
    shift: tuple[float, float, float]

    @classmethod
    def of(cls, mean: Collection[float], std: Collection[float]) -> Normalization:
        """Return the normalization (pixels − mean) / std."""
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
        """Return scale and shift as 1×3×1×1 float32."""
        scale, shift = (torch.tensor(v, device=device).view(1, 3, 1, 1) for v in (self.scale, self.shift))
        return scale, shift


class Architecture(nn.Module):
    """A network's structure, with or without trained weights.

    As a module it maps pixels (N×3×H×W in [0, 1]) to logits (N×classes), for training. Use `observe`
    to read activations.
    """

    name: str
    taps: tuple[str, ...]
    """Observable layers, in order."""
    before: frozenset[str] = frozenset()
    """Taps that can also be read before their ReLU, as ``tap:pre``."""
    channels: dict[str, int]
    """Number of units of each tap."""
    blocks: dict[str, tuple[str, ...]]
    """Keys of the state dict by block, the parts that can be mixed and pruned: one block per tap, with
    everything after the previous tap up to this one, and ``head`` for everything after the last tap."""
    normalization: Normalization
    size: int = 224
    """Side of the square pictures the network was made for."""
    concurrent: bool = False
    """Whether several threads may observe it at once; false if observing registers hooks."""
    fixed: bool = False
    """Whether only pictures of ``size`` fit, so that others are resized."""
    interpolation: str = "bilinear"
    """How they are resized: bilinear, bicubic or nearest."""
    resumable: bool = False
    """Whether `resume` can start after a tap."""
    notices: tuple[str, ...] = ()
    """Notices for the user about how the weights were read."""

    @abstractmethod
    def observe(
        self,
        x: Tensor,
        upto: str | None = None,
        keep: Collection[str] = (),
        on_block: Callable[[str], None] | None = None,
    ) -> NetworkOutput:
        """Run on normalized pixels ``x`` (N×3×H×W), keeping the taps in ``keep`` and ``upto``.

        Stop after the tap ``upto``. Call ``on_block`` with the name of each tap reached.
        """

    def resume(
        self,
        tap: str,
        x: Tensor,
        upto: str | None = None,
        keep: Collection[str] = (),
        on_block: Callable[[str], None] | None = None,
    ) -> NetworkOutput:
        """Continue `observe` after a tap, given the tap's activations (N×C×h×w), which are not modified.

        Only for ``resumable`` architectures.
        """
        raise NotImplementedError

    def makers(self, tap: str) -> tuple[tuple[str, int], ...]:
        """Return the layers that compute a tap's units: state-dict prefixes of the trained network with unit counts.

        Multiplying a row of ``weight`` and ``bias`` below a prefix scales one unit before its
        activation function. Raises InputError for a tap whose units cannot be scaled this way.
        """
        raise InputError(tap, f"{self.name} cannot scale units of this layer", "another layer")

    def folded(self, weights: Weights) -> Weights:
        """Convert tensors of complete convolutions from the trained form to the folded form."""
        return weights

    def forward(self, pixels: Tensor) -> Tensor:
        scale, shift = self.normalization.tensors(pixels.device)
        return self.observe(torch.addcmul(shift, pixels, scale)).final_logits()

    def bare(self) -> nn.Module:
        """Return the module whose state dict has the keys of weights files."""
        return self

    def fold(self) -> None:
        """Simplify the network for inference without changing its outputs."""

    @property
    def head(self) -> str:
        """The state-dict key of the last weight, whose rows are the classes."""
        return [key for key in self.bare().state_dict() if key.endswith("weight")][-1]

    @property
    def key(self) -> str:
        """The identifier shared by networks with the same layers and the same unit numbering."""
        return self.name

    @property
    def structure(self) -> str:
        """The identifier shared by networks with the same layers, regardless of their classes."""
        return self.key

    @property
    def classes(self) -> int:
        """The number of classes."""
        return int(self.bare().state_dict()[self.head].shape[0])


class Provider(Plugin):
    """A source of architectures, from this package or a plug-in. Providers are tried in order of rank."""

    family = "architecture"
    package = "perturber.nets.architectures"

    @abstractmethod
    def names(self) -> tuple[str, ...]:
        """Return the names of the architectures it creates."""

    @abstractmethod
    def create(self, name: str, classes: int | None, hollow: bool, arguments: Mapping[str, object]) -> Architecture:
        """Create a network with fresh weights, or none if ``hollow``. Raises InputError for an invalid argument."""

    def translate(self, name: str, weights: Weights) -> Weights:
        """Rename the keys of weights saved by other programs to this program's keys."""
        return weights

    def arguments(self, name: str, weights: Weights) -> dict[str, object]:
        """Return the arguments of `create` that match the weights."""
        return {}

    @abstractmethod
    def download(self, name: str) -> Path:
        """Return the file of published weights. Raises MachineError or InputError if they are unavailable."""


def provider(name: str) -> Provider:
    """Return the provider of an architecture. Raises InputError for an unknown name."""
    for kind in kinds(Provider).values():
        if name in _names(kind):
            return kind()
    raise InputError("architecture", f"there is no architecture {name!r}", "a name such as resnet18 or inception_v1")


def architectures() -> tuple[str, ...]:
    """Return the names of all architectures."""
    return tuple(name for kind in kinds(Provider).values() for name in _names(kind))


def _names(kind: type[Provider]) -> tuple[str, ...]:
    """Return the names of a provider; a plug-in that cannot tell them has none, and is reported."""
    try:
        return kind().names()
    except Exception as error:  # a plug-in may raise anything
        report_damage(f"the architectures of {kind.__module__} are left out: {error}", "plugin")
        return ()


def create(name: str, classes: int | None = None, hollow: bool = False, **arguments: object) -> Architecture:
    """Create a network with fresh weights.

    ``classes`` is the number of outputs, by default that of the published weights. A ``hollow``
    network allocates no weights, which makes it fast to create; they must be loaded later. Raises
    InputError for an unknown name or argument.
    """
    if classes is not None and not 1 <= classes <= 1_000_000:
        raise InputError("classes", f"{classes} is out of range", "1 to 1000000")
    with torch.inference_mode(False):
        return provider(name).create(name, classes, hollow, arguments)


class Hollow(torch.overrides.TorchFunctionMode):
    """A mode in which ``torch.empty`` allocates nothing, so that modules are created fast, without weights.

    Unlike a meta default device, it does not affect constructors that compute with small tensors.
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
