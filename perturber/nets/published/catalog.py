"""Networks whose weights others publish: what there is, where, and on what terms. Torch-free."""

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
"""The user's own entries in the same form, beside the downloaded weights; the second name is the former one."""
UNKNOWN = "unknown: the publisher states none"
DEFAULT_CHECKPOINT = "last"

Digits = Annotated[str, StringConstraints(pattern=r"^([0-9a-f]{8,64})?$")]
"""A SHA-256 or its first digits; empty when none is documented."""
Url = Annotated[str, StringConstraints(pattern=r"^https?://\S+$")]


class WeightsSource(State):
    """One weights file: the mirrors it is fetched from and what is known of it."""

    urls: tuple[Url, ...] = ()
    """Tried in turn."""
    file: FileName
    """Its name in the cache."""
    size: str = ""
    """As documented, for people; empty when it is not."""
    sha256: Digits = ""
    member: str = ""
    """The weights' name when ``file`` is a zip archive."""
    member_sha256: Digits = ""
    checkpoint: Name = DEFAULT_CHECKPOINT
    step: int = 0
    accuracy: dict[str, float] = Field(default_factory=dict)


class Pattern(State):
    """One file, or one per value: ``{value}`` in its texts stands for the value."""

    urls: tuple[str, ...] = ()
    file: str
    size: str = ""
    sha256: Digits = ""
    member: str = ""
    member_sha256: Digits = ""
    checkpoint: str = DEFAULT_CHECKPOINT
    values: tuple[str, ...] = ()
    clean: dict[str, float] = Field(default_factory=dict)
    """Documented clean top-1 by value."""

    def sources(self) -> tuple[WeightsSource, ...]:
        """The files, in order; with values, a checkpoint's step is 100 times its value."""
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
    """The family that entries become part of."""

    name: Name
    label: str
    architecture: str
    recipe: str = ""


class CatalogEntry(State):
    """What can be added by one name: a variant of a family, with one or more checkpoints."""

    name: Name
    label: str
    about: str = ""
    family: Name
    variant: Name
    variant_label: str
    license: str = ""
    """Empty when none is stated."""
    license_note: str = ""
    file: tuple[Pattern, ...] = ()
    folder: str = ""
    """Where a person finds the folder that cannot be downloaded by a program."""
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
        """All its files."""
        return tuple(source for pattern in self.file for source in pattern.sources())

    @property
    def terms(self) -> str:
        """The license as a sentence, saying so when it is not known."""
        return " ".join(filter(None, (f"{self.license or UNKNOWN}.", self.license_note)))

    def source(self, checkpoint: str) -> WeightsSource:
        """The file of a checkpoint. Raises InputError when there is none."""
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
    """All entries by name: those that ship, then the user's own.

    ``files`` replaces the two. Raises InputError that names the file and the field.
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
    """An entry and the files that ``NAME`` (all) or ``NAME/CHECKPOINT`` (one) means.

    Raises InputError when there is no such entry.
    """
    entry_name, _, checkpoint = name.partition("/")
    known = catalog(*files)
    if entry_name not in known:
        raise InputError(name, "nothing of this name is in the catalog", "one of " + ", ".join(known))
    entry = known[entry_name]
    return entry, (entry.source(checkpoint),) if checkpoint else entry.sources
