"""The rules that keep the code changeable, as tests."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import perturber

ROOT = Path(__file__).resolve().parents[1]
SOURCES = sorted((ROOT / "perturber").rglob("*.py"))


def run(command: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


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
