"""ReLUs with another gradient, on any network: no hooks, and no module of the network changes."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

import torch

from perturber.nets.architectures.unit_makers import RELU


class OtherRelu(torch.overrides.TorchFunctionMode):
    """While active, every ReLU, as a module or a function, in place or not, is another function.

    ``made`` gives what a ReLU gives, with a gradient of its own. ``met`` counts the ReLUs.
    """

    def __init__(self, made: type[torch.autograd.Function]) -> None:
        super().__init__()
        self.met = 0
        self._made = made

    def __torch_function__(
        self,
        func: Callable[..., object],
        types: Collection[type],
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> object:
        if func in RELU:
            self.met += 1
            return self._made.apply(args[0] if args else (kwargs or {})["input"])  # type: ignore[no-untyped-call]
        return func(*args, **(kwargs or {}))
