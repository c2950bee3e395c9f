"""An engine without GL and networks: answers on a thread, deterministically, from the session alone."""

from __future__ import annotations

import itertools
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import sleep
from types import SimpleNamespace
from typing import Any

import numpy as np
from psygnal import Signal

from perturber.core.evaluation import (
    AttackResult,
    AttributionResult,
    Evaluation,
    Failure,
    Maps,
    Prediction,
    SlotResult,
    Verdict,
)
from perturber.core.jobs.job import Answer, FindUnits, Job, TakeSteps
from perturber.core.library.groups import Group, Query
from perturber.core.session.models import (
    ArchitectureModel,
    EditedModel,
    FamilyModel,
    ModelRef,
    Models,
    Probe,
    ShownSlot,
    Slot,
)
from perturber.core.session.picture import PictureKey
from perturber.core.session.session import Session
from perturber.engine.process.wire import Status
from perturber.gui.base.context import Resources
from perturber.gui.shell.desk import Desk
from perturber.nets.families.family import Checkpoint, Family, Variant

MakeDesk = Callable[..., Desk]
LAYERS = {"conv2d0": (64, 112), "conv2d2": (192, 56), "mixed3a": (256, 28), "mixed4a": (508, 14), "mixed5b": (1024, 7)}
CLASSES = (
    ("n02106662", "German shepherd"),
    ("n02105162", "malinois"),
    ("n02091467", "Norwegian elkhound"),
    ("n02115641", "dingo"),
    ("n02110185", "Siberian husky"),
    ("n02124075", "Egyptian cat"),
)
UNLIKE = "the weights cannot be mixed, because they are of different architectures"
BAD, SLOW = "bad", "endless"
"""Code with these words is refused at line 2, and found to hang when it is submitted."""


def picture(session: Session, size: int = 224) -> np.ndarray:
    """A picture that changes with every parameter of the scene."""
    y, x = np.mgrid[0:size, 0:size].astype(np.float32) / size
    camera, post = session.scene.camera, session.post
    ball = ((x - 0.5 - camera.yaw / 400) ** 2 + (y - 0.5 - camera.pitch / 200) ** 2) < (0.3 / camera.distance) ** 2
    shade = np.stack([0.3 + 0.5 * y, 0.5 + 0.3 * x, 0.6 - 0.4 * y], -1)
    shade[ball] = np.array([0.8, 0.6 - 0.5 * session.scene.morph.shape, 0.3]) * (1 - y[ball, None] * 0.5)
    shade = np.roll(shade, round(3 * post.color.hue), -1) * post.color.alpha + post.color.brightness
    return np.ascontiguousarray((np.clip(shade, 0, 1) * 255).astype(np.uint8))


def maps(probe: Probe, slot: int, pixels: np.ndarray) -> Maps:
    """Waves over the picture, one frequency per unit."""
    channels, side = LAYERS.get(probe.layer, (8, 14))
    units = probe.shown(channels)
    step = 224 // side
    gray = pixels[::step, ::step].mean(-1)[:side, :side].astype(np.float32) / 255
    values = [np.maximum(-0.2, np.sin(gray * (3 + unit % 17) + slot)) * 40 for unit in units]
    stacked = np.stack(values).astype(np.float32)
    return Maps(probe.layer, units, stacked, 12.0, channels, before=probe.before and probe.layer.startswith("mixed"))


def label_of(model: ModelRef) -> str:
    if isinstance(model, EditedModel):
        return "Edited"
    return model.name if isinstance(model, ArchitectureModel) else f"{model.family.title()} · {model.variant.title()}"


def result(name: str, slot: Slot | ShownSlot, number: int, session: Session, pixels: np.ndarray) -> SlotResult:
    """What the network of a slot says."""
    model = slot.model
    label = label_of(model)
    if isinstance(model, EditedModel) and model.edit.mix and model.first.kind != model.second.kind:
        return SlotResult(name, label, tuple(LAYERS), problem=UNLIKE)
    if isinstance(model, ArchitectureModel) and model.name == "broken":
        return SlotResult(name, label, tuple(LAYERS), problem="the weights do not fit")
    rng = np.random.default_rng(int(pixels.sum()) + number)
    logits = np.sort(rng.normal(8, 2, 5))[::-1]
    shares = np.exp(logits) / (np.exp(logits).sum() * 1.1)
    order = rng.permutation(len(CLASSES))[:5]
    top = tuple(Prediction(*CLASSES[c], float(z), float(p)) for c, z, p in zip(order, logits, shares, strict=True))
    shown = maps(session.probe, number, pixels) if slot.activations and session.probe.activations else None
    channels, _ = LAYERS.get(session.probe.layer, (8, 14))
    key = model.name if isinstance(model, ArchitectureModel) else "inception_v1, half"
    best = top if slot.predictions else ()
    return SlotResult(name, label, tuple(LAYERS), shown, best, "", key, session.probe.layer, channels)


def attribution(session: Session, slots: tuple[SlotResult, ...], slow: bool = False) -> AttributionResult | None:
    """A blob in the middle; None without a method, or when it is none of the kind that is asked for."""
    explain = session.attribution
    if explain.method is None or explain.method.cheap == slow:
        return None
    y, x = np.mgrid[-1:1:224j, -1:1:224j].astype(np.float32)
    top = next((slot.top for slot in slots if slot.slot == explain.slot), ())
    leader = top[0] if top else Prediction("", "", 0.0, 0.0)
    wnid = explain.target or leader.wnid
    name = dict(CLASSES).get(wnid, "")
    values = np.exp(-8 * (x**2 + y**2), dtype=np.float32)
    return AttributionResult(explain.slot, explain.method.model_dump()["kind"], wnid, name, values)


def evaluate(session: Session, number: int = 1, attack: AttackResult | None = None) -> Evaluation:
    """The answer for a session."""
    pixels = picture(session)
    slots = tuple(result(n, s, i, session, pixels) for i, (n, s) in enumerate(session.models.items()))
    seconds = {"render": 0.004, "network": 0.021, "total": 0.025}
    if attack is not None:
        tops = {s.slot: s.top[0] for s in slots if s.top}
        verdicts = (Verdict(n, Prediction(*CLASSES[0], 9.0, 0.9), 0.1, top) for n, top in tops.items())
        attack = replace(attack, pixels=pixels, verdicts=() if attack.problem else tuple(verdicts))
    explained = attribution(session, slots)
    return Evaluation(session, pixels, slots, number, seconds, "cpu", "Fake", attack=attack, attribution=explained)


def attacked(taken: int, finished: bool = False, problem: str = "") -> AttackResult:
    """A change of stripes that grows with every step."""
    stripes = np.sin(np.arange(224) / 3).astype(np.float32)[None, :, None] * np.ones((224, 1, 3), np.float32)
    change = 0.002 * taken * stripes
    linf, l2 = float(np.abs(change).max()), float(np.linalg.norm(change))
    rms, touched = l2 / change.size**0.5, int(np.any(change != 0, axis=2).sum())
    return AttackResult(taken, finished, np.zeros(0, np.uint8), change, l2, linf, rms, touched, (), problem)


@dataclass
class FakeEngine:
    """Speaks as `EngineClient` does. ``delay`` is how long an evaluation takes, in seconds."""

    delay: float = 0.0
    submitted: list[Session] = field(default_factory=list)
    choices: list[tuple[str, str]] = field(default_factory=list)
    refusals: dict[str, Failure] = field(default_factory=dict)
    """By file name: proposals that hold this file are refused."""
    queries: list[tuple[Query, Session | None]] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    """What is said to a query; a group of ten units unless given."""
    stopped: int = 0
    lanes: list[str] = field(default_factory=list)
    """Those in which nothing more was to be computed."""
    jobs: list[tuple[int, Job]] = field(default_factory=list)
    """Other jobs with their tokens; tests answer them by emitting ``computed``."""
    about: list[Session] = field(default_factory=list)
    """The sessions that those jobs are about."""
    pace: int = 1000
    """Steps of an attack that a frame takes, and one answer of the job that takes them."""
    takings: list[Session] = field(default_factory=list)
    """The sessions whose steps were asked for."""
    last: int = 1000
    """The step after which attacks are finished."""
    trouble: str = ""
    """Why attacks come to nothing."""
    trajectory: tuple[PictureKey | None, int] = (None, 0)
    """The attack that is remembered, and how far it was computed; a restart forgets it."""

    evaluated = Signal(Evaluation)
    failed = Signal(Failure)
    accepted = Signal(int, Evaluation)
    refused = Signal(int, Failure)
    status = Signal(Status)
    computed = Signal(int, Answer)

    def __post_init__(self) -> None:
        self._inbox: queue.Queue[tuple[str, int, Any]] = queue.Queue()
        self._tokens = itertools.count(1)
        self._taking = 0
        self._count = itertools.count(1)
        self._thread = threading.Thread(target=self._run, name="fake-engine", daemon=True)

    __hash__ = object.__hash__

    def start(self) -> None:
        self._thread.start()

    def submit(self, session: Session) -> None:
        self.submitted.append(session)
        self._inbox.put(("submit", 0, session))

    def propose(self, session: Session) -> int:
        token = next(self._tokens)
        self._inbox.put(("propose", token, session))
        return token

    def compute(self, session: Session, job: Job) -> int:
        token = next(self._tokens)
        if isinstance(job, TakeSteps):
            self.takings.append(session)
            self._taking = token
            self._inbox.put(("take", token, session))
            return token
        if not isinstance(job, FindUnits):
            self.jobs.append((token, job))
            self.about.append(session)
            return token
        query = job.query
        self.queries.append((query, job.before))
        units = Group(name=query.kind, units=tuple(range(30, 20, -1)), scores=tuple(range(10, 0, -1)))
        answers = self.answers or [Answer(1, 2), Answer(2, 2, dict.fromkeys(query.layers, units))]
        for answer in answers:
            self._inbox.put(("computed", token, answer))
        return token

    def stop_computing(self, lane: str) -> None:
        self.stopped += 1
        if lane == TakeSteps.lane:
            self._taking = 0
        self.lanes.append(lane)

    def configure(self, device: str, precision: str) -> None:
        self.choices.append((device, precision))
        self.status.emit(Status("restarting", "The engine restarts."))

    def close(self) -> None:
        if self._thread.is_alive():
            self._inbox.put(("close", 0, None))
            self._thread.join(5)

    def _run(self) -> None:
        self.status.emit(Status("ready", "", "cpu", "Fake", ("resnet18", "squeezenet1_0", "vgg16"), ("cpu",)))
        while True:
            kind, token, session = self._inbox.get()
            if kind == "close":
                return
            if kind == "submit" and any(k == "submit" for k, _, _ in list(self._inbox.queue)):
                continue
            sleep(self.delay)
            self._answer(kind, token, session)

    def _answer(self, kind: str, token: int, session: Any) -> None:
        if kind == "computed":
            self.computed.emit(token, session)
            return
        if kind == "take":
            self._take(token, session)
            return
        failure = self._judge(session, kind)
        if failure is not None and kind == "submit":
            self.failed.emit(failure)
        elif failure is not None:
            self.refused.emit(token, failure)
        elif kind == "submit":
            self.evaluated.emit(evaluate(session, next(self._count), self._attack(session)))
        else:
            self.accepted.emit(token, evaluate(session, next(self._count)))

    def _take(self, token: int, session: Session) -> None:
        """One answer of the job that takes an attack's steps."""
        if token != self._taking:
            return
        result, total = self._attack(session), session.attack.taken
        assert result is not None
        through = result.finished or result.taken >= total
        self.computed.emit(token, Answer(total, total, total) if through else Answer(result.taken, total))
        if not through:
            self._inbox.put(("take", token, session))

    def _attack(self, session: Session) -> AttackResult | None:
        taken, subject = session.attack.taken, PictureKey.trajectory(session)
        if not taken or self.trouble:
            return attacked(0, True, self.trouble) if taken else None
        known = self.trajectory[1] if self.trajectory[0] == subject else 0
        furthest = max(known, min(taken, known + self.pace, self.last))
        self.trajectory = (subject, furthest)
        return attacked(min(taken, furthest), finished=taken >= self.last == furthest)

    def _judge(self, session: Session, kind: str) -> Failure | None:
        custom = session.post.custom
        if custom.enabled and BAD in custom.code:
            return Failure(session, "post.custom.code", "'bad' : undeclared identifier", 2)
        if custom.enabled and SLOW in custom.code and kind == "submit":
            return Failure(session, "post.custom.code", "the code did not finish within 2 s; the engine was restarted")
        text = session.model_dump_json()
        return next((failure for name, failure in self.refusals.items() if name in text), None)


def resources() -> Resources:
    """Two pairs, two backgrounds and one family, none with pictures or weights."""
    end = SimpleNamespace(name="end", label="End")
    pairs = {
        name: SimpleNamespace(
            name=name, label=label, morph=morph, background=ground, first=end, second=end, thumbnail=Path("none.png")
        )
        for name, label, morph, ground in (
            ("dog_cat", "Dog ⇄ Cat", "Catness", "lawn"),
            ("truck_car", "Truck ⇄ Car", "Race Car-ness", "street"),
        )
    }
    grounds = {
        name: SimpleNamespace(name=name, label=name.title(), path=Path("none.png"), thumbnail=Path("none.png"))
        for name in ("lawn", "street", "grey")
    }
    return Resources(pairs, grounds, {"studio": family()})  # type: ignore[arg-type]


def family(name: str = "studio", folder: Path = Path("none")) -> Family:
    """A family of two variants: one checkpoint, and four along fine-tuning, of which the first is the other's."""

    def checkpoint(step: int, last: bool, digit: int) -> Checkpoint:
        return Checkpoint(
            name="last" if last else f"s{step}",
            file=f"w{digit}.safetensors",
            sha256=str(digit) * 64,
            step=step,
            accuracy={"clean": 0.9 + digit / 100, "pgd_l2": 0.125},
            measured={"low_frequencies": 0.25},
        )

    tuned = Models().slot2.model
    assert isinstance(tuned, FamilyModel)
    return Family(
        name=name,
        label=name.title(),
        architecture="inception_v1",
        classes=CLASSES[:2],
        license="free <for all>",
        data="seed 7",
        variants=(
            Variant(name="standard", label="Standard", checkpoints=(checkpoint(0, True, 0),)),
            Variant(
                name=tuned.variant,
                label="Tuned",
                checkpoints=tuple(checkpoint(step, step == 400, i) for i, step in enumerate((0, 100, 200, 400))),
            ),
        ),
        folder=folder,
    )
