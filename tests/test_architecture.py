"""The rules that keep the code changeable, as tests."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections import Counter, defaultdict
from pathlib import Path

import pytest

import perturber

ROOT = Path(__file__).resolve().parents[1]
SOURCES = sorted((ROOT / "perturber").rglob("*.py"))
MOST_FILES = 15


def run(command: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.mark.lint
def test_layers_point_one_way():
    done = run([str(Path(sys.executable).with_name("lint-imports"))])
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("file", SOURCES, ids=lambda f: str(f.relative_to(ROOT)))
def test_files_and_functions_stay_short(file: Path):
    text = file.read_text(encoding="utf-8")
    assert text.count("\n") <= 400
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert (node.end_lineno or 0) - node.lineno + 1 <= 60, f"{node.name} is too long"


def test_a_folder_holds_at_most_fifteen_files():
    folders = Counter(file.parent.relative_to(ROOT) for file in (ROOT / "perturber").rglob("*") if _is_source(file))
    assert {str(folder): count for folder, count in folders.items() if count > MOST_FILES} == {}


def test_a_name_means_one_thing():
    """No two classes share a name, and no two modules: what is asked for by name is found at once."""
    places: dict[str, list[str]] = defaultdict(list)
    for file in SOURCES:
        place = str(file.relative_to(ROOT))
        if file.stem not in {"__init__", "__main__"}:
            places[f"{file.stem}.py"].append(place)
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef):
                places[node.name].append(place)
    assert {name: found for name, found in places.items() if len(found) > 1} == {}


def _is_source(file: Path) -> bool:
    return file.is_file() and "__pycache__" not in file.parts


@pytest.mark.parametrize(
    ("module", "forbidden"),
    [
        ("perturber", "torch moderngl PySide6 pydantic numpy"),
        ("perturber.core.session.store", "torch moderngl PySide6"),
        ("perturber.engine.process.client", "torch torchvision moderngl PySide6"),
        ("perturber.gui.shell.app", "torch torchvision moderngl tyro"),
        ("perturber.cli.main", "torch moderngl PySide6 tyro"),
    ],
)
def test_light_modules_import_nothing_heavy(module: str, forbidden: str):
    code = f"import sys, {module}; sys.exit(' '.join(n for n in {forbidden.split()} if n in sys.modules) or 0)"
    done = run([sys.executable, "-c", code])
    assert done.returncode == 0, done.stderr


def test_public_names_lead_where_they_say():
    for name in perturber.__all__:
        assert getattr(perturber, name).__name__ == name
    with pytest.raises(AttributeError, match="nosuch"):
        _ = perturber.nosuch
