"""How a warning went: a moment is kept when something changes and once a minute, never more than HISTORY_ROWS."""

from __future__ import annotations

import copy
import dataclasses
import math

import numpy as np

from flightward.model import WarningHistory

HISTORY_ROWS = 256
"""Kept of one warning that is on; then every second one of the older half is let go (what was told stays in tables)."""
EACH_S = 60.0
P_MOVES = 0.05
"""The probability has changed when it is this far from the one kept last ..."""
N_MOVES_FRAC = 0.1
"""... the number of drones when it is this share away ..."""
NOT_SOONER_S = 5.0
"""... and neither is kept sooner than this after the last; a level or a reason is, at once."""
_NOTHING = WarningHistory.empty(t_s=0.0)


@dataclasses.dataclass(frozen=True)
class Moment:
    """A warning at one second: NaN and NONE unknown."""

    t_s: float
    p: float
    level: int
    reason: int
    n: int


class History:
    """The kept moments of one warning, oldest first."""

    def __init__(self) -> None:
        self.kept: list[Moment] = []

    def hear(self, t_s: float, p: float, level: int, reason: int, n: int, *, is_last: bool = False) -> Moment | None:
        """Keep how it is now if that is worth it; what is kept, None if it was not."""
        if self.kept and not is_last and not _is_news(self.kept[-1], t_s, p, level, reason, n):
            return None
        if len(self.kept) >= HISTORY_ROWS:
            half = HISTORY_ROWS // 2
            self.kept = self.kept[:half:2] + self.kept[half:]
        now = Moment(t_s, p, level, reason, n)
        self.kept.append(now)
        return now


def _is_news(last: Moment, t_s: float, p: float, level: int, reason: int, n: int) -> bool:
    dt_s = t_s - last.t_s
    if level != last.level or reason != last.reason or dt_s >= EACH_S:
        return True
    if dt_s < NOT_SOONER_S:
        return False
    if math.isnan(p) != math.isnan(last.p) or abs(p - last.p) >= P_MOVES:
        return True
    return abs(n - last.n) > N_MOVES_FRAC * max(last.n, 1)


def batch(t_s: float, notes: list[tuple[int, Moment]]) -> WarningHistory:
    """The moments of one second, with the numbers of their warnings."""
    if not notes:
        nothing = copy.copy(_NOTHING)
        object.__setattr__(nothing, "t_s", t_s)
        return nothing
    return WarningHistory(
        t_s=t_s, warning=np.array([number for number, _ in notes], dtype=np.int64),
        at_s=np.array([m.t_s for _, m in notes], dtype=np.float64),
        p=np.array([m.p for _, m in notes], dtype=np.float64),
        level=np.array([m.level for _, m in notes], dtype=np.int8),
        reason=np.array([m.reason for _, m in notes], dtype=np.int8),
        n=np.array([m.n for _, m in notes], dtype=np.int64),
    )
