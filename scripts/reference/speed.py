"""The speed table, from the recorded run of the benchmark."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from scripts.reference.homes import BENCHMARK_LIMITS
from scripts.reference.tables import table

RECORDED = Path(__file__).resolve().parents[2] / "benchmarks" / "latest.json"
FIGURES = {
    "frame_over_bare": "A whole frame, from submitting the session to the painted window, relative to the forward "
    "passes of both networks, one after the other, plus drawing",
    "overhead_share": "Share of the frame that is neither drawing nor the forward passes as the engine runs them",
    "gui_gap_p99_ms": "Gaps of the event loop while dragging for 10 s, 99th percentile, in ms",
    "idle_cpu_share": "CPU use of both processes together while nothing happens",
    "idle_evaluations": "Evaluations while nothing happens",
    "window_start_ratio": "Start to visible window, relative to an empty PySide6 window",
    "draw_over_bare": "Drawing the default scene at 448², relative to a bare untextured mesh of as many triangles",
    "pair_load_s": "Loading the slowest object pair, in s",
    "rss_growth": "Growth of resident memory from the 200th to the 2000th evaluation",
    "checkpoint_switch": "Another checkpoint to its evaluation, relative to `load_state_dict` plus one frame",
    "feature_vs_lucent": "A feature image of Inception V1 (mixed4a, 512 steps, 128²): time of Lucent 0.1.8 relative "
    "to ours",
    "feature_activation_over_lucent": "Activation of the unit on our image, relative to Lucent's image",
    "feature_batch8": "An optimization step on eight feature images, relative to a step on one",
    "live_features_frame_loss": "Frames per second lost while feature images form and the scene is dragged",
    "activation_view_share": "Painting the maps and images of 8 units and 3 models, as a share of the frame",
    "mix_move_over_frame": "A move of a mix slider to the painted frame, relative to a frame of three models",
    "mix_move_first_block": "The same for the first block, where everything is computed again",
    "pgd_step": "A step of PGD, relative to a bare forward and backward pass",
    "pgd_first_step": "The first step of PGD, relative to the same",
    "pgd_vs_foolbox": "40 steps of L2 PGD on 16 pictures (SqueezeNet, 224²): time of Foolbox 3.3.4 relative to ours, "
    "at the same loss",
    "saliency": "What the gradient adds to a frame, relative to that frame's forward pass",
    "grad_cam": "What Grad-CAM adds to a frame, relative to that frame's forward pass",
    "data_set_over_bare": "Rendering a data set, relative to drawing and reading the same pictures in a bare loop",
    "training_step_over_bare": "A training step on 32 pictures of 224², relative to a bare forward and backward pass",
}
"""Description of each figure with a limit."""
TIMES = {
    "frame_ms": "whole frame",
    "bare_draw_ms": "drawing",
    "bare_forward_side_by_side_ms": "both networks side by side",
    "bare_forward_ms": "both networks one after the other",
}


def recorded() -> dict[str, Any]:
    """Return the recorded run of the benchmark."""
    found: dict[str, Any] = json.loads(RECORDED.read_text(encoding="utf-8"))
    return found


def limits() -> tuple[Mapping[str, float], Mapping[str, float]]:
    """Return the upper limits, and the lower limits of figures where more is better."""
    benchmark = import_module(BENCHMARK_LIMITS)
    return benchmark.LIMITS, benchmark.LEAST


def speed_table(run: Mapping[str, Any]) -> str:
    """Return every figure that has a limit, with its value in this run."""
    most, least = limits()
    rows = []
    for key, about in FIGURES.items():
        if key not in run:
            continue
        value = run[key]
        met = value >= least[key] if key in least else value <= most[key]
        limit = f"at least {least[key]:g}" if key in least else f"at most {most[key]:g}"
        rows.append((f"`{key}`", about, f"{value:.3g}" + ("" if met else " **(missed)**"), limit))
    return table(("Figure", "Meaning", "Measured", "Limit"), rows)


def speed_page(run: Mapping[str, Any]) -> str:
    """Return the tables with the machine and the day of the run."""
    machine = (
        f"Recorded on {run['date']}: {run['machine']}, torch {run['torch']} on {run['device']} with "
        f"{run['torch_threads']} threads, OpenGL by {run['gl']}."
    )
    times = table(("Part of a frame", "ms"), ((name, f"{run[key]:.0f}") for key, name in TIMES.items() if key in run))
    return f"{machine}\n\n{speed_table(run)}\n{times}"
