"""Dataset examples: the right patches, indexed once, whatever lies in the folder and happens to the cache."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file

from perturber.core.errors import InputError
from perturber.core.evaluation import Pixels
from perturber.core.jobs.job import Answer, Examples, FindExamples
from perturber.core.parameters.parameter import replace, replace_all
from perturber.core.session.models import ArchitectureModel as Model
from perturber.core.session.scene import Photo
from perturber.core.session.session import Session
from perturber.core.storage.blobs import Blobs
from perturber.core.storage.files import FileRef
from perturber.engine.batch import picture_sets as picturesets
from perturber.engine.frame.engine import Engine
from perturber.engine.frame.observer import to_tensor
from perturber.engine.jobs.example_finder import MAGIC, ExampleFinder
from perturber.nets.architectures.architecture import create
from perturber.scene.assets.views import views
from perturber.scene.files import image

LAYER = "mixed3a"


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Model:
    torch.manual_seed(7)
    file = tmp_path_factory.mktemp("weights") / "tiny.safetensors"
    save_file(create("inception_v1", 5, width=0.0625, norm="batch").state_dict(), file)
    return Model(name="inception_v1", weights=FileRef(path=str(file)))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six photos of blobs, two of them in a folder inside."""
    made = tmp_path_factory.mktemp("photos")
    (made / "more").mkdir()
    random = np.random.default_rng(5)
    for number in range(6):
        small = Image.fromarray(random.integers(0, 256, (9, 12, 3), dtype=np.uint8))
        small.resize((300, 256), Image.Resampling.BICUBIC).save(made / ("more" if number > 3 else "") / f"{number}.png")
    return made


@pytest.fixture
def finder(engine: Engine, tmp_path: Path) -> ExampleFinder:
    return anew(engine, tmp_path)


def anew(engine: Engine, tmp_path: Path) -> ExampleFinder:
    """As a program started anew, with the same cache."""
    return ExampleFinder(engine, Blobs(tmp_path / "cache", 1 << 24, MAGIC, "examples"))


def job(model, folder: Path | str, unit: int = 3, **more: object) -> FindExamples:
    return FindExamples(model=model, layer=LAYER, unit=unit, folder=str(folder), **more)


def ended(answers: Iterator[Answer]) -> tuple[Examples, int]:
    """What came of it, and how many pictures had to be looked at."""
    looked, last = 0, Answer()
    for last in answers:
        looked = max(looked, last.done) if last.value is None and last.done < last.total else looked
    assert isinstance(last.value, Examples)
    return last.value, looked


def same(first: Examples, second: Examples) -> bool:
    seen = [[(e.source, e.value, e.box, e.patch.tobytes()) for e in found.found] for found in (first, second)]
    return seen[0] == seen[1] and (first.skipped, first.pictures) == (second.skipped, second.pictures)


def height(engine: Engine, model: Model, pixels: Pixels, unit: int) -> torch.Tensor:
    with torch.inference_mode():
        return (
            engine.features.network(model)
            .run(to_tensor(pixels, torch.device("cpu")), LAYER)
            .activations[LAYER][0, unit]
        )


def test_values_are_those_of_the_picture_as_input(engine: Engine, finder: ExampleFinder, model: Model, folder: Path):
    found, _ = ended(finder.find(job(model, folder, count=25)))
    assert found.pictures == 6
    assert len({example.source for example in found.found}) == len(found.found) > 2
    values = [example.value for example in found.found]
    assert values == sorted(values, reverse=True)
    for example in found.found:
        session = replace(Session(), "scene.photo", Photo(file=FileRef(path=str(folder / example.source))))
        pixels = engine.render(session)
        assert float(height(engine, model, pixels, 3).max()) == pytest.approx(example.value, rel=1e-4)
        left, top, right, bottom = example.box
        assert np.array_equal(pixels[top:bottom, left:right], example.patch)


@pytest.mark.parametrize("unit", [3, 5, 6])
def test_only_the_patch_matters(engine: Engine, finder: ExampleFinder, model: Model, folder: Path, unit: int):
    found, _ = ended(finder.find(job(model, folder, unit)))
    random = np.random.default_rng(0)
    for example in found.found[:3]:
        pixels = image.photo_pixels(folder / example.source, 0.875, 224)
        place = int(height(engine, model, pixels, unit).argmax())
        left, top, right, bottom = example.box
        assert min(right - left, bottom - top) < 100
        outside = random.integers(0, 256, pixels.shape, dtype=np.uint8)
        outside[top:bottom, left:right] = example.patch
        inside = pixels.copy()
        inside[top:bottom, left:right] = random.integers(0, 256, example.patch.shape, dtype=np.uint8)
        kept, lost = (float(height(engine, model, p, unit).flatten()[place]) for p in (outside, inside))
        assert kept == pytest.approx(example.value, rel=1e-3)
        assert lost != pytest.approx(example.value, rel=0.05)


def test_a_set_is_looked_at_once_for_all_units(
    engine: Engine, finder: ExampleFinder, model: Model, folder: Path, tmp_path: Path
):
    first, looked = ended(finder.find(job(model, folder)))
    assert looked == 5  # the sixth ends it
    assert ended(finder.find(job(model, folder, 6)))[1] == 0
    again, looked = ended(anew(engine, tmp_path).find(job(model, folder)))
    assert looked == 0
    assert same(first, again)
    os.utime(folder / "0.png", (1, 1))
    assert ended(anew(engine, tmp_path).find(job(model, folder)))[1] == 5


def test_another_unit_meanwhile_goes_on_where_the_first_stopped(finder: ExampleFinder, model: Model, folder: Path):
    begun = finder.find(job(model, folder))
    while next(begun).done < 4:
        pass
    rest = [answer for answer in finder.find(job(model, folder, 6)) if 0 < answer.done < answer.total]
    assert [answer.done for answer in rest] == [5]


def test_an_index_damaged_in_any_way_is_made_again(
    engine: Engine, finder: ExampleFinder, model: Model, folder: Path, tmp_path: Path
):
    good, _ = ended(finder.find(job(model, folder)))
    (file,) = (f for f in (tmp_path / "cache").rglob("*") if f.is_file())
    content, random = file.read_bytes(), np.random.default_rng(2)
    blobs = Blobs(tmp_path / "cache", 1 << 24, MAGIC, "examples")
    payload = blobs.get(file.name)
    assert payload is not None
    flipped = bytearray(content)
    flipped[int(random.integers(len(content)))] ^= 255
    for damage in (b"", content[: len(content) // 2], bytes(flipped), random.bytes(3000)):
        file.write_bytes(damage)
        found, looked = ended(anew(engine, tmp_path).find(job(model, folder)))
        assert looked == 5
        assert same(found, good)
    for foreign in (b"no tensors", payload.replace(b"mixed3b", b"mixed9b"), payload[:-1]):  # with a hash that is right
        blobs.put(file.name, foreign)
        found, looked = ended(anew(engine, tmp_path).find(job(model, folder)))
        assert looked == 5
        assert same(found, good)
    assert ended(anew(engine, tmp_path).find(job(model, folder)))[1] == 0


def test_where_nothing_can_be_kept_all_works(engine: Engine, model: Model, folder: Path, tmp_path: Path):
    (tmp_path / "cache").write_text("a file in the folder's place")
    finder = anew(engine, tmp_path)
    assert ended(finder.find(job(model, folder)))[1] == 5
    assert ended(finder.find(job(model, folder, 6)))[1] == 0
    assert "cache" in finder.blobs.problem


def test_what_is_no_picture_is_skipped_by_name(
    engine: Engine, finder: ExampleFinder, model: Model, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    mixed = tmp_path / "mixed"
    (mixed / "folder.jpg").mkdir(parents=True)
    good = (folder / "0.png").read_bytes()
    broken = bytearray(good)
    broken[len(good) // 2 :] = bytes(len(good) - len(good) // 2)
    files = {
        "good.png": good,
        "empty.png": b"",
        "text.jpg": b"Dear diary",
        "cut.png": good[:900],
        "broken.png": bytes(broken),
    }
    for name, content in {**files, "notes.txt": b"not asked for", "locked.png": good}.items():
        (mixed / name).write_bytes(content)
    with (mixed / "huge.png").open("wb") as stream:
        stream.truncate(image.MAX_BYTES + 1)
    Image.new("1", (9000, 9000)).save(mixed / "wide.png")
    (mixed / "lost.png").symlink_to(tmp_path / "nowhere")
    os.mkfifo(mixed / "pipe.png")
    real = os.open

    def refusing(path: str | Path, flags: int, mode: int = 0o777) -> int:
        if Path(path).name == "locked.png":  # whoever runs the tests as root may read everything
            raise PermissionError(13, "Permission denied")
        return real(path, flags, mode)

    monkeypatch.setattr(os, "open", refusing)
    found, _ = ended(finder.find(job(model, mixed)))
    assert found.pictures == 1
    assert {example.source for example in found.found} <= {"good.png"}
    named = {line.split(":")[0]: line for line in found.skipped}
    expected = {"empty", "text", "cut", "broken", "locked", "huge", "wide", "lost", "pipe"}
    assert {Path(name).stem for name in named} == expected
    assert "Permission denied" in named["locked.png"]
    assert "64 MiB" in named["huge.png"]
    assert ended(anew(engine, tmp_path).find(job(model, mixed)))[0].skipped == found.skipped


@pytest.mark.parametrize(
    ("changes", "names"),
    [
        ({"folder": "/no/such/folder"}, "/no/such/folder"),
        ({"folder": "{empty}"}, "no usable pictures"),
        ({"folder": "{bad}"}, "text.jpg"),
        ({"layer": "mixed9"}, "mixed9"),
        ({"unit": 999}, "999"),
    ],
)
def test_what_cannot_be_found_is_refused(
    finder: ExampleFinder, model: Model, folder: Path, tmp_path: Path, changes: dict[str, object], names: str
):
    for name in ("empty", "bad"):
        (tmp_path / name).mkdir()
    (tmp_path / "bad" / "text.jpg").write_text("Dear diary")
    if "folder" in changes:
        changes = {"folder": str(changes["folder"]).format(empty=tmp_path / "empty", bad=tmp_path / "bad")}
    with pytest.raises(InputError, match=names):
        ended(finder.find(replace_all(job(model, folder), changes)))


def test_shipped_objects_are_rendered_once(
    engine: Engine, finder: ExampleFinder, model: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    some = [view for number, view in enumerate(views(Session())) if number in (0, 30, 31)]
    monkeypatch.setattr(picturesets, "views", lambda session: iter(some))
    before = engine.evaluate(Session())
    found, _ = ended(finder.find(job(model, "")))
    assert {example.source for example in found.found} <= {f"{name} {number:02d}" for name, number, _ in some}
    assert len(found.found) > 1
    best = found.found[0]
    shown = engine.render(next(view for name, number, view in some if best.source == f"{name} {number:02d}"))
    left, top, right, bottom = best.box
    assert np.array_equal(shown[top:bottom, left:right], best.patch)
    renders = engine.raster.runs
    again, looked = ended(anew(engine, tmp_path).find(job(model, "")))
    assert (looked, engine.raster.runs) == (0, renders)
    assert same(found, again)
    for file in (tmp_path / "cache").rglob("000"):
        file.write_bytes(b"damaged")
    assert same(ended(anew(engine, tmp_path).find(job(model, "", count=25)))[0], found)
    after = engine.evaluate(Session())
    assert np.array_equal(before.pixels, after.pixels)
    assert before.slots[0].top == after.slots[0].top
