"""Cache the networks' activations on the clean frame while an attack continues."""

from __future__ import annotations

from perturber.core.session.picture import PictureKey, clean
from perturber.core.session.session import Session
from perturber.engine.frame.engine import Engine
from perturber.engine.frame.stage import Stage
from perturber.methods.units.divergence import Layers, layers_of
from perturber.nets.architectures.network import Network

KEPT = 3
"""Number of cached clean runs: one for each slot."""


class CleanRuns:
    """A cache of the networks' activations on the clean frame, until the frame changes."""

    def __init__(self) -> None:
        self._stage: Stage[Layers] = Stage(KEPT)

    def get(self, engine: Engine, session: Session, network: Network) -> Layers:
        """Return the activations of every tap on the clean frame."""
        before = clean(session)
        key = (PictureKey.of(before), tuple(network.parts.values()), str(network.device))
        return self._stage(key, lambda: layers_of(network, engine.frame(before)))

    def clear(self) -> None:
        """Drop all cached activations to free memory."""
        self._stage.clear()
