"""Measure how consistent the units of a layer are over a folder of pictures (`perturber.methods.units.consistency`)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

import numpy as np
import torch
from torch import Tensor

from perturber.core.errors import InputError
from perturber.core.jobs.analysis import Consistency
from perturber.core.jobs.job import Answer
from perturber.engine.batch.picture_sets import PhotoFolder, PictureSet
from perturber.engine.frame.observer import to_tensor
from perturber.methods.attacks.gradient.pgd import Pgd
from perturber.methods.units.consistency import Floats, activating, chance, consistency, correlations
from perturber.nets.architectures.network import Network
from perturber.nets.families.class_pictures import WNID
from perturber.nets.lookup.find import find_layer
from perturber.nets.lookup.wordnet import WordNet

BATCH = 8


@dataclass(frozen=True)
class ConsistencySettings:
    """How consistency is measured."""

    layer: str
    top: float = 0.01
    """Share of the pictures, those with the highest activation, that count as activating a unit."""
    least: int = 5
    """Minimum number of activating pictures, for sets so small that ``top`` would select only one or two."""
    sigma: float = 2.0
    """How fast similarity falls with distance in WordNet, in pointers. With 2, siblings (two pointers apart) have
    similarity 0.61, and classes four pointers apart 0.14."""
    attack: Pgd | None = None
    """If set, also measure on attacked pictures."""


@dataclass
class _Seen:
    """The measurements so far."""

    concepts: list[str] = field(default_factory=list)
    peaks: list[Tensor] = field(default_factory=list)
    """1×C each."""
    attacked: list[Tensor] = field(default_factory=list)
    named: int = 0
    fooled: int = 0


def measure_folder(network: Network, folder: Path, wordnet: WordNet, settings: ConsistencySettings) -> Iterator[Answer]:
    """Measure the consistency of a layer over a folder of pictures; the last answer holds `Consistency`.

    A picture's class is the WordNet id that its name begins with (or the name of its folder, as in ImageNet), else
    the network's top class. The attack moves away from the network's top class. Raises InputError for an unknown layer
    or class, and for a folder without usable pictures.
    """
    find_layer(network, settings.layer)
    pictures = PhotoFolder(folder)
    for _ in pictures.prepare():
        yield Answer(0, 0)
    for name in pictures.names:
        if (wnid := class_in(name)) and wnid not in wordnet:
            raise InputError(
                name, f"{wnid} is not a WordNet noun", "a name with a valid WordNet id at its start, or with none"
            )
    skipped, seen, total = list(pictures.skipped), _Seen(), len(pictures.names)
    for start in range(0, total, BATCH):
        names, pixels = _read(pictures, range(start, min(start + BATCH, total)), skipped)
        if names:
            _look(network, names, to_batch(pixels, network.device), settings, seen)
        yield Answer(min(start + BATCH, total), total)
    if not seen.concepts:
        raise InputError(str(folder), f"the folder has no usable pictures ({skipped[0]})", "files such as .jpg or .png")
    yield Answer(total, total, _result(network, wordnet, settings, seen, tuple(skipped)))


def class_in(name: str) -> str:
    """Return the WordNet id at the start of a picture's name, else of its folder's name; empty if there is none."""
    path = PurePosixPath(name)
    match = WNID.match(path.name) or WNID.match(path.parent.name)
    return match[0] if match is not None else ""


def to_batch(pictures: list[np.ndarray], device: torch.device) -> Tensor:
    """Pictures, 224×224×3 each, as N×3×224×224 in [0, 1]."""
    return torch.cat([to_tensor(pixels, device) for pixels in pictures])


def _read(pictures: PictureSet, numbers: range, skipped: list[str]) -> tuple[list[str], list[np.ndarray]]:
    """Return the names and pixels of the readable pictures; add the others to ``skipped``."""
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
        problem = f"the name does not begin with a WordNet id, and the classes of {network.name} have no ids"
        raise InputError(name, problem, "a name such as n02123045_tabby.jpg")
    return wnid


def _run(network: Network, pixels: Tensor, layer: str) -> tuple[Tensor, Tensor]:
    """Return each unit's highest activation on each picture, N×C, and the logits, N×classes."""
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
