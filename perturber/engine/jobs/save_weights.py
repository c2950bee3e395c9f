"""Save the edited model to a weights file."""

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
    """Check the name of a weights file. Raises InputError unless it ends in .safetensors."""
    if path.suffix.lower() != SUFFIX:
        raise InputError(str(path), f"weights are saved in the {SUFFIX[1:]} format", f"a name that ends in {SUFFIX}")


def write_edited(ref: ModelRef, path: Path) -> str:
    """Save an edited model's weights in its architecture's own format; return the architecture's name.

    An `ArchitectureModel` with this file has the same logits and class names. Raises InputError if the
    file's name does not end in .safetensors or it cannot be written. Also raises as `open_model` does.
    """
    if not isinstance(ref, EditedModel):
        raise InputError("model", "the model is not edited", "an edited model")
    check_name(path)
    architecture, weights = edited_state(ref)
    labels = open_model(ref, torch.device("cpu")).labels
    about = {"format": "pt", "architecture": architecture, "made_from": ref.model_dump_json(), KEY: dumped(labels)}
    write_whole(path, save({key: value.contiguous() for key, value in weights.items()}, about))
    return architecture


def save_weights(bench: Workbench, session: Session, job: SaveWeights) -> Iterator[Answer]:
    """Save the edited model as a job. Raises as `write_edited` does."""
    yield Answer(0, 1)
    write_edited(session.models.model("edited"), Path(job.file))
    yield Answer(1, 1, job.file)
