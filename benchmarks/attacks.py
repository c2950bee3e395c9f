"""Attacks: a step of PGD against a bare gradient, and 40 steps against Foolbox 3."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Callable
from functools import partial
from statistics import median
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from benchmarks.bare import clock
from perturber.core.session.session import Session
from perturber.engine.frame.attacker import Trajectory
from perturber.methods.attacks.gradient.pgd import Pgd
from perturber.methods.networks.victim import Victim
from perturber.nets.architectures.architecture import Architecture, create
from perturber.nets.architectures.network import Network
from perturber.nets.lookup.labels import generic
from perturber.nets.open_model import open_model

SIDE, SEED = 224, 1
TURNS, TIMES = 12, 4
PICTURES, STEPS, RUNS = 16, 40, 3
CPU = torch.device("cpu")


def attack_figures() -> dict[str, float]:
    """All figures about attacks."""
    return {**step_figures(), **against_foolbox()}


def step_figures() -> dict[str, float]:
    """A step of the engine's trajectory over a bare forward and backward pass to the input of the same network.

    The network is that of the first slot, the picture is one of 224². ``pgd_first_step`` is the first
    step of all, when the network has only looked at frames before.
    """
    network = open_model(Session().models.slot1.model, CPU)
    picture = torch.rand((1, 3, SIDE, SIDE), generator=torch.Generator().manual_seed(SEED))
    with torch.no_grad():
        goal = network.architecture(picture).argmax(1)
    victim = Victim(network.logits, goal)

    def trajectory() -> Trajectory:
        return Trajectory(picture, Pgd(epsilon=3.0).steps_on(victim, picture))

    cold = clock(lambda _: trajectory().advance(1), 1)
    bare, step, first = [], [], []
    for _ in range(TURNS):
        bare += clock(lambda _: gradient(network.architecture, picture, goal), TIMES)[1:]
        shown = trajectory()
        first += clock(lambda turn: shown.advance(turn + 1), 1)  # noqa: B023 - called at once
        step += clock(lambda turn: shown.advance(turn + 2), TIMES)[1:]  # noqa: B023
    return {
        "pgd_step": median(step) / median(bare),
        "pgd_first_step": median(first) / median(bare),
        "pgd_cold_step": median(cold) / median(bare),
        "bare_gradient_ms": 1e3 * median(bare),
    }


def gradient(architecture: Architecture, picture: Tensor, goal: Tensor) -> Tensor:
    """What no step of an attack can do without."""
    at = picture.clone().requires_grad_()
    found: Tensor = torch.autograd.grad(cross_entropy(architecture(at), goal), at)[0]
    return found


def against_foolbox() -> dict[str, float]:
    """Seconds of Foolbox's L2 PGD over ours: 40 steps on 16 pictures of 224², SqueezeNet with seeded weights.

    Foolbox runs torchvision's module as its users write it down. What makes the difference: our
    networks are frozen, so that no gradients of weights are computed beside those of the pixels; they
    are laid out channels_last; and normalization is one operation. ``pgd_loss_over_foolbox`` is by how
    much the loss has risen, theirs being 1: the two do the same work.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about versions of Foolbox's own dependencies
        import foolbox
    torch.manual_seed(SEED)
    made = create("squeezenet1_0", 1000)
    theirs: Any = copy.deepcopy(made.bare()).eval()
    ours = Network("seeded", made, generic(1000)).logits
    pixels = torch.rand((PICTURES, 3, SIDE, SIDE), generator=torch.Generator().manual_seed(SEED))
    preprocessing = {"mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225], "axis": -3}
    model = foolbox.PyTorchModel(theirs, bounds=(0, 1), device="cpu", preprocessing=preprocessing)
    with torch.no_grad():
        labels = ours(pixels).argmax(1)
    attack = Pgd(epsilon=3.0, steps=STEPS)
    rival = foolbox.attacks.L2PGD(abs_stepsize=attack.length, steps=STEPS, random_start=False)
    found: dict[str, Tensor] = {}

    def run(name: str, work: Callable[[], Any], _: int) -> None:
        found[name] = work()

    works = {
        "theirs": lambda: rival(model, pixels, labels, epsilons=attack.epsilon)[1],
        "ours": lambda: attack.run(ours, pixels, labels),
    }
    taken: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(RUNS):
        for name, work in works.items():
            taken[name] += clock(partial(run, name, work), 1)
    with torch.no_grad():
        before, after, their = (cross_entropy(ours(at), labels) for at in (pixels, found["ours"], found["theirs"]))
    return {
        "pgd_vs_foolbox": median(taken["theirs"]) / median(taken["ours"]),
        "pgd_40_steps_s": median(taken["ours"]),
        "pgd_loss_over_foolbox": float((after - before) / (their - before)),
    }
