"""Sweeps: sessions that differ in one parameter."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated

from annotated_types import Interval

from perturber.core.errors import InputError
from perturber.core.parameters.parameter import find, replace
from perturber.core.parameters.state import State
from perturber.core.session.picture import settled
from perturber.core.session.session import Session


class Axis(State):
    """Evenly spaced values of one parameter, both ends included."""

    path: str
    low: float
    high: float
    steps: Annotated[int, Interval(ge=2, le=1001)] = 21

    @classmethod
    def along(
        cls, session: Session, path: str, low: float | None = None, high: float | None = None, steps: int = 21
    ) -> Axis:
        """Return the axis of a session's parameter, by default over its whole range.

        ``steps`` is 2 to 1001. Raises InputError for a parameter that is not a number or has no bounds,
        and for an empty span.
        """
        parameter = find(session, path)
        if parameter.kind not in {"float", "int"}:
            raise InputError(path, f"it is not a number ({parameter.kind})", "a parameter with a range")
        ends = [own if given is None else given for given, own in ((low, parameter.low), (high, parameter.high))]
        if ends[0] is None or ends[1] is None:
            raise InputError(path, "it has no range of its own", "both ends of the span")
        if ends[0] == ends[1]:
            raise InputError(path, f"the span from {ends[0]:g} to {ends[1]:g} is empty", "two different ends")
        if not 2 <= steps <= 1001:
            raise InputError("steps", f"{steps} is out of range", "2 to 1001")
        return cls(path=path, low=ends[0], high=ends[1], steps=steps)

    def values(self) -> list[float]:
        """Return the values, from ``low`` to ``high``."""
        last = self.steps - 1
        return [round(self.low + (self.high - self.low) * step / last, 9) for step in range(self.steps)]

    def sessions(self, session: Session) -> Iterator[tuple[float, Session]]:
        """Yield each value and its session; values of integer parameters are rounded, without repeats.

        An attack that is not pinned ends when the picture changes. Raises InputError for a value out of range.
        """
        values: Sequence[float] = self.values()
        if find(session, self.path).kind == "int":
            values = list(dict.fromkeys(round(value) for value in values))
        for value in values:
            yield value, settled(session, replace(session, self.path, value))


def crossings(values: Sequence[float], first: Sequence[float], second: Sequence[float]) -> tuple[float, ...]:
    """Return where two curves over ``values`` cross, by linear interpolation; curves that only touch do not cross."""
    found: list[float] = []
    last = -1
    for here, (one, other) in enumerate(zip(first, second, strict=True)):
        gap = one - other
        if gap == 0:
            continue
        before = first[last] - second[last] if last >= 0 else gap
        if before * gap < 0:
            equal = values[last + 1 : here]
            share = before / (before - gap)
            straight = values[last] + share * (values[here] - values[last])
            found.append(sum(equal) / len(equal) if equal else straight)
        last = here
    return tuple(found)
