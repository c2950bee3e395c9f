"""Servers that drip, lie about lengths, compress, redirect to where nothing is fetched from, and send too much."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from served import Page, Site, serving

from perturber.core.errors import InputError, MachineError, PerturberError
from perturber.nets.published import fetch, http_transfer
from perturber.nets.published.catalog import CatalogEntry, Pattern, PublishedFamily
from perturber.nets.published.fetch import cached, part_of
from perturber.nets.published.http_transfer import Announced, announced

CONTENT = random.Random(5).randbytes(60_000)
HASH = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as made:
        yield made


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "perturber" / "weights"


def entry(*urls: str, sha256: str = "") -> CatalogEntry:
    kind = PublishedFamily(name="toy", label="Toy", architecture="inception_v1")
    named = {"name": "toy", "label": "Toy", "family": "toy", "variant": "a", "variant_label": "A"}
    return CatalogEntry(**named, kind=kind, file=(Pattern(urls=urls, file="toy.bin", sha256=sha256),))


def get(made: CatalogEntry) -> bytes:
    return fetch.fetch(made, made.sources[0]).read_bytes()


def refuse(made: CatalogEntry, match: str, error: type[PerturberError] = MachineError) -> None:
    """Check that nothing is fetched, and that nothing passes for the file."""
    with pytest.raises(error, match=match):
        get(made)
    assert not cached(made, made.sources[0]).exists()


def test_a_dripping_server_is_cut_and_the_next_mirror_asked(site: Site, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(http_transfer, "WINDOW_SECONDS", 0.2)
    made = entry(site.put("/a", CONTENT, drip=0.01), sha256=HASH)
    refuse(made, r"sends less than 512 bytes per second.*the download resumes")
    assert get(entry(site.url("/a"), site.put("/b", CONTENT), sha256=HASH)) == CONTENT


def test_a_server_that_drips_headers_is_cut(site: Site, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(http_transfer, "HEADER_SECONDS", 0.2)
    refuse(entry(site.put("/a", CONTENT, lead=0.01)), "did not answer within 0.2 s")


def test_a_transfer_has_a_time_limit_whatever_its_rate(site: Site, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(http_transfer, "TOTAL_SECONDS", 0.2)
    monkeypatch.setattr(http_transfer, "LEAST_RATE", 0)
    refuse(entry(site.put("/a", CONTENT, drip=0.01)), "took longer than")


@pytest.mark.parametrize("length", ["-5", "+5", "5.0", "0x10", "1e3", "²", "9" * 5000, "5, 5"])
def test_odd_lengths_are_refused_with_what_was_announced(site: Site, length: str):
    made = entry(site.put("/a", CONTENT, headers={"Content-Length": length}), sha256=HASH)
    refuse(made, "announced the length")


def test_a_length_over_the_limit_is_refused_before_reading(site: Site):
    refuse(entry(site.put("/a", CONTENT, headers={"Content-Length": str(10**15)})), "at most 4096 MiB", InputError)


def test_a_longer_length_than_the_content_is_not_taken_for_whole(site: Site):
    refuse(entry(site.put("/a", CONTENT, headers={"Content-Length": "70000"}, ranges=False)), "Incomplete|ended after")


def test_a_missing_length_is_accepted_only_with_a_hash(site: Site):
    url = site.put("/a", CONTENT, headers={"Content-Length": ""})
    refuse(entry(url), "does not say how long the file is")
    assert get(entry(url, sha256=HASH)) == CONTENT
    cached(entry(url), entry(url).sources[0]).unlink()
    site.put("/a", CONTENT[:30_000], headers={"Content-Length": ""})
    refuse(entry(url, sha256=HASH), "does not match the documented hash", InputError)


def test_an_endless_content_without_a_length_is_cut(site: Site, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("perturber.nets.published.download.MAX_BYTES", 40_000)
    made = entry(site.put("/a", CONTENT, headers={"Content-Length": ""}), sha256=HASH)
    refuse(made, "sent more than announced", InputError)
    assert not part_of(made, made.sources[0]).exists()


def test_an_empty_file_and_a_compressed_one_are_refused(site: Site):
    refuse(entry(site.put("/a", b"")), "does not say how long|empty file", PerturberError)
    refuse(
        entry(site.put("/b", CONTENT, headers={"Content-Encoding": "gzip"}), sha256=HASH), "sent the file compressed"
    )


@pytest.mark.parametrize(
    ("target", "problem"),
    [
        ("http://example.com/a", "plain http is not safe"),
        ("file:///etc/passwd", "not an address that starts with https"),
        ("ftp://127.0.0.1/a", "not an address that starts with https"),
        ("http://name:word@127.0.0.1/a", "must not contain a name and a password"),
    ],
)
def test_redirects_lead_only_where_files_are_fetched_from(site: Site, target: str, problem: str):
    url = site.put("/a", b"", status=302, headers={"Location": target, "Content-Length": "0"})
    refuse(entry(url), problem, InputError)


def test_redirects_are_followed_but_not_forever(site: Site):
    site.put("/b", CONTENT)
    url = site.put("/a", b"", status=302, headers={"Location": "/b", "Content-Length": "0"})
    assert get(entry(url, sha256=HASH)) == CONTENT
    loop = site.put("/c", b"", status=302, headers={"Location": "/c", "Content-Length": "0"})
    with pytest.raises(MachineError, match="more than 10 redirects"):
        get(entry(loop).model_copy(update={"name": "other"}))


@pytest.mark.parametrize("status", [204, 300, 304, 500])
def test_other_answers_are_no_files(site: Site, status: int):
    refuse(entry(site.put("/a", CONTENT, status=status)), f"answered {status}")


def test_halves_of_two_files_are_not_joined(site: Site):
    """Without a hash and without a mark of the file's version, a partial download starts over."""
    made = entry(site.put("/a", CONTENT, headers={"ETag": ""}))
    part = part_of(made, made.sources[0])
    part.parent.mkdir(parents=True)
    part.write_bytes(random.Random(6).randbytes(40_000))
    note = {"url": site.url("/a"), "validator": "", "total": len(CONTENT)}
    part.with_name(part.name + ".json").write_text(json.dumps(note))
    assert get(made) == CONTENT
    assert site.asked == [("/a", "")]


@pytest.mark.parametrize("note", [b"", b"\xff\xfe", b"[" * 5000, b'{"total": ' + b"9" * 5000 + b"}", b"null"])
def test_a_garbled_note_beside_a_partial_file_costs_only_the_resuming(site: Site, note: bytes):
    made = entry(site.put("/a", CONTENT))
    part = part_of(made, made.sources[0])
    part.parent.mkdir(parents=True)
    part.write_bytes(b"x" * 60_000)
    part.with_name(part.name + ".json").write_bytes(note)
    assert get(made) == CONTENT


def test_size_and_date_are_told_before_the_download(site: Site):
    dated = {"Last-Modified": "Wed, 21 Oct 2015 07:28:00 GMT"}
    urls = (site.url("/lost"), site.put("/a", CONTENT, headers=dated))
    assert announced(urls, {}) == Announced(60_000, "2015-10-21")
    site.pages["/a"] = Page(CONTENT, headers={"Last-Modified": "soon", "Content-Length": "-1"})
    assert announced(urls, {}) == Announced()
    assert site.asked == []
