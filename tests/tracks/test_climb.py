"""A drone that begins to climb after minutes of level flight is followed, though heights are held tightly."""

from __future__ import annotations

import numpy as np
import pandas as pd

import flightward as fw

SIGMA_H_M, SIGMA_V_M = 60.0, 120.0


def scene(climb_mps: float) -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    """A drone that flies level at 600 m for 120 s, then climbs; seen each 2 s with the covariance of a radar."""
    rng = np.random.default_rng(8)
    t = np.arange(0.0, 240.0, 2.0)
    u = 600.0 + climb_mps * np.maximum(t - 120.0, 0.0)
    place = np.stack([50.0 * t - 6e3, np.full(len(t), 20e3), u], axis=1)
    sigma = np.array([SIGMA_H_M, 30.0, SIGMA_V_M])
    z = place + rng.normal(size=place.shape) * sigma
    zero = np.zeros(len(t))
    reports = pd.DataFrame({
        "t_s": t, "sensor_id": "a", "e_m": z[:, 0], "n_m": z[:, 1], "u_m": z[:, 2],
        "c_ee": SIGMA_H_M**2 + zero, "c_en": zero,
        "c_eu": zero, "c_nn": 900.0 + zero, "c_nu": zero, "c_uu": SIGMA_V_M**2 + zero,
    })  # fmt: skip
    return reports, t, u


def height_error(climb_mps: float) -> tuple[float, float]:
    """Root mean square error of height in level flight (from 60 s) and in the climb (from 30 s after it began)."""
    reports, t, u = scene(climb_mps)
    out = fw.track_table(reports).to_pandas().drop_duplicates("t_s").set_index("t_s")
    error = out.u_m.reindex(t) - u
    level, climb = error[(t > 60.0) & (t <= 120.0)], error[t > 150.0]
    assert level.notna().all()
    assert climb.notna().all()
    return float(np.sqrt((level**2).mean())), float(np.sqrt((climb**2).mean()))


def test_level_flight_is_held_closer_than_one_report_could() -> None:
    level, still = height_error(0.0)
    assert level < 0.5 * SIGMA_V_M
    assert still < 0.5 * SIGMA_V_M


def test_a_climb_is_followed() -> None:
    _, climb = height_error(6.0)
    assert climb < 1.2 * SIGMA_V_M
