"""Random sessions with known classes, for training and evaluating the embedded networks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal

import numpy as np
from annotated_types import Interval
from pydantic import Field

from perturber.core.parameters.parameter import replace_all
from perturber.core.parameters.state import State
from perturber.core.session.scene import MeshSubject, PairSubject
from perturber.core.session.session import Session
from perturber.scene.assets.pairs import Pair, backgrounds, pairs
from perturber.training.studio.kinds import KINDS, ObjectClass
from perturber.training.studio.places import PLACES
from perturber.training.studio.stock import FREE_MEMBERS, MEMBERS, Split, Stock

Style = Literal["plain", "stylized", "conflict", "swapped"]
RUN = 6
"""Number of successive pictures with the same object and backdrop, in different views and light."""
EDITION = 1
"""Part of every set's identity; raise it when the same description gives different pictures."""
NO_CLASS = -1
PAINTERLY = 0.4
"""Share of the stylized pictures with the painterly filter."""


class Pictures(State):
    """A set of rendered pictures. Each picture is a pure function of this description and its index.

    ``plain`` shows objects in their own textures; ``stylized`` in unrelated textures with unrelated
    backdrops, some of them painterly; ``conflict`` in the texture of another class on plain gray;
    ``swapped`` is like plain, but with another class's home as backdrop.
    """

    count: Annotated[int, Field(ge=1, le=10_000_000)]
    style: Style = "plain"
    split: Split = "train"
    """The two splits have different meshes, textures and backdrops, made from different seeds."""
    seed: int = 0
    bias: Annotated[float, Interval(ge=0, le=1)] = 0.8
    """Share of pictures whose backdrop is the class's home; the others show a random other kind of place."""
    edition: int = EDITION


@dataclass(frozen=True)
class StudioSample:
    """One picture to be rendered, with its annotations."""

    session: Session
    target: int
    """Class of the shape: a number in KINDS."""
    texture: int
    """Class of the object's texture; -1 for none."""
    place: int
    """Kind of place: a number in PLACE_NAMES; -1 for none."""
    painterly: bool = False


PLACE_NAMES = tuple(sorted(PLACES))


class Sampler:
    """Draws the samples of a set."""

    def __init__(self, pictures: Pictures, stock: Stock) -> None:
        self.pictures = pictures
        self._stock = stock
        self._pairs: dict[str, Pair] = pairs()  # read once, so that a set stays consistent
        self._shipped = frozenset(backgrounds())

    def __len__(self) -> int:
        return self.pictures.count

    def sample(self, index: int) -> StudioSample:
        """Draw the sample of an index. Classes alternate, run by run."""
        run = index // RUN
        together = np.random.default_rng((self.pictures.seed, run, 0))
        alone = np.random.default_rng((self.pictures.seed, index, 1))
        target = run % len(KINDS)
        subject, texture = self._subject(KINDS[target], target, together)
        backdrop, place = self._backdrop(KINDS[target], together)
        changes = {**subject, **_camera(alone), **_conditions(alone), **backdrop}
        if subject["scene.subject"].kind == "pair" and texture == target:
            changes |= _between(KINDS[target], alone)
        painterly = self.pictures.style == "stylized" and bool(alone.random() < PAINTERLY)
        session = replace_all(Session(seed=int(alone.integers(2**31))), changes)
        return StudioSample(session, target, texture, place, painterly)

    def _subject(self, kind: ObjectClass, target: int, rng: np.random.Generator) -> tuple[dict[str, Any], int]:
        """Draw the object; return it with the class of its texture."""
        split, style = self.pictures.split, self.pictures.style
        shipped, other = rng.random() < 0.5, int(rng.integers(1, len(KINDS)))
        shape, dress = int(rng.integers(MEMBERS[split])), int(rng.integers(MEMBERS[split]))
        free = int(rng.integers(FREE_MEMBERS[split]))
        mesh = self._stock.mesh(kind.name, split, shape)
        if style == "conflict":
            worn = (target + other) % len(KINDS)
            return _dressed(mesh, self._stock.coat(KINDS[worn].name, split, dress)), worn
        if style == "stylized":
            if kind.shipped is not None and shipped:
                pair = self._pairs[kind.shipped.pair]
                end = getattr(pair, kind.shipped.end)
                mesh = type(mesh)(path=str(pair.folder / end.mesh))
            return _dressed(mesh, self._stock.free_coat(split, free)), NO_CLASS
        if kind.shipped is not None and shipped:
            return {"scene.subject": PairSubject(name=kind.shipped.pair)}, target
        return _dressed(mesh, self._stock.coat(kind.name, split, dress)), target

    def _backdrop(self, kind: ObjectClass, rng: np.random.Generator) -> tuple[dict[str, Any], int]:
        """Draw the backdrop; return it with its kind of place."""
        split, style = self.pictures.split, self.pictures.style
        number, free = int(rng.integers(MEMBERS[split])), int(rng.integers(FREE_MEMBERS[split]))
        at_home, others = rng.random() < self.pictures.bias, [name for name in PLACE_NAMES if name != kind.home]
        away, finer = others[int(rng.integers(len(others)))], rng.random() < 0.5
        homes = sorted({other.home for other in KINDS} - {kind.home})
        abroad = homes[int(rng.integers(len(homes)))]
        if style == "conflict":
            return {"scene.background.file": self._stock.neutral(number)}, NO_CLASS
        if style == "stylized":
            behind = self._stock.free_place(split, free)
            blur = float(rng.uniform(0, 0.9) * (rng.random() < 0.7))  # more would hide many objects
            return {"scene.background.file": behind, "scene.background.blur": blur}, NO_CLASS
        name = abroad if style == "swapped" else kind.home if at_home else away
        place = PLACE_NAMES.index(name)
        if finer and split == "train" and name in self._shipped:
            return {"scene.background.name": name}, place
        return {"scene.background.file": self._stock.place(name, split, number)}, place


def _dressed(mesh: Any, coat: Any) -> dict[str, Any]:
    return {"scene.subject": MeshSubject(mesh=mesh, diffuse=coat)}


def _between(kind: ObjectClass, rng: np.random.Generator) -> dict[str, Any]:
    """A shipped pair's own end, or slightly morphed toward the other."""
    near = float(rng.beta(0.8, 5)) * 0.3
    first = kind.shipped is not None and kind.shipped.end == "first"
    return {"scene.morph.overall": near if first else 1 - near}


def _camera(rng: np.random.Generator) -> dict[str, Any]:
    return {
        "scene.camera.yaw": float(rng.uniform(-180, 180) if rng.random() < 0.2 else rng.uniform(-80, 80)),
        "scene.camera.pitch": float(rng.uniform(-30, 4)),
        "scene.camera.roll": float(rng.normal(0, 5)),
        "scene.camera.distance": float(rng.uniform(0.75, 1.6)),
        "scene.camera.pan_x": float(rng.uniform(-0.2, 0.2)),
        "scene.camera.pan_y": float(rng.uniform(-0.15, 0.15)),
        "scene.camera.fov": float(rng.uniform(20, 55)),
        "scene.background.rotation": float(rng.normal(0, 5)),
        "scene.background.shift_x": float(rng.uniform(-0.5, 0.5)),
        "scene.background.shift_y": float(rng.uniform(-0.1, 0.1)),
        "scene.background.blur": float(rng.uniform(0, 0.5) * (rng.random() < 0.3)),
    }


def _conditions(rng: np.random.Generator) -> dict[str, Any]:
    """Draw light and mild changes as in photographs, and occasionally one of the stronger effects."""
    changes = {
        "scene.surface.lighting": float(rng.uniform(0.6, 1)),
        "scene.surface.light": float(rng.uniform(-70, 70)),
        "post.color.alpha": float(rng.uniform(0.7, 1)),
        "post.color.saturation": float(rng.uniform(0.7, 1)),
        "post.color.gamma": float(rng.uniform(0.8, 1.3)),
        "post.noise.sigma": float(rng.uniform(0, 0.02)),
    }
    if rng.random() < 0.15:
        changes["scene.surface.blur"] = float(rng.uniform(0.1, 0.4))
    if rng.random() < 0.1:
        changes["post.color.hue"] = float(rng.uniform(-0.06, 0.06))
    return changes
