"""One answer of a web server, with limits on what it sends, where it redirects and how slow it may be.

The reading happens on a thread of its own: a server that sends one byte a second keeps every timeout of a socket
from passing, and only another thread can stop waiting for it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC
from email.utils import parsedate_to_datetime
from queue import Empty, Full, Queue
from threading import Event, Thread
from time import monotonic
from typing import NamedTuple
from urllib.parse import urljoin

import requests

from perturber.core.errors import InputError, MachineError, PerturberError
from perturber.nets.published.address import redirect_problem, url_problem

PATIENCE = (10.0, 30.0)
"""Timeouts to connect and between bytes, in seconds."""
HEADER_SECONDS = 30.0
"""Time limit for the start of an answer, redirects included."""
WINDOW_SECONDS = 20.0
LEAST_RATE = 512
"""Bytes per second, on average over the window, below which a transfer is cut."""
TOTAL_SECONDS = 12 * 3600.0
"""Time limit of one transfer; the next one resumes."""
MAX_REDIRECTS = 10
CHUNK = 1 << 14
QUEUED = 64
POLL_SECONDS = 0.5
RESUMES = "Add again later; the download resumes."


class Announced(NamedTuple):
    """What a server says about a file before it is downloaded."""

    size: int = 0
    """Size in bytes; 0 if unknown."""
    date: str = ""
    """UTC date of the last change as YYYY-MM-DD; empty if unknown."""


def open_response(url: str, headers: Mapping[str, str], method: str = "GET") -> requests.Response:
    """Return the answer of a server, its content not yet read; redirects are followed.

    Raises InputError for an address that nothing is downloaded from, MachineError for a server that takes too long,
    and the errors of requests.
    """
    if problem := url_problem(url):
        raise InputError(f"{url:.300}", problem)
    arrived: Queue[requests.Response | Exception] = Queue(1)
    stopped = Event()

    def ask() -> None:
        try:
            response = _follow(url, headers, method)
        except Exception as error:  # raised again by whoever waits
            arrived.put(error)
            return
        arrived.put(response)
        if stopped.is_set():
            response.close()

    Thread(target=ask, name="download", daemon=True).start()
    try:
        outcome = arrived.get(timeout=HEADER_SECONDS)
    except Empty:
        raise MachineError(f"{url}: the server did not answer within {HEADER_SECONDS:g} s") from None
    finally:
        stopped.set()
    if isinstance(outcome, Exception):
        raise _named(outcome, url)
    return outcome


def _named(error: Exception, url: str) -> Exception:
    """Return an error that callers expect; libraries below requests raise others for odd addresses and answers."""
    if isinstance(error, PerturberError | requests.RequestException):
        return error
    return MachineError(f"{url}: {error or type(error).__name__}")


def _follow(url: str, headers: Mapping[str, str], method: str) -> requests.Response:
    place = url
    for _ in range(MAX_REDIRECTS):
        response = requests.request(
            method, place, headers=dict(headers), stream=True, timeout=PATIENCE, allow_redirects=False
        )
        if not response.is_redirect:
            return response
        response.close()  # the content of a redirect is never read
        target = urljoin(place, response.headers["Location"])
        if problem := redirect_problem(place, target):
            raise InputError(url, f"it redirects to {target!r:.300}: {problem}")
        place = target
    raise requests.TooManyRedirects(f"more than {MAX_REDIRECTS} redirects")


@contextmanager
def blocks(response: requests.Response) -> Iterator[Iterator[bytes]]:
    """Open a response's content, to be iterated as it arrives; the response is closed in the end.

    Iterating raises MachineError if the transfer is too slow or takes too long, and the errors of requests.
    """
    arrived: Queue[bytes | Exception | None] = Queue(QUEUED)
    stopped = Event()
    Thread(target=_read, args=(response, arrived, stopped), name="download", daemon=True).start()
    try:
        yield _paced(arrived, response.url)
    finally:
        stopped.set()


def _paced(arrived: Queue[bytes | Exception | None], url: str) -> Iterator[bytes]:
    pace = _Pace(url)
    while True:
        try:
            block = arrived.get(timeout=pace.seconds_left())
        except Empty:
            pace.check()
            continue
        if block is None:
            return
        if isinstance(block, Exception):
            raise _named(block, url)
        pace.add(len(block))
        yield block


def _read(response: requests.Response, arrived: Queue[bytes | Exception | None], stopped: Event) -> None:
    """Hand on blocks until the end; only this thread closes the response, because closing waits for a reader."""

    def hand_on(block: bytes | Exception | None) -> bool:
        while not stopped.is_set():
            with suppress(Full):
                arrived.put(block, timeout=POLL_SECONDS)
                return True
        return False

    try:
        for block in response.iter_content(CHUNK):
            if not hand_on(block):
                return
        hand_on(None)
    except Exception as error:  # raised again by whoever waits
        hand_on(error)
    finally:
        response.close()


class _Pace:
    """The rate of a transfer, measured in windows one after the other."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._since = self._begin = monotonic()
        self._bytes = 0

    def seconds_left(self) -> float:
        """Return the seconds until `check` should be called."""
        return max(0.0, min(self._since + WINDOW_SECONDS, self._begin + TOTAL_SECONDS) - monotonic())

    def add(self, size: int) -> None:
        """Count bytes. Raises the errors of `check`."""
        self._bytes += size
        if self.seconds_left() == 0:
            self.check()

    def check(self) -> None:
        """Begin a new window. Raises MachineError if the last one had too few bytes, or if all time is used up."""
        now = monotonic()
        if now >= self._begin + TOTAL_SECONDS:
            raise MachineError(f"{self._url}: the download took longer than {TOTAL_SECONDS / 3600:g} h. {RESUMES}")
        if now < self._since + WINDOW_SECONDS:
            return
        if self._bytes < LEAST_RATE * WINDOW_SECONDS:
            raise MachineError(
                f"{self._url}: the server sends less than {LEAST_RATE} bytes per second "
                f"({self._bytes} bytes in {now - self._since:.0f} s). {RESUMES}"
            )
        self._since, self._bytes = now, 0


def length_of(response: requests.Response, url: str) -> int:
    """Return the announced length of a response, 0 if there is none. Raises MachineError if it is no length."""
    text = response.headers.get("Content-Length", "").strip()
    if text and not re.fullmatch(r"[0-9]{1,18}", text):
        raise MachineError(f"{url}: the server announced the length {text!r:.80}, which is not a number of bytes")
    return int(text or 0)


def announced(urls: tuple[str, ...], headers: Mapping[str, str]) -> Announced:
    """Ask the first server that answers about a file, without downloading it; what is unknown stays empty."""
    for url in urls:
        try:
            with open_response(url, headers, "HEAD") as response:
                if response.status_code == 200:
                    return Announced(length_of(response, url), _date(response.headers.get("Last-Modified", "")))
        except (requests.RequestException, InputError, MachineError, OSError, ValueError):
            continue
    return Announced()


def _date(text: str) -> str:
    try:
        return parsedate_to_datetime(text).astimezone(UTC).date().isoformat()
    except (ValueError, TypeError, OverflowError):
        return ""
