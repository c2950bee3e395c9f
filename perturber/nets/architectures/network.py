"""A trained network, frozen, ready to be looked into."""

from __future__ import annotations

import copy
from collections.abc import Callable, Collection, Hashable, Mapping
from typing import TypeVar, cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from perturber.core.errors import InputError
from perturber.nets.architectures.architecture import PRE, Architecture, NetworkOutput, Weights
from perturber.nets.lookup.labels import Labels

__all__ = ["Network", "NetworkOutput"]

M = TypeVar("M", bound=nn.Module)


class Network:
    """Maps pixels to activations and logits. Normalization is inside.

    Takes over the architecture: it is evaluated, frozen, folded, moved and laid out channels_last.
    """

    def __init__(
        self,
        name: str,
        architecture: Architecture,
        labels: Labels,
        device: torch.device | str = "cpu",
        dtype: torch.dtype = torch.float32,
    ) -> None:
        self.name = name
        self.labels = labels
        self.device = torch.device(device)
        self.dtype = dtype
        self.key = architecture.key
        """Networks with the same key number their units alike."""
        self.taps = architecture.taps
        self.channels = dict(architecture.channels)
        self.notices = architecture.notices
        self.on_block: Callable[[str], None] | None = None
        """Told the name of every tap that a run reaches."""
        # Not folded in half precision: products of weights stored so would be rounded once more.
        architecture.eval().to(torch.promote_types(dtype, torch.float32)).requires_grad_(False).fold()
        architecture.requires_grad_(False)
        self.architecture: Architecture = architecture.to(self.device, dtype, memory_format=torch.channels_last)  # type: ignore[call-overload]
        # The object is not shared, so that equal parts are always the same weights.
        whose = object()
        self.parts: Mapping[str, Hashable] = {block: (whose, block) for block in architecture.blocks}
        """Identifies the weights of each block; networks with an equal part have the same weights there."""
        self.tensors: Weights = architecture.bare().state_dict()
        """The state dict as it is used: folded, in the network's precision and layout."""
        self._scale, self._shift = architecture.normalization.tensors(self.device)

    def run(self, pixels: Tensor, upto: str | None = None, keep: Collection[str] = ()) -> NetworkOutput:
        """The activations of the taps in ``keep`` (and of ``upto``), and the logits.

        ``pixels`` are N×3×H×W in [0, 1]; any float dtype. With ``upto`` nothing behind that tap is
        computed and the logits are None. ``tap:pre`` in ``keep`` reads a tap before its ReLU, where
        `Architecture.before` has it. Gradients flow to the pixels unless torch is told otherwise.
        Activations have the network's dtype, logits are float32. Raises InputError for an unknown
        tap and for pictures too small for the network.
        """
        self._check(upto, keep)
        x = pixels.to(self.device, torch.float32, memory_format=torch.channels_last)
        if self.architecture.fixed and x.shape[2:] != (self.architecture.size,) * 2:
            x = _resized(x, self.architecture.size, self.architecture.interpolation)
        x = torch.addcmul(self._shift, x, self._scale).to(self.dtype)
        try:
            answer = self.architecture.observe(x, upto, keep, self.on_block)
        except RuntimeError as error:
            height, width = pixels.shape[2:]
            if isinstance(error, torch.OutOfMemoryError) or min(height, width) >= self.architecture.size:
                raise
            size = self.architecture.size
            raise InputError(
                self.name, f"the network cannot take {width} × {height} pixels", f"{size} × {size} or more"
            ) from error
        return _finished(answer)

    def logits(self, pixels: Tensor) -> Tensor:
        """Logits N×classes, float32, of pictures N×3×H×W in [0, 1]. Raises InputError as `run`."""
        return self.run(pixels).final_logits()

    def resume(
        self, tap: str, activations: Tensor, upto: str | None = None, keep: Collection[str] = ()
    ) -> NetworkOutput:
        """`run` from behind a tap on, given the tap's activations as a run of this network keeps them.

        Bit for bit what `run` gives, as far as it lies behind ``tap``. Raises InputError for an
        unknown tap; only for networks whose architecture is ``resumable``.
        """
        self._check(upto, (*keep, tap))
        return _finished(self.architecture.resume(tap, activations, upto, keep, self.on_block))

    def with_weights(self, name: str, changed: Weights, parts: Mapping[str, Hashable]) -> Network:
        """A network like this one with some tensors of its state dict replaced; all others are shared.

        ``changed`` must have the shapes, device and layout of what it replaces, ``parts`` identifies its blocks.
        """
        network = copy.copy(self)
        network.name, network.parts, network.on_block = name, parts, None
        network.architecture = _twin(self.architecture, {})
        network.tensors = {**self.tensors, **changed}
        bare = network.architecture.bare()
        for key, value in changed.items():
            owner, _, own = key.rpartition(".")
            module = bare.get_submodule(owner)
            setattr(module, own, nn.Parameter(value, requires_grad=False) if own in module._parameters else value)
        return network

    def _check(self, upto: str | None, keep: Collection[str]) -> None:
        known, before = self.channels, self.architecture.before
        for tap in (*keep, *(() if upto is None else (upto,))):
            if tap not in known and (tap == upto or tap.removesuffix(PRE) not in before):
                raise InputError(tap, f"{self.name} has no such tap", "one of " + ", ".join(self.taps))


def _twin(module: M, known: dict[nn.Module, nn.Module]) -> M:
    """A module with the same tensors that can be given others, and hooks of its own.

    ``known`` holds what has its twin already. A tenth of the time of copy.deepcopy.
    """
    if module not in known:
        known[module] = made = copy.copy(module)
        for name, value in vars(made).items():
            if isinstance(value, dict):
                vars(made)[name] = value.copy()
        made._modules = {name: None if m is None else _twin(m, known) for name, m in module._modules.items()}
    return cast(M, known[module])


def _resized(pixels: Tensor, size: int, interpolation: str) -> Tensor:
    """Square pixels of another size, in [0, 1]."""
    if interpolation == "nearest":
        return F.interpolate(pixels, (size, size), mode="nearest-exact")
    found = F.interpolate(pixels, (size, size), mode=interpolation, antialias=True)
    return found.clamp(0, 1) if interpolation == "bicubic" else found


def _finished(answer: NetworkOutput) -> NetworkOutput:
    return NetworkOutput(answer.activations, None if answer.logits is None else answer.logits.float())
