"""The air picture and the forecast against the truth: numbers worked out by hand, and a brute-force twin."""

from __future__ import annotations

import dataclasses
import itertools
from typing import Any

import h3
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Proj

from flightward.score import score, to_markdown
from flightward.score.pairing import gospa_parts
from flightward.score.tracking import assign

PLANE = Proj(proj="stere", lat_0=50.0, lon_0=20.0, ellps="WGS84")


def track(tiny: Any, track_id: str, e_m: float, n_m: float, hae_m: float | None, seconds: range, **other: Any) -> None:
    lon, lat = PLANE(e_m, n_m, inverse=True)
    row = {"track_id": track_id, "lat_deg": lat, "lon_deg": lon, "hae_m": hae_m, "p_exists": 0.9, "kind": "drone"}
    row |= {
        "sigma_h_m": 10.0,
        "sigma_v_m": 20.0,
        "hostile": True,
        "p_hostile": 0.9,
        "ve_mps": 0.0,
        "vn_mps": 0.0,
        **other,
    }
    tiny.rows["tracks"].extend({"t_s": tiny.t(s), **row} for s in seconds)


def tracking(tiny: Any) -> dict[str, Any]:
    tiny.seconds = 60
    tiny.flight("F", -50_000.0, 0.0, 500.0)
    track(tiny, "TF", -50_000.0, 0.0, 500.0, range(61), kind="helicopter")
    result = score(*tiny.write(), parts=("tracking",))
    assert to_markdown(result)
    tracked = result["tracking"]
    assert isinstance(tracked, dict)
    return tracked


def test_gospa_of_one_pair_is_its_distance(tiny: Any) -> None:
    tiny.seconds = 60
    tiny.object("d", 0.0, 0.0, 500.0)
    track(tiny, "T", 30.0, 0.0, 540.0, range(61))
    got = tracking(tiny)
    assert got["gospa"]["c200_3d"]["gospa_m"] == pytest.approx(50.0, abs=0.01)
    assert got["gospa"]["c200_2d"]["gospa_m"] == pytest.approx(30.0, abs=0.01)
    assert got["rmse_h_m"]["drone"] == pytest.approx(30.0, abs=0.01)
    assert got["rmse_v_m"]["drone"] == pytest.approx(40.0, abs=0.01)
    assert got["completeness"] == 1.0
    assert got["nees_h"]["mean_per_axis"] == pytest.approx((0 + 9.0) / 2 / 2, abs=0.01)
    assert got["nees_v"]["mean_per_axis"] == pytest.approx((0 + 4.0) / 2, abs=0.01)


def test_a_missed_drone_and_a_false_track_cost_half_the_squared_cutoff_each(tiny: Any) -> None:
    tiny.seconds = 60
    tiny.object("d", 0.0, 0.0, 500.0)
    track(tiny, "T", 3_000.0, 0.0, 500.0, range(61))
    got = tracking(tiny)
    assert got["gospa"]["c200_3d"]["gospa_m"] == pytest.approx(200.0)
    assert got["gospa"]["c1000_2d"]["missed_m"] == pytest.approx(1000.0 / np.sqrt(2.0))
    assert (got["completeness"], got["spuriousness"]) == (0.5, 0.5)


def test_a_track_of_a_bird_or_with_little_existence_is_of_no_account(tiny: Any) -> None:
    tiny.seconds = 60
    tiny.object("b", 0.0, 0.0, 500.0, kind="bird")
    track(tiny, "T", 30.0, 0.0, 500.0, range(61))
    track(tiny, "weak", 9_000.0, 0.0, 500.0, range(61), p_exists=0.2)
    got = tracking(tiny)
    assert got["spuriousness"] == 0.0
    assert got["gospa"]["c200_3d"]["false_m"] == 0.0
    assert got["tracks_of_no_account"] == got["instants"]


def test_a_second_track_is_ambiguity_and_a_new_id_a_switch(tiny: Any) -> None:
    tiny.seconds = 60
    tiny.object("d", 0.0, 0.0, 500.0)
    track(tiny, "T1", 10.0, 0.0, 500.0, range(31))
    track(tiny, "T2", 10.0, 0.0, 500.0, range(31, 61))
    track(tiny, "T3", 300.0, 0.0, 500.0, range(61))
    got = tracking(tiny)
    assert got["identity_switches"] == 1
    assert got["ambiguity"] == 1.5
    assert got["spuriousness"] == 0.0


def test_a_track_without_height_counts_in_two_dimensions_only(tiny: Any) -> None:
    tiny.seconds = 60
    tiny.object("d", 0.0, 0.0, 500.0)
    track(tiny, "T", 10.0, 0.0, None, range(61))
    got = tracking(tiny)
    assert got["gospa"]["c200_2d"]["missed_m"] == 0.0
    assert got["gospa"]["c200_3d"]["missed_m"] == pytest.approx(200.0 / np.sqrt(2.0))


places = st.lists(st.tuples(st.integers(-150, 150), st.integers(-150, 150)), max_size=4)


@settings(max_examples=60, deadline=None)
@given(places, places)
def test_the_assignment_is_the_best_of_all(a: list[tuple[int, int]], b: list[tuple[int, int]]) -> None:
    x, y = (np.array(v, float).reshape(-1, 2) for v in (a, b))
    p = assign(x, y, 100.0)
    assert len(set(p.a.tolist())) == len(p)
    assert len(set(p.b.tolist())) == len(p)
    one = np.zeros(len(p), np.int64)
    got = gospa_parts(np.array([len(a)]), np.array([len(b)]), one, p.d_m, 100.0).sum()
    best = np.inf
    for k in range(min(len(a), len(b)) + 1):
        for rows in itertools.combinations(range(len(a)), k):
            for cols in itertools.permutations(range(len(b)), k):
                cost = sum((a[r][0] - b[c][0]) ** 2 + (a[r][1] - b[c][1]) ** 2 for r, c in zip(rows, cols, strict=True))
                best = min(best, cost + 5000.0 * (len(a) + len(b) - 2 * k))
    assert got == pytest.approx(best)


def cell(e_m: float, n_m: float) -> int:
    lon, lat = PLANE(e_m, n_m, inverse=True)
    return int(h3.str_to_int(h3.latlng_to_cell(lat, lon, 6)))


def test_brier_of_a_forecast_that_names_one_right_and_one_wrong_cell(tiny: Any) -> None:
    tiny.toml.append("[thresholds]\nissue_s = 3600\n")
    tiny.flight("F", -50_000.0, 0.0, 500.0)
    tiny.object("d", 0.0, 0.0, 500.0)
    for p, where in ((0.7, cell(0.0, 0.0)), (0.2, cell(30_000.0, 0.0)), (0.9, cell(500_000.0, 0.0))):
        tiny.rows["forecast"].append(
            {"issued_s": tiny.t(0), "horizon_s": 300.0, "h3": where, "p_any": p, "n_expected": p}
        )
    track(tiny, "T", 0.0, 0.0, 500.0, range(1))
    got = score(*tiny.write(), parts=("forecast",))["forecast"]
    five = got["horizons"]["5"]
    assert got["rows_outside_area"] == 1
    assert five["occupied"] == 1
    assert five["brier_sum"] == pytest.approx(0.3**2 + 0.2**2)
    assert five["brier"] == pytest.approx(0.13 / got["cells"])
    bins = {r["from"]: r for r in five["reliability"]}
    assert (bins[0.7]["pairs"], bins[0.7]["occupied_frac"]) == (1, 1.0)
    assert (bins[0.2]["pairs"], bins[0.2]["occupied_frac"]) == (1, 0.0)
    assert five["skill"]["straight_line"] == pytest.approx(1.0 - 0.13 / five["baseline_brier_sum"]["straight_line"])
    assert got["horizons"]["10"]["occupied"] == 1  # the forecast said nothing of 10 min: absent is 0
    assert got["horizons"]["10"]["brier_sum"] == 1.0
    # the log score takes 0 as 0.0005; sharpness weighs each chance by itself
    rest = got["cells"] - 2
    assert five["log_sum"] == pytest.approx(-np.log(0.7) - np.log(0.8) - rest * np.log1p(-5e-4))
    assert five["sharpness"] == pytest.approx((0.49 + 0.04) / 0.9)
    assert np.array(five["bins"]).sum(axis=1) == pytest.approx([got["cells"], 0.9, 1.0])


def test_an_issue_that_names_no_cell_has_said_nothing_is_there(tiny: Any) -> None:
    tiny.seconds = 600
    tiny.flight("F", -50_000.0, 0.0, 500.0)
    tiny.object("d", 0.0, 0.0, 500.0)
    case, out = tiny.write()
    five = score(case, out, parts=("forecast",))["forecast"]["horizons"]["5"]
    assert (five["occupied"], five["brier_sum"]) == (6, 6.0)  # issued each 60 s from 0 to 300 s


@pytest.mark.parametrize("centre", [(50.0, 20.0), (50.0, 179.9), (89.7, 20.0), (90.0, 0.0)])
def test_the_area_holds_about_its_size_in_cells(tiny: Any, centre: tuple[float, float]) -> None:
    from flightward.score.day import Frame, read_day
    from flightward.score.forecast import cells_of

    tiny.seconds = 3
    tiny.flight("F", 0.0, 0.0, 500.0)
    cells = cells_of(dataclasses.replace(read_day(tiny.write()[0]), frame=Frame(*centre)))
    assert cells.area_m2.sum() == pytest.approx(np.pi * 60_000.0**2, rel=0.03)


def test_columns_999_names_the_flights_that_are_caught(shared_data: Any) -> None:
    from flightward.score import caught_table

    case = shared_data / "cases" / "columns-999"
    caught = {r["flight_id"]: r["caught"] for r in caught_table(case) if r["caught"]}
    assert sorted(caught) == ["F01", "F02", "F04", "F06"]
    assert {c["cause"] for c in caught.values()} == {"raid"}
    assert sorted(k for k, c in caught.items() if c["blind"]) == ["F02", "F04"]


def test_many_days_give_reliability_with_an_interval(tiny: Any) -> None:
    from flightward.score.many import together

    tiny.flight("F", -50_000.0, 0.0, 500.0)
    tiny.object("d", 0.0, 0.0, 500.0)
    row = {"issued_s": tiny.t(0), "horizon_s": 300.0, "h3": cell(0.0, 0.0), "p_any": 0.7, "n_expected": 0.7}
    tiny.rows["forecast"].append(row)
    track(tiny, "T", 0.0, 0.0, 500.0, range(1))
    day = score(*tiny.write(), parts=("forecast",))
    table = together([day, day])["forecast_reliability"]["5"]
    (held,) = [r for r in table if r["from"] == 0.7]
    assert (held["pairs"], held["days"], held["occupied_frac"]) == (2, 2, 1.0)
    assert held["off_95"] == pytest.approx([-0.3, -0.3])


def test_each_baseline_is_what_its_words_say() -> None:
    from scipy.spatial import cKDTree

    from flightward.score.baselines import Cells, Fit, Known, p_cells

    e, n = (x.ravel() for x in np.meshgrid(np.arange(-60e3, 60e3, 2e3), np.arange(-60e3, 60e3, 2e3)))
    cells = Cells(np.arange(len(e)).astype(np.uint64), e, n, np.full(len(e), 4e6), cKDTree(np.column_stack([e, n])))
    one = np.ones(1)
    known = Known(0 * one, 0 * one, 50.0 * one, 0 * one, np.array([7]))
    line = p_cells("straight_line", known, cells, 600.0, Fit(4000.0, 0.8))
    circle = p_cells("growing_circle", known, cells, 600.0, Fit(1.0, 0.8))
    kept = p_cells("persistence", known, cells, 600.0, Fit(0.0, 0.8))
    assert line.sum() == pytest.approx(0.8, rel=0.02) and (line @ e) / line.sum() == pytest.approx(30_000.0, rel=0.01)
    assert circle.sum() == pytest.approx(0.8, rel=0.05) and abs(circle @ e) < 500.0
    assert not circle[np.hypot(e, n) > np.hypot(30_000.0, 3_000.0)].any()
    assert np.flatnonzero(kept).tolist() == [7] and kept[7] == pytest.approx(0.8)
