"""The store: announcements, transactions, undo and redo."""

from __future__ import annotations

import pytest

from perturber.core.errors import InputError
from perturber.core.session.session import Session
from perturber.core.session.store import LIMIT, Store


@pytest.fixture
def store() -> Store:
    return Store()


def watch(store: Store) -> list[tuple[Session, Session]]:
    seen: list[tuple[Session, Session]] = []
    store.changed.connect(lambda old, new: seen.append((old, new)))
    return seen


def test_change_is_announced_with_old_and_new(store: Store):
    seen = watch(store)
    before = store.session
    store.set("post.color.hue", 0.2)
    assert seen == [(before, store.session)]
    assert store.session.post.color.hue == 0.2


def test_equal_value_is_no_change(store: Store):
    seen = watch(store)
    store.set("post.color.hue", 0.0)
    assert seen == []
    assert not store.can_undo


def test_refused_value_leaves_everything_as_it_was(store: Store):
    seen = watch(store)
    before = store.session
    with pytest.raises(InputError, match=r"post\.color\.hue"):
        store.update({"seed": 4, "post.color.hue": 3})
    assert store.session is before
    assert seen == []
    assert not store.can_undo


def test_ten_steps_back_and_forth(store: Store):
    states = [store.session]
    for i in range(1, 11):
        store.set("seed", i)
        states.append(store.session)
    for state in reversed(states[:-1]):
        store.undo()
        assert store.session == state
    store.undo()
    assert store.session == states[0]
    for state in states[1:]:
        store.redo()
        assert store.session == state
    assert not store.can_redo


def test_drag_is_one_step_and_each_move_is_announced(store: Store):
    seen = watch(store)
    with store.transaction():
        for i in range(1, 20):
            store.set("scene.camera.yaw", float(i))
    assert len(seen) == 19
    store.undo()
    assert store.session == Session()


def test_transaction_that_ends_where_it_began_is_no_step(store: Store):
    with store.transaction():
        store.set("seed", 5)
        store.set("seed", 0)
    assert not store.can_undo


def test_nested_transactions_and_undo_in_the_middle_of_a_drag(store: Store):
    store.begin()
    store.begin()
    store.set("seed", 1)
    store.commit()
    store.set("seed", 2)
    store.undo()
    assert store.session == Session()
    store.commit()
    store.redo()
    assert store.session.seed == 2


def test_new_change_forgets_what_was_undone(store: Store):
    store.set("seed", 1)
    store.undo()
    store.set("seed", 2)
    assert not store.can_redo


def test_history_is_bounded(store: Store):
    for i in range(1, LIMIT + 50):
        store.set("seed", i)
    steps = 0
    while store.can_undo:
        store.undo()
        steps += 1
    assert steps == LIMIT
