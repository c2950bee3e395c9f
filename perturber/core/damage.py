"""Reports of damaged things that are left out: each costs itself and a notice, never the program.

Whoever leaves something out calls `report_damage`; the command line, the window and the engine's process listen.
Without a listener the report goes to standard error, as with every warning of a logger.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Literal

from perturber.core.printable import clean_line

Damaged = Literal["file", "plugin"]
ROOT = "perturber.damage"
MOST = 20
"""Reports that a listener hears; a last one says that there are more."""
LONGEST = 600
"""Characters of a report; the path of the file is among them."""


def report_damage(report: object, kind: Damaged = "file") -> None:
    """Say that something damaged was left out. Control characters are escaped, long reports cut."""
    logging.getLogger(f"{ROOT}.{kind}").warning("%s", clean_line(str(report), LONGEST))


class _Teller(logging.Handler):
    """Hands on each report once, and not too many."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        super().__init__()
        self._tell = tell
        self._told: set[str] = set()

    def emit(self, record: logging.LogRecord) -> None:
        text = record.getMessage()
        if text in self._told or len(self._told) > MOST:
            return
        self._told.add(text)
        self._tell(text if len(self._told) <= MOST else "More is damaged, and left out, than is listed here.")


@contextmanager
def hearing_damage(tell: Callable[[str], None], kind: Damaged | None = None) -> Iterator[None]:
    """Pass each report (of one kind, or of all) to ``tell`` once, on the thread that reports it, within a block."""
    logger = logging.getLogger(ROOT if kind is None else f"{ROOT}.{kind}")
    teller = _Teller(tell)
    logger.addHandler(teller)
    try:
        yield
    finally:
        logger.removeHandler(teller)
