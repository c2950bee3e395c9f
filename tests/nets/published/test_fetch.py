"""Weights from a server that cuts, lies, changes and vanishes."""

from __future__ import annotations

import hashlib
import io
import os
import random
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from served import Site, serving

from perturber.core.errors import InputError, MachineError
from perturber.nets.published import download, fetch
from perturber.nets.published.catalog import CatalogEntry, Pattern, PublishedFamily, catalog, lookup
from perturber.nets.published.fetch import accept, cached, forget, part_of, unpacked

CONTENT = random.Random(3).randbytes(1_500_000)
OTHER = random.Random(4).randbytes(1_500_000)
HASH = hashlib.sha256(CONTENT).hexdigest()
Make = Callable[..., CatalogEntry]


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as made:
        yield made


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "perturber" / "weights"


def entry(*urls: str, sha256: str = "", **more: str) -> CatalogEntry:
    kind = PublishedFamily(name="toy", label="Toy", architecture="inception_v1")
    named = {"name": "toy", "label": "Toy", "family": "toy", "variant": "a", "variant_label": "A"}
    return CatalogEntry(**named, kind=kind, file=(Pattern(urls=urls, file="toy.bin", sha256=sha256, **more),))


def get(made: CatalogEntry, tell: download.Tell = fetch.silent) -> bytes:
    return fetch.fetch(made, made.sources[0], tell).read_bytes()


def left_over(cache: Path) -> list[str]:
    return sorted(file.name for file in cache.rglob("*") if file.is_file() and file.name != "pins.json")


def test_the_right_file_is_fetched_once_and_told_of(site: Site, cache: Path):
    made = entry(site.put("/a", CONTENT), sha256=HASH)
    told: list[tuple[int, int]] = []
    assert get(made, lambda done, total: told.append((done, total))) == CONTENT
    assert told[0] == (0, len(CONTENT))
    assert told[-1] == (len(CONTENT), len(CONTENT))
    assert get(made) == CONTENT
    assert site.asked == [("/a", "")]
    assert left_over(cache) == ["toy.bin"]


@pytest.mark.parametrize("known", ["0" * 64, "0" * 8])
def test_another_file_than_documented_is_refused_and_not_kept(site: Site, cache: Path, known: str):
    with pytest.raises(InputError, match=f"does not match the documented hash: sha256 {HASH[:12]}…"):
        get(entry(site.put("/a", CONTENT), sha256=known))
    assert left_over(cache) == []


def test_first_digits_of_a_hash_are_enough_to_accept(site: Site):
    assert get(entry(site.put("/a", CONTENT), sha256=HASH[:8])) == CONTENT


def test_cut_connections_are_taken_up_where_they_ended(site: Site):
    made = entry(site.put("/a", CONTENT, cuts=[700_000, 300_000]), sha256=HASH)
    assert get(made) == CONTENT
    starts = [int(wanted.removeprefix("bytes=").rstrip("-") or 0) for _, wanted in site.asked]
    assert starts[0] == 0
    assert 0 < starts[1] <= 700_000 < starts[2] <= 1_000_000


def test_a_stopped_download_goes_on_in_the_next_run(site: Site):
    made = entry(site.put("/a", CONTENT), sha256=HASH)

    def stop(done: int, _total: int) -> None:
        if done > 500_000:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        get(made, stop)
    have = part_of(made, made.sources[0]).stat().st_size
    assert 500_000 < have < len(CONTENT)
    assert get(made) == CONTENT
    assert site.asked[1] == ("/a", f"bytes={have}-")


@pytest.mark.parametrize("ranges", [True, False], ids=["another file now", "no ranges"])
def test_a_part_that_does_not_fit_is_not_continued(site: Site, ranges: bool):
    made = entry(site.put("/a", OTHER, cuts=[400_000, 0, 0, 0], etag='"old"'))
    with pytest.raises(MachineError):
        get(made)
    site.put("/a", CONTENT, ranges=ranges, etag='"new"')
    assert get(made) == CONTENT


def test_a_stale_part_from_another_mirror_costs_only_a_second_try(site: Site):
    made = entry(site.put("/a", OTHER, cuts=[400_000, 0, 0, 0]), site.put("/b", CONTENT), sha256=HASH)
    assert get(made) == CONTENT


@pytest.mark.parametrize("kind", ["text/html; charset=utf-8", "application/octet-stream"])
def test_a_web_page_is_no_weights(site: Site, kind: str, cache: Path):
    with pytest.raises(InputError, match="the server sent a web page"):
        get(entry(site.put("/a", b"\n<!DOCTYPE html><title>Virus scan warning</title>", kind=kind)))
    assert "toy.bin" not in left_over(cache)


def test_mirrors_are_tried_in_turn_and_all_reasons_told(site: Site):
    lost, page = site.url("/lost"), site.put("/page", b"<html>", kind="text/html")
    assert get(entry(lost, page, site.put("/a", CONTENT), sha256=HASH)) == CONTENT
    assert [path for path, _ in site.asked] == ["/lost", "/page", "/a"]
    made = entry(lost, page, "http://127.0.0.1:9/nobody").model_copy(update={"name": "other"})
    with pytest.raises(MachineError, match=r"404.*web page.*refused.*models add other --file FILE"):
        get(made)


def test_an_undocumented_hash_is_pinned_and_a_change_refused(site: Site, cache: Path):
    made = entry(site.put("/a", CONTENT))
    get(made)
    cached(made, made.sources[0]).unlink()
    site.put("/a", OTHER)
    with pytest.raises(InputError, match=r"was pinned on \d{4}-\d\d-\d\d, .* remove with perturber models remove toy"):
        get(made)
    forget(made, made.sources[0])
    assert get(made) == OTHER


def test_a_damaged_file_in_the_cache_is_fetched_again(site: Site):
    made = entry(site.put("/a", CONTENT))
    get(made)
    cached(made, made.sources[0]).write_bytes(CONTENT[:100])
    assert get(made) == CONTENT


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no device that is always full")
def test_a_full_disk_is_said_so(site: Site):
    made = entry(site.put("/a", CONTENT), sha256=HASH)
    part = part_of(made, made.sources[0])
    part.parent.mkdir(parents=True)
    part.symlink_to("/dev/full")
    with pytest.raises(MachineError, match=r"toy\.bin\.part: the disk is full"):
        get(made)
    part.unlink()
    assert get(made) == CONTENT


def test_a_cache_that_cannot_be_written_is_named(site: Site, cache: Path, monkeypatch: pytest.MonkeyPatch):
    made = entry(site.put("/a", CONTENT), sha256=HASH)
    refuse = PermissionError(13, "Permission denied")

    def read_only(*_: object, **__: object) -> int:
        raise refuse

    cache.mkdir(parents=True)
    with monkeypatch.context() as patched:
        patched.setattr(os, "mkdir", read_only)
        with pytest.raises(MachineError, match=r"weights/toy: Permission denied.*writable"):
            get(made)
    cache.rmdir()
    cache.write_bytes(b"a file is in the way")
    with pytest.raises(MachineError, match="weights"):
        get(made)


def test_two_programs_do_not_mix_their_halves(site: Site):
    made = entry(site.put("/a", CONTENT))
    part = part_of(made, made.sources[0])

    def meddle(done: int, total: int) -> None:
        if done == total:
            part.write_bytes(part.read_bytes() + b"x")

    with pytest.raises(MachineError, match="another program writes it too"):
        get(made, meddle)
    assert get(made) == CONTENT


def test_a_local_file_is_checked_like_a_download(tmp_path: Path):
    made, file = entry(sha256=HASH), tmp_path / "brought.bin"
    file.write_bytes(CONTENT)
    accept(made, made.sources[0], file)
    file.write_bytes(OTHER)
    with pytest.raises(InputError, match=r"brought\.bin: its content does not match the documented hash"):
        accept(made, made.sources[0], file)


def archive(content: bytes, name: str = "graph.pb") -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("LICENSE", "Apache")
        packed.writestr(name, content)
    return stream.getvalue()


def test_the_member_of_an_archive_is_unpacked_and_checked(site: Site, cache: Path):
    packed = archive(CONTENT)
    whole = hashlib.sha256(packed).hexdigest()
    good = entry(site.put("/a.zip", packed), sha256=whole, member="graph.pb", member_sha256=HASH)
    source = good.sources[0]
    assert unpacked(good, source, fetch.fetch(good, source)).read_bytes() == CONTENT
    forget(good, source)
    assert left_over(cache) == []
    for other, reason in (("graph.pb", "does not match the documented hash"), ("lost.pb", "there is no lost.pb")):
        bad = entry(site.url("/a.zip"), sha256=whole, member=other, member_sha256="0" * 64)
        with pytest.raises(InputError, match=reason):
            unpacked(bad, bad.sources[0], fetch.fetch(bad, bad.sources[0]))


def test_the_shipped_catalog_says_only_what_can_be_used():
    known = catalog()
    assert {"inception5h", "inception_v1_adversarial", "stylized_resnet50_c", "thesis"} <= set(known)
    for made in known.values():
        assert made.kind is not None
        assert made.folder or made.sources
        assert all(url.startswith("https://") or source.sha256 for source in made.sources for url in source.urls)
        assert len({source.checkpoint for source in made.sources}) == len(made.sources)
    assert "unknown" in known["inception_v1_adversarial"].terms
    robust, (third,) = lookup("robust_resnet50/eps0_03")
    assert len(robust.sources) == 10
    assert third.urls[0].endswith("/resnet50_l2_eps0.03.ckpt")
    assert "not aligned" in (robust.kind.recipe if robust.kind else "")
    with pytest.raises(InputError, match="no checkpoint 'eps7'; expected one of eps0, "):
        lookup("robust_resnet50/eps7")


def test_own_entries_are_added_and_mistakes_in_them_named(tmp_path: Path):
    file = tmp_path / "mine.toml"
    file.write_text(
        '[[entry]]\nname = "x"\nlabel = "X"\nfamily = "f"\nvariant = "v"\nvariant_label = "V"\nfolder = "y"\n'
    )
    with pytest.raises(InputError, match=r"mine\.toml: x: there is no family 'f'"):
        catalog(file)
    file.write_text('[[family]]\nname = "F"\n')
    with pytest.raises(InputError, match=r"mine\.toml: family\.0"):
        catalog(file)
