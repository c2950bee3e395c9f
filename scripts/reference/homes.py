"""Locations of everything the documentation describes: the only place here that names modules of the package."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import perturber
from perturber.cli import registry
from perturber.core.parameters.plugin import kinds

FAMILIES = {
    "attacks": "perturber.core.session.attack:AttackMethod",
    "attributions": "perturber.core.session.attribution:AttributionMethod",
    "objectives": "perturber.methods.features.objectives.base_objective:Objective",
    "recipes": "perturber.training.loop.recipes.base_recipe:Recipe",
    "measures": "perturber.training.measures.base_measure:Measure",
}
"""Base class of each family of plug-ins."""
WALK = "perturber.core.parameters.parameter:walk"
ENTRY = "perturber.cli.main:main"
"""The command line."""
BENCHMARK_LIMITS = "benchmarks.__main__"


def found(place: str) -> Any:
    """Return the object at ``module:name``."""
    module, _, name = place.partition(":")
    return getattr(import_module(module), name)


def parameters() -> list[Any]:
    """Return every parameter of a session."""
    return list(found(WALK)(perturber.Session))


def commands() -> tuple[str, ...]:
    """Return every command of ``perturber``; the empty one opens the window."""
    return ("", *(name for name in registry.commands() if name != registry.WINDOW))


def members(subject: str) -> list[type]:
    """Return the registered classes of a subject, by name."""
    return sorted(kinds(found(FAMILIES[subject])).values(), key=lambda member: title(member).lower())


def title(member: type) -> str:
    """Return the display name of a member."""
    return str(getattr(member, "title", "") or _kind(member).replace("_", " ").capitalize())


def _kind(member: Any) -> str:
    field = member.model_fields.get("kind")
    return field.default if field is not None and isinstance(field.default, str) else ""
