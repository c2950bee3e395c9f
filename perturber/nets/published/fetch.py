"""Verified published weights files in the cache, from a mirror or a local file.

Torch-free. The hash is compared with the documented one (or its documented first digits). If no
complete hash is documented, it is pinned at first use and required afterwards.
"""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from perturber import paths
from perturber.core.errors import InputError, MachineError, PerturberError
from perturber.core.storage.files import CHUNK, replace_file, sha256_of
from perturber.core.storage.reading import open_regular
from perturber.nets.published.catalog import CatalogEntry, WeightsSource
from perturber.nets.published.download import MAX_BYTES, Download, Tell, writing
from perturber.nets.published.pins import Pins

WHOLE = 64
"""Hexadecimal digits of a SHA-256."""


def home() -> Path:
    """Return the folder of all downloads; create it if missing. Raises MachineError if that fails."""
    with writing(Path("The cache")):
        return _made(paths.cache() / "weights")


def folder_of(entry: CatalogEntry) -> Path:
    """Return the folder of an entry's downloads."""
    return home() / entry.name


def cached(entry: CatalogEntry, source: WeightsSource) -> Path:
    """Return the path of a completed download; it may not exist."""
    return folder_of(entry) / source.file


def part_of(entry: CatalogEntry, source: WeightsSource) -> Path:
    """Return the path of a partial download; it may not exist."""
    return folder_of(entry) / (source.file + ".part")


def _pins() -> Pins:
    return Pins(home())


@dataclass(frozen=True)
class Check:
    """A check of a file against its documented and pinned hashes."""

    entry: str
    key: str
    documented: str
    """A hash or its first digits; empty if none is documented."""
    pinned: str = ""
    date: str = ""

    @classmethod
    def of(cls, entry: CatalogEntry, source: WeightsSource, member: bool = False) -> Check:
        """Return the check of a file, or of the ``member`` in it."""
        key = f"{entry.name}/{source.member if member else source.file}"
        documented = source.member_sha256 if member else source.sha256
        pin = _pins().get(key) if len(documented) < WHOLE else None
        return cls(entry.name, key, documented, pin.sha256 if pin else "", pin.date if pin else "")

    @property
    def whole(self) -> str | None:
        """The complete hash, or None if unknown."""
        return self.documented if len(self.documented) == WHOLE else self.pinned or None

    @property
    def known(self) -> bool:
        """Whether a hash, or the first digits of one, is known."""
        return bool(self.documented or self.pinned)

    def __call__(self, file: Path, origin: str) -> None:
        """Raise InputError if the file does not match the known hashes."""
        found = sha256_of(file)
        if not found.startswith(self.documented):
            problem = f"its content does not match the documented hash: sha256 {found[:12]}…"
            raise InputError(origin, problem, f"sha256 {self.documented[:12]}…")
        if self.pinned and found != self.pinned:
            problem = (
                f"its content has changed: sha256 {self.pinned[:12]}… was pinned on {self.date}, now {found[:12]}…"
            )
            raise InputError(
                origin, problem, f"the same file; remove with perturber models remove {self.entry} to accept"
            )

    def pin(self, file: Path, origin: str) -> None:
        """Pin the file's hash if none is known. Raises MachineError if the pins cannot be written."""
        if self.whole is None:
            pins = _pins()
            with writing(home()):
                pins.put(self.key, sha256_of(file), origin, file.stat().st_size)


def silent(done: int, total: int) -> None:
    """Ignore progress."""


def _made(folder: Path) -> Path:
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
    return folder


def fetch(entry: CatalogEntry, source: WeightsSource, tell: Tell = silent) -> Path:
    """Return the file in the cache; download it if missing or damaged. The mirrors are tried in order.

    An interrupted download resumes. Raises InputError if a server delivers the wrong file, MachineError
    if no server can be reached or the cache cannot be written.
    """
    folder = _made(folder_of(entry))
    check, target = Check.of(entry, source), cached(entry, source)
    if target.is_file() and _passes(check, target):
        return target
    failures: list[PerturberError] = []
    for url in source.urls:
        try:
            _retrieve(url, check, target, Download(part_of(entry, source), check, tell, check.known))
        except PerturberError as error:
            failures.append(error)
        else:
            check.pin(target, url)
            return target
    raise _all_failed(entry, source, failures, folder)


def _passes(check: Check, file: Path) -> bool:
    try:
        check(file, str(file))
    except InputError:
        return False
    check.pin(file, str(file))
    return True


def _retrieve(url: str, check: Check, target: Path, download: Download) -> None:
    import pooch

    pooch.get_logger().setLevel("ERROR")  # errors and progress are reported elsewhere
    with writing(target.parent):
        target.unlink(missing_ok=True)
        known = f"sha256:{check.whole}" if check.whole else None
        pooch.retrieve(url, known, fname=target.name, path=target.parent, downloader=download)


def _all_failed(
    entry: CatalogEntry, source: WeightsSource, failures: list[PerturberError], folder: Path
) -> PerturberError:
    if len(failures) == 1 and isinstance(failures[0], InputError):
        return failures[0]
    told = "; ".join(str(failure) for failure in failures) or "the catalog has no address"
    hint = f"Download {source.file} by other means, then: perturber models add {entry.name} --file FILE"
    if failures and all(isinstance(failure, InputError) for failure in failures):
        return InputError(entry.name, f"no mirror has the right file ({told})", hint)
    return MachineError(f"{entry.name} could not be downloaded to {folder} ({told}). {hint}")


def bring(entry: CatalogEntry, source: WeightsSource, file: Path | None = None, tell: Tell = silent) -> Path:
    """Return the verified weights file, downloaded or from a local ``file``, unpacked if in an archive.

    Raises the errors of `fetch`.
    """
    if file is None:
        file = fetch(entry, source, tell)
    else:
        accept(entry, source, file)
    return unpacked(entry, source, file)


def accept(entry: CatalogEntry, source: WeightsSource, file: Path) -> None:
    """Check a file supplied by the user like a download.

    Instead of an archive, the file may also be the member in it. Raises InputError if it is the wrong file.
    """
    open_regular(file, "the published file").close()
    member = bool(source.member) and not zipfile.is_zipfile(file)
    check = Check.of(entry, source, member)
    check(file, str(file))
    check.pin(file, str(file.absolute()))


def unpacked(entry: CatalogEntry, source: WeightsSource, file: Path) -> Path:
    """Return the weights file; for an archive, its member, unpacked into the cache and verified.

    Raises InputError for a damaged archive or one without the member.
    """
    if not source.member or not zipfile.is_zipfile(file):
        return file
    target = _made(folder_of(entry)) / Path(source.member).name
    check = Check.of(entry, source, member=True)

    def unpack(part: Path) -> None:
        with zipfile.ZipFile(file) as archive, archive.open(source.member) as packed:
            _copy(packed, part, file)
        check(part, f"{file}:{source.member}")

    try:
        with writing(target):
            replace_file(target, unpack)
    except KeyError:
        raise InputError(str(file), f"there is no {source.member} in the archive", "the published archive") from None
    except (zipfile.BadZipFile, EOFError, NotImplementedError) as error:
        raise InputError(str(file), f"the archive is damaged ({error})", "the published archive") from None
    return target


def _copy(packed: IO[bytes], part: Path, archive: Path) -> None:
    written = 0
    with part.open("wb") as stream:
        while block := packed.read(CHUNK):
            written += len(block)
            if written > MAX_BYTES:
                raise InputError(str(archive), "its unpacked content is too large", f"at most {MAX_BYTES >> 20} MiB")
            stream.write(block)


def forget(entry: CatalogEntry, source: WeightsSource) -> None:
    """Delete a file's download and pins. Raises MachineError if they cannot be deleted."""
    files = (cached(entry, source), part_of(entry, source))
    with writing(folder_of(entry)):
        for file in (*files, files[1].with_name(files[1].name + ".json")):
            file.unlink(missing_ok=True)
        if source.member:
            (folder_of(entry) / Path(source.member).name).unlink(missing_ok=True)
            _pins().drop(f"{entry.name}/{source.member}")
        _pins().drop(f"{entry.name}/{source.file}")
        if folder_of(entry).is_dir():
            _sweep(folder_of(entry))


def _sweep(folder: Path) -> None:
    """Delete the leftovers of killed downloads, and the folder if it is then empty."""
    for file in folder.glob("tmp*"):
        if not file.stat().st_size:
            file.unlink(missing_ok=True)
    if not any(folder.iterdir()):
        folder.rmdir()
