"""When to ask again: a steady period, and after failures longer and longer waits.

The n-th failure in a row waits period * 2^n, at most longest_s, less a share of it that the source's name and n decide:
many watchers that lost a service together do not come back together, and the same run waits the same. What the service
asks for (Retry-After) is kept to, up to longest_s.
"""

from __future__ import annotations

import dataclasses
import zlib

SPREAD_FRAC = 0.25


@dataclasses.dataclass
class Pace:
    """The waits of one source. period_s between good answers; longest_s at most."""

    name: str
    period_s: float
    longest_s: float
    n_failures: int = 0

    def good(self) -> float:
        """The wait after an answer."""
        self.n_failures = 0
        return self.period_s

    def bad(self, asked_s: float = 0.0) -> float:
        """The wait after a failure; `asked_s` what the service asked for."""
        self.n_failures += 1
        wait = min(self.period_s * 2.0 ** min(self.n_failures, 30), self.longest_s)
        share = zlib.crc32(f"{self.name}/{self.n_failures}".encode()) / 2.0**32
        return max(self.period_s, wait * (1.0 - SPREAD_FRAC * share), min(asked_s, self.longest_s))
