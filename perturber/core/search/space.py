"""Search spaces: the parameters of a session that a search may change, and their bounds.

A point of a search has one number per parameter: its change divided by the parameter's reach, which is
the distance from the session's value to the farther bound. 0 is the session itself, ±1 the farther bound.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from perturber.core.errors import InputError
from perturber.core.parameters.parameter import Parameter, find, get, replace_all, walk
from perturber.core.parameters.state import State
from perturber.core.session.scene import MeshSubject
from perturber.core.session.session import Session

Point = NDArray[np.float64]
SHARE = 0.10
"""Default bounds: how far a search goes to either side, as a share of the parameter's range."""
EACH = 0.01
"""Penalty per changed parameter, as a share of the distance: fewer changes are easier to interpret."""
DIGITS = 5
"""Decimals of the tried values, so that results can be read and typed."""
PLANE = ("scene.surface.texture", "scene.surface.blur", "scene.background.", "scene.camera.")
"""Scene parameters that still apply when a feature image replaces the object."""
EXPECTED = "a continuous parameter of scene or post, such as scene.camera.yaw"


class Bound(State):
    """Bounds of one parameter, both included."""

    path: str
    low: float
    high: float


class SearchSpace(State):
    """The parameters that are searched, each with its bounds."""

    bounds: tuple[Bound, ...] = Field(min_length=1)

    @classmethod
    def around(cls, session: Session, share: float = SHARE, paths: Iterable[str] | None = None) -> SearchSpace:
        """Return the space around a session: each value ± a share (above 0, at most 1) of the parameter's range.

        Bounds are clipped to the range. Without ``paths``, all parameters that can change the session's
        picture are included. Raises InputError for a share out of range and for a path that is not a
        continuous parameter.
        """
        chosen = list(searchable(session)) if paths is None else [_parameter(session, path) for path in paths]
        return cls(bounds=tuple(bound_around(session, parameter, share) for parameter in chosen))

    def with_bound(self, bound: Bound) -> SearchSpace:
        """Return the space with the bounds of one parameter replaced or added."""
        known = {b.path: b for b in self.bounds}
        return SearchSpace(bounds=tuple({**known, bound.path: bound}.values()))


def _matters(session: Session, path: str) -> bool:
    """Return whether a parameter can change the session's picture, by itself or with others."""
    scene = session.scene
    if path.startswith("post."):
        return session.post.custom.enabled or not path.startswith("post.custom.")
    if scene.photo is not None:
        return path.startswith("scene.photo.")
    if scene.plane.enabled:
        return path.startswith(PLANE)
    return path.startswith("scene.") and not (
        isinstance(scene.subject, MeshSubject) and path.startswith("scene.morph.")
    )


def _usable(parameter: Parameter) -> bool:
    bounded = parameter.low is not None and parameter.high is not None
    return parameter.continuous and bounded and parameter.path.startswith(("scene.", "post."))


def searchable(session: Session) -> Iterator[Parameter]:
    """Yield the continuous parameters that can change the session's picture, except those that drive others."""
    for parameter in walk(session):
        if _usable(parameter) and _matters(session, parameter.path) and not parameter.control.drives:
            yield parameter


def _parameter(session: Session, path: str) -> Parameter:
    try:
        parameter = find(session, path)
    except InputError:
        raise InputError(path, "there is no such parameter", EXPECTED) from None
    if not _usable(parameter):
        raise InputError(path, "it cannot be searched", EXPECTED)
    return parameter


def bound_around(session: Session, parameter: Parameter, share: float = SHARE) -> Bound:
    """Return a parameter's value in a session ± a share of its range, clipped to the range.

    Raises InputError unless the share is above 0 and at most 1.
    """
    if not 0 < share <= 1:
        raise InputError("share", f"{share:g} is out of range", "more than 0, at most 1")
    assert parameter.low is not None
    assert parameter.high is not None
    value, reach = float(get(session, parameter.path)), share * (parameter.high - parameter.low)
    low, high = max(parameter.low, value - reach), min(parameter.high, value + reach)
    return Bound(path=parameter.path, low=round(low, DIGITS), high=round(high, DIGITS))


def check_bound(session: Session, bound: Bound) -> None:
    """Check that bounds can be searched from the session. Raises InputError that names the path."""
    parameter = _parameter(session, bound.path)
    assert parameter.low is not None
    assert parameter.high is not None
    allowed = f"{parameter.low:g} to {parameter.high:g}"
    if bound.low > bound.high:
        raise InputError(bound.path, f"its bounds {bound.low:g} and {bound.high:g} are reversed", "the lower one first")
    if bound.low < parameter.low or bound.high > parameter.high:
        raise InputError(bound.path, f"{bound.low:g} to {bound.high:g} is out of range", f"bounds within {allowed}")
    value = float(get(session, bound.path))
    if not bound.low - 10**-DIGITS <= value <= bound.high + 10**-DIGITS:
        raise InputError(
            bound.path,
            f"the session's value {value:g} lies outside {bound.low:g} to {bound.high:g}",
            "bounds around the value that the search starts from",
        )
    if bound.low == bound.high:
        raise InputError(bound.path, f"its bounds allow only {bound.low:g}", "two different bounds")


@dataclass(frozen=True, eq=False)
class Box:
    """A search space around a session; converts points to sessions."""

    session: Session
    paths: tuple[str, ...]
    start: Point
    """The session's values."""
    low: Point
    high: Point
    reach: Point
    """Distance from the start to the farther bound, above 0."""

    @classmethod
    def of(cls, space: SearchSpace, session: Session) -> Box:
        """Return the box of a space. Raises InputError that names the path of an unusable bound."""
        for bound in space.bounds:
            check_bound(session, bound)
        paths = tuple(bound.path for bound in space.bounds)
        _check_once(session, paths)
        low, high = (np.array([getattr(b, end) for b in space.bounds], np.float64) for end in ("low", "high"))
        start = np.array([float(get(session, path)) for path in paths])
        return cls(session, paths, start, low, high, np.maximum(start - low, high - start))

    @property
    def sides(self) -> Point:
        """The lowest and the highest point, 2 × n, from −1 to 1."""
        return np.clip(np.stack([self.low - self.start, self.high - self.start]) / self.reach, -1.0, 1.0)

    def changes(self, point: Point) -> dict[str, float]:
        """Return the values at a point that differ from the session's, by path, largest change first."""
        values = np.clip(np.round(self.start + point * self.reach, DIGITS), self.low, self.high)
        moves = np.abs(values - self.start)
        moved = np.flatnonzero(moves > 0.5 * 10**-DIGITS)
        order = moved[np.argsort(-(moves / self.reach)[moved], kind="stable")]
        return {self.paths[i]: float(values[i]) for i in order}

    def at(self, changes: Mapping[str, float]) -> Session:
        """Return the session with these values."""
        return replace_all(self.session, changes)

    def distance(self, changes: Mapping[str, float]) -> float:
        """Return the distance of these values from the session's, 0 to 1.

        It is the root mean square of the changes over all parameters of the space, each divided by its
        parameter's reach. At 1, every parameter is at its farther bound.
        """
        where = {path: number for number, path in enumerate(self.paths)}
        moves = [(value - self.start[where[path]]) / self.reach[where[path]] for path, value in changes.items()]
        return float(np.sqrt(np.sum(np.square(moves)) / len(self.paths)))


def _check_once(session: Session, paths: tuple[str, ...]) -> None:
    """Check that no parameter is searched twice, by itself or through one that drives it. Raises InputError."""
    seen: set[str] = set()
    for path in paths:
        owner = path.rpartition(".")[0]
        for one in (path, *(f"{owner}.{name}" for name in find(session, path).control.drives)):
            if one in seen:
                raise InputError(one, "it is searched twice", "either the parameter or the one that drives it, once")
            seen.add(one)
