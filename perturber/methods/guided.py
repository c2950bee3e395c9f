"""ReLUs that let only slopes through which are positive themselves: guided backpropagation, on any network."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from perturber.core.errors import InputError
from perturber.methods.explained import Explained
from perturber.nets.makers import RELU


class Guided(torch.overrides.TorchFunctionMode):
    """While active, every ReLU, as a module or a function, in place or not, has the guided slope.

    Nothing is hooked into the network and no module of it changes. ``met`` counts the ReLUs.
    """

    def __init__(self) -> None:
        super().__init__()
        self.met = 0

    def __torch_function__(
        self,
        func: Callable[..., object],
        types: Collection[type],
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> object:
        if func in RELU:
            self.met += 1
            return _Relu.apply(args[0] if args else (kwargs or {})["input"])  # type: ignore[no-untyped-call]
        return func(*args, **(kwargs or {}))


def guided_slope(explained: Explained) -> Tensor:
    """The class's logit followed back to the picture through guided ReLUs, 1×3×H×W.

    Raises InputError for a network without ReLUs, for which this would be the plain gradient.
    """
    with Guided() as guided:
        slope = explained.followed()
    if guided.met == 0:
        raise InputError("attribution.method", f"{explained.network.name} has no ReLUs to guide", "another method")
    return slope


class _Relu(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        made = x.clamp_min(0)
        ctx.save_for_backward(made)
        return made

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, slope: Tensor) -> Tensor:
        (made,) = ctx.saved_tensors
        return torch.where(made > 0, slope.clamp_min(0), 0)
