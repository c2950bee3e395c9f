"""Plain training."""

from __future__ import annotations

from typing import ClassVar, Literal

from perturber.training.loop.recipes.base_recipe import Recipe


class Standard(Recipe):
    """Plain training."""

    rank: ClassVar[int] = 1
    kind: Literal["standard"] = "standard"
