"""What is declared is what is imported, and every fact about the distribution stands in one place."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

import pytest

import perturber

ROOT = Path(__file__).resolve().parents[2]
OURS = {"perturber", "assets", "benchmarks", "scripts", "tests"}
UNINSTALLED = {"IPython": "ipython", "fast_simplification": "fast-simplification", "skimage": "scikit-image"}
"""Modules of extras that need not be installed here, with their distributions."""
DECLARED_FOR = {
    "perturber": ("heic",),
    "scripts": ("test", "docs"),
    "benchmarks": ("test", "bench"),
    "assets": ("assets",),
    "tests": ("test", "train"),
}
"""The extras that may serve a folder beside the dependencies proper."""


@cache
def project() -> dict[str, Any]:
    with (ROOT / "pyproject.toml").open("rb") as stream:
        found: dict[str, Any] = tomllib.load(stream)["project"]
    return found


def normal(name: str) -> str:
    """A distribution's name as PyPI compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def names(requirements: list[str]) -> set[str]:
    """The distributions of a list of requirements, ours left out."""
    found = {normal(match[0]) for text in requirements if (match := re.match(r"[\w.-]+", text)) is not None}
    return found - {"perturber"}


def declared(*extras: str) -> set[str]:
    optional = project()["optional-dependencies"]
    return names(project()["dependencies"]).union(*(names(optional[extra]) for extra in extras))


@cache
def imported(folder: str) -> dict[str, str]:
    """Top-level modules that the Python files of a folder import, with one file each."""
    found: dict[str, str] = {}
    for file in sorted((ROOT / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                modules = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
                modules = [node.module]
            else:
                continue
            found |= {module.partition(".")[0]: str(file.relative_to(ROOT)) for module in modules}
    # Tests import helpers that lie beside them by their bare names.
    helpers = {path.stem for path in (ROOT / folder).rglob("*.py")} if folder == "tests" else set()
    own = OURS | helpers | set(sys.stdlib_module_names)
    return {module: file for module, file in found.items() if module not in own}


@cache
def installed_distributions() -> Mapping[str, list[str]]:
    return packages_distributions()


def distribution(module: str) -> str:
    """The distribution that brings a module: as installed, else as named here, else of the same name."""
    installed = installed_distributions().get(module)
    return normal(installed[0] if installed else UNINSTALLED.get(module, module))


@pytest.mark.parametrize("folder", DECLARED_FOR)
def test_everything_imported_is_declared(folder: str):
    known = declared(*DECLARED_FOR[folder])
    missing = {file: module for module, file in imported(folder).items() if distribution(module) not in known}
    assert not missing


def test_everything_declared_is_imported():
    used = {distribution(module) for module in imported("perturber")}
    assert declared() <= used


def test_every_dependency_has_a_lowest_version():
    optional = [text for extra in project()["optional-dependencies"].values() for text in extra]
    for text in (*project()["dependencies"], *optional):
        assert ">=" in text or text.startswith("perturber["), text


def test_the_versions_tested_together_name_what_is_declared():
    pinned = set()
    for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            assert re.fullmatch(r"[\w.-]+==[\w.]+", line), line
            pinned.add(normal(line.partition("==")[0]))
    assert declared(*project()["optional-dependencies"]) <= pinned


def test_the_version_stands_in_one_place():
    assert "version" in project()["dynamic"]
    assert "version" not in project()
    assert re.fullmatch(r"\d+\.\d+\.\d+", perturber.__version__)
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f"## [{perturber.__version__}]" in changes
    assert "\nversion:" not in (ROOT / "CITATION.cff").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["LICENSE", "CITATION.cff", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md"])
def test_what_a_published_project_needs_is_there(name: str):
    assert (ROOT / name).stat().st_size > 500


def test_our_types_are_for_others_too():
    assert (ROOT / "perturber" / "py.typed").is_file()
