"""Networks that start in the middle: blocks that another run has computed already are not computed again.

Two networks whose first blocks hold the same weights show the same in these blocks, bit for bit, as
long as both are computed on the same share of the cores.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from concurrent.futures import CancelledError, Future

from torch import Tensor

from perturber.nets.architectures.architecture import PRE, NetworkOutput
from perturber.nets.architectures.network import Network

Activations = dict[str, Tensor]
"""By tap."""


def common(one: Network, other: Network) -> int:
    """How many taps of two networks, from the first on, show the same of any picture."""
    if not (one.architecture.resumable and other.architecture.resumable):
        return 0
    count = 0
    for tap in one.taps:
        if tap not in other.parts or one.parts[tap] != other.parts[tap]:
            break
        count += 1
    return count


class Route:
    """One network's way through a frame: where it starts, where others wait for it, where it ends."""

    def __init__(self, network: Network, upto: str | None, keep: Collection[str]) -> None:
        self.network, self.upto, self.keep = network, upto, keep
        self._start = ""
        self._given: Callable[[], Activations] = dict
        self._promised: dict[str, Future[Activations]] = {}

    @property
    def depth(self) -> int:
        """How many taps it passes."""
        return len(self.network.taps) if self.upto is None else self.network.taps.index(self.upto) + 1

    def follow(self, seen: Iterable[tuple[Network, NetworkOutput]], earlier: Iterable[Route]) -> None:
        """Start as deep as the answers of earlier runs allow, or routes that begin before this one."""
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
        """Waits for the activations up to a tap; there are none when the run failed before."""
        future = self._promised.setdefault(tap, Future())

        def wait() -> Activations:
            try:
                return future.result()
            except CancelledError:
                return {}

        return wait

    def run(self, picture: Callable[[], Tensor]) -> NetworkOutput:
        """Run the network on a picture of 1×3×H×W pixels in [0, 1]; raises what it, or giving the picture, raises."""
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
        """Run on from a tap (empty is the beginning) to another one, or to the end."""
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
        """The taps up to a depth, and those of them that are to be kept before their ReLU."""
        taps = self.network.taps[:depth]
        return (*taps, *(tap for tap in self.keep if tap.endswith(PRE) and tap.removesuffix(PRE) in taps))

    def _holds(self, activations: Activations, depth: int) -> bool:
        return all(tap in activations for tap in self._wanted(depth))
