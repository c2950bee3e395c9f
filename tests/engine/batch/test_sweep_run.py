"""Sweeps: the same answers as single frames, and files that say so."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from perturber.core.errors import InputError
from perturber.core.parameters.parameter import replace, replace_all
from perturber.core.search.axis import Axis
from perturber.core.session.scene import MeshSubject
from perturber.core.session.session import Session
from perturber.core.storage.files import FileRef
from perturber.engine.batch.sweep_run import Sweep, sweep
from perturber.engine.batch.sweep_tables import summary, write_sweep
from perturber.engine.frame.engine import Engine
from perturber.scene.assets.views import around, objects

MORPH = "scene.morph.overall"
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def done(engine: Engine) -> Sweep:
    return sweep(engine, Session(), Axis.along(Session(), MORPH, steps=3))


def test_each_step_is_what_a_single_frame_says(engine: Engine, done: Sweep):
    assert done.values == (0, 0.5, 1)
    assert done.label == "Overall Catness"
    assert [group.name for group in done.groups] == ["dog", "cat"]
    alone = engine.evaluate(replace(Session(), MORPH, 0.5)).slots
    for slot, answers in zip(alone, done.answers.values(), strict=True):
        assert answers[1].top.wnid == slot.top[0].wnid
        assert answers[1].top.probability == pytest.approx(slot.top[0].probability, abs=1e-4)
        dog, cat = (sum(p.probability for p in slot.top if p.wnid in group.wnids) for group in done.groups)
        assert answers[1].masses == pytest.approx((dog, cat), abs=0.02)  # a class below the five may be missing


def test_an_attack_can_be_swept_along_its_strength(engine: Engine):
    session = replace(Session(), "attack.taken", 8)
    done = sweep(engine, session, Axis.along(session, "attack.alpha", steps=3))
    first = next(iter(done.answers))
    dog = done.curve(first, 0)
    assert dog[0] > dog[1] > dog[2]
    tops = engine.evaluate(replace(session, "attack.alpha", 0.5), strict=True).slots
    assert done.answers[first][1].top.probability == pytest.approx(tops[0].top[0].probability, abs=1e-4)


def test_a_table_has_a_row_for_each_step(done: Sweep, tmp_path: Path):
    write_sweep(done, tmp_path / "a.csv")
    with (tmp_path / "a.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    assert [float(row[MORPH]) for row in rows] == [0, 0.5, 1]
    for model in done.answers:
        for row in rows:
            assert 0 <= float(row[f"{model}: dog"]) <= 1
            assert row[f"{model}: top wnid"].startswith("n")


def test_json_tells_everything(done: Sweep, tmp_path: Path):
    write_sweep(done, tmp_path / "a.json")
    data = json.loads((tmp_path / "a.json").read_text())
    assert data["parameter"] == MORPH
    assert [model["model"] for model in data["models"]] == list(done.answers)
    assert set(data["models"][0]["steps"][0]["groups"]) == {"dog", "cat"}


def test_a_chart_is_one_whole_file(done: Sweep, tmp_path: Path):
    write_sweep(done, tmp_path / "a.svg")
    tree = ET.parse(tmp_path / "a.svg")
    pictures = [image.get("href", "") for image in tree.iter(f"{SVG}image")]
    assert len(pictures) == 3
    assert all(picture.startswith("data:image/jpeg;base64,") for picture in pictures)
    texts = {text.text for text in tree.iter(f"{SVG}text")}
    assert {"Overall Catness", "Dog", "Cat", "0 %", "100 %", *done.answers} <= texts
    marked = sum(circle.get("fill") == "#ffffff" for circle in tree.iter(f"{SVG}circle"))
    assert marked == sum(len(done.crossings(model)) for model in done.answers)


def test_a_line_of_words_for_each_model(done: Sweep):
    lines = list(summary(done))
    assert len(lines) == 2
    assert all("Dog" in line and "crossover" in line for line in lines)


def test_a_mesh_has_no_groups_and_no_chart(engine: Engine, tmp_path: Path):
    mesh = tmp_path / "a.obj"
    mesh.write_text("v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\nf 2 2 1\n")
    session = replace(Session(), "scene.subject", MeshSubject(mesh=FileRef.of(mesh)))
    heard: list[str] = []
    plain = sweep(engine, session, Axis.along(session, "scene.camera.yaw", -10, 10, 2), heard.append)
    assert plain.groups == ()
    assert plain.label == "Yaw in °"
    assert "degenerate" in heard[0]
    write_sweep(plain, tmp_path / "a.csv")
    assert "→" in next(summary(plain))
    with pytest.raises(InputError, match="object pair"):
        write_sweep(plain, tmp_path / "a.svg")


def test_slots_that_predict_nothing_are_refused(engine: Engine):
    silent = replace_all(Session(), {"models.slot1.predictions": False, "models.slot2.predictions": False})
    with pytest.raises(InputError, match="models"):
        sweep(engine, silent, Axis.along(silent, MORPH, steps=2))


def test_objects_are_seen_from_28_sides():
    ends = list(objects(Session(), ["truck_car"]))
    assert [end.name for end, _ in ends] == ["fire_truck", "race_car"]
    assert [session.scene.morph.shape for _, session in ends] == [0, 1]
    sides = list(around(ends[1][1]))
    assert len({side.scene.camera for side in sides}) == 28
    assert all(side.scene.background.name == "street" for side in sides)
