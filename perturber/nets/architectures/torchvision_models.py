"""All classification architectures of torchvision, with automatic taps."""

from __future__ import annotations

import copy
import importlib.util
import re
import socket
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property, lru_cache
from math import isqrt
from pathlib import Path
from types import ModuleType
from typing import Any, ClassVar, Literal, cast
from urllib.parse import urlparse

import torch
from torch import Tensor, nn

from perturber.core.errors import InputError, MachineError
from perturber.nets.architectures.architecture import (
    PRE,
    Architecture,
    Hollow,
    NetworkOutput,
    Normalization,
    Provider,
    Weights,
)
from perturber.nets.architectures.tapping import Layout, TapPlan, make_plan, only_maps
from perturber.nets.architectures.unit_makers import find_makers
from perturber.nets.published.catalog import CatalogEntry, Pattern, PublishedFamily

TIMEOUT = 30.0
"""Seconds without a response before a download is aborted."""


def _compiled_operators_load() -> bool:
    spec = importlib.util.find_spec("torchvision")
    folders = list(spec.submodule_search_locations or ()) if spec else []
    for library in (file for folder in folders for file in Path(folder).glob("_C*.*")):
        try:
            torch.ops.load_library(str(library))  # type: ignore[no-untyped-call]
        except (ImportError, OSError):
            continue
        return True
    return False


@lru_cache(maxsize=1)
def _models() -> tuple[ModuleType, object]:
    """Return torchvision.models, and an object that must stay alive for it.

    The PyPI wheel of torchvision is linked against CUDA. With a CPU build of torch its compiled
    operators do not load, and importing it fails because the operators nms and qnms, for which it
    registers implementations, do not exist. No classifier uses them; declaring them is enough.
    """
    library = None
    if not _compiled_operators_load():
        library = torch.library.Library("torchvision", "FRAGMENT")  # type: ignore[no-untyped-call]
        for name in ("nms", "qnms"):
            if not hasattr(torch.ops.torchvision, name):
                schema = f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"
                library.define(schema)  # type: ignore[no-untyped-call]
    from torchvision import models

    return models, library


class Reached(Exception):  # noqa: N818 - not an error
    """Raised inside a forward pass to stop after a tap."""


class Observed(Architecture):
    """A torchvision network, read through hooks that exist only during a run."""

    def __init__(self, name: str, module: nn.Module, plan: TapPlan, transforms: Any, size: int | None) -> None:
        super().__init__()
        self.name = name
        self.module = module
        self.plan = plan
        self.taps = plan.taps
        self.before = frozenset(tap for tap in plan.taps if tap + PRE in plan.readings)
        self.channels = {tap: plan.readings[tap].channels for tap in plan.taps}
        self.blocks = plan.blocks
        self.normalization = Normalization.of(transforms.mean, transforms.std)
        if name in ("googlenet", "inception_v3"):
            # Their published weights take pixels in [-1, 1]; torchvision converts with transform_input.
            self.normalization = Normalization.of((0.5,) * 3, (0.5,) * 3)
        self.size = size or transforms.crop_size[0]
        self.fixed = size is not None

    def bare(self) -> nn.Module:
        return self.module

    def makers(self, tap: str) -> tuple[tuple[str, int], ...]:
        if tap not in self._makers:
            problem = f"the units of this layer of {self.name} are made by several convolutions together"
            raise InputError(tap, problem, "one of " + ", ".join(self._makers))
        return self._makers[tap]

    @cached_property
    def _makers(self) -> dict[str, tuple[tuple[str, int], ...]]:
        # The memo keeps deepcopy from copying the weights.
        hollow: dict[int, Any] = {id(p): nn.Parameter(p.to("meta"), False) for p in self.module.parameters()}
        hollow |= {id(buffer): buffer.to("meta") for buffer in self.module.buffers()}
        empty = copy.deepcopy(self.module, hollow).eval()
        return find_makers(empty, torch.empty(1, 3, self.size, self.size, device="meta"), self.plan)

    def observe(
        self,
        x: Tensor,
        upto: str | None = None,
        keep: Collection[str] = (),
        on_block: Callable[[str], None] | None = None,
    ) -> NetworkOutput:
        kept: dict[str, Tensor] = {}

        def watcher(name: str) -> Callable[[Tensor], None]:
            def tell(value: Tensor) -> None:
                if name in keep or name == upto:
                    kept[name] = value
                if on_block is not None and name in self.channels:
                    on_block(name)
                if name == upto:
                    raise Reached

            return tell

        readings = self.plan.readings.items()
        watched = [(n, r) for n, r in readings if n in keep or n == upto or (on_block and n in self.channels)]
        handles = [reading.watch(self.module, watcher(name)) for name, reading in watched]
        try:
            return NetworkOutput(kept, self.module(x))
        except Reached:
            return NetworkOutput(kept, None)
        finally:
            for handle in handles:
                handle.remove()


@lru_cache(maxsize=1)
def names() -> tuple[str, ...]:
    """Return the names of torchvision's classifiers. The first call takes a second to import torchvision."""
    models, _ = _models()
    return tuple(models.list_models(module=models))


def _layouts(module: nn.Module) -> Callable[[nn.Module, Tensor], Layout | None]:
    """Return a function for the map layout of outputs in a network: channels last or tokens in transformers."""
    models, _ = _models()
    others: dict[type[nn.Module], Layout] = {models.SwinTransformer: "nhwc", models.VisionTransformer: "tokens"}
    layout = others.get(type(module))

    def layout_of(part: nn.Module, output: Tensor) -> Layout | None:
        if layout is None or isinstance(part, nn.Conv2d):
            return only_maps(part, output)
        return layout if output.ndim == (4 if layout == "nhwc" else 3) else None

    return layout_of


@contextmanager
def _patience(seconds: float) -> Iterator[None]:
    """Set a socket timeout, since torch.hub sets none."""
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(seconds)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)


def _url(name: str) -> str:
    """Return the URL of an architecture's default weights."""
    models, _ = _models()
    return cast(str, models.get_model_weights(name).DEFAULT.url)


def entry(name: str) -> CatalogEntry:
    """Return the catalog entry of an architecture's default weights. Raises InputError if there is none."""
    if name not in names():
        raise InputError(f"torchvision_{name}", "torchvision has no such classifier", "such as torchvision_resnet18")
    file = Path(urlparse(_url(name)).path)
    key = f"torchvision_{name}"
    return CatalogEntry(
        name=key,
        label=name,
        about="torchvision's default weights.",
        family=key,
        variant="default",
        variant_label="Default",
        license="BSD-3-Clause (torchvision's code)",
        file=(Pattern(urls=(_url(name),), file=file.name, sha256=file.stem.rpartition("-")[2]),),
        kind=PublishedFamily(
            name=key, label=f"{name} (torchvision)", architecture=name, recipe="As published with torchvision."
        ),
    )


class TorchvisionArchitectures(Provider):
    """The classification architectures of torchvision, with its default weights."""

    kind: Literal["torchvision"] = "torchvision"
    rank: ClassVar[int] = 2

    def names(self) -> tuple[str, ...]:
        return names()

    def create(self, name: str, classes: int | None, hollow: bool, arguments: Mapping[str, object]) -> Observed:
        """Create the network with fresh weights, or none if ``hollow``. Raises InputError for an invalid argument."""
        models, _ = _models()
        transformer = name.startswith("vit_")
        unknown = sorted(set(arguments) - ({"image_size"} if transformer else set()))
        if unknown:
            raise InputError(f"{name}.{unknown[0]}", "there is no such argument", "none but the classes")
        options: dict[str, Any] = {"num_classes": 1000 if classes is None else classes, **arguments}
        if name in ("googlenet", "inception_v3"):
            options |= {"aux_logits": False, "init_weights": False}
        transforms = models.get_model_weights(name).DEFAULT.transforms()
        fixed = int(options.get("image_size", 224)) if transformer or name == "maxvit_t" else None
        with Hollow():
            empty = models.get_model(name, **options).to("meta").eval()
        vision, maxvit = models.vision_transformer, models.maxvit
        plan = make_plan(
            empty,
            torch.empty(1, 3, fixed or 224, fixed or 224, device="meta"),
            _layouts(empty),
            opened=(vision.Encoder, maxvit.MaxVitBlock),
        )
        return Observed(name, empty if hollow else models.get_model(name, **options), plan, transforms, fixed)

    def translate(self, name: str, weights: Weights) -> Weights:
        """Rename keys to those of current torchvision and drop the auxiliary heads."""
        renamed = {re.sub(r"(denselayer\d+\.(?:norm|conv))\.([12])\.", r"\1\2.", k): v for k, v in weights.items()}
        return {k: v for k, v in renamed.items() if not k.startswith(("aux1.", "aux2.", "AuxLogits."))}

    def arguments(self, name: str, weights: Weights) -> dict[str, object]:
        """Return the picture size that matches a vision transformer's position embedding."""
        positions, patches = weights.get("encoder.pos_embedding"), weights.get("conv_proj.weight")
        if not name.startswith("vit_") or positions is None or patches is None:
            return {}
        if positions.ndim != 3 or patches.ndim != 4:
            return {}
        return {"image_size": isqrt(positions.shape[1]) * patches.shape[-1]}

    def download(self, name: str) -> Path:
        """Return torchvision's default weights from torch.hub's cache, or download and verify them by hash.

        Raises MachineError if the download fails.
        """
        url = _url(name)
        file = Path(torch.hub.get_dir()) / "checkpoints" / Path(urlparse(url).path).name
        if file.is_file():
            return file
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            with _patience(TIMEOUT):
                torch.hub.download_url_to_file(url, str(file), file.stem.rpartition("-")[2], progress=False)
        except (OSError, RuntimeError) as error:
            raise MachineError(
                f"The weights of {name} could not be downloaded from {url} ({error}). "
                f"Connect to the network, put the file at {file}, or choose a weights file."
            ) from error
        return file
