"""Building blocks of commands: an options dataclass and the function that carries them out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from inspect import cleandoc
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from perturber.cli.output import Notices, first_paragraph, write_lines
from perturber.core.errors import InputError

if TYPE_CHECKING:
    import torch

    from perturber.cli.options import ModelOptions, SessionOptions
    from perturber.core.session.session import Session
    from perturber.engine.frame.engine import Engine

O = TypeVar("O")  # noqa: E741


class AnyCommand(Protocol):
    """A command that can be run. Raises InputError and MachineError; exits with status 2 for an invalid flag."""

    def run(self, arguments: list[str], called: str) -> None:
        """Run on the arguments after the name; ``called`` is the full name, such as "perturber predict"."""


class SessionCall:
    """The context of a command that works on a session: common options, session, device and engine."""

    def __init__(self, common: SessionOptions, parameters: Mapping[str, Any]) -> None:
        """Create it; ``parameters`` are those given as flags, by path."""
        self.common = common
        self.tell = Notices()
        self._parameters = parameters

    @cached_property
    def session(self) -> Session:
        """Session from the file and the flags. Raises InputError that names the file or the parameter."""
        from perturber.cli.session_flags import build_session

        return build_session(self.common, self._parameters)

    def session_with(self, options: ModelOptions) -> Session:
        """Return the session; if the flags name a model, with that model only. Raises InputError."""
        session, model = self.session, options.reference()
        if model is None:
            return session
        from perturber.engine.batch.export import with_model

        return with_model(session, model)

    def device(self) -> torch.device:
        """Choose the device given by the flags. Raises InputError if it is not available."""
        from perturber.engine.device import choose_device

        return choose_device(self.common.device)

    @contextmanager
    def engine(self) -> Iterator[Engine]:
        """Open an engine on the device given by the flags."""
        with open_engine(self.common.device, self.common.precision) as engine:
            engine.observer.tell = self.tell
            yield engine


@contextmanager
def open_engine(device: str, precision: str = "auto") -> Iterator[Engine]:
    """Open an engine for the duration of the context."""
    from perturber.engine.frame.engine import Engine

    engine = Engine(device, precision)
    try:
        yield engine
    finally:
        engine.close()


@dataclass(frozen=True)
class SessionCommand(Generic[O]):
    """A command that takes a session file, the common options, and every session parameter as a flag."""

    options: type[O]
    work: Callable[[O, SessionCall], None]

    def description(self) -> str:
        """Return the first paragraphs of --help."""
        return cleandoc(self.options.__doc__ or "")

    def run(self, arguments: list[str], called: str) -> None:
        """Parse the flags and run the command."""
        from perturber.cli.session_flags import parse

        options, common, typed = parse(self.options, arguments, called, self.description())
        self.work(options, SessionCall(common, typed))


@dataclass(frozen=True)
class PlainCommand(Generic[O]):
    """A command that takes only its own options, no session."""

    options: type[O]
    work: Callable[[O], None]

    def run(self, arguments: list[str], called: str) -> None:
        """Parse the flags and run the command."""
        import tyro

        self.work(tyro.cli(self.options, args=arguments, prog=called, description=cleandoc(self.options.__doc__ or "")))


@dataclass(frozen=True)
class SubcommandGroup:
    """Commands under one name: ``perturber groups list``."""

    members: Mapping[str, SessionCommand[Any] | PlainCommand[Any]]
    what: str = "command"
    """Noun for a member in messages."""
    listed: bool = True
    """Whether the name alone lists the members; otherwise it is an error."""

    def run(self, arguments: list[str], called: str) -> None:
        """Run the member given as first argument, or list all members. Raises InputError for an unknown one."""
        name, rest = (arguments or ["--help" if self.listed else ""])[0], arguments[1:]
        if name in {"--help", "-h"}:
            members = self.members.items()
            write_lines(f"{called} {known}: {first_paragraph(member.options.__doc__)}" for known, member in members)
        elif name in self.members:
            self.members[name].run(rest, f"{called} {name}")
        else:
            problem = f"there is no {self.what} {name!r}" if name else f"the {self.what} is missing"
            raise InputError(called.rpartition(" ")[2], problem, "one of " + ", ".join(self.members))
