"""Sound sessions at random, whose files are then damaged."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import numpy as np

from perturber.core.errors import InputError
from perturber.core.parameters.parameter import Parameter, replace, walk
from perturber.core.session.session import Session

PARAMETERS = tuple(found for found in walk(Session) if found.kind in {"float", "int", "bool"} or found.choices)
"""All but texts, which have a kind of their own."""


def sound_session(random: np.random.Generator, changes: int = 8) -> Session:
    """Return a session with up to so many parameters changed."""
    session = Session()
    for index in random.choice(len(PARAMETERS), int(random.integers(changes + 1)), replace=False):
        with suppress(InputError):  # a text that the parameter does not take
            session = replace(session, PARAMETERS[index].path, _value(PARAMETERS[index], random))
    return session


def _value(parameter: Parameter, random: np.random.Generator) -> Any:
    if parameter.kind == "float":
        return float(random.uniform(parameter.low, parameter.high))
    if parameter.kind == "int":
        return int(random.integers(int(parameter.low or 0), int(parameter.high or 0) + 1))
    if parameter.kind == "bool":
        return bool(random.integers(2))
    return parameter.choices[int(random.integers(len(parameter.choices)))]
