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
    from perturber.core.parameters.parameter import replace
    from perturber.core.session.session import Session, load, save
    from perturber.engine.frame.engine import Engine

__version__ = "0.1.0"
__all__ = ["Engine", "Evaluation", "Session", "load", "replace", "save"]
_HOMES = {
    "Engine": "perturber.engine.frame.engine",
    "Evaluation": "perturber.core.evaluation",
    "Session": "perturber.core.session.session",
    "load": "perturber.core.session.session",
    "replace": "perturber.core.parameters.parameter",
    "save": "perturber.core.session.session",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)
