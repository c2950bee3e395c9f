"""A web server on loopback that behaves as badly as a test asks for."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Page:
    """What is answered at one path."""

    content: bytes
    kind: str = "application/octet-stream"
    cuts: list[int] = field(default_factory=list)
    """The connection is cut after so many bytes, once per number."""
    stalls: list[int] = field(default_factory=list)
    """Nothing more comes after so many bytes, once per number."""
    ranges: bool = True
    etag: str = '"1"'
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    """Sent instead of the usual ones; an empty value leaves one out."""
    drip: float = 0.0
    """Seconds between two bytes of the content, or two portions."""
    portion: int = 1
    """Bytes that drip at once."""
    lead: float = 0.0
    """Seconds between two bytes of endless headers."""


class Site:
    """The pages by path, and what was asked: (path, Range header or empty)."""

    def __init__(self, base: str) -> None:
        self.base = base
        self.pages: dict[str, Page] = {}
        self.asked: list[tuple[str, str]] = []
        self.closing = threading.Event()

    def url(self, path: str) -> str:
        return self.base + path

    def put(self, path: str, content: bytes, **options: object) -> str:
        self.pages[path] = Page(content, **options)  # type: ignore[arg-type]
        return self.url(path)


class Handler(BaseHTTPRequestHandler):
    site: Site

    def do_HEAD(self) -> None:
        page = self.site.pages.get(self.path, Page(b"", status=404))
        self.send_response(page.status)
        self._head(page, {"Content-Length": str(len(page.content))})

    def do_GET(self) -> None:
        wanted = self.headers.get("Range", "")
        self.site.asked.append((self.path, wanted))
        page = self.site.pages.get(self.path)
        if page is None or page.status >= 400:
            self.send_error(page.status if page else 404)
            return
        start = self._start(page, wanted)
        body = page.content[start:]
        if page.lead:
            self._drip(b"HTTP/1.1 200 OK\r\nX-Long: " + bytes(1000), page.lead)
        self.send_response(206 if start else page.status)
        usual = {"Content-Type": page.kind, "Content-Length": str(len(body)), "ETag": page.etag}
        if start:
            usual["Content-Range"] = f"bytes {start}-{len(page.content) - 1}/{len(page.content)}"
        self._head(page, usual)
        if page.drip:
            self._drip(body, page.drip, page.portion)
            return
        if page.stalls:
            self.wfile.write(body[: page.stalls.pop(0)])
            self.site.closing.wait(60)
            return
        self.wfile.write(body[: page.cuts.pop(0)] if page.cuts else body)

    def _head(self, page: Page, usual: dict[str, str]) -> None:
        for name, value in {**usual, **page.headers}.items():
            if value:
                self.send_header(name, value)
        self.end_headers()

    def _drip(self, body: bytes, pause: float, portion: int = 1) -> None:
        for place in range(0, len(body), portion):
            self.wfile.write(body[place : place + portion])
            if self.site.closing.wait(pause):
                return

    def _start(self, page: Page, wanted: str) -> int:
        if not wanted or not page.ranges or self.headers.get("If-Range", page.etag) != page.etag:
            return 0
        return int(wanted.removeprefix("bytes=").rstrip("-"))

    def handle(self) -> None:
        with suppress(ConnectionError):  # whoever reads may leave at any time
            super().handle()

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def serving() -> Iterator[Site]:
    """A site until the block ends."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    site = Site(f"http://127.0.0.1:{server.server_address[1]}")
    server.RequestHandlerClass = type("Handler", (Handler,), {"site": site})
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield site
    finally:
        site.closing.set()
        server.shutdown()
        server.server_close()
        thread.join()
