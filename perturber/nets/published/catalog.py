"""The catalog of published weights: files, sources and licenses. Torch-free."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, Field, StringConstraints, ValidationError, model_validator

from perturber import paths
from perturber.core.damage import report_damage
from perturber.core.errors import InputError
from perturber.core.parameters.parameter import explain
from perturber.core.parameters.state import State, rename_fields
from perturber.core.storage.reading import read_toml
from perturber.nets.families.family import FileName, Name
from perturber.nets.published.address import url_problem

SHIPPED = Path(__file__).with_name("catalog.toml")
OWN = ("catalog.toml", "catalogue.toml")
"""Files of the user's own entries, beside the downloaded weights; the second name is the former one."""
UNKNOWN = "unknown: the publisher states none"
DEFAULT_CHECKPOINT = "last"

Digits = Annotated[str, StringConstraints(pattern=r"^([0-9a-f]{8,64})?$")]
"""A SHA-256 or its first digits; empty if none is documented."""
T = TypeVar("T", bound=State)
MAX_BYTES = 4 << 20
MAX_ENTRIES = 1000
MAX_FILES = 1000
"""Files of one entry."""
HIGHEST = 1_000_000
"""Largest value of a pattern."""
TABLES = ("family", "entry")
"""Names of the lists of tables in a catalog."""


def _check_url(url: str) -> str:
    if problem := url_problem(url):
        raise ValueError(problem)
    return url


Url = Annotated[str, AfterValidator(_check_url)]
"""An address that can be downloaded from; see `url_problem`."""


def _check_target(name: str) -> str:
    if name.endswith((".part", ".part.json")):
        raise ValueError("names that end with .part are those of partial downloads")
    return name


DownloadName = Annotated[FileName, AfterValidator(_check_target)]
Text = Annotated[str, StringConstraints(max_length=2000)]
Label = Annotated[str, StringConstraints(max_length=200)]


class WeightsSource(State):
    """One weights file, with its mirrors and documented properties."""

    urls: tuple[Url, ...] = ()
    """Mirrors, in the order they are tried."""
    file: DownloadName
    """File name in the cache."""
    size: Label = ""
    """Documented size, for display; empty if unknown."""
    sha256: Digits = ""
    member: str = ""
    """Name of the weights inside ``file`` if it is a zip archive."""
    member_sha256: Digits = ""
    checkpoint: Name = DEFAULT_CHECKPOINT
    step: Annotated[int, Field(ge=0)] = 0
    accuracy: dict[str, float] = Field(default_factory=dict)


class Pattern(State):
    """One file, or one per value; ``{value}`` in its fields is replaced by the value."""

    urls: tuple[str, ...] = ()
    file: str
    size: str = ""
    sha256: Digits = ""
    member: str = ""
    member_sha256: Digits = ""
    checkpoint: str = DEFAULT_CHECKPOINT
    values: Annotated[tuple[str, ...], Field(max_length=MAX_FILES)] = ()
    clean: dict[str, float] = Field(default_factory=dict)
    """Documented clean top-1 accuracy by value."""

    def sources(self) -> tuple[WeightsSource, ...]:
        """Return the files in order; with values, a checkpoint's step is 100 times its value.

        Raises ValueError that names the value and the field.
        """
        plain = self.model_dump(exclude={"values", "clean"})
        return tuple(self._source(plain, value) for value in self.values) or (_source(plain),)

    def _source(self, plain: dict[str, object], value: str) -> WeightsSource:
        filled = {
            "urls": tuple(url.replace("{value}", value) for url in self.urls),
            "file": self.file.replace("{value}", value),
            "checkpoint": self.checkpoint.replace("{value}", value).replace(".", "_"),
            "step": _step(value),
            "accuracy": {"clean": self.clean[value]} if value in self.clean else {},
        }
        return _source(plain | filled, f" (for the value {value:.80})")


def _source(fields: dict[str, object], where: str = "") -> WeightsSource:
    try:
        return WeightsSource.model_validate(fields)
    except ValidationError as error:
        problem = explain(error)
        raise ValueError(f"{problem.source}{where}: {problem.problem}") from None


def _step(value: str) -> int:
    """Return the step of a pattern's value. Raises ValueError."""
    try:
        number = float(value)
    except ValueError:
        number = math.nan
    if not 0 <= number <= HIGHEST:
        raise ValueError(f"values: {value!r:.80} is not a number from 0 to {HIGHEST}")
    return round(100 * number)


class PublishedFamily(State):
    """A family that entries are added to."""

    name: Name
    label: Label
    architecture: Label
    recipe: Text = ""


class CatalogEntry(State):
    """An entry that can be added by name: a variant of a family, with one or more checkpoints."""

    name: Name
    label: Label
    about: Text = ""
    family: Name
    variant: Name
    variant_label: Label
    license: Text = ""
    """Empty if the publisher states none."""
    license_note: Text = ""
    file: Annotated[tuple[Pattern, ...], Field(max_length=MAX_FILES)] = ()
    folder: Text = ""
    """Address of a folder that the user must download manually."""
    kind: PublishedFamily | None = Field(default=None, exclude=True)

    @model_validator(mode="before")
    @classmethod
    def _read_former_names(cls, data: Any) -> Any:
        return rename_fields(data, {"licence": "license", "licence_note": "license_note"})

    @model_validator(mode="after")
    def _has_files(self) -> CatalogEntry:
        if bool(self.file) == bool(self.folder):
            raise ValueError("an entry has either files or a folder")
        for number, pattern in enumerate(self.file):
            try:
                pattern.sources()
            except ValueError as error:
                raise ValueError(f"file.{number}.{error}") from None
        names = [source.checkpoint for source in self.sources]
        if len(set(names)) < len(names):
            raise ValueError("two of its files are the same checkpoint")
        return self

    @cached_property
    def sources(self) -> tuple[WeightsSource, ...]:
        """All files of the entry."""
        return tuple(source for pattern in self.file for source in pattern.sources())

    @property
    def terms(self) -> str:
        """The license as a sentence, also if it is unknown."""
        return " ".join(filter(None, (f"{self.license or UNKNOWN}.", self.license_note)))

    def source(self, checkpoint: str) -> WeightsSource:
        """Return the file of a checkpoint. Raises InputError if there is none."""
        for source in self.sources:
            if source.checkpoint == checkpoint:
                return source
        known = ", ".join(source.checkpoint for source in self.sources) or "none"
        raise InputError(self.name, f"it has no checkpoint {checkpoint!r}", f"one of {known}")


class _Book:
    """The tables of one catalog; each wrong one is handed to ``refuse`` and left out."""

    def __init__(self, file: Path, refuse: Callable[[InputError], None]) -> None:
        self._file, self._refuse = file, refuse
        self._tables: dict[str, Any] = {}
        try:
            self._tables = read_toml(file, MAX_BYTES, "a catalog of weights")
        except InputError as error:
            refuse(error)
        for name in set(self._tables) - set(TABLES):
            self._say(f"{name!r:.80}", "there is no such table", "[[family]] and [[entry]]")

    def read(self, kind: type[T], key: str) -> Iterator[T]:
        """Yield the valid tables of a list."""
        tables = self._tables.get(key, [])
        if not isinstance(tables, list) or len(tables) > MAX_ENTRIES:
            self._say(key, "it is not a list of tables", f"at most {MAX_ENTRIES} tables [[{key}]]")
            return
        for number, table in enumerate(tables):
            try:
                yield kind.model_validate(table)
            except ValidationError as error:
                problem = explain(error)
                name = table.get("name") if isinstance(table, dict) else None
                at = f"{key}.{number}" + (f" ({name!r:.80})" if isinstance(name, str) and name else "")
                field = "" if problem.source == "session" else f", {problem.source}"
                self._say(f"{at}{field}", problem.problem.replace("Value error, ", ""), problem.expected)

    def _say(self, where: str, problem: str, expected: str) -> None:
        self._refuse(InputError(str(self._file), f"{where}: {problem}", expected))


def catalog(*files: Path) -> dict[str, CatalogEntry]:
    """Return all entries by name: the shipped ones, then the user's own. Wrong own entries are left out and reported.

    ``files`` replaces both catalogs; then InputError is raised for a wrong entry, with the file, the entry and the
    field.
    """
    if files:
        return _entries([(file, _raise) for file in files])
    folder = paths.cache() / "weights"
    own = [file for name in OWN if os.path.lexists(file := folder / name)][:1]
    return _entries([(SHIPPED, _raise), *((file, _leave_out) for file in own)])


def _raise(error: InputError) -> None:
    raise error


def _leave_out(error: InputError) -> None:
    report_damage(f"this part of the catalog is left out: {error}")


def _entries(files: list[tuple[Path, Callable[[InputError], None]]]) -> dict[str, CatalogEntry]:
    found: dict[str, CatalogEntry] = {}
    kinds: dict[str, PublishedFamily] = {}
    for file, refuse in files:
        book = _Book(file, refuse)
        kinds |= {kind.name: kind for kind in book.read(PublishedFamily, "family")}
        for entry in book.read(CatalogEntry, "entry"):
            if entry.family in kinds:
                found[entry.name] = entry.model_copy(update={"kind": kinds[entry.family]})
            else:
                problem = f"{entry.name}: there is no family {entry.family!r}"
                refuse(InputError(str(file), problem, "a [[family]] table"))
    return found


def lookup(name: str, *files: Path) -> tuple[CatalogEntry, tuple[WeightsSource, ...]]:
    """Return an entry and its files: all for ``NAME``, one for ``NAME/CHECKPOINT``.

    Raises InputError if there is no such entry.
    """
    entry_name, _, checkpoint = name.partition("/")
    known = catalog(*files)
    if entry_name not in known:
        raise InputError(name, "the catalog has no such entry", "one of " + ", ".join(known))
    entry = known[entry_name]
    return entry, (entry.source(checkpoint),) if checkpoint else entry.sources
