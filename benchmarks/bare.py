"""The baseline: the unavoidable work of a frame, measured alone."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from time import perf_counter

import numpy as np
import torch

from perturber.core.parameters.parameter import replace
from perturber.core.session.session import Session
from perturber.engine.frame.crew import Crew
from perturber.engine.frame.observer import to_tensor
from perturber.nets.architectures.architecture import Architecture
from perturber.nets.open_model import open_model
from perturber.scene.renderer import Renderer


def clock(work: Callable[[int], object], times: int) -> list[float]:
    """Return the seconds of each call."""
    taken = []
    for turn in range(times):
        start = perf_counter()
        work(turn)
        taken.append(perf_counter() - start)
    return taken


class Bare:
    """The channels_last forward passes of both default networks, and the draw of the default scene."""

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
        self._crew = Crew()

    def forward(self, turn: int) -> None:
        """Run one forward pass of each network, one after the other."""
        for network in self._networks:
            self._one(network)

    def side_by_side(self, turn: int) -> None:
        """Run both forward passes as the engine does: each on its share of the cores."""
        self._crew.run([partial(self._one, network) for network in self._networks], 2, self._tensor.device)

    def _one(self, network: Architecture) -> torch.Tensor:
        with torch.inference_mode():
            logits: torch.Tensor = network(self._tensor)
        return logits

    def draw(self, turn: int) -> None:
        """Draw the default scene once, from another viewpoint each time."""
        self.renderer.draw(replace(self._scene, "camera.yaw", float(turn % 60)), 224)
        self.renderer._context.finish()
