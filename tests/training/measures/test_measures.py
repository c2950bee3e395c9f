"""Every measure gives the number that is known beforehand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from toy import Knower, Sets, Stand, colored

from perturber.core.parameters.plugin import kinds
from perturber.methods.attacks.gradient.pgd import Pgd
from perturber.scene.assets.views import YAWS
from perturber.training.data.rendered_pictures import ignore_progress
from perturber.training.measures.aligned_activations import Moments
from perturber.training.measures.base_measure import Measure
from perturber.training.measures.gradient_frequency import low_share
from perturber.training.measures.robust_accuracy import find_survivors
from perturber.training.measures.yaw_sensitivity import fluctuation

GRAYS = [0, 0, 127, 255]


def values(kind: str, sets: Sets, **fields: Any) -> dict[str, float]:
    return kinds(Measure)[kind](**fields).run(Stand(), sets, ignore_progress)  # type: ignore[arg-type]


def test_clean_accuracy_counts_what_leads():
    assert values("clean", Sets(plain=colored(GRAYS, [0, 0, 1, 1]))) == {"top1": 0.75}
    assert values("clean", Sets(plain=colored(GRAYS, [0, 0, 1, 1])), pictures=3) == {"top1": 1}


def test_shape_decisions_are_counted_as_geirhos_does():
    conflict = colored(GRAYS, [0, 0, 0, 0], [1, 1, 1, 1])
    found = values("shape", Sets(conflict=conflict))
    assert found == pytest.approx({"shape": 0.5, "texture": 0.25, "neither": 0.25, "shape share": 2 / 3})
    assert "shape share" not in values("shape", Sets(conflict=colored([255], [0], [1])))


def test_a_swapped_background_costs_accuracy():
    sets = Sets(plain=colored(GRAYS, [0, 0, 1, 2]), swapped=colored([0, 255, 255, 255], [0, 0, 1, 2]))
    assert values("background", sets) == {"plain": 1, "swapped": 0.5, "drop": 0.5}


def test_robust_accuracy_falls_where_the_distance_to_the_boundary_lies():
    """A gray g leaves its class at 0.25 or 0.75, so at an L2 distance of |g − boundary|·√(8·8·3)."""
    plain = colored([0, 26, 127, 255], [0, 0, 1, 1])  # the last is wrong from the start
    side = np.sqrt(8 * 8 * 3)
    distances = sorted([0.25 * side, (0.25 - 26 / 255) * side, (127 / 255 - 0.25) * side])
    radii = [distances[0] * 0.95, distances[0] * 1.05, distances[2] * 1.05]
    found = values("robust", Sets(plain=plain), epsilons=radii)
    assert list(found.values()) == [0.75, 0.75, 0.5, 0]
    assert list(found) == ["0", *(f"{radius:g}" for radius in radii)]


def test_who_survives_was_right_at_every_step():
    pixels = torch.rand((20, 3, 8, 8), generator=torch.Generator().manual_seed(0))
    pixels[10:] *= 0.4
    network: Any = Knower()
    targets = network.run(pixels).logits.argmax(1)
    attack = Pgd(epsilon=2.0, steps=6)
    last = network.run(attack.run(lambda at: network.run(at).logits, pixels, targets)).logits.argmax(1) == targets
    stood = find_survivors(network, attack, pixels, targets.numpy())
    assert 0 < len(stood) < 20
    assert set(stood) <= set(np.flatnonzero(last.numpy()))


def wave(cycles: int) -> torch.Tensor:
    """A cosine with so many cycles over 64 pixels, before a constant; 1×3×64×64."""
    row = torch.cos(2 * torch.pi * cycles * torch.arange(64) / 64) + 5
    return row.expand(1, 3, 64, 64)


def test_low_frequencies_end_at_an_eighth_of_nyquist():
    assert [float(low_share(wave(cycles))) for cycles in (1, 3, 4, 20)] == pytest.approx([1, 1, 0, 0], abs=1e-9)
    both = wave(2) + 2 * wave(10)
    assert float(low_share(both)) == pytest.approx(0.2)
    assert float(low_share(wave(10) * 1e-15)) == pytest.approx(0, abs=1e-6)  # a sure network's gradient is tiny
    assert low_share(torch.ones(1, 3, 8, 8)).isnan().all()
    noise = torch.randn((8, 3, 224, 224), generator=torch.Generator().manual_seed(0))
    assert float(low_share(noise).mean()) == pytest.approx(np.pi / 256, rel=0.05)


def test_fluctuation_follows_the_equation():
    logits = np.zeros((len(YAWS), 4, 24))
    logits[..., :10] = np.arange(10, 0, -1)
    logits[0, :, 0] += 3  # one view differs by (3, 4) in two of the leading ten
    logits[0, :, 1] += 4
    logits[1, :, 20] += 100  # and one in a class that does not lead
    scores = fluctuation(logits.reshape(28, 24).astype(np.float32))
    assert scores == pytest.approx([5 / logits[2, 0].std()] * 4)


def test_few_classes_leave_half_of_them():
    logits = np.zeros((28, 4), np.float32)
    logits[:] = [4, 3, 2, 1]
    logits[4:8] += [0, 2, 50, 50]  # another yaw; the last two do not lead
    assert fluctuation(logits) == pytest.approx([2 / np.std([4, 3, 2, 1])] * 4)


def test_correlations_are_pearsons():
    rng = np.random.default_rng(0)
    one = rng.normal(size=(500, 4)) + 100
    other = np.stack([one[:, 0] * 3 - 7, -one[:, 1], rng.normal(size=500) + one[:, 2], np.full(500, 0.1)], 1)
    sums = Moments()
    for start in range(0, 500, 64):
        sums.add(one[start : start + 64], other[start : start + 64])
    expected = [1, -1, np.corrcoef(one[:, 2], other[:, 2])[0, 1], 0]
    assert sums.correlations() == pytest.approx(expected, abs=1e-9)
