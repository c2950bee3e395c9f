"""Plug-ins that end the program, take the names of others or cannot be made: each costs itself and a report."""

from __future__ import annotations

from typing import Any

import pytest
from distribution import register, told_by

HEAD = """
from typing import Any, ClassVar, Literal
from perturber.core.session.attack import AttackMethod
"""
PLUGINS = {
    "ends": "raise SystemExit(3)",
    "nested": "def f(): f()\nf()",
    "syntax": "def (",
    "control": "raise ValueError('\\x1b[2J' + 'x' * 5000)",
    "clash": f"{HEAD}\nclass ClashPgd(AttackMethod):\n    kind: Literal['pgd'] = 'pgd'",
    "twice": f"{HEAD}\nclass TwiceFar(AttackMethod):\n    kind: Literal['good'] = 'good'",
    "rank": f"{HEAD}\nclass RankFar(AttackMethod):\n    kind: Literal['rank'] = 'rank'\n"
    "    rank: ClassVar[Any] = 'first'",
    "unmade": f"{HEAD}\nfrom pydantic import model_validator\nclass UnmadeFar(AttackMethod):\n"
    "    kind: Literal['unmade'] = 'unmade'\n    @model_validator(mode='after')\n"
    "    def fail(self): raise ValueError('never')",
    "good": f"{HEAD}\nclass GoodFar(AttackMethod):\n    kind: Literal['good'] = 'good'",
}
SCRIPT = """
import json
from perturber.core.damage import hearing_damage
from perturber.core.parameters.plugin import kinds
from perturber.core.session.attack import AttackMethod

told = []
with hearing_damage(told.append, "plugin"):
    found = kinds(AttackMethod)
    kinds(AttackMethod)
print(json.dumps({"found": {kind: member.__module__ for kind, member in found.items()}, "told": told}))
"""


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What a fresh program finds beside the plug-ins of a damaged distribution, and of one with garbled metadata."""
    folder = tmp_path_factory.mktemp("damaged")
    for name, text in PLUGINS.items():
        (folder / f"far_{name}.py").write_text(text)
    points = [f"attack.{name} = far_{name}" for name in PLUGINS if name not in ("good", "twice")]
    points += ["attack.a = far_good", "attack.b = far_twice", "attack.odd = 5:5:5"]
    register(folder, points)
    (folder / "worse-1.0.dist-info").mkdir()
    (folder / "worse-1.0.dist-info" / "entry_points.txt").write_bytes(b"no sections\n=\n")
    return told_by(SCRIPT, folder)


def test_the_own_members_and_the_good_plugin_are_there(outcome: dict[str, Any]):
    found = outcome["found"]
    assert found["pgd"] == "perturber.methods.attacks.gradient.pgd"
    assert found["good"] == "far_good"
    assert {"fgsm", "square", "autoattack"} <= set(found)
    assert not {"rank", "unmade"} & set(found)


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("far_ends", "cannot be loaded: 3"),
        ("far_nested", "recursion"),
        ("far_syntax", "invalid syntax"),
        ("far_control", r"\u001b[2Jxxx"),
        ("far_clash", "there is one in perturber.methods.attacks.gradient.pgd"),
        ("far_twice", "there is one in far_good"),
        ("far_rank", "its rank a number"),
        ("far_unmade", "cannot be made with its defaults"),
        ("5:5:5", "cannot be loaded"),
    ],
)
def test_each_damaged_one_is_reported_once(outcome: dict[str, Any], name: str, problem: str):
    told = [text for text in outcome["told"] if name in text]
    assert len(told) == 1
    assert problem in told[0]
    assert len(told[0]) <= 600
