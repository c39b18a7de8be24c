"""The data of the moving map: everything that its script draws, as short JSON."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from flightward.review.chart_map import drones_of, extent, moment, near_tracks
from flightward.review.charts import window
from flightward.review.evidence import Columns
from flightward.review.findings import Findings
from flightward.review.page.land import land
from flightward.review.page.pack import flat, packed
from flightward.review.scene import F64
from flightward.review.story import Story

MOST_NUMBERS = 900_000
STEPS_S = (5, 10, 20, 30, 60)
RAID_EVERY_S = 30.0
TAIL_S = 300.0
LAND_WIDER = 1.5
BEFORE_S = 600.0
_NUMBERS_PER_STEP = 3


def map_data(s: Story, base_map: Path | None) -> dict[str, Any]:
    """All that the map's script needs. Times are seconds after `start`, positions in steps of 10 m on the plane."""
    f = s.f
    start, end = window(f)
    t = sample_times(f) - start
    step = round(t[1] - t[0]) if len(t) > 1 else STEPS_S[0]
    rows = np.clip(np.rint(start + t - f.path.t_s[0]).astype(np.int64), 0, len(f.path.t_s) - 1)
    box, scene = _box(f), f.evidence.scene
    return {
        "start": start, "step": step, "n": len(t), "at": round(_opens_at(f) - start),
        "box": [round(x / 10) for x in box],
        "raid_m": f.cfg.raid_radius_m, "tail": TAIL_S, "flight": _flight(s, rows, step),
        "truth": _drones(f.evidence.drones_truth, start, t) if f.by_truth is not None else [],
        "picture": _drones(f.evidence.drones, start, t),
        "raids": _raids(s, start, end), "zones": _zones(s, start), "alerts": _alerts(s, start, end),
        "sensors": _sensors(s),
        "sites": [[x.title or x.place_id, round(x.e_m / 10), round(x.n_m / 10)] for x in scene.sites],
        "plan": flat(scene.flight.e_m, scene.flight.n_m), "advised": _advised(s),
        "false": _false(f, start),
        "levels": [[round(x.start_s - start), round(x.end_s - start), x.word] for x in f.shown],
        "land": land(base_map, scene, _wider(box)), "who": s.who, "lang": s.lang,
        "words": _words(s),
    }  # fmt: skip


def _opens_at(f: Findings) -> float:
    """The moment that the map opens at: of the still; where false positions are what there is to see, a minute in."""
    false = f.false_reports()
    seen = math.isnan(f.caught_s) and f.best.closest() is None and not f.alarms and len(false) > 0
    return moment(f) + (60.0 if seen else 0.0)


def sample_times(f: Findings) -> F64:
    """The moments that the map holds, POSIX s."""
    start, end = window(f)
    return start + np.arange(0.0, end - start + 1e-6, _step(f, end - start))


def _words(s: Story) -> dict[str, str]:
    keys = ("play", "pause", "read_none", "read_nearest", "read_near", "read_unknown", "read_ground")
    levels = {x: s.level(x) for x in ("CLEAR", "ADVISORY", "BLIND", "CAUTION", "WARNING")}
    return {**{k: s.say(k) for k in keys}, **levels, "CAUGHT": s.say("ev_caught")}


def _step(f: Findings, length_s: float) -> int:
    """The finest step whose map is not too large to carry."""
    ids = 1
    for rows in (f.evidence.drones, f.evidence.drones_truth):
        ids += len(np.unique(rows["track_id"].astype(str))) if rows is not None and len(rows["t_s"]) else 0
    return next((k for k in STEPS_S if ids * _NUMBERS_PER_STEP * length_s / k <= MOST_NUMBERS), STEPS_S[-1])


def _box(f: Findings) -> tuple[float, float, float, float]:
    e, n = extent(f, near_tracks(f, drones_of(f)))
    ok = np.isfinite(e) & np.isfinite(n)
    if not ok.any():
        return -50_000.0, -50_000.0, 50_000.0, 50_000.0
    return float(e[ok].min()), float(n[ok].min()), float(e[ok].max()), float(n[ok].max())


def _wider(box: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    half_e = max(box[2] - box[0], box[3] - box[1], 40_000.0) * LAND_WIDER
    e, n = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    return e - half_e, n - half_e, e + half_e, n + half_e


def _flight(s: Story, rows: NDArray[np.int64], step: int) -> dict[str, Any]:
    path, c = s.f.path, s.f.best
    caught = np.convolve(c.caught_by != "", np.ones(step), "same") > 0.5  # a sample stands for the seconds around it
    close = np.where(np.isfinite(c.nearest_h_m) & (c.nearest_h_m < 2e5), c.nearest_h_m, np.nan)
    rise = np.where(np.isfinite(close), c.nearest_v_m, np.nan)
    return {
        "e": packed(path.e_m[rows]), "n": packed(path.n_m[rows]), "h": packed(path.hae_m[rows]),
        "up": "".join("1" if x else "0" for x in path.airborne[rows]),
        "caught": "".join("1" if x else "0" for x in caught[rows]),
        "near_h": packed(close[rows]), "near_v": packed(rise[rows]), "n_near": c.n_near[rows].tolist(),
    }  # fmt: skip


def _drones(rows: Columns | None, start: float, t: F64) -> list[dict[str, Any]]:
    """Each drone from its first to its last sample: [id, first sample, e, n, h]."""
    if rows is None or not len(rows["t_s"]):
        return []
    ids, which = np.unique(rows["track_id"].astype(str), return_inverse=True)
    keep = np.ones(len(which), bool) if "on_ground" not in rows else rows["on_ground"] != 1.0
    step = float(t[1] - t[0]) if len(t) > 1 else 1.0
    sample = (rows["t_s"] - start) / step
    on = keep & (np.abs(sample - np.rint(sample)) * step < 0.51) & (sample > -0.5) & (sample < len(t) - 0.5)
    at = np.rint(sample).astype(np.int64)
    out = []
    for d, name in enumerate(ids.tolist()):
        mine = np.flatnonzero(on & (which == d))
        if not len(mine):
            continue
        first, last = int(at[mine].min()), int(at[mine].max())
        columns = []
        for key in ("e_m", "n_m", "hae_m"):
            values = np.full(last - first + 1, np.nan)
            values[at[mine] - first] = rows[key][mine]
            columns.append(packed(values))
        out.append({"id": name, "i": first, "e": columns[0], "n": columns[1], "h": columns[2]})
    return out


def _raids(s: Story, start: float, end: float) -> list[list[Any]]:
    """[t, id, n, ring] each half minute, of all raids of three drones or more."""
    r, scene, out = s.f.evidence.raids, s.f.evidence.scene, []
    on = (r["t_s"] >= start) & (r["t_s"] <= end) & (np.abs(r["t_s"] % RAID_EVERY_S) < 0.5) & (r["n"] >= 3)
    for k in np.flatnonzero(on).tolist():
        if r["extent_wkb"][k] is None:
            continue
        hull = shapely.simplify(shapely.convex_hull(shapely.from_wkb(r["extent_wkb"][k])), 0.002)
        ring = shapely.get_coordinates(hull)
        e, n = scene.to_plane(ring[:, 1], ring[:, 0])
        out.append([round(float(r["t_s"][k]) - start), str(r["raid_id"][k]), int(r["n"][k]), flat(e, n)])
    return out


def _spans(active: Sequence[tuple[float, float]], start: float) -> list[list[float]]:
    return [[round(a - start), round(b - start) if math.isfinite(b) else 1e9] for a, b in active]


def _zones(s: Story, start: float) -> list[dict[str, Any]]:
    return [
        {"name": s.zone(z.kind, z.zone_id), "kind": z.kind, "ring": flat(z.e_m, z.n_m), "on": _spans(z.active_s, start)}
        for z in s.f.evidence.scene.zones
    ]


def _alerts(s: Story, start: float, end: float) -> list[dict[str, Any]]:
    """Areas under alert, each from its beginning to its end as declared."""
    out: dict[tuple[str, str], dict[str, Any]] = {}
    for a in sorted(s.f.evidence.heard.alerts, key=lambda x: x.t_s):
        key = (a.area, a.alert)
        if a.begins and len(a.e_m) > 2:
            name = f"{s.say('ev_air_raid' if a.alert == 'air_raid' else 'ev_alert')}: {a.area}"
            one = out.setdefault(key, {"name": name, "ring": flat(a.e_m, a.n_m), "on": []})
            one["on"].append([round(a.t_s - start), 1e9])
        elif not a.begins and key in out and out[key]["on"]:
            out[key]["on"][-1][1] = round(a.t_s - start)
    return list(out.values())


def _sensors(s: Story) -> list[list[Any]]:
    return [
        [
            s.sensor(x.kind, x.place_id),
            round(x.e_m / 10),
            round(x.n_m / 10),
            round(x.reach_m / 10) if math.isfinite(x.reach_m) else 0,
        ]
        for x in s.f.evidence.scene.sensors
        if x.sees
    ]


def _advised(s: Story) -> dict[str, Any] | None:
    c = s.best_choice()
    if c is None or c.path is None or not s.f.alarms:
        return None
    on = c.path.airborne & (c.path.t_s >= s.f.alarms[0].start_s)
    e, n = c.path.e_m[on][::5], c.path.n_m[on][::5]
    return {"name": s.say("advised_option", option=s.option(c.option)), "line": flat(e, n)} if on.any() else None


def _false(f: Findings, start: float) -> list[list[int]]:
    """[t, e, n] of reported positions that were held to be false, thinned."""
    heard, rows = f.evidence.heard, f.false_reports()
    return [
        [round(float(heard.t_s[k]) - start), round(float(heard.e_m[k]) / 10), round(float(heard.n_m[k]) / 10)]
        for k in rows[:: max(1, len(rows) // 400)].tolist()
    ]
