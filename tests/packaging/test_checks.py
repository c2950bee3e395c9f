"""Commit hooks and continuous integration run the checks of the tests, with the same versions."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HOOKS = (ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8")
WORKFLOW = (ROOT / ".github" / "workflows" / "tests.yml").read_text(encoding="utf-8")
CONSTRAINTS = dict(
    line.split("==")
    for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
)


def test_the_hooks_run_the_ruff_of_the_tests():
    revisions = dict(re.findall(r"repo: https://github\.com/(\S+)\n\s+rev: (\S+)", HOOKS))
    assert revisions == {"astral-sh/ruff-pre-commit": f"v{CONSTRAINTS['ruff']}"}


def test_the_hooks_are_the_commands_of_make_lint():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    lint = makefile[makefile.index("lint:") :].split("\n\n")[0]
    commands = re.findall(r"\.venv/bin/(\S+)", lint)
    hooked = re.findall(r"entry: \.venv/bin/(\S+)", HOOKS)
    assert set(commands) == {*hooked, "ruff"}
    assert {"ruff-check", "ruff-format"} <= set(re.findall(r"- id: (\S+)", HOOKS))


def test_linux_runs_what_the_project_runs_on_every_python_it_names():
    with (ROOT / "pyproject.toml").open("rb") as stream:
        classifiers = tomllib.load(stream)["project"]["classifiers"]
    named = [match[1] for text in classifiers if (match := re.fullmatch(r"Programming .* :: (3\.\d+)", text))]
    matrix = re.search(r"python: \[(.*)\]", WORKFLOW)
    assert matrix is not None
    assert re.findall(r"[\d.]+", matrix[1]) == named
    assert "run: .ci/run" in WORKFLOW


def test_other_platforms_avoid_the_python_that_a_release_of_qt_ends():
    """PySide6 6.12.0 ends Python below 3.12."""
    wheel = WORKFLOW[WORKFLOW.index("  wheel:") : WORKFLOW.index("  docs:")]
    assert 'python-version: "3.12"' in wheel
    assert "not gl and not xvfb" in wheel
