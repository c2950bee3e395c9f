"""A small or missing /dev/shm: found out before anything is written to it, and the arrays go through the pipe."""

from __future__ import annotations

import errno
import os
import queue
from pathlib import Path

import numpy as np
import pytest

from perturber.core.evaluation import Evaluation
from perturber.core.session.session import Session
from perturber.engine.process import client
from perturber.engine.process.client import EngineClient
from perturber.engine.process.wire import Packer, unpack
from perturber.platforms import create_shared_memory

BLOCKS = Path("/dev/shm")


def no_room(*_: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.skipif(not BLOCKS.is_dir(), reason="shared memory lies elsewhere")
def test_a_block_without_room_is_refused_and_removed(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(os, "posix_fallocate", no_room)
    before = {place.name for place in BLOCKS.iterdir() if place.name.startswith("psm_")}
    with pytest.raises(OSError, match="No space left"):
        create_shared_memory(1 << 16)
    assert {place.name for place in BLOCKS.iterdir() if place.name.startswith("psm_")} <= before


def test_the_pages_of_a_block_are_claimed():
    block = create_shared_memory(1 << 16)
    try:
        assert block.size >= 1 << 16
        if BLOCKS.is_dir():
            assert os.stat(BLOCKS / block.name.lstrip("/")).st_blocks * 512 >= 1 << 16
    finally:
        block.close()
        block.unlink()


def test_arrays_travel_in_the_message_without_a_block():
    array = np.arange(12.0, dtype=np.float32).reshape(3, 4)
    packed = Packer(None).put(array)
    assert packed.inline
    assert (unpack(packed, None) == array).all()


@pytest.mark.gl
def test_the_engine_answers_without_a_block(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(client, "create_shared_memory", no_room)
    evaluations: queue.Queue[Evaluation] = queue.Queue()
    engine = EngineClient("cpu")
    engine.evaluated.connect(evaluations.put)
    engine.start()
    try:
        engine.submit(Session())
        evaluation = evaluations.get(timeout=120)
    finally:
        engine.close()
    assert evaluation.pixels.shape == (224, 224, 3)
    assert evaluation.pixels.std() > 0
    assert any(slot.top for slot in evaluation.slots)
