"""The convolutions that compute the units of a tap, found by recording one run of a module without data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.modules import activation
from torch.nn.modules.batchnorm import _BatchNorm
from torch.nn.modules.conv import _ConvNd

from perturber.nets.architectures.tapping import Call, TapPlan, record

RELU = (F.relu, F.relu_, torch.relu, torch.relu_, Tensor.relu, Tensor.relu_)


@dataclass(frozen=True, eq=False)
class Moment:
    """A tensor at one version; in-place operations create a new version."""

    tensor: Tensor
    version: int

    @classmethod
    def now(cls, tensor: Tensor) -> Moment:
        return cls(tensor, tensor._version)

    def is_(self, other: Moment) -> bool:
        return self.tensor is other.tensor and self.version == other.version


@dataclass(frozen=True, eq=False)
class Operation:
    """An operation on tensors: a named module, a ReLU, or a concatenation."""

    result: Moment
    sources: tuple[Moment, ...]
    maker: str = ""
    channels: int = 0


class Operations(torch.overrides.TorchFunctionMode):
    """A mode that records functional ReLUs and concatenations."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[Operation] = []

    def __torch_function__(
        self,
        func: Callable[..., object],
        types: Iterable[type],
        args: tuple[object, ...] = (),
        kwargs: dict[str, object] | None = None,
    ) -> object:
        sources = tuple(Moment.now(tensor) for tensor in _joined(func, args, kwargs or {}))
        result = func(*args, **(kwargs or {}))
        if sources and isinstance(result, Tensor):
            self.seen.append(Operation(Moment.now(result), sources))
        return result


def _joined(func: Callable[..., object], args: tuple[object, ...], kwargs: dict[str, object]) -> tuple[Tensor, ...]:
    """Return the inputs of a ReLU or of a concatenation of channels; nothing for other functions."""
    if func in RELU and isinstance(args[0], Tensor):
        return (args[0],)
    axis = kwargs.get("dim", args[1] if len(args) > 1 else 0)
    if func is torch.cat and axis == 1 and isinstance(args[0], list | tuple):
        return tuple(args[0])
    return ()


def find_makers(module: nn.Module, example: Tensor, plan: TapPlan) -> dict[str, tuple[tuple[str, int], ...]]:
    """Return state-dict prefixes with unit counts by tap, in the order of the tap's units.

    Each prefix names a convolution, or the BatchNorm after it, whose output is the tap or a part of it,
    up to a ReLU in between. Other taps, such as sums of a residual block, are left out. ``example`` may
    be on the meta device.
    """
    with Operations() as noted:
        root = record(module, example)
    calls = list(_calls(root))
    steps = [*noted.seen, *_modules(calls)]
    by_call = {(call.name, call.number): call for call in calls}
    found = {}
    for tap in plan.taps:
        reading = plan.readings[tap]
        call = by_call[reading.module, reading.number]
        if reading.layout != "nchw" or call.output is None:
            continue
        makers = _traced(Moment(call.output, call.output_version), steps)
        own = all(f"{name}.weight" in plan.blocks[tap] for name, _ in makers)
        if own and sum(count for _, count in makers) == reading.channels:
            found[tap] = makers
    return found


def _calls(call: Call) -> Iterator[Call]:
    yield call
    for inner in call.calls:
        yield from _calls(inner)


def _modules(calls: list[Call]) -> Iterator[Operation]:
    """Yield the operations of activations and of modules that are called once and whose rows are units."""
    times = Counter(call.name for call in calls)
    for call in calls:
        if call.calls or call.output is None or call.source is None:
            continue
        result = Moment(call.output, call.output_version)
        if isinstance(call.module, _ConvNd | _BatchNorm) and call.module.weight is not None and times[call.name] == 1:
            yield Operation(result, (), call.name, len(call.module.weight))
        elif isinstance(call.module, nn.Dropout) or type(call.module).__module__ == activation.__name__:
            yield Operation(result, (Moment(call.source, call.source_version),))


def _traced(moment: Moment, steps: list[Operation]) -> tuple[tuple[str, int], ...]:
    """Trace the modules that computed a tensor; an empty name with 0 units stands for an unknown source."""
    step = next((step for step in steps if step.result.is_(moment)), None)
    if step is None:
        return (("", 0),)
    if step.maker:
        return ((step.maker, step.channels),)
    others = [other for other in steps if other is not step]  # a dropout may return its input
    return tuple(maker for source in step.sources for maker in _traced(source, others))
