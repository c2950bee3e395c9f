"""The pictures our own networks are measured on: made of meshes, textures and backdrops no network saw."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from perturber.training.data.rendered_pictures import Progress, RenderedSet, picture_set, quiet
from perturber.training.studio.sample import Pictures

TESTS = {
    "plain": Pictures(count=1080, style="plain", split="test", seed=101),
    "conflict": Pictures(count=1080, style="conflict", split="test", seed=102),
    "swapped": Pictures(count=1080, style="swapped", split="test", seed=101),
}
"""``swapped`` has the seed of ``plain``: the same objects from the same sides, before other backdrops."""


def held_out(work: Path, report: Callable[[str], Progress] | None = None) -> dict[str, RenderedSet]:
    """The sets by name, rendered on first use into ``work``; ``report`` makes a progress for a set's name."""
    return {
        name: picture_set(pictures, work, report(name) if report is not None else quiet)
        for name, pictures in TESTS.items()
    }
