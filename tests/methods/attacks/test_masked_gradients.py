"""Networks whose gradient misleads: saturated, tiny, huge, or none at all."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from perturber.core.errors import InputError
from perturber.core.parameters.plugin import make
from perturber.core.session.attack import AttackMethod
from perturber.methods.attacks.base_attack import Iterative, normalize_l2
from perturber.methods.attacks.gradient.apgd import Apgd
from perturber.methods.attacks.gradient.pgd import Pgd
from perturber.methods.attacks.logits_ratio import LogitsRatio
from perturber.methods.attacks.minimal.carlini_wagner import CarliniWagner
from perturber.methods.networks.victim import Logits, Victim

KINDS: dict[str, dict[str, Any]] = {
    "pgd": {"steps": 8},
    "fgsm": {},
    "iterated_fgsm": {"steps": 8},
    "momentum": {"steps": 8},
    "apgd": {"steps": 8},
    "band": {"steps": 8},
    "masked": {"steps": 8},
    "ensemble": {"steps": 8},
}
SCALES = [1e2, 1e4, 1e20, 1e30, 1e-20, 1e-25]
"""Factors of the logits, which leave every prediction as it is."""


def scaled(network: nn.Module, scale: float) -> Logits:
    return lambda pixels: network(pixels) * scale


def constant(pixels: Tensor) -> Tensor:
    """Logits that depend on nothing."""
    return pixels.flatten(1)[:, :4] * 0


def attack(kind: str, norm: str) -> Iterative:
    sizes = {"l2": 1.5, "linf": 0.04}
    return Iterative.of(make(AttackMethod, kind).model_validate({**KINDS[kind], "norm": norm, "epsilon": sizes[norm]}))


def victim(logits: Logits, goal: Tensor, method: Iterative, targeted: bool = False) -> Victim:
    mask = torch.ones(len(goal), 1, 24, 24) if method.masked else None
    others = [Victim(logits, goal, targeted=targeted)] if method.joint else ()
    return Victim(logits, goal, targeted=targeted, mask=mask, others=others)


def successes(logits: Logits, goal: Tensor, method: Iterative, pixels: Tensor, targeted: bool) -> Tensor:
    attacked = victim(logits, goal, method, targeted)
    return attacked.fooled(logits(method.after(attacked, pixels, method.planned)))


@pytest.mark.parametrize("targeted", [False, True])
@pytest.mark.parametrize("norm", ["l2", "linf"])
@pytest.mark.parametrize("kind", KINDS)
def test_scaled_logits_are_attacked_as_well_as_the_others(
    network: nn.Module, pixels: Tensor, targets: Tensor, kind: str, norm: str, targeted: bool
):
    method = attack(kind, norm)
    goal = (targets + 1) % 4 if targeted else targets
    plain = int(successes(network, goal, method, pixels, targeted).sum())
    assert plain > 0
    for scale in SCALES:
        assert int(successes(scaled(network, scale), goal, method, pixels, targeted).sum()) >= plain - 1, scale


def test_where_nothing_saturates_the_loss_is_the_cross_entropy_to_the_bit(
    network: nn.Module, pixels: Tensor, targets: Tensor
):
    """Also beside pictures whose loss is saturated."""
    at = pixels.clone().requires_grad_()
    expected = cross_entropy(network(at), targets, reduction="none")
    slope = torch.autograd.grad(expected.sum(), at)[0]
    assert torch.equal(Victim(network, targets).losses(pixels), expected.detach())
    assert torch.equal(Victim(network, targets).gradient(pixels), slope)

    def mixed(pictures: Tensor) -> Tensor:
        rows = torch.arange(len(pictures))[:, None] % 2 == 0
        return network(pictures) * torch.where(rows, 1.0, 1e4)

    assert torch.equal(Victim(mixed, targets).gradient(pixels)[::2], slope[::2])


def test_a_saturated_loss_rises_with_the_cross_entropy(network: nn.Module, pixels: Tensor, targets: Tensor):
    """Its gradient has the direction that the cross-entropy has in float64, and its values continue the order."""
    gaps = Victim(network, targets).margin(network(pixels))
    scale = float(17 / gaps.median())
    sharp, at = Victim(scaled(network, scale), targets), pixels.double().requires_grad_()
    exact = cross_entropy(deepcopy(network).double()(at) * scale, targets, reduction="none")
    slope = torch.autograd.grad(exact.sum(), at)[0]
    saturated = cross_entropy(network(pixels) * scale, targets, reduction="none") == 0
    known = exact > 1e-14  # float64 saturates, too
    assert 0 < int((saturated & known).sum()) < int(known.sum())
    rows = saturated & known
    torch.testing.assert_close(
        normalize_l2(sharp.gradient(pixels))[rows], normalize_l2(slope)[rows].float(), rtol=0, atol=1e-4
    )
    assert torch.equal(sharp.losses(pixels)[known].argsort(), exact[known].argsort())
    toward = Victim(scaled(network, scale), targets, targeted=True)
    assert torch.equal(toward.losses(pixels), -sharp.losses(pixels))


def test_one_class_alone_is_no_error(pixels: Tensor):
    lone = Victim(lambda at: at.sum((1, 2, 3))[:, None], torch.zeros(len(pixels), dtype=torch.long))
    assert not lone.gradient(pixels).any()


@pytest.mark.parametrize("scale", [1e-40, 1e-30, 1e-20, 1.0, 1e30])
def test_gradients_of_every_size_are_normalized(scale: float):
    gradient = torch.randn((3, 3, 8, 8), generator=torch.Generator().manual_seed(0)) * scale
    gradient[2] = 0
    found = normalize_l2(gradient)
    assert found[:2].flatten(1).norm(dim=1).tolist() == pytest.approx([1, 1], rel=1e-4)
    assert not found[2].any()


def test_pictures_without_a_gradient_are_noted(network: nn.Module, pixels: Tensor, targets: Tensor):
    def half_dead(pictures: Tensor) -> Tensor:
        rows = torch.arange(len(pictures))[:, None] < 5
        return network(pictures) * ~rows + rows * torch.eye(4)[targets]

    for method in (Pgd(steps=3), Pgd(steps=3, random_start=True), Apgd(steps=3), Apgd(steps=3, loss="dlr")):
        attacked = Victim(half_dead, targets)
        assert not attacked.flat.any()
        method.after(attacked, pixels, 3)
        assert attacked.flat.tolist() == [True] * 5 + [False] * 7
    universal = Iterative.of(make(AttackMethod, "band").model_validate({"universal": True}))
    attacked = Victim(half_dead, targets)
    universal.after(attacked, pixels, 2)
    assert attacked.flat.tolist() == [True] * 5 + [False] * 7


@pytest.mark.parametrize("fuse", ["losses", "logits"])
def test_an_ensemble_has_a_gradient_if_one_network_has(network: nn.Module, pixels: Tensor, targets: Tensor, fuse: str):
    ensemble = Iterative.of(make(AttackMethod, "ensemble").model_validate({"fuse": fuse}))
    goal = targets * 0
    dead = Victim(constant, goal, others=[Victim(network, goal)])
    ensemble.after(dead, pixels, 1)
    fooled = dead.fooled(constant(pixels))
    assert not fooled.any()  # tied logits: class 0 comes first
    assert not dead.flat.any()
    lone = Victim(constant, goal)
    ensemble.after(lone, pixels, 1)
    assert lone.flat.all()


def test_a_picture_that_is_there_already_is_not_noted(network: nn.Module, pixels: Tensor, targets: Tensor):
    """The loss of Carlini and Wagner's attack is 0 from there on, and the network alive."""
    attacked = Victim(network, targets, targeted=True)
    CarliniWagner(steps=2, searches=1).after(attacked, pixels, 2)
    assert not attacked.flat.any()


@pytest.mark.parametrize("targeted", [False, True])
def test_the_ratio_of_logits_is_its_formula(targeted: bool):
    """Equations 6 and 7, picture by picture."""
    logits = torch.randn((20, 6), generator=torch.Generator().manual_seed(4))
    original = logits.argmax(1)
    goal = (original + 1) % 6 if targeted else original.roll(1)
    measure = LogitsRatio(Victim(constant, goal, targeted=targeted))
    measure(logits)
    moved = logits + torch.randn(logits.shape, generator=torch.Generator().manual_seed(5))
    for found, now, first, y in zip(measure(moved), moved, original, goal, strict=True):
        ranked = now.sort(descending=True).values
        if targeted:
            expected = -(now[first] - now[y]) / (ranked[0] - (ranked[2] + ranked[3]) / 2)
        else:
            best = max(value for number, value in enumerate(now) if number != y)
            expected = -(now[y] - best) / (ranked[0] - ranked[2])
        assert float(found) == pytest.approx(float(expected), rel=1e-5)
    torch.testing.assert_close(measure(moved * 1e4 + 3), measure(moved), rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("targeted", [False, True])
@pytest.mark.parametrize("scale", [1.0, 1e4, 1e-20])
def test_auto_pgd_on_the_ratio_succeeds_at_every_scale(
    network: nn.Module, pixels: Tensor, targets: Tensor, targeted: bool, scale: float
):
    goal = (targets + 1) % 4 if targeted else targets
    method = Apgd(norm="linf", epsilon=0.04, steps=10, loss="dlr")
    plain = int(successes(network, goal, method, pixels, targeted).sum())
    assert plain > 0
    assert abs(int(successes(scaled(network, scale), goal, method, pixels, targeted).sum()) - plain) <= 1


def test_the_ratio_needs_enough_classes(pixels: Tensor):
    def three(at: Tensor) -> Tensor:
        return at.flatten(1)[:, :3]

    goal = torch.zeros(len(pixels), dtype=torch.long)
    Apgd(loss="dlr").after(Victim(three, goal), pixels, 1)
    with pytest.raises(InputError, match="dlr compares 4 classes, and the network has 3"):
        Apgd(loss="dlr").after(Victim(three, goal, targeted=True), pixels, 1)
