"""Projected gradient descent: inside its bounds, the same every time, and the same as another library's."""

from __future__ import annotations

import warnings
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from perturber.methods.attacks.base_attack import Norm
from perturber.methods.attacks.gradient.pgd import Pgd

STRENGTHS: list[tuple[Norm, float]] = [("l2", 0.4), ("l2", 2.0), ("linf", 0.012), ("linf", 0.1)]


def lengths(change: Tensor, norm: Norm) -> Tensor:
    flat = change.flatten(1)
    return flat.norm(dim=1) if norm == "l2" else flat.abs().amax(1)


def lost(network: nn.Module, attacked: Tensor, targets: Tensor) -> Tensor:
    return network(attacked).argmax(1) != targets


@pytest.mark.parametrize("random_start", [False, True])
@pytest.mark.parametrize(("norm", "epsilon"), STRENGTHS)
def test_attacked_pictures_stay_in_the_ball_and_are_pictures(
    network: nn.Module, pixels: Tensor, targets: Tensor, norm: Norm, epsilon: float, random_start: bool
):
    attack = Pgd(norm=norm, epsilon=epsilon, steps=5, random_start=random_start)
    attacked = attack.run(network, pixels, targets, torch.Generator().manual_seed(2))
    assert attacked.min() >= -1e-6
    assert attacked.max() <= 1 + 1e-6
    assert (lengths(attacked - pixels, norm) <= epsilon + 1e-6).all()
    assert (lengths(attacked - pixels, norm) > 0.2 * epsilon).all()  # it went somewhere


def test_more_steps_and_a_greater_ball_hurt_more(network: nn.Module, pixels: Tensor, targets: Tensor):
    def loss(epsilon: float, steps: int) -> float:
        attacked = Pgd(epsilon=epsilon, steps=steps).run(network, pixels, targets)
        return float(torch.nn.functional.cross_entropy(network(attacked), targets))

    assert loss(0.1, 0) < loss(0.1, 5) < loss(1, 20)
    assert lost(network, Pgd(epsilon=4).run(network, pixels, targets), targets).all()


@pytest.mark.parametrize("norm", ["l2", "linf"])
def test_the_batch_does_not_matter(network: nn.Module, pixels: Tensor, targets: Tensor, norm: Norm):
    attack = Pgd(norm=norm, epsilon=0.5 if norm == "l2" else 0.02, steps=4)
    together = attack.run(network, pixels, targets)
    for number in range(len(pixels)):
        one = slice(number, number + 1)
        alone = attack.run(network, pixels[one], targets[one])
        assert (alone - together[one]).abs().mean() < 1e-5
        assert torch.allclose(network(alone), network(together[one]), atol=1e-3)


def test_seeds_decide_random_starts(network: nn.Module, pixels: Tensor, targets: Tensor):
    attack = Pgd(epsilon=1.0, steps=3, random_start=True)
    first, again, other = (
        attack.run(network, pixels, targets, torch.Generator().manual_seed(seed)) for seed in (3, 3, 4)
    )
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    plain = attack.model_copy(update={"random_start": False})
    assert torch.equal(plain.run(network, pixels, targets), plain.run(network, pixels, targets))


def foolbox_attack(attack: Pgd) -> Any:
    """Foolbox's attack with the same steps and no random start."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about versions of its own dependencies
        attacks = pytest.importorskip("foolbox.attacks")
    kind = (
        attacks.L2ProjectedGradientDescentAttack if attack.norm == "l2" else attacks.LinfProjectedGradientDescentAttack
    )
    return kind(abs_stepsize=attack.length, steps=attack.steps, random_start=False)


@pytest.mark.parametrize(("norm", "epsilon"), STRENGTHS)
def test_foolbox_finds_the_same_pictures(
    network: nn.Module, pixels: Tensor, targets: Tensor, norm: Norm, epsilon: float
):
    """With equal steps and no random start only rounding may differ (Foolbox keeps the picture, we the change)."""
    foolbox = pytest.importorskip("foolbox")
    attack = Pgd(norm=norm, epsilon=epsilon, steps=10)
    model = foolbox.PyTorchModel(network, bounds=(0, 1), device="cpu")
    _, theirs, broken = foolbox_attack(attack)(model, pixels, targets, epsilons=epsilon)
    ours = attack.run(network, pixels, targets)
    assert torch.equal(lost(network, ours, targets), broken)
    assert torch.allclose(ours, theirs, atol=1e-5)
