"""The air picture against the truth: GOSPA, OSPA, SIAP, errors by class, NEES, existence (design, section 8).

Truth is every airborne drone, aircraft and helicopter. Tracks are the rows of tracks.parquet with p_exists of at
least one half that are not called birds. A track left over that lies within a kilometre of a bird or of something on
the ground is neither right nor wrong, and is counted apart ("of no account").
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from flightward.score import tables
from flightward.score.day import F64, Day
from flightward.score.pairing import I64, Pairs, best, near_pairs
from flightward.score.scene import Scene, Things
from flightward.score.track_tables import gospa_means, mean_or_none

CUTOFFS_M = (200.0, 1_000.0)
SIAP_CUTOFF_M = 1_000.0
STEP_S = 10.0
KINDS = ("drone", "aircraft", "helicopter")
COLUMNS = [
    "t_s", "track_id", "lat_deg", "lon_deg", "hae_m", "ve_mps", "vn_mps", "vu_mps", "sigma_h_m", "sigma_v_m",
    "p_exists", "kind",
]  # fmt: skip


def score_tracking(day: Day, out: Path) -> dict[str, Any]:
    """Figures of the air picture, each STEP_S (longer on days with many objects, so that scoring stays quick)."""
    tr = day.truth
    step = STEP_S * max(1, round(len(tr.object_id) / 300))
    times = np.arange(np.ceil(tr.t_s[0] / step) * step, tr.t_s[-1] + 1e-6, step)
    rows = tables.read(out, "tracks", COLUMNS, pc.field("t_s").isin(times.tolist()))
    scene = _scene(day, rows, times)
    not_bird = _called(scene, rows, rows["kind"] != "bird")
    return {
        "step_s": step,
        "instants": len(times),
        "gospa": {
            f"c{c:.0f}_{d}d": gospa_means(not_bird.gospa(d, c), c) for c in CUTOFFS_M for d in (3, 2)
        },
        "ospa_m": {f"c{c:.0f}_{d}d": mean_or_none(not_bird.ospa(d, c)) for c in CUTOFFS_M for d in (3, 2)},
        "siap": {f"{c:.0f}_{d}d": not_bird.siap(d, c) for c in CUTOFFS_M for d in (3, 2)},
        **_at_instants(not_bird, rows["kind"][rows["kind"] != "bird"]),
        "nees_by_kind": scene.nees(),
        "existence": scene.existence(),
    }


def _scene(day: Day, rows: tables.Columns, times: F64) -> Scene:
    tr = day.truth
    at = np.rint(times - tr.t_s[0]).astype(np.int64)
    there = np.isfinite(tr.e_m[at]) & np.isfinite(tr.hae_m[at])
    k, o = np.nonzero(there)
    counts = np.isin(np.array(tr.kind), KINDS)[o] & ~tr.on_ground[at[k], o]
    place = np.column_stack([tr.e_m[at[k], o], tr.n_m[at[k], o], tr.hae_m[at[k], o]])
    truth = Things(k, o.astype(np.int64), place, _true_speed(day, times, k, o))
    good = np.isfinite(rows["lat_deg"])
    for name in rows:
        rows[name] = rows[name][good]
    e, n = day.frame.to_plane(rows["lat_deg"], rows["lon_deg"])
    _, code = np.unique(rows["track_id"].astype(str), return_inverse=True)
    tracks = Things(
        np.searchsorted(times, rows["t_s"]), code.astype(np.int64), np.column_stack([e, n, rows["hae_m"]]),
        np.column_stack([rows["ve_mps"], rows["vn_mps"], rows["vu_mps"]]),
    )  # fmt: skip
    cov = np.zeros((len(tracks), 3, 3))
    cov[:, 0, 0] = cov[:, 1, 1] = rows["sigma_h_m"] ** 2
    cov[:, 2, 2] = rows["sigma_v_m"] ** 2
    cov[~np.isfinite(cov).all(axis=(1, 2))] = np.nan
    exists = np.where(np.isnan(rows["p_exists"]), 1.0, rows["p_exists"])
    return Scene(times, tracks, truth, cov, exists, np.array(tr.kind, dtype=object), ~counts)


def _true_speed(day: Day, times: F64, k: I64, o: I64) -> F64:
    """(M, 3) velocity along true east, north and up of the truth's rows; NaN where it does not say."""
    path, names = day.case / "truth.parquet", ("ve_mps", "vn_mps", "vu_mps")
    if not set(names) <= set(pq.read_schema(path).names):
        return np.full((len(k), 3), np.nan)
    table = pq.read_table(path, columns=["t_s", "object_id", *names], filters=pc.field("t_s").isin(times.tolist()))
    number = {name: i for i, name in enumerate(day.truth.object_id)}
    grid = np.full((len(times), len(number), 3), np.nan)
    col = np.array([number[str(i)] for i in table["object_id"].to_pylist()], np.int64)
    row = np.searchsorted(times, table["t_s"].to_numpy())
    for a, name in enumerate(names):
        grid[row, col, a] = table[name].to_numpy()
    return np.asarray(grid[k, o])


def _called(scene: Scene, rows: tables.Columns, mask: NDArray[np.bool_]) -> Scene:
    """The scene with some of its tracks only."""
    t = scene.tracks
    tracks = Things(t.at[mask], t.code[mask], t.place_m[mask], t.v_mps[mask])
    return Scene(
        scene.times_s, tracks, scene.truth, scene.cov_m2[mask], scene.p_exists[mask], scene.kinds, scene.aside
    )


def _at_instants(s: Scene, said: NDArray[np.object_]) -> dict[str, Any]:
    """What the best pairs within a kilometre say, instant by instant; said (N,): what each track is called."""
    near, rows, asked = s.near(s.shown, s.asked, 2, SIAP_CUTOFF_M)
    p = best(near, SIAP_CUTOFF_M)
    free = np.zeros(len(s.tracks), bool)
    free[rows] = True
    free[p.a] = False
    spare = np.flatnonzero(free & ~s.beside)
    redundant = _near_any(s, spare, asked)
    n_tracks = len(rows) - int((free & s.beside).sum())
    spurious, n_found = len(spare) - redundant, len(p)
    kind = s.kinds[s.truth.code[p.b]]
    dv = s.tracks.place_m[p.a, 2] - s.truth.place_m[p.b, 2]
    truth_kind = s.kinds[s.truth.code[asked]]
    known = np.array([w not in ("unknown", None) for w in said[p.a]], bool)
    by_kind = {k: (kind == k, int((truth_kind == k).sum())) for k in KINDS if (truth_kind == k).any()}
    with np.errstate(invalid="ignore", divide="ignore"):
        nees_h, nees_v = p.d_m**2 / s.cov_m2[p.a, 0, 0], dv**2 / s.cov_m2[p.a, 2, 2]
    return {
        "completeness": n_found / len(asked) if len(asked) else None,
        "completeness_by_kind": {k: float(m.sum() / n) for k, (m, n) in by_kind.items()},
        "spuriousness": spurious / n_tracks if n_tracks else None,
        "ambiguity": (n_found + redundant) / n_found if n_found else None,
        "identity_switches": identity_changes(s, p),
        "wrong_kind_frac": float((known & (said[p.a] != kind)).sum() / n_found) if n_found else None,
        "tracks_of_no_account": int((free & s.beside).sum()),
        "rmse_h_m": {k: _rms(p.d_m[m]) for k, (m, _) in by_kind.items() if m.any()},
        "rmse_v_m": {k: _rms(np.nan_to_num(dv[m])) for k, (m, _) in by_kind.items() if m.any()},
        "nees_h": _nees(nees_h[np.isfinite(nees_h)], 2),
        "nees_v": _nees(nees_v[np.isfinite(nees_v)], 1),
        "counts": {"truth": len(asked), "found": n_found, "tracks": n_tracks, "spurious": spurious},
    }


def _near_any(s: Scene, rows: I64, truth_rows: I64) -> int:
    """How many of some tracks have something asked for within a kilometre."""
    if not len(rows) or not len(truth_rows):
        return 0
    a, b, far = s.tracks, s.truth, 4.0 * SIAP_CUTOFF_M
    tree = cKDTree(np.column_stack([b.place_m[truth_rows, :2], b.at[truth_rows] * far]))
    d = tree.query(np.column_stack([a.place_m[rows, :2], a.at[rows] * far]), distance_upper_bound=SIAP_CUTOFF_M)[0]
    return int((d < SIAP_CUTOFF_M).sum())


def identity_changes(s: Scene, p: Pairs) -> int:
    """How often the track that an object is paired with is another than the last one."""
    thing, track = s.truth.code[p.b], s.tracks.code[p.a]
    order = np.lexsort((s.truth.at[p.b], thing))
    return int(((np.diff(thing[order]) == 0) & (np.diff(track[order]) != 0)).sum())


def _rms(x: F64) -> float:
    return float(np.sqrt((x**2).mean()))


def _nees(x: F64, dims: int) -> dict[str, float] | None:
    """Mean NEES over its dimensions (1 when sigma is honest; sigma per axis), and the share beyond the 95 % bound."""
    if not len(x):
        return None
    bound = {1: 3.8415, 2: 5.9915}[dims]  # chi-square, 95 %
    return {
        "mean_per_axis": float(x.mean() / dims),
        "median": float(np.median(x)),
        "beyond_95_frac": float((x > bound).mean()),
    }


def assign(a: F64, b: F64, cutoff_m: float) -> Pairs:
    """The pairs of two sets of places (N, K) and (M, K) at one instant that minimise GOSPA (p = 2, alpha = 2)."""
    zero_a, zero_b = np.zeros(len(a), np.int64), np.zeros(len(b), np.int64)
    return best(near_pairs(zero_a, a, zero_b, b, cutoff_m), cutoff_m)
