"""Numbers written as text, parsed whole or not at all."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray


def parse_numbers(text: bytes, count: int, dtype: type = np.float64) -> NDArray[Any] | None:
    """Return the ``count`` numbers of a text, separated by white space; None unless all of it is these numbers.

    NumPy's parser stops at the first thing that is no number, and takes "1-2" as two numbers.
    """
    if not text.strip():
        return np.zeros(0, dtype) if count == 0 else None
    try:
        with warnings.catch_warnings(action="error", category=DeprecationWarning):
            values: NDArray[Any] = np.fromstring(text, dtype, sep=" ")
    except (ValueError, DeprecationWarning, OverflowError):
        return None
    return values if len(values) == count else None


def find_unreadable(lines: list[bytes], reads: Callable[[bytes], bool]) -> int:
    """Return the number of the first line that makes a text unreadable; the last where none does.

    ``reads`` says whether several lines, each with its end, can be read. Halving those that come into question costs
    about as much as reading the text once more.
    """
    low, high = 0, len(lines)
    while high - low > 1:
        middle = (low + high) // 2
        if reads(b"\n".join(lines[low:middle]) + b"\n"):
            low = middle
        else:
            high = middle
    return low


def count_words(text: bytes) -> int:
    """Count the words that white space separates."""
    blank = np.frombuffer(text, np.uint8) <= 32
    return int(np.count_nonzero(blank[:-1] & ~blank[1:])) + int(bool(len(blank)) and not blank[0])


def are_numbers(text: bytes) -> bool:
    """Return whether a text is nothing but numbers."""
    return parse_numbers(text, count_words(text)) is not None
