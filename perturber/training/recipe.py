"""What a model family is trained on and how, as frozen values."""

from __future__ import annotations

from typing import Literal

from perturber.core.state import State

Strength = Literal["plain", "strong"]


class Classed(State):
    """One class: an end of an object pair."""

    pair: str
    end: Literal["first", "second"]
    wnid: str
    label: str


class Pictures(State):
    """A set of rendered pictures; every picture is a pure function of (seed, index)."""

    count: int
    strength: Strength
    seed: int
    own_background: float = 0.5
    """Share of pictures with the pair's own background; the others get any."""


class Recipe(State):
    """How a network is trained."""

    start: str = ""
    """Variant whose trained weights are the starting point, so that features stay aligned; empty is from scratch."""
    epochs_small: int = 8
    """Epochs at the small size, where most is learnt for little."""
    epochs_full: int = 1
    """Epochs at the size the network is used with."""
    small: int = 112
    full: int = 224
    batch: int = 32
    rate: float = 3e-3
    """Peak learning rate of the one-cycle schedule (AdamW)."""
    decay: float = 0.02
    smoothing: float = 0.05
    seed: int = 1


class Variant(State):
    """A member of the family: what it saw."""

    name: str
    label: str
    pictures: Pictures
    recipe: Recipe = Recipe()


class FamilyPlan(State):
    """Everything `python -m perturber.training` needs to make a family anew."""

    name: str = "studio"
    label: str = "Studio"
    architecture: str = "inception_v1"
    width: float = 0.5
    variants: tuple[Variant, ...] = (
        Variant(name="standard", label="Standard", pictures=Pictures(count=5000, strength="plain", seed=11)),
        Variant(
            name="robust",
            label="Robust",
            pictures=Pictures(count=5000, strength="strong", seed=12),
            recipe=Recipe(start="standard", epochs_small=7),
        ),
    )
    tests: tuple[Pictures, ...] = (
        Pictures(count=1000, strength="plain", seed=101),
        Pictures(count=1000, strength="strong", seed=102),
    )
