"""Opening of the networks that a session refers to."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from contextlib import suppress
from functools import lru_cache, partial
from itertools import chain
from pathlib import Path

import torch

from perturber import paths
from perturber.core.errors import InputError
from perturber.core.session.models import (
    ArchitectureModel,
    EditedModel,
    FamilyModel,
    ModelRef,
    Preprocessing,
    TrainedModel,
)
from perturber.nets.architectures.architecture import Architecture, Normalization, Weights, provider
from perturber.nets.architectures.network import Network
from perturber.nets.editing.edit_weights import EditSource, Parent, WeightEditor, edited_weights
from perturber.nets.families.family import FILE, Checkpoint, Family, Variant, family
from perturber.nets.lookup.label_file import labels_from
from perturber.nets.lookup.labels import Labels, labels_for, named_in
from perturber.nets.weights.alignment import align
from perturber.nets.weights.fitting import fit
from perturber.nets.weights.weights_file import WeightsFile, open_weights, read_checkpoint

KEPT = 4
"""Number of networks kept in memory, so that switching back is instant."""
EDITORS = 2
"""Number of editors, one per pair of models, kept in memory."""


def open_model(ref: ModelRef, device: torch.device, dtype: torch.dtype = torch.float32) -> Network:
    """Open the network of a reference; recent networks are returned from a cache.

    Raises InputError for an invalid reference, file or weights, MachineError if weights cannot be
    downloaded.
    """
    if isinstance(ref, EditedModel):
        with torch.inference_mode(False):
            return _editor(ref.first, ref.second, device, dtype).open(ref.edit)
    return _open(ref, device, dtype, _stamp(ref))


@lru_cache(maxsize=EDITORS)
def _editor(first: TrainedModel, second: TrainedModel, device: torch.device, dtype: torch.dtype) -> WeightEditor:
    one, two = (EditSource(partial(open_model, ref, device, dtype), partial(_trained, ref)) for ref in (first, second))
    return WeightEditor(one, two)


def _trained(ref: TrainedModel) -> Parent:
    return _keep_trained(ref, _stamp(ref))


@lru_cache(maxsize=2)
def _keep_trained(ref: TrainedModel, stamp: tuple[int, ...]) -> Parent:
    architecture = weights_of(ref)
    return Parent(architecture, architecture.bare().state_dict())


def edited_state(ref: EditedModel) -> tuple[str, Weights]:
    """Return architecture name and weights of an edited network in trained form: float32, unfolded, on the CPU.

    Raises the errors of `open_model`.
    """
    with torch.inference_mode(False):
        first = _trained(ref.first)
        weights = edited_weights(first, partial(_trained, ref.second), ref.edit)
        return first.architecture.name, {**weights, **_own_normalization(first.architecture)}


def _own_normalization(architecture: Architecture) -> Weights:
    """Mean and standard deviation to save beside the weights, where they are not the usual ones."""
    own, usual = architecture.normalization, _hollow(architecture.name, None, {}, Path(architecture.name))
    if own == usual.normalization:
        return {}
    mean, std = torch.tensor(own.mean), torch.tensor(own.std)
    return {"normalization.mean": mean, "normalization.std": std}


def _stamp(ref: TrainedModel) -> tuple[int, ...]:
    """Return times and sizes of the files read, or of family.toml, so that changed files are reloaded."""
    if isinstance(ref, FamilyModel):
        files = [root / ref.family / FILE for root in (paths.models(), paths.cache() / "models")]
    else:
        files = [Path(file.path) for file in (ref.weights, ref.labels) if file is not None]
    found: tuple[int, ...] = ()
    for file in files:
        with suppress(OSError, ValueError):  # a NUL in the name
            status = file.stat()
            found += (status.st_mtime_ns, status.st_size)
    return found


@lru_cache(maxsize=KEPT)
def _open(ref: TrainedModel, device: torch.device, dtype: torch.dtype, stamp: tuple[int, ...]) -> Network:
    # Cached networks must also work with gradients, which tensors made in inference mode cannot.
    with torch.inference_mode(False):
        if isinstance(ref, FamilyModel):
            return _open_family(ref, device, dtype)
        return _open_architecture(ref, device, dtype)


def open_checkpoint(
    found: Family,
    variant: Variant,
    checkpoint: Checkpoint,
    device: torch.device,
    dtype: torch.dtype = torch.float32,
) -> Network:
    """Open the network of one checkpoint. Raises InputError if its file does not match the description."""
    name = f"{found.label} {variant.label} @ {checkpoint.name}"
    return Network(name, _filled(found, checkpoint), found.labels, device, dtype)


def _filled(found: Family, checkpoint: Checkpoint) -> Architecture:
    file = found.folder / checkpoint.file
    weights = read_checkpoint(file, checkpoint.sha256)
    architecture = _hollow(found.architecture, len(found.classes), found.arguments, found.folder / FILE)
    fit(architecture, weights, file)
    return architecture


def weights_of(ref: TrainedModel) -> Architecture:
    """Load the network of a reference in trained form, for further training: float32, neither folded nor frozen.

    Raises the errors of `open_model`.
    """
    with torch.inference_mode(False):
        if isinstance(ref, FamilyModel):
            found = family(ref.family)
            return _filled(found, found.variant(ref.variant).checkpoint(ref.checkpoint)).float()
        return _own(ref).float()


def _open_family(ref: FamilyModel, device: torch.device, dtype: torch.dtype) -> Network:
    found = family(ref.family)
    variant = found.variant(ref.variant)
    network = open_checkpoint(found, variant, variant.checkpoint(ref.checkpoint), device, dtype)
    if not ref.checkpoint:
        network.name = f"{found.label} {variant.label}"
    return network


def _open_architecture(ref: ArchitectureModel, device: torch.device, dtype: torch.dtype) -> Network:
    architecture = _own(ref)
    which = [Path(ref.weights.path).name] if ref.weights is not None else []
    which += [ref.weights_key] if ref.weights_key else []
    name = f"{ref.name} ({', '.join(which)})" if which else ref.name
    return Network(name, architecture, _labels(ref, architecture.classes), device, dtype)


def _labels(ref: ArchitectureModel, classes: int) -> Labels:
    """The user's labels, those in the weights file, or the usual ones."""
    if ref.labels is not None:
        return labels_from(ref.labels.locate(), classes, ref.name)
    named = None if ref.weights is None else named_in(Path(ref.weights.path), classes)
    return named or labels_for(ref.name, classes)


def _own(ref: ArchitectureModel) -> Architecture:
    file = provider(ref.name).download(ref.name) if ref.weights is None else ref.weights.locate()
    wanted = ref.preprocessing or Preprocessing()
    stated = Normalization.of(wanted.mean, wanted.std) if wanted.mean and wanted.std else None
    architecture = fitted(ref.name, open_weights(file), stated, ref.weights_key)
    if wanted.size is not None:
        if architecture.fixed and wanted.size != architecture.size:
            problem = f"{ref.name} with these weights takes {architecture.size} × {architecture.size} pixels only"
            raise InputError("size", problem, str(architecture.size))
        architecture.size, architecture.fixed = wanted.size, True
    architecture.interpolation = wanted.interpolation
    return architecture


def fitted(name: str, given: WeightsFile, normalization: Normalization | None = None, chosen: str = "") -> Architecture:
    """Create the named network with weights as saved by this or other programs.

    ``normalization`` replaces that of the file or the architecture; ``chosen`` names one of several networks in the
    file. Raises InputError that names the file when the
    weights do not fit.
    """
    maker, file = provider(name), given.file
    usual = _hollow(name, None, {}, file)
    wanted = usual.bare().state_dict()
    found = align(file.name, given.values, wanted, partial(maker.translate, name), usual.normalization, chosen=chosen)
    weights = maker.translate(name, given.check(found.weights))
    arguments = maker.arguments(name, weights)
    architecture = _hollow(name, None, arguments, file)
    head = weights.get(architecture.head)
    if head is not None and head.ndim and head.shape[0] not in (0, architecture.classes):
        architecture = _hollow(name, head.shape[0], arguments, file)
    fit(architecture, weights, file)
    architecture.notices = (*given.notices, *found.notices)
    if normalization is None and found.normalization is not None:
        architecture.notices += (f"{file.name} brings its own normalization, which is used: {found.normalization}.",)
    architecture.normalization = normalization or found.normalization or architecture.normalization
    return architecture


def _hollow(name: str, classes: int | None, arguments: Mapping[str, object], source: Path) -> Architecture:
    """Create a network without weights. Raises InputError that names ``source`` if the network cannot be created."""
    try:
        template = _template(name, classes, tuple(sorted(arguments.items())))
    except InputError as error:
        raise InputError(str(source), f"{error.source}: {error.problem}", error.expected) from None
    except (RuntimeError, ValueError, AssertionError) as error:
        raise InputError(str(source), f"{name} cannot be created for it ({error})", f"weights of {name}") from error
    # Share the tensors instead of copying: they are empty, and loading weights replaces them.
    tensors = chain(template.parameters(), template.buffers())
    return copy.deepcopy(template, {id(tensor): tensor for tensor in tensors})


@lru_cache(maxsize=KEPT)
def _template(name: str, classes: int | None, arguments: tuple[tuple[str, object], ...]) -> Architecture:
    """Create a network to copy from, without weights; copying takes a third of the time of creating."""
    with torch.inference_mode(False):
        return provider(name).create(name, classes, True, dict(arguments))
