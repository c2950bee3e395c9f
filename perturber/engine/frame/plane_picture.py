"""What the scene's plane carries: a unit's feature image, found where they are kept or made on the spot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perturber.core.errors import InputError
from perturber.core.evaluation import Pixels
from perturber.core.jobs.feature_spec import shown_spec
from perturber.core.jobs.job import FeatureRequest
from perturber.core.session.picture import PlaneUnit
from perturber.core.session.session import Session

if TYPE_CHECKING:
    from perturber.engine.frame.engine import Engine


def plane_wanted(session: Session) -> FeatureRequest | None:
    """The feature image on the session's plane, or None while no plane is shown."""
    shown = PlaneUnit.of(session)
    if shown is None:
        return None
    return FeatureRequest(model=shown.model, layer=shown.layer, unit=shown.unit, spec=shown_spec(shown.naive))


def plane_picture(engine: Engine, wanted: FeatureRequest) -> Pixels:
    """The feature image, H×W×3, row 0 at the top; when it is not kept yet, this takes as long as making it does.

    Raises InputError that names the session's field for a layer or unit that the network does not
    have, and as `open_model` does.
    """
    features = engine.features
    if features.feature(wanted) not in features.store:
        network = features.network(wanted.model)
        if wanted.layer not in network.taps:
            problem = f"{network.name} has no layer {wanted.layer!r}"
            raise InputError("scene.plane.layer", problem, "one of " + ", ".join(network.taps))
        channels = network.channels[wanted.layer]
        if wanted.unit >= channels:
            problem = f"{wanted.layer} of {network.name} has no unit {wanted.unit}"
            raise InputError("scene.plane.unit", problem, f"0 to {channels - 1}")
    return features.get(wanted)
