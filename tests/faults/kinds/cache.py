"""The cache and the user's own files are garbled, cut, missing, locked or folders before a start."""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path
from typing import ClassVar

import numpy as np

from perturber import paths
from perturber.cli.main import main
from perturber.core.errors import PerturberError
from perturber.core.library.groups import OwnGroups, make_group
from perturber.core.library.presets import OwnPresets
from perturber.core.parameters.parameter import replace_all
from perturber.core.session.edit import Edit
from perturber.core.session.session import Session
from tests.faults.kind import Group, Kind
from tests.faults.outcome import WrongError
from tests.faults.toy_catalog import CATALOG
from tests.mutation import damage

FATES = (
    "garbled",
    "cut",
    "missing",
    "locked",
    "folder",
    "empty",
    "zeros",
    "long",
    "nested",
    "readonly",
    "link",
    "fifo",
)
COMMANDS = (("models", "list"), ("groups", "list"), ("groups", "--help"), ("models", "show", "toy"))


class DamagedCache(Kind):
    """A start works all the same: the default session is answered, and lists are printed."""

    group: ClassVar[Group] = "engine"
    brief: ClassVar[int] = 4
    share: ClassVar[float] = 1.5

    def prepare(self) -> None:
        from tests.training.toy import make_family

        os.environ["MESA_SHADER_CACHE_DIR"] = str(self.place.folder / "cache" / "mesa")
        self._template = self.place.folder / "template"
        for place in (paths.cache(), paths.own_groups().parent):
            place.mkdir(parents=True, exist_ok=True)
        OwnGroups(paths.own_groups()).save("key", "layer", make_group("mine", (1, 2)))
        OwnPresets(paths.own_presets()).save("mine", Edit(mix={"conv2d0": 0.5}))
        family = make_family(paths.cache() / "models" / "toy")
        weights = paths.cache() / "weights"
        weights.mkdir(exist_ok=True)
        (weights / "catalog.toml").write_text(CATALOG, encoding="utf-8")
        pin = {"sha256": "0" * 64, "date": "2024-01-01", "origin": "https://x"}
        (weights / "pins.json").write_text(json.dumps({"toy/toy.bin": pin}), encoding="utf-8")
        assert family.variants
        self.place.desk.answer(_with_plane(1))  # fills the cache of feature images
        shutil.copytree(self.place.folder / "cache", self._template / "cache", dirs_exist_ok=True)
        shutil.copytree(self.place.folder / "config", self._template / "config", dirs_exist_ok=True)

    def run(self, random: np.random.Generator, folder: Path) -> int:
        names = ("cache", "config")
        files = [file for name in names for file in sorted((self.place.folder / name).rglob("*")) if file.is_file()]
        chosen = [files[index] for index in random.permutation(len(files))[: int(random.integers(1, 4))]]
        if random.random() < 0.1:
            chosen = files
        log = []
        for file in chosen:
            fate = str(random.choice(FATES))
            log.append(f"{fate} {file.relative_to(self.place.folder)}")
            _spoil(file, fate, random)
        (folder / "spoiled.txt").write_text("\n".join(log), encoding="utf-8")
        command = COMMANDS[int(random.integers(len(COMMANDS)))]
        code = _exit_code(command)
        if code not in {0, 2} or (code and command[-1] == "list" and not _is_asked_for(command, log)):
            raise WrongError(f"exit code {code} of {command} with {log}")
        self._start(random, log)
        return 0

    def _start(self, random: np.random.Generator, log: list[str]) -> None:
        """Show the default session and one that needs the cache."""
        try:
            self.place.desk.answer(replace_all(Session(), {"seed": int(random.integers(1000))}))
            self.place.desk.answer(_with_plane(int(random.integers(1, 4))))
        except PerturberError as error:
            raise WrongError(f"{error} with {log}") from None

    def names(self, error: PerturberError, folder: Path) -> bool:
        return True

    def settle(self) -> None:
        """Put everything back."""
        for name in ("cache", "config"):
            place = self.place.folder / name
            for file in place.rglob("*"):
                if not file.is_symlink() and file.is_dir():
                    file.chmod(0o755)
            shutil.rmtree(place)
            shutil.copytree(self._template / name, place)


def _with_plane(unit: int) -> Session:
    """Return a session that shows a feature image."""
    return replace_all(
        Session(), {"scene.plane.enabled": True, "scene.plane.unit": unit, "scene.plane.layer": "mixed3a"}
    )


def _is_asked_for(command: tuple[str, ...], log: list[str]) -> bool:
    """Return whether a spoiled file is the very one whose content is listed."""
    return command[0] == "groups" and any(line.endswith("groups.json") for line in log)


def _exit_code(arguments: tuple[str, ...]) -> int:
    try:
        main(arguments)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 1 if end.code else 0
    finally:
        sys.stdout.flush()
    return 0


def _spoil(file: Path, fate: str, random: np.random.Generator) -> None:
    """Do to a file what disks, other programs and people do."""
    data = file.read_bytes()
    if fate in {"missing", "folder", "link", "fifo"}:
        file.unlink()
    match fate:
        case "garbled":
            file.write_bytes(damage(data, random))
        case "cut":
            file.write_bytes(data[: int(random.integers(len(data) + 1))])
        case "locked":
            file.chmod(0)
        case "readonly":
            file.chmod(0o444)
            file.parent.chmod(0o555)
        case "folder":
            file.mkdir()
        case "empty":
            file.write_bytes(b"")
        case "zeros":
            file.write_bytes(bytes(len(data)))
        case "long":
            file.write_bytes(data + b"x" * (5 << 20))
        case "nested":
            file.write_bytes((b"a=" if file.suffix == ".toml" else b"") + b"[" * 100_000)
        case "link":
            file.symlink_to(file)
        case "fifo":
            os.mkfifo(file)
