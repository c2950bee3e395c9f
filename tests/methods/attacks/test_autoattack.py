"""The standard ensemble and its targeted attacks, against their formulas, Foolbox and the reference implementation."""

from __future__ import annotations

import warnings
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import torch
from scipy.optimize import brentq, linprog
from torch import Tensor, nn

from perturber.core.session.attack import Norm
from perturber.methods.attacks.base_attack import Bounded
from perturber.methods.attacks.combined.autoattack import AutoAttack
from perturber.methods.attacks.gradient.apgd_targeted import ApgdTargeted
from perturber.methods.attacks.logits_ratio import compare_logits
from perturber.methods.attacks.minimal.fab import Fab, project_onto_plane, sizes_of
from perturber.methods.networks.victim import Logits, Victim

SIDE, CLASSES, COUNT = 25, 10, 10
BOTH = pytest.mark.parametrize("norm", ["l2", "linf"])
NEAR: dict[str, float] = {"l2": 0.3, "linf": 0.01}
"""Radii that leave the network some of the pictures."""


@pytest.fixture(scope="module")
def ten() -> nn.Module:
    """A network of ten classes, so that there are nine to move toward."""
    torch.manual_seed(0)
    layers = nn.Conv2d(3, 12, 5, 2), nn.ReLU(), nn.Conv2d(12, 12, 3, 2), nn.ReLU(), nn.Flatten()
    return nn.Sequential(*layers, nn.Linear(12 * 25, CLASSES)).eval().requires_grad_(False)


@pytest.fixture(scope="module")
def photos() -> Tensor:
    generator = torch.Generator().manual_seed(5)
    return (torch.rand((COUNT, 3, SIDE, SIDE), generator=generator) * 1.4 - 0.2).clamp(0, 1)


@pytest.fixture(scope="module")
def shown(ten: nn.Module, photos: Tensor) -> Tensor:
    found: Tensor = ten(photos).argmax(1)
    return found


def run(attack: Bounded, network: Logits, pixels: Tensor, goals: Tensor) -> Tensor:
    return attack.after(Victim(network, goals), pixels, attack.planned)


def ratio(logits: np.ndarray, left: int, to: int) -> float:
    """Equation 7 of Croce and Hein for one picture."""
    z = sorted(logits, reverse=True)
    return -(logits[left] - logits[to]) / (z[0] - (z[2] + z[3]) / 2)


def test_the_targeted_ratio_is_its_formula():
    logits = torch.randn((20, CLASSES), generator=torch.Generator().manual_seed(0))
    left, to = torch.arange(20) % 10, (torch.arange(20) * 3 + 1) % 10
    found = compare_logits(logits, left, to).numpy()
    expected = [ratio(*row) for row in zip(logits.double().numpy(), left, to, strict=True)]
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(compare_logits(3 * logits + 7, left, to), found, rtol=1e-4, atol=1e-5)


def test_the_targeted_ratio_of_two_and_three_classes():
    left, to = torch.tensor([0]), torch.tensor([1])
    assert compare_logits(torch.tensor([[5.0, 3.0, 1.0]]), left, to).item() == pytest.approx(-2 / 4)
    assert compare_logits(torch.tensor([[5.0, 3.0]]), left, to).item() == pytest.approx(-2)


def smallest(pixels: np.ndarray, normal: np.ndarray, gap: float, norm: str) -> np.ndarray:
    """The smallest change to the plane inside [0, 1], by bisection (L2) or as a linear program (L∞)."""
    if norm == "linf":  # variables: the change, and its largest value
        count = len(pixels)
        side = np.eye(count)
        one = np.ones((count, 1))
        done = linprog(
            np.eye(count + 1)[-1],
            A_ub=np.block([[side, -one], [-side, -one]]),
            b_ub=np.zeros(2 * count),
            A_eq=np.append(normal, 0)[None],
            b_eq=[-gap],
            bounds=[*zip(-pixels, 1 - pixels, strict=True), (0, None)],
        )
        assert done.success
        return np.asarray(done.x[:-1])

    def at(weight: float) -> np.ndarray:
        return np.asarray(np.clip(pixels + weight * normal, 0, 1) - pixels)

    return at(brentq(lambda weight: gap + normal @ at(weight), -1e4, 1e4, xtol=1e-12, rtol=1e-14))


@BOTH
def test_the_projection_is_the_smallest_change_to_the_plane(norm: Norm):
    rng = np.random.default_rng(2)
    count, size = 30, 3 * 4 * 4
    pixels = rng.random((count, size)).clip(0.1, 0.9)
    pixels = (pixels - 0.1) / 0.8  # some of them black or white
    normal = rng.standard_normal((count, size)) * (rng.random((count, size)) < 0.8)
    goal = rng.random((count, size))  # a point of the cube that lies on the plane
    gap = -(normal * (goal - pixels)).sum(1)
    shape = count, 3, 4, 4
    given = [torch.tensor(values, dtype=torch.float32) for values in (pixels, normal, gap)]
    found = project_onto_plane(given[0].reshape(shape), given[1].reshape(shape), given[2], norm)
    change = found.flatten(1).double().numpy()
    assert (pixels + change).min() >= -1e-6
    assert (pixels + change).max() <= 1 + 1e-6
    np.testing.assert_allclose((normal * change).sum(1), -gap, atol=2e-5)
    for row in range(count):
        expected = smallest(pixels[row], normal[row], gap[row], norm)
        if norm == "l2":
            np.testing.assert_allclose(change[row], expected, atol=1e-5)
        else:  # of the many smallest changes, any is right
            assert np.abs(change[row]).max() == pytest.approx(np.abs(expected).max(), abs=1e-5)


@BOTH
@pytest.mark.parametrize("scale", [1e-30, 1e30])
def test_the_projection_does_not_depend_on_the_scale_of_the_logits(photos: Tensor, norm: Norm, scale: float):
    normal = torch.randn(photos.shape, generator=torch.Generator().manual_seed(1))
    gap = torch.linspace(-5, 5, COUNT)
    found = project_onto_plane(photos, normal * scale, gap * scale, norm)
    torch.testing.assert_close(found, project_onto_plane(photos, normal, gap, norm), rtol=1e-4, atol=1e-6)


@BOTH
def test_a_plane_outside_the_cube_is_approached_at_a_corner(norm: Norm):
    pixels = torch.tensor([0.2, 0.6, 0.5]).reshape(1, 3, 1, 1)
    normal = torch.tensor([1.0, -2.0, 0.0]).reshape(1, 3, 1, 1)
    found = project_onto_plane(pixels, normal, torch.tensor([-100.0]), norm)
    torch.testing.assert_close((pixels + found).flatten(), torch.tensor([1.0, 0.0, 0.5]))


@BOTH
def test_auto_pgd_first_steps_up_the_ratio(ten: nn.Module, photos: Tensor, shown: Tensor, norm: Norm):
    """One class, one step, by the formula."""
    to = ten(photos).scatter(1, shown[:, None], -torch.inf).argmax(1)
    at = photos.clone().requires_grad_()
    z = ten(at)
    order = z.sort(dim=1, descending=True).values
    gap = z.gather(1, to[:, None]) - z.gather(1, shown[:, None])
    loss = gap[:, 0] / (order[:, 0] - (order[:, 2] + order[:, 3]) / 2)
    (slope,) = torch.autograd.grad(loss.sum(), at)
    epsilon = 0.01 * NEAR[norm]
    if norm == "linf":
        change = (2 * epsilon * slope.sign()).clamp(-epsilon, epsilon)
    else:
        change = epsilon * slope / slope.flatten(1).norm(dim=1).reshape(-1, 1, 1, 1)
    expected = (photos + change).clamp(0, 1)
    attack = ApgdTargeted(norm=norm, epsilon=epsilon, classes=1)
    found = next(attack.steps_on(Victim(ten, shown), photos))
    moved = (found != photos).flatten(1).any(1)  # where the cross-entropy rose
    assert moved.sum() >= COUNT - 2
    torch.testing.assert_close(found[moved], expected[moved], rtol=0, atol=1e-6)


@BOTH
def test_fab_steps_by_its_formula(ten: nn.Module, photos: Tensor, shown: Tensor, norm: Norm):
    """The first point for each class is the projection, overshot; the smallest change among the nine is returned."""
    attack, sizes, made = Fab(norm=norm, epsilon=1000, steps=2), [], []
    for to in ten(photos).scatter(1, shown[:, None], -torch.inf).topk(9).indices.unbind(1):
        at = photos.clone().requires_grad_()
        z = ten(at)
        gap = (z.gather(1, to[:, None]) - z.gather(1, shown[:, None]))[:, 0]
        (normal,) = torch.autograd.grad(gap.sum(), at)
        point = (photos + 1.05 * project_onto_plane(photos, normal, gap.detach(), norm)).clamp(0, 1)
        size = sizes_of(point - photos, norm)
        sizes.append(size.where(ten(point).argmax(1) != shown, torch.inf))
        made.append(point)
    least = torch.stack(sizes).min(0)
    expected = torch.stack(made)[least.indices, torch.arange(COUNT)]
    known = least.values.isfinite()
    assert known.sum() >= COUNT // 2
    found = next(attack.steps_on(Victim(ten, shown), photos))
    torch.testing.assert_close(found[known], expected[known], rtol=0, atol=1e-5)
    assert torch.equal(found[~known], photos[~known])


@BOTH
def test_fab_mixes_two_projections_and_moves_back(ten: nn.Module, photos: Tensor, shown: Tensor, norm: Norm):
    """The points after the first three steps toward the most likely class, by algorithm 1."""
    seen: list[Tensor] = []

    def watched(pixels: Tensor) -> Tensor:
        if pixels.requires_grad:
            seen.append(pixels.detach())
        return ten(pixels)

    run(Fab(norm=norm, epsilon=1000, steps=4, classes=1), watched, photos, shown)
    to = ten(photos).scatter(1, shown[:, None], -torch.inf).argmax(1)
    fell = 0
    for before, after in pairwise(seen):
        at = before.clone().requires_grad_()
        z = ten(at)
        gap = (z.gather(1, to[:, None]) - z.gather(1, shown[:, None]))[:, 0]
        (normal,) = torch.autograd.grad(gap.sum(), at)
        there = gap.detach() + (normal * (photos - before)).sum((1, 2, 3))
        on, off = (
            project_onto_plane(before, normal, gap.detach(), norm),
            project_onto_plane(photos, normal, there, norm),
        )
        near, far = sizes_of(on, norm), sizes_of(off, norm)
        share = (near / (near + far)).clamp(max=0.1).reshape(-1, 1, 1, 1)
        point = ((1 - share) * (before + 1.05 * on) + share * (photos + 1.05 * off)).clamp(0, 1)
        fooled = ten(point).argmax(1) != shown
        fell += int(fooled.sum())
        expected = torch.where(fooled.reshape(-1, 1, 1, 1), 0.1 * photos + 0.9 * point, point)
        torch.testing.assert_close(after, expected, rtol=0, atol=1e-5)
    assert len(seen) == 4
    assert fell > 0


@BOTH
def test_fab_finds_no_larger_changes_than_foolbox(ten: nn.Module, photos: Tensor, shown: Tensor, norm: Norm):
    """Foolbox has no FAB; its fast minimum-norm attack has the same aim."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about versions of its own dependencies
        foolbox = pytest.importorskip("foolbox")
        rival = getattr(foolbox.attacks, f"{'LInf' if norm == 'linf' else 'L2'}FMNAttack")(steps=200)
        model = foolbox.PyTorchModel(ten, bounds=(0, 1), device="cpu")
        _, theirs, won = rival(model, photos, shown, epsilons=None)
    assert won.all()
    attack = Fab(norm=norm, epsilon=1000, steps=20)
    sizes = sizes_of(run(attack, ten, photos, shown) - photos, norm)
    assert (sizes > 0).all()
    assert sizes.median() <= 1.01 * sizes_of(theirs - photos, norm).median()
    inside = run(attack.with_epsilon(float(sizes.median())), ten, photos, shown)
    assert torch.equal((inside != photos).flatten(1).any(1), sizes <= sizes.median())


@BOTH
@pytest.mark.parametrize("targeted", [False, True])
def test_the_ensemble_passes_on_what_is_left(ten: nn.Module, photos: Tensor, shown: Tensor, norm: Norm, targeted: bool):
    """Every step of all four attacks lies in the ball; a success is final, counted, and needs a change."""
    attack = AutoAttack(norm=norm, epsilon=NEAR[norm] * (1.5 if targeted else 1), steps=4, queries=120)
    goals = ten(photos).topk(2).indices[:, 1] if targeted else shown
    asked: list[int] = []

    def counted(pixels: Tensor) -> Tensor:
        asked.append(len(pixels))
        return ten(pixels)

    victim = Victim(counted, goals, targeted=targeted)
    before, wins, done = photos, torch.zeros(COUNT, dtype=torch.bool), 0
    for picture in attack.steps_on(victim, photos):
        change = sizes_of(picture - photos, norm)
        assert (change <= attack.epsilon + 1e-6).all()
        assert 0 <= picture.min() <= picture.max() <= 1
        assert torch.equal(picture[wins], before[wins])
        before, done = picture, done + 1
        wins = victim.fooled(ten(picture))
        assert (change[wins] > 0).all()
    assert done == attack.planned == 3 * 4 + 4
    assert 0 < wins.sum() < COUNT
    assert victim.queries == sum(asked)
    for member in attack.attacks:  # none of which fools a picture that the ensemble does not
        alone = Victim(ten, goals, targeted=targeted)
        assert not (alone.fooled(ten(member.after(alone, photos, member.planned))) & ~wins).any()
    one = Victim(ten, goals[3:4], targeted=targeted)
    torch.testing.assert_close(attack.after(one, photos[3:4], 10_000), before[3:4], rtol=0, atol=1e-5)


def test_nothing_is_attacked_that_is_wrong_already(ten: nn.Module, photos: Tensor, shown: Tensor):
    wrong = (shown + 1) % CLASSES
    assert not list(AutoAttack(epsilon=1).steps_on(Victim(ten, wrong), photos))
    assert not list(ApgdTargeted(epsilon=1).steps_on(Victim(ten, wrong), photos))
    assert torch.equal(run(Fab(epsilon=1, steps=2), ten, photos, wrong), photos)


def reference() -> Any:
    """The package torchattacks, whose AutoAttack is the authors' code. It pins an old requests: install it alone."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pytest.importorskip("torchattacks")


@pytest.mark.slow
@BOTH
def test_no_more_robust_than_by_the_reference(ten: nn.Module, photos: Tensor, shown: Tensor, norm: Norm):
    rivals, theirs, epsilon = reference(), "Linf" if norm == "linf" else "L2", NEAR[norm]
    many = {"norm": theirs, "eps": epsilon, "steps": 20}
    other = rivals.MultiAttack(
        [
            rivals.APGD(ten, **many, loss="ce"),
            rivals.APGDT(ten, **many, n_classes=CLASSES),
            rivals.FAB(ten, **many, multi_targeted=True, n_classes=CLASSES),
            rivals.Square(ten, norm=theirs, eps=epsilon, n_queries=500),
        ]
    )(photos, shown)
    ours = run(AutoAttack(norm=norm, epsilon=epsilon, steps=20, queries=500), ten, photos, shown)
    held, bar = ((ten(found).argmax(1) == shown).sum() for found in (ours, other))
    assert 0 < held <= bar + 1 < COUNT


@BOTH
def test_fab_is_as_near_as_the_reference(ten: nn.Module, photos: Tensor, shown: Tensor, norm: Norm):
    theirs = {"linf": "Linf", "l2": "L2"}[norm]
    rival = reference().FAB(ten, norm=theirs, eps=1000, steps=20, multi_targeted=True, n_classes=CLASSES)
    ours = sizes_of(run(Fab(norm=norm, epsilon=1000, steps=20), ten, photos, shown) - photos, norm)
    bar = sizes_of(rival(photos, shown) - photos, norm)
    assert (ours <= 1.001 * bar).all()
