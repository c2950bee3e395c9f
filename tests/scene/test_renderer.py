"""The renderer as a citizen: its context, its thread, its memory, its limits."""

from __future__ import annotations

import gc
import resource
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from perturber.core.errors import InputError
from perturber.core.evaluation import Pixels
from perturber.core.parameters.parameter import replace_all
from perturber.core.session.post import Custom, Post
from perturber.core.session.scene import Photo, Scene
from perturber.core.session.session import Session
from perturber.core.storage.files import FileRef
from perturber.scene.renderer import Renderer

BUSY = {
    "scene.morph.overall": 0.3,
    "post.color.hue": 0.1,
    "post.custom.value": 1.2,
    "post.patches.k": 3,
    "post.frequency.low_sigma": 1.0,
    "post.noise.sigma": 0.1,
}
"""A session that uses every pass."""


def pixels_of(renderer: Renderer, session: Session, size: int = 64) -> Pixels:
    return renderer.read(renderer.post(renderer.draw(session.scene, size), session.post, session.seed))


def resident() -> int:
    """Bytes of memory this process holds now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize()


def test_two_renderers_on_one_thread_do_not_disturb_each_other(renderer: Renderer):
    session = Session()
    expected = pixels_of(renderer, session)
    other = Renderer()
    inverted = replace_all(session, {"post.color.hue": 0.5, "scene.camera.yaw": 90.0})
    for _ in range(2):
        assert (pixels_of(other, inverted) != expected).any()
        np.testing.assert_array_equal(pixels_of(renderer, session), expected)
    other.release()
    np.testing.assert_array_equal(pixels_of(renderer, session), expected)


def test_every_method_keeps_to_its_thread(renderer: Renderer):
    texture = renderer.draw(Scene(), 32)
    calls: list[Callable[[], object]] = [
        lambda: renderer.draw(Scene(), 32),
        lambda: renderer.post(texture, Post(), 0),
        lambda: renderer.read(texture),
        lambda: renderer.check(Custom()),
        renderer.release,
    ]
    caught: list[str] = []

    def run() -> None:
        for call in calls:
            try:
                call()
            except RuntimeError as error:
                caught.append(str(error))

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert len(caught) == len(calls)
    assert all("thread" in message for message in caught)


def test_a_renderer_works_on_any_thread_that_makes_it(renderer: Renderer):
    expected = pixels_of(renderer, Session())
    seen: list[Pixels] = []

    def run() -> None:
        own = Renderer()
        seen.append(pixels_of(own, Session()))
        own.release()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    np.testing.assert_array_equal(seen[0], expected)


@pytest.mark.gl
def test_after_its_release_it_says_so():
    made = Renderer()
    made.release()
    made.release()
    with pytest.raises(RuntimeError, match="released"):
        made.draw(Scene(), 32)


@pytest.mark.parametrize("size", [0, -5, 1_000_000])
def test_impossible_sizes_are_refused(renderer: Renderer, size: int):
    with pytest.raises(InputError, match=f"{size} pixels"):
        renderer.draw(Scene(), size)


@pytest.mark.parametrize("size", [1, 7, 33, 300])
def test_odd_sizes_draw_with_every_effect(renderer: Renderer, size: int):
    assert pixels_of(renderer, replace_all(Session(), BUSY), size).shape == (size, size, 3)


@pytest.mark.slow
def test_memory_stays_where_it_is(renderer: Renderer):
    """Drags of the camera, texts and seeds for hundreds of frames."""

    def frames(numbers: range) -> None:
        for n in numbers:
            code = f"vec3 effect(vec3 color, float value, vec2 uv) {{ return color * {1 + n % 40}.0; }}"
            changes = {"scene.camera.yaw": n % 90 - 45.0, "seed": n, "post.custom.code": code}
            pixels_of(renderer, replace_all(Session(), {**BUSY, **changes}), 224)
        gc.collect()

    frames(range(60))
    before = resident()
    frames(range(60, 180))
    assert resident() < before + 24 * 2**20


def test_a_file_without_a_hash_is_read_again_when_it_changes(renderer: Renderer, tmp_path: Path):
    file = tmp_path / "p.png"
    session = replace_all(Session(), {"scene.photo": Photo(file=FileRef(path=str(file)))})
    for number, color in enumerate(((255, 0, 0), (0, 255, 0))):
        Image.new("RGB", (40 + number, 40), color).save(file)
        assert tuple(pixels_of(renderer, session)[0, 0]) == color
