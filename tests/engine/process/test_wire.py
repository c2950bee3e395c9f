"""Evaluations survive the way through shared memory, whole."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from dataclasses import replace
from multiprocessing.shared_memory import SharedMemory

import numpy as np
import pytest

from perturber.core.evaluation import AttributionResult, Evaluation, Maps, Prediction, SlotResult
from perturber.core.jobs.job import Answer, FindUnits
from perturber.core.library.groups import Group, Query
from perturber.core.session.session import Session
from perturber.engine.process.wire import Compute, Computed, Packer, pack_evaluation, unpack, unpack_evaluation


@pytest.fixture
def block() -> Iterator[SharedMemory]:
    memory = SharedMemory(create=True, size=1 << 18)
    yield memory
    memory.close()
    memory.unlink()


def evaluation() -> Evaluation:
    rng = np.random.default_rng(0)
    maps = Maps("mixed4a", (3, 5), rng.normal(size=(2, 14, 14)).astype(np.float32), 1.5, 508)
    top = (Prediction("n02106662", "German shepherd", 7.0, 0.9),)
    slots = (
        SlotResult("slot1", "Standard", ("conv2d0", "mixed4a"), maps, top),
        SlotResult("slot2", "Robust", (), problem="no such file"),
    )
    return Evaluation(Session(seed=3), rng.integers(0, 256, (224, 224, 3), np.uint8), slots, 9, {"render": 0.1}, "cpu")


def test_round_trip(block: SharedMemory):
    sent = evaluation()
    message = pickle.loads(pickle.dumps(pack_evaluation(4, sent, block)))
    got = unpack_evaluation(message, sent.session, block)
    np.testing.assert_array_equal(got.pixels, sent.pixels)
    assert got.slots[0].maps is not None
    assert sent.slots[0].maps is not None
    np.testing.assert_array_equal(got.slots[0].maps.values, sent.slots[0].maps.values)
    assert (got.slots[0].maps.sigma, got.slots[0].maps.units) == (1.5, (3, 5))
    assert (got.number, got.seconds, got.device, got.session) == (9, {"render": 0.1}, "cpu", sent.session)
    assert (got.slots[1].problem, got.slots[1].maps, got.slots[1].top) == ("no such file", None, ())


def test_an_attribution_travels_whole(block: SharedMemory):
    values = np.random.default_rng(1).normal(size=(96, 96)).astype(np.float32)
    found = AttributionResult("slot2", "occlusion", "n02106662", "German shepherd", values, signed=True)
    sent = replace(evaluation(), attribution=found)
    message = pickle.dumps(pack_evaluation(4, sent, block))
    assert len(message) < 4096
    got = unpack_evaluation(pickle.loads(message), sent.session, block).attribution
    assert got is not None
    np.testing.assert_array_equal(got.values, values)
    assert (got.slot, got.kind, got.wnid, got.name, got.signed) == (
        "slot2", "occlusion", "n02106662", "German shepherd", True,
    )  # fmt: skip
    failed = replace(sent, attribution=AttributionResult("slot1", "gradient", problem="no such class"))
    got = unpack_evaluation(pack_evaluation(5, failed, block), sent.session, block).attribution
    assert got is not None
    assert (got.problem, got.values.size) == ("no such class", 0)


def test_message_is_small_and_the_copy_is_our_own(block: SharedMemory):
    sent = evaluation()
    message = pack_evaluation(1, sent, block)
    assert len(pickle.dumps(message)) < 4096
    got = unpack_evaluation(message, sent.session, block)
    block.buf[:] = bytes(block.size)
    np.testing.assert_array_equal(got.pixels, sent.pixels)


def test_what_does_not_fit_travels_in_the_message(block: SharedMemory):
    packer = Packer(block)
    arrays = [np.full((200, 200, 3), value, np.uint8) for value in (1, 2, 3)]
    packed = [packer.put(array) for array in arrays]
    assert [bool(p.inline) for p in packed] == [False, False, True]
    for array, p in zip(arrays, packed, strict=True):
        np.testing.assert_array_equal(unpack(p, block), array)


def test_queries_and_their_answers_are_messages():
    session = Session(seed=3)
    query = Query(kind="class", slot="slot2", wnid="n02106662", layers=("mixed4a", "mixed4b"), top=4)
    group = Group(name="Dog", units=(222, 17), scores=(2.5, 0.125), wnid="n02106662")
    sent = [
        Compute(7, "units", session, FindUnits(query=query, before=Session())),
        Compute(8, "units", session),
        Computed(7, Answer(3, 9)),
        Computed(7, Answer(9, 9, {"mixed4a": group})),
        Computed(7, Answer(problem="class: nobody knows it")),
    ]
    assert pickle.loads(pickle.dumps(sent)) == sent
    assert [c.answer.finished for c in sent if isinstance(c, Computed)] == [False, True, True]
