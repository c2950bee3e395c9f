"""Feature images: what is asked for, and how it is made. Torch-free, because the window asks.

A feature image is a pure function of a network's weights, a unit and a `FeatureSpec`; there is one
optimizer (`perturber.methods.features`), so that images made ahead and images made live are the same.
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
"""Increases whenever the optimizer's results change, so that older images are computed again."""


class Transforms(State):
    """Random changes to the image before every step, so that what is found does not hang on single pixels.

    Defaults after Lucid's ``render_vis``: pad 12, jitter 8, scale .9 … 1.1, rotate ±10° (five of 26 are
    0°), jitter 4.
    """

    pad: Annotated[int, Interval(ge=0, le=64)] = 12
    """Gray border in pixels; beyond it everything is gray too."""
    jitter: Annotated[tuple[int, int], Field(min_length=2, max_length=2)] = (8, 4)
    """Widths in pixels of the two shifts, before and after turning."""
    scales: tuple[Annotated[float, Interval(gt=0, le=4)], ...] = tuple(1 + (i - 5) / 50 for i in range(11))
    angles: tuple[Annotated[float, Interval(ge=-180, le=180)], ...] = (*map(float, range(-10, 11)), *(0.0,) * 5)
    """Degrees."""
    whole: bool = False
    """Show the network the padded image shrunk to its first size (as Lucent does with ``fixed_image_size``)
    instead of the middle at its own scale."""

    @property
    def reach(self) -> int:
        """By how many pixels a shift can move the image from its place, at most."""
        return sum(width // 2 for width in self.jitter)


class FeatureSpec(State):
    """How a feature image is made."""

    parameterization: Parameterization = "fourier"
    """fourier: spectrum with equalized frequencies and decorrelated colors; naive: bare pixels; pyramid:
    Laplacian pyramid with decorrelated colors."""
    size: Annotated[int, Interval(ge=16, le=1024)] = 96
    """Side in pixels; smaller for a layer whose units see less (see `receptive_field`)."""
    steps: Annotated[int, Interval(ge=0, le=10_000)] = 128
    rate: Annotated[float, Interval(gt=0, le=100)] = 0.1
    """Learning rate of Adam, or length of a normalized step."""
    optimizer: Literal["adam", "ascent"] = "adam"
    """Adam, or steps of fixed length along each image's own gradient (Simonyan et al. 2014)."""
    levels: Annotated[int, Interval(ge=1, le=8)] = 5
    """Levels of the pyramid."""
    transforms: Transforms | None = Transforms()
    seed: Annotated[int, Interval(ge=0, le=2**31 - 1)] = 0

    @property
    def digest(self) -> str:
        """Sixteen hex digits that differ when anything differs that decides the image."""
        text = json.dumps([EDITION, self.model_dump(mode="json")], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]


FOURIER = FeatureSpec()
NAIVE = FeatureSpec(parameterization="naive")


def shown_spec(naive: bool) -> FeatureSpec:
    """The specification of the images that the window shows."""
    return NAIVE if naive else FOURIER


@dataclass(frozen=True)
class Feature:
    """One feature image: of which network (by fingerprint), of which unit, and how made."""

    network: str
    layer: str
    unit: int
    spec: FeatureSpec = FOURIER
