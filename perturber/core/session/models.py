"""The networks' part of the session: which model stands in which slot, and what is watched."""

from __future__ import annotations

from typing import Annotated, Literal

from annotated_types import Interval
from pydantic import Field

from perturber.core.errors import InputError
from perturber.core.parameters.parameter import Control
from perturber.core.parameters.state import State
from perturber.core.session.edit import Edit
from perturber.core.storage.files import FileRef


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


TrainedModel = Annotated[FamilyModel | ArchitectureModel, Field(discriminator="kind")]
"""A network as it was trained."""


class EditedModel(State):
    """A network whose weights are made from those of two others."""

    kind: Literal["edited"] = "edited"
    first: TrainedModel
    second: TrainedModel
    edit: Edit = Edit()


ModelRef = FamilyModel | ArchitectureModel | EditedModel


class Slot(State):
    """One place for a network, with its own color wherever its results appear."""

    model: TrainedModel = FamilyModel()
    activations: Annotated[bool, Control("Show Units")] = True
    """Show this model's units: activation maps and feature images."""
    predictions: Annotated[bool, Control("Show Predictions")] = True
    """Run the whole model and show its top five classes; off skips all layers after the shown one."""


class EditedSlot(State):
    """The place of the third network, which is made from the weights of both others. It is there once enabled."""

    enabled: bool = False
    """Make the edited model and show it beside the others."""
    activations: bool = True
    """Show this model's activation maps."""
    predictions: bool = True
    """Run the whole model and show its top five classes; off skips all layers after the shown one."""
    edit: Edit = Edit()


class ShownSlot(State):
    """What a slot shows, whichever kind of slot it is."""

    model: ModelRef
    activations: bool
    predictions: bool


class Models(State):
    """The slots, compared side by side."""

    slot1: Slot = Slot()
    slot2: Slot = Slot(model=FamilyModel(variant="adversarial"))
    edited: EditedSlot = EditedSlot()

    def items(self) -> list[tuple[str, Slot | ShownSlot]]:
        """Name and slot of those that take part, in order: the edited one only while it is enabled."""
        shown: list[tuple[str, Slot | ShownSlot]] = [("slot1", self.slot1), ("slot2", self.slot2)]
        return [*shown, ("edited", self._edited())] if self.edited.enabled else shown

    def model(self, slot: str) -> ModelRef:
        """The model of a slot, also of the edited one while it is not enabled. Raises InputError for another name."""
        slots: dict[str, Slot | ShownSlot] = {"slot1": self.slot1, "slot2": self.slot2, "edited": self._edited()}
        if slot not in slots:
            raise InputError("slot", f"there is no slot {slot!r}", "one of " + ", ".join(slots))
        return slots[slot].model

    def _edited(self) -> ShownSlot:
        slot = self.edited
        model = EditedModel(first=self.slot1.model, second=self.slot2.model, edit=slot.edit)
        return ShownSlot(model=model, activations=slot.activations, predictions=slot.predictions)


class Probe(State):
    """Which hidden units are watched, and how their maps and feature images are painted."""

    layer: str = "mixed4a"
    """A tap. A network without it shows the tap at the same relative depth."""
    units: tuple[Annotated[int, Field(ge=0)], ...] = Field(default=(), max_length=8)
    """Channels to show; empty means the first ``count``."""
    count: Annotated[int, Interval(ge=1, le=8), Control("# of Neurons")] = 4
    """How many units are shown."""
    normalization: Annotated[float, Interval(ge=0, le=4), Control("Act. Normalization")] = 0.0
    """0 divides by four standard deviations of the whole layer; otherwise by 10 to this power."""
    activations: Annotated[bool, Control("Show Activations")] = True
    """Show the activation maps; off shows only the feature images and skips the computation of the maps."""
    naive: Annotated[bool, Control("Naive Parameterization")] = False
    """Feature images optimized in pixel space; off uses Fourier coefficients and decorrelated colors."""
    before: Annotated[bool, Control("Before ReLU")] = False
    """Show the maps before the layer's ReLU, with their negative values, if the layer has a ReLU."""
    whole: Annotated[bool, Control("Whole Layer")] = False
    """Show every unit of the layer instead of the chosen ones."""

    def shown(self, channels: int) -> tuple[int, ...]:
        """The units to show in a layer of so many channels: those asked for, then the lowest others; or all."""
        if self.whole:
            return tuple(range(channels))
        chosen = [u for u in self.units if u < channels]
        others = (u for u in range(channels) if u not in chosen)
        while len(chosen) < min(self.count, channels):
            chosen.append(next(others))
        return tuple(chosen[: self.count])
