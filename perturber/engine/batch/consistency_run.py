"""Measure how consistent the units of a layer are over a folder of pictures (`perturber.methods.units.consistency`)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from perturber.core.errors import InputError
from perturber.core.jobs.analysis import Consistency
from perturber.core.jobs.job import Answer
from perturber.engine.batch.picture_classes import class_in
from perturber.engine.batch.picture_sets import PhotoFolder, PictureSet
from perturber.engine.frame.observer import to_tensor
from perturber.methods.attacks.gradient.pgd import Pgd
from perturber.methods.units.consistency import Floats, activating, chance, consistency, correlations
from perturber.nets.architectures.network import Network
from perturber.nets.lookup.find import find_layer
from perturber.nets.lookup.wordnet import WordNet

BATCH = 8


@dataclass(frozen=True)
class ConsistencySettings:
    """How it is measured."""

    layer: str
    top: float = 0.01
    """Share of the pictures that activate a unit."""
    least: int = 5
    """At least so many pictures activate a unit, where a share of few pictures would be one or two."""
    sigma: float = 2.0
    """How fast likeness falls with the distance in WordNet, in pointers. With 2, siblings (two pointers apart) are
    alike to 0.61, and what is four apart to 0.14."""
    attack: Pgd | None = None
    """Measure on attacked pictures, too."""


@dataclass
class _Seen:
    """What is known of the pictures so far."""

    concepts: list[str] = field(default_factory=list)
    peaks: list[Tensor] = field(default_factory=list)
    """1×C each."""
    attacked: list[Tensor] = field(default_factory=list)
    named: int = 0
    fooled: int = 0


def measure_folder(network: Network, folder: Path, wordnet: WordNet, settings: ConsistencySettings) -> Iterator[Answer]:
    """Look at the pictures of a folder, batch by batch; the last answer holds `Consistency`.

    A picture shows the class whose WordNet id its name begins with (or the name of its folder, as in ImageNet), else
    the one that the network puts first. The attack leads away from what the network puts first. Raises InputError for
    an unknown layer or class, and for a folder without usable pictures.
    """
    find_layer(network, settings.layer)
    pictures = PhotoFolder(folder)
    for _ in pictures.prepare():
        yield Answer(0, 0)
    for name in pictures.names:
        if (wnid := class_in(name)) and wnid not in wordnet:
            raise InputError(
                name, f"{wnid} is no noun of WordNet", "a name that begins with a WordNet id, or with none"
            )
    skipped, seen, total = list(pictures.skipped), _Seen(), len(pictures.names)
    for start in range(0, total, BATCH):
        names, pixels = _read(pictures, range(start, min(start + BATCH, total)), skipped)
        if names:
            _look(network, names, to_batch(pixels, network.device), settings, seen)
        yield Answer(min(start + BATCH, total), total)
    if not seen.concepts:
        raise InputError(str(folder), f"it holds no usable pictures ({skipped[0]})", "files such as .jpg or .png")
    yield Answer(total, total, _result(network, wordnet, settings, seen, tuple(skipped)))


def to_batch(pictures: list[np.ndarray], device: torch.device) -> Tensor:
    """Pictures, 224×224×3 each, as N×3×224×224 in [0, 1]."""
    return torch.cat([to_tensor(pixels, device) for pixels in pictures])


def _read(pictures: PictureSet, numbers: range, skipped: list[str]) -> tuple[list[str], list[np.ndarray]]:
    """Names and pixels of those that can be read; the others are noted."""
    names, found = [], []
    for number in numbers:
        try:
            found.append(pictures.pixels(number))
            names.append(pictures.names[number])
        except InputError as error:
            skipped.append(f"{pictures.names[number]}: {error.problem}")
    return names, found


def _look(network: Network, names: list[str], pixels: Tensor, settings: ConsistencySettings, seen: _Seen) -> None:
    peaks, logits = _run(network, pixels, settings.layer)
    leading = logits.argmax(1)
    for name, output in zip(names, leading.tolist(), strict=True):
        wnid = class_in(name)
        seen.named += bool(wnid)
        seen.concepts.append(wnid or _own_class(network, name, output))
    seen.peaks.append(peaks)
    if settings.attack is not None:
        changed = settings.attack.run(network.logits, pixels, leading)
        peaks, logits = _run(network, changed.detach(), settings.layer)
        seen.attacked.append(peaks)
        seen.fooled += int((logits.argmax(1) != leading).sum())


def _own_class(network: Network, name: str, output: int) -> str:
    wnid = network.labels.wnids[output]
    if not wnid:
        problem = f"its name begins with no WordNet id, and {network.name} has no ids for its classes either"
        raise InputError(name, problem, "a name such as n02123045_tabby.jpg")
    return wnid


def _run(network: Network, pixels: Tensor, layer: str) -> tuple[Tensor, Tensor]:
    """Each unit's highest activation on each picture, N×C, and the logits."""
    with torch.inference_mode():
        answer = network.run(pixels, keep=(layer,))
        return answer.activations[layer].float().amax((2, 3)).cpu(), answer.final_logits().cpu()


def _result(
    network: Network, wordnet: WordNet, settings: ConsistencySettings, seen: _Seen, skipped: tuple[str, ...]
) -> Consistency:
    kinds = sorted(set(seen.concepts))
    alike = correlations(wordnet.distances(kinds), settings.sigma)
    concepts = np.array([kinds.index(concept) for concept in seen.concepts], np.int64)

    def levels(peaks: list[Tensor]) -> tuple[Floats, int]:
        best = activating(torch.cat(peaks).numpy(), settings.top, settings.least)
        return consistency(concepts, best, alike), best.shape[1]

    clean, count = levels(seen.peaks)
    return Consistency(
        model=network.name,
        layer=settings.layer,
        pictures=len(concepts),
        named=seen.named,
        activating=count,
        clean=clean,
        chance=chance(concepts, alike, count),
        attacked=levels(seen.attacked)[0] if seen.attacked else None,
        fooled=seen.fooled,
        skipped=skipped,
    )
