"""Provide the picture on the scene's plane: a unit's feature image, from the cache or made on demand."""

from __future__ import annotations

from perturber.core.evaluation import Pixels
from perturber.core.jobs.feature_spec import shown_spec
from perturber.core.jobs.job import FeatureRequest
from perturber.core.session.picture import PlaneUnit
from perturber.core.session.session import Session
from perturber.engine.frame.feature_maker import FeatureMaker
from perturber.nets.lookup.find import find_unit


def plane_wanted(session: Session) -> FeatureRequest | None:
    """Return the request for the feature image on the session's plane, or None if no plane is shown."""
    shown = PlaneUnit.of(session)
    if shown is None:
        return None
    return FeatureRequest(model=shown.model, layer=shown.layer, unit=shown.unit, spec=shown_spec(shown.naive))


def plane_picture(features: FeatureMaker, wanted: FeatureRequest) -> Pixels:
    """Return the feature image, H×W×3, row 0 at the top; slow if it has to be made.

    Raises InputError that names the session's field for a layer or unit that the network does not
    have. Also raises as `open_model` does.
    """
    if features.feature(wanted) not in features.store:
        network = features.network(wanted.model)
        find_unit(network, wanted.layer, wanted.unit, ("scene.plane.layer", "scene.plane.unit"))
    return features.get(wanted)
