"""What sessions from other people may do: asked once, remembered in a file."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Literal

from pydantic import Field

from perturber.core.errors import InputError
from perturber.core.parameters.state import State
from perturber.core.session.demands import Demand, Kind, demands
from perturber.core.session.session import Session, load, save
from perturber.core.storage.own_file import OwnFile

MOST = 4096
"""Accepted demands that are remembered; the oldest are forgotten, and asked again."""


class _Accepted(State):
    """A demand that the person has accepted."""

    kind: Kind
    what: str


class _TrustedFile(State):
    """Content of the file of accepted demands, oldest first."""

    perturber_trusted: Literal[1] = 1
    accepted: tuple[_Accepted, ...] = Field(default=(), max_length=MOST)


class TrustedFile(OwnFile[_TrustedFile]):
    """The demands of sessions that the person has accepted, or that are of the person's own making."""

    content, mark, what = _TrustedFile, "perturber_trusted", "accepted demands"

    def load(self, path: str | Path) -> tuple[Session, tuple[Demand, ...]]:
        """Return the session in a file, and what it asks for that was not accepted before.

        Raises InputError if the file cannot be read.
        """
        session = load(path)
        return session, self.unanswered(session, Path(path).parent)

    def unanswered(self, session: Session, folder: Path) -> tuple[Demand, ...]:
        """Return what a session asks for that was not accepted before; ``folder`` is where its file lies."""
        asked = demands(session, folder)
        if not asked:
            return ()
        known = {(one.kind, one.what) for one in self._known()}
        return tuple(demand for demand in asked if (demand.kind, demand.what) not in known)

    def accept(self, accepted: Iterable[Demand]) -> None:
        """Remember demands as accepted. A file that cannot be written only means to be asked again."""
        new = [_Accepted(kind=demand.kind, what=demand.what) for demand in accepted]
        if set(new) <= set(self._known()):
            return
        with suppress(InputError), self._change() as content:
            kept = [one for one in content.accepted if one not in new]
            self._write(_TrustedFile(accepted=tuple([*kept, *new][-MOST:])))

    def save(self, session: Session, path: str | Path) -> None:
        """Save a session of the person's own making. Raises InputError when it cannot be written."""
        save(session, path)
        self.accept(demands(session, Path(path).parent))

    def _known(self) -> tuple[_Accepted, ...]:
        """The accepted demands; none if the file cannot be read, so that everything is asked."""
        try:
            return self._read().accepted
        except InputError:
            return ()


def refusal(path: str | Path, asked: Iterable[Demand]) -> InputError:
    """Return the error of the command line about a session whose demands have not been accepted."""
    wants = "; ".join(demand.text for demand in asked)
    way = "Add --trust to allow this, if you know where the file comes from"
    return InputError(str(path), f"this session wants to {wants}. {way}")
