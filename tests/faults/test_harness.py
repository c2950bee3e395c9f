"""The harness of faults itself: it detects every kind of fault, keeps the input, and tries it again the same way."""

from __future__ import annotations

import json
from pathlib import Path

from tests.faults.campaign import Campaign, bad
from tests.faults.keeping import FAILURES
from tests.faults.kind import generator, kind_class, kind_names
from tests.faults.outcome import Outcome, Record, Tally
from tests.faults.process_table import FLAT, growth
from tests.faults.summary import BEGIN, END, is_good, table, write_report

PLANTED = "tests.faults.planted"


FAULTS = {
    "busy_hang": {Outcome.ACCEPTED: 2, Outcome.HANG: 1},
    "death": {Outcome.UNCAUGHT: 2},
    "idle_hang": {Outcome.HANG: 1},
    "jump": {Outcome.MEMORY: 1},
    "leak": {Outcome.ACCEPTED: 120},
    "lost_session": {Outcome.LOST: 1},
    "riddle": {Outcome.WRONG: 3},
}
"""What becomes of the planted faults; an input behind a hang or a death is tried all the same."""


def test_every_fault_is_detected(tmp_path: Path):
    tallies = {tally.kind: tally for tally in Campaign(tmp_path, tuple(FAULTS), workers=1, package=PLANTED).run()}
    assert {name: dict(tally.counts) for name, tally in tallies.items()} == FAULTS
    assert not any(is_good([tally]) for tally in tallies.values())
    assert tallies["leak"].leaks
    assert not tallies["busy_hang"].leaks
    assert "busy_hang.py" in tallies["busy_hang"].bad[0].detail  # the stack of the hanging process
    assert bad(list(tallies.values())).count("memory grows") == 1


def test_an_exception_is_kept_and_repeated(tmp_path: Path):
    kinds = ("exception",)
    (whole,) = Campaign(tmp_path / "a", kinds, workers=1, package=PLANTED).run()
    assert whole.counts.keys() == {Outcome.UNCAUGHT, Outcome.REFUSED}
    number = whole.bad[0].number
    (again,) = Campaign(tmp_path / "b", kinds, workers=1, package=PLANTED, first=number, inputs=1).run()
    assert again.counts == {Outcome.UNCAUGHT: 1}
    kept, repeated = (tmp_path / name / FAILURES / f"exception-{number}" for name in "ab")
    report = (kept / "report.txt").read_text(encoding="utf-8")
    assert "KeyError: 'planted'" in report
    assert f"--only exception --seed 0 --first {number} --inputs 1" in report
    assert (kept / "input.txt").read_bytes() == (repeated / "input.txt").read_bytes()


def test_memory_that_fills_and_stays_is_flat():
    filling = [min(number, 30) << 24 for number in range(100)]
    assert growth(filling) == 0
    assert growth([number << 21 for number in range(100)]) > FLAT
    assert growth([1 << 30, 2 << 30]) == 0


def test_every_kind_is_found_by_its_file():
    assert len(kind_names()) >= 14
    for name in kind_names():
        assert kind_class(name).brief > 0
    assert generator(1, "a", 2).random() == generator(1, "a", 2).random() != generator(1, "b", 2).random()


def test_the_counts_are_reported(tmp_path: Path):
    tally = Tally("images")
    for outcome in (Outcome.ACCEPTED, Outcome.REFUSED, Outcome.HANG):
        tally.add(Record("images", 1, outcome, kills=2, cpu=1.5))
    text = table([tally], 120)
    assert text.splitlines()[1].split()[:7] == ["images", "3", "1", "1", "0", "1", "0"]
    assert "BAD" in text
    write_report(tmp_path / "a.json", [tally], 7, 120)
    found = json.loads((tmp_path / "a.json").read_text(encoding="utf-8"))
    assert (found["seed"], found["good"], found["kinds"][0]["hang"], found["kinds"][0]["kills"]) == (7, False, 1, 6)
    page = tmp_path / "a.md"
    page.write_text(f"before\n{BEGIN}\nold\n{END}\nbehind\n", encoding="utf-8")
    write_report(page, [tally], 7, 120)
    text = page.read_text(encoding="utf-8")
    assert "| images | 3 | 1 | 1 |" in text
    assert "old" not in text
    assert text.startswith("before")
    assert text.endswith("behind\n")
