"""The edited model as a file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import torch
from safetensors.torch import save

from perturber.core.errors import InputError
from perturber.core.jobs.job import Answer, SaveWeights
from perturber.core.session.models import EditedModel, ModelRef
from perturber.core.session.session import Session
from perturber.core.storage.files import write_whole
from perturber.engine.jobs.workbench import Workbench
from perturber.nets.lookup.labels import KEY, dumped
from perturber.nets.open_model import edited_state, open_model

SUFFIX = ".safetensors"


def check_name(path: Path) -> None:
    """Raises InputError for a file of weights that is not called .safetensors."""
    if path.suffix.lower() != SUFFIX:
        raise InputError(str(path), f"the weights are written as {SUFFIX[1:]}", f"a name that ends in {SUFFIX}")


def write_edited(ref: ModelRef, path: Path) -> str:
    """Write the weights of an edited model in the form they would have been trained in; returns the architecture.

    Opened as `ArchitectureModel` with this file the network gives the same logits and names the same
    classes. Raises InputError for a file that is not called .safetensors or cannot be written, and what
    opening the model raises.
    """
    if not isinstance(ref, EditedModel):
        raise InputError("model", "it is not edited", "an edited model")
    check_name(path)
    architecture, weights = edited_state(ref)
    labels = open_model(ref, torch.device("cpu")).labels
    about = {"format": "pt", "architecture": architecture, "made_from": ref.model_dump_json(), KEY: dumped(labels)}
    write_whole(path, save({key: value.contiguous() for key, value in weights.items()}, about))
    return architecture


def save_weights(bench: Workbench, session: Session, job: SaveWeights) -> Iterator[Answer]:
    """Do the job. Raises as `write_edited` does."""
    yield Answer(0, 1)
    write_edited(session.models.model("edited"), Path(job.file))
    yield Answer(1, 1, job.file)
