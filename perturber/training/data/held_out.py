"""Held-out pictures for evaluation, made of meshes, textures and backdrops that no network was trained on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from perturber.training.data.rendered_pictures import Progress, RenderedSet, ignore_progress, picture_set
from perturber.training.studio.sample import Pictures

TESTS = {
    "plain": Pictures(count=1080, style="plain", split="test", seed=101),
    "conflict": Pictures(count=1080, style="conflict", split="test", seed=102),
    "swapped": Pictures(count=1080, style="swapped", split="test", seed=101),
}
"""``swapped`` shares the seed of ``plain``: the same objects in the same views, with other backdrops."""


def held_out(work: Path, report: Callable[[str], Progress] | None = None) -> dict[str, RenderedSet]:
    """Return the sets by name, rendered on first use into ``work``; ``report`` returns the progress of a set's name."""
    return {
        name: picture_set(pictures, work, report(name) if report is not None else ignore_progress)
        for name, pictures in TESTS.items()
    }
