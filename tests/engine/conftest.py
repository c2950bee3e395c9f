"""One engine for all tests of this folder: the context and the networks are opened once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from perturber.engine.frame.engine import Engine


@pytest.fixture(scope="module")
def engine(opengl: None) -> Iterator[Engine]:
    made = Engine("cpu", "float32")
    yield made
    made.close()
