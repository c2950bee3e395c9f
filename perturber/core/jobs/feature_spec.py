"""Specifications of feature images. Torch-free, because the window uses them.

A feature image is a pure function of a network's weights, a unit and a `FeatureSpec`. All are made by one
optimizer (`perturber.methods.features`), so that precomputed and live images are the same.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Annotated, Literal

from annotated_types import Interval
from pydantic import Field

from perturber.core.parameters.state import State

Parameterization = Literal["fourier", "naive", "pyramid"]
EDITION = 1
"""Version of the optimizer's results; increased when they change, so that older images are recomputed."""


class Transforms(State):
    """Random transformations of the image before every step, which keep the result from relying on single pixels.

    Defaults as in Lucid's ``render_vis``: pad 12, jitter 8, scale 0.9 to 1.1, rotate ±10° (five of 26 angles
    are 0°), jitter 4.
    """

    pad: Annotated[int, Interval(ge=0, le=64)] = 12
    """Width of the gray border in pixels; everything beyond it is gray, too."""
    jitter: Annotated[tuple[int, int], Field(min_length=2, max_length=2)] = (8, 4)
    """Ranges in pixels of the two random shifts, before scaling and after rotation."""
    scales: tuple[Annotated[float, Interval(gt=0, le=4)], ...] = tuple(1 + (i - 5) / 50 for i in range(11))
    angles: tuple[Annotated[float, Interval(ge=-180, le=180)], ...] = (*map(float, range(-10, 11)), *(0.0,) * 5)
    """In degrees."""
    whole: bool = False
    """Shrink the padded image to its original size (as Lucent does with ``fixed_image_size``) instead of
    cropping its center."""

    @property
    def reach(self) -> int:
        """The largest shift of the image in pixels."""
        return sum(width // 2 for width in self.jitter)


class FeatureSpec(State):
    """How to make a feature image."""

    parameterization: Parameterization = "fourier"
    """fourier: spectrum with equalized frequencies and decorrelated colors; naive: plain pixels; pyramid:
    Laplacian pyramid with decorrelated colors."""
    size: Annotated[int, Interval(ge=16, le=1024)] = 96
    """Side in pixels; smaller for layers with a small receptive field (see `receptive_field`)."""
    steps: Annotated[int, Interval(ge=0, le=10_000)] = 128
    rate: Annotated[float, Interval(gt=0, le=100)] = 0.1
    """Learning rate of Adam, or length of a normalized gradient step."""
    optimizer: Literal["adam", "ascent"] = "adam"
    """Adam, or steps of fixed length along each image's gradient (Simonyan et al. 2014)."""
    levels: Annotated[int, Interval(ge=1, le=8)] = 5
    """Number of levels of the pyramid."""
    transforms: Transforms | None = Transforms()
    seed: Annotated[int, Interval(ge=0, le=2**31 - 1)] = 0

    @property
    def digest(self) -> str:
        """Sixteen hex digits that identify the specification and the optimizer's edition."""
        text = json.dumps([EDITION, self.model_dump(mode="json")], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]


FOURIER = FeatureSpec()
NAIVE = FeatureSpec(parameterization="naive")


def shown_spec(naive: bool) -> FeatureSpec:
    """Return the specification of the images that the window shows."""
    return NAIVE if naive else FOURIER


@dataclass(frozen=True)
class Feature:
    """Identity of a feature image: the network (by fingerprint), the unit and the specification."""

    network: str
    layer: str
    unit: int
    spec: FeatureSpec = FOURIER
