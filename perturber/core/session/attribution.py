"""What of the picture speaks for a class: the attribution in the session."""

from __future__ import annotations

from typing import Annotated, ClassVar

from annotated_types import Interval
from pydantic import SerializeAsAny

from perturber.core.parameters.parameter import Control
from perturber.core.parameters.plugin import Plugin, reading
from perturber.core.parameters.state import State
from perturber.core.session.slot_name import SlotName


class AttributionMethod(Plugin):
    """Family of the attributions: frozen configurations, one file each in methods/attributions."""

    family = "attribution"
    package = "perturber.methods.attributions"
    cheap: ClassVar[bool] = False
    """Computed with every frame; others follow in idle moments."""
    signed: ClassVar[bool] = False
    """Values below 0 speak against the class; otherwise no value is below 0."""
    layered: ClassVar[bool] = False
    """Looks at the layer that `Explain.layer` names."""


class Explain(State):
    """An attribution painted over the frame."""

    group: ClassVar[str] = "Attribution"

    method: Annotated[SerializeAsAny[AttributionMethod] | None, reading(AttributionMethod)] = None
    """How it is computed; None shows none."""
    slot: Annotated[SlotName, Control("Explained Model")] = "slot1"
    """The network that is explained."""
    target: str = ""
    """WordNet id of the class to explain; empty means the top class."""
    layer: str = ""
    """Layer that layer-based methods explain; empty means the last layer with spatial extent."""
    alpha: Annotated[float, Interval(ge=0, le=1), Control("Overlay Alpha")] = 0.7
    """Strength of the overlay on the frame."""
