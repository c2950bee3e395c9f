"""Every post effect against a NumPy reference."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from perturber.core.evaluation import Pixels
from perturber.core.parameters.parameter import Parameter, replace_all, walk
from perturber.core.session.post import Frequency, Post
from perturber.scene.effects.post_chain import deviates, patch_order
from perturber.scene.renderer import Renderer

Apply = Callable[..., Pixels]
Reals = NDArray[np.floating[Any]]
LUMA = np.array([0.2126, 0.7152, 0.0722])
PARAMETERS = [p for p in walk(Post) if p.low is not None]
ENDS = [(p, end) for p in PARAMETERS for end in p.ends]


def unit(pixels: Pixels) -> Reals:
    return pixels.astype(np.float64) / 255


def assert_close(pixels: Pixels, reference: Reals, tolerance: float = 1.01) -> None:
    """Within one step of 8 bits, which rounding may cost."""
    assert np.abs(pixels.astype(np.float64) - reference.clip(0, 1) * 255).max() <= tolerance


def hue_matrix(turns: float) -> Reals:
    """Rodrigues' rotation around (1, 1, 1)/√3, from the matrix exponential's closed form."""
    angle = 2 * np.pi * turns
    k = np.array([[0, -1, 1], [1, 0, -1], [-1, 1, 0]]) / np.sqrt(3)
    return np.eye(3) + np.sin(angle) * k + (1 - np.cos(angle)) * k @ k


def gaussian(image: Reals, sigma: float) -> Reals:
    """Separable, cut at three sigma, edges clamped."""
    if sigma == 0:
        return image
    radius = int(np.ceil(3 * sigma))
    weights = np.exp(-0.5 * (np.arange(-radius, radius + 1) / sigma) ** 2)
    weights /= weights.sum()
    for axis in (0, 1):
        padded = np.pad(image, [(radius, radius) if a == axis else (0, 0) for a in range(3)], mode="edge")
        shifted = [np.take(padded, range(i, i + image.shape[axis]), axis) for i in range(2 * radius + 1)]
        image = sum(w * s for w, s in zip(weights, shifted, strict=True))
    return image


def test_default_is_the_identity_bit_for_bit(renderer: Renderer, picture: Pixels):
    texture = renderer._targets.final(64, "scene").color_attachments[0]
    assert renderer.post(texture, Post(), 5) is texture
    assert renderer.post(texture, replace_all(Post(), {"frequency.cutoff": 9.0}), 5) is texture


@pytest.mark.parametrize(("parameter", "end"), ENDS, ids=[f"{p.path}={e}" for p, e in ENDS])
def test_both_extremes_visibly_change_the_picture(apply: Apply, picture: Pixels, parameter: Parameter, end: float):
    changes = {parameter.path.replace(".", "__"): type(parameter.default)(end)}
    if parameter.path == "frequency.cutoff":  # the bands sum to the picture wherever they are cut
        changes["frequency__high_alpha"] = 0.0
        low_cut = apply(frequency__high_alpha=0.0)
        assert np.abs(apply(**changes).astype(int) - low_cut).mean() > 1
        return
    assert np.abs(apply(**changes).astype(int) - picture).mean() > 1


@pytest.mark.parametrize("turns", [-0.5, -0.2, 0.1, 0.5])
def test_hue_turns_around_the_gray_axis(apply: Apply, picture: Pixels, turns: float):
    assert_close(apply(color__hue=turns), unit(picture) @ hue_matrix(turns).T)


@pytest.mark.parametrize("amount", [0.0, 0.4])
def test_saturation_fades_to_luminance(apply: Apply, picture: Pixels, amount: float):
    gray = (unit(picture) @ LUMA)[..., None]
    assert_close(apply(color__saturation=amount), gray + amount * (unit(picture) - gray))


def test_alpha_brightness_gamma_and_contrast(apply: Apply, picture: Pixels):
    assert_close(apply(color__alpha=0.3), 0.3 * unit(picture))
    assert_close(apply(color__brightness=-0.2), unit(picture) - 0.2)
    assert_close(apply(color__gamma=2.0), np.sqrt(unit(picture)))
    assert_close(apply(custom__value=1.7), (unit(picture) - 0.5) * 1.7 + 0.5)


@pytest.mark.parametrize("k", [2, 4, 7, 16])
def test_patch_shuffling_moves_cells_exactly(apply: Apply, picture: Pixels, k: int):
    cell = 224 // k
    bottom_up = picture[::-1]
    order = patch_order(k, 9).astype(int)
    expected = np.empty_like(bottom_up)
    for row in range(k):
        for column in range(k):
            x, y = order[row, column] * cell
            block = bottom_up[y : y + cell, x : x + cell]
            expected[row * cell : (row + 1) * cell, column * cell : (column + 1) * cell] = block
    np.testing.assert_array_equal(apply(seed=9, patches__k=k), expected[::-1])


@pytest.mark.parametrize("k", [3, 5, 13])
def test_cells_that_do_not_divide_the_picture_keep_every_pixel_whole(apply: Apply, picture: Pixels, k: int):
    """Cells start at ceil(i · size / k); a narrower one repeats its last pixel."""
    bottom_up = picture[::-1]
    order = patch_order(k, 2).astype(int)
    starts = -(-np.arange(k + 1) * 224 // k)
    cell = np.arange(224) * k // 224
    within = np.arange(224) - starts[cell]
    x, y = (order[cell[:, None], cell[None, :], axis] for axis in (0, 1))
    columns = np.minimum(starts[x] + within[None, :], starts[x + 1] - 1)
    rows = np.minimum(starts[y] + within[:, None], starts[y + 1] - 1)
    np.testing.assert_array_equal(apply(seed=2, patches__k=k), bottom_up[rows, columns][::-1])


def test_shuffling_always_moves_something():
    for seed in range(100):
        cells = patch_order(2, seed).astype(int)
        assert (cells != np.stack(np.meshgrid([0, 1], [0, 1]), axis=-1)).any()


def test_patch_order_is_a_permutation_that_the_seed_decides():
    for k in (2, 3, 16):
        cells = {tuple(cell) for row in patch_order(k, 1) for cell in row}
        assert len(cells) == k * k
    assert (patch_order(5, 1) == patch_order(5, 1)).all()
    assert (patch_order(5, 1) != patch_order(5, 2)).any()


def test_noise_has_its_sigma_and_its_seed(apply: Apply, picture: Pixels):
    first, again, other = (apply(seed=s, noise__sigma=0.05) for s in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert (first != other).mean() > 0.5
    assert_close(first, unit(picture) + 0.05 * deviates(224, 1)[::-1])
    assert abs(deviates(224, 1).std() - 1) < 0.01


@pytest.mark.parametrize("cutoff", [0.5, 4.0, 16.0])
def test_low_plus_high_is_the_original(apply: Apply, picture: Pixels, cutoff: float):
    """Forced through all passes by a change that is invisible in 8 bits."""
    almost = apply(frequency__cutoff=cutoff, frequency__low_alpha=1 - 1e-6)
    assert np.abs(almost.astype(int) - picture).max() <= 1


@pytest.mark.parametrize(
    "values",
    [
        {"cutoff": 2.0, "high_alpha": 0.0},
        {"cutoff": 6.0, "low_alpha": 0.0},
        {"cutoff": 3.0, "low_alpha": 0.5, "high_alpha": 0.7, "low_hue": 0.2, "high_hue": -0.3},
        {"cutoff": 3.0, "low_sigma": 4.0, "high_sigma": 1.5},
    ],
    ids=str,
)
def test_frequency_decomposition(apply: Apply, picture: Pixels, values: dict[str, float]):
    effect = Frequency(**values)
    low = gaussian(unit(picture), effect.cutoff)
    high = unit(picture) - low
    low = gaussian(low, effect.low_sigma) @ hue_matrix(effect.low_hue).T
    high = gaussian(high, effect.high_sigma) @ hue_matrix(effect.high_hue).T
    expected = 0.5 + effect.low_alpha * (low - 0.5) + effect.high_alpha * high
    assert_close(apply(**{f"frequency__{name}": value for name, value in values.items()}), expected)


def test_effects_apply_in_the_order_of_the_fields(apply: Apply, picture: Pixels):
    both = apply(seed=4, color__alpha=0.5, patches__k=2, noise__sigma=0.1)
    dark = unit(apply(seed=4, color__alpha=0.5, patches__k=2))
    assert_close(both, dark + 0.1 * deviates(224, 4)[::-1], tolerance=2)


def test_sigmas_follow_the_size_of_the_picture(draw: Callable[..., Pixels]):
    small = draw(post__frequency__high_alpha=0.0, post__frequency__cutoff=6.0).astype(float)
    large = draw(size=448, post__frequency__high_alpha=0.0, post__frequency__cutoff=6.0).astype(float)
    halved = large.reshape(224, 2, 224, 2, 3).mean(axis=(1, 3))
    assert np.abs(halved - small).mean() < 1.5
