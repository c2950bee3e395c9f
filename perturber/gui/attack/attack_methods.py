"""Changes of an attack's method that keep what a person has set. No widgets."""

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
"""Epsilon to begin with in each norm, for pixels in [0, 1]."""
SPANS = {"l2": (0.1, 30.0), "linf": (0.25 / 255, 64 / 255)}
"""What the slider of epsilon reaches in each norm; anything else is typed."""
WIDE, HIGH = 1000.0, 10.0
"""Highest over lowest value, and highest value, from which a slider is logarithmic."""
LEAST = 1e-3
"""Where the logarithmic slider of a range that begins at 0 begins."""


def norm_of(method: AttackMethod) -> str:
    """The norm in which a method bounds the change; empty when it has none."""
    return "" if method.ball is None else method.ball.norm


def switched(
    old: AttackMethod, kind: type[AttackMethod], last: AttackMethod | None, sizes: Mapping[str, float]
) -> AttackMethod:
    """A method of another kind: as it was when last used, with the old one's norm and epsilon where it has both.

    A method that is bound to another norm takes the epsilon last used in that one (``sizes``).
    """
    base = last if last is not None else kind()
    if base.ball is None:
        return base
    fields = dict(base)
    if old.ball is not None:
        with suppress(ValidationError):
            return kind.model_validate({**fields, "norm": old.ball.norm, "epsilon": old.ball.epsilon})
    return kind.model_validate({**fields, "epsilon": sizes.get(base.ball.norm, base.ball.epsilon)})


def in_norm(method: AttackMethod, norm: str, sizes: Mapping[str, float]) -> dict[str, Any]:
    """Changes to the session that measure in another norm: with that norm's epsilon, and a step of the same share."""
    changes: dict[str, Any] = {NORM: norm}
    if method.ball is None:
        return changes
    old = method.ball.epsilon
    changes[EPSILON] = new = sizes.get(norm, USUAL.get(norm, old))
    if method.has_fixed_length and old:
        changes[STEP] = method.length * new / old
    return changes


def span_of(parameter: Parameter, norm: str) -> tuple[float, float] | None:
    """The range of a logarithmic slider for a parameter; None for one that has a plain slider, or none."""
    if parameter.kind != "float" or parameter.low is None or parameter.high is None or parameter.low < 0:
        return None
    if parameter.path == EPSILON:
        return SPANS.get(norm, (LEAST, parameter.high))
    if parameter.path == STEP:
        low, high = SPANS.get(norm, (LEAST, parameter.high))
        return low / 8, high
    low = parameter.low or LEAST
    return (low, parameter.high) if parameter.high / low >= WIDE and parameter.high >= HIGH else None
