"""Moving a mix slider against the frame of the same three models without an edit."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING, Any

from perturber.core.edit import Edit
from perturber.core.parameter import replace_all
from perturber.core.session import Session

if TYPE_CHECKING:
    from benchmarks.driver import Driver

TURNS, FIRST = 6, 1
"""Rounds over all blocks, and how many of them find nothing prepared."""


def editing_figures(driver: Driver) -> dict[str, Any]:
    """``mix_move_over_frame``: from a changed share of one block to the new evaluation, over a changed scene.

    Both go through the engine process. The blocks are moved in turn; ``mix_move_first_block`` is the same
    of the first block alone, behind which everything is computed anew.
    """
    network = driver.evaluation.slots[0] if driver.evaluation is not None else None
    if network is None:
        return {}
    enabled = replace_all(Session(), {"models.edited.enabled": True})
    driver.answer(enabled)
    moves: dict[str, list[float]] = {block: [] for block in network.layers}
    frames, edited = [], []
    for turn in range(TURNS):
        for number, block in enumerate(network.layers):
            share = (1 + number + turn * len(network.layers)) / (1 + TURNS * len(network.layers))
            yaw = {"scene.camera.yaw": 60 * share}
            edit = {"models.edited.edit": Edit().mixed(block, share)}
            frame, move = driver.answer(replace_all(enabled, yaw)), driver.answer(replace_all(enabled, yaw | edit))
            turned = driver.answer(replace_all(enabled, edit | {"scene.camera.yaw": -60 * share}))
            if turn >= FIRST:
                moves[block].append(move)
                frames.append(frame)
                edited.append(turned)
    driver.answer(Session())
    every = [move for block in moves.values() for move in block]
    return {
        "mix_move_over_frame": median(every) / median(frames),
        "mix_move_first_block": median(moves[network.layers[0]]) / median(frames),
        "mix_move_ms": 1e3 * median(every),
        "three_models_frame_ms": 1e3 * median(frames),
        "three_models_edited_frame_ms": 1e3 * median(edited),
    }
