"""`perturber attribute`: an overlay, a sheet of all methods, bare values, and mistakes that are named."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file

from perturber.cli.main import BAD_INPUT, main
from perturber.core.parameters.plugin import kinds
from perturber.core.session.attribution import AttributionMethod
from perturber.methods.attributions.integrated_gradients import IntegratedGradients
from perturber.methods.attributions.occlusion import Occlusion
from perturber.methods.attributions.rise import Rise
from perturber.methods.attributions.smooth_grad import SmoothGrad
from perturber.nets.architectures.architecture import create
from perturber.nets.lookup.labels import KEY

pytestmark = pytest.mark.gl

CLASSES = [[f"n0000000{number}", f"thing {number}"] for number in range(5)]

COLOR = (40, 200, 90)


@pytest.fixture
def flags(tmp_path: Path) -> list[str]:
    """Of a tiny network and a photo of noise."""
    torch.manual_seed(7)
    weights, photo = tmp_path / "tiny.safetensors", tmp_path / "photo.png"
    save_file(create("inception_v1", 5, width=0.0625, norm="batch").state_dict(), weights, {KEY: json.dumps(CLASSES)})
    Image.fromarray(np.random.default_rng(1).integers(0, 256, (224, 224, 3), np.uint8)).save(photo)
    given = {"--model": "inception_v1", "--weights": weights, "--photo": photo, "--device": "cpu"}
    return [str(word) for pair in given.items() for word in pair]


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as caught:
        main(["attribute", *arguments])
    return int(caught.value.code or 0)


def test_an_overlay_is_painted(flags: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    overlay, values = tmp_path / "overlay.png", tmp_path / "values.npy"
    named = ["--kind", "occlusion", "--field", "window=90", "stride=70", "--target", "n00000002"]
    photo = Path(flags[flags.index("--photo") + 1])
    Image.new("RGB", (224, 224), COLOR).save(photo)
    assert run(*flags, *named, "--values", str(values), "-o", str(overlay), "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["kind"], told["slot"], told["wnid"], told["name"], told["signed"]) == (
        "occlusion", "slot1", "n00000002", "thing 2", True,
    )  # fmt: skip
    found = np.load(values)
    assert found.shape == (224, 224)
    assert found.dtype == np.float32
    assert told["lowest"] == pytest.approx(found.min(), rel=1e-4)
    painted = np.asarray(Image.open(overlay))
    assert painted.shape == (224, 224, 3)
    assert run(*flags, "--kind", "gradient", "--attribution.alpha", "0", "-o", str(overlay)) == 0
    assert np.abs(np.asarray(Image.open(overlay)) - np.array(COLOR)).max() <= 1
    assert np.abs(painted - np.array(COLOR)).max() > 30


def test_a_layer_is_chosen_and_grad_cam_is_usual(flags: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    maps, named = [], ["--target", "n00000003"]
    for layer in ("mixed4a", "mixed5b"):
        file = tmp_path / f"{layer}.npy"
        assert run(*flags, *named, "--layer", layer, "--values", str(file), "-o", str(tmp_path / "overlay.png")) == 0
        maps.append(np.load(file))
    assert "grad_cam: thing" in capsys.readouterr().out
    assert not np.allclose(maps[0], maps[1])


def test_one_sheet_shows_all_methods(
    flags: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    quick = {
        "occlusion": lambda: Occlusion(window=224),
        "rise": lambda: Rise(masks=2),
        "smooth_grad": lambda: SmoothGrad(samples=1),
        "integrated_gradients": lambda: IntegratedGradients(steps=2),
    }
    known = kinds(AttributionMethod)
    monkeypatch.setattr(
        "perturber.cli.methods.attribute_command.all_methods", lambda: [quick.get(k, m)() for k, m in known.items()]
    )
    sheet = tmp_path / "sheet.png"
    assert run(*flags, "--kind", "all", "--json", "-o", str(sheet)) == 0
    told = json.loads(capsys.readouterr().out)
    assert [row["kind"] for row in told] == list(known)
    with Image.open(sheet) as opened:
        assert opened.size == (5 * 224, 2 * (224 + 16))


def test_the_methods_are_listed(capsys: pytest.CaptureFixture[str]):
    assert run("--kind", "list") == 0
    listed = capsys.readouterr().out
    assert all(kind in listed for kind in kinds(AttributionMethod))
    assert "steps=32  2 to 500" in listed


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        (["--kind", "magic"], "magic"),
        (["--kind", "occlusion", "--field", "size=3"], "size=3"),
        (["--kind", "occlusion", "--field", "window=wide"], "--field window"),
        (["--kind", "gradient", "--field", "window=3"], "it has no fields"),
        (["--kind", "all", "--values", "x.npy"], "--values"),
        (["--slot", "slot9"], "attribution.slot"),
        (["--target", "n09999999"], "attribution.target"),
        (["--layer", "mixed9z"], "mixed9z"),
        (["--slot", "edited"], "attribution.slot"),
    ],
)
def test_mistakes_are_named(
    flags: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], names: str
):
    output = tmp_path / "overlay.png"
    assert run(*flags, *arguments, "-o", str(output)) == BAD_INPUT
    assert names in capsys.readouterr().err
    assert not output.exists()
