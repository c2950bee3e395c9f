"""Edits of weights as part of a session."""

from __future__ import annotations

import json
import pickle

import pytest

from perturber.core.errors import InputError
from perturber.core.parameters.parameter import replace, replace_all
from perturber.core.session.edit import Edit
from perturber.core.session.models import EditedModel, Models
from perturber.core.session.session import Session, dumps, loads
from perturber.core.session.store import Store

BLOCKS = ("conv2d0", "mixed3a", "mixed3b", "head")
EDIT = Edit().mixed("mixed3a", 0.5).pruned("mixed3b", 0.25, 1).scaled("mixed3b", 7, -1).scaled("conv2d0", 2, 0)


def test_an_edit_round_trips_and_is_a_key():
    session = replace_all(Session(), {"models.edited.enabled": True, "models.edited.edit": EDIT})
    for again in (loads(dumps(session)), pickle.loads(pickle.dumps(session))):
        assert again == session
        assert hash(again.models.model("edited")) == hash(session.models.model("edited"))
    written = json.loads(dumps(session))["models"]["edited"]["edit"]
    assert written["mix"] == {"mixed3a": 0.5}
    assert written["prune"] == {"mixed3b": [0.25, 1.0]}


def test_equal_edits_are_equal_however_they_came_about():
    there = EDIT.mixed("conv2d0", 0.7).pruned("head", 0.5, 0.6).scaled("mixed3b", 9, 8)
    back = there.mixed("conv2d0", 0).pruned("head", 0, 1).scaled("mixed3b", 9, 1)
    assert (back, hash(back)) == (EDIT, hash(EDIT))
    assert list(Edit(mix={"b": 1, "a": 1}).mix) == ["a", "b"]
    assert Edit(mix={"b": 0}, prune={"a": (0, 1)}).identity
    assert not EDIT.identity
    assert (EDIT.scale_of("mixed3b", 7), EDIT.scale_of("mixed3b", 8)) == (-1, 1)


def test_up_to_here():
    edit = EDIT.mixed_up_to("mixed3a", BLOCKS)
    assert edit.mix == {"conv2d0": 1, "mixed3a": 1}
    assert edit.prune == EDIT.prune
    with pytest.raises(InputError, match="layer9"):
        EDIT.mixed_up_to("layer9", BLOCKS)


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"mix": {"mixed4a": 1.01}}, "mix.mixed4a"),
        ({"mix": {"": 1}}, "mix"),
        ({"mix": {"a": float("nan")}}, "mix.a"),
        ({"mix": 3}, "mix"),
        ({"mix": {str(i): 1 for i in range(5000)}}, "mix"),
        ({"prune": {"mixed4a": [0.9, 0.1]}}, "prune.mixed4a: .*0.9 is above"),
        ({"prune": {"mixed4a": [0.1]}}, "prune.mixed4a"),
        ({"units": [{"layer": "a", "unit": -1, "scale": 1}]}, "units.0.unit"),
        ({"units": [{"layer": "a", "unit": 1, "scale": 9}]}, "units.0.scale"),
        ({"units": [{"layer": "a", "unit": 1, "scale": s} for s in (2, 3)]}, "units: .*a:1 is named twice"),
    ],
)
def test_wrong_fields_are_named(wrong: dict[str, object], named: str):
    data = json.loads(dumps(Session()))
    data["models"]["edited"]["edit"] |= wrong
    with pytest.raises(InputError, match=rf"file\.json: models\.edited\.edit\.{named}"):
        loads(json.dumps(data), "file.json")
    with pytest.raises(InputError, match=r"models\.edited\.edit"):
        replace(Session(), "models.edited.edit", wrong)


def test_the_edited_model_takes_part_once_it_is_enabled():
    models = Models()
    assert [name for name, _ in models.items()] == ["slot1", "slot2"]
    models = replace_all(models, {"edited.enabled": True, "edited.edit": EDIT, "edited.predictions": False})
    name, slot = models.items()[-1]
    assert (name, slot.activations, slot.predictions) == ("edited", True, False)
    assert slot.model == EditedModel(first=models.slot1.model, second=models.slot2.model, edit=EDIT)
    with pytest.raises(InputError, match="slot3"):
        models.model("slot3")


def test_old_session_files_load_without_an_edit():
    data = json.loads(dumps(Session()))
    del data["models"]["edited"]
    assert loads(json.dumps(data)) == Session()


def test_an_edit_is_undone_in_one_step():
    store = Store(Session())
    store.set("models.edited.edit", EDIT)
    store.set("models.edited.edit.mix", {**EDIT.mix, "head": 1.0})
    assert store.session.models.edited.edit == EDIT.mixed("head", 1)
    store.undo()
    assert store.session.models.edited.edit == EDIT
