"""Make a model family anew: render, train, measure, write family.toml and weights."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import torch
from safetensors.torch import save_file

from perturber.core.evaluation import SIZE, Pixels
from perturber.core.session import Session
from perturber.nets.architecture import Architecture, create
from perturber.scene.renderer import Renderer
from perturber.training.loop import accuracy, train
from perturber.training.pictures import PictureFile, render_pictures
from perturber.training.recipe import FamilyPlan, Pictures, Variant
from perturber.training.sample import classes

Report = Callable[[str], None]


def make_family(plan: FamilyPlan, work: Path, target: Path, report: Report, device: str = "cpu") -> None:
    """Everything from nothing to ``target``/family.toml; ``work`` holds pictures and checkpoints.

    Interrupted work is resumed; equal plans and machines give equal weights.
    """
    sets = _render_all(plan, work, report)
    target.mkdir(parents=True, exist_ok=True)
    described = []
    trained: dict[str, dict[str, torch.Tensor]] = {}
    for variant in plan.variants:
        torch.manual_seed(variant.recipe.seed)
        module = _module(plan)
        if variant.recipe.start:
            module.load_state_dict(trained[variant.recipe.start])
        checkpoint = work / f"{plan.name}-{variant.name}.pt"
        train(module, sets[variant.pictures], variant.recipe, checkpoint, report, device=device)
        trained[variant.name] = {key: value.clone() for key, value in module.state_dict().items()}
        described.append(_write_variant(variant, module, target, _measure(plan, module, sets, variant, report)))
    (target / "family.toml").write_text(_family_toml(plan, described), encoding="utf-8")


def _module(plan: FamilyPlan) -> Architecture:
    return create(plan.architecture, len(classes()), width=plan.width, norm="batch")


def _render_all(plan: FamilyPlan, work: Path, report: Report) -> dict[Pictures, PictureFile]:
    renderer = Renderer()

    def render(session: Session) -> Pixels:
        return renderer.read(renderer.post(renderer.draw(session.scene, SIZE), session.post, session.seed))

    wanted = [variant.pictures for variant in plan.variants] + list(plan.tests)
    try:
        return {pictures: render_pictures(pictures, work, render, report) for pictures in wanted}
    finally:
        renderer.release()


def _measure(
    plan: FamilyPlan, module: Architecture, sets: dict[Pictures, PictureFile], variant: Variant, report: Report
) -> dict[str, float]:
    """Top-1 on every held-out set, in float32 after the weights were rounded to float16."""
    module.load_state_dict({key: small(key, value).to(value.dtype) for key, value in module.state_dict().items()})
    found = {test.strength: accuracy(module, sets[test], variant.recipe.full) for test in plan.tests}
    report(f"{variant.name}: " + ", ".join(f"{name} {a.top1:.3f}" for name, a in found.items()))
    return {str(name): round(a.top1, 4) for name, a in found.items()}


def small(key: str, value: torch.Tensor) -> torch.Tensor:
    """A weight as it is stored: float16, except running statistics, which can exceed its range."""
    return value if "running" in key or not value.is_floating_point() else value.half()


def _write_variant(variant: Variant, module: Architecture, target: Path, measured: dict[str, float]) -> str:
    """The variant's weights as float16 safetensors; returns its part of family.toml."""
    file = target / f"{variant.name}.safetensors"
    save_file({key: small(key, value).cpu().contiguous() for key, value in module.bare().state_dict().items()}, file)
    file.chmod(0o644)
    recipe = variant.recipe
    steps = variant.pictures.count // recipe.batch * (recipe.epochs_small + recipe.epochs_full)
    values = ", ".join(f"{name} = {value}" for name, value in measured.items())
    return "\n".join(
        [
            "[[variants]]",
            f"name = {json.dumps(variant.name)}",
            f"label = {json.dumps(variant.label)}",
            "",
            "[[variants.checkpoints]]",
            'name = "last"',
            f"file = {json.dumps(file.name)}",
            f"sha256 = {json.dumps(hashlib.sha256(file.read_bytes()).hexdigest())}",
            f"step = {steps}",
            f"accuracy = {{ {values} }}",
            "",
        ]
    )


def _family_toml(plan: FamilyPlan, variants: list[str]) -> str:
    head = [
        f"name = {json.dumps(plan.name)}",
        f"label = {json.dumps(plan.label)}",
        f"architecture = {json.dumps(plan.architecture)}",
        f'arguments = {{ width = {plan.width}, norm = "batch" }}',
        "classes = [",
        *(f"    [{json.dumps(c.wnid)}, {json.dumps(c.label)}]," for c in classes()),
        "]",
        'licence = "that of the program; trained on its own pictures"',
        f"recipe = {json.dumps(_describe(plan), ensure_ascii=False)}",
        "",
    ]
    return "\n".join(head + variants)


def _describe(plan: FamilyPlan) -> str:
    variants = " ".join(_describe_variant(variant) for variant in plan.variants)
    tests = "; ".join(f"{t.count} {t.strength} pictures, seed {t.seed}" for t in plan.tests)
    return (
        f"Made by python -m perturber.training on pictures of the shipped scene. {variants} Accuracy is top-1 on "
        f"pictures rendered with other seeds ({tests}) of the same objects and backgrounds."
    )


def _describe_variant(variant: Variant) -> str:
    seen, recipe = variant.pictures, variant.recipe
    start = f"from {recipe.start}" if recipe.start else "from scratch"
    return (
        f"{variant.label}: {start}, {seen.count} {seen.strength} pictures (seed {seen.seed}), "
        f"{recipe.epochs_small} epochs at {recipe.small}², {recipe.epochs_full} at {recipe.full}², AdamW, one cycle."
    )
