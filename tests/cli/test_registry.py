"""Commands are found by their files, say what they do without being imported, and share their options and output."""

from __future__ import annotations

import ast
import importlib
import subprocess
import sys
from collections import defaultdict
from dataclasses import fields, is_dataclass
from pathlib import Path

import pytest

import perturber.cli
from perturber.cli.command import PlainCommand, SessionCommand, SubcommandGroup
from perturber.cli.main import main
from perturber.cli.options import DeviceOption, JsonOption, ModelOptions
from perturber.cli.registry import WINDOW, CommandSummary, command_modules, command_names, commands, open_command

FOLDER = Path(perturber.cli.__file__).parent
NAMES = """
attack attribute consistency edit evaluate examples failures features finetune groups models predict render report
sweep train visualize
"""


def options_of(summary: CommandSummary) -> type:
    module, _, name = summary.options.rpartition(".")
    found: type = getattr(importlib.import_module(module), name)
    return found


def test_every_command_is_a_file():
    assert list(command_names()) == NAMES.split()
    assert set(command_modules()) == {*NAMES.split(), WINDOW}


def test_summaries_need_nothing_heavy():
    code = """
import sys
from perturber.cli.main import commands
assert len(commands()) > 20
heavy = ("torch", "tyro", "moderngl", "PySide6", "pydantic", "numpy")
sys.exit(" ".join(name for name in heavy if name in sys.modules))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert not done.stderr.strip(), done.stderr


@pytest.mark.parametrize("name", list(commands()))
def test_summaries_lead_to_the_options_that_run(name: str):
    summary, (first, _, member) = commands()[name], name.partition(" ")
    command = open_command(first)
    if member:
        assert isinstance(command, SubcommandGroup)
        command = command.members[member]
    assert isinstance(command, SessionCommand | PlainCommand)
    assert command.options is options_of(summary)
    assert is_dataclass(command.options)
    assert summary.summary.endswith(".")


@pytest.mark.parametrize(
    ("shared", "names"),
    [(ModelOptions, {"model", "weights"}), (JsonOption, {"json"}), (DeviceOption, {"device"})],
)
def test_shared_options_are_declared_once(shared: type, names: set[str]):
    for summary in commands().values():
        options = options_of(summary)
        if names & {field.name for field in fields(options)}:
            assert issubclass(options, shared), summary.options


def test_no_text_of_an_option_is_written_twice():
    written = defaultdict(set)
    for file in FOLDER.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef) and node.decorator_list:
                for one, other in zip(node.body, node.body[1:], strict=False):
                    if isinstance(one, ast.AnnAssign) and isinstance(other, ast.Expr):
                        written[ast.unparse(other)].add((file.stem, node.name, ast.unparse(one.target)))
    repeated = {text: places for text, places in written.items() if len(places) > 1}
    assert not repeated


def test_only_one_module_writes():
    streams = ("sys.stdout", "sys.stderr", "print(")
    found = {file.name for file in FOLDER.rglob("*.py") for word in streams if word in file.read_text(encoding="utf-8")}
    assert found == {"output.py"}


@pytest.mark.parametrize(
    ("arguments", "code"), [(["groups"], 0), (["report", "-h"], 0), (["models"], 2), (["report", "x"], 2)]
)
def test_a_group_lists_its_members(arguments: list[str], code: int, capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == code
    out, err = capsys.readouterr()
    assert out.count(f"perturber {arguments[0]} ") == (0 if code else len(open_command(arguments[0]).members))  # type: ignore[attr-defined]
    assert err.startswith("perturber: ") == bool(code)
