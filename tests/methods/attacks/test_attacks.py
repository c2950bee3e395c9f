"""What every attack there is keeps to, whichever method it is."""

from __future__ import annotations

from itertools import islice
from typing import cast

import pytest
import torch
from torch import Tensor, nn

from perturber.core.errors import InputError
from perturber.core.parameters.plugin import kinds
from perturber.core.session.attack import AttackMethod
from perturber.methods.attacks.base_attack import Bounded, Iterative
from perturber.methods.networks.victim import Victim

STEPS, SLACK = 4, 1e-6
SMALL = {"queries": 40, "population": 8, "rounds": 1, "first": 4, "epochs": 1, "inner": 2, "steps": 6, "rate": 0.05}
"""What makes some methods quick, and strong enough for pictures of 24², where they have such a field."""
ALL = [
    pytest.param(kind, norm, targeted, id=f"{kind}-{norm or 'free'}-{'to' if targeted else 'from'}")
    for kind, member in kinds(AttackMethod).items()
    for norm in (("l2", "linf") if issubclass(member, Bounded) else ("",))
    for targeted in (False, True)
]
each = pytest.mark.parametrize(("kind", "norm", "targeted"), ALL)


def build(kind: str, norm: str = "") -> Iterative:
    """A small configuration of a method."""
    member = kinds(AttackMethod)[kind]
    wanted: dict[str, object] = {name: value for name, value in SMALL.items() if name in member.model_fields}
    if norm:
        wanted |= {"norm": norm, "epsilon": 0.8 if norm == "l2" else 0.03}
    return cast(Iterative, member(**wanted))


class Scene:
    """The tiny network, another one, and pictures to attack."""

    def __init__(self, network: nn.Module, other: nn.Module, pixels: Tensor, targets: Tensor) -> None:
        self.network, self.other, self.pixels, self.targets = network, other, pixels, targets
        self._known: dict[tuple[str, str, bool], list[Tensor]] = {}

    def victim(self, method: Iterative, targeted: bool, index: Tensor | slice = slice(None)) -> Victim:
        """Who is attacked, for some of the pictures."""
        goal = (self.targets + 1)[index] % 4 if targeted else self.targets[index]
        mask = torch.zeros(len(goal), 1, *self.pixels.shape[2:])
        mask[..., 6:18, 4:20] = 1
        generator = torch.Generator().manual_seed(3)
        others = [Victim(self.other, goal, targeted=targeted, generator=generator)]
        return Victim(
            self.network,
            goal,
            targeted=targeted,
            generator=generator,
            mask=mask if method.masked else None,
            others=others if method.joint else (),
        )

    def run(self, method: Iterative, targeted: bool, index: Tensor | slice = slice(None)) -> list[Tensor]:
        """The pictures after each of some steps."""
        steps = method.steps_on(self.victim(method, targeted, index), self.pixels[index].clone())
        return list(islice(steps, STEPS))

    def known(self, kind: str, norm: str, targeted: bool) -> list[Tensor]:
        """`run` for all pictures, remembered."""
        if (kind, norm, targeted) not in self._known:
            self._known[kind, norm, targeted] = self.run(build(kind, norm), targeted)
        return self._known[kind, norm, targeted]


@pytest.fixture(scope="module")
def scene(network: nn.Module, other_network: nn.Module, pixels: Tensor, targets: Tensor) -> Scene:
    return Scene(network, other_network, pixels, targets)


@each
def test_every_step_is_a_picture_inside_the_ball(scene: Scene, kind: str, norm: str, targeted: bool):
    method = build(kind, norm)
    for picture in scene.known(kind, norm, targeted):
        assert picture.shape == scene.pixels.shape
        assert -SLACK <= picture.min() <= picture.max() <= 1 + SLACK
        if isinstance(method, Bounded):
            change = (picture - scene.pixels).flatten(1)
            sizes = change.norm(dim=1) if norm == "l2" else change.abs().amax(1)
            assert (sizes <= method.epsilon + SLACK).all()


@each
def test_the_same_seed_gives_the_same_bytes(scene: Scene, kind: str, norm: str, targeted: bool):
    """And what is given or was handed out stays as it is: the trajectory of a session relies on it."""
    method = build(kind, norm)
    pixels, copies = scene.pixels.clone(), []
    taken = list(scene.known(kind, norm, targeted))
    for picture, before in zip(method.steps_on(scene.victim(method, targeted), pixels), taken, strict=False):
        copies.append((picture, picture.clone()))
        assert torch.equal(picture, before)
    assert len(copies) == len(taken)
    assert all(torch.equal(picture, copy) for picture, copy in copies)
    assert torch.equal(pixels, scene.pixels)


@each
def test_a_picture_is_attacked_by_itself(scene: Scene, kind: str, norm: str, targeted: bool):
    """Whatever else is in the batch; what is drawn by chance is drawn for a batch of that size."""
    method = build(kind, norm)
    together = scene.known(kind, norm, targeted)[-1]
    others = torch.tensor([0, *reversed(range(1, len(together)))])
    assert (scene.run(method, targeted, others)[-1][0] - together[0]).abs().mean() < 1e-5
    victim = scene.victim(method, targeted, torch.tensor([5]))
    state = victim.generator.get_state()
    alone = method.after(victim, scene.pixels[5:6].clone(), STEPS)
    if torch.equal(state, victim.generator.get_state()):
        assert (alone - together[5:6]).abs().mean() < 1e-5


@each
def test_an_attack_is_never_worse_than_none(scene: Scene, kind: str, norm: str, targeted: bool):
    victim = scene.victim(build(kind, norm), targeted)
    attacked = scene.known(kind, norm, targeted)[-1]
    before, after = (victim.logits(pictures) for pictures in (scene.pixels, attacked))
    assert victim.fooled(after).sum() >= victim.fooled(before).sum()
    if kind != "surrogate":  # which follows the loss of a network of its own
        assert victim.loss_of(after).mean() >= victim.loss_of(before).mean() - SLACK


def test_methods_that_need_something_say_so_without_it(scene: Scene):
    for kind, member in kinds(AttackMethod).items():
        if not member.masked:
            continue
        with pytest.raises(InputError, match="attack"):
            build(kind).after(Victim(scene.network, scene.targets), scene.pixels, 1)
