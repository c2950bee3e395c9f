"""Kept feature images: read as written, and healed from whatever happens to their files."""

from __future__ import annotations

import os
import random
import zipfile
from pathlib import Path

import numpy as np
import pytest

from perturber.core.jobs.feature_spec import NAIVE, Feature
from perturber.core.storage import blobs
from perturber.nets.families.feature_store import (
    Atlas,
    FeatureCache,
    FeatureStore,
    atlas_file,
    decode,
    encode,
    write_atlas,
)
from tests.gui.fake import family

NETWORK = "0" * 64
"""The fingerprint of the fake family's first checkpoint."""


def feature(unit: int = 0, network: str = NETWORK) -> Feature:
    return Feature(network, "mixed4a", unit)


def picture(seed: int = 0, side: int = 32) -> np.ndarray:
    wave = np.linspace(0, 3 + seed, side)
    shades = 127 + 120 * np.sin(wave[:, None] * wave[None])
    return np.repeat(shades[..., None], 3, 2).astype(np.uint8)


def test_kept_bytes_decode_to_nearly_the_picture():
    kept = decode(encode(picture()))
    assert kept is not None
    assert np.abs(kept.astype(int) - picture()).mean() < 6


def test_an_image_is_the_same_from_the_cache_and_from_an_atlas(tmp_path: Path):
    known = {"studio": family(folder=tmp_path / "studio")}
    store = FeatureStore(known, FeatureCache(tmp_path / "cache"))
    assert store.read(feature()) is None
    shown = store.keep(feature(), picture())
    assert feature() in store
    assert (store.read(feature()) == shown).all()
    checkpoint = known["studio"].variants[0].checkpoints[0]
    data = store.data(feature())
    assert data is not None
    write_atlas(atlas_file(known["studio"], checkpoint), NETWORK, [(feature(), data)])
    shipped = FeatureStore(known, FeatureCache(tmp_path / "empty"))
    assert (shipped.read(feature()) == shown).all()
    assert shipped.read(feature(1)) is None
    assert shipped.read(Feature(NETWORK, "mixed4a", 0, NAIVE)) is None


def test_an_atlas_of_other_weights_or_of_no_zip_is_empty_and_says_so(tmp_path: Path):
    file = tmp_path / "a.zip"
    write_atlas(file, NETWORK, [(feature(), encode(picture()))])
    assert len(Atlas(file, NETWORK)) == 1
    other = Atlas(file, "1" * 64)
    assert not len(other)
    assert "other weights" in other.problem
    file.write_bytes(b"no zip at all")
    assert str(file) in Atlas(file, NETWORK).problem
    assert not Atlas(tmp_path / "missing.zip", NETWORK).problem


def test_the_same_images_make_the_same_atlas(tmp_path: Path):
    images = [(feature(unit), encode(picture(unit))) for unit in range(3)]
    write_atlas(tmp_path / "a.zip", NETWORK, images)
    write_atlas(tmp_path / "b.zip", NETWORK, reversed(images))
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()


def test_a_damaged_atlas_entry_counts_as_missing(tmp_path: Path):
    file = tmp_path / "a.zip"
    write_atlas(file, NETWORK, [(feature(), encode(picture()))])
    with zipfile.ZipFile(file) as archive:
        start = archive.infolist()[0].header_offset
    content = bytearray(file.read_bytes())
    content[start + 120] ^= 0xFF
    file.write_bytes(content)
    assert Atlas(file, NETWORK).data(feature()) is None


def test_whatever_happens_to_an_atlas_costs_images_and_nothing_else(tmp_path: Path):
    file, rng = tmp_path / "a.zip", random.Random(1)
    features = [feature(unit) for unit in range(3)]
    write_atlas(file, NETWORK, [(f, encode(picture(f.unit))) for f in features])
    whole = file.read_bytes()
    for _ in range(300):
        content = bytearray(whole)
        for _ in range(rng.choice((1, 2, 8))):
            content[-rng.randint(1, 400)] = rng.randrange(256)  # where the archive says what it holds
        file.write_bytes(content)
        atlas = Atlas(file, NETWORK)
        found = [data for data in map(atlas.data, features) if data is not None]
        assert all(data in whole for data in found)


@pytest.mark.parametrize("seed", range(12))
def test_a_damaged_cache_heals(tmp_path: Path, seed: int):
    cache = FeatureCache(tmp_path)
    shown = FeatureStore({}, cache).keep(feature(), picture())
    file, rng = cache.file(feature()), random.Random(seed)
    content = bytearray(file.read_bytes())
    for _ in range(rng.randint(1, 4)):
        if rng.random() < 0.5:
            content[rng.randrange(len(content))] ^= rng.randint(1, 255)
        else:
            del content[rng.randrange(len(content)) :]
            content = content or bytearray(b"x")
    file.write_bytes(content)
    store = FeatureStore({}, cache)
    assert store.read(feature()) is None
    assert not file.exists()
    assert (store.keep(feature(), picture()) == shown).all()
    assert (store.read(feature()) == shown).all()


def test_a_folder_in_an_images_place_is_told_and_changes_nothing(tmp_path: Path):
    cache = FeatureCache(tmp_path)
    cache.file(feature()).mkdir(parents=True)
    assert cache.data(feature()) is None
    store = FeatureStore({}, cache)
    assert store.keep(feature(), picture()).shape == (32, 32, 3)
    assert str(tmp_path) in cache.problem
    store.keep(feature(1), picture())
    assert not cache.problem


@pytest.mark.parametrize("denied", ["read", "write"])
def test_wrong_permissions_cost_no_image(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, denied: str):
    cache = FeatureCache(tmp_path)
    store = FeatureStore({}, cache)
    shown = store.keep(feature(), picture())

    def refuse(*_args: object, **_options: object) -> bytes:
        raise PermissionError(13, "Permission denied")

    # The tests may run as root, whom permissions do not stop.
    if denied == "read":
        monkeypatch.setattr(os, "open", refuse)
        assert store.read(feature()) is None
        monkeypatch.undo()
    else:
        monkeypatch.setattr(blobs, "replace_file", refuse)
        assert (store.keep(feature(2), picture()) == shown).all()
        assert "Permission denied" in cache.problem
        monkeypatch.undo()
    assert (store.keep(feature(), picture()) == shown).all()
    assert (store.read(feature()) == shown).all()


def test_the_oldest_images_go_when_the_cache_is_full(tmp_path: Path):
    size = len(encode(picture())) + 36
    cache = FeatureCache(tmp_path, limit=10 * size)
    for unit in range(30):
        cache.write(feature(unit), encode(picture()))
        cache.data(feature(0))  # looked at, hence young
    kept = [unit for unit in range(30) if feature(unit) in cache]
    assert sum(f.stat().st_size for f in tmp_path.rglob("*.pfi")) <= 10 * size
    assert kept[-1] == 29
    assert 0 in kept
    assert 1 not in kept
