"""Save pictures and compute predictions in bulk, for the command line and scripts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from PIL import Image

from perturber.core.errors import InputError
from perturber.core.evaluation import SIZE, Pixels, Prediction
from perturber.core.parameters.parameter import replace, replace_all
from perturber.core.session.models import Slot, TrainedModel
from perturber.core.session.scene import Photo
from perturber.core.session.session import Session
from perturber.core.storage.files import PICTURES, FileRef
from perturber.engine.frame.attacker import rounded
from perturber.engine.frame.engine import Engine
from perturber.scene.assets.views import views
from perturber.scene.files.image import save_picture


@dataclass(frozen=True)
class PredictionRow:
    """One model's prediction for one input."""

    input: str
    slot: str
    model: str
    top: tuple[Prediction, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return the row as plain data for JSON."""
        return asdict(self)


Tell = Callable[[str], None]
"""Called with a one-sentence notice for the user."""


def ignore_notice(notice: str) -> None:
    """Discard a notice."""


def write_picture(pixels: Pixels, path: Path) -> None:
    """Save pixels, H×W×3, or a mask, H×W, in the format of the file's suffix. Raises InputError if that fails."""
    save_picture(Image.fromarray(pixels), path)


def picture(engine: Engine, session: Session, size: int = SIZE, tell: Tell = ignore_notice) -> Pixels:
    """Render the session's picture, size × size × 3; notices go to ``tell``.

    An attack changes the picture that the networks receive, so it is shown only at that size.
    """
    pixels = engine.render(session, size)
    if session.attack.taken and size == SIZE:
        pixels = rounded(engine.frame(session))
    elif session.attack.taken:
        tell(f"the attack applies to {SIZE} × {SIZE} pixels only; this picture has another size and is not attacked")
    for notice in engine.renderer.notices:
        tell(notice)
    return pixels


def render_views(engine: Engine, session: Session, folder: Path, size: int = SIZE) -> list[Path]:
    """Render all views as ``folder/<object>/NN.png`` and return the files."""
    written = []
    for name, number, view in views(session):
        path = folder / name / f"{number:02d}.png"
        write_picture(engine.render(view, size), path)
        written.append(path)
    return written


def photo_sessions(session: Session, folder: Path) -> Iterator[tuple[str, Session]]:
    """Yield name and session for each picture of a folder. Raises InputError if there is none."""
    if not folder.is_dir():
        raise InputError(str(folder), "folder not found", "a folder of pictures")
    files = sorted(f for f in folder.iterdir() if f.suffix.lower() in PICTURES)
    if not files:
        raise InputError(str(folder), "the folder has no pictures", "files such as .jpg or .png")
    for file in files:
        photo = session.scene.photo or Photo(file=FileRef(path=str(file)))
        yield file.name, replace(session, "scene.photo", photo.model_copy(update={"file": FileRef(path=str(file))}))


def with_model(session: Session, ref: TrainedModel) -> Session:
    """Return the session with only this model, in the first slot."""
    idle = Slot(model=ref, activations=False, predictions=False)
    slot = replace_all(idle, {"predictions": True})
    return replace_all(session, {"models.slot1": slot, "models.slot2": idle, "models.edited.enabled": False})


def predict(
    engine: Engine, inputs: Iterable[tuple[str, Session]], tell: Tell = ignore_notice
) -> Iterator[PredictionRow]:
    """Yield the predictions of each slot that has predictions on, input by input.

    Notices of each frame go to ``tell``. Raises InputError for the first unusable input or model.
    """
    for name, session in inputs:
        evaluation = engine.evaluate(session, strict=True)
        for notice in evaluation.notices:
            tell(notice)
        for result in evaluation.slots:
            if result.top:
                yield PredictionRow(name, result.slot, result.name, result.top)
