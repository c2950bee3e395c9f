"""Resumable download of one file over HTTP."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from errno import ENOSPC
from io import FileIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from perturber.core.errors import InputError, MachineError
from perturber.core.storage.files import replace_file
from perturber.core.storage.reading import read_json

if TYPE_CHECKING:
    from requests import Response

Tell = Callable[[int, int], None]
"""Progress callback: bytes received and total bytes (0 if unknown). Raises an exception to stop."""
CHUNK = 1 << 18
PATIENCE = (10.0, 30.0)
"""Timeouts to connect and between bytes, in seconds."""
ATTEMPTS = 4
MAX_BYTES = 4 << 30
"""Maximum size of a file, the same as for weights files."""


@contextmanager
def writing(place: Path) -> Iterator[None]:
    """Convert errors of the file system to MachineError."""
    try:
        yield
    except OSError as error:
        if error.errno == ENOSPC:
            raise MachineError(
                f"{place}: the disk is full. Free some space and add again; the download resumes."
            ) from error
        raise MachineError(f"{place}: {error.strerror or error}. The cache must be a writable folder.") from error


class Download:
    """A pooch downloader that keeps ``part`` between runs and requests only the missing bytes.

    ``check`` raises InputError if the complete file is the wrong one. Raises MachineError if the
    server does not deliver the file or it cannot be written.
    """

    def __init__(self, part: Path, check: Callable[[Path, str], None], tell: Tell) -> None:
        self._part, self._check, self._tell = part, check, tell
        self._note = part.with_name(part.name + ".json")

    def __call__(self, url: str, output_file: str, pooch: Any = None) -> None:
        # The part may belong to an older version of the file, so start over once if the check fails.
        for fresh in (False, True) if self._have() else (True,):
            self._complete(url)
            try:
                self._check(self._part, url)
                break
            except InputError:
                self._forget()
                if fresh:
                    raise
        with writing(self._part):
            os.replace(self._part, output_file)
            self._note.unlink(missing_ok=True)

    def _complete(self, url: str) -> None:
        """Download until the file is complete; retry after a lost connection while data still arrives."""
        from requests import RequestException

        for attempt in range(ATTEMPTS):
            before = self._have()
            if before and before == self._noted().get("total"):
                return
            try:
                self._stream(url)
                return
            except RequestException as error:
                if attempt == ATTEMPTS - 1 or self._have() == before:
                    raise MachineError(f"{url}: {_reason(error)}") from error

    def _stream(self, url: str) -> None:
        import requests

        have = self._have()
        with requests.get(url, headers=self._asking(url, have), stream=True, timeout=PATIENCE) as response:
            if response.status_code == 416 and have:
                self._forget()
                raise requests.ConnectionError("the server's file is not longer than the partial download")
            if response.status_code >= 400:
                raise MachineError(f"{url}: the server answered {response.status_code} {response.reason}")
            _refuse_pages(response, url)
            start, total = _span(response)
            if start != have or (start and self._noted().get("total") != total):
                start = 0
            if total > MAX_BYTES:
                raise InputError(url, f"the file has {total >> 20} MiB", f"at most {MAX_BYTES >> 20} MiB")
            if response.status_code == 206 and start != have:
                self._forget()
                raise requests.ConnectionError("the server sent a different range than requested")
            self._take(response, url, start, total)

    def _take(self, response: Response, url: str, start: int, total: int) -> None:
        with writing(self._part):
            validator = response.headers.get("ETag", "")
            if validator.startswith("W/"):
                validator = ""
            replace_file(self._note, json.dumps({"url": url, "validator": validator, "total": total}))
            # Unbuffered, so that received data survive if the process is killed.
            stream = self._part.open("ab" if start else "wb", buffering=0)
        have = start
        with stream:
            self._tell(have, total)
            for block in response.iter_content(CHUNK):
                if not have and block.lstrip()[:1] == b"<":
                    raise InputError(url, "the server sent a web page, not a file", "weights")
                with writing(self._part):
                    _append(stream, block)
                have += len(block)
                if have > (total or MAX_BYTES):
                    self._forget()
                    raise InputError(url, "the server sent more than announced", f"{total} bytes")
                self._tell(have, total)
        if self._have() != have:
            self._forget()
            raise MachineError(f"{self._part}: another program writes it too. Add again when that has finished.")
        if total and have < total:
            from requests import ConnectionError as Cut

            raise Cut(f"the connection ended after {have} of {total} bytes")

    def _asking(self, url: str, have: int) -> dict[str, str]:
        """Return headers that request the missing bytes, provided that the file is unchanged."""
        headers = {"Accept-Encoding": "identity", "User-Agent": "perturber"}
        if have:
            headers["Range"] = f"bytes={have}-"
            note = self._noted()
            if note.get("url") == url and note.get("validator"):
                headers["If-Range"] = str(note["validator"])
        return headers

    def _have(self) -> int:
        try:
            return self._part.stat().st_size
        except OSError:
            return 0

    def _noted(self) -> dict[str, object]:
        try:
            note = read_json(self._note)
        except InputError:
            return {}
        return note if isinstance(note, dict) else {}

    def _forget(self) -> None:
        with writing(self._part):
            self._part.unlink(missing_ok=True)
            self._note.unlink(missing_ok=True)


def _append(stream: FileIO, block: bytes) -> None:
    rest = memoryview(block)
    while rest:
        rest = rest[stream.write(rest) :]


def _refuse_pages(response: Response, url: str) -> None:
    """Raise InputError for a web page, sent by some servers with status 200 if a file is missing or needs a click."""
    kind = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if kind in {"text/html", "application/xhtml+xml"}:
        raise InputError(url, "the server sent a web page, not a file", "weights")


def _span(response: Response) -> tuple[int, int]:
    """Return the position of the response's first byte and the size of the whole file, 0 if unknown."""
    if response.status_code == 206:
        found = re.fullmatch(r"bytes (\d+)-\d+/(\d+|\*)", response.headers.get("Content-Range", "").strip())
        return (int(found[1]), 0 if found[2] == "*" else int(found[2])) if found else (-1, 0)
    length = response.headers.get("Content-Length", "")
    return 0, int(length) if length.isdigit() else 0


def _reason(error: Exception) -> str:
    """Return the message of the innermost cause, since libraries wrap each other's errors."""
    inner: BaseException = error
    while inner.__cause__ or inner.__context__:
        inner = inner.__cause__ or inner.__context__ or inner
    return str(getattr(inner, "strerror", None) or inner) or type(inner).__name__
