"""Starting from trained weights: a fresh head, and attacks that leave nothing to learn from."""

from __future__ import annotations

from collections.abc import Callable, Collection

import pytest
import torch
from torch import Tensor, nn

from perturber.core.errors import InputError
from perturber.methods.attacks.gradient.pgd import Pgd
from perturber.nets.architectures.architecture import Architecture, NetworkOutput, Normalization, create
from perturber.training.loop.recipes.adversarial import Adversarial
from perturber.training.loop.recipes.base_recipe import TrainingBatch
from perturber.training.loop.recipes.standard import Standard
from perturber.training.loop.transfer import describe_attack, with_new_head


class RedOrBlue(Architecture):
    """Tells reddish from bluish pictures by their mean color."""

    name = "red_or_blue"
    taps = ("maps",)

    def __init__(self) -> None:
        super().__init__()
        self.channels, self.blocks = {"maps": 3}, {"maps": (), "head": ("weight",)}
        self.normalization = Normalization.of((0.0,) * 3, (1.0,) * 3)
        self.weight = nn.Parameter(torch.tensor([[1.0, 0.0, -1.0], [-1.0, 0.0, 1.0]]))

    def observe(
        self,
        x: Tensor,
        upto: str | None = None,
        keep: Collection[str] = (),
        on_block: Callable[[str], None] | None = None,
    ) -> NetworkOutput:
        return NetworkOutput({"maps": x}, x.mean((2, 3)) @ self.weight.T)


@pytest.fixture
def seen() -> TrainingBatch:
    """Eight reddish and eight bluish pictures, 8×8."""
    pixels = torch.rand(16, 3, 8, 8, generator=torch.Generator().manual_seed(0)) * 0.2 + 0.3
    pixels[:8, 0] += 0.2
    pixels[8:, 2] += 0.2
    targets = torch.tensor([0] * 8 + [1] * 8)
    return TrainingBatch(pixels, targets, 0.0, torch.Generator().manual_seed(0))


def warn(epsilon: float, seen: TrainingBatch) -> str:
    recipe = Adversarial(attack=Pgd(norm="linf", epsilon=epsilon, steps=5))
    return describe_attack(RedOrBlue(), recipe, seen)


def test_an_attack_that_leaves_nothing_is_said_with_both_rates(seen: TrainingBatch) -> None:
    told = warn(0.3, seen)
    assert told.startswith("--epsilon 0.3 (linf) breaks the start network completely: accuracy 100.0 % (16 of 16,")
    assert "becomes 0.0 % (0 of 16," in told


def test_nothing_is_said_of_an_attack_to_learn_from(seen: TrainingBatch) -> None:
    assert warn(0.01, seen) == ""
    assert describe_attack(RedOrBlue(), Standard(), seen) == ""


def test_only_the_head_is_fresh() -> None:
    torch.manual_seed(1)
    trained = create("inception_v1", 7, width=0.0625, norm="batch")
    made, replaced = with_new_head(trained, 3)
    assert made.classes == 3
    assert replaced == ("softmax2.weight", "softmax2.bias")
    states = made.bare().state_dict(), trained.bare().state_dict()
    assert all(torch.equal(states[0][key], states[1][key]) for key in states[1] if key not in replaced)


def test_as_many_classes_leave_no_head_to_replace() -> None:
    with pytest.raises(InputError, match="--start"):
        with_new_head(create("inception_v1", 7, width=0.0625, norm="batch"), 7)
