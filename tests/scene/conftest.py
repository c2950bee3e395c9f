"""One renderer for the tests of a module; GL errors fail the test that made them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import moderngl
import numpy as np
import pytest

from perturber.core.evaluation import Pixels
from perturber.core.parameters.parameter import replace_all
from perturber.core.session.post import Post
from perturber.core.session.session import Session
from perturber.scene.renderer import Renderer

SIZE = 224


@pytest.fixture(scope="module")
def shared_renderer(opengl: None) -> Iterator[Renderer]:
    made = Renderer()
    yield made
    made.release()


@pytest.fixture
def renderer(shared_renderer: Renderer) -> Iterator[Renderer]:
    yield shared_renderer
    assert shared_renderer._context.error == "GL_NO_ERROR"


@pytest.fixture
def draw(renderer: Renderer) -> Callable[..., Pixels]:
    """Pixels of the default session with some parameters changed."""

    def drawn(size: int = SIZE, session: Session | None = None, **changes: object) -> Pixels:
        paths = {path.replace("__", "."): value for path, value in changes.items()}
        made = replace_all(session or Session(), paths)
        return renderer.read(renderer.post(renderer.draw(made.scene, size), made.post, made.seed))

    return drawn


@pytest.fixture
def picture() -> Pixels:
    """A colorful picture with energy at all frequencies."""
    rng = np.random.default_rng(3)
    waves = np.add.outer(np.sin(np.arange(SIZE) / 9), np.cos(np.arange(SIZE) / 23))[..., None] * [40, 25, -30]
    return (128 + waves + rng.normal(0, 25, (SIZE, SIZE, 3))).clip(0, 255).astype(np.uint8)


@pytest.fixture
def apply(renderer: Renderer, picture: Pixels) -> Callable[..., Pixels]:
    """The test picture after effects given as ``effect__field=value``."""
    texture = renderer._context.texture((SIZE, SIZE), 3, np.ascontiguousarray(picture[::-1]).tobytes(), alignment=1)
    texture.filter = (moderngl.NEAREST, moderngl.NEAREST)

    def applied(seed: int = 0, **changes: object) -> Pixels:
        post = replace_all(Post(), {path.replace("__", "."): value for path, value in changes.items()})
        done = renderer.post(texture, post, seed)
        assert done is not texture, "nothing was applied"
        return renderer.read(done)

    return applied
