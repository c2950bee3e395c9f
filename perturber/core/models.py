"""The networks' part of the session: which model stands in which slot, and what is watched."""

from __future__ import annotations

from typing import Annotated, Literal

from annotated_types import Interval
from pydantic import Field

from perturber.core.files import FileRef
from perturber.core.parameter import Control
from perturber.core.state import State


class FamilyModel(State):
    """A member of a model family in models/ or the user's cache."""

    kind: Literal["family"] = "family"
    family: str = "studio"
    variant: str = "standard"
    checkpoint: str = ""
    """A training step of the variant; empty means the last."""


class ArchitectureModel(State):
    """Any registered architecture with weights from a file, or from its own publisher."""

    kind: Literal["architecture"] = "architecture"
    name: str
    """A name in the architecture registry, such as squeezenet1_0 or inception_v1."""
    weights: FileRef | None = None
    """safetensors or a pickled state dict; without one the publisher's default weights are downloaded."""


ModelRef = Annotated[FamilyModel | ArchitectureModel, Field(discriminator="kind")]


class Slot(State):
    """One place for a network, with its own colour wherever its results appear."""

    model: ModelRef = FamilyModel()
    activations: Annotated[bool, Control("Show Activations")] = True
    """Show this model's activation maps."""
    predictions: Annotated[bool, Control("Show Predictions")] = True
    """Run the model to its end and show the top five; off saves everything behind the shown layer."""


class Models(State):
    """The slots, compared side by side."""

    slot1: Slot = Slot()
    slot2: Slot = Slot(model=FamilyModel(variant="adversarial"))

    def items(self) -> list[tuple[str, Slot]]:
        """Name and slot, in order."""
        return [(name, getattr(self, name)) for name in type(self).model_fields]


class Probe(State):
    """Which hidden units are watched, and how their maps are painted."""

    layer: str = "mixed4a"
    """A tap. A network without it shows the tap at the same relative depth."""
    units: tuple[Annotated[int, Field(ge=0)], ...] = Field(default=(), max_length=8)
    """Channels to show; empty means the first ``count``."""
    count: Annotated[int, Interval(ge=1, le=8), Control("# of Neurons")] = 4
    """How many units are shown."""
    normalization: Annotated[float, Interval(ge=0, le=4), Control("Act. Normalization")] = 0.0
    """0 divides by four standard deviations of the whole layer; otherwise by 10 to this power."""

    def shown(self, channels: int) -> tuple[int, ...]:
        """The units to show in a layer of so many channels: those asked for, then the lowest others."""
        chosen = [u for u in self.units if u < channels]
        others = (u for u in range(channels) if u not in chosen)
        while len(chosen) < min(self.count, channels):
            chosen.append(next(others))
        return tuple(chosen[: self.count])
