"""Moves of a mix slider, relative to the frame of the same three models without an edit."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING, Any

from perturber.core.parameters.parameter import replace_all
from perturber.core.session.edit import Edit
from perturber.core.session.session import Session

if TYPE_CHECKING:
    from benchmarks.driver import Driver

EDIT, YAW = "models.edited.edit", "scene.camera.yaw"
TURNS, FIRST = 6, 1
"""Rounds over all blocks, and how many of them run before anything is cached."""


def editing_figures(driver: Driver) -> dict[str, Any]:
    """Return ``mix_move_over_frame``: from a changed share of one block to the painted frame, over a changed scene.

    The blocks are moved in turn; ``mix_move_first_block`` is the same for the first block alone, after
    which everything is computed again.
    """
    if driver.evaluation is None:
        return {}
    blocks = driver.evaluation.slots[0].layers
    driver.answer(replace_all(Session(), {"models.edited.enabled": True}))
    moves: dict[str, list[float]] = {block: [] for block in blocks}
    frames, edited = [], []
    for turn in range(TURNS):
        for number, block in enumerate(blocks):
            share = (1 + number + turn * len(blocks)) / (1 + TURNS * len(blocks))
            driver.frame(EDIT, Edit())
            frame = driver.frame(YAW, 60 * share)
            move = driver.frame(EDIT, Edit().mixed(block, share))
            turned = driver.frame(YAW, -60 * share)
            if turn >= FIRST:
                moves[block].append(move)
                frames.append(frame)
                edited.append(turned)
    driver.answer(Session())
    every = [move for block in moves.values() for move in block]
    return {
        "mix_move_over_frame": median(every) / median(frames),
        "mix_move_first_block": median(moves[blocks[0]]) / median(frames),
        "mix_move_ms": 1e3 * median(every),
        "three_models_frame_ms": 1e3 * median(frames),
        "three_models_edited_frame_ms": 1e3 * median(edited),
    }
