"""Predictions for many inputs, and their accuracy."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

from perturber.core.evaluation import Prediction
from perturber.core.rates import Rate
from perturber.core.session.session import Session
from perturber.engine.batch.export import Tell, ignore_notice
from perturber.engine.batch.picture_classes import shown_class
from perturber.engine.frame.engine import Engine

BINS = 15
"""Number of equal intervals of the probability in the calibration error."""


@dataclass(frozen=True)
class PredictionRow:
    """The leading classes of one model for one input."""

    input: str
    slot: str
    model: str
    top: tuple[Prediction, ...]
    shown: int | None = None
    """Number of the class that the input's name says; None if it names no class of the network."""

    def as_dict(self) -> dict[str, Any]:
        """Return the row as plain data for JSON."""
        return asdict(self)


@dataclass
class Accuracy:
    """The accuracy of one model on the inputs whose class is known."""

    slot: str
    model: str
    top5: int = 0
    confidences: list[float] = field(default_factory=list)
    """Probability of the leading class of each input."""
    correct: list[bool] = field(default_factory=list)

    def take(self, row: PredictionRow) -> None:
        """Count a row whose class is known."""
        outputs = [prediction.output for prediction in row.top]
        self.confidences.append(row.top[0].probability)
        self.correct.append(outputs[0] == row.shown)
        self.top5 += row.shown in outputs

    @property
    def rates(self) -> dict[str, Rate]:
        """Top-1 and top-5 accuracy."""
        n = len(self.correct)
        return {"top-1": Rate(sum(self.correct), n), "top-5": Rate(self.top5, n)}

    @property
    def calibration_error(self) -> float:
        """The expected calibration error, 0 to 1; see `calibration_error`."""
        return calibration_error(self.confidences, self.correct)

    def as_dict(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        rates = {name.replace("-", ""): rate.as_dict() for name, rate in self.rates.items()}
        ece = float(f"{self.calibration_error:.6g}")
        return {"slot": self.slot, "model": self.model, **rates, "calibration_error": ece, "bins": BINS}


def calibration_error(confidences: list[float], correct: list[bool], bins: int = BINS) -> float:
    """Return the mean distance between confidence and accuracy, weighted by the pictures in each bin.

    Bins are equal intervals of the confidence, open below and closed above (Guo et al., "On Calibration of Modern
    Neural Networks", 2017, equation 3).
    """
    sums: dict[int, list[float]] = {}
    for confidence, right in zip(confidences, correct, strict=True):
        place = next((b for b in range(bins) if confidence <= (b + 1) / bins), bins - 1)
        known = sums.setdefault(place, [0.0, 0.0])
        known[0], known[1] = known[0] + confidence, known[1] + right
    return sum(abs(sure - right) for sure, right in sums.values()) / len(confidences) if confidences else 0.0


def predict(
    engine: Engine, inputs: Iterable[tuple[str, Session]], tell: Tell = ignore_notice
) -> Iterator[PredictionRow]:
    """Yield the leading classes of every slot with predictions on, input by input.

    ``tell`` receives the notices of each frame. Raises InputError for the first input or model that cannot be used.
    """
    for name, session in inputs:
        evaluation = engine.evaluate(session, strict=True)
        for notice in evaluation.notices:
            tell(notice)
        for result in evaluation.slots:
            if result.top:
                network = engine.observer.network(session.models.model(result.slot))
                shown = shown_class(network.labels, name) if session.scene.photo is not None else None
                yield PredictionRow(name, result.slot, result.name, result.top, shown)


def accuracies(rows: Iterable[PredictionRow]) -> list[Accuracy]:
    """Return each model's accuracy on the inputs whose class is known; empty if no class is known."""
    found: dict[str, Accuracy] = {}
    for row in rows:
        if row.shown is not None:
            found.setdefault(row.slot, Accuracy(row.slot, row.model)).take(row)
    return list(found.values())
