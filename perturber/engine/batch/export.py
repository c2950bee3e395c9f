"""Save the pictures of sessions."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PIL import Image

from perturber.core.evaluation import SIZE, Pixels
from perturber.core.parameters.parameter import replace_all
from perturber.core.session.models import Slot, TrainedModel
from perturber.core.session.session import Session
from perturber.engine.frame.attacker import rounded
from perturber.engine.frame.engine import Engine
from perturber.scene.assets.views import views
from perturber.scene.files.image import save_picture

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


def with_model(session: Session, ref: TrainedModel) -> Session:
    """Return the session with only this model, in the first slot."""
    idle = Slot(model=ref, activations=False, predictions=False)
    slot = replace_all(idle, {"predictions": True})
    return replace_all(session, {"models.slot1": slot, "models.slot2": idle, "models.edited.enabled": False})
