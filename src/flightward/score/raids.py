"""The raids against the truth: do their numbers last, are splits and merges told, do count and extent fit.

Judged twice: by how the drones truly fly together (`flown`, raid_groups.py), and by the truth's own raid_id
(`declared`), which two streams on one way keep apart and a raid that has parted for good keeps together. A group's raid
is the one in which most of its tracked members are.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.compute as pc
import shapely
from numpy.typing import NDArray

from flightward.errors import BadInput
from flightward.score import tables
from flightward.score.day import F64, Day
from flightward.score.pairing import best, near_pairs
from flightward.score.raid_groups import I64, STEP_S, WAY_S, Event, Groups, Paths, drone_paths, true_groups

PAIR_M = 1_000.0
EXTENT_EVERY = 6
"""Extents are compared at every so many instants."""
MARGIN_M, QUARTER = 1_000.0, 16
FEW = 3
"""Groups of fewer are counted apart: one drone of one is always right."""
SETTLE_S = 120.0
"""A group that has just begun (a part that has split off) may change its raid so long: nobody can tell at once."""
EARLY_S, LATE_S = 120.0, 300.0
"""A stage's event may come so long before or after the true one: members cannot be told apart at once."""
TRACKS = ["t_s", "track_id", "lat_deg", "lon_deg", "p_exists", "raid_id"]
RAIDS = ["t_s", "raid_id", "n", "extent_wkb"]
BAND = ["n_lo", "n_hi"]
"""Not in the tables of older runs."""
EVENTS = ["t_s", "event", "raid_id", "other_id"]
EDGES_COUNT = np.concatenate([np.linspace(0.0, 1.0, 201), [np.inf]])
EDGES_IOU = np.linspace(0.0, 1.0, 201)


@dataclass(frozen=True)
class Said:
    """What the run says: `raid` (T, O) the raid number of the track of each true drone, -1 none; `rows` of
    raids.parquet and where each (instant, raid) stands in them; `names` of the numbers."""

    raid: I64
    rows: tables.Columns
    row_of: dict[tuple[int, int], int]
    names: dict[str, int]


def score_raids(day: Day, out: Path) -> dict[str, Any]:
    """Figures per truth: switches, events, count and extent; sums that many days can be added from."""
    step_s = STEP_S * max(1, round(len(day.truth.drones()) / 300))
    paths = drone_paths(day, step_s)
    said = _said(day, out, paths)
    flown = true_groups(paths)
    result: dict[str, Any] = {"step_s": step_s}
    for name, label in (("flown", flown.label), ("declared", _declared(day, flown, paths))):
        result[name] = _judged(day, label, paths, said)
    result["flown"]["events"] = _events_found(flown, said, out)
    return result


def _declared(day: Day, flown: Groups, paths: Paths) -> I64:
    """(T, O) the truth's raid of each drone in the air, -1 where it names none."""
    words = [day.truth.raid_id[c] for c in paths.columns.tolist()]
    known = {w: i for i, w in enumerate(dict.fromkeys(w for w in words if w is not None))}
    number = np.array([-1 if w is None else known[w] for w in words], dtype=np.int64)
    return np.where(flown.label >= 0, number, -1)


def _said(day: Day, out: Path, paths: Paths) -> Said:
    times = paths.times_s
    where = pc.field("t_s").isin(times.tolist())
    tracks = tables.read(out, "tracks", TRACKS, where)
    rows = tables.read(out, "raids", RAIDS, where)
    try:
        rows |= tables.read(out, "raids", BAND, where)
    except BadInput:
        rows |= {c: np.full(len(rows["n"]), np.nan) for c in BAND}
    names: dict[str, int] = {}
    keep = np.array([r is not None for r in tracks["raid_id"]], dtype=bool) & np.isfinite(tracks["lat_deg"])
    keep &= ~(tracks["p_exists"] < 0.5)
    tracks = tables.select(tracks, keep)
    number = np.array([names.setdefault(r, len(names)) for r in tracks["raid_id"]], dtype=np.int64)
    raid = np.full(paths.e_m.shape, -1, dtype=np.int64)
    t, o = np.nonzero(np.isfinite(paths.e_m))
    e, n = day.frame.to_plane(tracks["lat_deg"], tracks["lon_deg"])
    at = np.searchsorted(times, tracks["t_s"])
    truth = np.column_stack([paths.e_m[t, o], paths.n_m[t, o]])
    p = best(near_pairs(at, np.column_stack([e, n]), t.astype(np.int64), truth, PAIR_M), PAIR_M)
    raid[t[p.b], o[p.b]] = number[p.a]
    at = np.searchsorted(times, rows["t_s"]).tolist()
    which = [names.setdefault(r, len(names)) for r in rows["raid_id"]]
    return Said(raid, rows, {key: i for i, key in enumerate(zip(at, which, strict=True))}, names)


def _judged(day: Day, label: I64, paths: Paths, said: Said) -> dict[str, Any]:
    """Everything but the events, for one labelling (T, O) of the true drones."""
    seen: dict[int, int] = {}
    began_s: dict[int, float] = {}
    switches, hours, agree = 0, 0.0, np.zeros(3)
    counts: list[tuple[float, ...]] = []
    extents: list[tuple[I64, int, int]] = []
    for t, group, who in _each(label):
        raids = said.raid[t, who]
        tracked = raids[raids >= 0]
        if not len(tracked):
            continue
        mine = int(np.bincount(tracked).argmax())
        since_s = began_s.setdefault(group, float(paths.times_s[t]))
        if paths.times_s[t] - since_s >= SETTLE_S:
            switches += group in seen and seen[group] != mine
            seen[group] = mine
        hours += float(paths.times_s[1] - paths.times_s[0]) / 3600.0
        row = said.row_of.get((t, mine))
        if row is not None:
            counts.append((len(who), len(tracked), *(float(said.rows[c][row]) for c in ("n", *BAND))))
            if t % EXTENT_EVERY == 0:
                extents.append((who, t, row))
    for t in range(len(label)):
        agree += _agreement(label[t], said.raid[t])
    return {
        "switches": switches, "raid_h": hours, "switches_per_h": switches / hours if hours else None,
        "pairs": {"both": int(agree[0]), "said_only": int(agree[1]), "true_only": int(agree[2])},
        "pairs_f1": float(2 * agree[0] / (2 * agree[0] + agree[1] + agree[2])) if agree[0] else None,
        **_count_figures(counts), **_extent_figures(day, extents, paths, said),
    }  # fmt: skip


def _each(label: I64) -> Iterator[tuple[int, int, I64]]:
    """(instant, group, members) of every group at every instant."""
    for t in range(len(label)):
        for group in np.unique(label[t][label[t] >= 0]).tolist():
            yield t, group, np.flatnonzero(label[t] == group)


def _agreement(label: I64, raid: I64) -> F64:
    """Pairs of tracked drones that are together in both, in the run only, in the truth only."""
    both = (label >= 0) & (raid >= 0)
    a, b = label[both], raid[both]

    def pairs(key: I64) -> float:
        n = np.unique(key, return_counts=True)[1].astype(float)
        return float((n * (n - 1.0) / 2.0).sum())

    together = pairs(a * (int(b.max(initial=0)) + 1) + b)
    return np.array([together, pairs(b) - together, pairs(a) - together])


def _count_figures(counts: list[tuple[float, ...]]) -> dict[str, Any]:
    """Relative error of n, of groups of FEW and more and of all; histograms that add up over days.

    A band holds the true number if it does after rounding to whole drones.
    """
    true_n, tracked, said_n, low, high = np.array(counts, dtype=np.float64).reshape(-1, 5).T
    error = np.abs(said_n - true_n) / true_n
    many = true_n >= FEW
    return {
        "count_error_median": _median(error[many]), "count_error_median_all": _median(error),
        "count_bias": float(said_n[many].sum() / true_n[many].sum() - 1.0) if many.any() else None,
        "tracked_frac": float(tracked[many].sum() / true_n[many].sum()) if many.any() else None,
        "n": int(many.sum()), "n_banded": int(np.count_nonzero(many & np.isfinite(high))),
        "n_in_band": int(np.count_nonzero(many & (true_n >= np.floor(low)) & (true_n <= np.ceil(high)))),
        "count_error_bins": np.histogram(error[many], EDGES_COUNT)[0].tolist(),
    }  # fmt: skip


def _extent_figures(day: Day, extents: list[tuple[I64, int, int]], paths: Paths, said: Said) -> dict[str, Any]:
    """Intersection over union of the raid's extent and the true members' convex hull, both widened by 1 km."""
    kept = [(who, t, row) for who, t, row in extents if said.rows["extent_wkb"][row] is not None]
    n = np.array([len(who) for who, _, _ in kept])
    shapes = shapely.from_wkb([said.rows["extent_wkb"][row] for _, _, row in kept])
    iou = np.zeros(len(kept))
    n_bad = 0
    if len(kept):
        flat = shapely.transform(shapes, lambda p: np.column_stack(day.frame.to_plane(p[:, 1], p[:, 0])))
        n_bad = int(np.count_nonzero(~shapely.is_valid(flat)))
        points = [shapely.MultiPoint(np.column_stack([paths.e_m[t, who], paths.n_m[t, who]])) for who, t, _ in kept]
        hull = shapely.buffer(shapely.convex_hull(points), MARGIN_M, quad_segs=QUARTER)
        flat = shapely.make_valid(flat)
        iou = shapely.area(shapely.intersection(flat, hull)) / shapely.area(shapely.union(flat, hull))
    return {
        "iou_median": _median(iou[n >= FEW]) if len(kept) else None, "iou_median_all": _median(iou),
        "iou_bins": np.histogram(iou[n >= FEW] if len(kept) else iou, EDGES_IOU)[0].tolist(),
        "extents_invalid": n_bad,
    }  # fmt: skip


def _events_found(flown: Groups, said: Said, out: Path) -> dict[str, Any]:
    """Per kind: true events, those that the run tells, and what it tells beyond; of parts of two drones and more.

    An event can be found only where both parts are tracked. None where the run wrote no raid_events.parquet.
    """
    try:
        rows = tables.read(out, "raid_events", EVENTS)
    except BadInput:
        return {"split": None, "merge": None}
    result: dict[str, Any] = {}
    for kind in ("split", "merge"):
        mine = [e for e in flown.events if e.is_split == (kind == "split")]
        first_s = float(flown.times_s[0]) + WAY_S if len(flown.times_s) else 0.0
        told = [
            (float(rows["t_s"][i]), frozenset(said.names.get(rows[c][i], -1) for c in ("raid_id", "other_id")))
            for i in np.flatnonzero((rows["event"] == kind) & (rows["t_s"] >= first_s))
        ]
        result[kind] = _matched(mine, told, flown.times_s, said)
    return result


def _matched(
    events: list[Event], told: list[tuple[float, frozenset[int]]], times_s: F64, said: Said
) -> dict[str, Any]:
    used: set[int] = set()
    figures = {"true": 0, "found": 0, "true_strays": 0, "found_strays": 0, "untracked": 0}
    delays: list[float] = []
    for event in events:
        key = "_strays" if len(event.smaller) < 2 else ""
        if not _is_tracked(event, times_s, said):
            figures["untracked"] += 1
            continue
        figures["true" + key] += 1
        near = [
            (abs(t_s - event.t_s), i) for i, (t_s, ids) in enumerate(told)
            if i not in used and -EARLY_S <= t_s - event.t_s <= LATE_S and _is_of(event, t_s, ids, times_s, said)
        ]  # fmt: skip
        if near:
            used.add(min(near)[1])
            figures["found" + key] += 1
            delays.append(told[min(near)[1]][0] - event.t_s)
    return {**figures, "told": len(told), "told_wrong": len(told) - len(used), "delay_median_s": _median(delays)}


def _is_tracked(event: Event, times_s: F64, said: Said) -> bool:
    """Whether some track of each part is in a raid when it happens."""
    t = int(np.searchsorted(times_s, event.t_s))
    return all((said.raid[t, list(part)] >= 0).any() for part in (event.larger, event.smaller))


def _is_of(event: Event, t_s: float, ids: frozenset[int], times_s: F64, said: Said) -> bool:
    """Whether a told event is about these parts: after a split, before a merge, they are in the two raids named."""
    t = int(np.searchsorted(times_s, t_s)) + (0 if event.is_split else -1)
    t = min(max(t, 0), len(times_s) - 1)
    mine = [_most(said.raid[t, list(part)]) for part in (event.larger, event.smaller)]
    return mine[0] != mine[1] and set(mine) == set(ids)


def _most(numbers: I64) -> int:
    n = numbers[numbers >= 0]
    return int(np.bincount(n).argmax()) if len(n) else -1


def _median(values: NDArray[Any] | list[float]) -> float | None:
    return float(np.median(values)) if len(values) else None


def binned_median(bins: NDArray[Any], edges: F64) -> float | None:
    """The median of what histograms hold, within its bin on a straight line."""
    total = np.cumsum(bins)
    if not len(total) or not total[-1]:
        return None
    k = int(np.searchsorted(total, 0.5 * total[-1]))
    below = float(total[k - 1]) if k else 0.0
    high = edges[k + 1] if np.isfinite(edges[k + 1]) else edges[k]
    return float(edges[k] + (high - edges[k]) * (0.5 * total[-1] - below) / max(float(bins[k]), 1.0))
