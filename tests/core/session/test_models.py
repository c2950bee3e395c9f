"""The models of a session: fields that are not set leave files and hashes as they were."""

from __future__ import annotations

import json

import pytest
from pydantic import ValidationError

from perturber.core.parameters.parameter import replace
from perturber.core.session.models import ArchitectureModel, Preprocessing
from perturber.core.session.session import Session, dumps, loads
from perturber.core.storage.files import FileRef


def test_unset_fields_are_not_written():
    plain = ArchitectureModel(name="resnet18")
    assert plain.model_dump_json() == '{"kind":"architecture","name":"resnet18","weights":null}'
    session = replace(Session(), "models.slot1.model", plain)
    assert json.loads(dumps(session))["models"]["slot1"]["model"] == plain.model_dump()
    assert loads(dumps(session)) == session


def test_set_fields_come_back():
    model = ArchitectureModel(
        name="resnet18",
        labels=FileRef(path="/a/labels.txt"),
        preprocessing=Preprocessing(mean=(0.5, 0.5, 0.5), std=(0.5, 0.5, 0.5), size=32, interpolation="bicubic"),
    )
    session = replace(Session(), "models.slot2.model", model)
    assert loads(dumps(session)) == session
    assert hash(model) != hash(ArchitectureModel(name="resnet18"))


@pytest.mark.parametrize(
    "fields",
    [{"mean": (0.5, 0.5, 0.5)}, {"std": (1, 1, 1)}, {"mean": (2, 0, 0), "std": (1, 1, 1)}, {"size": 7}, {"size": 2000}],
)
def test_impossible_preprocessing_is_refused(fields: dict[str, object]):
    with pytest.raises(ValidationError):
        Preprocessing.model_validate(fields)
