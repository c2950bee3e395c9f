"""Small pictures of a scene made here, compared with those kept: shading, framing and effects stay as they are.

After a wanted change: ``PERTURBER_UPDATE_GOLDEN=1 pytest tests/scene/test_golden.py``, then look at them.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from perturber.core.evaluation import Pixels
from perturber.core.session.scene import MeshSubject
from perturber.core.storage.files import FileRef

GOLDEN = Path(__file__).resolve().parents[1] / "golden"
SIZE = 112
TOLERANCE = 1.5
"""Mean difference in steps of 8 bits: other drivers round elsewhere, a lost light or a flip is far more."""
EFFECTS = {
    "post__color__hue": 0.15,
    "post__custom__value": 1.3,
    "post__patches__k": 2,
    "post__frequency__low_sigma": 2.0,
    "post__frequency__high_hue": 0.3,
    "post__noise__sigma": 0.05,
}


@pytest.fixture
def vase(tmp_path: Path) -> dict[str, object]:
    """A turned body with diagonal stripes over a colorful picture, seen from above."""
    rows, columns = 25, 37
    turn, height = np.meshgrid(np.linspace(0, 2 * np.pi, columns), np.linspace(0, 1.5, rows))
    radius = 0.35 + 0.2 * np.sin(4 * height)
    points = np.stack([radius * np.sin(turn), height, radius * np.cos(turn)], axis=-1).reshape(-1, 3)
    uv = np.stack([turn / (2 * np.pi), height / 1.5], axis=-1).reshape(-1, 2)
    lines = [f"v {x:.6f} {y:.6f} {z:.6f}" for x, y, z in points] + [f"vt {u:.6f} {v:.6f}" for u, v in uv]
    for row in range(rows - 1):
        for column in range(columns - 1):
            a = row * columns + column + 1
            corners = (a, a + 1, a + 1 + columns, a + columns)
            lines.append("f " + " ".join(f"{i}/{i}" for i in corners))
    (tmp_path / "vase.obj").write_text("\n".join(lines) + "\n")
    stripes = np.indices((64, 64)).sum(axis=0) // 8 % 2
    colors = np.array([(200, 60, 40), (240, 220, 180)], np.uint8)
    Image.fromarray(colors[stripes]).save(tmp_path / "stripes.png")
    behind = np.stack([np.indices((96, 160))[1] * 8 % 256, *np.indices((96, 160))], axis=-1).astype(np.uint8)
    Image.fromarray(behind).save(tmp_path / "behind.png")
    mesh, texture = FileRef.of(tmp_path / "vase.obj"), FileRef.of(tmp_path / "stripes.png")
    return {
        "scene__subject": MeshSubject(mesh=mesh, diffuse=texture),
        "scene__background__file": FileRef.of(tmp_path / "behind.png"),
        "scene__camera__pitch": -25.0,
        "scene__camera__roll": 10.0,
    }


@pytest.mark.parametrize("name", ["plain", "effects"])
def test_picture_is_as_it_was(draw: Callable[..., Pixels], vase: dict[str, object], name: str):
    pixels = draw(size=SIZE, **vase, **(EFFECTS if name == "effects" else {}))
    file = GOLDEN / f"scene_{name}.png"
    if os.environ.get("PERTURBER_UPDATE_GOLDEN"):
        GOLDEN.mkdir(exist_ok=True)
        Image.fromarray(pixels).save(file)
    difference = np.abs(pixels.astype(int) - np.asarray(Image.open(file).convert("RGB")))
    assert difference.mean() < TOLERANCE
