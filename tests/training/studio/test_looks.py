"""Textures, backdrops and the painterly filter of the studio data set."""

from __future__ import annotations

import numpy as np
import pytest

from perturber.training.studio.places import FREE_PLACES, PLACES
from perturber.training.studio.surfaces.coats import COATS, FREE, SWATCH
from perturber.training.studio.surfaces.painterly import paint

EVERY = {**COATS, **{f"free-{i}": coat for i, coat in enumerate(FREE)}}
VIEWS = {**PLACES, **{f"free-{i}": place for i, place in enumerate(FREE_PLACES)}}


def features(pixels):
    """Means and deviations of the colors, and how strong the gradients are in both directions at two scales."""
    colors = pixels.reshape(-1, 3).astype(float) / 255
    gray = pixels.astype(float).mean(axis=-1) / 255
    coarse = gray.reshape(64, 4, 64, 4).mean(axis=(1, 3))
    slopes = [np.abs(np.diff(field, axis=axis)).mean() * 4 for field in (gray, coarse) for axis in (0, 1)]
    return np.concatenate([colors.mean(axis=0), colors.std(axis=0), slopes])


def recognized(makers, learn=4, judge=2):
    """Share of fresh pictures whose nearest mean of features (each scaled to unit deviation) is their own kind's."""
    drawn = {name: [features(make(s)) for s in range(learn + judge)] for name, make in makers.items()}
    scale = np.concatenate([rows[:learn] for rows in drawn.values()]).std(axis=0)
    centers = np.stack([np.mean(rows[:learn], axis=0) for rows in drawn.values()])
    hits = [
        np.argmin((((centers - row) / scale) ** 2).sum(axis=1)) == kind
        for kind, rows in enumerate(drawn.values())
        for row in rows[learn:]
    ]
    return np.mean(hits)


@pytest.mark.parametrize("name", EVERY)
def test_a_coat_is_four_swatches_that_its_seed_decides(name: str):
    first, again, other = (EVERY[name](np.random.default_rng(seed)) for seed in (3, 3, 4))
    assert first.shape == (4, SWATCH, SWATCH, 3)
    assert first.dtype == np.uint8
    assert (first == again).all()
    assert np.abs(first[0].astype(int) - other[0]).mean() > 3
    assert first[0].std() > 4, "a texture is no plain color"


@pytest.mark.parametrize("name", VIEWS)
def test_a_place_is_one_picture_that_its_seed_decides(name: str):
    first, again, other = (VIEWS[name](np.random.default_rng(seed)) for seed in (3, 3, 4))
    assert first.shape == (SWATCH, SWATCH, 3)
    assert first.dtype == np.uint8
    assert (first == again).all()
    assert np.abs(first.astype(int) - other).mean() > 5


def test_texture_alone_tells_the_class():
    makers = {name: lambda s, coat=coat: coat(np.random.default_rng(s))[0] for name, coat in COATS.items()}
    assert recognized(makers) > 0.6, "chance is 1 in 18"


def test_statistics_alone_tell_the_kind_of_place():
    makers = {name: lambda s, place=place: place(np.random.default_rng(s)) for name, place in PLACES.items()}
    assert recognized(makers) > 0.6, "chance is 1 in 8"


def test_painting_keeps_the_size_and_takes_the_fine_detail():
    noise = np.random.default_rng(0).integers(0, 256, (224, 224, 3), dtype=np.uint8)
    noise[:, 112:] = noise[:, 112:] // 4
    for seed in range(8):
        painted = paint(noise, np.random.default_rng(seed))
        assert painted.shape == noise.shape
        assert painted.dtype == np.uint8
        assert (painted == paint(noise, np.random.default_rng(seed))).all()
        steps = [np.abs(np.diff(p.astype(float).mean(axis=-1), axis=1)).mean() for p in (noise, painted)]
        assert steps[1] < 0.6 * steps[0]
    shades = paint(noise, np.random.default_rng(1)).mean(axis=(0, 2))
    assert shades[:100].mean() > shades[124:].mean() + 20, "what is bright and what is dark stays where it was"


def test_every_painting_is_another():
    picture = PLACES["street"](np.random.default_rng(0))[:224, :224]
    paintings = [paint(picture, np.random.default_rng(seed)).astype(int) for seed in range(4)]
    assert all(np.abs(painting - picture).mean() > 4 for painting in paintings)
    assert np.abs(paintings[0] - paintings[1]).mean() > 4
