"""Switching a slot to another checkpoint, relative to the unavoidable work."""

from __future__ import annotations

from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING, Any

from safetensors.torch import load_file

from perturber.core.parameters.parameter import replace
from perturber.core.session.models import FamilyModel
from perturber.core.session.session import Session
from perturber.nets.architectures.architecture import create
from perturber.nets.families.family import Checkpoint, Family, family
from perturber.nets.open_model import KEPT

if TYPE_CHECKING:
    from benchmarks.driver import Driver

PATH = "models.slot2.model"
TURNS, FIRST = 24, 3


class BareLoad:
    """An existing module that loads the weights of one file after the other."""

    def __init__(self, found: Family) -> None:
        self._family = found
        self._module = create(found.architecture, len(found.classes), **found.arguments)

    def load(self, checkpoint: Checkpoint) -> float:
        """Return the seconds to read a safetensors file and load it into the module."""
        start = perf_counter()
        self._module.load_state_dict(load_file(self._family.folder / checkpoint.file))
        return perf_counter() - start


def members(found: Family) -> list[tuple[FamilyModel, Checkpoint]]:
    """Return every checkpoint of a family once, as a session names it."""
    every = {
        checkpoint.file: (
            FamilyModel(family=found.name, variant=variant.name, checkpoint=variant.reference(checkpoint)),
            checkpoint,
        )
        for variant in found.variants
        for checkpoint in variant.checkpoints
    }
    return list(every.values())


def switching_figures(driver: Driver) -> dict[str, Any]:
    """Return ``checkpoint_switch``: from a session with another checkpoint to its evaluation, over load plus frame.

    Both run in the engine process. The checkpoints cycle through more networks than the engine caches, so
    that each one is opened again.
    """
    found = family("studio")
    ring = [(ref, checkpoint) for ref, checkpoint in members(found) if ref != Session().models.slot1.model]
    if len(ring) < KEPT:
        return {}
    bare = BareLoad(found)
    switch, frame, load = [], [], []
    for turn in range(TURNS):
        ref, checkpoint = ring[turn % len(ring)]
        switch.append(driver.answer(replace(driver.desk.store.session, PATH, ref)))
        frame.append(driver.answer(replace(driver.desk.store.session, "scene.camera.yaw", 1.0 + turn)))
        load.append(bare.load(checkpoint))
    # The first turns find nothing cached on either side.
    switch, frame, load = switch[FIRST:], frame[FIRST:], load[FIRST:]
    return {
        "checkpoint_switch": median(switch) / (median(load) + median(frame)),
        "checkpoint_switch_ms": 1e3 * median(switch),
        "bare_load_ms": 1e3 * median(load),
        "switched_frame_ms": 1e3 * median(frame),
    }
