"""Reading files whose path a person or a session names: regular files only, up to a limit, JSON and TOML strictly.

A pipe would block forever and a device never ends, so both are refused before anything is read. Sizes are not
trusted: at most one byte more than the limit is read.
"""

from __future__ import annotations

import json
import math
import os
import stat
import tomllib
from pathlib import Path
from typing import IO, Any

from perturber.core.errors import InputError, MissingFileError
from perturber.core.printable import quote, shorten

MAX_TEXT = 4 << 20
"""Default limit for text files in bytes."""
MAX_DEPTH = 50
"""Levels of nesting in JSON and TOML."""
MAX_DIGITS = 400
"""Digits of an integer in JSON."""
UNBLOCKED = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0) | getattr(os, "O_BINARY", 0)
KINDS = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


def check_name(path: str | Path, expected: str = "a readable file") -> None:
    """Raise InputError when a path has a NUL, or half of a character, which no file name can have."""
    try:
        if b"\0" not in os.fsencode(path):
            return
    except ValueError:
        pass
    raise InputError(str(path), "it is not a file name", expected)


def open_regular(path: str | Path, expected: str = "a readable file") -> IO[bytes]:
    """Open a regular file for reading; the caller closes it.

    Raises MissingFileError when there is none, and InputError when its name is no file name or when it is a folder,
    a pipe or a device, without waiting for a writer.
    """
    check_name(path, expected)
    try:
        _check_kind(path, os.stat(path).st_mode, expected)  # before opening: to open a device can already do something
        number = os.open(path, UNBLOCKED)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise MissingFileError(str(path), error.strerror or "there is no such file", expected) from error
    except OSError as error:
        raise InputError(str(path), error.strerror or str(error), expected) from error
    try:
        _check_kind(path, os.fstat(number).st_mode, expected)  # what was opened may be another file by now
        return os.fdopen(number, "rb")
    except BaseException:
        os.close(number)
        raise


def read_regular(path: str | Path, limit: int, expected: str = "a readable file") -> bytes:
    """Return the content of a regular file of at most ``limit`` bytes. Raises InputError, see `open_regular`."""
    with open_regular(path, expected) as stream:
        try:
            data = stream.read(limit + 1)
        except OSError as error:
            raise InputError(str(path), error.strerror or str(error), expected) from error
    if data is None:  # a special file that would block
        raise InputError(str(path), "it has nothing to read", expected)
    if len(data) > limit:
        raise InputError(str(path), f"it is larger than {size_of(limit)}", expected)
    return data


def read_text(path: str | Path, limit: int = MAX_TEXT, expected: str = "a text in UTF-8") -> str:
    """Return the text of a UTF-8 file, with or without byte order mark. Raises InputError that names the file."""
    try:
        return read_regular(path, limit, expected).decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError:
        raise InputError(str(path), "it is not text in UTF-8", expected) from None


def read_json(path: str | Path, limit: int = MAX_TEXT, expected: str = "a JSON file") -> Any:
    """Return the value in a JSON file; see `parse_json`. Raises InputError that names the file."""
    return parse_json(read_text(path, limit, expected), str(path), expected)


def read_toml(path: str | Path, limit: int = MAX_TEXT, expected: str = "a TOML file") -> dict[str, Any]:
    """Return the tables of a TOML file. Raises InputError that names the file."""
    text = read_text(path, limit, expected)
    try:
        found = tomllib.loads(text)
    except RecursionError:
        raise InputError(str(path), "its TOML is nested too deeply", expected) from None
    except tomllib.TOMLDecodeError as error:
        raise InputError(str(path), f"it is not TOML ({error})", expected) from None
    except ValueError:
        raise InputError(str(path), "it is not TOML (a number has thousands of digits)", expected) from None
    _check_depth(found, str(path), expected)
    return found


def parse_json(text: str, source: str, expected: str = "JSON", *, finite: bool = True) -> Any:
    """Return the value of a JSON text.

    Raises InputError that names ``source`` and the line, also for duplicate keys, for numbers that are not finite or
    have more than 400 digits, and for values nested too deeply. Without ``finite`` such numbers become NaN or
    infinite, for a reader that refuses them by the name of their field.
    """
    floats, ints, constants = (_finite, _short, _refuse_constant) if finite else (float, _short_or_infinite, float)
    try:
        found = json.loads(
            text, object_pairs_hook=_unique, parse_constant=constants, parse_float=floats, parse_int=ints
        )
    except RecursionError:
        raise InputError(source, "its JSON is nested too deeply", expected) from None
    except ValueError as error:
        raise InputError(source, f"it is not JSON ({error})", expected, getattr(error, "lineno", None)) from None
    _check_depth(found, source, expected)
    return found


def is_regular(path: str | Path) -> bool:
    """Return whether there is a regular file at a path; False for whatever is not a file name."""
    try:
        return stat.S_ISREG(os.stat(path).st_mode)
    except (OSError, ValueError):
        return False


def is_folder(path: str | Path) -> bool:
    """Return whether there is a folder at a path; False for whatever is not a file name."""
    try:
        return stat.S_ISDIR(os.stat(path).st_mode)
    except (OSError, ValueError):
        return False


def size_of(size: int) -> str:
    """Return a number of bytes for display, such as 4 MiB."""
    for unit, name in ((30, "GiB"), (20, "MiB"), (10, "KiB")):
        if size >= 1 << unit:
            return f"{size / (1 << unit):.3g} {name}"
    return f"{size} bytes"


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(f"the key {quote(key, 80)} appears twice")
        found[key] = value
    return found


def _finite(digits: str) -> float:
    if not math.isfinite(value := float(digits)):
        raise ValueError(f"the number {shorten(digits, 80)} is too large")
    return value


def _short(digits: str) -> int:
    if len(digits) > MAX_DIGITS:
        raise ValueError(f"a number has {len(digits):,} digits")
    return int(digits)


def _short_or_infinite(digits: str) -> float:
    return int(digits) if len(digits) <= MAX_DIGITS else float(digits)


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is not a number")


def _check_kind(path: str | Path, mode: int, expected: str) -> None:
    if not stat.S_ISREG(mode):
        kind = next((name for fits, name in KINDS if fits(mode)), "something else")
        raise InputError(str(path), f"it is {kind}, not a regular file", expected)


def _check_depth(value: Any, source: str, expected: str) -> None:
    """Refuse deep nesting, on which whatever walks through the value would fail later."""
    level = [value]
    for _ in range(MAX_DEPTH):
        inner = [part.values() if isinstance(part, dict) else part for part in level if isinstance(part, dict | list)]
        level = [child for part in inner for child in part]
        if not level:
            return
    raise InputError(source, "it is nested too deeply", expected)
