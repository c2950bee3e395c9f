"""What is written to the terminal has no codes for it."""

from __future__ import annotations

import json

import pytest

from perturber.cli import output
from perturber.cli.main import BAD_INPUT, main
from perturber.core.printable import MESSAGE

CODES = "\x1b]0;title\x07\x1b[2J\x9b1m\u202e"


def test_names_from_files_reach_the_terminal_escaped(capsys: pytest.CaptureFixture[str]) -> None:
    output.write_line(f"a{CODES}")
    output.write_lines([f"b{CODES}", "ü 猫"])
    output.notify(f"c{CODES}")
    output.show_progress(f"d{CODES}", finished=True)
    written = capsys.readouterr()
    for text in (written.out, written.err):
        assert text.replace("\n", "").replace("\r", "").isprintable()
    assert "ü 猫" in written.out


def test_results_in_json_stay_equal(capsys: pytest.CaptureFixture[str]) -> None:
    value = {"name": f"a{CODES}\ud800", "long": "x" * 10_000}
    output.write_json(value)
    assert json.loads(capsys.readouterr().out) == value


def test_an_error_about_a_long_name_is_bounded(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["render", CODES + "x" * 100_000])
    said = capsys.readouterr().err
    assert ended.value.code == BAD_INPUT
    assert said.startswith("perturber: ")
    assert said.rstrip("\n").isprintable()
    assert len(said) < MESSAGE
