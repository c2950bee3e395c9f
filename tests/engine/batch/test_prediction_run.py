"""Accuracy and calibration of predictions whose class is known."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import torch

from perturber.core.evaluation import Prediction
from perturber.core.rates import Rate
from perturber.engine.batch.picture_classes import class_in, shown_class
from perturber.engine.batch.prediction_run import BINS, PredictionRow, accuracies, calibration_error
from perturber.nets.lookup.labels import Labels, generic, imagenet


def row(outputs: tuple[int, ...], shown: int | None, probability: float = 0.5) -> PredictionRow:
    top = tuple(Prediction("", f"class {n}", 1.0, probability, n) for n in outputs)
    return PredictionRow("a.png", "slot1", "net", top, shown)


def test_top1_and_top5_are_counted_where_the_class_is_known() -> None:
    rows = [row((3, 1, 2, 4, 5), 3), row((1, 3, 2, 4, 5), 3), row((1, 2, 4, 5, 6), 3), row((1, 2, 4, 5, 6), None)]
    (found,) = accuracies(rows)
    assert found.rates == {"top-1": Rate(1, 3), "top-5": Rate(2, 3)}
    assert found.as_dict()["top1"]["n"] == 3


def test_no_known_class_means_no_accuracy() -> None:
    assert accuracies([row((1, 2), None)]) == []


def test_the_calibration_error_follows_its_definition() -> None:
    random = np.random.default_rng(2)
    sure, right = random.uniform(0.05, 1, 500), random.random(500) < 0.6
    edges = torch.linspace(0, 1, BINS + 1).double().numpy()
    expected = 0.0
    for low, high in pairwise(edges):
        inside = (sure > low) & (sure <= high)
        if inside.any():
            expected += abs(sure[inside].mean() - right[inside].mean()) * inside.mean()
    assert calibration_error(sure.tolist(), right.tolist()) == pytest.approx(expected)
    assert calibration_error([1.0, 1.0], [True, True]) == 0
    assert calibration_error([], []) == 0


@pytest.mark.parametrize(
    ("name", "wnid"),
    [
        ("n02123045_tabby.jpg", "n02123045"),
        ("n02123045/ILSVRC2012_val_1.JPEG", "n02123045"),
        ("train/n02123045/x.png", "n02123045"),
        ("tabby.jpg", ""),
        ("n0212304/x.png", ""),
    ],
)
def test_names_tell_wordnet_ids(name: str, wnid: str) -> None:
    assert class_in(name) == wnid
    assert shown_class(imagenet(), name) == (imagenet().index(wnid) if wnid else None)


def test_folders_are_called_as_classes() -> None:
    labels = Labels(("", "", ""), ("airplane", "fire truck", "cat"))
    assert shown_class(labels, "Fire_Truck/1.png") == 1
    assert shown_class(labels, "test/cat/1.png") == 2
    assert shown_class(labels, "cat.png") is None
    assert shown_class(labels, "1/1.png") is None, "a number names no class that has a name"
    assert shown_class(generic(10), "3/1.png") == 3
    assert shown_class(Labels(("", ""), ("crane", "crane")), "crane/1.png") is None
