"""What networks did on the frame before it was attacked, remembered while the attack goes on."""

from __future__ import annotations

from perturber.core.session.picture import PictureKey, clean
from perturber.core.session.session import Session
from perturber.engine.frame.engine import Engine
from perturber.engine.frame.stage import Stage
from perturber.methods.units.divergence import Layers, layers_of
from perturber.nets.architectures.network import Network

KEPT = 3
"""Clean runs that are remembered: one for each slot, while the attack goes on."""


class CleanRuns:
    """The activations of networks on the frame without its attack, as long as the frame is the same."""

    def __init__(self) -> None:
        self._stage: Stage[Layers] = Stage(KEPT)

    def get(self, engine: Engine, session: Session, network: Network) -> Layers:
        """The activations of every tap on the clean frame."""
        before = clean(session)
        key = (PictureKey.of(before), tuple(network.parts.values()), str(network.device))
        return self._stage(key, lambda: layers_of(network, engine.frame(before)))

    def clear(self) -> None:
        """Forget them: they take some memory."""
        self._stage.clear()
