"""Servers that cut, drip, lie about lengths, redirect, and send something else."""

from __future__ import annotations

import hashlib
import socket
from contextlib import ExitStack
from pathlib import Path
from typing import ClassVar

import numpy as np
from pydantic import ValidationError

from perturber.core.errors import PerturberError
from tests.faults.kind import Kind
from tests.faults.outcome import WrongError
from tests.faults.toy_catalog import toy_entry
from tests.served import Site, serving

SIZE = 1 << 18
LENGTHS = ("-1", "0", "1", "99999999999999", "abc", "", "1e3", "+5", " 12 ", str(SIZE - 1), str(SIZE + 1), "9" * 5000)
PLACES = ("/b", "/a", "//127.0.0.1:9/x", "file:///etc/passwd", "ftp://127.0.0.1/x", "http://127.0.0.1:9/x", "", "\x7f")
SPANS = ("bytes 0-1/2", "bytes 5-1/x", "bytes", "bytes -1--1/-1", "bytes 0-0/" + "9" * 50)
ENDS = ("#x", "?" + "q" * 3000, "%00", "\\x", ":x")
KINDS = ("text/html", "application/octet-stream", "", "x" * 5000, "text/html; charset=\xff")


class Downloads(Kind):
    """The right file is delivered, or an error names the address; nothing wrong is kept."""

    brief: ClassVar[int] = 15
    share: ClassVar[float] = 0.8

    def prepare(self) -> None:
        from perturber.nets.published import http_transfer

        self._stack = ExitStack()
        self._site = self._stack.enter_context(serving())
        http_transfer.PATIENCE = (1.0, 1.0)
        http_transfer.HEADER_SECONDS, http_transfer.WINDOW_SECONDS = 3.0, 1.0

    def run(self, random: np.random.Generator, folder: Path) -> int:
        from perturber.nets.published.fetch import cached, fetch

        content = random.bytes(SIZE)
        digest = hashlib.sha256(content).hexdigest()
        known = str(random.choice([digest, digest[:8], "", "0" * 64]))
        urls = [_put(self._site, path, content, random) for path in ("/a", "/b", "/c")[: int(random.integers(1, 4))]]
        (folder / "server.txt").write_text(repr(self._site.pages)[:20_000], encoding="utf-8", errors="replace")
        try:
            entry = toy_entry(urls, known)
        except ValidationError:
            return 0
        self.subject = "toy"
        file = cached(entry, entry.sources[0])
        try:
            fetch(entry, entry.sources[0])
        except PerturberError:
            if file.exists() and known and not hashlib.sha256(file.read_bytes()).hexdigest().startswith(known):
                raise WrongError("a wrong file is kept") from None
            raise
        if known and not hashlib.sha256(file.read_bytes()).hexdigest().startswith(known):
            raise WrongError("a file with another hash was accepted")
        return 0

    def names(self, error: PerturberError, folder: Path) -> bool:
        return "toy" in str(error) or "127.0.0.1" in str(error) or "http" in str(error)

    def settle(self) -> None:
        from perturber.nets.published.fetch import forget

        entry = toy_entry(["http://127.0.0.1:9/a"])
        forget(entry, entry.sources[0])
        self._site.pages.clear()
        self._site.asked.clear()

    def close(self) -> None:
        self._stack.close()


def _put(site: Site, path: str, content: bytes, random: np.random.Generator) -> str:
    """Put up a page with one or two faults; return its address, which may be odd itself."""
    options: dict[str, object] = {}
    for _ in range(int(random.integers(1, 3))):
        options |= _fault(random)
    match int(random.integers(10)):
        case 0:
            content = random.bytes(len(content))
        case 1:
            content = b"<html>no</html>" if random.random() < 0.5 else b""
    url = site.put(path, content, **options)
    odd = random.random()
    if odd < 0.05:
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            return f"http://127.0.0.1:{unused.getsockname()[1]}/gone"
    return url + str(random.choice(ENDS)) if odd < 0.1 else url


def _fault(random: np.random.Generator) -> dict[str, object]:
    """Return what is wrong with a page."""
    faults: tuple[dict[str, object], ...] = (
        {"cuts": [int(cut) for cut in random.integers(0, SIZE, int(random.integers(1, 5)))]},
        {"headers": {"Content-Length": str(random.choice(LENGTHS))}},
        {"headers": {"Content-Range": str(random.choice(SPANS))}},
        {"headers": {"Content-Encoding": str(random.choice(["gzip", "deflate", "br", "x"]))}},
        {"headers": {"Location": str(random.choice(PLACES))}, "status": 302},
        {"headers": {"Content-Type": str(random.choice(KINDS))}},
        {"status": int(random.choice([204, 301, 403, 404, 416, 429, 500, 503]))},
        {"ranges": bool(random.integers(2)), "etag": str(random.choice(['"1"', "W/1", ""]))},
        {"drip": 0.01, "portion": int(random.choice([1, 1000, 100_000]))},
        {"lead": 0.01} if random.random() < 0.3 else {},
    )
    return faults[int(random.integers(len(faults)))]
