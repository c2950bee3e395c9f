"""Make the embedded model family anew: render, train, and write family.toml, weights and log."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from shutil import copyfile

import torch

from perturber.core.parameters.state import State
from perturber.core.storage.files import sha256_of, write_whole
from perturber.nets.architectures.architecture import Architecture, create
from perturber.nets.families.family import FILE, Checkpoint, Family, Variant, toml_of
from perturber.nets.weights.weights_file import read_weights
from perturber.training.data.rendered_pictures import Progress, picture_set
from perturber.training.data.sources import Rendered
from perturber.training.loop.board import LOG, read_log
from perturber.training.loop.recipes.adversarial import Adversarial
from perturber.training.loop.recipes.base_recipe import AnyRecipe
from perturber.training.loop.recipes.standard import Standard
from perturber.training.loop.recipes.stylized import Stylized
from perturber.training.loop.schedule import Schedule
from perturber.training.loop.training_loop import Training, TrainingPlan, file_of
from perturber.training.studio.kinds import KINDS
from perturber.training.studio.sample import EDITION

LOG_COLUMNS = ("variant", "step", "epoch", "size", "loss", "accuracy", "learning_rate")


class Member(State):
    """A variant of the family and how it comes about."""

    name: str
    label: str
    recipe: AnyRecipe
    schedule: Schedule
    start: str = ""
    """Member whose last weights it starts from, so that features stay aligned; empty is from scratch."""
    pictures: int = 9072
    seed: int = 11
    """Seed of its pictures."""
    last_only: bool = False
    """Of its checkpoints only the last ships."""
    of: str = ""
    """The member of which this is a further stage: its checkpoints follow that one's, as one variant."""
    without: int = 0
    """So many of the first checkpoints do not ship."""


class FamilyPlan(State):
    """Everything the family is made of."""

    name: str = "studio"
    label: str = "Studio"
    architecture: str = "inception_v1"
    width: float = 0.5
    checkpoints: int = 6
    members: tuple[Member, ...] = (
        Member(
            name="standard",
            label="Standard",
            recipe=Standard(),
            schedule=Schedule(epochs_small=6, epochs_full=1),
            without=1,
        ),
        Member(
            name="stylized",
            label="Stylized",
            recipe=Stylized(),
            schedule=Schedule(epochs_small=5, epochs_full=1, rate=2e-3, full_rate=1e-3, seed=2),
            start="standard",
            seed=21,
        ),
        Member(
            name="adversarial",
            label="Adversarial",
            recipe=Adversarial(),
            schedule=Schedule(epochs_small=5, epochs_full=0.5, rate=1.5e-3, full_rate=8e-4, seed=3),
            start="standard",
        ),
        Member(
            name="twin",
            label="Standard, Trained Apart",
            recipe=Standard(),
            schedule=Schedule(epochs_small=4, epochs_full=0.6, full_rate=8e-4, seed=77),
            last_only=True,
        ),
        Member(
            name="standard_more",
            label="Standard, more pictures",
            recipe=Standard(),
            schedule=Schedule(epochs_small=0, epochs_full=1, rate=1e-3, full_rate=1e-3, seed=4),
            start="standard",
            of="standard",
            pictures=6048,
            seed=12,
            last_only=True,
        ),
    )


def make_family(
    plan: FamilyPlan, work: Path, target: Path, progress: Callable[[str], Progress], show: bool = True
) -> Family:
    """Everything from nothing to ``target``/family.toml; ``work`` holds pictures and trainings.

    Interrupted work is gone on from; equal plans and machines give equal weights.
    """
    for member in plan.members:
        train_member(plan, member, work, progress, show)
    return write_family(plan, work, target)


def train_member(
    plan: FamilyPlan, member: Member, work: Path, progress: Callable[[str], Progress], show: bool = True
) -> Architecture:
    """Render a member's pictures and train it in ``work``/<name>; the trained network."""
    sets = [
        picture_set(pictures, work / "data", progress(f"{member.name}: {pictures.style} pictures"))
        for pictures in member.recipe.pictures(member.pictures, member.seed)
    ]
    torch.manual_seed(member.schedule.seed)
    module = create(plan.architecture, len(KINDS), width=plan.width, norm="batch")
    if member.start:
        first = work / member.start
        module.bare().load_state_dict(read_weights(first / file_of(steps_in(first)[-1])))
    training_plan = TrainingPlan(member.recipe, member.schedule, plan.checkpoints)
    Training(module, Rendered(sets), training_plan, work / member.name).run(show)
    return module


def steps_in(folder: Path) -> list[int]:
    """The steps of the checkpoints in a training's folder."""
    return sorted(int(file.stem.removeprefix("step-")) for file in folder.glob("step-*.safetensors"))


def write_family(plan: FamilyPlan, work: Path, target: Path) -> Family:
    """The checkpoints of all members, family.toml without figures, and the log of the training."""
    target.mkdir(parents=True, exist_ok=True)
    for old in target.glob("*.safetensors"):
        old.unlink()
    family = Family(
        name=plan.name,
        label=plan.label,
        architecture=plan.architecture,
        arguments={"width": plan.width, "norm": "batch"},
        classes=tuple((kind.wnid, kind.label) for kind in KINDS),
        license="that of the program; trained on its own pictures",
        recipe=describe(plan),
        data=f"Pictures rendered by perturber.training.studio, edition {EDITION}; seeds in the recipe",
        variants=tuple(_variant(member, plan, work, target) for member in plan.members if not member.of),
        folder=target,
    )
    write_description(family)
    _write_log(plan, work, target / "training.csv")
    return family


def write_description(family: Family) -> None:
    """family.toml in the family's folder."""
    write_whole(family.folder / FILE, toml_of(family))


def _stages(plan: FamilyPlan, work: Path) -> Iterator[tuple[Member, Member, int]]:
    """Each variant's first member, each of its stages, and the steps done before it."""
    for variant in (member for member in plan.members if not member.of):
        done = 0
        for stage in (variant, *(member for member in plan.members if member.of == variant.name)):
            yield variant, stage, done
            done += steps_in(work / stage.name)[-1]


def _variant(member: Member, plan: FamilyPlan, work: Path, target: Path) -> Variant:
    """A variant's description; its files are copied."""
    files: dict[int, Path] = {}
    for variant, stage, done in _stages(plan, work):
        steps = steps_in(work / stage.name)
        for step in steps[-1:] if stage.last_only else steps[stage.without :]:
            if variant == member:
                files[done + step] = work / stage.name / file_of(step)
    checkpoints = []
    if member.start:
        first = steps_in(work / member.start)[-1]
        checkpoints.append(_checkpoint("s0", target / f"{member.start}-{first:06d}.safetensors", 0))
    for step, file in files.items():
        shipped = target / f"{member.name}-{step:06d}.safetensors"
        write_whole(shipped, partial(copyfile, file))
        checkpoints.append(_checkpoint("last" if step == max(files) else f"s{step}", shipped, step))
    return Variant(name=member.name, label=member.label, checkpoints=tuple(checkpoints))


def _checkpoint(name: str, file: Path, step: int) -> Checkpoint:
    return Checkpoint(name=name, file=file.name, sha256=sha256_of(file), step=step)


def describe(plan: FamilyPlan) -> str:
    """How the family came about, for people."""
    members = " ".join(_describe(member) for member in plan.members)
    return f"Made by python -m perturber.training on its own rendered pictures (edition {EDITION}). {members}"


def _describe(member: Member) -> str:
    parts = ", ".join(
        f"{p.count} {p.style} pictures (seed {p.seed}, bias {p.bias:g})"
        for p in member.recipe.pictures(member.pictures, member.seed)
    )
    schedule, attack = member.schedule, member.recipe.attacker
    start = f"from {member.start}" if member.start else "from scratch"
    attacked = "" if attack is None else f"PGD {attack.norm} ε {attack.epsilon:g}, {attack.steps} steps, random start; "
    again = f", the full size from {schedule.full_rate:g} down" if schedule.full_rate else ""
    return (
        f"{member.label}: {start}, {attacked}{parts}; {schedule.epochs_small:g} epochs at {schedule.small}², "
        f"{schedule.epochs_full:g} at {schedule.full}², AdamW, one cycle up to {schedule.rate:g}{again}, "
        f"seed {schedule.seed}."
    )


def _write_log(plan: FamilyPlan, work: Path, file: Path) -> None:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, LOG_COLUMNS)
    writer.writeheader()
    for variant, stage, done in _stages(plan, work):
        for row in read_log(work / stage.name / LOG):
            writer.writerow({"variant": variant.name, **row, "step": int(row["step"]) + done})
    write_whole(file, text.getvalue())
