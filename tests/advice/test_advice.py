"""The advice stage on small worlds: a raid crosses the way, and there are ways out."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from flightward.advice import Advice
from flightward.model import NONE, AdviceBatch, Change, Hazard, Option, RaidPicture

T_S = 1_760_000_150.0  # flight 0 is 9 km out, and meets the raid about 670 s after take-off
NOW_S = T_S


def crossing(place_raid: Callable[..., RaidPicture], met_s: float = 517.0, **kwargs: object) -> RaidPicture:
    """A raid that flies south over the way at 40 km east, `met_s` from now."""
    return place_raid(NOW_S, 40_000.0, met_s * 50.0, 0.0, -50.0, **kwargs)


def rows(batch: AdviceBatch | None) -> dict[Option, int]:
    assert batch is not None
    return {Option(int(o)): k for k, o in enumerate(batch.option)}


def ask(world, picture: RaidPicture, **kwargs: object) -> AdviceBatch:
    out = Advice(world.setup, world.cfg).step(
        NOW_S, world.states(NOW_S, **kwargs), world.threats(NOW_S), picture, world.coverage(NOW_S)
    )
    assert out is not None
    return out


def test_continuing_into_the_raid_is_bad_and_the_best_way_out_is_not(world, place_raid) -> None:
    out = ask(world, crossing(place_raid))
    by = rows(out)
    assert out.p_caught[by[Option.CONTINUE]] > 0.9
    assert by[Option.CONTINUE] == len(out) - 1
    assert out.p_caught[0] < 0.05
    assert list(out.rank) == list(range(len(out)))
    assert 3 <= len(out) <= world.cfg.advice.keep


def test_options_are_of_different_kinds(world, place_raid) -> None:
    out = ask(world, crossing(place_raid))
    kinds = [int(o) for o in out.option if o != Option.DIVERT]
    assert len(kinds) == len(set(kinds))


def test_decide_by_lies_before_the_raid_is_met_and_a_hold_for_it_must_be_early_enough(world, place_raid) -> None:
    out = ask(world, crossing(place_raid))
    hold = rows(out)[Option.HOLD]
    # held 10 km and more west of the raid's edge (13 km from its centre line) it is safe: up to about 27 km east,
    # which it reaches 300 s from now
    assert 180.0 <= out.decide_by_s[hold] - NOW_S <= 330.0
    by = out.decide_by_s[np.isfinite(out.decide_by_s)]
    assert (by >= NOW_S).all()
    assert (by < NOW_S + 517.0).all()


def test_before_take_off_it_may_wait_on_the_ground(world, place_raid) -> None:
    out = ask(world, crossing(place_raid, 817.0), airborne=(0, 0), late_s=300.0)
    by = rows(out)
    assert set(by) & {Option.DIVERT, Option.LAND, Option.HOLD, Option.TURN_BACK} == set()
    delay = by[Option.DELAY]
    assert out.p_caught[delay] < 0.05
    route = out.route(delay)
    assert route.t_s[0] == pytest.approx(NOW_S + 150.0 + out.delay_s[delay])
    assert out.decide_by_s[delay] <= NOW_S + 150.0


def test_a_raid_that_passes_elsewhere_needs_nothing_but_continue_comes_first(world, place_raid) -> None:
    out = ask(world, place_raid(NOW_S, 40_000.0, 80_000.0, 0.0, 50.0))
    assert out.option[0] == Option.CONTINUE
    assert out.p_caught[0] == 0.0


def test_no_threat_no_advice(world, place_raid) -> None:
    stage = Advice(world.setup, world.cfg)
    quiet = world.threats(NOW_S, (0, 0))
    assert stage.step(NOW_S, world.states(NOW_S), quiet, crossing(place_raid), world.coverage(NOW_S)) is None
    blind = world.threats(NOW_S, (2, 2), Hazard.BLIND)
    assert stage.step(NOW_S, world.states(NOW_S), blind, crossing(place_raid), world.coverage(NOW_S)) is None


def test_without_futures_it_still_answers(world) -> None:
    picture = RaidPicture(crossing_raids(), None, False)
    out = ask(world, picture)
    assert Option.CONTINUE in rows(out)


def crossing_raids():
    from flightward.model import RaidBatch

    return RaidBatch.empty(t_s=NOW_S)


def test_it_repeats_each_ten_seconds_from_where_the_flight_is_then_and_stays_with_its_advice(world, place_raid) -> None:
    stage = Advice(world.setup, world.cfg)
    picture = crossing(place_raid)
    told = []
    for s in range(61):
        t = NOW_S + s
        out = stage.step(t, world.states(t), world.threats(t), picture, world.coverage(t))
        if out is not None:
            told.append((s, out))
    assert [s for s, _ in told] == [0, 10, 20, 30, 40, 50, 60]
    assert len({int(out.option[0]) for _, out in told}) == 1
    for s, out in told:
        for k in range(len(out)):
            here = world.setup.flights.plan(0).at(NOW_S + s)
            first = out.route(k)
            assert (first.e_m[0], first.n_m[0], first.u_m[0]) == pytest.approx(here)
            assert first.t_s[0] == NOW_S + s


def test_when_the_best_option_changes_it_says_why_for_a_minute(world, place_raid) -> None:
    """The raid turns away: to go on is the best then, and costs nothing; the far option told before is named."""
    stage = Advice(world.setup, world.cfg)
    near, gone, told = crossing(place_raid), crossing(place_raid, met_s=9_000.0), {}
    for s in range(0, 301):
        t = NOW_S + s
        picture = near if s < 30 else gone
        out = stage.step(t, world.states(t), world.threats(t), picture, world.coverage(t))
        if out is not None:
            told[s] = out
    first = next(s for s in told if told[s].option[0] == Option.CONTINUE)
    before = told[max(s for s in told if s < first)]
    assert all(told[s].change[0] == NONE for s in told if s < first)
    saying = [s for s in told if told[s].change[0] != NONE]
    assert saying[0] == first and saying[-1] == first + 60
    for s in saying:
        assert told[s].change[0] == Change.COST and told[s].before[0] == before.option[0]
        assert told[s].before_site[0] == before.site[0] and told[s].before_p[0] <= 0.05
        assert (told[s].change[1:] == NONE).all()


def test_a_change_of_level_is_answered_at_once(world, place_raid) -> None:
    stage = Advice(world.setup, world.cfg)
    args = world.states(NOW_S), world.threats(NOW_S, (1, 0)), crossing(place_raid), world.coverage(NOW_S)
    assert stage.step(NOW_S, *args) is not None
    t = NOW_S + 1.0
    args = world.states(t), world.threats(t, (3, 0)), crossing(place_raid), world.coverage(t)
    assert stage.step(t, *args) is not None


def test_the_same_input_gives_the_same_advice(world, place_raid) -> None:
    one, two = ask(world, crossing(place_raid)), ask(world, crossing(place_raid))
    for name in ("option", "p_caught", "decide_by_s", "route_t_s", "route_e_m", "route_n_m", "route_u_m"):
        assert getattr(one, name).tobytes() == getattr(two, name).tobytes()


def test_only_helicopters_are_sent_to_helipads(world, place_raid) -> None:
    stage = Advice(world.setup, world.cfg)
    picture = crossing(place_raid, 300.0, u_m=2_000.0)
    out = stage.step(NOW_S, world.states(NOW_S), world.threats(NOW_S, (3, 3)), picture, world.coverage(NOW_S))
    assert out is not None
    kinds = ["hospital", "hospital", "helipad", "airport", "airport"]
    went = {
        kinds[int(s)]
        for s, f, o in zip(out.site, out.flight, out.option, strict=True)
        if s != NONE and f == 1 and o != Option.TURN_BACK
    }
    assert went <= {"airport"}


def test_what_is_closed_is_not_crossed_unless_exempt(make, zone, place_raid) -> None:
    blocked = make(zone((-50_000.0, 50_000.0), (-20_000.0, -5_000.0)))
    to_pad_or_field = {2, 3}
    out = ask(blocked, crossing(place_raid))
    assert not set(out.site.tolist()) & to_pad_or_field
    exempt = make(zone((-50_000.0, 50_000.0), (-20_000.0, -5_000.0), exempt_mask=1))
    assert set(ask(exempt, crossing(place_raid)).site.tolist()) & to_pad_or_field


def test_closed_airspace_ahead_alone_has_a_way_out(make, zone, place_raid) -> None:
    world = make(zone((50_000.0, 56_000.0), (-9_000.0, 9_000.0)))
    picture = place_raid(NOW_S, 40_000.0, 90_000.0, 0.0, 50.0)
    stage = Advice(world.setup, world.cfg)
    out = stage.step(
        NOW_S, world.states(NOW_S), world.threats(NOW_S, (3, 0), Hazard.CLOSED_AREA), picture, world.coverage(NOW_S)
    )
    assert out is not None
    assert out.option[0] != Option.CONTINUE


def test_no_option_lands_after_the_endurance(make, place_raid) -> None:
    short = make(endurance_s=1_400.0)
    out = ask(short, crossing(place_raid))
    for k in range(len(out)):
        assert out.option[k] == Option.CONTINUE or out.route(k).t_s[-1] <= 1_760_000_000.0 + 1_400.0


def test_a_landed_flight_gets_none(world, place_raid) -> None:
    t = NOW_S + 3_000.0
    stage = Advice(world.setup, world.cfg)
    args = world.states(t), world.threats(t), crossing(place_raid), world.coverage(t)
    assert stage.step(t, *args) is None
