"""The catalog of published weights: files, sources and licenses. Torch-free."""

from __future__ import annotations

import tomllib
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, StringConstraints, ValidationError, model_validator

from perturber import paths
from perturber.core.errors import InputError
from perturber.core.parameters.parameter import explain
from perturber.core.parameters.state import State, rename_fields
from perturber.nets.families.family import FileName, Name

SHIPPED = Path(__file__).with_name("catalog.toml")
OWN = ("catalog.toml", "catalogue.toml")
"""Files of the user's own entries, beside the downloaded weights; the second name is the former one."""
UNKNOWN = "unknown: the publisher states none"
DEFAULT_CHECKPOINT = "last"

Digits = Annotated[str, StringConstraints(pattern=r"^([0-9a-f]{8,64})?$")]
"""A SHA-256 or its first digits; empty if none is documented."""
Url = Annotated[str, StringConstraints(pattern=r"^https?://\S+$")]


class WeightsSource(State):
    """One weights file, with its mirrors and documented properties."""

    urls: tuple[Url, ...] = ()
    """Mirrors, in the order they are tried."""
    file: FileName
    """File name in the cache."""
    size: str = ""
    """Documented size, for display; empty if unknown."""
    sha256: Digits = ""
    member: str = ""
    """Name of the weights inside ``file`` if it is a zip archive."""
    member_sha256: Digits = ""
    checkpoint: Name = DEFAULT_CHECKPOINT
    step: int = 0
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
    values: tuple[str, ...] = ()
    clean: dict[str, float] = Field(default_factory=dict)
    """Documented clean top-1 accuracy by value."""

    def sources(self) -> tuple[WeightsSource, ...]:
        """Return the files in order; with values, a checkpoint's step is 100 times its value."""
        plain = self.model_dump(exclude={"values", "clean"})
        return tuple(self._source(plain, value) for value in self.values) or (WeightsSource.model_validate(plain),)

    def _source(self, plain: dict[str, object], value: str) -> WeightsSource:
        filled = {
            "urls": tuple(url.replace("{value}", value) for url in self.urls),
            "file": self.file.replace("{value}", value),
            "checkpoint": self.checkpoint.replace("{value}", value).replace(".", "_"),
            "step": round(100 * float(value)),
            "accuracy": {"clean": self.clean[value]} if value in self.clean else {},
        }
        return WeightsSource.model_validate(plain | filled)


class PublishedFamily(State):
    """A family that entries are added to."""

    name: Name
    label: str
    architecture: str
    recipe: str = ""


class CatalogEntry(State):
    """An entry that can be added by name: a variant of a family, with one or more checkpoints."""

    name: Name
    label: str
    about: str = ""
    family: Name
    variant: Name
    variant_label: str
    license: str = ""
    """Empty if the publisher states none."""
    license_note: str = ""
    file: tuple[Pattern, ...] = ()
    folder: str = ""
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


class _Book(State):
    family: tuple[PublishedFamily, ...] = ()
    entry: tuple[CatalogEntry, ...] = ()


def _read(file: Path) -> _Book:
    try:
        return _Book.model_validate(tomllib.loads(file.read_text(encoding="utf-8")))
    except OSError as error:
        raise InputError(str(file), error.strerror or str(error), "a readable catalog") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(str(file), f"it is not TOML ({error})", "a catalog of weights") from None
    except ValidationError as error:
        problem = explain(error)
        raise InputError(str(file), f"{problem.source}: {problem.problem}", problem.expected) from None


def catalog(*files: Path) -> dict[str, CatalogEntry]:
    """Return all entries by name: the shipped ones, then the user's own.

    ``files`` replaces both catalogs. Raises InputError that names the file and the field.
    """
    own = [file for name in OWN if (file := paths.cache() / "weights" / name).is_file()][:1]
    found: dict[str, CatalogEntry] = {}
    kinds: dict[str, PublishedFamily] = {}
    for file in files or (SHIPPED, *own):
        book = _read(file)
        kinds |= {kind.name: kind for kind in book.family}
        for entry in book.entry:
            if entry.family not in kinds:
                raise InputError(str(file), f"{entry.name}: there is no family {entry.family!r}", "a [[family]] table")
            found[entry.name] = entry.model_copy(update={"kind": kinds[entry.family]})
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
