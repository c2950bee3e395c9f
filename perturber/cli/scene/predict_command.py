"""``perturber predict``: predictions of every model for a session or for photos."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from perturber.cli.command import SessionCall, SessionCommand
from perturber.cli.options import JsonOption, ModelOptions
from perturber.cli.output import write_json, write_top


@dataclass(frozen=True)
class PredictOptions(JsonOption, ModelOptions):
    """Print the top five classes of every model, for a session or a folder of photos.

    JSON: a list of {input, slot, model, top: [{wnid, name, logit, probability}]}.
    """

    photos: Path | None = None
    """Folder of pictures to use as input instead of the 3D scene."""


def predict_all(options: PredictOptions, call: SessionCall) -> None:
    """Evaluate every input and print the predictions. Raises InputError that names the flag, file or model."""
    session = call.session_with(options)
    with call.engine() as engine:
        from perturber.engine.batch.export import photo_sessions, predict

        name = str(call.common.session or "default")
        inputs = photo_sessions(session, options.photos) if options.photos else [(name, session)]
        rows = predict(engine, inputs, call.tell)
        if options.json:
            write_json([row.as_dict() for row in rows], indent=2, ascii_only=True)
            return
        for row in rows:
            write_top(f"{row.input} · {row.slot} · {row.model}", row.top)


COMMAND = SessionCommand(PredictOptions, predict_all)
