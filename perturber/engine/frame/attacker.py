"""The session's attack: its trajectory step by step, and the frame that the networks receive."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from perturber.core.errors import InputError, PerturberError
from perturber.core.evaluation import AttackResult, Pixels, SlotResult, Verdict
from perturber.core.session.attack import MOST, Attack
from perturber.core.session.models import Models
from perturber.core.session.picture import PictureKey
from perturber.core.session.session import Session
from perturber.core.session.slot_name import SLOTS
from perturber.engine.frame.observation import Observation
from perturber.engine.frame.observer import NetworkInput, Observer, to_tensor
from perturber.engine.frame.stage import Stage
from perturber.methods.attacks.base_attack import Iterative
from perturber.methods.networks.victim import Victim
from perturber.nets.architectures.network import Network
from perturber.nets.lookup.find import find_class

KEPT = 2
"""Trajectories that are remembered, so that undo and redo cost nothing."""


class Trajectory:
    """The pictures of an attack, one for each step, computed as far as was requested."""

    def __init__(self, clean: Tensor, steps: Iterator[Tensor]) -> None:
        self._pictures = [clean]
        self._steps = steps
        self.ended = False
        self.problem = ""

    def advance(self, wanted: int, most: int = MOST) -> int:
        """Go on to a step, by at most so many steps that are not computed yet.

        Returns the step that is reached; the attack may also have come to its end before.
        """
        furthest = min(wanted, self.last + most)
        while self.last < furthest and not self.ended:
            try:
                self._pictures.append(_finite(next(self._steps).detach()))
            except StopIteration:
                self.ended = True
            except Exception as error:  # whatever a method raises, the frame is shown
                self.ended, self.problem = True, (str(error) or type(error).__name__)[:300]
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
    clean: Pixels
    """The frame without the attack."""
    taken: int
    """Steps that are computed."""
    finished: bool
    """There is no further step."""
    change: Tensor
    """What the attack adds, 1×3×H×W."""
    before: Mapping[str, Before]
    """What each slot says of the clean frame."""
    problem: str = ""
    """Why the attack did not go further than this."""

    def result(self, models: Models, observation: Observation) -> AttackResult:
        """What came of the attack, with what the networks say of its picture in an observation of ``view``."""
        change = self.change[0].permute(1, 2, 0).cpu().numpy()
        return AttackResult(
            taken=self.taken,
            finished=self.finished,
            pixels=self.clean,
            change=np.ascontiguousarray(change, np.float32),
            l2=float(np.linalg.norm(change.astype(np.float64))),
            linf=float(np.abs(change).max()),
            rms=float(np.sqrt(np.mean(np.square(change, dtype=np.float64)))),
            touched=int(np.any(change != 0, axis=2).sum()),
            verdicts=tuple(self._verdicts(models, observation)),
            problem=self.problem,
        )

    def _verdicts(self, models: Models, observation: Observation) -> Iterator[Verdict]:
        """One for each slot that answered before and now."""
        tops = {slot.slot: slot.top[0] for slot in observation.results if slot.top}
        for name, slot in models.items():
            logits, before = observation.logits.get(slot.model), self.before[name].result.top
            if name not in tops or logits is None or not before:
                continue
            yield Verdict(name, before[0], float(logits[0].float().softmax(0)[before[0].output]), tops[name])


class Attacker:
    """Attacks frames; remembers the trajectories of the last ones.

    ``mask`` gives how much of each pixel the object of a session covers, H×W in 0 … 255.
    """

    def __init__(self, observer: Observer, mask: Callable[[Session], NDArray[np.uint8]]) -> None:
        self._observer, self._mask = observer, mask
        self._trajectories: Stage[Trajectory] = Stage(KEPT)
        self._before: Stage[dict[str, Before]] = Stage(KEPT)

    def attacked(self, session: Session, view: NetworkInput, most: int = MOST) -> AttackedFrame:
        """The frame after the session's steps, of which at most so many are taken now.

        Raises InputError for an attack that cannot begin: a model that does not open, a class it does
        not know, an object that is not there.
        """
        attack, before = session.attack, self._answers(session, view)
        trajectory = self._trajectory(session, view, before)
        reached = trajectory.advance(attack.taken, most)
        clean, picture = trajectory[0], trajectory[reached]
        exact = faded(clean, picture, attack)
        key = PictureKey.trajectory(session).after(reached, attack.alpha, attack.original)
        shown = (key, str(self._observer.device))
        return AttackedFrame(
            view=NetworkInput(rounded(exact), shown, view.probe, exact),
            clean=view.pixels,
            taken=reached,
            finished=trajectory.ended and reached == trajectory.last,
            change=picture - clean,
            before=before,
            problem=trajectory.problem,
        )

    def advance(self, session: Session, view: NetworkInput) -> int:
        """Take one step of the session's attack, unless all are computed; returns how many are still missing.

        Raises InputError as `attacked` does, and for an attack that failed on its way.
        """
        trajectory = self._trajectory(session, view, self._answers(session, view))
        reached = trajectory.advance(session.attack.taken, 1)
        if trajectory.problem:
            raise InputError("attack", trajectory.problem)
        return 0 if trajectory.ended else session.attack.taken - reached

    def _answers(self, session: Session, view: NetworkInput) -> dict[str, Before]:
        """What every slot says of the clean frame; the attacked one has an answer."""
        models = _predicting(session.models)
        before = self._before((view.key, models), lambda: self._first(view, models))
        try:
            check_slot(session.attack.slot, before)
        except InputError:
            self._before.clear()  # the model's file may be mended
            raise
        return before

    def _trajectory(self, session: Session, view: NetworkInput, before: Mapping[str, Before]) -> Trajectory:
        """The session's attack as far as it is remembered."""
        key = (PictureKey.trajectory(session), str(self._observer.device))
        leading = before[session.attack.slot].leading
        return self._trajectories(key, lambda: self._begin(session, view, leading))

    def _first(self, view: NetworkInput, models: Models) -> dict[str, Before]:
        """What every slot says of the clean frame."""
        seen = self._observer.observe(view, models)
        found = [seen.logits.get(slot.model) for _, slot in models.items()]
        return {
            result.slot: Before(result, None if logits is None else int(logits[0].argmax()))
            for result, logits in zip(seen.results, found, strict=True)
        }

    def victim(self, session: Session, *goals: int) -> Victim:
        """The attacked network as the session's attack knows it, with the numbers of the classes to reach, or to leave.

        There is one for each picture. Raises InputError for a model that does not open, or an object that is not there.
        """
        attack, observer = session.attack, self._observer
        ref = session.models.model(attack.slot)
        network = observer.network(ref)
        generator = torch.Generator().manual_seed(session.seed)
        joint = attack.method.joint
        return Victim(
            network.logits,
            torch.tensor(goals, device=observer.device),
            targeted=bool(attack.target),
            generator=generator,
            mask=self._covered(session) if attack.method.masked else None,
            others=self._others(session, network, goals, generator) if joint else (),
        )

    def _begin(self, session: Session, view: NetworkInput, leading: int | None) -> Trajectory:
        method, observer = Iterative.of(session.attack.method), self._observer
        clean = to_tensor(view.pixels, observer.device)
        goal = leading
        if session.attack.target:
            network = observer.network(session.models.model(session.attack.slot))
            goal = find_class(network, session.attack.target, "attack.target")
        assert goal is not None  # a slot without an answer is not attacked
        return Trajectory(clean, method.steps_on(self.victim(session, goal), clean))

    def _others(
        self, session: Session, attacked: Network, goals: Sequence[int], generator: torch.Generator
    ) -> tuple[Victim, ...]:
        """Return the other networks that take part, as far as they know the pictures' classes."""
        observer, ref = self._observer, session.models.model(session.attack.slot)
        # Not one that is known to fail: it would be tried again with every frame.
        refs = dict.fromkeys(
            slot.model for _, slot in session.models.items() if slot.model != ref and not observer.broken(slot.model)
        )
        networks = [observer.network(other) for other in refs]
        found = [[network.labels.matching(attacked.labels, goal) for goal in goals] for network in networks]
        return tuple(
            Victim(
                network.logits,
                torch.tensor(known, device=observer.device),
                targeted=bool(session.attack.target),
                generator=generator,
            )
            for network, known in zip(networks, found, strict=True)
            if None not in known
        )

    def _covered(self, session: Session) -> Tensor:
        """How much of each pixel the object covers, 1×1×H×W in [0, 1]."""
        if session.scene.photo is not None:
            raise InputError("attack.method", "a photo has no object", "a 3D scene")
        mask = torch.from_numpy(self._mask(session)).to(self._observer.device)
        return mask.float().div(255)[None, None]


def check_slot(slot: str, answers: Mapping[str, Before]) -> None:
    """Raises InputError when the attacked slot takes no part, or its model fails."""
    if slot not in answers:
        raise InputError("attack.slot", f"{slot} takes no part", "one of " + ", ".join(answers))
    if answers[slot].result.problem:
        raise InputError(f"models.{slot}", answers[slot].result.problem)


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
    """Return the slots that take part, all with predictions and none with maps."""
    quiet = {"activations": False, "predictions": True}
    slots: dict[str, Any] = {name: getattr(models, name).model_copy(update=quiet) for name in SLOTS}
    return models.model_copy(update=slots)
