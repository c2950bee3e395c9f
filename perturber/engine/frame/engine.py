"""From a session to its evaluation, in this process. Used by the command line, tests and the server."""

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
from perturber.core.session.picture import PictureKey, drawn
from perturber.core.session.session import Session
from perturber.engine.frame.attacker import Attacker
from perturber.engine.frame.explainer import Explainer
from perturber.engine.frame.observer import NetworkInput, Observer, to_tensor
from perturber.engine.frame.plane_picture import plane_picture, plane_wanted
from perturber.engine.frame.stage import Stage
from perturber.engine.jobs.divergence_job import CleanRuns
from perturber.engine.jobs.example_finder import ExampleFinder
from perturber.engine.jobs.feature_maker import FeatureMaker
from perturber.scene.renderer import Renderer

WHILE = 0.08
"""Seconds of an attack after which somebody else may want something."""


class Engine:
    """Owns the GL context and the networks; every stage is memoised on what it reads.

    ``on_stage`` is told the name of each stage just before it computes (``raster``, ``post``,
    ``custom`` when the user's GLSL is about to run, ``attack``, ``network``), so that a watchdog knows whom to
    blame. ``urged`` says whether somebody waits: then what has patience (an attack) makes room after its
    step. Raises MachineError when there is no OpenGL.
    """

    def __init__(
        self,
        device: str = "auto",
        precision: str = "auto",
        on_stage: Callable[[str], None] | None = None,
        urged: Callable[[], bool] = lambda: False,
    ) -> None:
        self.renderer = Renderer()
        self.observer = Observer(device, precision)
        self.plane: Stage[Pixels] = Stage()
        self.raster: Stage[Any] = Stage()
        self.post: Stage[Pixels] = Stage()
        self.evaluations = 0
        self.urged = urged
        self._on_stage = on_stage or (lambda name: None)

    @cached_property
    def features(self) -> FeatureMaker:
        """Where feature images come from."""
        return FeatureMaker(self.observer.device, self.observer.dtype)

    @cached_property
    def attacks(self) -> Attacker:
        """Who attacks frames."""
        return Attacker(self)

    @cached_property
    def attributions(self) -> Explainer:
        """Who explains frames."""
        return Explainer(self)

    @cached_property
    def examples(self) -> ExampleFinder:
        """Where dataset examples come from."""
        return ExampleFinder(self)

    @cached_property
    def clean_runs(self) -> CleanRuns:
        """What the networks did on the last frame before it was attacked."""
        return CleanRuns()

    def render(self, session: Session, size: int = SIZE) -> Pixels:
        """The session's picture, size × size × 3. Raises InputError that names the file or field."""
        return self.post((PictureKey.before(session), size), lambda: self._post(session, size))

    def mask(self, session: Session, size: int = SIZE) -> NDArray[np.uint8]:
        """How much of each pixel the object covers, size × size in 0 … 255; see `Renderer.mask`."""
        self.raster.clear()  # the mask is drawn where the last picture lies
        return self.renderer.mask(session.scene, size, self._feature(session))

    def evaluate(self, session: Session, strict: bool = False, patience: float | None = None) -> Evaluation:
        """Everything the session decides, computed only where it changed.

        With ``patience`` an attack goes on for about so many seconds and may not be through: then
        ``attack.taken`` of the answer is less than the session's, and asking again goes on.
        Raises InputError for a bad scene or effect; for a bad model only when ``strict``, else the
        slot's result carries the problem. So do the results of the attack and the attribution, unless
        ``strict`` and without ``patience``: who watches has to be able to take up, and mend, such a session.
        """
        start = perf_counter()
        if strict:  # before the attack looks at the models, which only notes those that fail
            self.observer.check(session.models)
        whole = strict and patience is None
        view, attack = self._view(session, whole, patience)
        rendered = perf_counter()
        self._on_stage("network")
        slots = self.observer.observe(view, session.models, strict, self.attributions.interest(session))
        if attack is not None:
            attack = self.attacks.judged(attack, session.models, slots)
        seen = perf_counter()
        attribution = self.attributions.of_frame(session, view, slots, whole)
        end = perf_counter()
        self.evaluations += 1
        notices = (*self.renderer.notices, *self.observer.notices)
        return Evaluation(
            session=session,
            pixels=view.pixels,
            slots=slots,
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
        """The exact picture that the networks receive, 1×3×224×224 float32 in [0, 1]. Raises as `evaluate` does."""
        view, _ = self._view(session, True, None)
        return to_tensor(view.pixels, self.observer.device) if view.exact is None else view.exact

    def advance(self, session: Session) -> bool:
        """Go on with the session's attack for a while; whether `frame` has nothing left to wait for.

        For what is done in idle moments: called until it is so, nobody waits long. Raises as `evaluate` does.
        """
        _, attack = self._view(session, True, WHILE)
        return attack is None or attack.finished or attack.taken >= session.attack.taken

    def _view(self, session: Session, strict: bool, patience: float | None) -> tuple[NetworkInput, AttackResult | None]:
        """What the networks look at: the rendered frame, or the attacked one."""
        pixels = self.render(session)
        view = NetworkInput(pixels, PictureKey.before(session), session.probe)
        if session.attack.taken == 0:
            return view, None
        self._on_stage("attack")
        try:
            attacked = self.attacks.attacked(session, view, patience)
        except InputError as error:
            if strict:
                raise
            return view, AttackResult(0, True, pixels, np.zeros(pixels.shape, np.float32), problem=str(error))
        if strict and attacked.result.problem:
            raise InputError("attack", attacked.result.problem)
        return attacked.view, attacked.result

    def enter(self, stage: str) -> None:
        """Say which stage is about to compute, for whoever works with the engine's pictures and networks."""
        self._on_stage(stage)

    def close(self) -> None:
        """Release the GL context."""
        self.raster.clear()
        self.renderer.release()

    def _feature(self, session: Session) -> Pixels | None:
        """What the scene's plane carries, if there is one."""
        wanted = plane_wanted(session)
        return None if wanted is None else self.plane(wanted, lambda: plane_picture(self, wanted))

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
