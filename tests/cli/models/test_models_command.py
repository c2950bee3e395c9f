"""``perturber models``: from a server on loopback into the menus of models, and out again."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from errno import ENOSPC
from pathlib import Path
from time import sleep

import pytest
import tensorflow_writer as tf
import torch
from served import Site, serving

from perturber.cli.main import BAD_INPUT, BAD_MACHINE, main
from perturber.core.errors import InputError
from perturber.core.session.models import ArchitectureModel, FamilyModel
from perturber.core.storage.files import replace_file
from perturber.nets import install
from perturber.nets.architectures.architecture import Weights, create
from perturber.nets.families.family import families
from perturber.nets.install import add_folder, variant_of
from perturber.nets.open_model import open_model
from perturber.nets.published import shelf
from perturber.nets.published.catalog import catalog

CATALOG = """
[[family]]
name = "toy"
label = "Toy"
architecture = "inception_v1"
recipe = "Features are not aligned."

[[entry]]
name = "graph"
label = "A graph"
family = "toy"
variant = "standard"
variant_label = "Standard"
license = "MIT"
[[entry.file]]
urls = ["BASE/graph.pb"]
file = "graph.pb"

[[entry]]
name = "strengths"
label = "Strengths"
family = "toy"
variant = "robust"
variant_label = "Robust"
license = ""
[[entry.file]]
values = ["0.5", "3"]
urls = ["BASE/eps{value}.ckpt"]
file = "eps{value}.ckpt"
checkpoint = "eps{value}"
clean = { "3" = 0.5 }
"""


def weights(seed: int) -> Weights:
    torch.manual_seed(seed)
    return create("inception_v1", 1008, width=0.0625, norm="lrn").state_dict()


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as caught:
        main(("models", *arguments))
    return int(caught.value.code or 0)


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """A server with the catalog's files; the cache is empty but for the catalog."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    own = tmp_path / "perturber" / "weights" / "catalog.toml"
    own.parent.mkdir(parents=True)
    with serving() as made:
        own.write_text(CATALOG.replace("BASE", made.base))
        made.put("/graph.pb", tf.frozen_graph(weights(1)))
        for seed, name in ((2, "eps0.5"), (3, "eps3")):
            file = tmp_path / name
            wrapped = {f"module.model.{key}": value for key, value in weights(seed).items()}
            extra = {"module.normalizer.new_mean": torch.zeros(3), "module.attacker.normalize.new_std": torch.ones(3)}
            torch.save({"model": wrapped | extra, "epoch": 90}, file)
            made.put(f"/{name}.ckpt", file.read_bytes())
        yield made


def states(capsys: pytest.CaptureFixture[str]) -> dict[str, str]:
    capsys.readouterr()
    assert run("list", "--json") == 0
    return {row["name"]: row["state"] for row in json.loads(capsys.readouterr().out)}


def test_add_makes_one_family_of_several_entries(site: Site, capsys: pytest.CaptureFixture[str]):
    before = states(capsys)
    assert before["graph"] == before["strengths/eps3"] == ""
    assert before["inception5h"] == ""
    assert run("add", "graph", "--yes") == 0
    assert "License: MIT." in capsys.readouterr().err
    assert run("add", "strengths/eps3", "--yes") == 0
    assert "unknown" in capsys.readouterr().err
    assert run("add", "strengths", "--yes") == 0
    toy = families()["toy"]
    assert [[c.name for c in v.checkpoints] for v in toy.variants] == [["last"], ["eps0_5", "eps3"]]
    assert toy.variant("robust").checkpoint("eps3").accuracy == {"clean": 0.5}
    assert "not aligned" in toy.recipe
    assert "Standard: MIT." in toy.license
    assert "Robust: unknown" in toy.license
    assert [path for path, _ in site.asked] == ["/graph.pb", "/eps3.ckpt", "/eps0.5.ckpt"]
    for ref, seed in ((("standard", ""), 1), (("robust", "eps3"), 3)):
        network = open_model(FamilyModel(family="toy", variant=ref[0], checkpoint=ref[1]), torch.device("cpu"))
        state = network.architecture.state_dict()
        assert all(torch.equal(state[key], value) for key, value in weights(seed).items())
        assert network.labels.names[1] == "kit fox"
    assert set(states(capsys).items()) >= {("graph", "added"), ("strengths/eps0_5", "added")}


def test_remove_takes_away_one_checkpoint_or_all(site: Site, capsys: pytest.CaptureFixture[str], tmp_path: Path):
    assert run("add", "graph", "--yes") == run("add", "strengths", "--yes") == 0
    assert run("remove", "strengths/eps3") == 0
    assert [c.name for c in families()["toy"].variant("robust").checkpoints] == ["eps0_5"]
    assert run("remove", "strengths") == run("remove", "graph") == 0
    assert "toy" not in families()
    assert sorted(f.name for f in (tmp_path / "perturber").rglob("*") if f.is_file()) == ["catalog.toml", "pins.json"]
    assert json.loads((tmp_path / "perturber" / "weights" / "pins.json").read_text()) == {}
    assert states(capsys)["graph"] == ""


def test_what_goes_wrong_has_its_exit_code_and_reason(site: Site, capsys: pytest.CaptureFixture[str], tmp_path: Path):
    def fails(code: int, *arguments: str) -> str:
        capsys.readouterr()
        assert run(*arguments) == code
        return capsys.readouterr().err

    assert "the license has not been accepted" in fails(BAD_INPUT, "add", "graph")
    assert site.asked == []
    assert "the catalog has no such entry" in fails(BAD_INPUT, "add", "nosuch", "--yes")
    assert "drive.google.com" in fails(BAD_INPUT, "add", "thesis", "--yes")
    assert "strengths has 2 files" in fails(BAD_INPUT, "add", "strengths", "--file", str(tmp_path))
    site.pages["/graph.pb"].content = b"<html>sign in</html>"
    assert "the server sent a web page" in fails(BAD_INPUT, "add", "graph", "--yes")
    del site.pages["/graph.pb"]
    assert "answered 404" in fails(BAD_MACHINE, "add", "graph", "--yes")
    other = tmp_path / "other.pb"
    other.write_bytes(tf.frozen_graph({k: v for k, v in weights(1).items() if not k.startswith("mixed5b")}))
    assert "12 missing (mixed5b.1x1.weight" in fails(BAD_INPUT, "add", "graph", "--file", str(other))
    site.put("/graph.pb", tf.frozen_graph(weights(1))[:9000])
    assert "damaged or cut short" in fails(BAD_INPUT, "add", "graph", "--yes")
    site.put("/graph.pb", tf.frozen_graph(weights(1)))
    assert run("add", "graph", "--yes") == 0  # neither the other file nor the cut one was pinned
    assert run("remove", "graph") == 0
    assert "toy" not in families()


def test_a_local_file_needs_no_network(site: Site, tmp_path: Path):
    file = tmp_path / "brought.pb"
    file.write_bytes(site.pages["/graph.pb"].content)
    assert run("add", "graph", "--file", str(file)) == 0
    assert site.asked == []
    assert "toy" in families()


def test_progress_for_programs_is_json(site: Site, capsys: pytest.CaptureFixture[str]):
    assert run("add", "strengths", "--yes", "--progress") == 0
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    size = len(site.pages["/eps3.ckpt"].content)
    assert told[-1] == {"file": "eps3.ckpt", "number": 1, "count": 2, "done": size, "total": size}


def test_a_terminated_download_leaves_its_part_and_goes_on(site: Site, tmp_path: Path):
    page = site.pages["/graph.pb"]
    page.stalls = [300_000]
    command = [sys.executable, "-m", "perturber", "models", "add", "graph", "--yes"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        part = tmp_path / "perturber" / "weights" / "graph" / "graph.pb.part"
        while not part.exists() or part.stat().st_size < 262_144:
            assert process.poll() is None
            sleep(0.02)
        process.terminate()
        assert process.wait(60) == 130
        assert process.stderr is not None
        assert b"Traceback" not in process.stderr.read()
    assert sorted(f.name for f in part.parent.iterdir()) == ["graph.pb.part", "graph.pb.part.json"]
    have = part.stat().st_size
    assert run("add", "graph", "--yes") == 0
    assert site.asked[-1] == ("/graph.pb", f"bytes={have}-")


def test_inception_v1_needs_no_file_once_its_weights_are_added(site: Site, tmp_path: Path):
    bare = ArchitectureModel(name="inception_v1")
    with pytest.raises(InputError, match="perturber models add inception5h"):
        open_model(bare, torch.device("cpu"))
    own = tmp_path / "perturber" / "weights" / "catalog.toml"
    own.write_text(own.read_text().replace('"toy"', '"imagenet_inception"'))
    assert run("add", "graph", "--yes") == 0
    state = open_model(bare, torch.device("cpu")).architecture.state_dict()
    assert torch.equal(state["conv2d2.weight"], weights(1)["conv2d2.weight"])


def test_a_folder_of_saved_models_becomes_a_family(site: Site, tmp_path: Path):
    root = tmp_path / "download"
    for number, place in enumerate(("std_to_adv/ckpt_2000", "std_to_adv/ckpt_500", "sin_1000")):
        tf.saved_model(root / place, tf.published(weights(number)))
    assert add_folder(catalog()["thesis"], root) == 3
    thesis = families()["thesis"]
    told = {v.name: [(c.name, c.step) for c in v.checkpoints] for v in thesis.variants}
    assert told == {"std_to_adv": [("step500", 500), ("step2000", 2000)], "sin": [("step1000", 1000)]}
    assert [label for _, label in thesis.classes][1] == "kit fox"
    network = open_model(FamilyModel(family="thesis", variant="std_to_adv", checkpoint="step500"), torch.device("cpu"))
    wanted = weights(1)["mixed4c.5x5.weight"]
    assert torch.equal(network.architecture.state_dict()["mixed4c.5x5.weight"], wanted)
    assert run("remove", "thesis") == 0
    assert "thesis" not in families()
    tf.saved_model(root / "sin_step_1000", tf.published(weights(0)))
    with pytest.raises(InputError, match="sin_step_1000: it is step 1000 of sin, and so is sin_1000"):
        add_folder(catalog()["thesis"], root)


def test_weights_that_cannot_be_written_leave_nothing_half_made(site: Site, monkeypatch: pytest.MonkeyPatch):
    def fill(part: Path) -> None:
        part.write_bytes(b"half")
        raise OSError(ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(install, "replace_file", lambda file, content: replace_file(file, fill))
        assert run("add", "graph", "--yes") == BAD_MACHINE
    assert "toy" not in families()
    assert list(shelf.folder_of("toy").iterdir()) == []
    assert run("add", "graph", "--yes") == 0
    assert [path for path, _ in site.asked] == ["/graph.pb"]


def test_paths_tell_variant_and_step(tmp_path: Path):
    places = ("adv/1000", "adv_1000", "Std-to-SIN/saved_model_step30", "")
    told = [variant_of(tmp_path / place, tmp_path) for place in places[:3]]
    assert told == [("adv", 1000), ("adv", 1000), ("std_to_sin", 30)]
    assert variant_of(tmp_path / "x_7", tmp_path / "x_7") == ("x", 7)
