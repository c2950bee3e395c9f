"""Attacks that only ask, and those in a band, on a region or on several networks: what they promise, by formula."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from perturber.core.errors import InputError
from perturber.core.parameters.plugin import make
from perturber.core.session.attack import AttackMethod
from perturber.methods.attacks.base_attack import Iterative
from perturber.methods.attacks.black_box.one_pixel import OnePixel
from perturber.methods.attacks.black_box.square import Square
from perturber.methods.attacks.black_box.square import _hill as hill
from perturber.methods.attacks.black_box.surrogate import BySurrogate
from perturber.methods.attacks.gradient.band import Band
from perturber.methods.attacks.gradient.ensemble import Ensemble
from perturber.methods.attacks.gradient.masked import Masked
from perturber.methods.attacks.gradient.pgd import Pgd
from perturber.methods.networks.victim import Victim
from perturber.methods.search.evolution import Evolution

SIZE, CLASSES, COUNT = 24, 4, 4
BLACK_BOX: list[dict[str, Any]] = [
    {"kind": "one_pixel", "count": 2, "population": 6, "generations": 3},
    {"kind": "square", "norm": "linf", "epsilon": 0.1, "queries": 60, "area": 0.2},
    {"kind": "square", "norm": "l2", "epsilon": 1.5, "queries": 60, "area": 0.2},
    {"kind": "surrogate", "norm": "l2", "epsilon": 2.0, "rounds": 2, "first": 6, "epochs": 3},
]


def tiny(seed: int) -> nn.Module:
    torch.manual_seed(seed)
    layers = nn.Conv2d(3, 12, 5, 2), nn.ReLU(), nn.Conv2d(12, 12, 3, 2), nn.ReLU(), nn.Flatten()
    return nn.Sequential(*layers, nn.Linear(12 * 16, CLASSES)).eval().requires_grad_(False)


@pytest.fixture(scope="module")
def network() -> nn.Module:
    return tiny(0)


@pytest.fixture(scope="module")
def pixels() -> Tensor:
    return torch.rand((COUNT, 3, SIZE, SIZE), generator=torch.Generator().manual_seed(1)) * 0.8 + 0.1


class Asked(Victim):
    """Notices when somebody wants more than answers."""

    def logits(self, pixels: Tensor) -> Tensor:
        assert not pixels.requires_grad
        assert not torch.is_grad_enabled()
        return super().logits(pixels)

    def slope(self, *_: Any) -> Any:
        raise AssertionError("no gradient of a black box")

    slopes = slope

    def part(self, index: Tensor) -> Victim:
        return Asked(self._logits, self.goal[index], targeted=self.targeted, generator=self.generator)


def asked(network: nn.Module, pixels: Tensor, **fields: Any) -> Asked:
    with torch.no_grad():
        return Asked(network, network(pixels).argmax(1), generator=torch.Generator().manual_seed(5), **fields)


def of(fields: dict[str, Any]) -> Any:
    return make(AttackMethod, **fields)


@pytest.mark.parametrize("fields", BLACK_BOX, ids=lambda fields: f"{fields['kind']}-{fields.get('norm', 'l0')}")
def test_a_black_box_is_only_asked_and_every_question_counts(
    network: nn.Module, pixels: Tensor, fields: dict[str, Any]
):
    questions = []

    def counted(given: Tensor) -> Tensor:
        questions.append(len(given))
        return network(given)

    method: Iterative = of(fields)
    victim = asked(network, pixels)
    victim._logits = counted
    steps = [step.clone() for step in method.steps_on(victim, pixels)]
    assert 2 <= len(steps) <= method.planned
    assert victim.queries == sum(questions)
    again = asked(network, pixels)
    assert torch.equal(method.after(again, pixels, 10_000), steps[-1])
    alone = method.after(asked(network, pixels[1:2]), pixels[1:2], 10_000)
    torch.testing.assert_close(alone, steps[-1][1:2])


@pytest.mark.parametrize("norm", ["linf", "l2"])
def test_square_gets_ever_better_and_fools_in_the_end(network: nn.Module, pixels: Tensor, norm: str):
    victim = asked(network, pixels)
    epsilon = 0.15 if norm == "linf" else 3.0
    method = Square(norm=norm, epsilon=epsilon, queries=400, area=0.3, together=5)

    def margins(at: Tensor) -> Tensor:
        logits = network(at)
        others = logits.scatter(1, victim.goal[:, None], -torch.inf).amax(1)
        return logits.gather(1, victim.goal[:, None])[:, 0] - others

    seen = torch.stack([margins(step) for step in method.steps_on(victim, pixels)])
    assert (seen[1:] <= seen[:-1] + 1e-6).all()
    assert (seen[-1] < 0).sum() >= COUNT - 1
    assert victim.queries < 400 * COUNT  # those that are fooled are not asked about any more


def test_squares_shrink_as_the_paper_says_and_its_hill_is_its_formula():
    square = Square(norm="linf", queries=10_000, area=0.05)
    sides = {query: square.side(query, 224, 224) for query in (1, 10, 11, 51, 201, 1001, 8001)}
    shares = {1: 1, 10: 1, 11: 2, 51: 4, 201: 8, 1001: 16, 8001: 256}
    assert sides == {query: round((0.05 / shares[query]) ** 0.5 * 224) for query in sides}
    # Equation 2 with h = (5, 5), n = 2: the sum over k of 1 / (n + 1 - k)^2, k from 0 to M.
    ring = [1 / 9, 1 / 9 + 1 / 4, 1 / 9 + 1 / 4 + 1]
    distance = np.maximum(*np.abs(np.mgrid[-2:3, -2:3]))
    np.testing.assert_allclose(hill(5, 5).numpy(), np.array(ring)[2 - distance], rtol=1e-6)


def test_one_pixel_finds_the_pixel_that_decides(pixels: Tensor):
    """One place of the picture is all that counts, and only red in it; everything else leads there smoothly."""
    down, right = torch.meshgrid(torch.arange(SIZE), torch.arange(SIZE), indexing="ij")
    place = torch.exp(-((down - 7) ** 2 + (right - 16) ** 2) / 40.0)

    def seen(given: Tensor) -> Tensor:
        light = ((given[:, 0] - given[:, 1]).clamp(0, 1) * place).amax((1, 2))
        return torch.stack([torch.full_like(light, 0.9), light], 1) * 20

    gray = torch.full((2, 3, SIZE, SIZE), 0.5)
    method = OnePixel(population=40, generations=60, together=40)
    victim = Asked(seen, torch.zeros(2, dtype=torch.long), generator=torch.Generator().manual_seed(0))
    found = method.after(victim, gray, 10_000)
    changed = (found != gray).any(1)
    assert changed.flatten(1).sum(1).tolist() == [1, 1]
    assert victim.fooled(seen(found)).all()
    assert (place[changed[0]] > 0.85).all()
    assert torch.equal(found[0], found[1])


def test_evolution_is_scipys_generation_by_generation():
    from scipy.optimize import differential_evolution

    first = np.random.default_rng(0).random((8, 3))

    def height(points: np.ndarray) -> np.ndarray:
        return ((points - 0.3) ** 2).sum(0)

    search, best = Evolution(first, 5, np.random.default_rng(1)), []
    while search.waiting is not None:
        losses = height(search.waiting.T)
        best.append(losses.min())
        search.answer(losses.tolist())
    search.close()
    expected = differential_evolution(
        height, [(0, 1)] * 3, init=first, strategy="rand1bin", mutation=0.5, recombination=1.0, maxiter=5, tol=0,
        polish=False, updating="deferred", vectorized=True, rng=np.random.default_rng(1),
    )  # fmt: skip
    assert len(best) == 6
    assert min(best) == expected.fun
    Evolution(first, 5, np.random.default_rng(1)).close()  # in the middle, without an answer


def test_a_surrogate_learns_where_the_boundary_is(pixels: Tensor):
    """The black box compares the halves of the picture; its surrogate's gradients must lead towards the boundary.

    A mean over seeds: how far a single surrogate leads varies by 40 %, and with the last bits of its training.
    """

    def seen(given: Tensor) -> Tensor:
        gap = given[..., SIZE // 2 :].mean((1, 2, 3)) - given[..., : SIZE // 2].mean((1, 2, 3))
        return torch.stack([gap, -gap], 1)

    picture = pixels.clone()
    picture[..., SIZE // 2 :] += 0.08
    goal = torch.zeros(COUNT, dtype=torch.long)
    victims = [Asked(seen, goal, generator=torch.Generator().manual_seed(seed)) for seed in range(4)]

    def gained(reached: Tensor) -> float:
        return float((seen(picture) - seen(reached))[:, 0].mean())

    method = BySurrogate(epsilon=3.0, rounds=2, first=16)
    straight = gained(Pgd(epsilon=3.0).run(seen, picture, goal))
    noise = torch.randn(picture.shape, generator=torch.Generator().manual_seed(2))
    assert abs(gained(picture + method.project(noise, picture))) < 0.04 * straight
    assert np.mean([gained(method.after(victim, picture, 10_000)) for victim in victims]) > 0.08 * straight


@pytest.mark.parametrize("norm", ["l2", "linf"])
@pytest.mark.parametrize("band", ["low", "high"])
def test_a_change_stays_in_its_band(network: nn.Module, pixels: Tensor, band: str, norm: str):
    method = Band(norm=norm, epsilon=0.4 if norm == "l2" else 0.02, band=band, cutoff=5, steps=4)
    victim = Victim(network, network(pixels).argmax(1))
    change = method.after(victim, pixels, 4) - pixels  # too small to be cut at black or white
    frequency = np.hypot(np.fft.fftfreq(SIZE, 1 / SIZE)[:, None], np.fft.fftfreq(SIZE, 1 / SIZE))
    power = np.abs(np.fft.fft2(change.double().numpy())) ** 2
    outside = frequency > 5 if band == "low" else frequency <= 5
    assert power[..., outside].sum() < 1e-8 * power.sum()
    assert (victim.losses(pixels + change) > victim.losses(pixels)).all()


def test_a_universal_change_is_one_for_all(network: nn.Module, pixels: Tensor):
    method = Band(epsilon=0.5, cutoff=9, universal=True, steps=6)
    victim = Victim(network, network(pixels).argmax(1))
    change = method.after(victim, pixels, 6) - pixels
    assert (change - change[:1]).abs().max() < 1e-6
    assert float(change[0].norm()) == pytest.approx(0.5, rel=1e-4)
    assert victim.losses(pixels + change).mean() > victim.losses(pixels).mean()
    assert victim.queries == 6 * COUNT + 2 * COUNT


@pytest.mark.parametrize("norm", ["l2", "linf"])
def test_only_the_region_changes(network: nn.Module, pixels: Tensor, norm: str):
    mask = torch.zeros(COUNT, 1, SIZE, SIZE)
    mask[..., 4:15, 6:20] = 1.0
    mask[..., 3, :] = 0.4  # covered by less than a half
    victim = Victim(network, network(pixels).argmax(1), mask=mask)
    changed = {}
    for region in ("object", "background"):
        method = Masked(norm=norm, epsilon=1.0 if norm == "l2" else 0.05, region=region, random_start=True)
        reached = method.after(victim, pixels, 5)
        changed[region] = (reached != pixels).any(1, keepdim=True)
        assert (victim.losses(reached) > victim.losses(pixels)).all()
    assert not changed["object"][mask < 0.5].any()
    assert changed["object"][mask >= 0.5].float().mean() > 0.9
    assert not changed["background"][mask >= 0.5].any()
    with pytest.raises(InputError, match="shows no object"):
        next(Masked().steps_on(Victim(network, victim.goal, mask=mask * 0), pixels))


@pytest.mark.parametrize("fuse", ["losses", "logits"])
def test_an_ensemble_follows_the_weighted_mean(network: nn.Module, pixels: Tensor, fuse: str):
    other = tiny(7)
    goal = network(pixels).argmax(1)
    victim = Victim(network, goal, others=[Victim(other, goal)])
    method = Ensemble(fuse=fuse, share=0.7, momentum=0)
    at = pixels.clone().requires_grad_()
    entropy = nn.functional.cross_entropy
    if fuse == "logits":
        mean = entropy(0.7 * network(at) + 0.3 * other(at), goal, reduction="sum")
    else:
        mean = 0.7 * entropy(network(at), goal, reduction="sum") + 0.3 * entropy(other(at), goal, reduction="sum")
    (expected,) = torch.autograd.grad(mean, at)
    torch.testing.assert_close(method.gradient(victim, pixels), expected, atol=1e-7, rtol=1e-4)
    both = Ensemble(fuse=fuse, epsilon=2.0).after(victim, pixels, 10)
    assert (network(both).argmax(1) != goal).sum() + (other(both).argmax(1) != goal).sum() >= 2 * COUNT - 1
    assert Ensemble().weights(Victim(network, goal))[0][1] == 1


def test_logits_of_unlike_networks_are_not_fused(network: nn.Module, pixels: Tensor):
    other = Victim(lambda given: network(given)[:, :3], torch.zeros(COUNT, dtype=torch.long))
    with pytest.raises(InputError, match="fuse"):
        next(Ensemble(fuse="logits").steps_on(Victim(network, network(pixels).argmax(1), others=[other]), pixels))
