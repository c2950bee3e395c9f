"""The yardstick: what the frame cannot do without, measured bare."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter

import numpy as np
import torch

from perturber.core.parameter import replace
from perturber.core.session import Session
from perturber.engine.observe import to_tensor
from perturber.nets.models import open_model
from perturber.scene.renderer import Renderer


def clock(work: Callable[[int], object], times: int) -> list[float]:
    """Seconds of each call."""
    taken = []
    for turn in range(times):
        start = perf_counter()
        work(turn)
        taken.append(perf_counter() - start)
    return taken


class Bare:
    """Both default networks' channels_last forward, and the default scene's draw."""

    def __init__(self) -> None:
        session = Session()
        self.renderer = Renderer()
        device = torch.device("cpu")
        self._networks = [
            open_model(slot.model, device, torch.float32).architecture for _, slot in session.models.items()
        ]
        pixels = self.renderer.read(self.renderer.draw(session.scene, 224))
        self._tensor = to_tensor(np.ascontiguousarray(pixels), device)
        self._scene = session.scene

    def forward(self, turn: int) -> None:
        """One forward pass of each of the two networks."""
        with torch.inference_mode():
            for network in self._networks:
                network(self._tensor)

    def draw(self, turn: int) -> None:
        """One draw of the default scene, from another side each time."""
        self.renderer.draw(replace(self._scene, "camera.yaw", float(turn % 60)), 224)
        self.renderer._context.finish()
