"""What the networks said of one picture: a value that is handed on to whoever has questions about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import torch
from torch import Tensor

from perturber.core.evaluation import SlotResult
from perturber.core.session.models import ModelRef
from perturber.nets.architectures.network import Network


@dataclass(frozen=True, eq=False)
class Graph:
    """Logits, 1×classes, and the pixels, 1×3×H×W, that they can be followed back to."""

    logits: Tensor
    pixels: Tensor


@dataclass(frozen=True, eq=False)
class Observation:
    """The answers of the slots' networks about one picture, and what is known of their runs, by model."""

    results: tuple[SlotResult, ...]
    """One for each slot that takes part, in order."""
    networks: Mapping[ModelRef, Network]
    """Those that could be opened."""
    logits: Mapping[ModelRef, Tensor]
    """1×classes, of the models that were run to their end."""
    activations: Mapping[ModelRef, Mapping[str, Tensor]]
    """What was kept of each run, 1×C×h×w by tap."""
    graphs: dict[ModelRef, Graph] = field(default_factory=dict)
    """Autograd graphs, which take much memory; see `gradient` and `drop_graphs`."""

    def gradient(self, ref: ModelRef, output: int) -> Tensor | None:
        """Compute the gradient of a logit with respect to the picture, 1×3×H×W.

        None unless the model was run for that. Drops all autograd graphs, so it can be had once.
        """
        graph = self.graphs.get(ref)
        self.drop_graphs()
        if graph is None:
            return None
        with torch.inference_mode(False), torch.enable_grad():
            return torch.autograd.grad(graph.logits[0, output], graph.pixels)[0]

    def drop_graphs(self) -> None:
        """Drop the autograd graphs."""
        self.graphs.clear()
