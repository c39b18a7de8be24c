"""`track_scores`: how good a table of tracks is, against a table of the truth."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from flightward.errors import BadInput
from flightward.score.pairing import F64
from flightward.score.scene import Scene, Things

COVARIANCE = {"c_ee": (0, 0), "c_en": (0, 1), "c_eu": (0, 2), "c_nn": (1, 1), "c_nu": (1, 2), "c_uu": (2, 2)}
NAMES = {
    "t_s": ("t_s", "time_s"),
    "id": ("track_id", "target_id", "object_id"),
    "e_m": ("e_m", "e"),
    "n_m": ("n_m", "n"),
    "u_m": ("u_m", "u", "hae_m"),
    "ve_mps": ("ve_mps", "ve"),
    "vn_mps": ("vn_mps", "vn"),
    "vu_mps": ("vu_mps", "vu"),
}
PLACE, SPEED = ("e_m", "n_m", "u_m"), ("ve_mps", "vn_mps", "vu_mps")


def track_scores(
    tracks: Any,
    truth: Any,
    *,
    instants_s: Any = None,
    cutoff_m: float = 200.0,
    threshold_m: float = 200.0,
    confirm: int = 3,
    end: int = 2,
    p_shown: float = 0.5,
) -> dict[str, Any]:
    """GOSPA, OSPA, SIAP, NEES and the reliability of p_exists, as a dictionary that JSON can hold (docs/scoring.md).

    tracks      t_s, track_id, e_m, n_m, u_m; where known ve_mps, vn_mps, vu_mps, c_ee, c_en, c_eu, c_nn, c_nu, c_uu,
                p_exists: what `flightward.track_table` gives. Arrow table, data frame or mapping of columns.
    truth       t_s (or time_s), object_id (or target_id), e_m, n_m, u_m (or e, n, u); where known the velocity and kind
                (or cls).
    instants_s  when to look; all times of the truth if not given. Times must be equal to the bit.
    cutoff_m    of GOSPA and OSPA (p = 2, alpha = 2).     threshold_m, confirm, end   SIAP's rule (module siap).
    p_shown     rows below this p_exists count for the reliability of p_exists only.
    Errors      BadInput when a column is missing or two rows give one track or object at one time.
    """
    a, b = _read(tracks, "tracks"), _read(truth, "truth")
    times = np.unique(b["t_s"] if instants_s is None else np.asarray(instants_s, dtype=np.float64))
    things_a, rows_a, _ = _things(a, times, "tracks")
    things_b, rows_b, names = _things(b, times, "truth")
    kinds = np.full(len(names), "all", dtype=object)
    if "kind" in b:
        kinds[things_b.code] = b["kind"][rows_b]
    cov = np.full((len(rows_a), 3, 3), np.nan)
    for name, (i, j) in COVARIANCE.items():
        if name in a:
            cov[:, i, j] = cov[:, j, i] = a[name][rows_a]
    p = a["p_exists"][rows_a] if "p_exists" in a else np.ones(len(rows_a))
    p = np.where(np.isnan(p), 1.0, p)
    scene = Scene(times, things_a, things_b, cov, p, kinds, np.zeros(len(things_b), bool), p_shown)
    return {
        "instants": len(times),
        "gospa": {f"{d}d": gospa_means(scene.gospa(d, cutoff_m), cutoff_m) for d in (3, 2)},
        "ospa_m": {f"{d}d": mean_or_none(scene.ospa(d, cutoff_m)) for d in (3, 2)},
        "siap": {f"{d}d": scene.siap(d, threshold_m, confirm, end) for d in (3, 2)},
        "nees": scene.nees(),
        "existence": scene.existence() if "p_exists" in a else [],
    }


def gospa_means(parts: F64, cutoff_m: float) -> dict[str, float]:
    """Means over the instants: GOSPA and the root of each part in metres, and how many were missed and false."""
    loc, missed, false = parts.T if len(parts) else np.zeros((3, 1))
    half = cutoff_m**2 / 2.0
    return {
        "gospa_m": float(np.sqrt(loc + missed + false).mean()),
        "localisation_m": float(np.sqrt(loc).mean()),
        "missed_m": float(np.sqrt(missed).mean()),
        "false_m": float(np.sqrt(false).mean()),
        "missed_n": float(missed.mean() / half),
        "false_n": float(false.mean() / half),
    }


def mean_or_none(x: F64) -> float | None:
    """The mean of what is known."""
    x = x[np.isfinite(x)]
    return float(x.mean()) if len(x) else None


def _read(table: Any, what: str) -> dict[str, Any]:
    have = list(table.column_names if hasattr(table, "column_names") else table.keys())
    out: dict[str, Any] = {}
    for name, others in NAMES.items():
        found = [n for n in others if n in have]
        if found:
            column = _array(table[found[0]])
            out[name] = column if name == "id" else np.asarray(column, dtype=np.float64)
        elif name not in SPEED:
            raise BadInput(f"{what}: no column {others[0]}")
    for name in (*COVARIANCE, "p_exists"):
        if name in have:
            out[name] = np.asarray(_array(table[name]), dtype=np.float64)
    for name in ("kind", "cls"):
        if name in have and "kind" not in out:
            out["kind"] = np.asarray(_array(table[name]), dtype=object)
    return out


def _array(column: Any) -> Any:
    if isinstance(column, pa.ChunkedArray | pa.Array):
        return np.asarray(column.to_numpy() if isinstance(column, pa.ChunkedArray) else column.to_numpy(False))
    return np.asarray(column)


def _things(c: dict[str, Any], times_s: F64, what: str) -> tuple[Things, Any, list[Any]]:
    """The rows at the given instants, which rows they are, and the ids in order of their numbers."""
    i = np.minimum(np.searchsorted(times_s, c["t_s"]), max(len(times_s) - 1, 0))
    ok = np.isfinite(c["e_m"]) & np.isfinite(c["n_m"])
    rows = np.flatnonzero(ok & (times_s[i] == c["t_s"])) if len(times_s) else np.zeros(0, np.int64)
    names, code = np.unique(c["id"][rows], return_inverse=True)
    code, at = code.astype(np.int64), i[rows].astype(np.int64)
    if len(np.unique(code * max(len(times_s), 1) + at)) < len(rows):
        raise BadInput(f"{what}: two rows of one {'track' if what == 'tracks' else 'object'} at one time")
    unknown = np.full(len(c["t_s"]), np.nan)
    place = np.column_stack([c[n][rows] for n in PLACE])
    speed = np.column_stack([c.get(n, unknown)[rows] for n in SPEED])
    return Things(at, code, place, speed), rows, names.tolist()
