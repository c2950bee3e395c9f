"""What the networks say of a picture: activation maps and predictions, computed only when new."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable
from dataclasses import dataclass

import numpy as np
import torch

from perturber.core.errors import InputError, PerturberError
from perturber.core.evaluation import Maps, Pixels, Prediction, SlotResult
from perturber.core.models import ModelRef, Models, Probe, Slot
from perturber.engine.device import choose_device, choose_dtype, out_of_memory
from perturber.engine.stage import Stage
from perturber.nets.models import open_model
from perturber.nets.network import Answer, Network

TOP = 5


def to_tensor(pixels: Pixels, device: torch.device) -> torch.Tensor:
    """Pixels as 1×3×H×W float32 in [0, 1], channels_last, on the device."""
    if device.type == "cpu":  # numpy does this in one vectorised pass
        return torch.from_numpy(np.multiply(pixels, np.float32(1 / 255), dtype=np.float32)).permute(2, 0, 1)[None]
    bytes_ = torch.from_numpy(pixels).to(device, non_blocking=True)
    return bytes_.to(torch.float32).mul_(1 / 255).permute(2, 0, 1)[None]


def tap_of(network: Network, layer: str, reference: tuple[str, ...]) -> str:
    """The network's tap called ``layer``, else the one at the same relative depth.

    ``reference`` are the taps of the network the layer's name comes from; a name that nobody
    knows means the middle.
    """
    if layer in network.taps:
        return layer
    depth = reference.index(layer) / max(len(reference) - 1, 1) if layer in reference else 0.5
    return network.taps[round(depth * (len(network.taps) - 1))]


def top_of(network: Network, logits: torch.Tensor) -> tuple[Prediction, ...]:
    """The five leading classes of one picture, best first. ``logits`` are 1×classes."""
    values = logits[0].float()
    probabilities = values.softmax(0)
    best = values.topk(min(TOP, values.numel())).indices.tolist()
    return tuple(
        Prediction(network.labels.wnids[i], network.labels.names[i], float(values[i]), float(probabilities[i]))
        for i in best
    )


def maps_of(tap: str, activations: torch.Tensor, probe: Probe) -> Maps:
    """The shown units of one layer. ``activations`` are 1×C×h×w."""
    layer = activations[0]
    units = probe.shown(layer.shape[0])
    values = layer[list(units)].float().cpu().numpy()
    return Maps(tap, units, np.ascontiguousarray(values), float(layer.float().std()), layer.shape[0])


@dataclass(frozen=True, eq=False)
class View:
    """The picture that is looked at, and what is asked about it. ``key`` identifies the pixels."""

    pixels: Pixels
    key: Hashable
    probe: Probe


class Observer:
    """Runs the slots' networks on a picture; remembers the last run of each model."""

    def __init__(self, device: str = "auto", precision: str = "auto") -> None:
        self.device = choose_device(device)
        self.dtype = choose_dtype(precision)
        self.notices: list[str] = []
        self.blocks_run: Counter[str] = Counter()
        self._answers: dict[ModelRef, tuple[Hashable, Answer]] = {}
        self._tensor: Stage[torch.Tensor] = Stage()
        self._broken: dict[ModelRef, str] = {}

    def observe(self, view: View, models: Models, strict: bool = False) -> tuple[SlotResult, ...]:
        """The answer of every slot.

        With ``strict`` a model that cannot be opened raises its InputError, unless it is already
        known to be broken; otherwise the slot's result carries the problem.
        """
        results = []
        reference: tuple[str, ...] = ()
        for name, slot in models.items():
            if slot.model in self._broken:
                results.append(SlotResult(name, label_of(slot.model), (), problem=self._broken[slot.model]))
                continue
            try:
                network = self._open(slot.model)
                if view.probe.layer in network.taps:
                    reference = network.taps
                tap = tap_of(network, view.probe.layer, reference) if slot.activations and network.taps else None
                results.append(self._result(name, slot, network, view, tap))
            except PerturberError as error:
                if strict:
                    raise
                # A model that failed is not tried again with every frame: a download may time out.
                self._broken[slot.model] = str(error)
                results.append(SlotResult(name, label_of(slot.model), (), problem=str(error)))
        used = {slot.model for _, slot in models.items()}
        self._broken = {ref: why for ref, why in self._broken.items() if ref in used}
        self._answers = {ref: seen for ref, seen in self._answers.items() if ref in used}
        return tuple(results)

    def _open(self, ref: ModelRef) -> Network:
        return open_model(ref, self.device, self.dtype)

    def _result(self, name: str, slot: Slot, network: Network, view: View, tap: str | None) -> SlotResult:
        if tap is None and not slot.predictions:
            return SlotResult(name, label_of(slot.model), network.taps)
        answer = self._answer(slot, network, view, tap)
        with torch.inference_mode():
            maps = maps_of(tap, answer.activations[tap], view.probe) if tap else None
            top = top_of(network, answer.logits) if slot.predictions and answer.logits is not None else ()
        return SlotResult(name, label_of(slot.model), network.taps, maps, top)

    def _answer(self, slot: Slot, network: Network, view: View, tap: str | None) -> Answer:
        """Run the network as deep as needed, unless its last run on these pixels went there."""
        seen = self._answers.get(slot.model)
        if seen is not None and seen[0] == view.key:
            answer = seen[1]
            if (answer.logits is not None or not slot.predictions) and (tap is None or tap in answer.activations):
                return answer
        upto = None if slot.predictions else tap
        try:
            answer = self._run(network, view, upto, tap)
        except RuntimeError as error:
            if not out_of_memory(error) or self.device.type == "cpu":
                raise InputError(label_of(slot.model), f"the network failed: {str(error)[:300]}") from error
            self._fall_back()
            answer = self._run(self._open(slot.model), view, upto, tap)
        self._answers[slot.model] = (view.key, answer)
        return answer

    def _run(self, network: Network, view: View, upto: str | None, tap: str | None) -> Answer:
        tensor = self._tensor((view.key, self.device), lambda: to_tensor(view.pixels, self.device))
        network.on_block = self._count
        # Keeping more taps would make switching the layer free, but costs every frame some percent.
        keep = () if tap is None else (tap,)
        with torch.inference_mode():
            return network.run(tensor, upto=upto, keep=keep)

    def _fall_back(self) -> None:
        """A full accelerator makes the CPU take over."""
        self.notices.append(f"{self.device} is out of memory; the networks now run on the CPU in float32.")
        self.device, self.dtype = torch.device("cpu"), torch.float32
        self._answers.clear()
        self._tensor.clear()

    def _count(self, tap: str) -> None:
        self.blocks_run[tap] += 1


def label_of(ref: ModelRef) -> str:
    """A model's name for people."""
    if ref.kind == "architecture":
        weights = ref.weights.path.rsplit("/", 1)[-1] if ref.weights else "publisher's weights"
        return f"{ref.name} ({weights})"
    return f"{ref.variant.capitalize()}" + (f" @ {ref.checkpoint}" if ref.checkpoint else "")
