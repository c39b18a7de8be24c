"""The last step of the map of cells: what is said becomes what was, as found on days kept for that.

What the ensemble leaves out (drones beside those that are seen, habits that no draw has) shows in cells as chances that
are a few points off. The map is monotone, made per horizon by bench/fit_calibration.py, and fades to no change at once.
"""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files

import numpy as np

from flightward.model import F64, f64


@cache
def _table() -> tuple[F64, F64, F64]:
    """Chances said (K,), horizons (H,), and what they become (H, K)."""
    held = json.loads(files("flightward.raids").joinpath("calibration.json").read_text(encoding="utf-8"))
    said = f64(held["said"])
    rows = sorted((float(h), v) for h, v in held["was_at_s"].items())
    horizon = f64([0.0] + [h for h, _ in rows])
    return said, horizon, f64([said.tolist()] + [v for _, v in rows])


def calibrated(p_any: F64, n_expected: F64, horizon_s: F64) -> F64:
    """(H, C) chances as they turn out at H horizons; never above the expected number, and 0 stays 0."""
    said, horizon, was = _table()
    out = np.empty_like(p_any)
    for h in range(len(horizon_s)):
        values = [np.interp(horizon_s[h], horizon, was[:, k]) for k in range(len(said))]
        out[h] = np.minimum(np.interp(p_any[h], said, values), n_expected[h])
    return out
