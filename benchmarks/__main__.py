"""``make bench``: every speed limit as a ratio within one run; also written to build/bench.json.

``make bench-record`` writes benchmarks/latest.json, the recorded run in the documentation.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

from perturber.engine.device import prepare_threads

TURNS, TIMES = 40, 5
RECORDED = Path(__file__).with_name("latest.json")
OUTPUT = RECORDED.parents[1] / "build" / "bench.json"
LEAST = {"feature_vs_lucent": 5.0, "feature_activation_over_lucent": 1.0, "pgd_vs_foolbox": 1.5}
"""Lower limits."""
LIMITS = {
    "frame_over_bare": 1.5,
    "overhead_share": 0.10,
    "gui_gap_p99_ms": 20.0,
    "idle_cpu_share": 0.03,
    "idle_evaluations": 0,
    "window_start_ratio": 1.5,
    "rss_growth": 0.02,
    "draw_over_bare": 2.0,
    "pair_load_s": 0.5,
    "checkpoint_switch": 2.0,
    "activation_view_share": 0.05,
    "mix_move_over_frame": 1.3,
    "mix_move_first_block": 1.3,
    "feature_batch8": 4.0,
    "live_features_frame_loss": 0.15,
    "data_set_over_bare": 1.25,
    "training_step_over_bare": 1.11,
    "saliency": 2.2,
    "grad_cam": 1.5,
    "pgd_step": 1.15,
    "pgd_first_step": 1.15,
}


def frame_ratios(driver: Any) -> dict[str, float]:
    """Compare a whole frame with a bare forward pass plus a bare draw.

    The three are measured in short turns, so that load on the machine affects all of them; the first of
    each turn, which finds the caches full of the others' data, is discarded. The engine runs the networks
    side by side, which is faster than one after the other; the overhead is therefore computed against
    the forward passes as the engine runs them.
    """
    from benchmarks.bare import Bare, clock

    bare = Bare()
    forward, beside, draw, frame = [], [], [], []
    for turn in range(TURNS):
        forward += clock(bare.forward, TIMES)[1:]
        beside += clock(bare.side_by_side, TIMES)[1:]
        draw += clock(bare.draw, TIMES)[1:]
        frame += [driver.frame("scene.camera.yaw", turn + i / (TIMES + 1)) for i in range(TIMES)][1:]
    bare.renderer.release()
    return {
        "frame_over_bare": median(frame) / (median(forward) + median(draw)),
        "overhead_share": 1 - (median(beside) + median(draw)) / median(frame),
        "bare_forward_ms": 1e3 * median(forward),
        "bare_forward_side_by_side_ms": 1e3 * median(beside),
        "bare_draw_ms": 1e3 * median(draw),
        "frame_ms": 1e3 * median(frame),
    }


def memory_growth(driver: Any, count: int = 2000, settled: int = 200) -> dict[str, float]:
    """Measure the growth of resident memory after the first evaluations, in the process that grew more."""
    from benchmarks.driver import resident_bytes
    from perturber.core.parameters.parameter import replace_all
    from perturber.core.session.session import Session

    sizes: list[int] = []
    for turn in range(count):
        changes = {"scene.camera.yaw": turn % 90 - 45.0, "post.color.hue": (turn % 7) / 20, "seed": turn}
        driver.submit_and_wait(replace_all(Session(), changes))
        if turn + 1 == settled:
            sizes = [resident_bytes(pid) for pid in driver.pids]
    grown = [resident_bytes(pid) for pid in driver.pids]
    return {"rss_growth": max(after / before - 1 for before, after in zip(sizes, grown, strict=True))}


def percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(int(share * len(values)), len(values) - 1)]


def measure() -> dict[str, Any]:
    """Return all figures by key."""
    import torch

    from benchmarks.attacks import attack_figures
    from benchmarks.attributions import attribution_figures
    from benchmarks.driver import Driver
    from benchmarks.editing import editing_figures
    from benchmarks.features import feature_figures, live_cost
    from benchmarks.neurons import neuron_figures
    from benchmarks.objects import object_figures
    from benchmarks.start import window_start_ratio
    from benchmarks.switching import switching_figures
    from benchmarks.training import training_figures

    result: dict[str, Any] = {"window_start_ratio": window_start_ratio(), **object_figures(), **training_figures()}
    result |= feature_figures()
    result |= attribution_figures()
    result |= attack_figures()
    driver = Driver()
    try:
        result |= frame_ratios(driver)
        result |= switching_figures(driver)
        result |= neuron_figures(driver)
        result |= editing_figures(driver)
        result |= live_cost(driver)
        result["gui_gap_p99_ms"] = 1e3 * percentile(driver.gaps(10.0), 0.99)
        result["idle_cpu_share"], result["idle_evaluations"] = driver.idle(10.0)
        result |= memory_growth(driver)
        assert driver.evaluation is not None
        result |= {"gl": driver.evaluation.renderer, "device": driver.evaluation.device}
    finally:
        driver.close()
    result |= {"date": datetime.now(UTC).date().isoformat()}
    result |= {"machine": f"{platform.machine()}, {os.cpu_count()} cores, {platform.system()}"}
    return result | {"torch": torch.__version__, "torch_threads": torch.get_num_threads()}


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure every figure with a speed limit.")
    parser.add_argument("--record", action="store_true", help="write the recorded run of the documentation")
    output = RECORDED if parser.parse_args().record else OUTPUT
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    prepare_threads()
    result = measure()
    print(f"{'figure':<22}{'measured':>12}{'limit':>9}")
    for key, value in result.items():
        limit = LIMITS.get(key, LEAST.get(key))
        shown = f"{value:.3f}" if isinstance(value, float) else str(value)
        met = limit is None or (value >= limit if key in LEAST else value <= limit)
        verdict = "" if limit is None else f"{limit:>9g}{'' if met else '  MISSED'}"
        print(f"{key:<22}{shown:>12}{verdict}")
    rounded = {key: round(value, 4) if isinstance(value, float) else value for key, value in result.items()}
    output.parent.mkdir(exist_ok=True)
    output.write_text(json.dumps(rounded, indent=2) + "\n", encoding="utf-8")
    sys.exit(0)


if __name__ == "__main__":
    main()
