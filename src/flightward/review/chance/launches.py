"""A check that counts launch groups, not drones: Fisher's exact test of region x window."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
from scipy import stats

from flightward.review.chance.presence import NO_GROUP, Presence
from flightward.review.chance.windows import Window

GAP_S = 300.0


@dataclasses.dataclass(frozen=True)
class LaunchCheck:
    """p: one-sided mid-p.   ratio: odds ratio of the table (inf, NaN possible).   table: in the region and in the
    window; in the region at other times; elsewhere in the window; elsewhere at other times."""

    p: float
    ratio: float
    table: tuple[int, int, int, int]
    inferred: bool


def launch_check(table: Presence, region: int, window: Window, *, inferred: bool = False) -> LaunchCheck | None:
    """The check, or None where no launch group is known, or one row or column of the table is empty.

    A group is one in each region in which it was; in the window if any of its drones was. inferred: the groups were
    made by group_by_gaps. Groups are held to be independent of each other: a launch is one act.
    """
    known = table.group != NO_GROUP
    inside = (table.first_s < window.to_s) & (table.last_s >= window.from_s)
    pair = table.group[known] * len(table.regions) + table.region[known]
    pairs, row = np.unique(pair, return_inverse=True)
    in_window = np.zeros(len(pairs), bool)
    np.logical_or.at(in_window, row, inside[known])
    here = pairs % len(table.regions) == region
    a, b = int(np.sum(here & in_window)), int(np.sum(here & ~in_window))
    c, d = int(np.sum(~here & in_window)), int(np.sum(~here & ~in_window))
    if min(a + b, c + d, a + c, b + d) == 0:
        return None
    law = stats.hypergeom(a + b + c + d, a + b, a + c)
    p = float(law.sf(a) + 0.5 * law.pmf(a))
    ratio = a * d / (b * c) if b * c else math.inf if a * d else math.nan
    return LaunchCheck(min(p, 1.0), ratio, (a, b, c, d), inferred)


def group_by_gaps(table: Presence, gap_s: float = GAP_S) -> Presence:
    """The table with launch groups where none were told: arrivals in one region no more than gap_s apart are one.

    Two launches that arrive together become one: the check then has fewer groups and shows less, not more.
    """
    group = np.full(len(table), NO_GROUP, np.int64)
    n = 0
    for region in range(len(table.regions)):
        rows = np.flatnonzero(table.region == region)
        rows = rows[np.argsort(table.first_s[rows], kind="stable")]
        if len(rows):
            new = np.concatenate([[0], np.cumsum(np.diff(table.first_s[rows]) > gap_s)])
            group[rows] = n + new
            n += int(new[-1]) + 1
    return dataclasses.replace(table, group=group, groups=tuple(f"gap{k}" for k in range(n)))
