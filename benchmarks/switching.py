"""Switching a slot to another checkpoint against what that cannot do without."""

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
    """A module that exists already, given the weights of one file after the other."""

    def __init__(self, found: Family) -> None:
        self._family = found
        self._module = create(found.architecture, len(found.classes), **found.arguments)

    def load(self, checkpoint: Checkpoint) -> float:
        """Seconds to read a safetensors file and put it into the module."""
        start = perf_counter()
        self._module.load_state_dict(load_file(self._family.folder / checkpoint.file))
        return perf_counter() - start


def members(found: Family) -> list[tuple[FamilyModel, Checkpoint]]:
    """Every checkpoint of a family once, as a session names it."""
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
    """``checkpoint_switch``: from a session with another checkpoint to its evaluation, over load plus frame.

    Both go through the engine process. The checkpoints follow each other in a ring that is longer than
    the number of networks the engine keeps, so that each is opened anew.
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
    # The first turns find nothing prepared on either side.
    switch, frame, load = switch[FIRST:], frame[FIRST:], load[FIRST:]
    return {
        "checkpoint_switch": median(switch) / (median(load) + median(frame)),
        "checkpoint_switch_ms": 1e3 * median(switch),
        "bare_load_ms": 1e3 * median(load),
        "switched_frame_ms": 1e3 * median(frame),
    }
