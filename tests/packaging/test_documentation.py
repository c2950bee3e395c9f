"""The documentation says what the code does: generated from it, complete, and without dead links."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from perturber.cli.registry import command_names
from scripts.reference import homes, speed, tables
from scripts.reference.commands import command_page

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = [*DOCS.rglob("*.md"), *ROOT.glob("*.md")]
GENERATED = {"reference/parameters.md", "reference/commands.md", "contributing.md", "security.md", "changelog.md"}


def test_the_readme_is_short():
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 150


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_to_files(page: Path):
    for target in re.findall(r"\]\(([^)]+)\)", page.read_text(encoding="utf-8")):
        path = target.partition("#")[0]
        if not path or path.startswith("http"):
            continue
        found = page.parent / path
        inside = found.resolve().relative_to(DOCS).as_posix() if found.resolve().is_relative_to(DOCS) else ""
        assert found.exists() or inside in GENERATED, target


def test_every_page_is_in_the_navigation():
    named = set(re.findall(r": (\S+\.md)$", (ROOT / "mkdocs.yml").read_text(encoding="utf-8"), re.MULTILINE))
    pages = {page.relative_to(DOCS).as_posix() for page in DOCS.rglob("*.md")}
    assert named == pages | GENERATED


def test_every_picture_of_the_documentation_is_shown():
    shown = {
        (page.parent / target).resolve()
        for page in PAGES
        for target in re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8"))
        if not target.startswith("http")
    }
    files = {file.resolve() for suffix in ("png", "jpg", "svg") for file in DOCS.rglob(f"*.{suffix}")}
    assert files <= shown


def test_every_parameter_has_a_row():
    rows = tables.parameter_tables()
    for parameter in homes.parameters():
        assert f"| `{parameter.path}` |" in rows


@pytest.mark.parametrize("subject", homes.FAMILIES)
def test_every_member_of_a_registry_has_a_row_that_explains_it(subject: str):
    rows = tables.member_table(subject).splitlines()[2:]
    assert len(rows) == len(homes.members(subject)) > 3
    assert all(row.split(" | ")[1].strip() for row in rows)


def test_every_command_has_a_section():
    assert {command.split()[0] for command in homes.commands() if command} == set(command_names())
    help_text = "usage\n╭─ parameters options ─╮\n│ --seed │\n╰──────╯\n"
    assert "--seed" not in command_page({"render": help_text})
    assert "(parameters.md)" in command_page({"render": help_text})


def test_every_promise_about_speed_is_in_the_recorded_run_and_explained():
    run, (most, least) = speed.recorded(), speed.limits()
    assert set(speed.FIGURES) == {*most, *least} == set(speed.FIGURES) & set(run)
    page = speed.speed_page(run)
    assert run["date"] in page
    assert run["machine"] in page


def test_the_benchmark_leaves_the_tree_clean():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert "-m benchmarks\n" in makefile
    assert "-m benchmarks --record\n" in makefile
    assert "/build/" in (ROOT / ".gitignore").read_text(encoding="utf-8").split()


@pytest.mark.skipif(find_spec("mkdocs_gen_files") is None, reason="the extra 'docs' is not installed")
def test_the_pages_build_without_a_warning(tmp_path: Path):
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(tmp_path)]
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1", "DISABLE_MKDOCS_2_WARNING": "true"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "Auto-PGD" in (tmp_path / "methods" / "index.html").read_text(encoding="utf-8")
    assert "<!-- generated" not in (tmp_path / "speed" / "index.html").read_text(encoding="utf-8")
