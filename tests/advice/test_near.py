"""Instructions for the next minutes: what is said, and that who flies it stays out of what was asked."""

from __future__ import annotations

import collections
import dataclasses
import itertools
import math

import numpy as np
import pytest

from flightward.advice import Advice
from flightward.advice.near import MARGIN_H_M, MARGIN_V_M, NearWays, Said
from flightward.advice.near_open import NEAR_S, drones_of, is_open, near_hazards
from flightward.advice.near_routes import limits_of, manoeuvre
from flightward.advice.situation import flight_facts, situation
from flightward.encounters import Guidance, clear_ways
from flightward.kernels.keep_clear import HEADING, HEIGHT
from flightward.model import NONE, Hazard, Instruction, Level, MinimumBatch, Option, TrackBatch, f64, i8, i64, snapshot
from flightward.wording import advice_texts, crew_texts

T0_S = 1_760_000_000.0
NOW_S = T0_S + 300.0  # both fly level east: the helicopter at 500 m with 60 m/s, the aeroplane climbs
LONE_M, LONE_UP_M, RAID_M = 2_000.0, 300.0, 10_000.0


def tracks(state: np.ndarray, sigma_m: float = 20.0, p_hostile: float = 0.9, first: int = 100) -> TrackBatch:
    """Drones at e, n, u with ve, vn, vu, each known to sigma_m."""
    state = np.asarray(state, np.float64).reshape(-1, 6)
    m = len(state)
    ones = np.ones(m)
    return TrackBatch(
        t_s=NOW_S, track=i64(first + np.arange(m)), **{
            k: f64(state[:, i].copy()) for i, k in enumerate(("e_m", "n_m", "u_m", "ve_mps", "vn_mps", "vu_mps"))
        }, cov=f64(np.tile(np.eye(6) * sigma_m**2, (m, 1, 1))), p_exists=f64(ones),
        p_class=f64(np.tile([1.0, 0, 0, 0, 0], (m, 1))), p_hostile=f64(p_hostile * ones), hostile=i8(-ones),
        hostile_source=i8(0 * ones), identity=i64(-ones), status=i8(0 * ones), age_s=f64(0 * ones),
        since_s=f64(NOW_S - 60.0 * ones), n_reports=i64(9 * ones), sensor_mask=i64(ones), integrity=i8(0 * ones),
        integrity_reason=i8(0 * ones),
    )  # fmt: skip


def threats(world, hazard: Hazard = Hazard.DRONE, to_s: float = 90.0, level: int = Level.WARNING):
    """Flight 0 threatened in to_s."""
    return dataclasses.replace(world.threats(NOW_S, (level, 0), hazard), t_to_s=f64([to_s, np.nan]))


def stage(world) -> NearWays:
    return NearWays(world.setup, world.cfg, [flight_facts(world.setup, f) for f in (0, 1)])


def said(world, drones: np.ndarray, **kwargs: object) -> Said | None:
    near = stage(world)
    near.step(NOW_S, world.states(NOW_S), threats(world, **kwargs), tracks(drones))
    return near._said.get(0)


def ahead(far_m: float, off_m: float = 0.0, u_m: float = 500.0, v: tuple[float, float] = (-40.0, 0.0)) -> list[float]:
    """A drone ahead of the helicopter, off_m to its left."""
    return [18_000.0 + far_m, off_m, u_m, *v, 0.0]


def test_one_drone_ahead_is_turned_away_from_to_the_nearer_side(world) -> None:
    got = said(world, ahead(8_000.0, 700.0))
    assert got is not None and got.what == Instruction.TURN_RIGHT
    # the plane's east is 90 degrees; courses are said in steps of 5 degrees true
    assert math.radians(100.0) < got.course_rad < math.radians(150.0)
    other = said(world, ahead(8_000.0, -700.0))
    assert other is not None and other.what == Instruction.TURN_LEFT
    assert got.clear_m == LONE_M and got.to_rad > got.course_rad


def test_a_drone_just_under_the_flight_is_climbed_over(world) -> None:
    got = said(world, np.array([ahead(9_000.0, y, 250.0) for y in range(-9000, 9001, 1500)]))
    assert got is not None and got.what == Instruction.CLIMB
    assert got.level_m >= 250.0 + LONE_UP_M and got.level_m / 30.48 == pytest.approx(round(got.level_m / 30.48))
    assert math.isnan(got.course_rad)


def test_a_raid_is_kept_ten_kilometres_from_if_that_can_be_and_two_else(world) -> None:
    wide = said(world, np.array([ahead(22_000.0, y, v=(-50.0, 0.0)) for y in (-300.0, 0.0, 300.0)]), hazard=Hazard.RAID)
    assert wide is not None and wide.clear_m == RAID_M
    close = said(world, np.array([ahead(8_000.0, y, v=(-50.0, 0.0)) for y in (-300.0, 0.0, 300.0)]), hazard=Hazard.RAID)
    assert close is not None and close.clear_m == LONE_M


def test_nothing_is_said_where_straight_on_is_clear_or_nothing_is_near(world) -> None:
    assert said(world, ahead(8_000.0, 6_000.0)) is None
    assert said(world, ahead(8_000.0), to_s=NEAR_S + 1.0) is None
    assert said(world, ahead(8_000.0), to_s=math.nan) is None
    assert said(world, ahead(8_000.0), hazard=Hazard.ZONE) is None
    assert said(world, ahead(8_000.0), level=Level.BLIND) is None
    grounded = stage(world)
    grounded.step(NOW_S, world.states(NOW_S, (0, 0)), threats(world), tracks(ahead(8_000.0)))
    assert not grounded._said


def test_within_the_cylinder_the_quickest_way_out_says_that_it_is_no_more(world) -> None:
    got = said(world, ahead(500.0, 100.0, v=(60.0, 0.0)))
    assert got is not None and math.isnan(got.clear_m)


def test_an_unknown_height_is_every_height_and_an_unsure_place_is_wide(world) -> None:
    unknown = np.array([ahead(9_000.0, y) for y in range(-12000, 12001, 1500)])
    unknown[:, 2] = np.nan
    got = said(world, unknown)
    assert got is None or got.what in (Instruction.TURN_LEFT, Instruction.TURN_RIGHT) or math.isnan(got.clear_m)
    near = stage(world)
    near.step(NOW_S, world.states(NOW_S), threats(world), tracks(ahead(8_000.0, 700.0), sigma_m=600.0))
    plain = said(world, ahead(8_000.0, 700.0))
    assert plain is not None and near._said[0].course_rad > plain.course_rad


def test_no_instruction_leads_into_a_closed_area(world, make, zone) -> None:
    free = said(world, ahead(8_000.0, 700.0))
    assert free is not None and free.what == Instruction.TURN_RIGHT
    closed = make(zones=zone((18_500.0, 60_000.0), (-12_000.0, -600.0)))
    got = said(closed, ahead(8_000.0, 700.0))
    assert got is not None and got.what != Instruction.TURN_RIGHT


def test_an_instruction_stays_while_it_is_open_and_goes_with_its_threat(world) -> None:
    near = stage(world)
    told = []
    for second, off in enumerate((700.0, 700.0, 690.0, -200.0, -1500.0, -1500.0, -1500.0, -1500.0)):
        near.step(NOW_S + second, world.states(NOW_S), threats(world), tracks(ahead(8_000.0, off)))
        told.append((near._said[0].what, near._said[0].course_rad, near.is_changed(0)))
    # 200 m to the right the left turn is less, but not by much; 1,500 m to the right it is, but it was shut just now,
    # and then the right turn that was said meanwhile is open still
    assert [what for what, _, _ in told] == [Instruction.TURN_RIGHT] * 8 and not any(c for _, _, c in told[5:])
    assert [changed for _, _, changed in told[:3]] == [True, False, False] and told[0][1] == told[2][1]
    for second in (8, 9, 10):
        near.step(NOW_S + second, world.states(NOW_S), threats(world, to_s=400.0), tracks(ahead(8_000.0)))
        assert not near._said and near.is_changed(0) == (second == 8)


def test_a_track_that_jumps_from_side_to_side_does_not_make_the_instruction_flap(world) -> None:
    """A drone whose place is wrong every other second: without a memory the turn would follow it."""
    changes = {}
    for name in ("memory", "none"):
        near, told = stage(world), []
        for second in range(20):
            if name == "none":
                near._memory = stage(world)._memory
            off = 1_500.0 if second % 2 else -1_500.0
            near.step(NOW_S + second, world.states(NOW_S), threats(world), tracks(ahead(8_000.0, off)))
            told.append((near._said[0].what, near._said[0].course_rad) if 0 in near._said else None)
        changes[name] = sum(a != b for a, b in itertools.pairwise(told[4:]))
    assert changes["none"] >= 10
    assert changes["memory"] <= 2


def test_the_stage_says_it_first_with_a_route_that_can_be_flown(world, place_raid) -> None:
    picture = place_raid(NOW_S, 26_000.0, 700.0, -40.0, 0.0, count=1, radius_m=1.0)
    out = Advice(world.setup, world.cfg).step(
        NOW_S, world.states(NOW_S), threats(world), picture, world.coverage(NOW_S), tracks(ahead(8_000.0, 700.0))
    )
    assert out is not None and out.rank.tolist() == list(range(len(out))) and len(out) <= world.cfg.advice.keep
    k = int(np.flatnonzero(out.instruction == Instruction.TURN_RIGHT)[0])
    assert k == 0 and out.option[k] == Option.REROUTE and out.decide_by_s[k] == NOW_S
    route = out.route(k)
    speed = np.hypot(np.diff(route.e_m), np.diff(route.n_m)) / np.diff(route.t_s)
    assert (np.diff(route.t_s) > 0.0).all() and (speed <= 70.5).all()
    assert route.e_m[-1] == pytest.approx(60_000.0) and route.n_m[-1] == pytest.approx(0.0, abs=1e-6)
    course = round(math.degrees(out.course_rad[k]))
    assert course % 5 == 0 and math.degrees(out.course_rad[k]) == pytest.approx(course, abs=1e-6)
    assert advice_texts(out, world.setup)[k].startswith(f"Now turn right to {course}° true or more (to ")
    assert "keeps 1.1 NM from every drone" in advice_texts(out, world.setup)[k]
    assert advice_texts(out, world.setup, "uk")[k].startswith(f"Негайно праворуч на курс {course}°")
    assert f"NOW TURN RIGHT CRS {course}T OR MORE" in crew_texts(out, world.setup)[k]
    assert all(len(text) <= 160 for lang in ("en", "uk") for text in crew_texts(out, world.setup, lang))
    assert Option.CONTINUE in out.option


@pytest.mark.parametrize("keep", [1, 2, 3])
def test_the_instruction_takes_the_room_of_the_last_other_option_never_of_continue(world, place_raid, keep) -> None:
    cfg = dataclasses.replace(world.cfg, advice=dataclasses.replace(world.cfg.advice, keep=keep))
    picture = place_raid(NOW_S, 26_000.0, 700.0, -40.0, 0.0, count=1, radius_m=1.0)
    out = Advice(world.setup, cfg).step(
        NOW_S, world.states(NOW_S), threats(world), picture, world.coverage(NOW_S), tracks(ahead(8_000.0, 700.0))
    )
    assert out is not None and Option.CONTINUE in out.option and len(out) <= keep
    assert (out.instruction != NONE).sum() == (1 if keep > 1 else 0)


def test_a_way_that_has_turned_past_the_course_is_not_flown_round_in_a_circle(world) -> None:
    s = situation(world.states(NOW_S), 0, flight_facts(world.setup, 0))
    assert s is not None
    for what, course in ((Instruction.TURN_RIGHT, 80.0), (Instruction.TURN_LEFT, 100.0)):
        route = manoeuvre(what, math.radians(course), math.nan, s, NEAR_S)
        first = route[1] - route[0]
        assert math.degrees(math.atan2(first[1], first[2])) == pytest.approx(course) and first[0] == NEAR_S


def test_instructions_go_on_from_a_snapshot(world) -> None:
    one, other = stage(world), stage(world)
    one.step(NOW_S, world.states(NOW_S), threats(world), tracks(ahead(8_000.0, 700.0)))
    fixed = {"setup": world.setup, "settings": world.cfg}
    snapshot.unpack(other, snapshot.pack(one, fixed, world.setup.names), fixed, world.setup.names)
    assert other._said == one._said and other._said
    for near in (one, other):
        near.step(NOW_S + 1, world.states(NOW_S), threats(world), tracks(ahead(8_000.0, -200.0)))
    assert other._said == one._said and other._said[0].what == Instruction.TURN_RIGHT


def test_without_tracks_the_stage_says_what_it_said_before(world, place_raid) -> None:
    picture = place_raid(NOW_S, 26_000.0, 700.0, -40.0, 0.0, count=1, radius_m=1.0)
    args = (NOW_S, world.states(NOW_S), threats(world), picture, world.coverage(NOW_S))
    out = Advice(world.setup, world.cfg).step(*args)
    assert out is not None and (out.instruction == NONE).all() and np.isnan(out.level_m).all()


def test_down_only_to_where_its_own_plan_flies_level_near_here(world) -> None:
    facts = flight_facts(world.setup, 0)
    here = np.array([18_000.0, 0.0, 900.0, 60.0, 0.0, 0.0])
    assert 500.0 - 30.48 < limits_of(facts, here).height_min_m <= 500.0
    far = np.array([18_000.0, 40_000.0, 900.0, 60.0, 0.0, 0.0])
    assert 900.0 - 30.48 < limits_of(facts, far).height_min_m <= 900.0
    slow, fast = limits_of(facts, here), limits_of(flight_facts(world.setup, 1), here * [1, 1, 1, 3, 1, 1])
    assert slow.turn_radps == pytest.approx(math.radians(3.0))
    assert fast.turn_radps == pytest.approx(9.80665 * math.tan(math.radians(25.0)) / 180.0)


def test_who_counts_as_a_drone() -> None:
    some = tracks(np.array([ahead(1000.0), ahead(2000.0)]))
    assert len(drones_of(some, 100)[0]) == 1
    assert len(drones_of(dataclasses.replace(some, p_hostile=f64([0.02, 0.06])), NONE)[0]) == 1
    lost = dataclasses.replace(some, e_m=f64([np.nan, 0.0]))
    assert len(drones_of(lost, NONE)[0]) == 1


def test_of_two_hazards_the_raid_is_asked(world) -> None:
    both = dataclasses.replace(
        world.threats(NOW_S, (3, 3)), flight=i64([0, 0]), hazard=i8([1, 2]), t_to_s=f64([10.0, 60.0])
    )
    assert near_hazards(both) == {0: Hazard.RAID}


def fly(own: np.ndarray, told: Said, limits: Guidance, dt: float = 0.25, sub: int = 5) -> np.ndarray:
    """(T, 3) where own aircraft is each dt for NEAR_S: turns at its rate, or changes its climb at 0.25 g."""
    x, v = own[:3].copy(), own[3:].copy()
    out = [x.copy()]
    left = math.nan
    if math.isnan(told.level_m):
        left = (told.course_rad - math.atan2(v[0], v[1])) % (2 * math.pi)
        left = left if told.what == Instruction.TURN_RIGHT else 2 * math.pi - left
    for _ in range(round(NEAR_S / dt)):
        for _ in range(sub):
            h = dt / sub
            if math.isnan(told.level_m):
                a = min(left, limits.turn_radps * h)
                left -= a
                a *= 1 if told.what == Instruction.TURN_RIGHT else -1
                v[:2] = v[0] * math.cos(a) + v[1] * math.sin(a), v[1] * math.cos(a) - v[0] * math.sin(a)
            else:
                togo, accel = told.level_m - x[2], limits.climb_accel_mps2
                want = math.copysign(min(limits.height_rate_mps, math.sqrt(2 * accel * abs(togo))), togo)
                v[2] += min(max(want - v[2], -accel * h), accel * h)
            x += v * h
        out.append(x.copy())
    return np.array(out)


def encounter(world, rng: np.random.Generator, flight: int) -> tuple[np.ndarray, np.ndarray]:
    """Own state and those of 1 to 6 drones that are bound to pass near it within the next 3 min."""
    states, count = world.states(NOW_S), int(rng.integers(1, 7))
    place = [float(getattr(states, k)[flight]) for k in ("e_m", "n_m", "u_m")]
    course, speed = rng.uniform(0, 2 * math.pi), rng.uniform(25.0, 65.0) * (1 + flight)
    own = np.array([*place, speed * math.sin(course), speed * math.cos(course), rng.choice([0.0, 2.0, -2.0])])
    angle, fast = rng.uniform(0, 2 * math.pi, count), rng.uniform(0.0, 80.0, count)
    v = np.column_stack([fast * np.sin(angle), fast * np.cos(angle), rng.choice([0.0, 1.0], count)])
    t = rng.uniform(20.0, 170.0, count)[:, None]
    return own, np.column_stack([own[:3] + t * (own[3:] - v) + rng.normal(0, 1, (count, 3)) * [2500, 2500, 200], v])


def told_in(world, own: np.ndarray, drones: np.ndarray, hazard: Hazard, flight: int) -> Said | None:
    near = stage(world)
    speeds = {k: f64(np.where(np.arange(2) == flight, own[3 + i], np.nan))
              for i, k in enumerate(("ve_mps", "vn_mps", "vu_mps"))}  # fmt: skip
    states = dataclasses.replace(world.states(NOW_S), **speeds, sigma_h_m=f64([0.0, 0.0]))
    level = (int(Level.WARNING), 0) if flight == 0 else (0, int(Level.WARNING))
    near_threats = dataclasses.replace(world.threats(NOW_S, level, hazard), t_to_s=f64([60.0, 60.0]))
    near.step(NOW_S, states, near_threats, tracks(drones, sigma_m=0.0))
    return near._said.get(flight)


def test_who_flies_the_instruction_stays_out_of_what_was_asked(world) -> None:
    rng, kinds, silent = np.random.default_rng(20), collections.Counter(), 0
    for case in range(300):
        flight, hazard = case % 2, (Hazard.DRONE, Hazard.RAID)[case // 2 % 2]
        own, drones = encounter(world, rng, flight)
        told = told_in(world, own, drones, hazard, flight)
        facts = flight_facts(world.setup, flight)
        limits = limits_of(facts, own)
        if told is None or math.isnan(told.clear_m):
            silent += 1
            nothing_to_say(own, drones, limits, is_told=told is not None)
            continue
        kinds[told.what, told.clear_m] += 1
        up_m = LONE_UP_M if told.clear_m == LONE_M else world.cfg.caught.raid_height_m
        path = fly(own, told, limits)
        gap = path[:, None] - (np.arange(len(path))[:, None, None] * 0.25 * drones[None, :, 3:] + drones[None, :, :3])
        inside = (np.hypot(gap[..., 0], gap[..., 1]) <= told.clear_m) & (np.abs(gap[..., 2]) <= up_m)
        assert not inside.any()
        if not math.isnan(told.level_m):
            assert limits.height_min_m <= told.level_m <= facts.performance.ceiling_m
    assert len(kinds) >= 5 and sum(kinds.values()) > 120 and silent > 5


def nothing_to_say(own: np.ndarray, drones: np.ndarray, limits: Guidance, is_told: bool) -> None:
    """Straight on is clear, or no band is open but slivers: asked of the bands themselves."""
    m = np.ones(len(drones))
    sizes = (LONE_M + MARGIN_H_M) * m, (LONE_UP_M + MARGIN_V_M) * m
    ways = clear_ways(own, drones, *sizes, limits, NEAR_S, (HEADING, HEIGHT))
    if is_open(ways, 0, float(ways.value[0])):
        assert not is_told
        return
    low, up, region = ways.bands(0)
    assert ((up - low)[region == 0] <= math.radians(8.0)).all()
    low, up, region = ways.bands(1)
    assert not (region == 0).any()


def test_no_instruction_is_under_a_minimum_height(world) -> None:
    """North of the way 900 m are needed, and the helicopter is at 500: it is turned south, or climbs where it is."""
    def minima(n: tuple[float, float]) -> MinimumBatch:
        e_m, n_m = f64([-90e3, 90e3, 90e3, -90e3]), f64([n[0], n[0], n[1], n[1]])
        return MinimumBatch(i64([0]), f64([900.0]), i64([0]), i64([0, 4]), e_m, n_m)

    drone = ahead(8_000.0, -700.0)
    for area, want in (
        ((-90e3, -80e3), {Instruction.TURN_LEFT}), ((1_500.0, 90e3), {Instruction.TURN_RIGHT}),
        ((-90e3, 90e3), {Instruction.CLIMB}),
    ):  # fmt: skip
        world.setup = dataclasses.replace(world.setup, minima=minima(area))
        got = said(world, drone)
        assert got is not None and {got.what} == want
        if want == {Instruction.CLIMB}:
            assert got.level_m >= 900.0


def test_the_stage_says_of_an_instruction_whether_its_way_keeps_the_minimum(world, place_raid) -> None:
    box = f64([-90e3, 90e3, 90e3, -90e3]), f64([-90e3, -90e3, 90e3, 90e3])
    minima = MinimumBatch(i64([0]), f64([400.0]), i64([0]), i64([0, 4]), *box)
    world.setup = dataclasses.replace(world.setup, minima=minima)
    picture = place_raid(NOW_S, 60_000.0, 40_000.0, -50.0, 0.0)
    out = Advice(world.setup, world.cfg).step(
        NOW_S, world.states(NOW_S), threats(world), picture, world.coverage(NOW_S), tracks(ahead(8_000.0, 700.0))
    )
    assert out is not None
    near = np.flatnonzero(out.instruction != NONE)
    assert len(near) == 1 and out.minimum[near[0]] == 1


def test_after_the_instruction_the_flight_joins_its_best_option(world, place_raid) -> None:
    """One drone is near, and a raid lies over the way ahead: back to the plan would be into the raid."""
    picture = place_raid(NOW_S, 45_000.0, 100.0, -5.0, 0.0, radius_m=2_000.0)
    stage_ = Advice(world.setup, world.cfg)
    for second in range(12):
        t = NOW_S + second
        flying = dataclasses.replace(threats(world), t_s=t)
        out = stage_.step(
            t, world.states(t), flying, picture, world.coverage(t), tracks(ahead(8_000.0 - 100.0 * second, 700.0))
        )
        if out is None:
            continue
        (k,) = np.flatnonzero(out.instruction != NONE).tolist()
        assert out.then[k] != NONE and out.then[k] in out.option[out.instruction == NONE]
        route, stay = out.route(k), int(np.flatnonzero(out.option == Option.CONTINUE)[0])
        assert out.p_caught[k] < 0.1 < 0.5 < out.p_caught[stay]
        if out.site[k] != NONE:
            site = int(out.site[k])
            assert (route.e_m[-1], route.n_m[-1]) == pytest.approx(
                (world.setup.sites.e_m[site], world.setup.sites.n_m[site]), abs=1.0
            )
        speed = np.hypot(np.diff(route.e_m), np.diff(route.n_m)) / np.diff(route.t_s)
        assert (np.diff(route.t_s) > 0.0).all() and (speed <= 70.5).all()
        assert ", then " in advice_texts(out, world.setup)[k]
        assert " THEN " in crew_texts(out, world.setup)[k] and len(crew_texts(out, world.setup)[k]) <= 160


def test_what_is_joined_keeps_out_of_closed_areas(world, make, zone, place_raid) -> None:
    closed = make(zone((5_000.0, 15_000.0), (-12_000.0, -4_000.0)))  # the pad, where it would land
    picture = place_raid(NOW_S, 45_000.0, 100.0, -5.0, 0.0, radius_m=2_000.0)
    out = Advice(closed.setup, closed.cfg).step(
        NOW_S, closed.states(NOW_S), threats(closed), picture, closed.coverage(NOW_S), tracks(ahead(8_000.0, 700.0))
    )
    assert out is not None
    (k,) = np.flatnonzero(out.instruction != NONE).tolist()
    assert out.then[k] != NONE and 2 not in out.site.tolist()
    route = out.route(k)
    t = np.arange(route.t_s[0], route.t_s[-1], 1.0)
    e, n = np.interp(t, route.t_s, route.e_m), np.interp(t, route.t_s, route.n_m)
    assert not ((e > 5_000.0) & (e < 15_000.0) & (n > -12_000.0) & (n < -4_000.0)).any()
