"""Training for shape instead of texture, after Geirhos et al., 2019."""

from __future__ import annotations

from typing import ClassVar, Literal

from perturber.training.loop.recipes.base_recipe import Recipe
from perturber.training.studio.sample import Style


class Stylized(Recipe):
    """Training on unrelated textures and backdrops, half of them painterly, so that the shape alone tells.

    After Geirhos et al., "ImageNet-trained CNNs are biased towards texture", 2019, which restyled
    photographs. A ready folder of such pictures can be trained on with any recipe.
    """

    rank: ClassVar[int] = 2
    kind: Literal["stylized"] = "stylized"
    styles: ClassVar[dict[Style, float]] = {"stylized": 0.75, "plain": 0.25}
