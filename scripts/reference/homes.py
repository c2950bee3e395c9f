"""Where the documentation finds what it describes: the only place here that names modules of the package."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pkgutil import walk_packages
from typing import Any

import perturber

MEMBERS = {
    "attacks": ("perturber.core.session.attack:AttackMethod", "perturber.methods.attacks"),
    "attributions": ("perturber.core.session.attribution:AttributionMethod", "perturber.methods.attributions"),
    "objectives": (
        "perturber.methods.features.objectives.base_objective:Objective",
        "perturber.methods.features.objectives",
    ),
    "recipes": ("perturber.training.loop.recipes.base_recipe:Recipe", "perturber.training.loop.recipes"),
    "measures": ("perturber.training.measures.base_measure:Measure", "perturber.training.measures"),
}
"""Base class, and the package that its members live in."""
WALK = "perturber.core.parameters.parameter:walk"
ENTRY, DISPATCH = "perturber.cli.main:main", "perturber.cli.main:COMMANDS"
"""The command line, and its table of commands."""
BENCHMARK_LIMITS = "benchmarks.__main__"
COMMANDS = (
    "",
    "render",
    "predict",
    "sweep",
    "attack",
    "attribute",
    "failures",
    "consistency",
    "visualize",
    "features",
    "examples",
    "edit",
    "groups list",
    "groups compute",
    "groups make",
    "models list",
    "models add",
    "models remove",
    "train",
    "finetune",
    "evaluate",
    "report training",
    "report transplant",
)
"""Every command of ``perturber``; the empty one opens the window."""


def found(place: str) -> Any:
    """Return what ``module:name`` names."""
    module, _, name = place.partition(":")
    return getattr(import_module(module), name)


def parameters() -> list[Any]:
    """Return every parameter of a session."""
    return list(found(WALK)(perturber.Session))


def members(subject: str) -> list[type]:
    """Return the classes of a registry that can be chosen, by name."""
    base, package = MEMBERS[subject]
    home = import_module(package)
    for module in walk_packages(home.__path__, f"{package}."):
        if not module.name.endswith("__main__"):
            import_module(module.name)
    kinds = [member for member in _below(found(base)) if _kind(member)]
    return sorted(set(kinds), key=lambda member: title(member).lower())


def title(member: type) -> str:
    """Return the name of a member for people."""
    return str(getattr(member, "title", "") or _kind(member).replace("_", " ").capitalize())


def _kind(member: Any) -> str:
    field = member.model_fields.get("kind")
    return field.default if field is not None and isinstance(field.default, str) else ""


def _below(owner: type) -> Iterator[type]:
    for direct in owner.__subclasses__():
        yield direct
        yield from _below(direct)
