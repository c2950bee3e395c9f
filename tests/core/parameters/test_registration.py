"""Registration: in every family a file in its package and a module of another distribution are found alike."""

from __future__ import annotations

import json
from typing import Any

import pytest
from distribution import register, told_by

FAMILIES = {
    "attack": ("perturber.core.session.attack", "AttackMethod"),
    "attribution": ("perturber.core.session.attribution", "AttributionMethod"),
    "architecture": ("perturber.nets.architectures.architecture", "Provider"),
    "objective": ("perturber.methods.features.objectives.base_objective", "Objective"),
    "measure": ("perturber.training.measures.base_measure", "Measure"),
    "recipe": ("perturber.training.loop.recipes.base_recipe", "Recipe"),
}
"""Module and name of each family's base; what the window reads comes first."""
FIRST = {
    "attack": ["band", "ascent"],
    "attribution": ["grad_cam", "gradient"],
    "architecture": ["inception", "torchvision"],
    "objective": ["unit", "channel"],
    "measure": ["clean", "robust", "shape", "frequency", "background", "views", "yaw", "activations", "weights"],
    "recipe": ["standard", "stylized", "adversarial", "consistent"],
}
"""Members that are there, in this order where the family declares one."""
MEMBER = """
from typing import Literal
from {module} import {base}

class {title}({base}):
    kind: Literal["{kind}"] = "{kind}"
"""
SCRIPT = """
import importlib, json, sys
from pathlib import Path
from perturber.core.damage import hearing_damage
from perturber.core.parameters.plugin import kinds

families, folder = json.loads(sys.argv[1]), Path(sys.argv[2])
found, torch = {}, {}
told = []
with hearing_damage(told.append, "plugin"):
    for name, (module, base) in families.items():
        family = getattr(importlib.import_module(module), base)
        importlib.import_module(family.package).__path__.append(str(folder / name))
        found[name] = list(kinds(family))
        torch[name] = "torch" in sys.modules
print(json.dumps({"found": found, "torch": torch, "warnings": told}))
"""


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What a fresh program finds beside files dropped into the packages and an installed distribution."""
    folder = tmp_path_factory.mktemp("registered")
    points = []
    for family, (module, base) in FAMILIES.items():
        (folder / family).mkdir()
        for where, kind in ((folder / family / "dropped.py", "dropped"), (folder / f"far_{family}.py", "far")):
            title = f"{kind}_{family}".title().replace("_", "")
            where.write_text(MEMBER.format(module=module, base=base, title=title, kind=f"{kind}_{family}"))
        (folder / family / "damaged.py").write_text("1 / 0\n")
        points.append(f"{family}.far = far_{family}")
    points += ["gone = there_is_no_such_module", "objective.broken = broken"]
    (folder / "broken.py").write_text("raise RuntimeError('not today')\n")
    register(folder, points)
    return told_by(SCRIPT, folder, json.dumps(FAMILIES), str(folder))


@pytest.mark.parametrize("family", FAMILIES)
def test_files_and_plugins_are_found_beside_the_own_members(outcome: dict[str, Any], family: str):
    kinds = outcome["found"][family]
    assert {f"dropped_{family}", f"far_{family}", *FIRST[family]} <= set(kinds)
    if family in ("architecture", "measure", "recipe"):
        assert kinds[: len(FIRST[family])] == FIRST[family]
    assert not [kind for kind in kinds if kind.startswith("far_") and kind != f"far_{family}"]


@pytest.mark.parametrize("family", FAMILIES)
def test_a_damaged_file_is_warned_of_and_stops_nothing(outcome: dict[str, Any], family: str):
    told = [text for text in outcome["warnings"] if f"the {family} in " in text]
    assert len(told) == 1
    assert "damaged" in told[0]
    assert "division by zero" in told[0]


def test_a_broken_plugin_is_warned_of_once(outcome: dict[str, Any]):
    for name, problem in (("gone", "there_is_no_such_module"), ("objective.broken", "not today")):
        told = [text for text in outcome["warnings"] if f"plug-in {name} " in text]
        assert len(told) == 1
        assert problem in told[0]


def test_the_window_loads_no_plugin_of_a_family_that_needs_torch(outcome: dict[str, Any]):
    torch = outcome["torch"]
    assert not torch["attack"]
    assert not torch["attribution"]
    assert torch["objective"]
