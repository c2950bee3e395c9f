"""The checkpoints to measure, and the pictures to measure them with."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from perturber import paths
from perturber.core.evaluation import SIZE
from perturber.core.session.session import Session
from perturber.core.storage.files import npy, write_whole
from perturber.nets.architectures.architecture import Weights
from perturber.nets.architectures.network import Network
from perturber.nets.families.family import Checkpoint, Family, Variant
from perturber.nets.open_model import open_checkpoint
from perturber.nets.weights.weights_file import read_weights
from perturber.scene.assets.pairs import End
from perturber.scene.assets.views import around, objects
from perturber.scene.renderer import Renderer

SEED = 0
"""Seed of the choice of pictures when not all of a set are used."""


class MeasuredCheckpoint:
    """A checkpoint to be measured; its network is opened on first use."""

    def __init__(self, family: Family, variant: Variant, checkpoint: Checkpoint, device: torch.device) -> None:
        self.family, self.variant, self.checkpoint = family, variant, checkpoint
        self._device = device
        self.answers: dict[str, NDArray[np.float32]] = {}
        """Logits by digest of the pictures, which several measures share."""

    @cached_property
    def network(self) -> Network:
        """Return the network, folded. Raises InputError when its file does not match the description."""
        return open_checkpoint(self.family, self.variant, self.checkpoint, self._device)

    @cached_property
    def weights(self) -> Weights:
        """Return the weights as trained. Raises InputError."""
        return read_weights(self.family.folder / self.checkpoint.file)


@dataclass(frozen=True)
class Chosen:
    """Pictures chosen from a set, annotated with class numbers of the family."""

    pixels: NDArray[np.uint8]
    """N×H×W×3."""
    targets: NDArray[np.int64]
    textures: NDArray[np.int64]
    """Class whose texture the object wears, -1 for none."""

    def first(self, count: int) -> Chosen:
        return Chosen(self.pixels[:count], self.targets[:count], self.textures[:count])

    @cached_property
    def digest(self) -> str:
        """Return a hash of the contents."""
        digest = hashlib.sha256()
        for array in (self.pixels, self.targets, self.textures):
            digest.update(np.ascontiguousarray(array).data)
        return digest.hexdigest()


@dataclass(frozen=True)
class Pool:
    """Pictures to choose from, annotated with class numbers of the family."""

    read: Callable[[NDArray[np.int64]], NDArray[np.uint8]]
    """Reads the pixels of the pictures of some numbers, N×H×W×3."""
    targets: NDArray[np.int64]
    textures: NDArray[np.int64]

    def order(self) -> NDArray[np.int64]:
        """Return all numbers, with classes alternating and random order within a class: any first few are balanced."""
        rng = np.random.default_rng(SEED)
        rank = np.empty(len(self.targets), np.int64)
        for target in np.unique(self.targets):
            there = np.flatnonzero(self.targets == target)
            rank[rng.permutation(there)] = np.arange(len(there))
        return np.lexsort((self.targets, rank))

    def take(self, count: int) -> Chosen:
        """Return the first ``count`` in `order`, or all when there are fewer."""
        index = self.order()[:count]
        return Chosen(self.read(index), self.targets[index], self.textures[index])


@dataclass(frozen=True)
class ObjectViews:
    """The 28 views of one object of a class that the family knows."""

    name: str
    label: str
    group: tuple[int, ...]
    """The family's outputs that are correct for the object."""
    pixels: NDArray[np.uint8]
    """28×224×224×3, in the order of `around`."""

    @cached_property
    def digest(self) -> str:
        """Return a hash of the contents."""
        return hashlib.sha256(f"{self.name} {self.group}".encode() + self.pixels.tobytes()).hexdigest()


class Material:
    """Pictures and the reference network, each loaded on first use."""

    def __init__(self, reference: MeasuredCheckpoint, load: Callable[[], Mapping[str, Pool]], folder: Path) -> None:
        """Use the sets that ``load`` returns by name, and keep rendered views in ``folder``."""
        self.reference = reference
        self._load, self._folder = load, folder
        self._taken: dict[tuple[str, int], Chosen] = {}

    @cached_property
    def pools(self) -> Mapping[str, Pool]:
        return self._load()

    def chosen(self, name: str, count: int) -> Chosen:
        """Return the first pictures of a set; a smaller choice is part of any larger one."""
        count = min(count, len(self.pools[name].targets))
        if (name, count) not in self._taken:
            more = (taken for (other, _), taken in self._taken.items() if other == name and len(taken.targets) > count)
            found = next(more, None)
            self._taken[name, count] = found.first(count) if found is not None else self.pools[name].take(count)
        return self._taken[name, count]

    @cached_property
    def seen(self) -> tuple[ObjectViews, ...]:
        """Return the views of both ends of every shipped pair whose class the family knows."""
        labels = self.reference.family.labels
        known = [(end, labels.group(end.wnids), base) for end, base in objects(Session())]
        known = [entry for entry in known if entry[1]]
        pixels = _views([(end, base) for end, _, base in known], self._folder)
        return tuple(ObjectViews(end.name, end.label, group, pixels[end.name]) for end, group, _ in known)

    @cached_property
    def views_digest(self) -> str:
        """Return a hash of all views."""
        return hashlib.sha256("".join(seen.digest for seen in self.seen).encode()).hexdigest()


def _views(ends: list[tuple[End, Session]], folder: Path) -> dict[str, NDArray[np.uint8]]:
    """Return the 28 views of every object by name, from ``folder`` when they were rendered before."""
    found: dict[str, NDArray[np.uint8]] = {}
    key = _scenery()
    renderer: Renderer | None = None
    try:
        for end, base in ends:
            digest = hashlib.sha256((key + base.model_dump_json()).encode()).hexdigest()[:16]
            file = folder / f"{end.name}-{digest}.npy"
            if not file.is_file():
                renderer = renderer or Renderer()
                pixels = _rendered(renderer, base)
                write_whole(file, npy(pixels), make_folder=True)
            found[end.name] = np.load(file)
    finally:
        if renderer is not None:
            renderer.release()
    return found


def _rendered(renderer: Renderer, base: Session) -> NDArray[np.uint8]:
    return np.stack(
        [renderer.read(renderer.post(renderer.draw(view.scene, SIZE), view.post, view.seed)) for view in around(base)]
    )


def _scenery() -> str:
    """Return a hash of all files that affect how a scene looks."""
    digest = hashlib.sha256()
    for root, pattern in ((paths.assets(), "*/*"), (paths.shaders(), "*"), (paths.PACKAGE / "scene", "*.py")):
        for file in sorted(root.glob(pattern)):
            if file.is_file():
                digest.update(file.name.encode() + file.read_bytes())
    return digest.hexdigest()
