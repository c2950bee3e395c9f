"""The session's attack: its trajectory step by step, and the frame that the networks receive."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from time import monotonic
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from perturber.core.errors import InputError, PerturberError
from perturber.core.evaluation import SIZE, AttackResult, Pixels, SlotResult, Verdict
from perturber.core.session.attack import Attack
from perturber.core.session.models import ModelRef, Models
from perturber.core.session.picture import PictureKey
from perturber.core.session.session import Session
from perturber.engine.frame.observer import NetworkInput, to_tensor
from perturber.engine.frame.stage import Stage
from perturber.methods.attacks.base_attack import Iterative
from perturber.methods.networks.victim import Logits, Victim
from perturber.nets.architectures.network import Network

if TYPE_CHECKING:
    from perturber.engine.frame.engine import Engine

KEPT = 2
"""Trajectories that are remembered, so that undo and redo cost nothing."""


class Trajectory:
    """The pictures of an attack, one for each step, computed as far as somebody asked."""

    def __init__(self, clean: Tensor, steps: Iterator[Tensor]) -> None:
        self._pictures = [clean]
        self._steps = steps
        self.ended = False
        self.problem = ""

    def advance(self, wanted: int, patience: float | None = None, urged: Callable[[], bool] = lambda: False) -> int:
        """Go on to a step; with ``patience`` only for about so many seconds, or until ``urged``, but at least one step.

        Returns the step that is reached; the attack may also have come to its end before.
        """
        began = monotonic()
        while len(self._pictures) <= wanted and not self.ended:
            try:
                self._pictures.append(_finite(next(self._steps).detach()))
            except StopIteration:
                self.ended = True
            except Exception as error:  # whatever a method raises, the frame is shown
                self.ended, self.problem = True, (str(error) or type(error).__name__)[:300]
            if patience is not None and (monotonic() - began >= patience or urged()):
                break
        return min(wanted, self.last)

    @property
    def last(self) -> int:
        """The step that is computed last so far."""
        return len(self._pictures) - 1

    def __getitem__(self, step: int) -> Tensor:
        """The pictures after a step that is computed; 0 is before the first."""
        return self._pictures[step]


def _finite(picture: Tensor) -> Tensor:
    """The picture itself. Raises PerturberError where an edit of the weights has left nothing to follow."""
    if not picture.isfinite().all():
        raise PerturberError("the network gives no gradient here: its answer is no number")
    return picture


@dataclass(frozen=True, eq=False)
class Before:
    """What a slot says of the clean frame."""

    result: SlotResult
    leading: int | None
    """Number of the class that stands first; None where the model fails."""


@dataclass(frozen=True, eq=False)
class AttackedFrame:
    """The frame with an attack on it."""

    view: NetworkInput
    """What is shown and observed."""
    result: AttackResult


class Attacker:
    """Attacks frames; remembers the trajectories of the last ones."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._trajectories: Stage[Trajectory] = Stage(KEPT)
        self._before: Stage[dict[str, Before]] = Stage(KEPT)

    def attacked(self, session: Session, view: NetworkInput, patience: float | None = None) -> AttackedFrame:
        """The frame after the session's steps, or after as many as patience allows.

        Raises InputError for an attack that cannot begin: a model that does not open, a class it does
        not know, an object that is not there.
        """
        attack = session.attack
        models = _predicting(session.models)
        before = self._before((view.key, models), lambda: self._first(view, models))
        try:
            check_slot(attack.slot, before)
        except InputError:
            self._before.clear()  # the model's file may be mended
            raise
        key, device = PictureKey.trajectory(session), str(self._engine.observer.device)
        leading = before[attack.slot].leading
        trajectory = self._trajectories((key, device), lambda: self._begin(session, view, leading))
        reached = trajectory.advance(attack.taken, patience, self._engine.urged)
        clean, picture = trajectory[0], trajectory[reached]
        change = (picture - clean)[0].permute(1, 2, 0).cpu().numpy()
        exact = faded(clean, picture, attack)
        shown = rounded(exact)
        result = AttackResult(
            taken=reached,
            finished=trajectory.ended and reached == trajectory.last,
            pixels=view.pixels,
            change=np.ascontiguousarray(change, np.float32),
            l2=float(np.linalg.norm(change.astype(np.float64))),
            linf=float(np.abs(change).max()),
            rms=float(np.sqrt(np.mean(np.square(change, dtype=np.float64)))),
            touched=int(np.any(change != 0, axis=2).sum()),
            verdicts=tuple(
                Verdict(slot, answer.result.top[0], 0.0, answer.result.top[0])
                for slot, answer in before.items()
                if answer.result.top
            ),
            problem=trajectory.problem,
        )
        watched = NetworkInput(shown, (key.after(reached, attack.alpha, attack.original), device), view.probe, exact)
        return AttackedFrame(watched, result)

    def judged(self, result: AttackResult, models: Models, slots: tuple[SlotResult, ...]) -> AttackResult:
        """The result with what the networks say now, which they have just been asked."""
        observer = self._engine.observer
        refs = {name: slot.model for name, slot in models.items()}
        tops = {slot.slot: slot.top[0] for slot in slots if slot.top}
        verdicts = []
        for verdict in result.verdicts:
            logits = observer.logits(refs[verdict.slot]) if verdict.slot in tops else None
            if logits is not None:
                labels = observer.network(refs[verdict.slot]).labels
                index = labels.output_of(verdict.original.wnid, verdict.original.name)
                assert index is not None  # the network itself gave the class
                after = float(logits[0].float().softmax(0)[index])
                verdicts.append(replace(verdict, after=after, top=tops[verdict.slot]))
        return replace(result, verdicts=tuple(verdicts))

    def _first(self, view: NetworkInput, models: Models) -> dict[str, Before]:
        """What every slot says of the clean frame."""
        observer = self._engine.observer
        results = observer.observe(view, models)
        logits = [observer.logits(slot.model) for _, slot in models.items()]
        return {
            result.slot: Before(result, None if found is None else int(found[0].argmax()))
            for result, found in zip(results, logits, strict=True)
        }

    def victim(self, session: Session, *goals: int) -> Victim:
        """The attacked network as the session's attack knows it, with the numbers of the classes to reach, or to leave.

        There is one for each picture. Raises InputError for a model that does not open, or an object that is not there.
        """
        attack, observer = session.attack, self._engine.observer
        ref = session.models.model(attack.slot)
        network = observer.network(ref)
        generator = torch.Generator().manual_seed(session.seed)
        joint = attack.method.joint
        return Victim(
            runner(network),
            torch.tensor(goals, device=observer.device),
            targeted=bool(attack.target),
            generator=generator,
            mask=self._mask(session) if attack.method.masked else None,
            others=self._others(session, [network.labels.wnids[goal] for goal in goals], ref, generator)
            if joint
            else (),
        )

    def _begin(self, session: Session, view: NetworkInput, leading: int | None) -> Trajectory:
        method, observer = Iterative.of(session.attack.method), self._engine.observer
        clean = to_tensor(view.pixels, observer.device)
        goal = leading
        if session.attack.target:
            network = observer.network(session.models.model(session.attack.slot))
            goal = class_number(network, session.attack.target, "attack.target")
        assert goal is not None  # a slot without an answer is not attacked
        return Trajectory(clean, method.steps_on(self.victim(session, goal), clean))

    def _others(
        self, session: Session, wnids: Sequence[str], ref: ModelRef, generator: torch.Generator
    ) -> tuple[Victim, ...]:
        """The other networks that take part, as far as they know the pictures' classes."""
        observer = self._engine.observer
        # Not one that is known to fail: it would be tried again with every frame.
        refs = dict.fromkeys(
            slot.model for _, slot in session.models.items() if slot.model != ref and not observer.broken(slot.model)
        )
        networks = [observer.network(other) for other in refs]
        goals = [[network.labels.index(wnid) for wnid in wnids] for network in networks]
        return tuple(
            Victim(
                runner(network),
                torch.tensor(known, device=observer.device),
                targeted=bool(session.attack.target),
                generator=generator,
            )
            for network, known in zip(networks, goals, strict=True)
            if None not in known
        )

    def _mask(self, session: Session) -> Tensor:
        """How much of each pixel the object covers, 1×1×H×W in [0, 1]."""
        if session.scene.photo is not None:
            raise InputError("attack.method", "a photo has no object", "a 3D scene")
        mask = torch.from_numpy(self._engine.mask(session, SIZE)).to(self._engine.observer.device)
        return mask.float().div(255)[None, None]


def check_slot(slot: str, answers: Mapping[str, Before]) -> None:
    """Raises InputError when the attacked slot takes no part, or its model fails."""
    if slot not in answers:
        raise InputError("attack.slot", f"{slot} takes no part", "one of " + ", ".join(answers))
    if answers[slot].result.problem:
        raise InputError(f"models.{slot}", answers[slot].result.problem)


def runner(network: Network) -> Logits:
    """The network as a function of pixels."""

    def logits(pixels: Tensor) -> Tensor:
        found = network.run(pixels).logits
        assert found is not None  # no tap was asked for
        return found

    return logits


def class_number(network: Network, wnid: str, field: str) -> int:
    """Number of a class in a network. Raises InputError that names the field when it has none of that id."""
    index = network.labels.index(wnid)
    if index is None:
        expected = "the WordNet id of one of its classes, such as " + ", ".join(network.labels.wnids[:3])
        raise InputError(field, f"{network.name} knows no class {wnid!r}", expected)
    return index


def faded(clean: Tensor, picture: Tensor, attack: Attack) -> Tensor:
    """The picture that is shown: the original faded towards 50 % gray, plus a share of the change, within [0, 1]."""
    if attack.alpha == 1 and attack.original == 1:
        return picture
    below = clean if attack.original == 1 else 0.5 + attack.original * (clean - 0.5)
    return (below + attack.alpha * (picture - clean)).clamp(0, 1)


def rounded(picture: Tensor) -> Pixels:
    """A picture 1×3×H×W in [0, 1] as bytes."""
    shown = picture[0].permute(1, 2, 0).mul(255).round().clamp(0, 255).to(torch.uint8)
    return np.ascontiguousarray(shown.cpu().numpy())


def _predicting(models: Models) -> Models:
    """The slots that take part, all of them predicting, whose maps nobody asks for."""
    quiet = {"activations": False, "predictions": True}
    slots = {name: getattr(models, name).model_copy(update=quiet) for name in ("slot1", "slot2", "edited")}
    return models.model_copy(update=slots)
