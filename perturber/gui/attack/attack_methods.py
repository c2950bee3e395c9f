"""Changes of an attack's method that preserve the user's settings. No widgets."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from pydantic import ValidationError

from perturber.core.parameters.parameter import Parameter
from perturber.core.session.attack import AttackMethod

METHOD = "attack.method"
EPSILON, NORM, STEP = f"{METHOD}.epsilon", f"{METHOD}.norm", f"{METHOD}.step"
USUAL = {"l2": 3.0, "linf": 8 / 255}
"""Initial epsilon in each norm, for pixels in [0, 1]."""
SPANS = {"l2": (0.1, 30.0), "linf": (0.25 / 255, 64 / 255)}
"""Range of the epsilon slider in each norm; the entry accepts other values."""
WIDE, HIGH = 1000.0, 10.0
"""Minimum ratio of the bounds, and minimum upper bound, for a logarithmic slider."""
LEAST = 1e-3
"""Lower end of a logarithmic slider whose range begins at 0."""


def norm_of(method: AttackMethod) -> str:
    """Return the norm in which a method bounds the change, or an empty string."""
    return "" if method.ball is None else method.ball.norm


def switch_method(
    old: AttackMethod, kind: type[AttackMethod], last: AttackMethod | None, sizes: Mapping[str, float]
) -> AttackMethod:
    """Return a method of another kind, with its last settings and, where possible, the old norm and epsilon.

    A method that supports only another norm takes the epsilon last used in that norm (``sizes``).
    """
    base = last if last is not None else kind()
    if base.ball is None:
        return base
    fields = dict(base)
    if old.ball is not None:
        with suppress(ValidationError):
            return kind.model_validate({**fields, "norm": old.ball.norm, "epsilon": old.ball.epsilon})
    return kind.model_validate({**fields, "epsilon": sizes.get(base.ball.norm, base.ball.epsilon)})


def change_norm(method: AttackMethod, norm: str, sizes: Mapping[str, float]) -> dict[str, Any]:
    """Return the session changes that switch the norm: its last epsilon, and the step at the same ratio to it."""
    changes: dict[str, Any] = {NORM: norm}
    if method.ball is None:
        return changes
    old = method.ball.epsilon
    changes[EPSILON] = new = sizes.get(norm, USUAL.get(norm, old))
    if method.has_fixed_length and old:
        changes[STEP] = method.length * new / old
    return changes


def span_of(parameter: Parameter, norm: str) -> tuple[float, float] | None:
    """Return the range of a parameter's logarithmic slider, or None for a linear slider or no slider."""
    if parameter.kind != "float" or parameter.low is None or parameter.high is None or parameter.low < 0:
        return None
    if parameter.path == EPSILON:
        return SPANS.get(norm, (LEAST, parameter.high))
    if parameter.path == STEP:
        low, high = SPANS.get(norm, (LEAST, parameter.high))
        return low / 8, high
    low = parameter.low or LEAST
    return (low, parameter.high) if parameter.high / low >= WIDE and parameter.high >= HIGH else None
