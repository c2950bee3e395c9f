"""Inception V1 as first released for TensorFlow (inception5h), with the layer names of Lucid.

Szegedy et al., "Going Deeper with Convolutions", CVPR 2015. Differs from torchvision's GoogLeNet:
local response normalization or none, no BatchNorm in the ImageNet weights, TensorFlow's padding,
204 channels in the 3×3 branch of mixed4a, 1008 outputs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal, cast, get_args

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.fusion import fuse_conv_bn_weights

from perturber.core.errors import InputError
from perturber.nets.architectures.architecture import (
    PRE,
    Architecture,
    Hollow,
    NetworkOutput,
    Normalization,
    Provider,
    Weights,
)
from perturber.nets.architectures.lrn import local_response_norm
from perturber.nets.architectures.strided import strided_conv2d
from perturber.nets.lookup.labels import INCEPTION5H_OUTPUTS
from perturber.nets.published.shelf import shelved

NAME = "inception_v1"
PUBLISHED = ("imagenet_inception", "standard")
"""Family and variant of the published weights."""
Norm = Literal["lrn", "batch", "none"]
EPSILON = 1e-5
"""Epsilon of BatchNorm."""
STEM = {"conv2d0": (64, 7, 2), "conv2d1": (64, 1, 1), "conv2d2": (192, 3, 1)}
"""Channels, kernel and stride."""
BRANCHES = ("1x1", "3x3_bottleneck", "3x3", "5x5_bottleneck", "5x5", "pool_reduce")
SHOWN = ("1x1", "3x3", "5x5", "pool_reduce")
"""The branches whose outputs are the units of the block, in order."""
MIXED = {
    "mixed3a": (64, 96, 128, 16, 32, 32),
    "mixed3b": (128, 128, 192, 32, 96, 64),
    "mixed4a": (192, 96, 204, 16, 48, 64),
    "mixed4b": (160, 112, 224, 24, 64, 64),
    "mixed4c": (128, 128, 256, 24, 64, 64),
    "mixed4d": (112, 144, 288, 32, 64, 64),
    "mixed4e": (256, 160, 320, 32, 128, 128),
    "mixed5a": (256, 160, 320, 48, 128, 128),
    "mixed5b": (384, 192, 384, 48, 128, 128),
}
"""Channels of each branch."""
FULL = {name: shape[0] for name, shape in STEM.items()} | {
    name: one + three + five + pooled for name, (one, _, three, _, five, pooled) in MIXED.items()
}
"""Units of each layer at full width."""
POOLED = ("conv2d1", "mixed3a", "mixed4a", "mixed5a")
"""Layers that follow a max pooling with stride 2."""


def same_padding(size: int, kernel: int, stride: int) -> tuple[int, int]:
    """Return TensorFlow's SAME padding of one axis, before and after; an odd pixel goes after."""
    total = max((-(-size // stride) - 1) * stride + kernel - size, 0)
    return total // 2, total - total // 2


def max_pool(x: Tensor) -> Tensor:
    """Max-pool 3×3 with stride 2 and SAME padding with −∞: (0, 1) for an even axis, (1, 1) for an odd one."""
    return F.max_pool2d(x, 3, 2, padding=(x.shape[2] % 2, x.shape[3] % 2), ceil_mode=True)


class Convolution(nn.Conv2d):
    """A convolution with SAME padding and optional BatchNorm, without ReLU."""

    norm: nn.BatchNorm2d | None

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int = 1, batch_norm: bool = False) -> None:
        super().__init__(inputs, outputs, kernel, stride, 0 if stride > 1 else kernel // 2, bias=not batch_norm)
        self.norm = nn.BatchNorm2d(outputs, EPSILON) if batch_norm else None

    def forward(self, x: Tensor) -> Tensor:
        if self.stride[0] > 1:
            rows, columns = (same_padding(n, self.kernel_size[0], self.stride[0]) for n in x.shape[2:])
            x = F.pad(x, (*columns, *rows))
        gradient_to_pixels = x.requires_grad and not self.weight.requires_grad and x.device.type == "cpu"
        if self.stride[0] > 1 and gradient_to_pixels:
            x = strided_conv2d(x, self.weight, self.bias, self.stride[0])
        else:
            x = super().forward(x)
        return x if self.norm is None else cast(Tensor, self.norm(x))

    def fold(self) -> None:
        """Fold the BatchNorm into the convolution; the network must be in eval mode."""
        if self.norm is None:
            return
        norm, self.norm = self.norm, None
        given = {"weight": self.weight} | {f"norm.{name}": value for name, value in norm.state_dict().items()}
        self.weight, self.bias = fused(given, "")


def fused(weights: Weights, prefix: str) -> tuple[nn.Parameter, nn.Parameter]:
    """Return weight and bias of a convolution fused with its BatchNorm, both below ``prefix`` in the state dict."""
    kernel, scale, shift, mean, variance = (
        weights[prefix + name]
        for name in ("weight", "norm.weight", "norm.bias", "norm.running_mean", "norm.running_var")
    )
    return fuse_conv_bn_weights(kernel, None, mean, variance, EPSILON, scale, shift)


class Mixed(nn.ModuleDict):
    """An inception block that concatenates 1×1, 3×3, 5×5 and pooling, without the final ReLU."""

    def __init__(self, inputs: int, channels: tuple[int, ...], batch_norm: bool) -> None:
        one, three_in, three, five_in, five, pooled = channels
        shapes = (
            (inputs, one, 1),
            (inputs, three_in, 1),
            (three_in, three, 3),
            (inputs, five_in, 1),
            (five_in, five, 5),
            (inputs, pooled, 1),
        )
        layers = (Convolution(*shape, batch_norm=batch_norm) for shape in shapes)
        super().__init__(dict(zip(BRANCHES, layers, strict=True)))
        self.outputs = one + three + five + pooled

    def forward(self, x: Tensor) -> Tensor:
        three = self["3x3"](F.relu_(self["3x3_bottleneck"](x)))
        five = self["5x5"](F.relu_(self["5x5_bottleneck"](x)))
        pooled = self["pool_reduce"](F.max_pool2d(x, 3, 1, 1))
        return torch.cat((self["1x1"](x), three, five, pooled), 1)  # the order of SHOWN


@dataclass(frozen=True)
class Block:
    """One tap: operations on the previous tap, then the named layer, whose ReLU output is the tap."""

    name: str
    before: tuple[Callable[[Tensor], Tensor], ...]


class InceptionV1(Architecture):
    """Inception V1 as a sequence of blocks; a run can resume after each.

    ``width`` scales all channels (to multiples of 4). ``norm`` is "lrn" as in the original, "batch"
    for training from scratch (BatchNorm after every convolution, no local response normalization;
    `fold` turns it into "none"), or "none".
    """

    resumable = True

    concurrent = True

    def __init__(self, classes: int = INCEPTION5H_OUTPUTS, width: float = 1.0, norm: Norm = "lrn") -> None:
        super().__init__()
        self.name = NAME
        self.normalization = Normalization((255.0, 255.0, 255.0), (-117.0, -117.0, -117.0))
        self.norm = norm
        inputs, batch = 3, norm == "batch"
        self.channels = {}
        for name, (outputs, kernel, stride) in STEM.items():
            layer = Convolution(inputs, scaled(outputs, width), kernel, stride, batch)
            self.add_module(name, layer)
            inputs = self.channels[name] = layer.out_channels
        for name, branches in MIXED.items():
            mixed = Mixed(inputs, tuple(scaled(channels, width) for channels in branches), batch)
            self.add_module(name, mixed)
            inputs = self.channels[name] = mixed.outputs
        self.softmax2 = nn.Linear(inputs, classes)
        self.taps = tuple(self.channels)
        self.before = frozenset(self.taps)
        self.sequence = tuple(Block(tap, self._before(tap)) for tap in self.taps)
        self.blocks = self._blocks()

    def _blocks(self) -> dict[str, tuple[str, ...]]:
        keys = tuple(self.state_dict())
        return {
            "head" if layer == "softmax2" else layer: tuple(k for k in keys if k.split(".")[0] == layer)
            for layer in (*self.taps, "softmax2")
        }

    def _before(self, tap: str) -> tuple[Callable[[Tensor], Tensor], ...]:
        pool = (max_pool,) if tap in POOLED else ()
        if self.norm != "lrn":
            return pool
        return {"conv2d1": (max_pool, local_response_norm), "mixed3a": (local_response_norm, max_pool)}.get(tap, pool)

    def observe(
        self,
        x: Tensor,
        upto: str | None = None,
        keep: Collection[str] = (),
        on_block: Callable[[str], None] | None = None,
    ) -> NetworkOutput:
        return self._run(self.sequence, x, upto, keep, on_block)

    def resume(
        self,
        tap: str,
        x: Tensor,
        upto: str | None = None,
        keep: Collection[str] = (),
        on_block: Callable[[str], None] | None = None,
    ) -> NetworkOutput:
        return self._run(self.sequence[self.taps.index(tap) + 1 :], x, upto, keep, on_block)

    def _run(
        self,
        sequence: tuple[Block, ...],
        x: Tensor,
        upto: str | None,
        keep: Collection[str],
        on_block: Callable[[str], None] | None,
    ) -> NetworkOutput:
        kept: dict[str, Tensor] = {}
        for block in sequence:
            for change in block.before:
                x = change(x)
            x = self.get_submodule(block.name)(x)
            if block.name + PRE in keep:
                kept[block.name + PRE] = x
                x = F.relu(x)
            else:
                x = F.relu_(x)
            if on_block is not None:
                on_block(block.name)
            if block.name in keep or block.name == upto:
                kept[block.name] = x
            if block.name == upto:
                return NetworkOutput(kept, None)
        return NetworkOutput(kept, cast(Tensor, self.softmax2(x.mean((2, 3)))))

    @property
    def key(self) -> str:
        """The plain name for networks with the original layout (as in Lucid), whose units have been studied."""
        full = all(self.channels[tap] == channels for tap, channels in FULL.items())
        if full and self.norm == "lrn" and self.classes == INCEPTION5H_OUTPUTS:
            return self.name
        return self.structure

    @property
    def structure(self) -> str:
        return f"{self.name}, {sum(self.channels.values())} units, norm {self.norm}"

    def fold(self) -> None:
        for module in self.modules():
            if isinstance(module, Convolution):
                module.fold()
        self.blocks = self._blocks()

    def folded(self, weights: Weights) -> Weights:
        prefixes = [key.removesuffix("norm.weight") for key in weights if key.endswith(".norm.weight")]
        plain = {key: value for key, value in weights.items() if not key.startswith(tuple(prefixes))}
        for prefix in prefixes:
            plain[f"{prefix}weight"], plain[f"{prefix}bias"] = fused(weights, prefix)
        return plain

    def makers(self, tap: str) -> tuple[tuple[str, int], ...]:
        layer = self.get_submodule(tap)
        parts = [f"{tap}.{branch}" for branch in SHOWN] if isinstance(layer, Mixed) else [tap]
        norm = ".norm" if self.norm == "batch" else ""
        return tuple((part + norm, cast(Convolution, self.get_submodule(part)).out_channels) for part in parts)


def scaled(channels: int, width: float) -> int:
    """Return the number of channels at a width: the nearest multiple of 4, at least 4."""
    return max(4, 4 * round(channels * width / 4))


STRANGE_NAMES = (
    (r"^(conv2d\d|mixed\d\w)_pre_relu_conv\.", r"\1."),
    (r"^(mixed\d\w)_(\w+)_pre_relu_conv\.", r"\1.\2."),
    (r"^softmax2_pre_activation_matmul\.", "softmax2."),
    (r"^conv([123])\.", lambda found: f"conv2d{int(found[1]) - 1}."),
    (r"^(mixed\d\w)\.conv_(\dx\d)_reduce\.", r"\1.\2_bottleneck."),
    (r"^(mixed\d\w)\.conv_(\dx\d)\.", r"\1.\2."),
    (r"^(mixed\d\w)\.pool_proj\.", r"\1.pool_reduce."),
    (r"^fc\.", "softmax2."),
)
"""Patterns that map keys of published PyTorch conversions of inception5h (Lucent, Captum) to this program's."""


class InceptionArchitectures(Provider):
    """InceptionV1 of any width; its published weights are those of inception5h."""

    kind: Literal["inception"] = "inception"
    rank: ClassVar[int] = 1

    def names(self) -> tuple[str, ...]:
        return (NAME,)

    def create(self, name: str, classes: int | None, hollow: bool, arguments: Mapping[str, object]) -> InceptionV1:
        """Create the network with fresh weights, or none if ``hollow``. Raises InputError for an invalid argument."""
        unknown = sorted(set(arguments) - {"width", "norm"})
        if unknown:
            raise InputError(f"{name}.{unknown[0]}", "there is no such argument", "width or norm")
        width, norm = arguments.get("width", 1.0), arguments.get("norm", "lrn")
        if not isinstance(width, int | float) or not 0 < width <= 4:
            raise InputError(f"{name}.width", f"{width!r} does not fit", "a number above 0, at most 4")
        if norm not in get_args(Norm):
            raise InputError(f"{name}.norm", f"{norm!r} does not fit", "one of " + ", ".join(get_args(Norm)))
        with Hollow() if hollow else nullcontext():
            return InceptionV1(INCEPTION5H_OUTPUTS if classes is None else classes, float(width), cast(Norm, norm))

    def translate(self, name: str, weights: Weights) -> Weights:
        """Rename keys to this program's and drop the two auxiliary heads."""
        renamed: Weights = {}
        for key, value in weights.items():
            new = key
            for pattern, replacement in STRANGE_NAMES:
                new = re.sub(pattern, replacement, new)
            if not new.startswith(("aux1.", "aux2.", "nn0", "nn1", "head0", "head1", "softmax0", "softmax1")):
                renamed[new] = value
        return renamed

    def arguments(self, name: str, weights: Weights) -> dict[str, object]:
        """Return the width and normalization of the weights."""
        first = weights.get("conv2d0.weight")
        width = first.shape[0] / STEM["conv2d0"][0] if first is not None and first.ndim == 4 else 1.0
        return {"width": width or 1.0, "norm": "batch" if "conv2d0.norm.weight" in weights else "lrn"}

    def download(self, name: str) -> Path:
        """Return the published weights if they have been added. Raises InputError otherwise."""
        known = shelved(PUBLISHED[0])
        if known is not None and PUBLISHED[1] in {variant.name for variant in known.variants}:
            return known.folder / known.variant(PUBLISHED[1]).checkpoint("").file
        raise InputError(name, "its weights are not installed", "perturber models add inception5h, or a weights file")
