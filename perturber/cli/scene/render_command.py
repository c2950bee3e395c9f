"""``perturber render``: a session's frame, or views of the object from all sides."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from perturber.cli.command import SessionCall, SessionCommand
from perturber.cli.options import PictureFile
from perturber.cli.output import write_line
from perturber.core.errors import InputError


@dataclass(frozen=True)
class RenderOptions:
    """Render a session's frame, or 28 views of every object."""

    output: PictureFile = Path("frame.png")
    size: int | None = None
    """Width and height in pixels, 16 to 2048; default: 224 (the networks' input size), or 448 for views."""
    mask: Path | None = None
    """Also write the object mask to this file: coverage of each pixel as a gray picture, before post effects."""
    views: Path | None = None
    """Write 28 views per object to this folder instead, as <object>/NN.png."""


def render(options: RenderOptions, call: SessionCall) -> None:
    """Render and write the pictures. Raises InputError that names the flag or the file."""
    size = (448 if options.views else 224) if options.size is None else options.size
    if not 16 <= size <= 2048:
        raise InputError("--size", f"{size} is out of range", "16 to 2048")
    session = call.session
    with call.engine() as engine:
        from perturber.engine.batch.export import picture, render_views, write_picture

        if options.views:
            files = render_views(engine, session, options.views, size)
            write_line(f"{len(files)} views in {options.views}")
            return
        write_picture(picture(engine, session, size, call.tell), options.output)
        if options.mask:
            write_picture(engine.mask(session, size), options.mask)


COMMAND = SessionCommand(RenderOptions, render)
