"""Opening of the networks that a session refers to."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from functools import lru_cache, partial
from itertools import chain
from pathlib import Path

import torch

from perturber import paths
from perturber.core.errors import InputError
from perturber.core.session.models import ArchitectureModel, EditedModel, FamilyModel, ModelRef, TrainedModel
from perturber.nets.architectures.architecture import Architecture, Weights, provider
from perturber.nets.architectures.network import Network
from perturber.nets.editing.edit_weights import EditSource, Parent, WeightEditor, edited_weights
from perturber.nets.families.family import FILE, Checkpoint, Family, Variant, family
from perturber.nets.lookup.labels import labels_for, named_in
from perturber.nets.weights.weights_file import fit, read_checkpoint, read_weights

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
def _keep_trained(ref: TrainedModel, stamp: tuple[int, int]) -> Parent:
    architecture = weights_of(ref)
    return Parent(architecture, architecture.bare().state_dict())


def edited_state(ref: EditedModel) -> tuple[str, Weights]:
    """Return architecture name and weights of an edited network in trained form: float32, unfolded, on the CPU.

    Raises the errors of `open_model`.
    """
    with torch.inference_mode(False):
        first = _trained(ref.first)
        return first.architecture.name, edited_weights(first, partial(_trained, ref.second), ref.edit)


def _stamp(ref: TrainedModel) -> tuple[int, int]:
    """Return the modification time and size of the weights file or family.toml, so that changed files are reloaded."""
    if isinstance(ref, FamilyModel):
        files = [root / ref.family / FILE for root in (paths.models(), paths.cache() / "models")]
    else:
        files = [] if ref.weights is None else [Path(ref.weights.path)]
    for file in files:
        try:
            status = file.stat()
        except OSError:
            continue
        return status.st_mtime_ns, status.st_size
    return 0, 0


@lru_cache(maxsize=KEPT)
def _open(ref: TrainedModel, device: torch.device, dtype: torch.dtype, stamp: tuple[int, int]) -> Network:
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
    name = ref.name if ref.weights is None else f"{ref.name} ({Path(ref.weights.path).name})"
    named = None if ref.weights is None else named_in(Path(ref.weights.path), architecture.classes)
    return Network(name, architecture, named or labels_for(ref.name, architecture.classes), device, dtype)


def _own(ref: ArchitectureModel) -> Architecture:
    file = provider(ref.name).download(ref.name) if ref.weights is None else ref.weights.locate()
    return fitted(ref.name, read_weights(file), file)


def fitted(name: str, given: Weights, file: Path) -> Architecture:
    """Create the named network with weights as saved by this or other programs.

    Raises InputError that names ``file`` if they do not fit.
    """
    maker = provider(name)
    weights = maker.translate(name, given)
    arguments = maker.arguments(name, weights)
    architecture = _hollow(name, None, arguments, file)
    head = weights.get(architecture.head)
    if head is not None and head.ndim and head.shape[0] not in (0, architecture.classes):
        architecture = _hollow(name, head.shape[0], arguments, file)
    fit(architecture, weights, file)
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
