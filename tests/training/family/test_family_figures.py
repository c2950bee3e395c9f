"""What an evaluation found, as family.toml keeps it."""

from __future__ import annotations

from pathlib import Path

from perturber.nets.families.family import FILE, Checkpoint, Family, Variant, read_family, toml_of
from perturber.training.family.family_figures import with_figures
from perturber.training.family.family_plan import write_description
from perturber.training.measures.family_evaluation import Findings, MeasureRow

SHA = "0" * 64


def family(folder: Path) -> Family:
    checkpoints = tuple(Checkpoint(name=name, file=f"{name}.safetensors", sha256=SHA) for name in ("s1", "last"))
    return Family(
        name="toy",
        label='To"y',
        architecture="inception_v1",
        arguments={"width": 0.5},
        classes=(("n01", "One"), ("n02", "Zwölf")),
        variants=(Variant(name="standard", label="Standard", checkpoints=checkpoints),),
        folder=folder,
    )


def row(measure: str, values: dict[str, float], **parameters: object) -> MeasureRow:
    return MeasureRow(
        variant="standard",
        checkpoint="last",
        step=5,
        sha256=SHA,
        measure=measure,
        parameters=dict(parameters),
        values=values,
    )


def test_figures_stand_with_their_checkpoint_and_survive_the_file(tmp_path: Path):
    rows = (
        row("clean", {"top1": 0.98765}),
        row("robust", {"0": 0.9, "3": 0.25}, norm="l2"),
        row("views", {"dog": 1.0, "cat": 0.5}),
        row("shape", {"shape": 0.5, "texture": 0.25}),
    )
    found = with_figures(family(tmp_path), Findings(family(tmp_path), "standard @ last", "", rows, ()))
    write_description(found)
    assert read_family(tmp_path / FILE) == found
    first, last = found.variants[0].checkpoints
    assert not first.accuracy
    assert not first.measured
    assert last.accuracy == {
        "held-out": 0.9877,
        "PGD L2 ε 3": 0.25,
        "28 views, mean": 0.75,
        "28 views, least": 0.5,
    }
    assert last.measured == {"conflict pictures: shape": 0.5, "conflict pictures: texture": 0.25}


def test_descriptions_keep_every_letter(tmp_path: Path):
    (tmp_path / FILE).write_text(toml_of(family(tmp_path)), encoding="utf-8")
    assert read_family(tmp_path / FILE) == family(tmp_path)
