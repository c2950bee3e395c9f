"""``perturber edit``: build a session's edited model, print its predictions and save its weights."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import tyro

from perturber.cli.command import SessionCall, SessionCommand
from perturber.cli.output import write_line, write_top
from perturber.cli.trust import save_own
from perturber.core.errors import InputError
from perturber.core.parameters.parameter import replace_all
from perturber.core.session.edit import Edit
from perturber.core.session.session import Session

if TYPE_CHECKING:
    from perturber.core.evaluation import SlotResult
    from perturber.engine.frame.engine import Engine

HIDDEN = tuple(f"models.{slot}.{field}" for slot in ("slot1", "slot2") for field in ("activations", "predictions"))
Entries = Annotated[tuple[str, ...], tyro.conf.UseAppendAction]


@dataclass(frozen=True)
class EditOptions:
    """Mix and prune the weights of the session's two models, scale single units, and save the resulting network.

    The flags are added to the session's own edit.
    """

    mix: Annotated[Entries, tyro.conf.arg(metavar="BLOCK=SHARE")] = ()
    """Share of Model 2's weights in a block, 0 to 1, such as mixed3a=0.5. Can be given several times."""
    upto: str | None = None
    """Take all blocks up to and including this one from Model 2, the others from Model 1. Applied before --mix."""
    prune: Annotated[Entries, tyro.conf.arg(metavar="BLOCK=LOW:HIGH")] = ()
    """Range of a block's filters to keep, ranked by magnitude: mixed4a=0.1:0.9 drops the weakest and the strongest
    tenth. Can be given several times."""
    unit: Annotated[Entries, tyro.conf.arg(metavar="LAYER:UNIT=SCALE")] = ()
    """Factor for a unit, -8 to 8, such as mixed4a:12=0; 0 ablates it, -1 inverts it. Can be given several times."""
    output: Annotated[Path | None, tyro.conf.arg(aliases=["-o"])] = None
    """Weights file (.safetensors); open it with --model ARCHITECTURE --weights FILE."""
    session_out: Path | None = None
    """Session file to write, with the edited model enabled."""


NUMBER = r"([-+.\deE]+)"
FORMS: dict[str, tuple[str, str, Callable[..., Edit]]] = {
    "--mix": (rf"(.+)={NUMBER}", "BLOCK=SHARE, such as mixed3a=0.5", lambda edit, b, a: edit.mixed(b, float(a))),
    "--prune": (
        rf"(.+)={NUMBER}:{NUMBER}",
        "BLOCK=LOW:HIGH, such as mixed4a=0.1:0.9",
        lambda edit, b, low, high: edit.pruned(b, float(low), float(high)),
    ),
    "--unit": (
        rf"(.+):(\d{{1,7}})={NUMBER}",
        "LAYER:UNIT=SCALE, such as mixed4a:12=0",
        lambda edit, layer, unit, scale: edit.scaled(layer, int(unit), float(scale)),
    ),
}
"""Pattern of an entry, an example, and its effect on an edit, by flag."""


def with_entry(edit: Edit, flag: str, text: str) -> Edit:
    """Return the edit with one entry of a flag. Raises InputError that names the flag."""
    form, example, act = FORMS[flag]
    found = re.fullmatch(form, text)
    if found is None:
        raise InputError(f"{flag} {text}", "the entry has the wrong form", example)
    try:
        return act(edit, *found.groups())
    except ValueError:
        raise InputError(f"{flag} {text}", "it is not a number", example) from None
    except InputError as error:
        raise InputError(f"{flag} {text}", error.problem, example) from None


def with_flags(edit: Edit, options: EditOptions, blocks: Sequence[str]) -> Edit:
    """Return the edit with all flags applied; ``blocks`` are Model 1's. Raises InputError that names the flag."""
    if options.upto is not None:
        if options.upto not in blocks:
            raise InputError("--upto", f"there is no block {options.upto!r}", "one of " + ", ".join(blocks))
        edit = edit.mixed_up_to(options.upto, blocks)
    for flag, texts in (("--mix", options.mix), ("--prune", options.prune), ("--unit", options.unit)):
        for text in texts:
            edit = with_entry(edit, flag, text)
    return edit


def edit_weights(options: EditOptions, session: Session, engine: Engine) -> SlotResult:
    """Apply the options, write the files, and return the edited model's predictions for the session's frame.

    Raises InputError that names a flag, a file or a field of the edit.
    """
    from perturber.engine.jobs.save_weights import check_name, write_edited
    from perturber.nets.open_model import open_model

    if options.output is not None:
        check_name(options.output)
    observer = engine.observer
    blocks = tuple(open_model(session.models.slot1.model, observer.device, observer.dtype).architecture.blocks)
    edit = with_flags(session.models.edited.edit, options, blocks)
    session = replace_all(session, {"models.edited.enabled": True, "models.edited.edit": edit})
    alone = replace_all(session, dict.fromkeys(HIDDEN, False) | {"models.edited.predictions": True})
    result = engine.evaluate(alone, strict=True).slots[-1]
    if options.output is not None:
        architecture = write_edited(session.models.model("edited"), options.output)
        write_line(f"{options.output}: open it with --model {architecture} --weights {options.output}")
    if options.session_out is not None:
        save_own(session, options.session_out)
        write_line(options.session_out)
    return result


def edit(options: EditOptions, call: SessionCall) -> None:
    """Edit, and print the edited model's predictions."""
    with call.engine() as engine:
        result = edit_weights(options, call.session, engine)
    write_top(result.name, result.top)


COMMAND = SessionCommand(EditOptions, edit)
