"""Lead time, misses, false alarms and blindness, each on a table of a few rows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from flightward.errors import BadInput
from flightward.score import score, to_markdown, together


def day(tiny: Any, catch_at: int | None = 1000) -> None:
    """One flight that a drone meets at second `catch_at` for ten seconds; a radar sees it all."""
    tiny.flight("F", 10_000.0, 0.0, 500.0)
    if catch_at is not None:
        tiny.object("d", np.full(10, 10_500.0), 0.0, 500.0, first=catch_at)
    tiny.radar()


def scored(tiny: Any) -> dict[str, Any]:
    result = score(*tiny.write(), parts=())
    assert isinstance(result, dict)
    return result


@pytest.mark.parametrize(
    ("alarms", "lead_s"),
    [
        ([(400, 1005)], 600.0),
        ([(400, 600), (630, 1005)], 600.0),  # a gap of 30 s is no gap
        ([(400, 600), (632, 1005)], 368.0),  # a gap of 32 s is
        ([(400, 900)], 0.0),  # had ended when it came
        ([(1001, 1100)], 0.0),  # came too late
        ([(1000, 1100)], 0.0),
        ([], 0.0),
    ],
)
def test_lead_time_is_that_of_the_unbroken_run_that_holds_at_the_catch(
    tiny: Any, alarms: list[tuple[int, int]], lead_s: float
) -> None:
    day(tiny)
    tiny.alarm("F", alarms)
    caught = scored(tiny)["flights"][0]["caught"]
    assert caught["lead_s"] == lead_s
    assert caught["missed"] == (lead_s < 60.0)
    assert caught["cause"] == "lone"


def test_lead_time_runs_over_all_hazards_but_blind_and_is_capped_at_30_minutes(tiny: Any) -> None:
    day(tiny, 3000)
    tiny.alarm("F", [(100, 2000)], "WARNING", "raid")
    tiny.alarm("F", [(2001, 3010)], "CAUTION", "zone")
    assert scored(tiny)["flights"][0]["caught"]["lead_s"] == 1800.0


def test_blind_and_advisory_rows_make_no_lead(tiny: Any) -> None:
    day(tiny)
    tiny.alarm("F", [(0, 1010)], "BLIND", "blind")
    tiny.alarm("F", [(0, 1010)], "ADVISORY", "raid")
    flight = scored(tiny)["flights"][0]
    assert flight["caught"]["lead_s"] == 0.0
    assert flight["runs"] == []


def test_a_caution_before_take_off_counts(tiny: Any) -> None:
    tiny.flight("F", 10_000.0, 0.0, 500.0, ground=np.arange(3601) < 1000)
    tiny.object("d", 10_500.0, 0.0, 500.0)
    tiny.radar()
    tiny.alarm("F", [(200, 1500)])
    assert scored(tiny)["flights"][0]["caught"]["lead_s"] == 800.0


@pytest.mark.parametrize(("predicted", "false"), [(150, False), (99, True), (2000, False), (None, True)])
def test_a_run_is_false_when_nothing_happens_until_15_min_after_the_prediction(
    tiny: Any, predicted: int | None, false: bool
) -> None:
    day(tiny, 1000)
    tiny.alarm("F", [(60, 80)])
    tiny.warn("F", 60, predicted)
    result = scored(tiny)
    assert [r["false"] for r in result["flights"][0]["runs"]] == [false]
    assert result["totals"]["false_alarms_per_h"] == pytest.approx(float(false), rel=1e-3)


def test_a_run_after_the_catch_is_false(tiny: Any) -> None:
    day(tiny, 1000)
    tiny.alarm("F", [(500, 1005), (1200, 1300)])
    tiny.warn("F", 500, 1000)
    tiny.warn("F", 1200, 1250)
    assert [r["false"] for r in scored(tiny)["flights"][0]["runs"]] == [False, True]


def test_false_alarm_hours_are_those_of_all_flights_and_only_in_the_air(tiny: Any) -> None:
    day(tiny, None)
    tiny.flight("G", -10_000.0, 0.0, 500.0, ground=np.arange(3601) >= 1800)
    tiny.alarm("F", [(60, 119)])
    totals = scored(tiny)["totals"]
    assert totals["airborne_h"] == pytest.approx(1.5, rel=1e-3)
    assert totals["false_alarms_per_h"] == pytest.approx(1 / 1.5, rel=1e-3)
    assert totals["caution_min_per_h"] == pytest.approx(1 / 1.5, rel=1e-3)


def test_two_tables_that_disagree_are_counted(tiny: Any) -> None:
    day(tiny)
    tiny.alarm("F", [(100, 200)])
    tiny.warn("F", 900, 1000)
    expected = {"warnings_without_run": 1, "runs_without_prediction": 1}
    assert scored(tiny)["totals"]["disagreements"] == expected


def test_blind_shown_where_the_radar_covers_is_counted(tiny: Any) -> None:
    day(tiny, None)
    tiny.alarm("F", [(101, 150)], "BLIND", "blind")
    blindness = scored(tiny)["flights"][0]["blindness"]
    assert blindness["blind_though_covered_s"] == 50.0
    assert blindness["uncovered_not_shown_s"] <= 1.0  # the very first second, before the radar spoke


def test_a_flight_caught_blind_is_no_miss(tiny: Any) -> None:
    tiny.flight("F", 50_000.0, 0.0, 500.0)
    tiny.object("d", 50_000.0, 0.0, 500.0)
    tiny.radar("max_range_m = 30000.0")
    totals = scored(tiny)["totals"]
    assert (totals["caught"], totals["caught_blind"], totals["missed"]) == (1, 1, 0)


def test_missing_tables_and_columns_are_said_by_name(tiny: Any) -> None:
    day(tiny)
    case, out = tiny.write()
    (out / "warnings.parquet").unlink()
    with pytest.raises(BadInput, match=r"warnings\.parquet"):
        score(case, out)
    (case / "truth.parquet").unlink()
    with pytest.raises(BadInput, match="truth"):
        score(case, out)


def plots_of(tiny: Any, e_m: float, n_m: Any, seconds: list[int]) -> None:
    for s in seconds:
        n = n_m(s)
        row = {"range_m": float(np.hypot(e_m, n)), "azimuth_rad": float(np.arctan2(e_m, n)), "elevation_rad": 0.0}
        tiny.reports.append({"t_s": tiny.t(s), "t_rx_s": tiny.t(s) + 0.2, "sensor_id": "r1", **row})


@pytest.mark.parametrize(
    ("seconds", "preventable"), [([100, 104, 108], True), ([100, 104], False), ([100, 104, 750], False)]
)
def test_a_miss_is_preventable_with_three_reports_five_minutes_before(
    tiny: Any, seconds: list[int], preventable: bool
) -> None:
    tiny.flight("F", 10_000.0, 0.0, 500.0)
    track = np.linspace(-40_000.0, 0.0, 1001)
    tiny.object("d", 10_000.0, track, 500.0)
    tiny.radar()
    plots_of(tiny, 10_000.0, lambda s: -40_000.0 + 40.0 * s, seconds)
    assert scored(tiny)["flights"][0]["caught"]["preventable"] == preventable


def test_a_drone_that_turned_towards_the_flight_was_not_preventable(tiny: Any) -> None:
    tiny.flight("F", 10_000.0, 0.0, 500.0)
    e = np.concatenate([np.full(600, -40_000.0), np.linspace(-40_000.0, 10_000.0, 1000)])
    n = np.concatenate([np.linspace(-30_000.0, 0.0, 600), np.zeros(1000)])
    tiny.object("d", e, n, 500.0)
    tiny.radar()
    plots_of(tiny, -40_000.0, lambda s: -30_000.0 + 50.0 * s, [100, 104, 108, 112])
    assert scored(tiny)["flights"][0]["caught"]["preventable"] is False


def test_days_are_brought_together_with_an_interval(tiny: Any) -> None:
    day(tiny)
    tiny.alarm("F", [(300, 1010)])
    with_alarm = scored(tiny)
    tiny.rows["threats"].clear()
    without = scored(tiny)
    both = together([with_alarm, without, with_alarm, without])
    assert both["headline"]["missed_frac"] == 0.5
    low, high = both["interval_95"]["missed_frac"]
    assert 0.0 <= low < 0.5 < high <= 1.0
    assert "missed_frac" in to_markdown(both)
    assert both["interval_95"] == together([with_alarm, without, with_alarm, without])["interval_95"]
