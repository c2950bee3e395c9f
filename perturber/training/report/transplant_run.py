"""Measure and attack networks whose first blocks come from one variant and the rest from another.

Sietzen, "Visual Analytics for Convolutional Neural Network Robustness", 2022, section 7.2.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import ValidationError

from perturber.core.errors import InputError
from perturber.core.evaluation import SIZE
from perturber.core.parameters.parameter import explain
from perturber.core.parameters.state import State
from perturber.core.session.edit import Edit
from perturber.core.session.models import EditedModel, FamilyModel
from perturber.core.session.session import Session
from perturber.methods.attacks.gradient.pgd import Pgd
from perturber.nets.architectures.network import Network
from perturber.nets.families.family import Checkpoint, Family, Variant, families
from perturber.nets.families.fingerprint import fingerprint
from perturber.nets.open_model import open_model
from perturber.scene.renderer import Renderer
from perturber.training.measures.base_measure import logits_of, pixels_of
from perturber.training.measures.family_evaluation import Evaluator, Findings, MeasureRow, Options
from perturber.training.measures.material import MeasuredCheckpoint
from perturber.training.report.assess import watched_evaluator

KINDS = ("clean", "robust", "frequency")
SHOWN = 10
"""Number of networks attacked for the pictures."""
STEPS = 60
"""Of that attack."""
Picture = NDArray[np.uint8]


class Ends(State):
    """The two variants of a family that networks are put together from."""

    family: Family
    first: Variant
    """Gives the later blocks."""
    second: Variant
    """Gives the first blocks."""
    blocks: tuple[str, ...]

    @property
    def count(self) -> int:
        """Number of blocks, including the head."""
        return len(self.blocks)

    def upto(self, count: int) -> str:
        """Return the display name of the last block from the second variant."""
        return "none" if count == 0 else "all" if count == self.count else self.blocks[count - 1]

    def model(self, count: int) -> EditedModel:
        """Build the network whose first ``count`` blocks come from the second variant."""
        first, second = (FamilyModel(family=self.family.name, variant=v.name) for v in (self.first, self.second))
        edit = Edit().mixed_up_to(self.blocks[count - 1], self.blocks) if count else Edit()
        return EditedModel(first=first, second=second, edit=edit)


class Grafted(MeasuredCheckpoint):
    """A transplant network in the form the measures take; its step is the number of blocks."""

    def __init__(self, ends: Ends, count: int, device: torch.device) -> None:
        self._model = ends.model(count)
        checkpoint = Checkpoint(
            name=f"after_{count}",
            file="edited",
            sha256=fingerprint(self._model, families()),
            step=count,
        )
        label = f"{ends.second.label}, then {ends.first.label}"
        variant = Variant(name=f"{ends.second.name}_{ends.first.name}", label=label, checkpoints=(checkpoint,))
        super().__init__(ends.family, variant, checkpoint, device)

    @cached_property
    def network(self) -> Network:
        """The network, folded. Raises InputError when a file is not the one described."""
        return open_model(self._model, self._device)


@dataclass(frozen=True)
class AttackedExample:
    """The attack of one network on the example picture."""

    count: int
    """Blocks from the second variant."""
    answer: str
    """The network's top class for the attacked picture, with its probability."""
    pixels: NDArray[np.float32]
    """H×W×3 in [0, 1]."""
    change: NDArray[np.float32]
    """The perturbation."""


@dataclass(frozen=True)
class Transplant:
    """The results of a transplant."""

    ends: Ends
    findings: Findings
    examples: tuple[AttackedExample, ...]
    attack: Pgd
    """The attack on the example."""
    away: str
    """The class that the attack moves away from."""

    def value(self, kind: str, name: str, count: int) -> float | None:
        """Return a value of a measure for the network with this many blocks from the second variant."""
        found = (row.values.get(name) for row in self.findings.of(kind) if row.step == count)
        return next(found, None)

    @property
    def radii(self) -> list[str]:
        """The ε that were tried, as they are named in the values."""
        return [name for name in self.findings.of("robust")[0].values if name != "0"]


def open_ends(found: Family, first: str, second: str, device: torch.device) -> Ends:
    """Return two variants of a family as ends. Raises InputError for an unknown variant or a bad file."""
    opened = open_model(FamilyModel(family=found.name, variant=first), device)
    variants = [found.variant(name) for name in (first, second)]
    return Ends(family=found, first=variants[0], second=variants[1], blocks=tuple(opened.architecture.blocks))


def transplant(ends: Ends, wanted: Options, attack: Pgd, device: torch.device, images: Path | None) -> Transplant:
    """Measure and attack all networks between the ends, with progress on standard error. Raises InputError."""
    with watched_evaluator(ends.family, images, device) as evaluator:
        rows = tuple(measured(ends, evaluator, wanted, device))
        evaluator.watch("attacked pictures", 0, 1)
        away, examples = attacked(ends, attack, device, example())
    return Transplant(ends, Findings(ends.family, "", evaluator.supply.told, rows, ()), examples, attack, away)


def strong_attack(epsilon: float) -> Pgd:
    """Return the attack whose pictures are shown. Raises InputError that names the flag."""
    try:
        return Pgd(epsilon=epsilon, steps=STEPS)
    except ValidationError as error:
        problem = explain(error)
        raise InputError("--strong", problem.problem, problem.expected) from None


def measured(ends: Ends, evaluator: Evaluator, options: Options, device: torch.device) -> Iterator[MeasureRow]:
    """All measures of the networks with the first 0, 1, 2, … and all blocks from the second variant."""
    for count in range(ends.count + 1):
        subject = Grafted(ends, count, device)
        for kind in KINDS:
            yield evaluator.row(subject, options.measure(kind, last=True))


def example() -> Picture:
    """Return the default scene as networks receive it."""
    session, renderer = Session(), Renderer()
    try:
        return renderer.read(renderer.post(renderer.draw(session.scene, SIZE), session.post, session.seed))
    finally:
        renderer.release()


def attacked(
    ends: Ends, attack: Pgd, device: torch.device, picture: Picture
) -> tuple[str, tuple[AttackedExample, ...]]:
    """The picture attacked on several of the networks, away from what the first variant takes it for; that class."""
    before = pixels_of(open_model(ends.model(0), device), picture[None])
    with torch.no_grad():
        target = logits_of(open_model(ends.model(0), device), before).argmax(1)
    shown = sorted({round(number * ends.count / (SHOWN - 1)) for number in range(SHOWN)})
    names, found = ends.family.labels.names, []
    for count in shown:
        network = open_model(ends.model(count), device)
        after = attack.run(partial(logits_of, network), before, target)
        with torch.no_grad():
            shares = logits_of(network, after)[0].softmax(0)
        best = int(shares.argmax())
        pixels, change = (planes[0].permute(1, 2, 0).cpu().numpy() for planes in (after, after - before))
        found.append(AttackedExample(count, f"{names[best]} {float(shares[best]):.0%}", pixels, change))
    return names[int(target)], tuple(found)
