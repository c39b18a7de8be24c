"""Habits: what each does to a raid, and that the truth stays something that can fly."""

from __future__ import annotations

import hashlib
import math
from pathlib import Path

import msgspec
import numpy as np
import pytest
from pyproj import Geod

from flightward.errors import BadInput
from flightward.simulate import HABITS, parse_scenario, scenario_text, standard_day
from flightward.simulate.motion import Jams, Movers, fly
from flightward.simulate.raids import draw_raid
from flightward.simulate.scenario import Jam, Loiter, Make, Raid, Scenario, Split, Turn
from flightward.simulate.world import World, draw_world

GEOD = Geod(ellps="WGS84")
NORTH = ((50.0, 30.0), (50.9, 30.0))
"""100 km to the north."""
CALM = {
    "waypoint_sigma_m": 0.0, "wander_rad": 0.0, "sigma_speed_mps": 0.0, "sigma_hae_m": 0.0, "spread_m": 0.0,
    "speed_mps": 50.0, "hae_m": 1000.0,
}  # fmt: skip


def raid(**changes) -> Raid:
    return Raid(**{"id": "R", "n": 40, "waypoints": NORTH, "interval_s": 10.0, **CALM, **changes})


def members(declared, seed=1):
    return draw_raid(declared, 0.0, np.random.default_rng(seed))


def flown(declared, seconds=3000, seed=1):
    rng = np.random.default_rng(seed)
    return fly([draw_raid(declared, 0.0, rng).movers], seconds, [rng])


def world_of(day: Scenario, seed: int) -> World:
    return draw_world(day, np.random.SeedSequence(seed).spawn(2)[0])


def far_m(p, second, i=0):
    """Distance and bearing (degrees) of member i from the raid's first waypoint."""
    bearing, _, far = GEOD.inv(NORTH[0][1], NORTH[0][0], p.lon_deg[second, i], p.lat_deg[second, i])
    return far, bearing


def test_a_habit_changes_nothing_else_that_is_drawn():
    loose = {"sigma_speed_mps": 2.0, "sigma_hae_m": 100.0, "waypoint_sigma_m": 800.0, "spread_m": 3000.0}
    plain, jammed = members(raid(**loose)), members(raid(**loose, jam=Jam(frac=0.0)))
    for name in ("born_s", "dies_s", "speed_mps", "hae_m", "turn_radps"):
        np.testing.assert_array_equal(getattr(plain.movers, name), getattr(jammed.movers, name))
    np.testing.assert_allclose(plain.movers.route_deg, jammed.movers.route_deg, atol=1e-9)


def test_makes_take_their_share_and_their_own_speed_height_and_cross_section():
    decoy = Make(frac=0.3, speed_mps=30.0, hae_m=2500.0, rcs_m2=0.5)
    m = members(raid(n=2000, makes=(decoy, Make(frac=0.2, speed_mps=140.0, turn_radps=0.02, climb_mps=10.0))))
    slow, fast = m.movers.speed_mps == 30.0, m.movers.speed_mps == 140.0
    assert slow.mean() == pytest.approx(0.3, abs=0.04) and fast.mean() == pytest.approx(0.2, abs=0.04)
    assert (m.movers.hae_m[slow] == 2500.0).all() and (m.movers.hae_m[~slow] == 1000.0).all()
    assert (m.rcs_m2[slow] == 0.5).all() and (m.rcs_m2[~slow] == 0.05).all()
    assert (m.movers.turn_radps[fast] == 0.02).all() and (m.movers.climb_mps[fast] == 10.0).all()
    np.testing.assert_allclose(m.movers.route_hae_m[slow], 2500.0)


@pytest.mark.parametrize("length_m", [0.0, 12000.0])
def test_who_loiters_stays_near_the_place_for_the_time_and_then_flies_on(length_m):
    loiter = Loiter(at_frac=0.5, lasts_s=1200.0, sigma_lasts_s=0.0, radius_m=4000.0, length_m=length_m)
    p = flown(raid(n=1, loiters=(loiter,)), 3400)
    north = (p.lat_deg[:, 0] - 50.0) * 111220.0
    near = np.abs(north - 50000.0) < 8500.0 + length_m
    # without laps it passes in 17 km / 50 m/s
    passing_s = 2.0 * (8500.0 + length_m) / 50.0
    assert near.sum() == pytest.approx(1200.0 + passing_s, rel=0.15)
    assert np.nanmax(north) > 95000.0


def test_all_gather_about_one_place_or_each_has_its_own():
    def middles(gather):
        loiter = Loiter(at_frac=0.5, lasts_s=1500.0, sigma_lasts_s=0.0, radius_m=3000.0, gather=gather)
        line = raid(n=4, pattern="formation", line=4, spread_m=9000.0, interval_s=1.0, loiters=(loiter,))
        return np.nanmean(flown(line, 2400).lon_deg[1400:2400], axis=0)

    assert np.ptp(middles(True)) * 71500.0 < 1500.0
    assert np.ptp(middles(False)) * 71500.0 > 20000.0


def test_a_whole_raid_turns_at_a_time_and_who_starts_later_takes_the_new_course():
    p = flown(raid(n=60, interval_s=30.0, turns=(Turn(at_s=900.0, turn_rad=math.pi / 2.0),)), 2000)
    course = np.arctan2(p.ve_mps, p.vn_mps)
    early, late = ~np.isnan(p.lat_deg[899]), ~np.isnan(p.lat_deg[1900])
    np.testing.assert_allclose(course[895, early], 0.0, atol=0.01)
    # one that set out seconds before flies on until its first corner counts as reached
    assert (course[920, early] > 0.3).mean() > 0.9
    assert np.abs(course[1900, late] - math.pi / 2.0).max() < 0.1 and (~early & late).sum() > 10


def test_a_raid_turns_at_a_place_one_after_another():
    p = flown(raid(n=30, interval_s=30.0, turns=(Turn(at_frac=0.3, turn_rad=-math.pi / 2.0),)), 2500)
    north = (p.lat_deg - 50.0) * 111220.0
    assert np.nanmax(north) < 31500.0
    east = (p.lon_deg[2400] - 30.0) * 71000.0
    assert np.nanmin(east) < -40000.0


def test_a_raid_parts_by_side_without_crossing_and_may_come_back():
    line = {"n": 6, "pattern": "formation", "line": 6, "spread_m": 500.0, "interval_s": 1.0}
    apart = flown(raid(**line, splits=(Split(at_frac=0.2, parts=2, turn_rad=0.6),)), 1500)
    right = apart.lon_deg[60] > 30.0
    ends = apart.lon_deg[1500]
    assert right.sum() == 3 and (ends[right] > 30.2).all() and (ends[~right] < 29.8).all()
    back = flown(raid(**line, splits=(Split(at_frac=0.2, parts=2, turn_rad=0.6, back_frac=0.5),)), 2100)
    spread = np.ptp(back.lon_deg[10:1901], axis=1) * 71000.0
    assert spread.max() > 15000.0 and spread[0] < 3000.0 and spread[-1] < 3000.0


def test_parting_by_order_sends_the_first_half_one_way():
    m = members(raid(n=10, splits=(Split(at_frac=0.2, parts=2, turn_rad=0.5, by="order"),))).movers
    ends = np.array([r[~np.isnan(r[:, 0])][-1, 1] for r in m.route_deg])
    assert (ends[:5] < 30.0).all() and (ends[5:] > 30.0).all()


def test_a_jammed_drone_drifts_sinks_and_finds_its_way_again():
    jam = Jam(frac=1.0, at_frac=0.3, lasts_s=500.0, drift_mps=10.0, sigma_turn_radps=0.0, sag_mps=1.0, lost_frac=0.0)
    declared = raid(n=1, jam=jam)
    j = members(declared).movers.jams
    assert j is not None
    a, b = int(j.from_s[0]), int(j.to_s[0])
    p = flown(declared, b + 600)
    speed = np.hypot(p.ve_mps[:, 0], p.vn_mps[:, 0])
    np.testing.assert_allclose(speed[60:a], 50.0, atol=1e-6)
    drift = np.array([p.ve_mps[b - 1, 0], p.vn_mps[b - 1, 0] - 50.0])
    np.testing.assert_allclose(drift, [j.drift_e_mps[0], j.drift_n_mps[0]], atol=0.3)
    assert p.hae_m[b, 0] == pytest.approx(max(1000.0 - (b - a), 50.0), abs=5.0)
    assert p.hae_m[-1, 0] == pytest.approx(1000.0, abs=5.0)
    steps = np.hypot(np.diff(p.ve_mps[:, 0]), np.diff(p.vn_mps[:, 0]))
    assert np.nanmax(steps[60:]) < 50.0 * 0.03 + 10.0 / 30.0 + 0.01


def test_the_lost_end_with_their_jamming_and_the_others_fly_on():
    m = members(raid(n=400, jam=Jam(frac=0.5, lost_frac=0.5, lasts_s=200.0))).movers
    assert m.jams is not None
    hit = np.isfinite(m.jams.from_s)
    lost = m.dies_s < 10**8
    assert hit.mean() == pytest.approx(0.5, abs=0.08) and lost[hit].mean() == pytest.approx(0.5, abs=0.1)
    assert not lost[~hit].any()
    np.testing.assert_array_equal(m.dies_s[lost], m.jams.to_s[lost])


def test_the_unjammed_fly_the_same_beside_the_jammed():
    alone = members(raid(n=3)).movers
    hit = Jams(*[np.full(3, v) for v in (100.0, 400.0, 8.0, 0.0, 0.01, 1.0)])
    other = Movers(*[getattr(alone, f) for f in Movers.__dataclass_fields__ if f != "jams"], jams=hit)
    seeds = (5, 6)
    both = fly([alone, other], 600, [np.random.default_rng(s) for s in seeds])
    single = fly([alone], 600, [np.random.default_rng(seeds[0])])
    np.testing.assert_array_equal(both.lat_deg[:, :3], single.lat_deg)
    assert np.abs(both.lon_deg[500, 3:] - single.lon_deg[500]).max() > 0.01


def test_an_event_has_a_place_or_a_time_and_makes_fit_into_their_raid(make):
    base = {"id": "R1", "n": 2, "waypoints": [[49.8, 29.9], [50.2, 30.1]]}
    for event in ({}, {"at_s": 5.0, "at_frac": 0.5}):
        for key in ("loiters", "turns", "splits"):
            with pytest.raises(BadInput, match="give at_frac or at_s"):
                make.small(raid=[{**base, key: [event]}])
    with pytest.raises(BadInput, match="more than 1"):
        make.small(raid=[{**base, "makes": [{"frac": 0.6}, {"frac": 0.5}]}])


def test_a_raid_with_every_habit_is_read_back_the_same(make):
    every = {
        "id": "R1", "n": 9, "waypoints": [[49.8, 29.9], [50.2, 30.1]], "start_s": -300.0, "interval_s": 20.0,
        "makes": [{"frac": 0.4, "speed_mps": 30.0}], "jam": {"frac": 0.5},
        "loiters": [{"at_frac": 0.5, "lasts_s": 300.0}], "turns": [{"at_s": 300.0, "turn_rad": 0.5}],
        "splits": [{"at_frac": 0.2, "parts": 3, "by": "order", "back_frac": 0.4}],
    }  # fmt: skip
    scenario = make.small(raid=[every])
    assert parse_scenario(msgspec.to_builtins(scenario)) == scenario
    drones = world_of(scenario, 1).hostile.sum()
    assert drones == 9


# --- standard days ---


@pytest.mark.parametrize(("seed", "digest"), [(4, "1170725ff74f60be"), (11, "46e26bf9c8be6718")])
def test_a_plain_day_is_the_standard_day_of_before_there_were_habits(seed, digest):
    text = scenario_text(standard_day(seed, habits=("plain",)))
    assert hashlib.sha256(text.encode()).hexdigest()[:16] == digest


def test_only_raids_depend_on_the_habits_and_their_order_does_not_matter():
    plain, all_of = standard_day(7, habits=["plain"]), standard_day(7)
    assert msgspec.structs.replace(all_of, raids=plain.raids) == plain and all_of.raids != plain.raids
    assert standard_day(7, habits=("split", "loiter")) == standard_day(7, habits=("loiter", "split", "loiter"))
    assert standard_day(7, habits=HABITS) == all_of


@pytest.mark.parametrize("wrong", [("loop",), ("plain", "Split"), ()])
def test_an_unknown_family_is_refused_with_the_names_that_there_are(wrong):
    with pytest.raises(BadInput, match="plain, decoys") as caught:
        standard_day(1, habits=wrong)
    assert caught.value.key == "habits"


_KEY = {"decoys": "makes", "jam": "jam", "loiter": "loiters", "split": "splits", "turn": "turns"}


@pytest.mark.parametrize("family", sorted(_KEY))
def test_days_of_one_family_have_it_and_no_other(family):
    for seed in range(6):
        for r in standard_day(seed, habits=(family,)).raids:
            assert getattr(r, _KEY[family])
            assert not any(getattr(r, key) for name, key in _KEY.items() if name != family)


def test_over_all_days_every_family_comes_up_and_about_every_ninth_raid_is_plain():
    raids = [r for seed in range(60) for r in standard_day(seed).raids]
    for key in _KEY.values():
        assert 0.05 < np.mean([bool(getattr(r, key)) for r in raids]) < 0.6
    plain = [r for r in raids if not any(getattr(r, k) for k in _KEY.values())]
    assert 0.1 < len(plain) / len(raids) < 0.6
    assert max(r.speed_mps for r in raids) > 120.0 and min(r.speed_mps for r in raids) < 38.0
    assert len({r.waypoints[-1] for r in raids}) < len(raids)


@pytest.mark.parametrize(("seed", "family"), [(3 + i, f) for i, f in enumerate(HABITS)])
def test_drones_of_every_family_fly_as_things_can(seed, family):
    day = standard_day(seed, habits=(family,))
    world = world_of(day, seed)
    p = world.paths
    limit = [_limits(r) for r in day.raids]
    drones = np.flatnonzero(world.hostile)
    assert len(drones) > 5
    for i in drones:
        top, turn, climb, wind = limit[world.raid[i]]
        alive = np.flatnonzero(~np.isnan(p.lat_deg[:, i]))
        if not len(alive):
            continue  # its way ended before the day began
        assert (np.diff(alive) == 1).all()
        lat, lon, hae, ve, vn, vu = (x[alive, i] for x in (p.lat_deg, p.lon_deg, p.hae_m, p.ve_mps, p.vn_mps, p.vu_mps))
        assert np.hypot(ve, vn).max() <= top + wind and np.abs(vu).max() <= climb + 1e-9
        assert hae.min() >= day.area.ground_m + 49.0
        bearing, _, far = GEOD.inv(lon[:-1], lat[:-1], lon[1:], lat[1:])
        far = far * (1.0 + hae[:-1] / 6371000.0)
        np.testing.assert_allclose(far * np.sin(np.radians(bearing)), ve[:-1], atol=0.25)
        np.testing.assert_allclose(far * np.cos(np.radians(bearing)), vn[:-1], atol=0.25)
        np.testing.assert_allclose(np.diff(hae), vu[:-1], atol=1e-6)
        bend = np.hypot(np.diff(ve), np.diff(vn))
        assert (bend <= np.hypot(ve, vn)[1:].max() * turn + wind / 30.0 + 0.02).all()


def _limits(r: Raid) -> tuple[float, float, float, float]:
    """Speed, turn, climb and wind that no member of the raid passes."""
    speeds = [(r.speed_mps, r.sigma_speed_mps), *((m.speed_mps or 0.0, m.sigma_speed_mps or 0.0) for m in r.makes)]
    top = max(s + 4.5 * sigma for s, sigma in speeds)
    turn = max(r.turn_radps, *(m.turn_radps or 0.0 for m in r.makes), 0.0)
    climb = max(r.climb_mps, *(m.climb_mps or 0.0 for m in r.makes), 0.0)
    return top, turn, climb, 1.6 * r.jam.drift_mps if r.jam else 0.0


def test_the_decoy_is_hostile_and_of_its_raid():
    world = world_of(standard_day(5, habits=("decoys",)), 5)
    assert (world.hostile == (world.raid >= 0)).all()


# --- who flies with whom: the code in the docs, on raids whose answer is known ---


@pytest.fixture(scope="module")
def together():
    text = (Path(__file__).parents[2] / "docs" / "scenarios.md").read_text(encoding="utf-8")
    code = next(c.split("```")[0] for c in text.split("```python\n") if "def together" in c)
    names: dict = {}
    exec(code, names)
    return names["together"]


def groups(together, *raids, seconds):
    rngs = [np.random.default_rng(i) for i in range(len(raids))]
    p = fly([draw_raid(r, 0.0, g).movers for r, g in zip(raids, rngs, strict=True)], seconds, rngs)
    label = together((p.lon_deg[::10] - 30.0) * 71500.0, (p.lat_deg[::10] - 50.0) * 111220.0)
    return np.array([len(np.unique(row[row >= 0])) for row in label])


ABREAST = {"n": 6, "pattern": "formation", "line": 6, "spread_m": 1000.0, "interval_s": 1.0}


def test_a_raid_that_parts_is_two_from_when_the_gap_is_wide(together):
    n = groups(together, raid(**ABREAST, splits=(Split(at_frac=0.2, turn_rad=0.6),)), seconds=1500)
    # parts at 400 s; 2 * 50 m/s * sin(0.6) = 56 m/s apart: 15 km after 270 s
    assert (n[5:55] == 1).all() and (n[80:] == 2).all()


def test_laps_are_no_split(together):
    loiter = Loiter(at_frac=0.3, lasts_s=1200.0, radius_m=4000.0)
    n = groups(together, raid(n=8, interval_s=60.0, loiters=(loiter,)), seconds=2400)
    assert (n[55:230] == 1).all()


def test_two_raids_on_one_tail_become_one_and_two_that_cross_do_not(together):
    tail = (50.9, 30.0)
    here = raid(id="A", n=4, interval_s=1.0, waypoints=((49.9, 29.7), (50.3, 30.0), tail))
    there = raid(id="B", n=4, interval_s=1.0, waypoints=((49.9, 30.3), (50.3, 30.0), tail))
    n = groups(together, here, there, seconds=1800)
    assert (n[5:60] == 2).all() and (n[120:] == 1).all()
    across = raid(id="C", n=4, interval_s=1.0, waypoints=((50.3, 29.4), (50.3, 30.6)))
    assert (groups(together, here, across, seconds=1600)[5:] == 2).all()
