"""Measure a family with progress on standard error."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import TextIO

import torch

from perturber.core.printable import clean
from perturber.nets.families.family import Family
from perturber.training.measures.family_evaluation import Evaluator, Findings, Options, supply_for

ERASE = "\r\x1b[K"


class StatusLine:
    """Shows what is being measured: one line that changes on a terminal, a line for each measure elsewhere."""

    def __init__(self, stream: TextIO) -> None:
        self._stream, self._live = stream, stream.isatty()
        self._last, self._when = "", 0.0

    def watch(self, what: str, done: int, count: int) -> None:
        """Called with progress."""
        if self._live:
            if what != self._last or done == count or monotonic() - self._when > 0.1:
                self._stream.write(f"{ERASE}{what} {100 * done // max(count, 1)} %")
                self._when = monotonic()
        elif what != self._last:
            self._stream.write(f"{what}\n")
        self._stream.flush()
        self._last = what

    def tell(self, notice: str) -> None:
        """A sentence that stays."""
        self.close()
        self._stream.write(f"perturber: {clean(notice)}\n")

    def close(self) -> None:
        """Leave a clean line behind."""
        if self._live and self._last:
            self._stream.write(ERASE)
        self._last = ""


@contextmanager
def watched_evaluator(found: Family, images: Path | None, device: torch.device) -> Iterator[Evaluator]:
    """Yield an evaluator that shows its progress on standard error, on the user's pictures or rendered ones."""
    status = StatusLine(sys.stderr)
    try:
        yield Evaluator(found, supply_for(found, images, status.tell), device, status.watch)
    finally:
        status.close()


def measure_family(found: Family, options: Options, device: torch.device, images: Path | None = None) -> Findings:
    """Measure everything asked for, with progress on standard error. Raises InputError."""
    with watched_evaluator(found, images, device) as evaluator:
        return evaluator.run(options)
