"""Session files from other people: what they ask for is accepted once, on the terminal or with --trust."""

from __future__ import annotations

from pathlib import Path

from perturber import paths
from perturber.cli.output import ask
from perturber.core.library.trusted import TrustedFile, refusal
from perturber.core.session.session import Session


def load_unasked(path: Path) -> Session | None:
    """Read a session file; return None if something is to be asked first. Raises InputError if it cannot be read."""
    session, asked = TrustedFile(paths.trusted()).load(path)
    return None if asked else session


def load_accepted(path: Path, trust: bool) -> Session:
    """Read a session file, and ask for consent to what it wants that was not accepted before.

    Raises InputError that names the file if it cannot be read, or if consent is refused or cannot be asked for.
    """
    trusted = TrustedFile(paths.trusted())
    session, asked = trusted.load(path)
    if asked:
        if not trust and not _consent(path, [demand.text for demand in asked]):
            raise refusal(path, asked)
        trusted.accept(asked)
    return session


def save_own(session: Session, path: Path) -> None:
    """Write a session that the person made, who is not asked about it later. Raises InputError as `save` does."""
    TrustedFile(paths.trusted()).save(session, path)


def _consent(path: Path, wants: list[str]) -> bool:
    """Whether the person accepts; False without a terminal."""
    return bool(ask("\n".join([f"{path} wants to", *(f"  {want}" for want in wants), "Allow this?"])))
