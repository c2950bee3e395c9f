"""Trained, frozen networks whose activations can be read."""

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
    """A frozen network that maps pixels to activations and logits, including normalization.

    Takes ownership of the architecture: sets it to eval mode, freezes and folds it, and moves it to
    the device in channels_last layout.
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
        """The identifier shared by networks with the same unit numbering."""
        self.taps = architecture.taps
        self.channels = dict(architecture.channels)
        self.notices = architecture.notices
        self.on_block: Callable[[str], None] | None = None
        """Called with the name of each tap a run reaches."""
        # Fold in float32: folding in half precision would round the products of weights again.
        architecture.eval().to(torch.promote_types(dtype, torch.float32)).requires_grad_(False).fold()
        architecture.requires_grad_(False)
        self.architecture: Architecture = architecture.to(self.device, dtype, memory_format=torch.channels_last)  # type: ignore[call-overload]
        # A new object per network, so that equal parts always mean identical weights.
        whose = object()
        self.parts: Mapping[str, Hashable] = {block: (whose, block) for block in architecture.blocks}
        """An identifier of each block's weights; networks with equal parts share those weights."""
        self.tensors: Weights = architecture.bare().state_dict()
        """The state dict in use: folded, in the network's precision and layout."""
        self._scale, self._shift = architecture.normalization.tensors(self.device)

    def run(self, pixels: Tensor, upto: str | None = None, keep: Collection[str] = ()) -> NetworkOutput:
        """Return the activations of the taps in ``keep`` (and of ``upto``), and the logits.

        ``pixels`` are N×3×H×W in [0, 1], of any float dtype. With ``upto``, nothing after that tap is
        computed and the logits are None. ``tap:pre`` in ``keep`` reads a tap before its ReLU, if it is
        in `Architecture.before`. Gradients flow to the pixels unless disabled in torch. Activations
        have the network's dtype, logits are float32. Raises InputError for an unknown tap and for
        pictures too small for the network.
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
        """Return the float32 logits (N×classes) of pictures (N×3×H×W in [0, 1]). Raises InputError like `run`."""
        return self.run(pixels).final_logits()

    def resume(
        self, tap: str, activations: Tensor, upto: str | None = None, keep: Collection[str] = ()
    ) -> NetworkOutput:
        """Continue a run after a tap, given the tap's activations from a run of this network.

        The results are bit-identical to those of `run` after ``tap``. Only for networks with a
        ``resumable`` architecture. Raises InputError for an unknown tap.
        """
        self._check(upto, (*keep, tap))
        return _finished(self.architecture.resume(tap, activations, upto, keep, self.on_block))

    def with_weights(self, name: str, changed: Weights, parts: Mapping[str, Hashable]) -> Network:
        """Return a copy with some tensors of the state dict replaced; all others are shared.

        ``changed`` must have the shapes, device and layout of the tensors it replaces; ``parts``
        identifies the weights of each block.
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
    """Copy a module with shared tensors, which can be replaced, and separate hooks.

    ``known`` maps modules already copied to their copies. Takes a tenth of the time of copy.deepcopy.
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
