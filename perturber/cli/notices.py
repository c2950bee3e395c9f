"""Notices of the command line: what a person should know beside the result."""

from __future__ import annotations

import sys
from collections.abc import Callable


def teller() -> Callable[[str], None]:
    """Writes notices to standard error, each once."""
    told: set[str] = set()

    def tell(notice: str) -> None:
        if notice not in told:
            told.add(notice)
            sys.stderr.write(f"perturber: {notice}\n")

    return tell
