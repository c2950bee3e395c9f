"""The options that name a model: what they refer to, and what they refuse by the flag's name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from perturber.cli.options import ModelOptions
from perturber.cli.units.visualize_command import VisualizeOptions
from perturber.core.errors import InputError
from perturber.core.session.models import ArchitectureModel, Preprocessing
from perturber.core.storage.files import FileRef

MEAN, STD = (0.5, 0.5, 0.5), (0.25, 0.25, 0.25)


def test_the_model_has_what_the_flags_say(tmp_path: Path):
    labels = tmp_path / "labels.txt"
    labels.write_text("a\nb\n")
    given: Any = {"weights": labels, "weights_key": "ema", "mean": MEAN, "std": STD, "interpolation": "bicubic"}
    options = ModelOptions(model="resnet18", labels=labels, size=32, **given)
    assert options.reference() == ArchitectureModel(
        name="resnet18",
        weights=FileRef.of(labels),
        weights_key="ema",
        labels=FileRef.of(labels),
        preprocessing=Preprocessing(mean=MEAN, std=STD, size=32, interpolation="bicubic"),
    )


def test_without_flags_nothing_is_said():
    assert ModelOptions().reference() is None
    assert ModelOptions(model="resnet18").reference() == ArchitectureModel(name="resnet18")


def test_the_size_of_a_feature_image_is_no_input_size():
    assert VisualizeOptions(terms=(), size=64).reference() is None
    found = VisualizeOptions(terms=(), model="resnet18", size=64, mean=MEAN, std=STD).reference()
    assert found is not None
    assert found.preprocessing == Preprocessing(mean=MEAN, std=STD)


@pytest.mark.parametrize(
    ("given", "flag"),
    [
        ({"weights": Path("a.pth")}, "--weights"),
        ({"weights_key": "ema"}, "--weights-key"),
        ({"model": "resnet18", "weights_key": "ema"}, "--weights-key"),
        ({"labels": Path("a.txt")}, "--labels"),
        ({"mean": MEAN}, "--mean"),
        ({"size": 32}, "--size"),
        ({"interpolation": "bicubic"}, "--interpolation"),
        ({"model": "resnet18", "mean": MEAN}, "--mean"),
        ({"model": "resnet18", "std": STD}, "--std"),
        ({"model": "resnet18", "interpolation": "bicubic"}, "--interpolation"),
        ({"model": "resnet18", "size": 4}, "--size"),
        ({"model": "resnet18", "mean": (123.7, 116.3, 103.5), "std": STD}, "--mean"),
        ({"model": "resnet18", "mean": MEAN, "std": (0, 1, 1)}, "--std"),
    ],
    ids=str,
)
def test_what_contradicts_is_refused_by_its_flag(given: dict[str, Any], flag: str):
    with pytest.raises(InputError) as caught:
        ModelOptions(**given).reference()
    assert caught.value.source == flag
