"""Rendered sets: deterministic per index, the same from one process or two, going on after a kill, planted bias."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from perturber.core.errors import MachineError
from perturber.core.storage.files import FileRef
from perturber.scene.renderer import Renderer
from perturber.training.data import rendered_pictures as module
from perturber.training.data.rendered_pictures import BLOCK, DONE, PIXELS, draw_sample, folder_of, picture_set
from perturber.training.studio.kinds import KINDS, SHAPES
from perturber.training.studio.places import PLACES
from perturber.training.studio.sample import PLACE_NAMES, RUN, Pictures, Sampler, StudioSample
from perturber.training.studio.stock import MEMBERS, Stock

SMALL = Pictures(count=BLOCK + RUN, style="stylized", seed=4)


@pytest.mark.slow
@pytest.mark.gl
def test_a_set_is_the_same_from_one_process_or_two_and_goes_on_after_a_kill(tmp_path: Path):
    two = picture_set(SMALL, tmp_path / "two", processes=2)
    folder = folder_of(SMALL, tmp_path / "two")
    pixels = np.array(two.pixels)
    assert pixels.std() > 20
    done, again = np.load(folder / DONE), np.load(folder / PIXELS, mmap_mode="r+")
    assert done.tolist() == [1, 1]
    again[:] = 0  # as if a kill had lost the second block, and to see that the first is left alone
    again.flush()
    done[1] = 0
    np.save(folder / DONE, done)
    resumed = picture_set(SMALL, tmp_path / "two", processes=1)
    assert not resumed.pixels[:BLOCK].any()
    assert (resumed.pixels[BLOCK:] == pixels[BLOCK:]).all()
    assert (resumed.targets == np.arange(SMALL.count) // RUN % len(KINDS)).all()
    assert (resumed.textures == -1).all()


@pytest.mark.gl
def test_a_picture_is_a_function_of_its_index(tmp_path: Path):
    sampler, other = (Sampler(SMALL, Stock(tmp_path / name)) for name in ("a", "b"))
    renderer = Renderer()
    try:
        pixels = [draw_sample(renderer, s.sample(7), (SMALL.seed, 7)) for s in (sampler, other)]
    finally:
        renderer.release()
    assert (pixels[0] == pixels[1]).all()
    assert sampler.sample(7).session != sampler.sample(8).session


def test_a_process_that_dies_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "render_share", _die)
    with pytest.raises(MachineError, match="status 3"):
        picture_set(SMALL, tmp_path, processes=1)


def _die(*anything: object) -> None:
    raise SystemExit(3)


@pytest.fixture(scope="module")
def stock(tmp_path_factory: pytest.TempPathFactory) -> Stock:
    return Stock(tmp_path_factory.mktemp("stock"))


class NamesOnly(Stock):
    """A stock whose files are named and not made: what a picture would show needs no pixels."""

    def _file(self, name: str, make: Callable[[Path], None]) -> FileRef:
        return FileRef(path=str(self.folder / name))


@pytest.fixture
def names(tmp_path: Path) -> NamesOnly:
    return NamesOnly(tmp_path)


def samples(stock: Stock, count: int, **what: object) -> list[StudioSample]:
    sampler = Sampler(Pictures.model_validate({"count": count * RUN, "seed": 3, **what}), stock)
    return [sampler.sample(index * RUN) for index in range(count)]


def test_the_bias_is_as_planted(names: NamesOnly):
    """Within five standard deviations of the share."""
    for bias in (0.8, 0.0):
        found = samples(names, 1080, bias=bias)
        at_home = np.mean([PLACE_NAMES[s.place] == KINDS[s.target].home for s in found])
        assert abs(at_home - bias) < 0.06
    assert {s.target for s in found} == set(range(len(KINDS)))


def test_swapped_pictures_differ_from_the_plain_ones_by_the_place_alone(names: NamesOnly):
    plain, swapped = (samples(names, 36, style=style, split="test") for style in ("plain", "swapped"))
    homes = {kind.home for kind in KINDS}
    for one, two in zip(plain, swapped, strict=True):
        assert one.session.scene.subject == two.session.scene.subject
        assert one.session.scene.camera == two.session.scene.camera
        assert one.session.post == two.session.post
        assert PLACE_NAMES[two.place] in homes - {KINDS[two.target].home}


def test_conflicting_pictures_wear_another_class(names: NamesOnly):
    found = samples(names, 90, style="conflict", split="test")
    assert all(s.texture not in {s.target, -1} for s in found)
    assert all(s.place == -1 for s in found)


@pytest.mark.slow
def test_no_file_is_in_both_splits(stock: Stock):
    def files(split: str) -> set[bytes]:
        found = samples(stock, len(KINDS), split=split)
        refs = [
            ref
            for s in found
            for ref in (s.session.scene.background.file, getattr(s.session.scene.subject, "diffuse", None))
        ]
        refs += [getattr(s.session.scene.subject, "mesh", None) for s in found]
        return {Path(ref.path).read_bytes() for ref in refs if ref is not None}

    assert not files("train") & files("test")


def test_every_class_has_a_shape_a_coat_and_a_home():
    assert len(KINDS) >= 16
    assert len({kind.wnid for kind in KINDS}) == len(KINDS)
    assert {kind.name for kind in KINDS} == set(SHAPES)
    assert {kind.home for kind in KINDS} <= set(PLACES)
    assert min(MEMBERS.values()) > 8


def test_a_disk_without_room_is_named_before_pictures_are_drawn(tmp_path: Path):
    resource = pytest.importorskip("resource", reason="limits of POSIX")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 16, before[1]))  # as a full disk, without one
    try:
        with pytest.raises(MachineError, match=rf"{PIXELS}: File too large"):
            picture_set(SMALL, tmp_path, processes=1)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert list(folder_of(SMALL, tmp_path).iterdir()) == []
