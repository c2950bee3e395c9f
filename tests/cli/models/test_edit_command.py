"""`perturber edit`: flags become an edit, the weights it writes are the edited network, mistakes are named."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from perturber.cli.main import BAD_INPUT, main
from perturber.cli.models.edit_command import EditOptions, with_flags
from perturber.core.session.edit import Edit
from perturber.core.session.session import load
from perturber.nets.lookup.labels import named_in

pytestmark = pytest.mark.gl


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    return int(caught.value.code or 0)


def test_flags_add_to_the_sessions_edit_in_order():
    options = EditOptions(
        mix=("b=0.25", "a=b=1"), upto="b", prune=("c=.1:9e-1",), unit=("a:b:12=-1", "c:0=0"), output=None
    )
    edit = with_flags(Edit().mixed("c", 0.5).pruned("d", 0.5, 1), options, ("a", "b", "c"))
    assert edit.mix == {"a": 1, "a=b": 1, "b": 0.25}
    assert edit.prune == {"c": (0.1, 0.9), "d": (0.5, 1)}
    assert [(unit.layer, unit.unit, unit.scale) for unit in edit.units] == [("a:b", 12, -1), ("c", 0, 0)]


def test_weights_are_written_opened_again_and_give_the_same_logits(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    file, session = tmp_path / "w.safetensors", tmp_path / "s.json"
    flags = ["--upto", "mixed3a", "--mix", "mixed3b=0.5", "--prune", "mixed4a=0.1:0.9", "--unit", "mixed4b:12=0"]
    assert run("edit", *flags, "-o", str(file), "--session-out", str(session)) == 0
    out = capsys.readouterr().out
    assert f"--model inception_v1 --weights {file}" in out
    said = [float(line.split()[1]) for line in out.splitlines() if line.startswith("  ")]
    assert len(said) == 5
    assert load(session).models.edited.enabled
    assert list(load(session).models.edited.edit.mix) == ["conv2d0", "conv2d1", "conv2d2", "mixed3a", "mixed3b"]
    assert run("predict", "--model", "inception_v1", "--weights", str(file), "--json") == 0
    (row,) = json.loads(capsys.readouterr().out)
    assert [best["logit"] for best in row["top"]] == pytest.approx(said, abs=6e-4)
    assert row["top"][0]["wnid"] == "n02106662"
    assert named_in(file, 17) is None  # as for a network with another head


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        (["--mix", "mixed3a"], "--mix mixed3a: the entry has the wrong form"),
        (["--mix", "mixed3a=1e"], "--mix mixed3a=1e: it is not a number"),
        (["--mix", "mixed3a=2"], "--mix mixed3a=2"),
        (["--mix", "layer9=1"], "models.edited.edit.mix.layer9"),
        (["--upto", "layer9"], "--upto: there is no block 'layer9'"),
        (["--prune", "mixed3a=0.9:0.1"], "--prune mixed3a=0.9:0.1"),
        (["--unit", "mixed3a:x=0"], "--unit mixed3a:x=0"),
        (["--unit", "mixed3a:9999=0"], "mixed3a has no unit 9999"),
        (["-o", "weights.pt"], "weights.pt: weights are saved in the safetensors format"),
        (["-o", "/nosuchfolder/w.safetensors"], "/nosuchfolder/w.safetensors"),
    ],
)
def test_mistakes_are_named(arguments: list[str], names: str, capsys: pytest.CaptureFixture[str]):
    assert run("edit", *arguments) == BAD_INPUT
    err = capsys.readouterr().err
    assert err.startswith("perturber: ")
    assert names in err
