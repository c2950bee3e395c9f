"""Random sessions with known classes: what the embedded networks learn from."""

from __future__ import annotations

import math
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from perturber.core.files import FileRef
from perturber.core.parameter import replace_all
from perturber.core.scene import PairSubject
from perturber.core.session import Session
from perturber.scene.catalog import Pair, backgrounds, pairs
from perturber.training.recipe import Classed, Pictures

INVENTED = 24
"""How many random pictures stand behind objects beside the shipped backgrounds."""
INVENTED_SIZE = 256


@cache
def _shipped() -> tuple[dict[str, Pair], tuple[str, ...]]:
    """Pairs and names of backgrounds, read once: a set of pictures must not change under way."""
    return pairs(), tuple(sorted(backgrounds()))


def classes() -> tuple[Classed, ...]:
    """Both ends of every shipped pair, in a fixed order."""
    found = []
    for name, pair in sorted(_shipped()[0].items()):
        found.append(Classed(pair=name, end="first", wnid=pair.first.wnids[0], label=pair.first.label))
        found.append(Classed(pair=name, end="second", wnid=pair.second.wnids[0], label=pair.second.label))
    return tuple(found)


def invent_backgrounds(folder: Path, seed: int) -> tuple[FileRef, ...]:
    """Random pictures with the spectrum of natural scenes (1/f) in random colours, written as PNG."""
    folder.mkdir(parents=True, exist_ok=True)
    made = []
    for index in range(INVENTED):
        rng = np.random.default_rng((seed, index))
        path = folder / f"{index:02d}.png"
        Image.fromarray(_natural_noise(rng)).save(path)
        made.append(FileRef.of(path))
    return tuple(made)


def _natural_noise(rng: np.random.Generator) -> np.ndarray[Any, np.dtype[np.uint8]]:
    fy, fx = np.fft.fftfreq(INVENTED_SIZE)[:, None], np.fft.rfftfreq(INVENTED_SIZE)[None]
    falloff = np.maximum(np.hypot(fy, fx), 1 / INVENTED_SIZE) ** -rng.uniform(0.9, 1.6)
    phases = rng.uniform(0, 2 * math.pi, (3, *falloff.shape))
    shared = phases[:1]
    waves = np.fft.irfft2(falloff * np.exp(1j * (0.7 * shared + 0.3 * phases)), (INVENTED_SIZE, INVENTED_SIZE))
    waves /= waves.std(axis=(1, 2), keepdims=True)
    colour = rng.uniform(0.2, 0.8, (3, 1, 1)) + rng.uniform(0.08, 0.25) * waves
    return (colour.clip(0, 1) * 255).astype(np.uint8).transpose(1, 2, 0).copy()


def sample(pictures: Pictures, index: int, invented: tuple[FileRef, ...]) -> tuple[Session, int]:
    """The session and class number of one picture. The class goes round with the index."""
    rng = np.random.default_rng((pictures.seed, index))
    names = classes()
    number = index % len(names)
    changes = {**_subject(names[number], pictures, rng, invented), **_camera(rng)}
    changes |= _strong(rng) if pictures.strength == "strong" else _plain(rng)
    return replace_all(Session(seed=int(rng.integers(2**31))), changes), number


def _subject(
    kind: Classed, pictures: Pictures, rng: np.random.Generator, invented: tuple[FileRef, ...]
) -> dict[str, Any]:
    near = float(rng.beta(0.8, 5)) * 0.3
    changes: dict[str, Any] = {
        "scene.subject": PairSubject(name=kind.pair),
        "scene.morph.overall": near if kind.end == "first" else 1 - near,
        "scene.background.rotation": float(rng.normal(0, 6)),
        "scene.background.shift_x": float(rng.uniform(-0.5, 0.5)),
        "scene.background.shift_y": float(rng.uniform(-0.1, 0.1)),
        "scene.background.blur": float(rng.uniform(0, 0.5) * (rng.random() < 0.3)),
    }
    known, shipped = _shipped()
    if rng.random() < pictures.own_background:
        changes["scene.background.name"] = known[kind.pair].background
    elif rng.random() < 0.4:
        changes["scene.background.name"] = shipped[rng.integers(len(shipped))]
    else:
        changes["scene.background.file"] = invented[rng.integers(len(invented))]
    return changes


def _camera(rng: np.random.Generator) -> dict[str, Any]:
    return {
        "scene.camera.yaw": float(rng.uniform(-180, 180) if rng.random() < 0.25 else rng.uniform(-80, 80)),
        "scene.camera.pitch": float(rng.uniform(-35, 5)),
        "scene.camera.roll": float(rng.normal(0, 5)),
        "scene.camera.distance": float(rng.uniform(0.75, 1.9)),
        "scene.camera.pan_x": float(rng.uniform(-0.25, 0.25)),
        "scene.camera.pan_y": float(rng.uniform(-0.2, 0.2)),
        "scene.camera.fov": float(rng.uniform(20, 55)),
    }


def _plain(rng: np.random.Generator) -> dict[str, Any]:
    """The mild changes every photograph has."""
    return {
        "scene.surface.lighting": float(rng.uniform(0.6, 1)),
        "scene.surface.light": float(rng.uniform(-60, 60)),
        "post.color.alpha": float(rng.uniform(0.7, 1)),
        "post.color.saturation": float(rng.uniform(0.7, 1)),
        "post.color.gamma": float(rng.uniform(0.8, 1.3)),
        "post.noise.sigma": float(rng.uniform(0, 0.02)),
    }


def _strong(rng: np.random.Generator) -> dict[str, Any]:
    """Up to three of the perturbations the program offers, at any strength."""
    offered: list[dict[str, Any]] = [
        {"scene.surface.texture": float(rng.uniform(0, 1))},
        {"scene.surface.blur": float(rng.uniform(0.2, 0.9))},
        {"scene.surface.lighting": float(rng.uniform(0, 1))},
        {"scene.surface.light": float(rng.uniform(-180, 180))},
        {"post.color.hue": float(rng.uniform(-0.5, 0.5))},
        {"post.color.saturation": float(rng.uniform(0, 1))},
        {"post.color.alpha": float(rng.uniform(0.25, 1)), "post.color.gamma": float(rng.uniform(0.5, 2))},
        {"post.custom.value": float(rng.uniform(0.2, 2))},
        {"post.noise.sigma": float(rng.uniform(0.02, 0.25))},
        {
            "post.frequency.cutoff": float(rng.uniform(1, 8)),
            "post.frequency.high_alpha": float(rng.uniform(0, 1)),
            "post.frequency.low_alpha": float(rng.uniform(0.4, 1)),
        },
        {"post.frequency.low_sigma": float(rng.uniform(0, 6)), "post.frequency.high_sigma": float(rng.uniform(0, 6))},
        {
            "post.frequency.low_hue": float(rng.uniform(-0.5, 0.5)),
            "post.frequency.high_hue": float(rng.uniform(-0.5, 0.5)),
        },
        {"post.patches.k": int(rng.integers(2, 4))},
    ]
    changes = _plain(rng)
    for choice in rng.choice(len(offered), size=int(rng.integers(1, 4)), replace=False):
        changes |= offered[choice]
    return changes
