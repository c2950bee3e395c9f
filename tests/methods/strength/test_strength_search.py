"""How strong an attack has to be: against a network whose answer is known by a formula."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from perturber.methods.attacks.gradient.masked import Masked
from perturber.methods.attacks.gradient.pgd import Pgd
from perturber.methods.networks.victim import Victim
from perturber.methods.strength.strength_search import StrengthSearch, curve, minimal_epsilon, transfer

DISTANCES = torch.tensor([0.03, 0.21, 0.5, 1.4, 6.0, -0.1])
"""How far the pictures are from the boundary; the last is beyond it."""
HIGH = 2.0


def half(pixels: Tensor) -> Tensor:
    """Says 0 as long as the pixels' sum, by its gradient's length, exceeds that of a gray picture."""
    count = pixels[0].numel()
    height = (pixels - 0.5).flatten(1).sum(1) / count**0.5
    return torch.stack([height, -height], 1) * 10


def whole(pixels: Tensor) -> Tensor:
    """Sees the left half of the pictures only."""
    return half(pixels[..., : pixels.shape[-1] // 2])


@pytest.fixture(scope="module")
def pixels() -> Tensor:
    """Gray pictures, each at its distance from the boundary of `half`."""
    count = 3 * 16 * 16
    return (0.5 + DISTANCES / count**0.5)[:, None, None, None].expand(-1, 3, 16, 16).clone()


def victims(rows: Tensor) -> Victim:
    return Victim(half, torch.zeros(len(rows), dtype=torch.long))


def others(rows: Tensor) -> Victim:
    return Victim(whole, torch.zeros(len(rows), dtype=torch.long))


def test_the_smallest_epsilon_is_the_distance_to_the_boundary(pixels: Tensor):
    found = minimal_epsilon(Pgd(steps=3), victims, pixels, HIGH, precision=0.01)
    assert found[-1] == 0  # it is wrong without an attack
    assert found[4] == torch.inf  # beyond the largest that is tried
    exact = DISTANCES[:4].double()
    assert (found[:4] >= exact * (1 - 1e-4)).all()
    assert (found[:4] <= exact * 1.0101).all()


def test_a_picture_alone_is_found_the_same(pixels: Tensor):
    together = minimal_epsilon(Pgd(steps=2), victims, pixels, HIGH)
    alone = [float(minimal_epsilon(Pgd(steps=2), victims, pixels[[row]], HIGH)) for row in range(len(pixels))]
    assert together.tolist() == alone


def test_the_curve_counts_what_a_smaller_ball_held(pixels: Tensor):
    points = curve(Pgd(steps=3), victims, pixels, [1.0, 0.1, 0.4])
    assert [point.epsilon for point in points] == [0.0, 0.1, 0.4, 1.0]
    assert [int(point.fooled.sum()) for point in points] == [1, 2, 3, 4]


def test_a_worse_attack_in_a_larger_ball_is_replaced_by_the_better_one(pixels: Tensor):
    clumsy = Pgd(steps=1, step=0.3, epsilon=0.3)

    def overshooting(rows: Tensor) -> Victim:
        """Beyond a distance of 0.3 behind the boundary the first class stands first again."""
        return Victim(lambda x: half(x) * torch.sign(half(x)[:, :1] + 3.0), torch.zeros(len(rows), dtype=torch.long))

    search = StrengthSearch(clumsy, overshooting, pixels[:2], thorough=True)
    for _ in search.curve([0.3, 1.0]):
        pass
    victim = overshooting(torch.arange(2))
    assert not victim.fooled(victim.logits(clumsy.with_epsilon(1.0).after(victim, pixels[:2], 1))).any()
    assert [point.fooled.tolist() for point in search.points] == [[False, False], [True, True], [True, True]]
    assert (search.points[2].probability <= search.points[1].probability).all()
    assert search.smallest.tolist() == [0.3, 0.3]


def test_steps_of_a_fixed_length_grow_with_the_ball():
    assert Pgd(epsilon=2.0, step=0.5).with_epsilon(4.0) == Pgd(epsilon=4.0, step=1.0)
    assert Masked(epsilon=2.0).with_epsilon(1.0) == Masked(epsilon=1.0)


def test_success_needs_a_changed_picture(pixels: Tensor):
    """Tied logits that flip by themselves are none, and neither is a flip before the attack if none counts."""
    calls: list[int] = []

    def flipping(at: Tensor) -> Tensor:
        """Says 0 first, then 1, whatever it sees."""
        calls.append(len(at))
        return at.flatten(1)[:, :2] * 0 + torch.tensor([0.0, float(len(calls) > 1)])

    def moody(rows: Tensor) -> Victim:
        return Victim(flipping, torch.zeros(len(rows), dtype=torch.long))

    search = StrengthSearch(Pgd(steps=2), moody, pixels[:3])
    for _ in search.curve([0.5]):
        pass
    assert search.smallest.isinf().all()
    assert not search.points[-1].fooled.any()
    assert not StrengthSearch(Pgd(), moody, pixels[:3], unfooled=True).points[0].fooled.any()
    assert not transfer(Pgd(steps=1), {"moody": moody}, pixels[:3])["moody", "moody"].any()


def test_pictures_without_a_gradient_are_noted(pixels: Tensor):
    search = StrengthSearch(Pgd(steps=2), victims, pixels[:5])
    dead = StrengthSearch(Pgd(steps=2), lambda rows: Victim(lambda at: half(at) * 0, rows * 0), pixels[:5])
    for each in (search, dead):
        assert not each.flat.any()
        for _ in each.curve([0.1, 0.5]):
            pass
    assert not search.flat.any()
    assert dead.flat.all()


def test_an_attack_carries_over_to_who_looks_at_the_same(pixels: Tensor):
    found = transfer(Pgd(epsilon=0.27, steps=3), {"half": victims, "whole": others}, pixels[:3])
    assert found["half", "half"].tolist() == [True, True, False]
    assert found["half", "whole"].tolist() == [True, True, False]
    assert found["whole", "whole"].tolist() == [True, True, False]
    # What is changed on the left alone counts less, by the square root of two, for who sees all.
    assert found["whole", "half"].tolist() == [True, False, False]
