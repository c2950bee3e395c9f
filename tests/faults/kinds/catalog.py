"""Catalogs, family descriptions, pinned hashes, groups, presets and labels, damaged."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import tomli_w

from perturber import paths
from perturber.core.library.groups import OwnGroups, make_group
from perturber.core.library.presets import OwnPresets
from perturber.nets.families.family import read_family
from perturber.nets.lookup.label_file import labels_from
from perturber.nets.published.catalog import SHIPPED, catalog
from perturber.nets.published.pins import Pins
from tests.faults.hostile import VALUES, distort, distorted_json, replace_value
from tests.faults.kind import Kind
from tests.mutation import damage

TEXTS = tuple(value for value in VALUES if value is not None and not (isinstance(value, str) and "\ud800" in value))
Read = Callable[[Path], object]


class Catalogs(Kind):
    """Files that the program finds by itself: refused by name, or moved aside with a notice."""

    brief: ClassVar[int] = 100

    def prepare(self) -> None:
        import tomllib

        self._catalog = tomllib.loads(SHIPPED.read_text(encoding="utf-8"))
        self._family = tomllib.loads((paths.models() / "studio" / "family.toml").read_text(encoding="utf-8"))
        group = make_group("mine", (1, 2, 3)).model_dump(mode="json")
        self._groups = {"perturber_groups": 1, "groups": {"key": {"layer": [group]}}}
        edit = {"mix": {"conv2d0": 0.5}, "prune": {"conv2d1": [0.1, 0.5]}, "units": []}
        self._presets = {"perturber_presets": 1, "presets": [{"name": "mine", "edit": edit}]}
        self._pins = {"a/b": {"sha256": "0" * 64, "date": "2024-01-01", "origin": "https://x"}}

    def run(self, random: np.random.Generator, folder: Path) -> int:
        files: tuple[tuple[str, Any, Read], ...] = (
            ("catalog.toml", self._catalog, catalog),
            ("family.toml", self._family, read_family),
            ("groups.json", self._groups, lambda file: OwnGroups(file).of("key", "layer")),
            ("presets.json", self._presets, lambda file: OwnPresets(file).all()),
            ("pins.json", self._pins, lambda file: Pins(file.parent).get("a/b")),
            ("labels.txt", None, lambda file: labels_from(file, 3, "net")),
        )
        name, tree, read = files[int(random.integers(len(files)))]
        file = folder / name
        if tree is None:
            file.write_bytes(damage(b"n02106662 dog\nn02123045 cat\ntruck\n", random))
        else:
            file.write_bytes(distorted_json(tree, random) if file.suffix == ".json" else _distorted_toml(tree, random))
        read(file)
        return 0


def _distorted_toml(tree: Any, random: np.random.Generator) -> bytes:
    """Return a TOML text that is distorted in its structure, its text or its bytes."""
    kind = int(random.integers(4))
    try:
        text = tomli_w.dumps(distort(tree, random, TEXTS) if kind > 1 else tree).encode("utf-8", "surrogatepass")
    except (TypeError, ValueError, AttributeError, RecursionError):  # what TOML cannot say
        return json.dumps(tree).encode()
    if kind == 0:
        return damage(text, random)
    return replace_value(text, random) if kind == 1 else text
