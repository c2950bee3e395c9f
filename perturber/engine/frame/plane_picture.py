"""What the scene's plane carries: a unit's feature image, found where they are kept or made on the spot."""

from __future__ import annotations

from perturber.core.evaluation import Pixels
from perturber.core.jobs.feature_spec import shown_spec
from perturber.core.jobs.job import FeatureRequest
from perturber.core.session.picture import PlaneUnit
from perturber.core.session.session import Session
from perturber.engine.frame.feature_maker import FeatureMaker
from perturber.nets.lookup.find import find_unit


def plane_wanted(session: Session) -> FeatureRequest | None:
    """The feature image on the session's plane, or None while no plane is shown."""
    shown = PlaneUnit.of(session)
    if shown is None:
        return None
    return FeatureRequest(model=shown.model, layer=shown.layer, unit=shown.unit, spec=shown_spec(shown.naive))


def plane_picture(features: FeatureMaker, wanted: FeatureRequest) -> Pixels:
    """The feature image, H×W×3, row 0 at the top; when it is not kept yet, this takes as long as making it does.

    Raises InputError that names the session's field for a layer or unit that the network does not
    have, and as `open_model` does.
    """
    if features.feature(wanted) not in features.store:
        network = features.network(wanted.model)
        find_unit(network, wanted.layer, wanted.unit, ("scene.plane.layer", "scene.plane.unit"))
    return features.get(wanted)
