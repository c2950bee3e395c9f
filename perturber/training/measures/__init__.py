"""What is measured on networks: one file for each measure, and the one registry of those there are."""

from __future__ import annotations

from perturber.training.measures.activations import Activations
from perturber.training.measures.background import Background
from perturber.training.measures.base import Measure
from perturber.training.measures.clean import Clean
from perturber.training.measures.frequency import Frequency
from perturber.training.measures.robust import Robust
from perturber.training.measures.shape import Shape
from perturber.training.measures.views import Views
from perturber.training.measures.weights import WeightsKept
from perturber.training.measures.yaw import Yaw

MEASURES: dict[str, type[Measure]] = {
    str(measure.model_fields["kind"].default): measure
    for measure in (Clean, Robust, Shape, Frequency, Background, Views, Yaw, Activations, WeightsKept)
}
"""By kind, in the order in which they are told."""
