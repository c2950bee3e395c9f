"""Compute the networks' activation maps and predictions for a picture, only when they are new."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import torch
from torch.nn import functional as F

from perturber.core.errors import InputError, PerturberError
from perturber.core.evaluation import Maps, Pixels, Prediction, SlotResult
from perturber.core.session.models import ModelRef, Models, Probe, ShownSlot, Slot
from perturber.engine.device import choose_device, choose_dtype, out_of_memory
from perturber.engine.frame.crew import Crew
from perturber.engine.frame.observation import Graph, Observation
from perturber.engine.frame.route import Route
from perturber.engine.frame.stage import Stage
from perturber.nets.architectures.architecture import PRE, NetworkOutput
from perturber.nets.architectures.network import Network
from perturber.nets.open_model import open_model

Ran = tuple[NetworkOutput, Graph | None]
"""A run's output, detached, and its autograd graph if requested."""
TOP = 5
OVERVIEW = 56
"""Largest side of the maps of a whole layer."""


def to_tensor(pixels: Pixels, device: torch.device) -> torch.Tensor:
    """Convert pixels to 1×3×H×W float32 in [0, 1], channels_last, on the device."""
    if device.type == "cpu":  # numpy does this in one vectorized pass
        return torch.from_numpy(np.multiply(pixels, np.float32(1 / 255), dtype=np.float32)).permute(2, 0, 1)[None]
    bytes_ = torch.from_numpy(pixels).to(device, non_blocking=True)
    return bytes_.to(torch.float32).mul_(1 / 255).permute(2, 0, 1)[None]


def tap_of(network: Network, layer: str, reference: tuple[str, ...]) -> str:
    """Return the network's tap called ``layer``, else the one at the same relative depth.

    ``reference`` are the taps of the network that the layer's name comes from; an unknown name means
    the middle.
    """
    if layer in network.taps:
        return layer
    depth = reference.index(layer) / max(len(reference) - 1, 1) if layer in reference else 0.5
    return network.taps[round(depth * (len(network.taps) - 1))]


def shown_layers(networks: Mapping[ModelRef, Network], probe: Probe) -> dict[ModelRef, str]:
    """Return the tap to show for each network; networks without taps are left out."""
    reference = next((network.taps for network in networks.values() if probe.layer in network.taps), ())
    return {ref: tap_of(network, probe.layer, reference) for ref, network in networks.items() if network.taps}


def top_of(network: Network, logits: torch.Tensor) -> tuple[Prediction, ...]:
    """Return the top five classes of one picture, best first. ``logits`` are 1×classes."""
    values = logits[0].float()
    probabilities = values.softmax(0)
    best = values.topk(min(TOP, values.numel())).indices.tolist()
    return tuple(
        Prediction(network.labels.wnids[i], network.labels.names[i], float(values[i]), float(probabilities[i]), i)
        for i in best
    )


def maps_of(tap: str, activations: torch.Tensor, probe: Probe) -> Maps:
    """Return the maps of a layer's shown units, read after or before its ReLU (mixed4a or mixed4a:pre).

    ``activations`` are 1×C×h×w. When the whole layer is shown, maps are reduced to at most `OVERVIEW` pixels a side.
    """
    layer = activations[0]
    units = probe.shown(layer.shape[0])
    shown = layer.float() if probe.whole else layer[list(units)].float()
    if probe.whole and max(shown.shape[1:]) > OVERVIEW:
        shown = F.adaptive_avg_pool2d(shown, OVERVIEW)
    values = np.ascontiguousarray(shown.cpu().numpy())
    name = tap.removesuffix(PRE)
    return Maps(name, units, values, float(layer.float().std()), layer.shape[0], before=name != tap)


@dataclass(frozen=True, eq=False)
class NetworkInput:
    """The picture that the networks receive, and what to read from their runs. ``key`` identifies the pixels."""

    pixels: Pixels
    key: Hashable
    probe: Probe
    exact: torch.Tensor | None = None
    """The unrounded picture, 1×3×H×W in [0, 1], if ``pixels`` is only a rounded version."""


@dataclass(frozen=True)
class Interest:
    """What to keep from one model's run in addition to what is shown."""

    ref: ModelRef
    tap: str | None = None
    """A tap to keep; an empty name means the last one."""
    gradients: bool = False
    """Keep the autograd graph, for the gradient of a logit with respect to the pixels."""


@dataclass(frozen=True)
class Task:
    """One model's work for a frame: run up to ``upto`` (None: to the end) and keep ``tap``.

    ``tap`` is a tap's name, with ``:pre`` appended for its values before the ReLU.
    ``also`` and ``gradients`` are kept if the model runs, but do not cause another run.
    """

    network: Network
    upto: str | None
    tap: str | None
    also: str | None = None
    gradients: bool = False

    def answered_by(self, seen: PastRun) -> bool:
        """Whether an earlier run on the same pixels had the same weights and went deep enough."""
        answer = seen.answer
        deep = self.upto is not None or answer.logits is not None
        kept = self.tap is None or self.tap in answer.activations
        return deep and kept and seen.network.parts == self.network.parts

    def route(self, all_taps: bool = False) -> Route:
        """Return the route of the run that does this work, from the first block.

        Keeping all taps makes it free to switch the layer or edit, but slows each frame by a few percent.
        """
        wanted = dict.fromkeys(tap for tap in (self.tap, self.also) if tap is not None)
        every = self.network.taps if all_taps and self.network.architecture.resumable else ()
        return Route(self.network, self.upto, (*every, *(tap for tap in wanted if tap not in every)))


@dataclass(frozen=True, eq=False)
class PastRun:
    """A network's output for a picture. ``stamp`` identifies the pixels and how it was computed."""

    stamp: Hashable
    network: Network
    answer: NetworkOutput


class Observer:
    """Runs the slots' networks on a picture and caches the last run of each model."""

    def __init__(self, device: str = "auto", precision: str = "auto") -> None:
        self.device = choose_device(device)
        self.dtype = choose_dtype(precision)
        self.notices: list[str] = []
        self.tell: Callable[[str], None] | None = None
        """Told what a person should know about each network that is opened."""
        self.blocks_run: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._crew = Crew()
        self._answers: dict[ModelRef, PastRun] = {}
        self._tensor: Stage[torch.Tensor] = Stage()
        self._broken: dict[ModelRef, str] = {}
        self._unopened: set[ModelRef] = set()  # of the broken ones

    def observe(
        self, view: NetworkInput, models: Models, strict: bool = False, interest: Interest | None = None
    ) -> Observation:
        """Run each slot's network on a picture; ``interest`` says what else to keep from the runs.

        A model that cannot be opened raises InputError if ``strict``, unless it is already known to be
        broken; otherwise the slot's result holds the problem.
        """
        used = _used(models)
        self._broken = {ref: why for ref, why in self._broken.items() if ref in used}
        self._unopened &= self._broken.keys()
        networks = self._open_all(used, strict)
        layers = shown_layers(networks, view.probe)
        tasks = self._tasks(models, networks, view.probe, layers)
        if interest is not None and interest.ref in tasks:
            tasks[interest.ref] = interested(tasks[interest.ref], interest)
        stamp, graphs = self._run_all(tasks, view, models.edited.enabled, strict)
        # Only now, because an edited model may resume from the run of its previous version.
        self._answers = {ref: seen for ref, seen in self._answers.items() if ref in used}
        results = (self._result(name, slot, networks, tasks, view) for name, slot in models.items())
        refs = (slot.model for _, slot in models.items())
        shown = tuple(
            replace(result, layer=layers[ref], channels=networks[ref].channels[layers[ref]])
            if ref in layers
            else result
            for ref, result in zip(refs, results, strict=True)
        )
        # The last run of a model without a task may have been on another picture.
        seen = {ref: run.answer for ref, run in self._answers.items() if run.stamp == stamp}
        logits = {ref: answer.logits for ref, answer in seen.items() if answer.logits is not None}
        activations = {ref: answer.activations for ref, answer in seen.items()}
        return Observation(shown, networks, logits, activations, graphs)

    def broken(self, ref: ModelRef) -> bool:
        """Whether a model in use is known to fail."""
        return ref in self._broken

    def check(self, models: Models) -> None:
        """Open all models. Raises InputError for one that cannot be opened, unless it is already known to be broken."""
        self._open_all(_used(models), strict=True)

    def network(self, ref: ModelRef) -> Network:
        """Open a model's network on the observer's device. Raises as `open_model` does."""
        return self._open(ref)

    def _open_all(self, refs: Iterable[ModelRef], strict: bool) -> dict[ModelRef, Network]:
        opened = {}
        for ref in refs:
            # A failed model is not tried again with every frame or edit: a download may take long to time out.
            source = next((base for base in bases(ref) if base in self._unopened), None)
            if source is not None:
                self._broken[ref] = self._broken[source]
            if ref in self._broken:
                continue
            try:
                opened[ref] = self._open(ref)
            except PerturberError as error:
                if strict:
                    raise
                self._broken[ref] = str(error)
                self._unopened.add(ref)
        return opened

    def _open(self, ref: ModelRef) -> Network:
        network, tell = open_model(ref, self.device, self.dtype), self.tell
        if tell is not None:
            for notice in network.notices:
                tell(notice)
        return network

    def _tasks(
        self, models: Models, networks: dict[ModelRef, Network], probe: Probe, layers: dict[ModelRef, str]
    ) -> dict[ModelRef, Task]:
        """Return the task of each model in use; two slots with the same model share one run."""
        tasks: dict[ModelRef, Task] = {}
        for slot in (slot for _, slot in models.items()):
            network = networks.get(slot.model)
            layer = layers.get(slot.model) if slot.activations and probe.activations else None
            if network is None or not (slot.predictions or layer):
                continue
            other = tasks.get(slot.model)
            before = probe.before and layer in network.architecture.before
            tap = layer if layer is None or not before else layer + PRE
            tap = tap if tap is not None or other is None else other.tap
            whole = slot.predictions or (other is not None and other.upto is None)
            tasks[slot.model] = Task(network, None if whole or tap is None else tap.removesuffix(PRE), tap)
        return tasks

    def _run_all(
        self, tasks: dict[ModelRef, Task], view: NetworkInput, edited: bool, strict: bool
    ) -> tuple[Hashable, dict[ModelRef, Graph]]:
        """Run, in parallel, the tasks that cached runs do not cover; return their stamp and the requested graphs.

        With an edited model each network keeps all its taps, and skips the blocks whose activations are
        known from cached runs on the same picture or come from a run started before it.
        """
        device = self.device
        stamp = (view.key, self._crew.share(len(tasks), device), str(device))
        known = {ref: seen for ref, seen in self._answers.items() if seen.stamp == stamp}
        due = {ref: task for ref, task in tasks.items() if ref not in known or not task.answered_by(known[ref])}
        routes: list[Route] = []
        graphs: dict[ModelRef, Graph] = {}
        for task in due.values():
            route = task.route(edited)
            if edited and not task.gradients:
                route.follow([(seen.network, seen.answer) for seen in known.values()], routes)
            routes.append(route)
        jobs = [partial(self._run, r, view, task.gradients) for r, task in zip(routes, due.values(), strict=True)]
        done = self._crew.run(jobs, len(tasks), device)
        for (ref, task), outcome in zip(due.items(), done, strict=True):
            try:
                answer, graph = self._checked(ref, task, view, outcome, device)
                self._answers[ref] = PastRun(stamp, task.network, answer)
                if graph is not None:
                    graphs[ref] = graph
            except InputError as error:
                if strict:
                    raise
                self._broken[ref] = str(error)
        return stamp, graphs

    def _checked(
        self, ref: ModelRef, task: Task, view: NetworkInput, outcome: Ran | Exception, device: torch.device
    ) -> Ran:
        """Return the outcome of a run; if the accelerator ran out of memory, run again on the CPU."""
        if not isinstance(outcome, Exception):
            return outcome
        if isinstance(outcome, InputError):
            raise outcome
        if not out_of_memory(outcome) or device.type == "cpu":
            raise InputError(label_of(ref), f"the network failed: {str(outcome)[:300]}") from outcome
        if self.device == device:
            self.notices.append(f"{device} is out of memory; the networks now run on the CPU in float32.")
            self.device, self.dtype = torch.device("cpu"), torch.float32
        return self._run(replace(task, network=self._open(ref)).route(), view, task.gradients)

    def _run(self, route: Route, view: NetworkInput, gradients: bool) -> Ran:
        route.network.on_block = self._count
        if not gradients:
            with torch.inference_mode():
                return route.run(partial(self._pixels, view)), None
        with torch.inference_mode(False), torch.enable_grad():
            pixels = self._pixels(view).detach().requires_grad_()
            answer = route.run(lambda: pixels)
        assert answer.logits is not None  # gradients are kept only in runs to the end
        kept = {tap: maps.detach() for tap, maps in answer.activations.items()}
        return NetworkOutput(kept, answer.logits.detach()), Graph(answer.logits, pixels)

    def _pixels(self, view: NetworkInput) -> torch.Tensor:
        with self._lock, torch.inference_mode(False):
            if view.exact is not None:
                return view.exact.to(self.device, memory_format=torch.channels_last)
            return self._tensor((view.key, self.device), lambda: to_tensor(view.pixels, self.device))

    def _result(
        self,
        name: str,
        slot: Slot | ShownSlot,
        networks: dict[ModelRef, Network],
        tasks: dict[ModelRef, Task],
        view: NetworkInput,
    ) -> SlotResult:
        label, ref = label_of(slot.model), slot.model
        if ref in self._broken:
            return SlotResult(name, label, (), problem=self._broken[ref])
        network = networks[ref]
        result = SlotResult(name, label, network.taps, architecture=network.key)
        if ref not in tasks:
            return result
        answer, tap = self._answers[ref].answer, tasks[ref].tap
        with torch.inference_mode():
            shown = tap is not None and slot.activations and view.probe.activations
            maps = maps_of(tap, answer.activations[tap], view.probe) if tap and shown else None
            top = top_of(network, answer.logits) if slot.predictions and answer.logits is not None else ()
        return replace(result, maps=maps, top=top)

    def _count(self, tap: str) -> None:
        with self._lock:
            self.blocks_run[tap] += 1


def interested(task: Task, interest: Interest) -> Task:
    """Return the task with what ``interest`` asks to keep."""
    taps = task.network.taps
    tap = taps[-1] if interest.tap == "" and taps else interest.tap
    gradients = interest.gradients and task.upto is None
    return replace(task, also=tap if tap in task.network.channels else None, gradients=gradients)


def _used(models: Models) -> dict[ModelRef, None]:
    """Return the models of all slots, each once."""
    return dict.fromkeys(slot.model for _, slot in models.items())


def bases(ref: ModelRef) -> tuple[ModelRef, ...]:
    """Return the model itself and the models that its weights are made from."""
    if ref.kind != "edited":
        return (ref,)
    return (ref, ref.first, ref.second) if ref.edit.mix else (ref, ref.first)


def label_of(ref: ModelRef) -> str:
    """Return a model's display name."""
    if ref.kind == "edited":
        return "Edited"
    if ref.kind == "architecture":
        weights = ref.weights.path.rsplit("/", 1)[-1] if ref.weights else "publisher's weights"
        return f"{ref.name} ({weights}{', ' * bool(ref.weights_key)}{ref.weights_key})"
    return f"{ref.variant.capitalize()}" + (f" @ {ref.checkpoint}" if ref.checkpoint else "")
