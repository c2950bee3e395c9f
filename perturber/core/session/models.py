"""The networks in the session: the model in each slot, and the units to show."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from annotated_types import Interval
from pydantic import Field, SerializerFunctionWrapHandler, model_serializer, model_validator

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
    """A training step of the variant; empty means the last one."""


Interpolation = Literal["bilinear", "bicubic", "nearest"]
Mean = Annotated[float, Interval(ge=0, le=1)]
Deviation = Annotated[float, Interval(gt=0, le=10)]


class Preprocessing(State):
    """Preprocessing of a network's pictures, where it differs from the architecture's default."""

    mean: tuple[Mean, Mean, Mean] | None = None
    """Mean of red, green and blue, for pixels in [0, 1]; None means the file's or the usual one."""
    std: tuple[Deviation, Deviation, Deviation] | None = None
    """Standard deviation, given together with ``mean``."""
    size: Annotated[int, Interval(ge=8, le=1024)] | None = None
    """Side of the pictures that the network receives, in pixels; frames of another size are resized."""
    interpolation: Interpolation = "bilinear"
    """How frames are resized to ``size``; with antialiasing, except nearest."""

    @model_validator(mode="after")
    def _check_pair(self) -> Preprocessing:
        if (self.mean is None) != (self.std is None):
            raise ValueError("mean and std go together")
        return self


class ArchitectureModel(State):
    """Any registered architecture with weights from a file or from its publisher."""

    kind: Literal["architecture"] = "architecture"
    name: str
    """Name in the architecture registry, such as squeezenet1_0 or inception_v1."""
    weights: FileRef | None = None
    """A safetensors file or a checkpoint; None downloads the publisher's default weights."""
    weights_key: str = ""
    """Which network of a file with several, such as model_ema; empty chooses the trained one before its average."""
    labels: FileRef | None = None
    """Text file with one class per line: a name, or a WordNet id and a name; None means the usual or generic labels."""
    preprocessing: Preprocessing | None = None
    """Preprocessing of pictures; None means the architecture's default."""

    @model_serializer(mode="wrap")
    def _leave_out_unset(self, serialize: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Leave out unset fields, so that files and hashes stay as earlier versions wrote them."""
        data: dict[str, Any] = serialize(self)
        unset = [name for name in ("weights_key", "labels", "preprocessing") if not getattr(self, name)]
        return {name: value for name, value in data.items() if name not in unset}


TrainedModel = Annotated[FamilyModel | ArchitectureModel, Field(discriminator="kind")]
"""A network with its weights as trained."""


class EditedModel(State):
    """A network whose weights are computed from those of two others."""

    kind: Literal["edited"] = "edited"
    first: TrainedModel
    second: TrainedModel
    edit: Edit = Edit()


ModelRef = FamilyModel | ArchitectureModel | EditedModel


class Slot(State):
    """A slot for a network, with its own color wherever its results appear."""

    model: TrainedModel = FamilyModel()
    activations: Annotated[bool, Control("Show Units")] = True
    """Show this model's units: activation maps and feature images."""
    predictions: Annotated[bool, Control("Show Predictions")] = True
    """Run the whole model and show its top five classes; off skips the layers that nothing else needs."""


class EditedSlot(State):
    """The optional third slot, whose network is computed from the weights of the other two."""

    enabled: bool = False
    """Compute the edited model and show it beside the others."""
    activations: bool = True
    """Show this model's units: activation maps and feature images."""
    predictions: bool = True
    """Run the whole model and show its top five classes; off skips the layers that nothing else needs."""
    edit: Edit = Edit()


class ShownSlot(State):
    """The model of a slot of either kind, and what the slot shows."""

    model: ModelRef
    activations: bool
    predictions: bool


class Models(State):
    """The slots, shown side by side."""

    slot1: Slot = Slot()
    slot2: Slot = Slot(model=FamilyModel(variant="adversarial"))
    edited: EditedSlot = EditedSlot()

    def items(self) -> list[tuple[str, Slot | ShownSlot]]:
        """Return names and slots in order; the edited slot is included only while it is enabled."""
        shown: list[tuple[str, Slot | ShownSlot]] = [("slot1", self.slot1), ("slot2", self.slot2)]
        return [*shown, ("edited", self._edited())] if self.edited.enabled else shown

    def model(self, slot: str) -> ModelRef:
        """Return the model of a slot, even of the edited one while disabled. Raises InputError for an unknown name."""
        slots: dict[str, Slot | ShownSlot] = {"slot1": self.slot1, "slot2": self.slot2, "edited": self._edited()}
        if slot not in slots:
            raise InputError("slot", f"there is no slot {slot!r}", "one of " + ", ".join(slots))
        return slots[slot].model

    def _edited(self) -> ShownSlot:
        slot = self.edited
        model = EditedModel(first=self.slot1.model, second=self.slot2.model, edit=slot.edit)
        return ShownSlot(model=model, activations=slot.activations, predictions=slot.predictions)


class Probe(State):
    """The hidden units to show, and how to display their maps and feature images."""

    layer: str = "mixed4a"
    """Layer to show; a network without it shows the layer at the same relative depth."""
    units: tuple[Annotated[int, Field(ge=0)], ...] = Field(default=(), max_length=8)
    """Units to show, counted from 0; empty means the first ``count``."""
    count: Annotated[int, Interval(ge=1, le=8), Control("# of Neurons")] = 4
    """Number of units to show."""
    normalization: Annotated[float, Interval(ge=0, le=4), Control("Act. Normalization")] = 0.0
    """Divides activation maps by 10 to this power; 0 divides by four standard deviations of the whole layer."""
    activations: Annotated[bool, Control("Show Activations")] = True
    """Show the activation maps; off shows only the feature images and skips the computation of the maps."""
    naive: Annotated[bool, Control("Naive Parameterization")] = False
    """Show feature images optimized in pixel space; off shows those of Fourier coefficients and decorrelated colors."""
    before: Annotated[bool, Control("Before ReLU")] = False
    """Show the maps before the layer's ReLU, with their negative values, if the layer has a ReLU."""
    whole: Annotated[bool, Control("Whole Layer")] = False
    """Show all units of the layer instead of the chosen ones."""

    def shown(self, channels: int) -> tuple[int, ...]:
        """Return the units to show in a layer of ``channels`` units: the chosen, then the lowest others; or all."""
        if self.whole:
            return tuple(range(channels))
        chosen = [u for u in self.units if u < channels]
        others = (u for u in range(channels) if u not in chosen)
        while len(chosen) < min(self.count, channels):
            chosen.append(next(others))
        return tuple(chosen[: self.count])
