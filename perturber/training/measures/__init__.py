"""What is measured on networks: one file for each measure, and the one registry of those there are."""

from __future__ import annotations

from perturber.training.measures.aligned_activations import Activations
from perturber.training.measures.background_reliance import BackgroundReliance
from perturber.training.measures.base_measure import Measure
from perturber.training.measures.clean_accuracy import Clean
from perturber.training.measures.gradient_frequency import GradientFrequency
from perturber.training.measures.robust_accuracy import Robust
from perturber.training.measures.shape_bias import ShapeBias
from perturber.training.measures.view_accuracy import Views
from perturber.training.measures.weight_distance import WeightsKept
from perturber.training.measures.yaw_sensitivity import Yaw

MEASURES: dict[str, type[Measure]] = {
    str(measure.model_fields["kind"].default): measure
    for measure in (
        Clean,
        Robust,
        ShapeBias,
        GradientFrequency,
        BackgroundReliance,
        Views,
        Yaw,
        Activations,
        WeightsKept,
    )
}
"""By kind, in the order in which they are told."""
