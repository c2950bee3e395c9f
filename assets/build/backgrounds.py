"""The pictures behind the objects: every module in assets/backgrounds paints one, LABEL names it."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from types import ModuleType

from PIL import Image

from assets.build.files import ASSETS, quantize, write_png

LEVELS = (86, 86, 86)
"""Shades per channel unless the module names its own."""
SIZE = 1024


def _place(name: str) -> ModuleType:
    return import_module(f"assets.backgrounds.{name}")


def background_names() -> tuple[str, ...]:
    """The modules in assets/backgrounds, by their ORDER."""
    names = [file.stem for file in sorted((ASSETS / "backgrounds").glob("[a-z]*.py"))]
    return tuple(sorted(names, key=lambda name: (_place(name).ORDER, name)))


def picture(name: str, size: int = SIZE) -> Image.Image:
    """Paint a place, size × size."""
    place = _place(name)
    return quantize(place.paint(size), getattr(place, "LEVELS", LEVELS))


def build_place(name: str, root: Path = ASSETS) -> None:
    """Write backgrounds/<name>.png."""
    write_png(root / "backgrounds" / f"{name}.png", picture(name))


def build(root: Path = ASSETS) -> None:
    """Write backgrounds/<name>.png and backgrounds.toml."""
    for name in background_names():
        build_place(name, root)
    tables = [f'[{name}]\nlabel = "{_place(name).LABEL}"\n' for name in background_names()]
    (root / "backgrounds" / "backgrounds.toml").write_text("\n".join(tables), encoding="utf-8")
