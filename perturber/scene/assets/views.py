"""The 28 views of every object, as sessions. Cheap to import: no GL."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import product

from perturber.core.errors import InputError
from perturber.core.parameters.parameter import replace, replace_all
from perturber.core.session.scene import PairSubject
from perturber.core.session.session import Session
from perturber.scene.assets.pairs import End, pairs

YAWS = (-70.0, -46.7, -23.3, 0.0, 23.3, 46.7, 70.0)
PITCHES = (0.0, -16.7)
DISTANCES = (1.0, 1.35)
"""Distances of the 28 views. The thesis's fluctuation protocol states none: these fill the frame and leave a margin."""


def with_pair(session: Session, name: str, morph: float | None = None) -> Session:
    """Return the session with another object pair on the pair's own background. Raises InputError for unknown pairs."""
    known = pairs()
    if name not in known:
        raise InputError("scene.subject.name", f"there is no pair {name!r}", "one of " + ", ".join(sorted(known)))
    subject = PairSubject(name=name)
    session = replace_all(session, {"scene.subject": subject, "scene.background.name": known[name].background})
    return session if morph is None else replace(session, "scene.morph.overall", morph)


def objects(session: Session, names: Iterable[str] = ()) -> Iterator[tuple[End, Session]]:
    """Yield both ends of every (or every named) pair, each with a session that shows it on the pair's background."""
    known = pairs()
    for name in names or known:
        base = with_pair(session, name)
        pair = known[name]
        for end, morph in ((pair.first, 0.0), (pair.second, 1.0)):
            yield end, replace(base, "scene.morph.overall", morph)


def around(session: Session) -> Iterator[Session]:
    """Yield the session from each of the 28 views."""
    for yaw, pitch, distance in product(YAWS, PITCHES, DISTANCES):
        place = {"yaw": yaw, "pitch": pitch, "distance": distance}
        yield replace_all(session, {f"scene.camera.{field}": value for field, value in place.items()})


def views(session: Session) -> Iterator[tuple[str, int, Session]]:
    """Yield the 28 views of every object of every pair as object name, number, session."""
    for end, base in objects(session):
        for number, view in enumerate(around(base)):
            yield end.name, number, view
