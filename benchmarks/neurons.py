"""Cost of the activation view per frame."""

from __future__ import annotations

from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING, Any

from perturber.core.evaluation import Evaluation
from perturber.core.parameters.parameter import replace_all

if TYPE_CHECKING:
    from benchmarks.driver import Driver

UNITS = 8
TURNS, FIRST = 40, 5
SETTLE_SECONDS = 1.0


def view_seconds(driver: Driver, evaluation: Evaluation) -> float:
    """Return the seconds that the neuron view alone takes to apply and paint an evaluation."""
    painted: list[float] = []
    driver.desk.meter.painted.connect(painted.append)
    start = perf_counter()
    driver.desk.neurons.show_evaluation(evaluation)
    applied = perf_counter() - start
    driver.until(lambda: bool(painted))
    driver.desk.meter.painted.disconnect(painted.append)
    return applied + painted[0]


def neuron_figures(driver: Driver) -> dict[str, Any]:
    """Return ``activation_view_share``: applying and painting 8 units of all three models, over a whole frame."""
    before = driver.desk.store.session
    session = replace_all(before, {"probe.count": UNITS, "models.edited.enabled": True})
    driver.submit_and_wait(session)
    driver.spin(SETTLE_SECONDS)
    frame, view = [], []
    for turn in range(TURNS):
        frame.append(driver.frame("scene.camera.yaw", turn / 2))
        assert driver.evaluation is not None
        view.append(view_seconds(driver, driver.evaluation))
    driver.submit_and_wait(before)
    frame, view = frame[FIRST:], view[FIRST:]
    return {
        "activation_view_share": median(view) / median(frame),
        "activation_view_ms": 1e3 * median(view),
        "three_model_frame_ms": 1e3 * median(frame),
    }
