"""The pictures behind the objects, and their labels."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from assets.build.files import ASSETS, quantised, write_png
from assets.build.geometry import Floats
from assets.build.lawn import lawn
from assets.build.street import street

LABELS = {"lawn": "Lawn", "street": "Street", "grey": "Plain Grey"}
LEVELS = (86, 86, 86)
SIZE = 1024


def _grey() -> Floats:
    return np.full((SIZE, SIZE, 3), 0.5)


def build(root: Path = ASSETS) -> None:
    """Write backgrounds/<name>.png and backgrounds.toml."""
    folder = root / "backgrounds"
    for name, paint in (("lawn", lawn), ("street", street)):
        write_png(folder / f"{name}.png", quantised(paint(SIZE), LEVELS))
    write_png(folder / "grey.png", Image.fromarray((_grey() * 255).round().astype(np.uint8)))
    tables = [f'[{name}]\nlabel = "{label}"\n' for name, label in LABELS.items()]
    (folder / "backgrounds.toml").write_text("\n".join(tables), encoding="utf-8")
