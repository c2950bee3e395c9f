"""Objectives: one file each, and the one registry of those there are."""

from __future__ import annotations

from perturber.methods.features.objectives.base_objective import NetworkRun, Objective, Sum
from perturber.methods.features.objectives.channel import Channel
from perturber.methods.features.objectives.class_logit import ClassLogit
from perturber.methods.features.objectives.deep_dream import DeepDream
from perturber.methods.features.objectives.direction import Direction
from perturber.methods.features.objectives.diversity import Diversity
from perturber.methods.features.objectives.penalties import L2, TotalVariation
from perturber.methods.features.objectives.unit import CenterUnit

__all__ = [
    "L2",
    "OBJECTIVES",
    "CenterUnit",
    "Channel",
    "ClassLogit",
    "Diversity",
    "NetworkRun",
    "Objective",
    "Sum",
    "TotalVariation",
]

OBJECTIVES: dict[str, type[Objective]] = {
    str(objective.model_fields["kind"].default): objective
    for objective in (CenterUnit, Channel, Direction, ClassLogit, DeepDream, Diversity, L2, TotalVariation)
}
"""By kind."""
