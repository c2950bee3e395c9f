"""From the engine's thread to the window's: in order, coalesced, nothing before `open`."""

from __future__ import annotations

import threading

from fake import FakeEngine, evaluate
from pytestqt.qtbot import QtBot

from perturber.core.evaluation import Evaluation, Failure
from perturber.core.parameters.parameter import get, replace
from perturber.core.session.session import Session
from perturber.core.session.store import Store
from perturber.engine.process.wire import Status
from perturber.gui.answers.bridge import Bridge
from perturber.gui.base.binding import changed_paths, parameters_differ


def elsewhere(*calls: object) -> None:
    """Make calls on another thread, one after the other."""

    def work() -> None:
        for call in calls:
            call()  # type: ignore[operator]

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()


def test_answers_come_on_the_windows_thread_in_order_and_only_the_newest(qtbot: QtBot, engine: FakeEngine) -> None:
    bridge, heard = Bridge(), []
    bridge.attach(engine)
    bridge.evaluated.connect(lambda e: heard.append((e.number, threading.current_thread())))
    bridge.failed.connect(lambda f: heard.append((f.message, threading.current_thread())))
    bridge.open()
    session = Session()
    answers: list[Evaluation] = [evaluate(session, number) for number in range(4)]
    elsewhere(
        lambda: engine.evaluated.emit(answers[0]),
        lambda: engine.evaluated.emit(answers[1]),
        lambda: engine.failed.emit(Failure(session, "engine", "odd")),
        lambda: engine.evaluated.emit(answers[2]),
        lambda: engine.evaluated.emit(answers[3]),
    )
    assert heard == []
    qtbot.waitUntil(lambda: len(heard) == 3)
    here = threading.current_thread()
    assert heard == [(1, here), ("odd", here), (3, here)]
    bridge.close()


def test_what_comes_before_it_is_opened_is_kept(qtbot: QtBot, engine: FakeEngine) -> None:
    bridge, heard = Bridge(), []
    bridge.attach(engine)
    elsewhere(lambda: engine.status.emit(Status("ready")))
    bridge.status.connect(lambda s: heard.append(s.state))
    qtbot.wait(20)
    assert heard == []
    bridge.open()
    assert heard == ["ready"]
    bridge.close()


def test_nothing_comes_after_it_is_closed(qtbot: QtBot, engine: FakeEngine) -> None:
    bridge, heard = Bridge(), []
    bridge.attach(engine)
    bridge.evaluated.connect(heard.append)
    bridge.open()
    elsewhere(lambda: engine.evaluated.emit(evaluate(Session())))
    bridge.close()
    elsewhere(lambda: engine.evaluated.emit(evaluate(Session())))
    qtbot.wait(20)
    assert heard == []


def test_changed_paths_are_exactly_those_that_differ() -> None:
    old = Session()
    new = replace(replace(old, "scene.morph.overall", 0.5), "post.noise.sigma", 0.1)
    assert sorted(changed_paths(old, new)) == [
        "post.noise.sigma",
        "scene.morph.overall",
        "scene.morph.shape",
        "scene.morph.texture",
    ]
    assert list(changed_paths(old, old)) == []
    assert list(changed_paths(old, Session.model_validate(old.model_dump()))) == []


def test_a_part_of_another_class_is_one_path_and_a_new_shape() -> None:
    old = Session()
    new = replace(old, "scene.photo", {"file": {"path": "cat.jpg"}})
    assert list(changed_paths(old, new)) == ["scene.photo"]
    assert parameters_differ(old, new)
    assert not parameters_differ(old, replace(old, "scene.camera.yaw", 3.0))


def test_the_store_announces_what_the_paths_say() -> None:
    store, seen = Store(), []
    store.changed.connect(lambda old, new: seen.extend((p, get(new, p)) for p in changed_paths(old, new)))
    store.set("scene.camera.yaw", 3.0)
    assert seen == [("scene.camera.yaw", 3.0)]
