"""How a source's clock stands to ours: from the ages of its messages, time of arrival less the time they claim.

An age is a delay less what the source's clock is ahead. A delay is never negative, and most messages of a line take
about its shortest, so the lowest ages tell the clock best: `ahead_s` is minus their LOW quantile over the last
WINDOW_S. A clock that is ahead by more than the line's shortest delay is seen for certain; one that is behind cannot be
told from a slow line, which `word` says.

Source: the minimum filter of NTP (RFC 5905, 10), for one direction.
"""

from __future__ import annotations

import dataclasses

import numpy as np

from flightward.model import F64

WINDOW_S = 300.0
KEPT = 1_000
LOW, HIGH = 0.05, 0.95
SURE_S = 0.5
"""Less than this is taken as right: lines on one site are faster, and clocks kept by NTP closer."""
SOURCES_MAX = 256


@dataclasses.dataclass(frozen=True)
class ClockOffset:
    """ahead_s: the source's clock ahead of ours (negative: behind, or delayed); spread_s from low to high ages."""

    ahead_s: float
    spread_s: float
    n: int

    @property
    def word(self) -> str:
        """ahead, late (behind or delayed), or right."""
        return "ahead" if self.ahead_s > SURE_S else "late" if self.ahead_s < -SURE_S else "right"


class Clock:
    """The newest ages of one source."""

    def __init__(self) -> None:
        self._age_s = np.empty(KEPT)
        self._t_rx_s = np.empty(KEPT)
        self._n = 0

    def take(self, age_s: F64, t_rx_s: F64) -> None:
        """Note (N,) ages and times of arrival; those that are not finite say nothing."""
        good = np.isfinite(age_s) & np.isfinite(t_rx_s)
        age_s, t_rx_s = age_s[good][-KEPT:], t_rx_s[good][-KEPT:]
        at = (self._n + np.arange(len(age_s))) % KEPT
        self._age_s[at], self._t_rx_s[at] = age_s, t_rx_s
        self._n += len(age_s)

    def offset(self) -> ClockOffset | None:
        """The estimate; None before anything was heard."""
        n = min(self._n, KEPT)
        if not n:
            return None
        fresh = self._t_rx_s[:n] >= self._t_rx_s[:n].max() - WINDOW_S
        ages = self._age_s[:n][fresh]
        low, high = np.quantile(ages, [LOW, HIGH])
        return ClockOffset(float(-low), float(high - low), len(ages))


class Clocks:
    """Clocks by the name of who keeps them; beyond SOURCES_MAX no new ones are begun."""

    def __init__(self) -> None:
        self._clocks: dict[str, Clock] = {}

    def take(self, name: str, age_s: F64, t_rx_s: F64) -> None:
        """Note ages of one source."""
        if name in self._clocks or len(self._clocks) < SOURCES_MAX:
            self._clocks.setdefault(name, Clock()).take(age_s, t_rx_s)

    def offsets(self) -> dict[str, ClockOffset]:
        """The estimates there are, by name."""
        found = {name: clock.offset() for name, clock in self._clocks.items()}
        return {name: offset for name, offset in found.items() if offset is not None}
