"""Evaluate sessions in this process. Used by the command line, tests and the engine's server."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from perturber.core.errors import InputError
from perturber.core.evaluation import SIZE, AttackResult, Evaluation, Pixels
from perturber.core.session.attack import MOST
from perturber.core.session.picture import PictureKey, drawn
from perturber.core.session.session import Session
from perturber.engine.frame.attacker import AttackedFrame, Attacker
from perturber.engine.frame.explainer import Explainer
from perturber.engine.frame.feature_maker import FeatureMaker
from perturber.engine.frame.observer import NetworkInput, Observer, to_tensor
from perturber.engine.frame.plane_picture import plane_picture, plane_wanted
from perturber.engine.frame.stage import Stage
from perturber.scene.renderer import Renderer


class Engine:
    """Owns the GL context and the networks; each stage is memoized on its inputs.

    ``on_stage`` is called with the name of each stage just before it computes (``raster``, ``post``,
    ``custom`` before the user's GLSL runs, ``attack``, ``network``), so that a watchdog knows what to
    blame. Raises MachineError if OpenGL is missing.
    """

    def __init__(
        self,
        device: str = "auto",
        precision: str = "auto",
        on_stage: Callable[[str], None] | None = None,
    ) -> None:
        self.renderer = Renderer()
        self.observer = Observer(device, precision)
        self.plane: Stage[Pixels] = Stage()
        self.raster: Stage[Any] = Stage()
        self.post: Stage[Pixels] = Stage()
        self.evaluations = 0
        self._on_stage = on_stage or (lambda name: None)

    @cached_property
    def features(self) -> FeatureMaker:
        """The cache and optimizer of feature images."""
        return FeatureMaker(self.observer.device, self.observer.dtype)

    @cached_property
    def attacks(self) -> Attacker:
        """The attacker of this engine's frames."""
        return Attacker(self.observer, self.mask)

    @cached_property
    def attributions(self) -> Explainer:
        """The explainer of this engine's frames."""
        return Explainer(self.observer, self.enter)

    def render(self, session: Session, size: int = SIZE) -> Pixels:
        """Render the session's picture, size × size × 3. Raises InputError that names the file or field."""
        return self.post((PictureKey.before(session), size), lambda: self._post(session, size))

    def mask(self, session: Session, size: int = SIZE) -> NDArray[np.uint8]:
        """Return how much of each pixel the object covers, size × size in 0 … 255; see `Renderer.mask`."""
        self.raster.clear()  # the mask overwrites the last picture
        return self.renderer.mask(session.scene, size, self._feature(session))

    def evaluate(self, session: Session, strict: bool = False, stepwise: bool = False) -> Evaluation:
        """Evaluate a session, recomputing only what changed.

        With ``stepwise`` at most one new step of an attack is taken: if more are missing, ``attack.taken`` of the
        result is less than the session's; a job (`TakeSteps`) or another call continues.
        Raises InputError for a bad scene or effect. A bad model raises it only if ``strict``; otherwise the
        slot's result holds the problem. A failed attack or attribution raises it only if ``strict`` and not
        ``stepwise``, since the window must be able to open, and repair, such a session.
        """
        start = perf_counter()
        if strict:  # first, because the attack only records models that fail
            self.observer.check(session.models)
        whole = strict and not stepwise
        view, attacked = self._view(session, whole, 1 if stepwise else MOST)
        rendered = perf_counter()
        self._on_stage("network")
        observation = self.observer.observe(view, session.models, strict, self.attributions.interest(session))
        attack = attacked.result(session.models, observation) if isinstance(attacked, AttackedFrame) else attacked
        seen = perf_counter()
        attribution = self.attributions.of_frame(session, view, observation, whole)
        end = perf_counter()
        self.evaluations += 1
        told = (notice for network in observation.networks.values() for notice in network.notices)
        notices = tuple(dict.fromkeys((*self.renderer.notices, *told, *self.observer.notices)))
        return Evaluation(
            session=session,
            pixels=view.pixels,
            slots=observation.results,
            attack=attack,
            attribution=attribution,
            number=self.evaluations,
            seconds={
                "render": rendered - start,
                "network": seen - rendered,
                "attribution": end - seen,
                "total": end - start,
            },
            device=str(self.observer.device),
            renderer=self.renderer.name,
            notices=notices,
        )

    def frame(self, session: Session) -> Tensor:
        """Return the exact picture that the networks receive, 1×3×224×224 float32 in [0, 1].

        Raises as `evaluate` does.
        """
        view, _ = self._view(session, True)
        return to_tensor(view.pixels, self.observer.device) if view.exact is None else view.exact

    def advance(self, session: Session) -> int:
        """Take one step of the session's attack unless all are computed; return how many are still missing.

        When it returns 0, `frame` takes no attack steps. Raises as `evaluate` does.
        """
        if session.attack.taken == 0:
            return 0
        view = self._clean_view(session)
        self._on_stage("attack")
        return self.attacks.advance(session, view)

    def _clean_view(self, session: Session) -> NetworkInput:
        """Return the rendered frame without its attack."""
        return NetworkInput(self.render(session), PictureKey.before(session), session.probe)

    def _view(
        self, session: Session, strict: bool, most: int = MOST
    ) -> tuple[NetworkInput, AttackedFrame | AttackResult | None]:
        """Return the frame that the networks receive, rendered or attacked, and the attack or why it failed."""
        view = self._clean_view(session)
        if session.attack.taken == 0:
            return view, None
        self._on_stage("attack")
        try:
            attacked = self.attacks.attacked(session, view, most)
        except InputError as error:
            if strict:
                raise
            change = np.zeros(view.pixels.shape, np.float32)
            return view, AttackResult(0, True, view.pixels, change, problem=str(error))
        if strict and attacked.problem:
            raise InputError("attack", attacked.problem)
        return attacked.view, attacked

    def enter(self, stage: str) -> None:
        """Report that a stage is about to compute; for code that uses the engine's pictures and networks."""
        self._on_stage(stage)

    def close(self) -> None:
        """Release the GL context."""
        self.raster.clear()
        self.renderer.release()

    def _feature(self, session: Session) -> Pixels | None:
        """Return the picture on the scene's plane, or None without one."""
        wanted = plane_wanted(session)
        return None if wanted is None else self.plane(wanted, lambda: plane_picture(self.features, wanted))

    def _raster(self, session: Session, size: int) -> Any:
        self._on_stage("raster")
        feature = self._feature(session)
        try:
            return self.renderer.draw(session.scene, size, feature)
        except Exception:
            self.raster.clear()  # the target of the last good picture may have been drawn over
            raise

    def _post(self, session: Session, size: int) -> Pixels:
        texture = self.raster((drawn(session), size), lambda: self._raster(session, size))
        self._on_stage("post" if session.post.custom.identity else "custom")
        return self.renderer.read(self.renderer.post(texture, session.post, session.seed))
