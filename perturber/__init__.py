"""Perturb a 3D scene and watch what happens inside and at the output of convolutional networks.

`Session` says everything that decides a frame, `Engine.evaluate` turns one into an `Evaluation`,
`replace` changes a parameter, `load` and `save` keep sessions in files. Nothing is imported before
it is asked for: the window opens before torch is loaded.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from perturber.core.evaluation import Evaluation
    from perturber.core.parameter import replace
    from perturber.core.session import Session, load, save
    from perturber.engine.evaluate import Engine

__version__ = "0.1.0"
__all__ = ["Engine", "Evaluation", "Session", "load", "replace", "save"]
_HOMES = {
    "Engine": "perturber.engine.evaluate",
    "Evaluation": "perturber.core.evaluation",
    "Session": "perturber.core.session",
    "load": "perturber.core.session",
    "replace": "perturber.core.parameter",
    "save": "perturber.core.session",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)
