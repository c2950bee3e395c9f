"""What all tests share: an offscreen Qt, sleeping OpenMP threads, the folder of shared check data."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from perturber.engine.device import prepare_threads

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
prepare_threads()

SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real weights and photos that lie beside the checkout; never part of it."""
    if not (SHARED / "data").is_dir():
        pytest.skip("the shared check data does not lie beside the checkout")
    return SHARED / "data"
