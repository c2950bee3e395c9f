"""Rates: counts out of n trials, with their confidence intervals."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import Any

Z = 1.959963984540054
"""The normal distribution's 97.5 % quantile: 95 % lie within ±Z standard deviations."""


@dataclass(frozen=True)
class Rate:
    """``count`` of ``n`` trials."""

    count: int
    n: int

    @classmethod
    def of_share(cls, share: float, n: int) -> Rate:
        """Return the rate whose rounded share of ``n`` this is."""
        return cls(round(share * n), n)

    @property
    def share(self) -> float | None:
        """The share, 0 to 1; None without trials."""
        return self.count / self.n if self.n else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """The 95 % score interval of the share, each end 0 to 1; None without trials.

        E. B. Wilson, "Probable Inference, the Law of Succession, and Statistical Inference", 1927.
        """
        if not self.n:
            return None
        share, square = self.count / self.n, Z * Z / self.n
        center = (share + square / 2) / (1 + square)
        half = Z * sqrt(share * (1 - share) / self.n + square / (4 * self.n)) / (1 + square)
        low = 0.0 if self.count == 0 else center - half
        return low, 1.0 if self.count == self.n else center + half

    @property
    def percent(self) -> str:
        """The share and interval, such as ``84.0 %, 95 % CI 75.6–89.9 %``, for a text that gives the counts itself."""
        if self.share is None or self.interval is None:
            return "–"
        low, high = self.interval
        return f"{100 * self.share:.1f} %, 95 % CI {100 * low:.1f}–{100 * high:.1f} %"

    def __str__(self) -> str:
        """Return a text such as ``84.0 % (84 of 100, 95 % CI 75.6–89.9 %)``."""
        if self.share is None or self.interval is None:
            return "– (0 of 0)"
        low, high = self.interval
        return f"{100 * self.share:.1f} % ({self.count} of {self.n}, 95 % CI {100 * low:.1f}–{100 * high:.1f} %)"

    @property
    def brief(self) -> str:
        """The share, interval and n, such as ``84.0 % (75.6–89.9, n 100)``, for tables."""
        if self.share is None or self.interval is None:
            return "–"
        low, high = self.interval
        return f"{100 * self.share:.1f} % ({100 * low:.1f}–{100 * high:.1f}, n {self.n})"

    def as_dict(self) -> dict[str, Any]:
        """Return plain data for JSON; ``rate`` and ``interval`` are null without trials."""
        interval = None if self.interval is None else [float(f"{end:.6g}") for end in self.interval]
        rate = None if self.share is None else float(f"{self.share:.6g}")
        return {"rate": rate, "count": self.count, "n": self.n, "interval": interval}
