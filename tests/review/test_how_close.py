"""How close it was: hand-made days, spreads that are known, exact answers of other methods, and a day of its own."""

from __future__ import annotations

import dataclasses
import math
import struct
from math import comb
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flightward.config import CaughtConfig
from flightward.encounters import RareSettings, UncertainPairs, p_within_cylinder
from flightward.errors import BadInput
from flightward.model import AreaFrame
from flightward.review import close_of, how_close
from flightward.review.approaches import L, caught_gap, meeting_gap, seen_from
from flightward.review.close_tables import TABLES
from flightward.review.closeness import Path4D
from flightward.review.evidence import Evidence
from flightward.review.heard import nothing
from flightward.review.leaks import leaks
from flightward.review.scene import Flight, Scene, Zone
from flightward.review.spread import N_ACROSS, PRIOR_MPS, DronePath, Spread, drone_paths, learn, shapes
from flightward.review.would_be import CloseSettings

START_S = 1_760_000_040.0
FRAME = AreaFrame(math.radians(50.0), math.radians(20.0))
QUICK = CloseSettings(
    joint=RareSettings(rel_error=0.1, runs=8, pilot=200, least=50, most_calls=10_000, smallest=1e-6),
    single=RareSettings(rel_error=0.15, runs=8, pilot=200, least=50, most_calls=10_000, smallest=1e-6),
    trials=500,
)
EMPTY = {
    "raids": ("t_s", "raid_id", "n", "lat_deg", "lon_deg", "course_rad", "speed_mps", "arrivals_per_min", "extent_wkb"),
    "threats": ("t_s", "hazard_kind", "hazard_id", "level", "p", "t_to_s", "reason"),
    "warnings": ("warning_id",),
    "advice": ("t_s", "option", "p_caught", "delay_s", "extra_m", "decide_by_s", "route_wkb", "text"),
}


def rows(objects):
    """Truth rows of {id: (T, 4) seconds since the start, east, north, height}."""
    t, e, n, h = np.concatenate([np.asarray(x, float) for x in objects.values()]).T
    ids = np.concatenate([np.full(len(x), name, object) for name, x in objects.items()])
    return {
        "t_s": START_S + t, "e_m": e, "n_m": n, "hae_m": h, "track_id": ids, "object_id": ids,
        "on_ground": np.zeros(len(t)),
    }  # fmt: skip


def line(place, velocity, first, last):
    t = np.arange(first, last + 1.0)
    return np.column_stack([t, np.asarray(place, float) + np.outer(t - first, velocity)])


def evidence(flight, drones, *, advice=(), zones=(), minutes=30.0):
    """Evidence with the truth: a flight and drones by rows(), advice as dicts."""
    end_s = START_S + 60.0 * minutes
    who = Flight("F01", "MEDIC1", "f00001", "EC35", "medical", *(np.array([0.0, 1.0]) for _ in range(4)))
    scene = Scene("hand-made", "nothing", "everything", "", START_S, end_s, FRAME, tuple(zones), (), (), who)
    columns = {name: {c: np.zeros(0, object if c.endswith(("wkb", "text", "option", "id", "kind", "level")) else float)
                      for c in names} for name, names in EMPTY.items()}  # fmt: skip
    if advice:
        columns["advice"] = {
            c: np.array([a[c] for a in advice], object if c in ("option", "route_wkb", "text") else float)
            for c in EMPTY["advice"]
        }
    own = rows({"F01": flight})
    return Evidence(
        scene=scene, own={**own, "integrity": np.full(len(flight), "trusted", object)},
        drones=rows(drones) if drones else None or {k: v[:0] for k, v in own.items()},
        raids=columns["raids"], threats=columns["threats"], warnings=columns["warnings"], advice=columns["advice"],
        own_truth=own, drones_truth=rows(drones) if drones else None, provenance={}, caught=CaughtConfig(),
        heard=nothing(),
    )  # fmt: skip


HOVER = line((0.0, 0.0, 500.0), (0.0, 0.0, 0.0), 0, 1_500)
"""A helicopter that stands at one place in the air."""


def three_past(aside_m, heights=(500.0, 500.0, 500.0), lost_at=None):
    """Three drones north at 50 m/s past the flight, some metres beside it; the third is lost at a second."""
    out = {}
    for i, h in enumerate(heights):
        last = 1_200 if lost_at is None or i < 2 else lost_at
        out[f"D{i + 1}"] = line((aside_m + 100.0 * i, -30_000.0, h), (0.0, 50.0, 0.0), 0, last)
    return out


# ---- hand cases -------------------------------------------------------------------------------------------------


def test_distances_of_a_pass_that_a_reader_can_check():
    passes = {"D1": line((3_000.0, -30_000.0, 900.0), (0.0, 50.0, 0.0), 0, 1_200)}
    got = close_of(evidence(HOVER, passes), settings=QUICK)
    d = got.drones[0]
    assert d.horizontal_m == pytest.approx(3_000.0) and d.vertical_m == pytest.approx(400.0)
    assert d.slant_m == pytest.approx(math.hypot(3_000.0, 400.0)) and d.least_slant_m == pytest.approx(d.slant_m)
    assert d.t_s == pytest.approx(START_S + 600.0) and d.least_horizontal_t_s == pytest.approx(START_S + 600.0)
    assert d.sigma_slant_m == 0.0 and d.lost_clear_s == 0.0 and math.isnan(d.first_lost_clear_s)
    # within 10 km and 1,500 m while |north| <= sqrt(10^2 - 3^2) km: 2 x 9539.4 / 50 s, whole seconds
    assert got.inside.one_near_s == 381.0 and got.inside.raid_s == 0.0 and got.inside.most_near == 1


def test_well_clear_is_lost_within_2200_ft_and_450_ft_only():
    near = {"D1": line((500.0, -30_000.0, 600.0), (0.0, 50.0, 0.0), 0, 1_200)}
    got = close_of(evidence(HOVER, near), settings=QUICK)
    # 670.56 m: sqrt(670.56^2 - 500^2) = 446.8 m before and behind, at 50 m/s 17.9 s
    assert 16.0 <= got.drones[0].lost_clear_s <= 19.0 and got.inside.not_clear_s == got.drones[0].lost_clear_s
    high = {"D1": line((500.0, -30_000.0, 640.0), (0.0, 50.0, 0.0), 0, 1_200)}
    assert close_of(evidence(HOVER, high), settings=QUICK).inside.not_clear_s == 0.0


def test_as_flown_by_the_truth_is_yes_or_no():
    for aside, want in ((5_000.0, 1.0), (12_000.0, 0.0)):
        got = close_of(evidence(HOVER, three_past(aside)), settings=QUICK)
        c = got.chance("as_flown")
        assert (c.chance.p, c.chance.se, c.method) == (want, 0.0, "known")
        assert got.inside.raid_s > 0.0 if want else got.inside.raid_s == 0.0


def test_one_more_leak_would_have_caught_it():
    # two pass, the third is lost 20 km before; it follows its neighbours, whose way is 100 m beside
    got = close_of(evidence(HOVER, three_past(5_000.0, lost_at=200)), settings=QUICK)
    assert [x.drone_id for x in got.lost] == ["D3"] and got.lost[0].as_drone == "D2"
    assert got.chance("as_flown").chance.p == 0.0
    assert got.chance("leak", subject="D3").chance.p == pytest.approx(1.0, abs=0.05)
    assert got.chance("leaks", subject="1").chance.p == pytest.approx(1.0, abs=0.05)


def test_drones_whose_way_ends_are_not_lost_and_those_at_the_end_of_the_day_neither():
    paths = drone_paths(rows(three_past(5_000.0)))
    assert leaks(paths, START_S + 1_800.0) == [] and leaks(paths, START_S + 1_200.0) == []
    apart = {"D1": np.add(HOVER, (0, 90_000.0, 0, 0)), "D2": line((0.0, 0.0, 500.0), (50.0, 0.0, 0.0), 0, 300)}
    assert leaks(drone_paths(rows(apart)), START_S + 1_500.0) == []


def test_k_leaks_are_the_share_of_the_ways_to_choose_them():
    # four are lost; the way on of exactly two of them would have caught the flight alone (lone: 1 km beside it)
    drones = {}
    for i, aside in enumerate((1_000.0, -1_000.0, 12_000.0, -12_000.0)):
        drones[f"G{i}"] = line((aside + 30.0, -30_000.0, 3_000.0), (0.0, 50.0, 0.0), 0, 1_200)
        drones[f"L{i}"] = line((aside, -30_000.0, 500.0), (0.0, 50.0, 0.0), 0, 100)
    still = dataclasses.replace(QUICK, trials=2_000)
    got = close_of(evidence(HOVER, drones), settings=still)
    assert len(got.lost) == 4
    for k in (1, 2, 3):
        want = 1.0 - comb(2, k) / comb(4, k)
        c = got.chance("leaks", subject=str(k)).chance
        single = [got.chance("leak", subject=f"L{i}").chance.p for i in range(4)]
        if max(single[2:]) == 0.0 and min(single[:2]) > 0.999:
            assert abs(c.p - want) <= 4.0 * c.se + 0.02
        else:  # luck may bring them in or keep them out: between none and all
            assert min(single) - 0.1 <= c.p <= 1.0


def test_no_hostile_drone_at_all_gives_zeros_and_tables(tmp_path):
    got = close_of(evidence(HOVER, {}), settings=QUICK)
    assert got.drones == () and got.chance("luck").chance.p == 0.0 and got.inside.most_near == 0
    got.write(tmp_path)
    assert pq.read_table(tmp_path / "close_flight.parquet")["n_drones"].to_pylist() == [0]


def test_a_sky_that_nobody_watched_is_unknown_not_safe():
    on_its_way = line((0.0, -20_000.0, 500.0), (0.0, 40.0, 0.0), 0, 1_500)
    seen = evidence(on_its_way, {"D1": line((60_000.0, -30_000.0, 900.0), (0.0, 50.0, 0.0), 0, 1_200)})
    by_tracks = dataclasses.replace(seen, own_truth=None, drones_truth=None, own={**seen.own, "age_s": np.zeros(1_501)})
    watched = close_of(by_tracks, settings=QUICK)
    assert watched.chance("as_flown").chance.p == 0.0 and not watched.is_unwatched
    t = START_S + np.arange(0.0, 1_000.0)
    blind = {c: np.full(len(t), None, object) for c in EMPTY["threats"]} | {"t_s": t}
    blind["hazard_kind"] = np.full(len(t), "blind", object)
    got = close_of(dataclasses.replace(by_tracks, threats=blind), settings=QUICK)
    assert got.is_unwatched and got.blind_s >= 999.0
    assert all(math.isnan(c.chance.p) and c.method == "unseen" for c in got.chances)
    none = dataclasses.replace(by_tracks, drones={k: v[:0] for k, v in seen.drones.items()})
    assert math.isnan(close_of(none, settings=QUICK).chance("luck", "struck").chance.p)
    assert got.tables()["close_chances"]["status"].unique().to_pylist() == ["UNSEEN"]


def test_advice_that_leads_away_brings_the_risk_to_nothing():
    t = START_S + np.array([100.0, 400.0, 1_500.0])
    route = [(20.0, 50.0), (20.45, 50.0), (20.45, 50.0)]  # 32 km east
    points = b"".join(struct.pack("<4d", x, y, 500.0, s) for (x, y), s in zip(route, t, strict=True))
    wkb = struct.pack("<BII", 1, 3002, len(route)) + points
    told = [
        {"t_s": START_S + s, "option": "divert", "p_caught": 0.1, "delay_s": 0.0, "extra_m": 0.0,
         "decide_by_s": START_S + 105.0, "route_wkb": wkb, "text": "away"} for s in (60.0, 100.0, 110.0)
    ]  # fmt: skip
    got = close_of(evidence(HOVER, three_past(5_000.0), advice=told), settings=QUICK)
    (a,) = got.advice
    assert a.told_s == START_S + 100.0 and a.caught_by == "" and got.chance("as_flown").chance.p == 1.0
    assert a.risk_ratio == pytest.approx(0.0, abs=0.02) and a.induced == 0.0
    assert got.chance("advice", subject="divert").chance.p < 0.05 < got.chance("luck").chance.p


def test_a_defended_zone_counts_while_it_is_active():
    ring = np.array([-5e3, 5e3, 5e3, -5e3, -5e3]), np.array([-5e3, -5e3, 5e3, 5e3, -5e3])
    far = {"D1": line((30_000.0, -30_000.0, 900.0), (0.0, 50.0, 0.0), 0, 1_200)}
    for active, want in ((((START_S, START_S + 9e3),), 1.0), ((), 0.0)):
        zone = Zone("Z", "defended", *ring, 0.0, 6_000.0, active, "")
        got = close_of(evidence(HOVER, far, zones=(zone,)), settings=QUICK)
        assert got.chance("as_flown").chance.p == want and (got.zone_s > 0) == bool(want)


def test_what_is_not_known_or_makes_no_sense_is_refused(tmp_path):
    with pytest.raises(BadInput, match="seed"):
        how_close(tmp_path, "F01", seed=-1)
    with pytest.raises(BadInput):
        how_close(tmp_path, "F01")
    with pytest.raises(KeyError):
        close_of(evidence(HOVER, {}), settings=QUICK).chance("leak", subject="D9")


# ---- against other methods --------------------------------------------------------------------------------------


@settings(max_examples=4, deadline=None)
@given(st.integers(0, 1_000))
def test_meeting_with_a_place_error_agrees_with_the_flux_of_entries(seed):
    # the same question to the exact sum of encounters: straight relative motion, normal error that does not change
    from flightward.encounters import rare_chance

    rng = np.random.default_rng(seed)
    aside, up = rng.uniform(200, 600), rng.uniform(-60, 60)
    t = np.arange(0.0, 121.0)
    flight = Path4D(START_S + t, 0 * t, 0 * t, 0 * t + 500.0, np.ones(len(t), bool))
    d = DronePath(
        "D1", START_S + t, 0 * t + aside, -3_000.0 + 50.0 * t, 0 * t + 500.0 + up, np.tile([0.0, 1.0], (len(t), 1)),
        0 * t + 150.0, 0 * t + 40.0, START_S,
    )  # fmt: skip
    seen = seen_from(flight, [d], None, np.zeros(len(t), bool), 152.4)
    got = rare_chance(meeting_gap(seen, 0, 152.4, 30.48), L, seed=seed, settings=RareSettings(rel_error=0.06, runs=16))
    pairs = UncertainPairs.of_relative(
        np.array([[aside, -3_000.0, up, 0.0, 50.0, 0.0]]), np.diag([150.0, 150.0, 40.0, 0, 0, 0]) ** 2
    )
    want = float(p_within_cylinder(pairs, 152.4, 30.48, 120.0).p[0])
    assert abs(got.p - want) <= 4.0 * got.se + 2e-3 * want


def walkers(n, sigma, forgets, rng, minutes=40):
    """Drones north at 50 m/s, one behind the other, whose sideways velocity wanders as the model says."""
    t = np.arange(0.0, 60.0 * minutes)
    out = {}
    keep = math.exp(-1.0 / forgets)
    for i in range(n):
        v = np.zeros((len(t), 3))
        v[0] = rng.normal(0, sigma)
        for k in range(1, len(t)):
            v[k] = keep * v[k - 1] + math.sqrt(1 - keep**2) * rng.normal(0, sigma)
        place = np.cumsum(np.add(v, (0.0, 50.0, 0.0)), axis=0)
        place += np.array([rng.normal(0, 1_000), -1_500.0 * i, 500.0])
        out[f"D{i}"] = np.column_stack([t, place])
    return out


def test_the_spread_of_drones_that_wander_as_the_model_says_is_found():
    sigma = np.array([3.0, 1.5, 0.6])
    got = learn(drone_paths(rows(walkers(12, sigma, 120.0, np.random.default_rng(1)))))
    assert got.n_pairs > 200
    grown = Spread(tuple(sigma), (120.0,) * 3, 1).sigma_m(600.0)
    np.testing.assert_allclose(got.sigma_m(600.0), grown, rtol=0.45)


def test_a_turn_that_all_fly_is_not_luck_of_one():
    rng = np.random.default_rng(2)
    still = walkers(8, np.array([1e-3, 1e-3, 1e-3]), 120.0, rng)
    for x in still.values():  # all turn right at the same place
        north = x[:, 2] - 40_000.0
        x[:, 1] += np.where(north > 0, 0.5 * north, 0.0)
    assert learn(drone_paths(rows(still))).sigma_m(600.0)[0] < 150.0


def test_an_error_that_is_not_told_is_not_none():
    up_m = np.where(HOVER[:, 0] < 9, 30.0, np.nan)
    told = {**rows({"D1": HOVER}), "sigma_h_m": np.full(1_501, np.nan), "sigma_v_m": up_m}
    (d,) = drone_paths(told)
    assert (d.sigma_h_m == 100.0).all() and (d.sigma_v_m == 30.0).all()


def test_few_drones_have_the_prior_and_say_so():
    got = learn(drone_paths(rows({"D1": HOVER})))
    assert got.sigma_mps == PRIOR_MPS and got.n_pairs == 0


def test_shapes_have_the_variance_of_the_process_and_none_at_first():
    spread = Spread((3.0, 1.0, 0.5), (120.0, 60.0, 240.0), 9)
    across = shapes(spread, 1_800.0)[0]
    assert across.shape[1] == N_ACROSS and (across[0] == 0.0).all()
    rng, dt, n = np.random.default_rng(3), 1.0, 4_000
    v, place, keep = np.zeros(n), np.zeros(n), math.exp(-dt / 120.0)
    for _ in range(1_800):
        v = keep * v + math.sqrt(1 - keep**2) * rng.normal(0, 3.0, n)
        place += v * dt
    assert math.sqrt((across[90] ** 2).sum()) == pytest.approx(place.std(), rel=0.08)


# ---- properties -------------------------------------------------------------------------------------------------


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000))
def test_leaving_far_drones_out_changes_no_answer(seed):
    rng = np.random.default_rng(seed)
    t = np.arange(0.0, 200.0)
    flight = Path4D(START_S + t, 0 * t, 0 * t, 0 * t + 500.0, np.ones(len(t), bool))
    drones = []
    for i in range(5):
        place = rng.normal(0, [20_000, 20_000, 200]) + np.outer(t, rng.normal(0, [30, 30, 1]))
        columns = place[:, 0], place[:, 1], place[:, 2] + 500.0
        heading = np.tile([0.0, 1.0], (len(t), 1))
        drones.append(DronePath(f"D{i}", START_S + t, *columns, heading, 0 * t + 900.0, 0 * t + 50.0, START_S))
    zone, cfg = np.zeros(len(t), bool), CaughtConfig()
    some = seen_from(flight, drones, None, zone, 10_000.0)
    whole = seen_from(flight, drones, None, zone, 1e7)
    assert len(whole.ids) == 5
    z = rng.standard_normal((20, whole.dim))
    kept = np.concatenate([z.reshape(20, 5, L)[:, whole.ids.index(x)] for x in some.ids] or [np.zeros((20, 0))], axis=1)
    np.testing.assert_array_equal(
        caught_gap(some, cfg)(np.ascontiguousarray(kept)) <= 0.0, caught_gap(whole, cfg)(z) <= 0.0
    )


# ---- a day of its own -------------------------------------------------------------------------------------------


@pytest.mark.slow  # three askings of a whole day: minutes
def test_the_small_day_end_to_end(small_run, tmp_path):
    case, run = small_run
    truth = pq.read_table(case / "truth.parquet", columns=["object_id", "kind", "hostile"]).to_pylist()
    flight = "HEMS1"  # that of small_day.toml
    got = how_close(run, flight, case=case, settings=QUICK)
    again = how_close(run, flight, case=case, settings=QUICK)
    assert {d.drone_id for d in got.drones} == {r["object_id"] for r in truth if r["hostile"] and r["kind"] == "drone"}
    paths, others = got.write(tmp_path / "a"), again.write(tmp_path / "b")
    assert [p.read_bytes() for p in paths] == [p.read_bytes() for p in others]
    for name, table in got.tables().items():
        assert table.schema.names == list(TABLES[name])
    by_tracks = how_close(run, flight, settings=QUICK)
    assert by_tracks.drones_from == "tracks" and by_tracks.chance("as_flown").method in ("levels", "known")


def test_every_table_and_column_is_in_the_docs():
    text = (Path(__file__).parent.parent.parent / "docs" / "how-close.md").read_text(encoding="utf-8")
    for name, columns in TABLES.items():
        assert f"`{name}`" in text
        for column in columns:
            assert f"`{column}`" in text, column
