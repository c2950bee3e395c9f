"""Installation of published weights as members of model families, converted to safetensors."""

from __future__ import annotations

import re
from pathlib import Path

import torch
from safetensors.torch import save

from perturber.core.errors import InputError
from perturber.core.storage.files import replace_file, sha256_of
from perturber.nets.architectures.architecture import Architecture, provider
from perturber.nets.families.family import Checkpoint
from perturber.nets.lookup.labels import labels_for
from perturber.nets.open_model import fitted
from perturber.nets.published import shelf
from perturber.nets.published.catalog import CatalogEntry, PublishedFamily, WeightsSource
from perturber.nets.published.download import writing
from perturber.nets.weights.tf_bundle import read_saved_model, saved_models
from perturber.nets.weights.weights_file import WeightsFile, open_weights


def add(entry: CatalogEntry, source: WeightsSource, file: Path) -> None:
    """Add the weights of one published file to the model menus.

    Raises InputError if they do not fit their network, MachineError if they cannot be written.
    """
    named = (entry.variant, entry.variant_label)
    _shelve(entry, named, CheckpointName(source.checkpoint, source.step, source.accuracy), open_weights(file))


def add_folder(entry: CatalogEntry, folder: Path) -> int:
    """Add every SavedModel of Inception V1 in a folder to the model menus and return their number.

    The last number in a path is the step, the words are the variant: ``adv/ckpt_2000`` and ``adv_2000``
    are step 2000 of ``adv``. Raises InputError that names the folder or file.
    """
    found = saved_models(folder)
    if not found:
        raise InputError(str(folder), "it contains no saved_model.pb", "a folder with TensorFlow SavedModels")
    places: dict[tuple[str, int], Path] = {}
    for place in found:
        told = variant_of(place, folder)
        if told in places:
            problem = f"it is step {told[1]} of {told[0]}, and so is {places[told].name}"
            raise InputError(str(place), problem, "folder names with a different word per variant or number per step")
        places[told] = place
    with torch.inference_mode(False):
        for (variant, step), place in places.items():
            arrays = read_saved_model(place)
            weights = {key: torch.from_numpy(value) for key, value in arrays.items()}
            named = (variant, variant.replace("_", " ").title())
            _shelve(entry, named, CheckpointName(f"step{step}", step, {}), WeightsFile.of(weights, place))
    return len(found)


class CheckpointName:
    """The name, training step and documented accuracies of a checkpoint."""

    def __init__(self, name: str, step: int, accuracy: dict[str, float]) -> None:
        self.name, self.step, self.accuracy = name, step, accuracy


def variant_of(place: Path, root: Path) -> tuple[str, int]:
    """Derive the variant's name and the step from a checkpoint's path below ``root``."""
    inside = place.relative_to(root)
    path = str(inside) if inside.parts else root.name
    numbers = re.findall(r"\d+", path)
    words = re.sub(r"\d+", " ", path).lower()
    parts = [w for w in re.split(r"[^a-z]+", words) if w not in ("", "ckpt", "checkpoint", "step", "saved", "model")]
    return "_".join(parts) or "model", int(numbers[-1]) if numbers else 0


def _shelve(entry: CatalogEntry, named: tuple[str, str], step: CheckpointName, given: WeightsFile) -> None:
    """Write weights as safetensors beside family.toml, and add them to it."""
    kind = entry.kind
    if kind is None:
        raise InputError(entry.name, "the entry has no family", "an entry of the catalog")
    with torch.inference_mode(False):
        network = fitted(kind.architecture, given)
        told = provider(kind.architecture).arguments(kind.architecture, network.bare().state_dict())
    arguments = {key: value for key, value in told.items() if isinstance(value, bool | int | float | str)}
    family = _family(kind, entry, network, arguments, named[1])
    file = shelf.folder_of(kind.name) / f"{named[0]}_{step.name}.safetensors"
    _save(network, file, {"source": entry.name, "license": entry.license or "unknown"})
    checkpoint = Checkpoint(
        name=step.name, file=file.name, sha256=sha256_of(file), step=step.step, accuracy=step.accuracy
    )
    shelf.put(family, *named, checkpoint)


def _save(network: Architecture, file: Path, about: dict[str, str]) -> None:
    """Write a network's weights atomically. Raises MachineError if that fails."""
    state = {key: value.contiguous() for key, value in network.bare().state_dict().items()}
    with writing(file.parent):
        file.parent.mkdir(parents=True, exist_ok=True)
        replace_file(file, save(state, about))


def _family(
    kind: PublishedFamily,
    entry: CatalogEntry,
    network: Architecture,
    arguments: dict[str, bool | int | float | str],
    variant: str,
) -> dict[str, object]:
    """Return the fields of family.toml, except the variants, with a variant of this label added."""
    labels = labels_for(kind.architecture, network.classes)
    known = shelf.shelved(kind.name)
    if known is not None and (len(known.classes) != network.classes or known.arguments != arguments):
        raise InputError(
            entry.name, f"its classes or arguments differ from the installed {known.label}", "remove that first"
        )
    licenses = f"{variant}: {entry.terms}"
    before = [line for line in known.license.split("\n") if line != licenses] if known and known.license else []
    return {
        "name": kind.name,
        "label": kind.label,
        "architecture": kind.architecture,
        "arguments": arguments,
        "classes": tuple(zip(labels.wnids, labels.names, strict=True)),
        "license": "\n".join([*before, licenses]),
        "recipe": kind.recipe,
    }
