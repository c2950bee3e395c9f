"""`perturber attack`: photos and frames, curves, minimal sizes, transfer, files, and mistakes that are named."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors import safe_open
from safetensors.torch import save_file

from perturber.cli.main import BAD_INPUT, main
from perturber.cli.methods import attack_sheet as sheet
from perturber.cli.methods.attack_sheet import lines
from perturber.core.session.session import Session, dumps, load
from perturber.engine.frame.engine import Engine
from perturber.nets.architectures.architecture import create
from perturber.nets.lookup.labels import KEY

pytestmark = pytest.mark.gl

WNIDS = ("n02123045", "n02106030", "n03063599", "n04398044")


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny network that a small change overturns."""
    torch.manual_seed(1)
    network = create("inception_v1", len(WNIDS), width=0.0625, norm="batch")
    for layer in network.modules():
        if isinstance(layer, torch.nn.BatchNorm2d):
            layer.momentum = 1.0
    with torch.no_grad():  # lets it know what pictures are like: nothing dies out on its way through the layers
        network.train()(torch.nn.functional.interpolate(torch.rand(4, 3, 16, 16), 224, mode="bilinear"))
    file = tmp_path_factory.mktemp("tiny") / "tiny.safetensors"
    save_file(network.state_dict(), file, {KEY: json.dumps([[wnid, wnid] for wnid in WNIDS])})
    return file


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Four pictures: three of no name, one that is said to show each of two classes."""
    folder = tmp_path / "photos"
    folder.mkdir()
    for number, name in enumerate(["a.png", "b.png", f"{WNIDS[0]}_x.png", f"{WNIDS[1]}_x.png"]):
        pixels = np.random.default_rng(min(number, 2)).integers(0, 256, (16, 16, 3), dtype=np.uint8)
        Image.fromarray(pixels).resize((224, 224)).save(folder / name)
    return folder


@pytest.fixture
def flags(weights: Path, photos: Path) -> list[str]:
    of_model = ["--model", "inception_v1", "--weights", str(weights), "--device", "cpu"]
    return [*of_model, "--photos", str(photos), "--kind", "pgd", "--steps", "3"]


def run(*arguments: object) -> int:
    with pytest.raises(SystemExit) as caught:
        main(["attack", *map(str, arguments)])
    return int(caught.value.code or 0)


def answer(capsys: pytest.CaptureFixture[str], *arguments: object) -> Any:
    assert run(*arguments, "--json") == 0
    return json.loads(capsys.readouterr().out)


def test_success_is_counted_over_what_was_classified_correctly(
    flags: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    found = answer(capsys, *flags, "--epsilon", 2, "-o", tmp_path / "out")
    assert (found["pictures"], found["named"]) == (4, 2)
    # One picture is there under the names of two classes: at most one of them is right.
    assert found["n"] == found["correct"] == len(found["rows"])
    assert found["n"] in {2, 3}
    assert found["attack"] == {"kind": "pgd", "norm": "l2", "epsilon": 2, "steps": 3, "step": 0, "random_start": False}
    assert found["success"] == pytest.approx(found["fooled"] / found["n"])
    assert found["fooled"] == sum(row["fooled"] for row in found["rows"]) >= 1
    assert found["queries"] == 3
    for row in found["rows"]:
        assert row["before"]["wnid"] == row["wnid"]
        assert row["fooled"] == (row["after"]["wnid"] != row["wnid"])
        kept = np.load(tmp_path / "out" / f"{Path(row['picture']).stem}.npz")
        assert kept["after"].dtype == np.float32
        assert np.linalg.norm(kept["change"].astype(float)) == pytest.approx(row["l2"], rel=1e-5)
        np.testing.assert_array_equal(kept["after"] - kept["before"], kept["change"])
        assert row["l2"] <= 2 + 1e-6
    fooled = [row["l2"] for row in found["rows"] if row["fooled"]]
    assert found["l2"]["median"] == pytest.approx(np.median(fooled), rel=1e-5)
    assert run(*flags, "--epsilon", 2, "-o", tmp_path / "png", "--format", "png") == 0
    told = capsys.readouterr()
    assert f"{found['fooled']} of {found['n']}" in told.out
    assert "2 by the network's top class" in told.out
    assert "png rounds to 8 bits" in told.err
    assert len(list((tmp_path / "png").glob("*.png"))) == found["n"]


def test_curves_fall_and_the_smallest_epsilon_lies_on_them(flags: list[str], capsys: pytest.CaptureFixture[str]):
    found = answer(capsys, *flags, "--epsilons", 0.5, 0.05, "--minimal")
    curve = found["curve"]
    assert [point["epsilon"] for point in curve] == [0, 0.05, 0.5]
    assert [point["accuracy"] for point in curve] == sorted((p["accuracy"] for p in curve), reverse=True)
    assert curve[0]["accuracy"] == 1
    least = [row["epsilon"] for row in found["minimal"]["rows"]]
    for point in curve:
        assert point["fooled"] == sum(e is not None and e <= point["epsilon"] for e in least)
    assert found["minimal"]["found"] == sum(e is not None for e in least) == curve[-1]["fooled"] > 0
    told = list(lines(found))
    assert [line.split()[1] for line in told if line.startswith("epsilon ")] == ["0", "0.05", "0.5"]
    assert f"({found['minimal']['found']} of {found['minimal']['n']}, 95 % CI " in told[-1]


def test_a_frame_is_attacked_and_written_with_its_session(
    weights: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    of_model = ["--model", "inception_v1", "--weights", str(weights), "--device", "cpu"]
    typed = ["--field", "step=0.2", "--field", "random_start=true", "--epsilon", 1, "--seed", 3]
    found = answer(capsys, *of_model, *typed, "--steps", 2, "-o", tmp_path / "out")
    assert (found["n"], found["named"], found["attack"]["step"]) == (1, 0, 0.2)
    session = load(tmp_path / "out" / "session.json")
    assert session.attack.taken == 2
    engine = Engine("cpu", "float32")
    try:
        again = engine.frame(session)[0].permute(1, 2, 0).numpy()
    finally:
        engine.close()
    np.testing.assert_array_equal(again, np.load(tmp_path / "out" / "frame.npz")["after"])


def test_a_target_and_transfer(weights: Path, tmp_path: Path, flags: list[str], capsys: pytest.CaptureFixture[str]):
    found = answer(capsys, *flags, "--epsilon", 20, "--steps", 8, "--target", WNIDS[0])
    assert all(row["before"]["wnid"] != WNIDS[0] for row in found["rows"])
    assert all(row["fooled"] == (row["after"]["wnid"] == WNIDS[0]) for row in found["rows"])
    model = {"kind": "architecture", "name": "inception_v1", "weights": {"path": str(weights)}}
    data = json.loads(dumps(Session()))
    data["models"]["slot1"]["model"] = data["models"]["slot2"]["model"] = model
    file = tmp_path / "twice.json"
    file.write_text(json.dumps(data))
    found = answer(capsys, file, *flags[4:], "--epsilon", 2, "--transfer")
    cells = found["transfer"]
    assert [(c["attacked"], c["judging"]) for c in cells] == [
        ("slot1", "slot1"), ("slot1", "slot2"), ("slot2", "slot1"), ("slot2", "slot2"),
    ]  # fmt: skip
    assert len({(cell["n"], cell["fooled"]) for cell in cells}) == 1  # a network against itself
    assert cells[0]["n"] > 0
    assert [line.split()[0] for line in lines(found)][-2:] == ["slot1", "slot2"]


def test_every_kind_is_listed_with_its_fields(capsys: pytest.CaptureFixture[str]):
    assert run("--kind", "list") == 0
    told = capsys.readouterr().out
    assert "pgd: PGD." in told
    assert "  random_start=false  " in told
    assert "one_pixel: " in told


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        (["--kind", "nosuch"], "--kind"),
        (["--epsilon", "-1"], "--epsilon"),
        (["--kind", "deepfool", "--norm", "l2"], "--norm"),
        (["--field", "nosuch=1"], "--field nosuch"),
        (["--field", "random_start"], "--field"),
        (["--field", "random_start=perhaps"], "--field random_start"),
        (["--target", "n00000001"], "--target"),
        (["--slot", "edited"], "--slot"),
        (["--epsilons", "0"], "--epsilons"),
        (["--minimal", "--transfer"], "--transfer"),
        (["--transfer"], "--transfer"),
        (["--minimal", "-o", "out"], "-o"),
        (["--kind", "masked"], "--kind"),
        (["--photos", "/nosuch"], "/nosuch"),
    ],
)
def test_mistakes_are_named(flags: list[str], arguments: list[str], names: str, capsys: pytest.CaptureFixture[str]):
    steps = flags.index("--steps")
    given = flags[:steps] if "deepfool" in arguments else flags
    assert run(*given, *arguments) == BAD_INPUT
    assert f"perturber: {names}" in capsys.readouterr().err


def test_strict_refuses_a_broken_photo_before_anything_is_attacked(
    flags: list[str], photos: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    (photos / "zzz.jpg").write_bytes(b"no picture")
    monkeypatch.setattr("perturber.engine.batch.attack_run.AttackRun.__init__", lambda *_: pytest.fail("it began"))
    assert run(*flags, "--strict") == 2
    assert "zzz.jpg" in capsys.readouterr().err


def test_a_broken_photo_is_left_out_and_counted(flags: list[str], photos: Path, capsys: pytest.CaptureFixture[str]):
    whole = answer(capsys, *flags, "--epsilon", 2)
    (photos / "inside").mkdir()
    (photos / "inside" / "zzz.jpg").write_bytes(b"no picture")
    (photos / "._a.png").write_bytes(b"what macOS leaves")
    assert run(*flags, "--epsilon", 2, "--json") == 0
    told = capsys.readouterr()
    found = json.loads(told.out)
    assert [row["picture"] for row in found["rows"]] == [row["picture"] for row in whole["rows"]]
    assert [name.partition(":")[0] for name in found["skipped"]] == ["inside/zzz.jpg"]
    assert "1 of 5 pictures could not be read and were left out: inside/zzz.jpg" in told.err


def test_rates_have_n_and_interval_and_the_run_is_described(flags: list[str], capsys: pytest.CaptureFixture[str]):
    found = answer(capsys, *flags, "--epsilon", 2)
    assert found["interval"][0] <= found["success"] <= found["interval"][1]
    assert "95 % CI" in next(line for line in lines(found) if line.startswith("success"))
    assert found["run"]["device"] == "cpu"
    assert found["run"]["seed"] == 0
    assert [len(hashed) for hashed in found["run"]["weights"].values()] == [64]


@pytest.mark.parametrize("kind", ["pgd", "fgsm", "apgd"])
def test_scaled_logits_are_attacked_and_constant_ones_are_noticed(
    flags: list[str], weights: Path, tmp_path: Path, kind: str, capsys: pytest.CaptureFixture[str]
):
    """The last layer times 10,000 predicts the same, and its softmax saturates; times 0 it has no gradient."""
    steps = [] if kind == "fgsm" else ["--steps", 5]
    typed = [*flags[:2], "--weights", "FILE", *flags[4:8], "--kind", kind, "--norm", "linf", "--epsilon", 0.03, *steps]
    with safe_open(weights, "pt") as opened:
        stored, labels = {key: opened.get_tensor(key) for key in opened.keys()}, opened.metadata()  # noqa: SIM118
    last = ["softmax2.weight", "softmax2.bias"]
    found = {}
    for scale in (1, 1e4, 0):
        file = tmp_path / f"{scale}.safetensors"
        save_file({key: value * scale if key in last else value for key, value in stored.items()}, file, labels)
        assert run(*(file if word == "FILE" else word for word in typed), "--json") == 0
        told = capsys.readouterr()
        found[scale] = json.loads(told.out)
        assert ("the gradient is zero on" in told.err) == (scale == 0)
    assert found[1e4]["fooled"] == found[1]["fooled"] > 0
    assert found[1]["zero_gradient"]["count"] == found[1e4]["zero_gradient"]["count"] == 0
    n = found[0]["n"]
    assert (found[0]["fooled"], found[0]["zero_gradient"]["count"], found[0]["zero_gradient"]["rate"]) == (0, n, 1)
    assert f"the gradient is zero on {n} of {n} pictures (100.0 %, 95 % CI " in told.err
    assert "%); a gradient attack cannot change them" in told.err
    assert run(*(file if word == "FILE" else word for word in typed), "--epsilons", 0.01) == 0
    assert f"the gradient is zero on {n} of {n} pictures" in capsys.readouterr().err


def test_an_epsilon_beyond_all_pictures_is_warned_of(flags: list[str], capsys: pytest.CaptureFixture[str]):
    assert run(*flags, "--norm", "linf", "--epsilon", 8, "--steps", 1) == 0
    warning = capsys.readouterr().err
    assert "epsilon 8 (L∞) does not limit the change" in warning
    assert "For 8/255, use 0.0314" in warning
    assert run(*flags, "--norm", "l2", "--epsilons", 1, 765, "--steps", 1) == 0
    warning = capsys.readouterr().err
    assert "epsilon 765 (L2) does not limit the change" in warning
    assert "For 765/255, use 3" in warning
    assert "epsilon 1 " not in warning
    assert run(*flags, "--norm", "linf", "--epsilon", 0.99, "--steps", 1) == 0
    assert "does not limit" not in capsys.readouterr().err


def test_networks_without_names_are_attacked_by_number(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """Classes without WordNet ids are compared by number: nothing is right or fooled because two ids are empty."""
    torch.manual_seed(1)
    network = create("inception_v1", 10, width=0.0625, norm="batch")
    file, photos = tmp_path / "unnamed.safetensors", tmp_path / "photos"
    save_file(network.state_dict(), file)
    pixels = np.random.default_rng(0).integers(0, 256, (224, 224, 3), dtype=np.uint8)
    for number in range(10):
        (photos / str(number)).mkdir(parents=True)
        Image.fromarray(pixels).save(photos / str(number) / "same.png")
    model = {"kind": "architecture", "name": "inception_v1", "weights": {"path": str(file)}}
    data = json.loads(dumps(Session()))
    data["models"]["slot1"]["model"] = data["models"]["slot2"]["model"] = model
    session = tmp_path / "unnamed.json"
    session.write_text(json.dumps(data))
    typed = [session, "--photos", photos, "--kind", "pgd", "--steps", 3, "--epsilon", 4, "--device", "cpu"]
    found = answer(capsys, *typed)
    assert (found["pictures"], found["named"], found["correct"]) == (10, 10, 1)
    cells = answer(capsys, *typed, "--transfer")["transfer"]
    assert {(cell["n"], cell["fooled"]) for cell in cells} == {(1, found["fooled"])}


@pytest.mark.parametrize(
    ("pictures", "already", "expected"),
    [
        (3, 2, "1 classified correctly and attacked; 2 left out, classified as the target without an attack"),
        (3, 0, "1 classified correctly and attacked"),
        (1, 1, "no attack: the picture is already classified as the target"),
        (1, 0, "no attack: the picture is already misclassified"),
    ],
)
def test_pictures_that_show_the_target_are_told_apart(pictures: int, already: int, expected: str):
    found = {"model": "m", "slot": "slot1", "attack": {"kind": "pgd"}, "title": "PGD", "target": "3", "named": 0}
    counts = {"pictures": pictures, "correct": int(pictures > 1), "already": already}
    assert list(sheet.lines(found | counts))[-1] == expected
