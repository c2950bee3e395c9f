"""The command line: exit codes, messages and machine-readable output."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image

from perturber.cli.main import BAD_INPUT, main
from perturber.cli.scene.render_command import RenderOptions
from perturber.cli.session_flags import build_session, parse
from perturber.core.session.scene import FeaturePlane
from perturber.core.session.session import Session, save


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    return int(caught.value.code or 0)


@pytest.mark.gl
def test_render_writes_the_picture_of_the_flags(tmp_path: Path):
    plain, dark = tmp_path / "a.png", tmp_path / "b.png"
    assert run("render", "-o", str(plain), "--size", "64") == 0
    assert run("render", "-o", str(dark), "--size", "64", "--post.color.alpha", "0") == 0
    with Image.open(plain) as picture:
        assert picture.size == (64, 64)
        assert picture.getextrema() != ((0, 0), (0, 0), (0, 0))
    with Image.open(dark) as picture:
        assert picture.getextrema() == ((0, 0), (0, 0), (0, 0))


@pytest.mark.gl
def test_render_writes_the_mask_beside_the_picture(tmp_path: Path):
    assert run("render", "-o", str(tmp_path / "a.png"), "--mask", str(tmp_path / "m.png"), "--size", "64") == 0
    with Image.open(tmp_path / "m.png") as mask:
        assert (mask.mode, mask.size) == ("L", (64, 64))
        assert mask.getpixel((0, 0)) == 0
        assert mask.getpixel((32, 32)) == 255


@pytest.mark.gl
def test_session_file_and_flags_add_up(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    file = tmp_path / "s.json"
    save(Session(seed=4), file)
    assert run("predict", str(file), "--json", "--scene.camera.yaw", "20") == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["slot"] for row in rows] == ["slot1", "slot2"]
    for row in rows:
        assert set(row) == {"input", "slot", "model", "top", "shown"}
        assert row["input"] == str(file)
        assert len(row["top"]) == 5
        assert set(row["top"][0]) == {"wnid", "name", "logit", "probability", "output"}


@pytest.mark.gl
def test_plain_output_names_every_slot(capsys: pytest.CaptureFixture[str]):
    assert run("predict") == 0
    out = capsys.readouterr().out
    assert "slot1" in out
    assert "slot2" in out
    assert out.count("n0") >= 8


@pytest.mark.gl
@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        (["render", "nosuch.json"], "nosuch.json"),
        (["nosuch.json"], "nosuch.json"),
        (["render", "--post.color.hue", "3"], "post.color.hue"),
        (["render", "--size", "5"], "--size"),
        (["render", "--pair", "cow_pig"], "cow_pig"),
        (["render", "--background", "moon"], "moon"),
        (["render", "--photo", "nosuch.jpg"], "nosuch.jpg"),
        (["render", "--device", "quantum"], "quantum"),
        (["render", "-o", "/proc/nowhere/x.png"], "/proc/nowhere"),
        (["predict", "--photos", "/nosuchfolder"], "/nosuchfolder"),
        (["predict", "--model", "nosuch"], "nosuch"),
        (["predict", "--weights", "w.pth"], "--weights"),
        (["render", "--post.custom.code", "nonsense"], "post.custom.code"),
        (["sweep", "-o", "a.doc"], "a.doc"),
        (["sweep", "--parameter", "scene.moon"], "scene.moon"),
        (["sweep", "--from", "-1", "--steps", "2"], "scene.morph.overall"),
        (["sweep", "--weights", "w.pth"], "--weights"),
    ],
)
def test_bad_input_is_named_on_standard_error(arguments: list[str], names: str, capsys: pytest.CaptureFixture[str]):
    assert run(*arguments) == BAD_INPUT
    err = capsys.readouterr().err
    assert err.startswith("perturber: ")
    assert names in err
    assert "Traceback" not in err


@pytest.mark.parametrize("arguments", [["render", "--nosuch", "3"], ["--scene.camera.yaw", "north"]])
def test_unknown_and_malformed_flags_end_with_the_same_code(arguments: list[str], capsys: pytest.CaptureFixture[str]):
    assert run(*arguments) == BAD_INPUT
    assert arguments[-2] in capsys.readouterr().err


@pytest.mark.gl
def test_a_sweep_is_written_and_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    table = tmp_path / "yaw.csv"
    yaw = ["--parameter", "scene.camera.yaw", "--from", "-20", "--to", "20", "--steps", "3"]
    assert run("sweep", *yaw, "--pair", "truck_car", "-o", str(table)) == 0
    assert [line.split(",")[0] for line in table.read_text().splitlines()] == [
        "scene.camera.yaw",
        "-20.0",
        "0.0",
        "20.0",
    ]
    assert capsys.readouterr().out.count("Fire truck") == 2


@pytest.mark.gl
@pytest.mark.parametrize("command", [["render", "--size", "64", "-o", "{}/a.png"], ["predict"]])
def test_what_is_wrong_with_a_mesh_is_told_once(command: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    mesh = tmp_path / "flat.obj"
    mesh.write_text("mtllib gone.mtl\nv 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\nf 1 1 2\n")
    assert run(*(part.format(tmp_path) for part in command), "--mesh", str(mesh)) == 0
    err = capsys.readouterr().err
    assert err.count("flat.obj: a degenerate triangle is left out") == 1
    assert err.count("gone.mtl was not found") == 1


@pytest.mark.gl
def test_photos_are_named_and_judged(shared_data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    for file in sorted((shared_data / "photos").glob("*.jpg"))[:3]:
        (tmp_path / file.name).write_bytes(file.read_bytes())
    weights = shared_data / "squeezenet1_0.safetensors"
    model = ["--model", "squeezenet1_0", "--weights", str(weights)]
    assert run("predict", "--photos", str(tmp_path), *model, "--json") == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["input"] for row in rows] == sorted(f.name for f in tmp_path.iterdir())
    assert {row["slot"] for row in rows} == {"slot1"}
    assert all(entry["wnid"].startswith("n") for row in rows for entry in row["top"])


def test_flags_reach_the_plane_and_a_bare_switch_is_on():
    arguments = ["--scene.plane.enabled", "--scene.plane.unit", "12", "--post.custom.enabled", "False"]
    _, common, typed = parse(RenderOptions, [*arguments, "--scene.plane.slot", "slot2"], "perturber render")
    session = build_session(common, typed)
    assert session.scene.plane == FeaturePlane(enabled=True, unit=12, slot="slot2")
    assert not session.post.custom.enabled


def test_no_arguments_at_all_mean_the_default_session():
    _, common, typed = parse(RenderOptions, [], "perturber render")
    assert build_session(common, typed) == Session()


@pytest.mark.parametrize("flag", ["--scene.plane.unit=-3", "--scene.plane.slot=slot9"])
def test_a_plane_that_cannot_be_is_refused_by_name(flag: str, capsys: pytest.CaptureFixture[str]):
    assert run("render", flag) == BAD_INPUT
    assert flag.lstrip("-").split("=")[0] in capsys.readouterr().err
