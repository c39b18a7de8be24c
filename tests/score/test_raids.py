"""The raids' figures on small made-up days: true groups, numbers, events, count, extent."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely
from pyproj import Proj

from flightward.score import score, to_markdown, together
from flightward.score.day import read_day
from flightward.score.raid_groups import Paths, drone_paths, true_groups
from flightward.score.raids import EDGES_COUNT, binned_median

STEP = 10
PLANE = Proj(proj="stere", lat_0=50.0, lon_0=20.0, ellps="WGS84")
"""The plane of the tiny case."""


def paths(e, n):
    """Paths of O drones from complex-free columns: e, n functions of seconds -> (O,)."""
    t = np.arange(0.0, 3600.0, STEP)
    place = [np.array([f(s) for s in t], dtype=np.float64) for f in (e, n)]
    speed = [np.gradient(x, t, axis=0) for x in place]
    return Paths(t, np.arange(place[0].shape[1]), *place, *speed)


def numbers(groups, s):
    return groups.label[round(s / STEP)].tolist()


def test_near_and_alike_or_on_one_way_is_a_group():
    # 0, 1 near; 2 follows 25 km behind; 3 beside but the other way; 4 follows 40 km behind
    n0 = np.array([0.0, 2e3, -25e3, 0.0, -40e3])
    v = np.array([50.0, 50.0, 50.0, -50.0, 50.0])
    g = true_groups(paths(lambda s: np.array([0, 3e3, 0, 8e3, 0]), lambda s: n0 + v * s))
    late = numbers(g, 1500)
    assert late[0] == late[1] == late[2] == late[4] and late[3] != late[0]  # 4 by way of 2
    assert numbers(g, 0)[2] != numbers(g, 0)[0]  # no way is known before the truth begins


def test_a_split_and_a_merge_are_events_with_their_parts():
    def e(s):
        away = 25.0 * (np.clip(s, 1000, 1800) - 1000) - 25.0 * (np.clip(s, 2200, 3000) - 2200)
        return np.array([0.0, 1e3, 2e3, 3e3 + away, 4e3 + away])

    g = true_groups(paths(e, lambda s: np.full(5, 45.0 * s)))
    split, merge = g.events
    assert split.is_split and (split.larger, split.smaller) == ({0, 1, 2}, {3, 4})
    assert not merge.is_split and merge.smaller == {3, 4}
    assert 1500 < split.t_s < 1700 and 2970 <= merge.t_s <= 3030
    assert len(set(numbers(g, 900))) == 1 and len(set(numbers(g, 2000))) == 2 and len(set(numbers(g, 3500))) == 1


def test_what_parts_for_less_than_a_minute_is_no_event():
    def e(s):
        return np.array([0.0, 15_100.0 if 1000 <= s < 1040 else 11_000.0])

    assert true_groups(paths(e, lambda s: np.full(2, 45.0 * s))).events == ()


def day(tiny, said_split_s: float | None, number_of=lambda k, s: "R1", n_of=lambda s: 4):
    """Four drones 2 km apart fly north; from 1000 s on two turn away east by 20 m/s."""
    t = np.arange(tiny.seconds + 1.0)
    away = 20.0 * np.maximum(t - 1000.0, 0.0)
    places = [(2e3 * k + (away if k > 1 else 0 * t), -50e3 + 30.0 * t) for k in range(4)]
    for k, (e, n) in enumerate(places):
        tiny.object(f"d{k}", e, n, 500.0)
    tiny.flight("F1", -40e3, 0.0)
    tables = {"raids": [], "raid_events": []}
    for s in range(0, tiny.seconds + 1, STEP):
        for k, (e, n) in enumerate(places):
            lon, lat = PLANE(e[s], n[s], inverse=True)
            row = {"t_s": tiny.t(s), "track_id": f"T{k}", "lat_deg": lat, "lon_deg": lon, "hae_m": 500.0,
                   "p_exists": 1.0, "kind": "drone", "raid_id": number_of(k, s)}
            tiny.rows["tracks"].append(row)
        for raid in {number_of(k, s) for k in range(4)}:
            mine = [PLANE(e[s], n[s], inverse=True) for k, (e, n) in enumerate(places) if number_of(k, s) == raid]
            shape = shapely.MultiPoint(mine).convex_hull.buffer(0.0125)
            tables["raids"].append({"t_s": tiny.t(s), "raid_id": raid, "n": n_of(s) if len(mine) == 4 else len(mine),
                                    "extent_wkb": shape.wkb})
    if said_split_s is not None:
        event = {"t_s": tiny.t(said_split_s), "event": "split", "raid_id": "R1", "other_id": "R2"}
        tables["raid_events"].append(event)
    text = pa.string()
    tiny.more = {
        "raids": pa.Table.from_pylist(tables["raids"]),
        "raid_events": pa.Table.from_pylist(
            tables["raid_events"],
            schema=pa.schema([("t_s", pa.float64()), ("event", text), ("raid_id", text), ("other_id", text)]),
        ),
    }
    return tiny


def scored(tiny):
    case, out = tiny.write()
    for name, table in tiny.more.items():
        pq.write_table(table, out / f"{name}.parquet")
    return score(case, out, parts=("raids",))


def parted(k, s):
    return "R2" if k > 1 and s >= 1700 else "R1"


def test_a_right_run_keeps_its_numbers_and_finds_the_split(tiny):
    tiny.seconds = 2400
    got = scored(day(tiny, 1700.0, parted))["raids"]["flown"]
    assert got["switches"] == 0 and got["count_error_median"] == 0.0
    events = got["events"]["split"]
    assert (events["true"], events["found"], events["told"], events["told_wrong"]) == (1, 1, 1, 0)
    assert -60.0 <= events["delay_median_s"] <= 120.0
    assert got["pairs_f1"] > 0.95 and 0.65 < got["iou_median"] < 1.0


def test_a_run_that_says_nothing_of_the_split_or_of_another_misses_it(tiny):
    tiny.seconds = 2400
    got = scored(day(tiny, 900.0, parted))["raids"]["flown"]["events"]["split"]
    assert (got["true"], got["found"], got["told"], got["told_wrong"]) == (1, 0, 1, 1)


def test_changes_of_number_and_a_wrong_count_are_seen(tiny):
    tiny.seconds = 900
    result = scored(day(tiny, None, lambda k, s: f"R{1 + s // 300}", n_of=lambda s: 6))
    got = result["raids"]["flown"]
    assert got["switches"] == 3 and got["raid_h"] == pytest.approx(0.25, abs=0.01)
    assert got["count_error_median"] == pytest.approx(0.5) and got["count_bias"] == pytest.approx(0.5)
    assert "changes of raid id" in to_markdown(result)


def test_many_days_add_sums_and_histograms(tiny, tmp_path):
    tiny.seconds = 900
    result = scored(day(tiny, None, n_of=lambda s: 3))
    both = together([result, result])
    assert both["headline"]["raid_switches_per_h"] == 0.0 and both["interval_95"]["raid_switches_per_h"] == [0.0, 0.0]
    assert both["headline"]["raid_count_error_median"] == pytest.approx(0.25, abs=0.006)
    assert both["headline"]["raid_split_found_frac"] is None


def test_the_median_of_a_histogram_is_that_of_its_numbers():
    rng = np.random.default_rng(4)
    x = rng.exponential(0.2, 1001)
    assert binned_median(np.histogram(x, EDGES_COUNT)[0], EDGES_COUNT) == pytest.approx(np.median(x), abs=0.005)
    assert binned_median(np.zeros(len(EDGES_COUNT) - 1), EDGES_COUNT) is None


def test_drones_on_the_ground_fly_with_nobody(tiny):
    tiny.seconds = 60
    tiny.object("d0", 0.0, 0.0, 500.0)
    tiny.object("d1", 1e3, 0.0, 0.0, ground=True)
    tiny.flight("F1", 0.0, 9e3)
    g = true_groups(drone_paths(read_day(tiny.write()[0])))
    assert (g.label[:, 0] == 0).all() and (g.label[:, 1] == -1).all()
