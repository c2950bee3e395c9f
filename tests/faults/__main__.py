"""Try damaged inputs and kills for as long as you like: ``python -m tests.faults --hours 1``.

Exit code 1 if anything escaped, hung, was lost, or if memory grew.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from tests.faults.campaign import Campaign, bad
from tests.faults.keeping import FAILURES
from tests.faults.kind import kind_names
from tests.faults.outcome import Tally
from tests.faults.summary import is_good, table, write_report

REPORT = "files to write: .json with all counts, .md to refresh the table in a document"


def main() -> int:
    """Run what the arguments ask for and write the counts. Return the exit code."""
    options = _parse()
    folder = Path(options.folder or tempfile.mkdtemp(prefix="perturber-faults-"))
    folder.mkdir(parents=True, exist_ok=True)
    campaign = Campaign(
        folder=folder.resolve(),
        kinds=tuple(options.only),
        seed=options.seed,
        seconds=None if options.hours is None else options.hours * 3600,
        inputs=options.inputs,
        first=options.first,
        workers=options.workers,
    )
    began = time.monotonic()
    tallies = campaign.run(_tell)
    seconds = time.monotonic() - began
    for file in options.report:
        write_report(Path(file), tallies, options.seed, seconds)
    if options.inputs == 1:
        _write(bad(tallies) or "accepted or refused by name")
    _write(table(tallies, seconds))
    if not is_good(tallies):
        _write(f"Bad inputs: {folder / FAILURES}")
    return 0 if is_good(tallies) else 1


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.faults", description=(__doc__ or "").split("\n", maxsplit=1)[0]
    )
    names = kind_names()
    parser.add_argument("--hours", type=float, help="time of all kinds together; default: a few inputs of each")
    parser.add_argument("--seed", type=int, default=0, help="seed of all inputs (default 0)")
    parser.add_argument("--only", nargs="+", default=[], choices=names, metavar="KIND", help=", ".join(names))
    parser.add_argument("--report", nargs="+", default=[], help=REPORT)
    parser.add_argument("--inputs", type=int, help="inputs of each kind, instead of a time")
    parser.add_argument("--first", type=int, default=0, help="number of the first input (default 0)")
    parser.add_argument("--workers", type=int, default=2, help="worker processes (default 2)")
    parser.add_argument("--folder", help="folder to work in, where bad inputs are kept; default: a temporary one")
    return parser.parse_args()


def _tell(tally: Tally) -> None:
    state = "ok" if tally.is_good else f"{len(tally.bad)} bad"
    _write(f"{time.strftime('%H:%M:%S')} {tally.kind}: {tally.inputs:,} inputs, {tally.kills} kills, {state}")


def _write(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
