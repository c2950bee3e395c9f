"""The networks' outputs for one picture, as a value to pass on."""

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
    """Logits, 1×classes, and the pixels, 1×3×H×W, that gradients can be taken with respect to."""

    logits: Tensor
    pixels: Tensor


@dataclass(frozen=True, eq=False)
class Observation:
    """The slots' results for one picture, and what was kept of the networks' runs, by model."""

    results: tuple[SlotResult, ...]
    """One for each slot in use, in order."""
    networks: Mapping[ModelRef, Network]
    """The networks that could be opened."""
    logits: Mapping[ModelRef, Tensor]
    """1×classes, for the models that ran to the end."""
    activations: Mapping[ModelRef, Mapping[str, Tensor]]
    """The activations kept of each run, 1×C×h×w by tap."""
    graphs: dict[ModelRef, Graph] = field(default_factory=dict)
    """Autograd graphs, which need much memory; see `gradient` and `drop_graphs`."""

    def gradient(self, ref: ModelRef, output: int) -> Tensor | None:
        """Compute the gradient of a logit with respect to the picture, 1×3×H×W.

        None unless the run kept its autograd graph. Drops all graphs, so it works only once.
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
