"""What a command is made of: the dataclass of its options, and a function that does what they say."""

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
    """Runs on what was typed after its name. Raises InputError and MachineError; exits with 2 for a wrong flag."""

    def run(self, arguments: list[str], called: str) -> None:
        """Run; ``called`` is how it was called, such as "perturber predict"."""


class SessionCall:
    """What a command that works on a session gets beside its own options."""

    def __init__(self, common: SessionOptions, parameters: Mapping[str, Any]) -> None:
        """``parameters`` are the typed ones, by path."""
        self.common = common
        self.tell = Notices()
        self._parameters = parameters

    @cached_property
    def session(self) -> Session:
        """The session of the file and the flags. Raises InputError that names the file or the parameter."""
        from perturber.cli.session_flags import build_session

        return build_session(self.common, self._parameters)

    def session_with(self, options: ModelOptions) -> Session:
        """The session with the model of the flags alone, if they name one. Raises InputError."""
        session, model = self.session, options.reference()
        if model is None:
            return session
        from perturber.engine.batch.export import with_model

        return with_model(session, model)

    def device(self) -> torch.device:
        """Choose the device of the flags. Raises InputError when there is none such."""
        from perturber.engine.device import choose_device

        return choose_device(self.common.device)

    @contextmanager
    def engine(self) -> Iterator[Engine]:
        """Open an engine on the device of the flags."""
        with open_engine(self.common.device, self.common.precision) as engine:
            engine.observer.tell = self.tell
            yield engine


@contextmanager
def open_engine(device: str, precision: str = "auto") -> Iterator[Engine]:
    """Open an engine, and close it afterwards."""
    from perturber.engine.frame.engine import Engine

    engine = Engine(device, precision)
    try:
        yield engine
    finally:
        engine.close()


@dataclass(frozen=True)
class SessionCommand(Generic[O]):
    """A command that also takes a session file, the common options and every parameter of a session as a flag."""

    options: type[O]
    work: Callable[[O, SessionCall], None]

    def description(self) -> str:
        """Return what --help says first."""
        return cleandoc(self.options.__doc__ or "")

    def run(self, arguments: list[str], called: str) -> None:
        """Parse the flags and do the work."""
        from perturber.cli.session_flags import parse

        options, common, typed = parse(self.options, arguments, called, self.description())
        self.work(options, SessionCall(common, typed))


@dataclass(frozen=True)
class PlainCommand(Generic[O]):
    """A command whose options are all its own."""

    options: type[O]
    work: Callable[[O], None]

    def run(self, arguments: list[str], called: str) -> None:
        """Parse the flags and do the work."""
        import tyro

        self.work(tyro.cli(self.options, args=arguments, prog=called, description=cleandoc(self.options.__doc__ or "")))


@dataclass(frozen=True)
class SubcommandGroup:
    """Commands under one name: ``perturber groups list``."""

    members: Mapping[str, SessionCommand[Any] | PlainCommand[Any]]
    what: str = "command"
    """What a member is called in messages."""
    listed: bool = True
    """Whether the bare name lists the members; otherwise it is refused."""

    def run(self, arguments: list[str], called: str) -> None:
        """Run the member that is named first, or list them all. Raises InputError for an unknown one."""
        name, rest = (arguments or ["--help" if self.listed else ""])[0], arguments[1:]
        if name in {"--help", "-h"}:
            members = self.members.items()
            write_lines(f"{called} {known}: {first_paragraph(member.options.__doc__)}" for known, member in members)
        elif name in self.members:
            self.members[name].run(rest, f"{called} {name}")
        else:
            problem = f"there is no {self.what} {name!r}" if name else f"the {self.what} is missing"
            raise InputError(called.rpartition(" ")[2], problem, "one of " + ", ".join(self.members))
