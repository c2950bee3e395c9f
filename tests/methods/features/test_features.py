"""Feature visualization: the parts against their formulas, the whole against what it is for."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from perturber.core.errors import InputError
from perturber.core.jobs.feature_spec import FeatureSpec, Transforms
from perturber.core.parameters.plugin import kinds
from perturber.methods.features import Visualization
from perturber.methods.features.images import COLOR, Fourier, make_image
from perturber.methods.features.objectives.base_objective import NetworkRun, Objective
from perturber.methods.features.objectives.channel import Channel
from perturber.methods.features.objectives.class_logit import ClassLogit
from perturber.methods.features.objectives.deep_dream import DeepDream
from perturber.methods.features.objectives.direction import Direction
from perturber.methods.features.objectives.diversity import Diversity
from perturber.methods.features.objectives.penalties import L2, TotalVariation
from perturber.methods.features.objectives.unit import CenterUnit
from perturber.methods.features.redirect import Redirected
from perturber.methods.features.transforms import Shaker, resample
from perturber.nets.architectures.architecture import create
from perturber.nets.architectures.network import Network
from perturber.nets.lookup.labels import generic

PARAMETERIZATIONS = ("fourier", "naive", "pyramid")
LAYER = "mixed3a"
EXAMPLES: dict[str, Objective] = {
    "unit": CenterUnit(layer=LAYER, unit=3),
    "channel": Channel(layer=LAYER, unit=3),
    "direction": Direction(layer=LAYER, units=(1, 2), weights=(1.0, -0.5)),
    "class_logit": ClassLogit(output=1),
    "deep_dream": DeepDream(layer=LAYER),
    "diversity": CenterUnit(layer=LAYER, unit=3) + Diversity(layer=LAYER, count=3),
    "l2": Channel(layer=LAYER, unit=3) + 0.1 * L2(),
    "total_variation": Channel(layer=LAYER, unit=3) - (-1e-4) * TotalVariation(),
}


@pytest.fixture(scope="module")
def network() -> Network:
    torch.manual_seed(3)
    return Network("toy", create("inception_v1", 4, width=0.125, norm="none"), generic(4))


def spec(**fields: object) -> FeatureSpec:
    return FeatureSpec.model_validate({"size": 32, "steps": 12, **fields})


@pytest.mark.parametrize("kind", kinds(Objective))
def test_every_objective_grows(network: Network, kind: str):
    objective = EXAMPLES[kind]
    first = Visualization(network, [objective], spec(transforms=None))
    before = sum(first.values())
    *_, last = Visualization(network, [objective], spec(transforms=None)).steps()
    assert sum(last.values()) > before
    assert last.pictures().shape == (objective.images, 32, 32, 3)


@pytest.mark.parametrize("parameterization", PARAMETERIZATIONS)
def test_same_seed_same_image_whatever_else_is_in_the_batch(network: Network, parameterization: str):
    def made(units: tuple[int, ...], seed: int) -> np.ndarray:
        asked = spec(parameterization=parameterization, seed=seed)
        *_, last = Visualization(network, [CenterUnit(layer=LAYER, unit=u) for u in units], asked).steps()
        return last.pictures()

    alone, again, other = made((5,), 0), made((5,), 0), made((5,), 1)
    assert (alone == again).all()
    assert (alone != other).any()
    assert np.abs(made((2, 5), 0)[1].astype(int) - alone[0]).max() <= 2


@pytest.mark.parametrize("parameterization", PARAMETERIZATIONS)
def test_a_picture_to_start_from_is_kept_before_the_first_step(parameterization: str):
    start = torch.rand(2, 3, 32, 32) * 0.9 + 0.05
    image = make_image(spec(parameterization=parameterization), (0, 0), 32, torch.device("cpu"), start=start)
    torch.testing.assert_close(image.pixels().detach(), start, rtol=0, atol=2e-3)


def test_fourier_image_is_the_formula_of_lucid():
    size = 16
    rng = np.random.default_rng(1)
    spectrum = rng.normal(size=(1, 3, size, size // 2 + 1)) + 1j * rng.normal(size=(1, 3, size, size // 2 + 1))
    frequency = np.hypot(np.fft.fftfreq(size)[:, None], np.fft.rfftfreq(size)[None])
    scaled = spectrum / np.maximum(frequency, 1 / size) * np.sqrt(size * size)
    plain = np.fft.irfft2(scaled, s=(size, size)) / 4
    matrix = np.array(COLOR)
    matrix /= np.linalg.norm(matrix, axis=0).max()
    expected = 1 / (1 + np.exp(-np.einsum("nchw,dc->ndhw", plain, matrix)))
    found = Fourier(torch.from_numpy(spectrum.astype(np.complex64)), size).pixels().detach().numpy()
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_a_shift_moves_whole_pixels_and_brings_gray_in():
    images = torch.rand(2, 3, 10, 10)
    shift = torch.tensor([[1.0, 0.0, -3.0], [0.0, 1.0, 2.0]])  # an output pixel comes from 3 left of it, 2 below
    found = resample(images, shift)
    torch.testing.assert_close(found[:, :, :8, 3:], images[:, :, 2:, :7], atol=1e-5, rtol=0)
    torch.testing.assert_close(found[:, :, 8:], torch.full((2, 3, 2, 10), 0.5), atol=1e-5, rtol=0)


def test_a_quarter_turn_and_a_double_scale_are_exact():
    images = torch.rand(1, 3, 8, 8)
    quarter = Transforms(pad=0, jitter=(0, 0), scales=(1.0,), angles=(90.0,))
    turned = Shaker(quarter, 0)(images)
    assert any(torch.allclose(turned, images.rot90(k, (2, 3)), atol=1e-4) for k in (1, 3))
    double = Transforms(pad=0, jitter=(0, 0), scales=(2.0,), angles=(0.0,))
    wide = Shaker(double, 0)(images.repeat_interleave(2, 2).repeat_interleave(2, 3))
    assert wide.shape[2:] == (16, 16)
    torch.testing.assert_close(wide[0, :, 8, 8], images[0, :, 4, 4], atol=0.3, rtol=0)
    shown = Shaker(Transforms(pad=4, jitter=(0, 0), scales=(1.0,), angles=(0.0,), whole=True), 0)(images)
    assert (shown[:, :, :1] - 0.5).abs().max() < 1e-5  # the border of the padded image is gray
    assert (shown[:, :, 3:5, 3:5] - 0.5).abs().max() > 0.01


def test_shifts_stay_within_their_width():
    shaker = Shaker(Transforms(pad=0, jitter=(8, 4), scales=(1.0,), angles=(0.0,)), 7)
    drawn = torch.stack([shaker.draw(32)[:, 2] for _ in range(300)])
    assert drawn.abs().max() <= Transforms().reach
    assert drawn.std() > 1


def test_only_what_the_objective_needs_is_run(network: Network):
    reached: list[str] = []
    network.on_block = reached.append
    try:
        Visualization(network, [CenterUnit(layer=LAYER, unit=0)], spec()).step()
    finally:
        network.on_block = None
    assert reached == ["conv2d0", "conv2d1", "conv2d2", "mixed3a"]


def test_weighted_sums_and_differences_are_those_of_their_terms(network: Network):
    maps = torch.randn(2, 32, 5, 5)
    seen = NetworkRun(torch.rand(2, 3, 8, 8), {LAYER: maps}, None)
    one, two = CenterUnit(layer=LAYER, unit=1), Channel(layer=LAYER, unit=2)
    torch.testing.assert_close((2 * one - two).value(seen), 2 * one.value(seen) - two.value(seen))
    assert (one + two).layers == (LAYER,)


def test_ascent_takes_steps_of_the_same_length_for_every_image(network: Network):
    asked = spec(parameterization="naive", optimizer="ascent", rate=5.0, transforms=None, steps=1)
    under_way = Visualization(network, [ClassLogit(output=0), 100.0 * ClassLogit(output=0)], asked)
    before = under_way.image.parameters[0].detach().clone()
    under_way.step()
    moves = (under_way.image.parameters[0].detach() - before).flatten(1).norm(dim=1)
    torch.testing.assert_close(moves, torch.full((2,), 5.0), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(
    ("objective", "said"),
    [
        (CenterUnit(layer="nowhere", unit=0), "no layer 'nowhere'"),
        (CenterUnit(layer=LAYER, unit=4000), "no unit 4000"),
        (ClassLogit(output=4), "0 to 3"),
    ],
)
def test_what_the_network_does_not_have_is_refused(network: Network, objective: Objective, said: str):
    with pytest.raises(InputError, match=said):
        Visualization(network, [objective], spec())


def test_a_relu_that_blocks_everything_passes_on_what_does_not_push_down():
    x = torch.tensor([[-1.0, -2.0, 3.0], [-1.0, -2.0, -3.0]], requires_grad=True)
    slope = torch.tensor([[1.0, -1.0, 2.0], [1.0, -1.0, -2.0]])  # of what is to become small
    with Redirected():
        values = torch.nn.ReLU(inplace=True)(x * 1)
    found = torch.autograd.grad(values, x, slope)[0]
    assert values.tolist() == [[0, 0, 3], [0, 0, 0]]
    assert found.tolist() == [[0, 0, 2], [0, -1, -2]]


@pytest.fixture
def off() -> Network:
    """A network with units that are off on noise and cannot be read before their ReLU: the second half of a tap."""
    torch.manual_seed(2)
    found = Network("off", create("squeezenet1_0", 4), generic(4))
    assert found.taps[1] not in found.architecture.before
    for name, bias in found.architecture.named_parameters():
        if name.endswith("expand3x3.bias"):
            bias.sub_(0.2)
    return found


def test_a_way_out_for_one_image_is_none_of_the_others(off: Network):
    """One objective has a slope, although the half of the tap that the other one looks at is off."""
    tap = off.taps[1]
    one = Direction(layer=tap, units=(5, off.channels[tap] - 1))
    other = CenterUnit(layer=tap, unit=off.channels[tap] - 1)

    def made(*objectives: Objective) -> np.ndarray:
        *_, last = Visualization(off, objectives, spec(steps=6, parameterization="naive")).steps()
        return last.pictures()[0].astype(int)

    assert np.abs(made(one, other) - made(one)).max() <= 2


def test_a_unit_that_is_off_on_noise_is_found_nevertheless(off: Network):
    tap = off.taps[1]
    unit = off.channels[tap] - 1
    under_way = Visualization(off, [CenterUnit(layer=tap, unit=unit)], spec(steps=40, parameterization="naive"))
    assert under_way.values() == [0.0]
    while under_way.done < 40:
        under_way.step()
    assert under_way.values()[0] > 0
