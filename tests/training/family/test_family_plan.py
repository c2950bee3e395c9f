"""A whole family in miniature: rendered, trained, written, opened; and the one that ships."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
import torch

from perturber import paths
from perturber.methods.attacks.gradient.pgd import Pgd
from perturber.nets.families.family import read_family
from perturber.nets.families.feature_store import FOLDER
from perturber.nets.open_model import open_checkpoint
from perturber.training.data.rendered_pictures import ignore_progress
from perturber.training.family.family_plan import FamilyPlan, Member, describe, make_family
from perturber.training.loop.recipes.adversarial import Adversarial
from perturber.training.loop.recipes.standard import Standard
from perturber.training.loop.schedule import Schedule
from perturber.training.studio.kinds import KINDS

TINY = Schedule(epochs_small=1, epochs_full=1, small=32, full=64, batch=3)
PLAN = FamilyPlan(
    name="toy",
    label="Toy",
    width=0.0625,
    checkpoints=3,
    members=(
        Member(name="standard", label="Standard", recipe=Standard(), schedule=TINY, pictures=24),
        Member(
            name="adversarial",
            label="Adversarial",
            recipe=Adversarial(attack=Pgd(epsilon=1, steps=1)),
            schedule=TINY,
            start="standard",
            pictures=24,
        ),
        Member(name="twin", label="Twin", recipe=Standard(), schedule=TINY, pictures=24, last_only=True),
        Member(
            name="more",
            label="More",
            recipe=Standard(),
            schedule=TINY.model_copy(update={"epochs_small": 0.0}),
            start="standard",
            of="standard",
            pictures=24,
            last_only=True,
        ),
    ),
)


@pytest.mark.slow
@pytest.mark.gl
def test_a_family_in_miniature(tmp_path: Path):
    target = tmp_path / "toy"
    make_family(PLAN, tmp_path / "work", target, lambda name: ignore_progress, show=False)
    family = read_family(target / "family.toml")
    assert [wnid for wnid, _ in family.classes] == [kind.wnid for kind in KINDS]
    assert [len(variant.checkpoints) for variant in family.variants] == [4, 4, 1]
    standard, adversarial, _ = family.variants
    assert adversarial.checkpoints[0].step == 0
    assert adversarial.checkpoints[0].sha256 == standard.checkpoints[-2].sha256
    assert [c.step for c in standard.checkpoints] == [1, 2, 16, 24]
    pixels = torch.rand(2, 3, 64, 64)
    logits = {
        (variant.name, checkpoint.name): open_checkpoint(family, variant, checkpoint, torch.device("cpu"))
        .run(pixels)
        .logits
        for variant in family.variants
        for checkpoint in variant.checkpoints
    }
    assert torch.equal(logits["standard", "s16"], logits["adversarial", "s0"])
    assert not torch.equal(logits["adversarial", "last"], logits["adversarial", "s0"])
    with (target / "training.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    assert {row["variant"] for row in rows} == {"standard", "adversarial", "twin"}
    assert [int(row["step"]) for row in rows if row["variant"] == "standard"] == [10, 16, 24]
    before = {file.name: file.stat().st_mtime_ns for file in (tmp_path / "work" / "standard").glob("step-*")}
    make_family(PLAN, tmp_path / "work", target, lambda name: ignore_progress, show=False)
    after = {file.name: file.stat().st_mtime_ns for file in (tmp_path / "work" / "standard").glob("step-*")}
    assert before == after, "trained again although it was done"


def test_the_family_that_ships_is_the_one_of_the_plan():
    plan = FamilyPlan()
    family = read_family(paths.models() / plan.name / "family.toml")
    assert family.recipe == describe(plan)
    members = [member for member in plan.members if not member.of]
    assert [variant.name for variant in family.variants] == [member.name for member in members]
    assert [wnid for wnid, _ in family.classes] == [kind.wnid for kind in KINDS]
    for member, variant in zip(members, family.variants, strict=True):
        assert len(variant.checkpoints) >= (1 if member.last_only else 6)
    folder = paths.models() / plan.name
    images = sum(file.stat().st_size for file in (folder / FOLDER).rglob("*.*"))
    assert images <= 60e6
    assert sum(file.stat().st_size for file in folder.rglob("*.*")) - images <= 60e6
