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
SPAN = re.compile(r"bytes ([0-9]{1,18})-[0-9]{1,18}/([0-9]{1,18}|\*)")
HEADERS = {"Accept-Encoding": "identity", "User-Agent": "perturber"}
ATTEMPTS = 4
NOTE_BYTES = 1 << 16
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

    ``check`` raises InputError if the complete file is the wrong one; ``certain`` says that it knows a hash, so that
    half a file cannot pass for a whole one. Raises MachineError if the server does not deliver the file or it cannot
    be written.
    """

    def __init__(self, part: Path, check: Callable[[Path, str], None], tell: Tell, certain: bool = False) -> None:
        self._part, self._check, self._tell, self._certain = part, check, tell, certain
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
        from requests import ConnectionError as Cut

        from perturber.nets.published.http_transfer import open_response

        headers = self._asking(url)
        have = self._have() if "Range" in headers else 0
        response = open_response(url, headers)
        try:
            start, total = self._accept(response, url, have)
        except BaseException:
            response.close()
            raise
        have = self._take(response, url, start, total)
        if self._have() != have:
            self._forget()
            raise MachineError(f"{self._part}: another program writes it too. Add again when that has finished.")
        if have < total:
            raise Cut(f"the connection ended after {have} of {total} bytes")
        if not have:
            self._forget()
            raise InputError(url, "the server sent an empty file", "weights")

    def _accept(self, response: Response, url: str, have: int) -> tuple[int, int]:
        """Check status and headers; return the position to write at and the size of the file, 0 if unknown."""
        from requests import ConnectionError as Cut

        if response.status_code == 416 and have:
            self._forget()
            raise Cut("the server's file is not longer than the partial download")
        if response.status_code not in (200, 206):
            raise MachineError(f"{url}: the server answered {response.status_code} {response.reason!s:.80}")
        _refuse_pages(response, url)
        if response.headers.get("Content-Encoding", "identity").strip().lower() not in ("", "identity"):
            raise MachineError(f"{url}: the server sent the file compressed, though that was not accepted")
        start, total = _span(response, url)
        if total > MAX_BYTES:
            raise InputError(url, f"the file has {total >> 20} MiB", f"at most {MAX_BYTES >> 20} MiB")
        fits = start == have and (not start or self._is_same(response, total))
        if response.status_code == 206 and not fits:
            self._forget()
            raise Cut("the server sent a different range than requested")
        if not total and not self._certain and "chunked" not in response.headers.get("Transfer-Encoding", "").lower():
            raise MachineError(
                f"{url}: the server does not say how long the file is, and no hash of it is known, "
                f"so that half a file could pass for a whole one"
            )
        return start, total

    def _is_same(self, response: Response, total: int) -> bool:
        """Return whether a response continues the partial file."""
        noted = self._noted()
        tag = response.headers.get("ETag", "")
        return noted.get("total") == total and (self._certain or not tag or tag == noted.get("validator"))

    def _take(self, response: Response, url: str, start: int, total: int) -> int:
        """Write the content to the partial file; return its length."""
        from perturber.nets.published.http_transfer import blocks

        try:
            with writing(self._part):
                note = {"url": url, "validator": _validator(response), "total": total}
                replace_file(self._note, json.dumps(note))
                # Unbuffered, so that received data survive if the process is killed.
                stream = self._part.open("ab" if start else "wb", buffering=0)
        except BaseException:
            response.close()
            raise
        have = start
        with stream, blocks(response) as arriving:
            self._tell(have, total)
            for block in arriving:
                if not have and block.lstrip()[:1] == b"<":
                    raise InputError(url, "the server sent a web page, not a file", "weights")
                with writing(self._part):
                    _append(stream, block)
                have += len(block)
                if have > (total or MAX_BYTES):
                    self._forget()
                    raise InputError(url, "the server sent more than announced", f"{total or MAX_BYTES} bytes")
                self._tell(have, total)
        return have

    def _asking(self, url: str) -> dict[str, str]:
        """Return headers that request the missing bytes, provided that the file is unchanged."""
        have, note = self._have(), self._noted()
        validator = note.get("validator") if note.get("url") == url else ""
        if not have or not (validator or self._certain):  # unproved, halves of two files could be joined
            return dict(HEADERS)
        condition = {"If-Range": str(validator)} if validator else {}
        return {**HEADERS, "Range": f"bytes={have}-", **condition}

    def _have(self) -> int:
        try:
            return self._part.stat().st_size
        except OSError:
            return 0

    def _noted(self) -> dict[str, object]:
        try:
            note = read_json(self._note, NOTE_BYTES)
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


def _validator(response: Response) -> str:
    """Return what a later request for the rest can name, so that it gets the rest of this very file."""
    tag = str(response.headers.get("ETag", ""))
    return "" if tag.startswith("W/") or not tag.isprintable() else tag[:200]


def _span(response: Response, url: str) -> tuple[int, int]:
    """Return the position of the response's first byte and the size of the whole file, 0 if unknown."""
    from perturber.nets.published.http_transfer import length_of

    length = length_of(response, url)
    if response.status_code != 206:
        return 0, length
    found = SPAN.fullmatch(response.headers.get("Content-Range", "").strip())
    return (int(found[1]), 0 if found[2] == "*" else int(found[2])) if found else (-1, 0)


def _reason(error: Exception) -> str:
    """Return the message of the innermost cause, since libraries wrap each other's errors."""
    inner: BaseException = error
    while inner.__cause__ or inner.__context__:
        inner = inner.__cause__ or inner.__context__ or inner
    return str(getattr(inner, "strerror", None) or inner) or type(inner).__name__
