"""The gradient attacks against Foolbox at the same budget, and against their formulas."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from itertools import islice
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.autograd.functional import jacobian
from torch.nn.functional import cross_entropy

from perturber.methods.attacks.base_attack import Iterative
from perturber.methods.attacks.descent import Descent
from perturber.methods.attacks.gradient.apgd import Apgd, checkpoints
from perturber.methods.attacks.gradient.fgsm import Fgsm
from perturber.methods.attacks.gradient.iterated_fgsm import IteratedFgsm
from perturber.methods.attacks.gradient.momentum import Momentum
from perturber.methods.attacks.gradient.pgd import Pgd
from perturber.methods.attacks.minimal.ascent import Ascent
from perturber.methods.attacks.minimal.carlini_wagner import CarliniWagner
from perturber.methods.attacks.minimal.deepfool import DeepFool
from perturber.methods.attacks.minimal.jsma import Jsma
from perturber.methods.networks.victim import Victim

Rival = Callable[[Any], Any]
"""Makes Foolbox's attack from the module of its attacks."""


def stepwise(name: str, attack: Descent) -> Rival:
    return lambda of: getattr(of, name)(abs_stepsize=attack.length, steps=attack.steps, random_start=False)


SIGN, LENGTH = IteratedFgsm(epsilon=0.03), IteratedFgsm(norm="l2", epsilon=0.6)
SAME: list[tuple[Fgsm | Descent, Rival]] = [
    (Fgsm(epsilon=0.03), lambda of: of.LinfFastGradientAttack()),
    (Fgsm(norm="l2", epsilon=0.6), lambda of: of.L2FastGradientAttack()),
    (SIGN, stepwise("LinfBasicIterativeAttack", SIGN)),
    (LENGTH, stepwise("L2BasicIterativeAttack", LENGTH)),
]
STRONGER: list[tuple[Iterative, int, float | None, Rival]] = [
    (m := Momentum(epsilon=0.02), 10, 0.02, stepwise("LinfMomentumIterativeFastGradientMethod", m)),
    (m := Momentum(norm="l2", epsilon=0.4), 10, 0.4, stepwise("L2MomentumIterativeFastGradientMethod", m)),
    (Apgd(epsilon=0.35, steps=20), 20, 0.35, stepwise("L2ProjectedGradientDescentAttack", Pgd(epsilon=0.35))),
    (DeepFool(candidates=3), 30, None, lambda of: of.L2DeepFoolAttack(steps=30, candidates=4)),
    (
        CarliniWagner(searches=4, steps=40, rate=0.01),
        160,
        None,
        lambda of: of.L2CarliniWagnerAttack(binary_search_steps=4, steps=40, stepsize=0.01, initial_const=1.0),
    ),
]


def theirs(network: nn.Module, pixels: Tensor, targets: Tensor, rival: Rival, epsilon: float | None) -> Tensor:
    """Foolbox's pictures."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about versions of its own dependencies
        foolbox = pytest.importorskip("foolbox")
        model = foolbox.PyTorchModel(network, bounds=(0, 1), device="cpu")
        _, clipped, _ = rival(foolbox.attacks)(model, pixels, targets, epsilons=epsilon)
    found: Tensor = clipped
    return found


@pytest.mark.parametrize(("attack", "rival"), SAME)
def test_the_same_pictures_as_foolbox(
    network: nn.Module, pixels: Tensor, targets: Tensor, attack: Fgsm | Descent, rival: Rival
):
    ours = attack.after(Victim(network, targets), pixels, getattr(attack, "steps", 1))
    assert torch.allclose(ours, theirs(network, pixels, targets, rival, attack.epsilon), atol=1e-5)


@pytest.mark.parametrize(("attack", "steps", "epsilon", "rival"), STRONGER)
def test_no_weaker_than_foolbox(
    network: nn.Module,
    pixels: Tensor,
    targets: Tensor,
    attack: Iterative,
    steps: int,
    epsilon: float | None,
    rival: Rival,
):
    ours = attack.after(Victim(network, targets), pixels, steps)
    other = theirs(network, pixels, targets, rival, epsilon)
    wins, bar = (network(found).argmax(1) != targets for found in (ours, other))
    assert wins.sum() >= bar.sum() > 0
    if epsilon is None:  # those that look for the smallest change
        sizes, limits = ((found - pixels).flatten(1).norm(dim=1) for found in (ours, other))
        assert wins.all()
        assert sizes.median() <= 1.05 * limits.median()  # 1.02 at most, over five other sets of pictures


def test_momentum_is_its_formula(network: nn.Module, pixels: Tensor, targets: Tensor):
    attack = Momentum(epsilon=0.3, steps=3, decay=0.7)
    first, second = islice(attack.steps_on(Victim(network, targets), pixels), 2)

    def slope(at: Tensor) -> Tensor:
        at = at.clone().requires_grad_()
        found: Tensor = torch.autograd.grad(cross_entropy(network(at), targets, reduction="sum"), at)[0]
        return found / found.abs().sum((1, 2, 3), keepdim=True)

    speed = slope(pixels)
    expected = (pixels + 0.1 * speed.sign()).clamp(0, 1)
    torch.testing.assert_close(first, expected, rtol=0, atol=1e-6)
    speed = 0.7 * speed + slope(first)
    torch.testing.assert_close(second, (first + 0.1 * speed.sign()).clamp(0, 1), rtol=0, atol=1e-6)


@pytest.mark.parametrize("targeted", [False, True])
def test_ascent_is_its_formula_until_the_answer_changes(
    network: nn.Module, pixels: Tensor, targets: Tensor, targeted: bool
):
    goal = (targets + 1) % 4 if targeted else targets
    victim = Victim(network, goal, targeted=targeted)
    slope = jacobian(lambda at: network(at).gather(1, goal[:, None]).sum(), pixels)
    step = 0.2 * slope / slope.flatten(1).norm(dim=1).reshape(-1, 1, 1, 1)
    first = next(Ascent(rate=0.2).steps_on(victim, pixels))
    torch.testing.assert_close(first, (pixels + step * (1 if targeted else -1)).clamp(0, 1), rtol=0, atol=1e-6)
    last = Ascent(rate=0.2).after(victim, pixels, 1000)
    assert victim.fooled(network(last)).all()
    assert next(Ascent().steps_on(victim, last), None) is None


@pytest.mark.parametrize("theta", [1.0, -0.5])
@pytest.mark.parametrize("targeted", [False, True])
def test_saliency_maps_are_their_formula(
    network: nn.Module, pixels: Tensor, targets: Tensor, targeted: bool, theta: float
):
    """Equation 8 from the whole Jacobian matrix; the best values of the map are changed, within the share allowed."""
    goal = (targets + 1) % 4 if targeted else targets
    attack = Jsma(theta=theta, width=5, gamma=12 / pixels[0].numel())
    first, *rest = attack.steps_on(Victim(network, goal, targeted=targeted), pixels)
    matrix = jacobian(lambda at: network(at).sum(0), pixels).transpose(0, 1)  # N×classes×3×H×W
    rows = torch.arange(len(goal))
    own = matrix[rows, goal] * (1 if targeted else -1) * (1 if theta > 0 else -1)
    others = (matrix.sum(1) - matrix[rows, goal]) * (1 if targeted else -1) * (1 if theta > 0 else -1)
    room = pixels < 1 if theta > 0 else pixels > 0
    saliency = torch.where((own < 0) | (others > 0) | ~room, 0, own * others.abs()).flatten(1)
    expected = pixels.clone().flatten(1)
    for row, index in enumerate(saliency.topk(5).indices):
        expected[row, index] += theta
    torch.testing.assert_close(first.flatten(1), expected.clamp(0, 1), rtol=0, atol=1e-6)
    assert len(rest) == 2
    assert ((rest[-1] != pixels).flatten(1).sum(1) <= 12).all()


def test_auto_pgd_reconsiders_when_the_paper_does():
    assert list(islice(checkpoints(100), 9)) == [22, 41, 57, 70, 80, 87, 93, 99, 105]
    assert list(islice(checkpoints(2), 4)) == [1, 2, 3, 4]


def test_auto_pgd_steps_with_inertia_and_halves(pixels: Tensor):
    """On a loss that can be reckoned with: a bowl turned over, whose top is nearer than the steps are long."""
    start = pixels[:1] * 0 + 0.5
    top = start.clone()
    top[0, 0, 0, 0] += 0.3
    goal = torch.tensor([0])

    def logits(at: Tensor) -> Tensor:
        height = -(at - top).square().sum((1, 2, 3))
        return torch.stack([-height, 0 * height], 1)  # the loss of class 0 rises with the height

    attack = Apgd(epsilon=0.4, steps=10)  # checkpoints 3, 5, 6, 7, 8
    seen: list[float] = []

    def watched(at: Tensor) -> Tensor:
        seen.append(float(at.detach()[0, 0, 0, 0] - 0.5))
        return logits(at)

    best = attack.after(Victim(watched, goal), start, 10)
    # From 0 by 0.8 to the edge 0.4; beyond the top, so back to −0.4: 0.75 · (−0.8) + 0.25 · 0.4 = −0.5 from there.
    assert seen[:3] == pytest.approx([0, 0.4, -0.1], abs=1e-6)
    # Then 0.4 is the goal: 0.75 · 0.5 + 0.25 · (−0.5) = 0.25 further. Two of three steps rose, which is too few:
    # back to 0.4 and on by half the length, 0.4 + 0.75 · (−0.4) + 0.25 · (0.4 + 0.1).
    assert seen[3:5] == pytest.approx([0.15, 0.225], abs=1e-6)
    assert abs(float(best[0, 0, 0, 0]) - 0.8) < 0.06
