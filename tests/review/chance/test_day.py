"""From a day's tables to the question."""

from __future__ import annotations

import dataclasses
import json
import math
from pathlib import Path

import numpy as np
import pytest

from flightward.config import CaughtConfig
from flightward.errors import BadInput
from flightward.model import AreaFrame
from flightward.review.chance import (
    Answer,
    day_presence,
    flight_region,
    flight_result,
    join_days,
    schedule_window,
    sentences,
)
from flightward.review.chance.day import NEAR, _hexagon
from flightward.review.evidence import Evidence, gather
from flightward.review.heard import nothing
from flightward.review.scene import Flight, Scene

DAY_S, START_S = 86_400.0, 1_760_000_000.0
FRAME = AreaFrame(math.radians(50.0), math.radians(20.0))


def evidence(rows: list[tuple[str, float, float, float]], start_s: float = START_S, hours: float = 24.0) -> Evidence:
    """A day with one flight, west to east over 40 km from hour 10 to 11; drones at (id, hour, east km, north km)."""
    way = np.array([-20_000.0, 20_000.0])
    times = start_s + np.array([10.0, 11.0]) * 3600.0
    flight = Flight("F1", "F1", "", "", "", times, way, np.zeros(2), np.full(2, 500.0))
    scene = Scene("day", "", "all", "", start_s, start_s + hours * 3600.0, FRAME, (), (), (), flight)
    e, n = (np.array([r[k] for r in rows]) * 1000.0 for k in (2, 3))
    lat, lon = FRAME.to_geodetic(e, n)
    drones = {
        "t_s": start_s + np.array([r[1] for r in rows]) * 3600.0, "track_id": np.array([r[0] for r in rows], object),
        "lat_deg": np.degrees(lat), "lon_deg": np.degrees(lon),
    }  # fmt: skip
    none: dict[str, np.ndarray] = {}
    return Evidence(scene, none, drones, none, none, none, none, None, None, {}, CaughtConfig(), nothing())


def stays(
    name: str, hour: float, east: float, north: float, minutes: int = 10
) -> list[tuple[str, float, float, float]]:
    return [(name, hour + k / 120.0, east, north) for k in range(2 * minutes + 1)]


def many(seed: int, n: int, hours: float = 24.0, thick: float = 1.0) -> list[tuple[str, float, float, float]]:
    """Drones one by one, everywhere; `thick` times as many near the way in the hour of the flight."""
    rng, out = np.random.default_rng(seed), []
    for k in range(n):
        out += stays(f"d{k}", rng.uniform(0.0, hours - 0.2), rng.uniform(-150, 150), rng.uniform(-150, 150))
    for k in range(int(thick)):
        out += stays(f"x{k}", rng.uniform(10.0, 10.8), rng.uniform(-20, 20), rng.uniform(-10, 10))
    return out


def test_window_and_region_are_those_of_the_plan() -> None:
    e = evidence(stays("a", 1.0, 0.0, 0.0))
    window = schedule_window(e.scene)
    assert (window.from_s - START_S, window.to_s - START_S, window.origin) == (36_000.0, 39_600.0, "schedule")
    region = flight_region(e)
    lat, lon = FRAME.to_geodetic(np.array([0.0, 0.0, 39_900.0, 41_000.0]), np.array([19_900.0, 20_500.0, 0.0, 0.0]))
    near = [name == NEAR for name in region.names(np.degrees(lat), np.degrees(lon))]
    assert near == [True, False, True, False]


def test_a_plan_outside_the_day_is_refused() -> None:
    e = evidence(stays("a", 1.0, 0.0, 0.0), hours=8.0)
    with pytest.raises(BadInput, match="outside the day"):
        schedule_window(e.scene)


def test_rows_of_a_drone_are_stays_and_a_silence_parts_them() -> None:
    e = evidence([*stays("a", 1.0, 0.0, 0.0), *stays("a", 2.0, 0.0, 0.0), *stays("b", 1.0, 0.0, 100.0)])
    table = day_presence(e, flight_region(e))
    mine = table.region == table.number(NEAR)
    assert (table.first_s[mine] - START_S).tolist() == [3600.0, 7200.0]
    assert (table.last_s[mine] - table.first_s[mine]).tolist() == pytest.approx([600.0, 600.0])
    assert mine.sum() == 2 and len(table) == 3 and table.drones == ("a", "b")


def test_a_drone_that_flies_from_one_region_into_another_is_in_both() -> None:
    e = evidence([("a", 1.0 + k / 120.0, -100.0 + k, 0.0) for k in range(120)])
    table = day_presence(e, flight_region(e))
    assert len({*table.region.tolist()}) >= 2
    assert (np.diff(table.first_s) > 0).all() and NEAR in [table.regions[r] for r in table.region]


def test_drones_of_the_truth_on_the_ground_do_not_count() -> None:
    e = evidence([*stays("a", 1.0, 0.0, 0.0), *stays("b", 1.0, 0.0, 0.0)])
    truth = {**e.drones, "on_ground": np.where(e.drones["track_id"] == "b", 1.0, 0.0)}
    e = dataclasses.replace(e, drones_truth=truth)
    assert day_presence(e, flight_region(e)).drones == ("a",)
    assert len(day_presence(e, flight_region(e), picture=True).drones) == 2


def test_a_short_day_has_no_base_and_says_so() -> None:
    got = flight_result(evidence(many(1, 80, 12.0), hours=12.0 - 0.5))
    assert got.answer in (Answer.NO_BASE, Answer.TOO_FEW, Answer.NOT_SHOWN)
    short = flight_result(evidence([*stays("a", 10.2, 0.0, 0.0), *stays("b", 10.2, 0.0, 90.0)], hours=12.0))
    assert short.answer is Answer.NO_BASE and short.n_region == 1
    assert "cannot be said" in sentences(short)[1]


def test_a_day_with_a_raise_shows_it_and_one_without_does_not() -> None:
    raised = flight_result(evidence(many(2, 1500, thick=40)), n_draws=49)
    assert raised.answer is Answer.RAISED and raised.hawkes is not None and raised.launches.inferred
    assert flight_result(evidence(many(2, 1500, thick=0)), n_draws=0).p > 0.05


def test_empty_days_and_days_without_controls_are_no_base() -> None:
    assert flight_result(evidence(stays("a", 10.2, 0.0, 0.0))).answer is Answer.NO_BASE
    nothing_known = evidence([("a", 10.0, float("nan"), 0.0)])
    assert flight_result(nothing_known).n_region == 0


def test_other_days_lend_their_base() -> None:
    today = evidence(many(3, 120, 12.0), hours=12.0)
    before = [evidence(many(10 + k, 200), START_S - (k + 1) * DAY_S) for k in range(3)]
    alone, more = flight_result(today, n_draws=0), flight_result(today, before, n_draws=0)
    assert alone.n_region == more.n_region
    assert more.base.n_windows > 60 + (0 if alone.base is None else alone.base.n_windows)


def test_days_that_overlap_are_refused() -> None:
    e = evidence(stays("a", 1.0, 0.0, 0.0))
    table = day_presence(e, flight_region(e))
    with pytest.raises(BadInput, match="overlap"):
        join_days([table, table])


def test_hexagons_are_of_one_size_and_the_nearest_middle_wins() -> None:
    rng = np.random.default_rng(1)
    x, y = rng.uniform(-6.0, 6.0, (2, 20_000))
    q, r = _hexagon(x, y)
    middle_x, middle_y = math.sqrt(3.0) * (q + 0.5 * r), 1.5 * r
    d = np.hypot(x - middle_x, y - middle_y)
    assert d.max() <= 1.0 + 1e-9
    for dq, dr in ((1, 0), (-1, 0), (0, 1), (0, -1), (1, -1), (-1, 1)):
        other = np.hypot(x - math.sqrt(3.0) * (q + dq + 0.5 * (r + dr)), y - 1.5 * (r + dr))
        assert (d <= other + 1e-9).all()


@pytest.mark.slow
def test_a_recorded_day_answers_by_its_truth_and_by_its_picture(small_run: tuple[Path, Path]) -> None:
    case, out = small_run
    flight = json.loads((case / "flights.json").read_text(encoding="utf-8"))[0]["flight_id"]
    for e in (gather(out / "recording.mcap", flight, None), gather(out, flight, case)):
        table = day_presence(e, flight_region(e))
        assert len(table) and (table.last_s >= table.first_s).all()
        got = flight_result(e)
        assert got.answer is Answer.NO_BASE and got.window.origin == "schedule"
        assert len(sentences(got, "uk")) >= 2
