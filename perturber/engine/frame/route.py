"""Resume networks from activations that another run has computed, instead of running shared blocks again.

Two networks whose first blocks hold the same weights have bit-identical activations in these blocks,
provided that both run on the same share of the cores.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from concurrent.futures import CancelledError, Future

from torch import Tensor

from perturber.nets.architectures.architecture import PRE, NetworkOutput
from perturber.nets.architectures.network import Network

Activations = dict[str, Tensor]
"""Activations, 1×C×h×w by tap."""


def common(one: Network, other: Network) -> int:
    """Return how many taps of two networks, counted from the first, always have the same activations."""
    if not (one.architecture.resumable and other.architecture.resumable):
        return 0
    count = 0
    for tap in one.taps:
        if tap not in other.parts or one.parts[tap] != other.parts[tap]:
            break
        count += 1
    return count


class Route:
    """One network's run on a frame: the tap it starts after, the taps others wait for, and the tap it ends at."""

    def __init__(self, network: Network, upto: str | None, keep: Collection[str]) -> None:
        self.network, self.upto, self.keep = network, upto, keep
        self._start = ""
        self._given: Callable[[], Activations] = dict
        self._promised: dict[str, Future[Activations]] = {}

    @property
    def depth(self) -> int:
        """Number of taps up to the end of the route."""
        return len(self.network.taps) if self.upto is None else self.network.taps.index(self.upto) + 1

    def follow(self, seen: Iterable[tuple[Network, NetworkOutput]], earlier: Iterable[Route]) -> None:
        """Start as deep as finished runs, or routes started before this one, allow."""
        deepest = 0
        for network, answer in seen:
            depth = min(common(self.network, network), self.depth)
            while depth > deepest and not self._holds(answer.activations, depth):
                depth -= 1
            if depth > deepest:
                deepest, self._given = depth, answer.activations.copy
        for route in earlier:
            depth = min(common(self.network, route.network), self.depth, route.depth)
            if depth > deepest and all(tap in route.keep for tap in self._wanted(depth)):
                deepest, self._given = depth, route.promise(self.network.taps[depth - 1])
        self._start = self.network.taps[deepest - 1] if deepest else ""

    def promise(self, tap: str) -> Callable[[], Activations]:
        """Return a function that waits for the activations up to a tap; it returns none if the run fails."""
        future = self._promised.setdefault(tap, Future())

        def wait() -> Activations:
            try:
                return future.result()
            except CancelledError:
                return {}

        return wait

    def run(self, picture: Callable[[], Tensor]) -> NetworkOutput:
        """Run the network on a picture, 1×3×H×W in [0, 1]. Raises what the network or ``picture`` raises."""
        kept: Activations = {}
        try:
            pixels = picture()
            if self._start:
                known = self._given()
                kept = {tap: known[tap] for tap in self._wanted(self._depth_of(self._start)) if tap in known}
            reached = self._start if self._start in kept else ""
            for stop in sorted(self._promised, key=self._depth_of):
                reached, _ = self._advance(reached, stop, pixels, kept)
                self._promised[stop].set_result(dict(kept))
            _, logits = self._advance(reached, self.upto, pixels, kept)
            return NetworkOutput(kept, logits)
        finally:
            for future in self._promised.values():
                future.cancel()

    def _advance(self, reached: str, stop: str | None, pixels: Tensor, kept: Activations) -> tuple[str, Tensor | None]:
        """Run from a tap (empty: the beginning) to another one, or to the end."""
        if stop is not None and reached and self._depth_of(stop) <= self._depth_of(reached):
            return reached, None
        if reached:
            answer = self.network.resume(reached, kept[reached], stop, self.keep)
        else:
            answer = self.network.run(pixels, stop, self.keep)
        kept |= answer.activations
        return stop or "", answer.logits

    def _depth_of(self, tap: str) -> int:
        return self.network.taps.index(tap) + 1

    def _wanted(self, depth: int) -> tuple[str, ...]:
        """Return the taps up to a depth, and the kept pre-ReLU readings among them."""
        taps = self.network.taps[:depth]
        return (*taps, *(tap for tap in self.keep if tap.endswith(PRE) and tap.removesuffix(PRE) in taps))

    def _holds(self, activations: Activations, depth: int) -> bool:
        return all(tap in activations for tap in self._wanted(depth))
