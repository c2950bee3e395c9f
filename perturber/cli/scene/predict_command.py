"""``perturber predict``: predictions of every model for a session or for photos."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from perturber.cli.command import SessionCall, SessionCommand
from perturber.cli.options import JsonOption, ModelOptions, PhotosOptions
from perturber.cli.output import as_json, write_json, write_lines, write_top
from perturber.core.session.session import Session
from perturber.core.storage.files import write_whole

if TYPE_CHECKING:
    from perturber.engine.batch.prediction_run import Accuracy, PredictionRow
    from perturber.engine.frame.engine import Engine


@dataclass(frozen=True)
class PredictOptions(JsonOption, ModelOptions, PhotosOptions):
    """Print the top five classes of every model, for a session or a folder of photos.

    A photo's class is the WordNet id at the beginning of its file or folder name, or its folder's name if that is the
    name of a class. For photos with a known class, top-1 and top-5 accuracy with 95 % Wilson intervals and the expected
    calibration error (15 bins) are printed, too.

    JSON: a list of {input, slot, model, top: [{wnid, name, logit, probability, output}], shown}; ``output`` is the
    number of the class, ``shown`` that of the photo's known class, or null.
    """

    report: Path | None = None
    """Also write a JSON file with everything needed to cite the result: {perturber, torch, seed, device, precision,
    weights, accuracy, skipped, rows}."""


def predict_all(options: PredictOptions, call: SessionCall) -> None:
    """Evaluate every input and print the predictions. Raises InputError that names the flag, file or model."""
    session = call.session_with(options)
    with call.engine() as engine:
        from perturber.engine.batch.prediction_run import accuracies, predict

        photos = options.inputs(session, engine)
        inputs = photos if photos is not None else [(str(call.common.session or "default"), session)]
        rows = list(_written(options, predict(engine, inputs, call.tell)))
        found = accuracies(rows)
        if options.json:
            write_json([row.as_dict() for row in rows], indent=2, ascii_only=True)
        write = call.tell if options.json else _write
        for line in _accuracy_lines(found):
            write(line)
        if photos is not None and photos.notice:
            call.tell(photos.notice)
        if options.report is not None:
            skipped = () if photos is None else photos.skipped
            write_whole(options.report, as_json(_report(engine, session, rows, found, skipped)), make_folder=True)


def _write(line: str) -> None:
    write_lines([line])


def _written(options: PredictOptions, rows: Iterator[PredictionRow]) -> Iterator[PredictionRow]:
    """Print each row as it is computed, unless JSON is requested; yield all rows."""
    for row in rows:
        if not options.json:
            write_top(f"{row.input} · {row.slot} · {row.model}", row.top)
        yield row


def _accuracy_lines(found: list[Accuracy]) -> Iterator[str]:
    for each in found:
        rates = ", ".join(f"{name} {rate}" for name, rate in each.rates.items())
        yield f"{each.slot} · {each.model}: {rates}, expected calibration error {each.calibration_error:.3f}"


def _report(
    engine: Engine, session: Session, rows: list[PredictionRow], found: list[Accuracy], skipped: tuple[str, ...]
) -> dict[str, Any]:
    from perturber.engine.batch.provenance import provenance

    return {
        **provenance(engine, session),
        "accuracy": [each.as_dict() for each in found],
        "skipped": list(skipped),
        "rows": [row.as_dict() for row in rows],
    }


COMMAND = SessionCommand(PredictOptions, predict_all)
