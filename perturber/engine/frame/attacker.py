"""Compute the session's attack step by step, and the attacked frame that the networks receive."""

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

FLAT = "the gradient is zero: a gradient attack cannot change this picture"
KEPT = 2
"""Number of cached trajectories, which make undo and redo free."""


class Trajectory:
    """The pictures of an attack, one for each step, computed on request."""

    def __init__(self, clean: Tensor, steps: Iterator[Tensor], victim: Victim | None = None) -> None:
        self._pictures = [clean]
        self._steps, self._victim = steps, victim
        self.ended = False
        self.problem = ""

    def advance(self, wanted: int, most: int = MOST) -> int:
        """Compute up to step ``wanted``, taking at most ``most`` new steps.

        Returns the step reached, which is lower than ``wanted`` if the attack ended or ``most`` was used up.
        """
        furthest = min(wanted, self.last + most)
        while self.last < furthest and not self.ended:
            try:
                self._pictures.append(_finite(next(self._steps).detach()))
            except StopIteration:
                self.ended = True
            except Exception as error:  # the frame is shown whatever a method raises
                self.ended, self.problem = True, (str(error) or type(error).__name__)[:300]
        return min(wanted, self.last)

    @property
    def notice(self) -> str:
        """A message if every gradient so far was zero; otherwise empty."""
        return FLAT if self._victim is not None and self._victim.flat.any() else ""

    @property
    def last(self) -> int:
        """The last step computed so far."""
        return len(self._pictures) - 1

    def __getitem__(self, step: int) -> Tensor:
        """Return the picture after a computed step; 0 is the clean picture."""
        return self._pictures[step]


def _finite(picture: Tensor) -> Tensor:
    """Return the picture. Raises PerturberError if it has values that are not finite, as after extreme weight edits."""
    if not picture.isfinite().all():
        raise PerturberError("the attack cannot continue: the network's output or gradient is not finite")
    return picture


@dataclass(frozen=True, eq=False)
class Before:
    """A slot's prediction for the clean frame."""

    result: SlotResult
    leading: int | None
    """Number of the top class; None if the model fails."""


@dataclass(frozen=True, eq=False)
class AttackedFrame:
    """The frame with an attack on it."""

    view: NetworkInput
    """The attacked frame as shown and observed."""
    clean: Pixels
    """The frame without the attack."""
    taken: int
    """Number of steps taken."""
    finished: bool
    """Whether the attack has no further step."""
    change: Tensor
    """The perturbation, 1×3×H×W."""
    before: Mapping[str, Before]
    """By slot, the prediction for the clean frame."""
    problem: str = ""
    """Why the attack stopped early; empty if it did not."""
    notice: str = ""
    """What else there is to say about the attack."""

    def result(self, models: Models, observation: Observation) -> AttackResult:
        """Return the outcome of the attack; ``observation`` holds the networks' predictions for ``view``."""
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
            notice=self.notice,
        )

    def _verdicts(self, models: Models, observation: Observation) -> Iterator[Verdict]:
        """Yield a verdict for each slot with predictions for both the clean and the attacked frame."""
        tops = {slot.slot: slot.top[0] for slot in observation.results if slot.top}
        for name, slot in models.items():
            logits, before = observation.logits.get(slot.model), self.before[name].result.top
            if name not in tops or logits is None or not before:
                continue
            yield Verdict(name, before[0], float(logits[0].float().softmax(0)[before[0].output]), tops[name])


class Attacker:
    """Attacks frames and caches the most recent trajectories.

    ``mask`` returns how much of each pixel a session's object covers, H×W in 0 … 255.
    """

    def __init__(self, observer: Observer, mask: Callable[[Session], NDArray[np.uint8]]) -> None:
        self._observer, self._mask = observer, mask
        self._trajectories: Stage[Trajectory] = Stage(KEPT)
        self._before: Stage[dict[str, Before]] = Stage(KEPT)

    def attacked(self, session: Session, view: NetworkInput, most: int = MOST) -> AttackedFrame:
        """Return the frame after the session's attack steps, taking at most ``most`` new ones now.

        Raises InputError for an attack that cannot begin: the model does not open, does not have the
        class, or the method needs an object and there is none.
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
            notice=trajectory.notice,
        )

    def advance(self, session: Session, view: NetworkInput) -> int:
        """Take one step of the session's attack unless all are computed; return how many are still missing.

        Raises InputError as `attacked` does, and if a step of the attack failed.
        """
        trajectory = self._trajectory(session, view, self._answers(session, view))
        reached = trajectory.advance(session.attack.taken, 1)
        if trajectory.problem:
            raise InputError("attack", trajectory.problem)
        return 0 if trajectory.ended else session.attack.taken - reached

    def _answers(self, session: Session, view: NetworkInput) -> dict[str, Before]:
        """Return each slot's prediction for the clean frame. Raises InputError if the slot under attack has none."""
        models = _predicting(session.models)
        before = self._before((view.key, models), lambda: self._first(view, models))
        try:
            check_slot(session.attack.slot, before)
        except InputError:
            self._before.clear()  # the model's file may be repaired
            raise
        return before

    def _trajectory(self, session: Session, view: NetworkInput, before: Mapping[str, Before]) -> Trajectory:
        """Return the trajectory of the session's attack, cached or new."""
        key = (PictureKey.trajectory(session), str(self._observer.device))
        leading = before[session.attack.slot].leading
        return self._trajectories(key, lambda: self._begin(session, view, leading))

    def _first(self, view: NetworkInput, models: Models) -> dict[str, Before]:
        """Compute each slot's prediction for the clean frame."""
        seen = self._observer.observe(view, models)
        found = [seen.logits.get(slot.model) for _, slot in models.items()]
        return {
            result.slot: Before(result, None if logits is None else int(logits[0].argmax()))
            for result, logits in zip(seen.results, found, strict=True)
        }

    def victim(self, session: Session, *goals: int) -> Victim:
        """Return the network under attack, set up for the session's attack.

        ``goals`` are the class numbers to reach (targeted) or to move away from (untargeted), one for each picture.
        Raises InputError for a model that does not open, or if the method needs an object and there is none.
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
        assert goal is not None  # a slot without a prediction is never attacked
        victim = self.victim(session, goal)
        return Trajectory(clean, method.steps_on(victim, clean), victim)

    def _others(
        self, session: Session, attacked: Network, goals: Sequence[int], generator: torch.Generator
    ) -> tuple[Victim, ...]:
        """Return the other slots' networks that have the pictures' classes."""
        observer, ref = self._observer, session.models.model(session.attack.slot)
        # Skip models known to fail, or they would be tried again with every frame.
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
        """Return how much of each pixel the object covers, 1×1×H×W in [0, 1]."""
        if session.scene.photo is not None:
            raise InputError("attack.method", "a photo has no object", "a 3D scene")
        mask = torch.from_numpy(self._mask(session)).to(self._observer.device)
        return mask.float().div(255)[None, None]


def check_slot(slot: str, answers: Mapping[str, Before]) -> None:
    """Check the slot under attack. Raises InputError if it is not in use or its model fails."""
    if slot not in answers:
        raise InputError("attack.slot", f"{slot} is not in use", "one of " + ", ".join(answers))
    if answers[slot].result.problem:
        raise InputError(f"models.{slot}", answers[slot].result.problem)


def faded(clean: Tensor, picture: Tensor, attack: Attack) -> Tensor:
    """Blend the picture to show: the original faded toward 50 % gray plus a share of the change, clamped to [0, 1]."""
    if attack.alpha == 1 and attack.original == 1:
        return picture
    below = clean if attack.original == 1 else 0.5 + attack.original * (clean - 0.5)
    return (below + attack.alpha * (picture - clean)).clamp(0, 1)


def rounded(picture: Tensor) -> Pixels:
    """Convert a picture, 1×3×H×W in [0, 1], to bytes, H×W×3."""
    shown = picture[0].permute(1, 2, 0).mul(255).round().clamp(0, 255).to(torch.uint8)
    return np.ascontiguousarray(shown.cpu().numpy())


def _predicting(models: Models) -> Models:
    """Return the slots with predictions on and activation maps off."""
    quiet = {"activations": False, "predictions": True}
    slots: dict[str, Any] = {name: getattr(models, name).model_copy(update=quiet) for name in SLOTS}
    return models.model_copy(update=slots)
