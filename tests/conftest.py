"""What all tests share: an offscreen Qt, sleeping OpenMP threads, the shared check data, markers that follow from use.

A test gets a marker by using a fixture: `opengl` gives ``gl``, `display` gives ``xvfb``, `shared_data` gives
``shared``. A test that draws without such a fixture is marked by hand; if it is not, it finds no OpenGL.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

from perturber.engine.device import prepare_threads

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
prepare_threads()

SHARED = Path(__file__).resolve().parents[2] / "shared"
NO_SHARED = "they need the check data beside the checkout (shared/data)"
MARKERS = {"opengl": "gl", "display": "xvfb", "shared_data": "shared"}
"""What using a fixture, directly or through others, says about a test."""

settings.register_profile("steady", derandomize=True, deadline=None, max_examples=40, database=None)
settings.register_profile("thorough", deadline=None, max_examples=2000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark tests by the fixtures they use, before ``-m`` selects among them."""
    for item in items:
        for fixture in getattr(item, "fixturenames", ()):
            if fixture in MARKERS:
                item.add_marker(MARKERS[fixture])


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how many tests did not run for want of the shared check data."""
    missing = [r for r in terminalreporter.stats.get("skipped", []) if NO_SHARED in str(r.longrepr)]
    if missing:
        terminalreporter.write_line(f"{len(missing)} tests skipped: {NO_SHARED}", yellow=True)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real weights and photos that lies beside the checkout and is never part of it."""
    if not (SHARED / "data").is_dir():
        pytest.skip(NO_SHARED)
    return SHARED / "data"


@pytest.fixture(scope="session")
def opengl() -> None:
    """Nothing but the statement that an OpenGL context is needed."""


@pytest.fixture(scope="session", autouse=True)
def _own_settings(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Keep the tests away from the user's settings, presets and accepted sessions."""
    os.environ["XDG_CONFIG_HOME"] = str(tmp_path_factory.mktemp("settings"))


@pytest.fixture(autouse=True)
def _no_opengl_without_its_marker(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse OpenGL to tests that are not marked, here and in programs they start, so that no marker is forgotten."""
    if request.node.get_closest_marker("gl") is None:
        monkeypatch.setenv("__EGL_VENDOR_LIBRARY_FILENAMES", "/nonexistent")
        monkeypatch.setattr("moderngl.create_context", _refuse)


def _refuse(**settings: object) -> None:
    raise RuntimeError("this test is not marked gl")
