"""The attribution in the session: which pixels support a class."""

from __future__ import annotations

from typing import Annotated, ClassVar

from annotated_types import Interval
from pydantic import SerializeAsAny

from perturber.core.parameters.parameter import Control
from perturber.core.parameters.plugin import Plugin, reading
from perturber.core.parameters.state import State
from perturber.core.session.slot_name import SlotName


class AttributionMethod(Plugin):
    """Base of the attribution methods: frozen configurations, one file each in methods/attributions."""

    family = "attribution"
    package = "perturber.methods.attributions"
    cheap: ClassVar[bool] = False
    """Whether the method is computed with every frame; others run while the engine is idle."""
    signed: ClassVar[bool] = False
    """Whether negative values count against the class; if not, no value is negative."""
    layered: ClassVar[bool] = False
    """Whether the method uses the layer `Explain.layer`."""


class Explain(State):
    """An attribution painted over the frame."""

    group: ClassVar[str] = "Attribution"

    method: Annotated[SerializeAsAny[AttributionMethod] | None, reading(AttributionMethod)] = None
    """The attribution method; None shows no attribution."""
    slot: Annotated[SlotName, Control("Explained Model")] = "slot1"
    """Slot of the network to explain."""
    target: str = ""
    """Class to explain, by WordNet id, name or number; empty means the top class."""
    layer: str = ""
    """Layer that layer-based methods explain; empty means the last one that the class depends on."""
    alpha: Annotated[float, Interval(ge=0, le=1), Control("Overlay Alpha")] = 0.7
    """Opacity of the overlay on the frame; 0 hides it."""
