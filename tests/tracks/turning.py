"""Position error on turning and on straight targets: both motion models against the single one at its best noise."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streams
from scipy.optimize import linear_sum_assignment

import flightward as fw


def rms_m(table: pd.DataFrame, truth: pd.DataFrame, settle_s: float = 20.0, far_m: float = 1_000.0) -> dict[str, float]:
    """Root mean square horizontal error per class, and the share of true positions with a track within far_m."""
    shown = dict(list(table[table.p_exists >= 0.5].groupby("t_s")))
    found: dict[str, list[float]] = {"drone": [], "aircraft": []}
    n_true = 0
    for t, x in truth[truth.time_s > settle_s].groupby("time_s"):
        n_true += len(x)
        if t not in shown:
            continue
        a, b = x[["e", "n"]].to_numpy(), shown[t][["e_m", "n_m"]].to_numpy()
        d2 = ((a[:, None] - b[None]) ** 2).sum(axis=2)
        for i, j in zip(*linear_sum_assignment(np.minimum(d2, far_m**2)), strict=True):
            if d2[i, j] < far_m**2:
                found[x.cls.iloc[i]].append(d2[i, j])
    out = {c: float(np.sqrt(np.mean(v))) for c, v in found.items()}
    return out | {"share": sum(len(v) for v in found.values()) / n_true}


def single(factor: float) -> dict[str, float]:
    """Settings of one straight model with `factor` times the class's own noise density (of which it takes 0.025)."""
    scale = float(np.sqrt(factor / 0.025))
    return {"motion_models": 1, "drone_accel_mps2": 0.7 * scale, "aircraft_accel_mps2": 2.0 * scale}


def report(factors: tuple[float, ...] = (1.0, 8.0, 32.0, 64.0, 128.0, 256.0), seed: int = 77) -> str:
    """A table in text."""
    lines = ["set; both models: drones, aircraft m rms, share followed; one model by its noise"]
    turning, straight = [(1, 2.0, 1.0), (1, 4.0, 1.0), (3, 2.0, 1.0), (3, 4.0, 1.0)], [(1, 2.0, 0.0), (3, 2.0, 0.0)]
    for n_radars, scan_s, share in turning + straight:
        s = streams.make_turns(40, 20, 150.0, seed + n_radars, share=share, n_radars=n_radars, scan_s=scan_s)
        row = [f"{n_radars} radars, {scan_s:.0f} s, {'turning' if share else 'straight'}:"]
        for settings in ({}, *(single(f) for f in factors)):
            r = rms_m(fw.track_table(s.reports, **settings).to_pandas(), s.truth)
            row.append(f"{r['drone']:.0f} {r['aircraft']:.0f} {r['share']:.3f};")
        lines.append(" ".join(row))
    return "\n".join(lines)
