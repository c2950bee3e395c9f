"""Pictures of sessions, written to files."""

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
"""Told one sentence that a person should know."""


def ignore_notice(notice: str) -> None:
    """Listens to nothing."""


def write_picture(pixels: Pixels, path: Path) -> None:
    """Save pixels (or a mask, H × W) in the format of the file's suffix. Raises InputError when that fails."""
    save_picture(Image.fromarray(pixels), path)


def picture(engine: Engine, session: Session, size: int = SIZE, tell: Tell = ignore_notice) -> Pixels:
    """The session's picture, size × size × 3; ``tell`` hears its notices.

    An attack is on the picture that the networks receive, so it shows at that size alone.
    """
    pixels = engine.render(session, size)
    if session.attack.taken and size == SIZE:
        pixels = rounded(engine.frame(session))
    elif session.attack.taken:
        tell(f"the attack is on {SIZE} × {SIZE} pixels; this picture of another size is without it")
    for notice in engine.renderer.notices:
        tell(notice)
    return pixels


def render_views(engine: Engine, session: Session, folder: Path, size: int = SIZE) -> list[Path]:
    """Render all views as ``folder/<object>/NN.png``; returns the files."""
    written = []
    for name, number, view in views(session):
        path = folder / name / f"{number:02d}.png"
        write_picture(engine.render(view, size), path)
        written.append(path)
    return written


def with_model(session: Session, ref: TrainedModel) -> Session:
    """The session with one model alone, in the first slot."""
    idle = Slot(model=ref, activations=False, predictions=False)
    slot = replace_all(idle, {"predictions": True})
    return replace_all(session, {"models.slot1": slot, "models.slot2": idle, "models.edited.enabled": False})
