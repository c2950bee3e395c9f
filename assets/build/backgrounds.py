"""The pictures behind the objects: every module in assets/backgrounds paints one, LABEL names it."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from assets.build.files import ASSETS, quantised, write_png

LEVELS = (86, 86, 86)
"""Shades per channel unless the module names its own."""
SIZE = 1024


def background_names() -> tuple[str, ...]:
    """The modules in assets/backgrounds, by their ORDER."""
    names = [file.stem for file in sorted((ASSETS / "backgrounds").glob("[a-z]*.py"))]
    return tuple(sorted(names, key=lambda name: (import_module(f"assets.backgrounds.{name}").ORDER, name)))


def build(root: Path = ASSETS) -> None:
    """Write backgrounds/<name>.png and backgrounds.toml."""
    tables = []
    for name in background_names():
        module = import_module(f"assets.backgrounds.{name}")
        write_png(
            root / "backgrounds" / f"{name}.png", quantised(module.paint(SIZE), getattr(module, "LEVELS", LEVELS))
        )
        tables.append(f'[{name}]\nlabel = "{module.LABEL}"\n')
    (root / "backgrounds" / "backgrounds.toml").write_text("\n".join(tables), encoding="utf-8")
