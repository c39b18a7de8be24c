"""True of every piece of advice, wherever the raid is."""

from __future__ import annotations

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flightward.advice import Advice
from flightward.model import AdviceBatch, Option
from flightward.wording import advice_texts, crew_texts

T0_S = 1_760_000_000.0
MAX_SPEED_MPS = (70.5, 160.0)


def check(out: AdviceBatch, world, now_s: float, airborne: int) -> None:
    assert (out.start[1:] > out.start[:-1]).all()
    for k in range(len(out)):
        route, flight = out.route(k), int(out.flight[k])
        dt = np.diff(route.t_s)
        assert (dt > 0.0).all()
        fast = np.hypot(np.diff(route.e_m), np.diff(route.n_m)) / dt
        plan = world.setup.flights.plan(flight)
        planned = np.hypot(np.diff(plan.e_m), np.diff(plan.n_m)) / np.diff(plan.t_s)
        assert (fast <= max(MAX_SPEED_MPS[flight], planned.max()) * 1.001).all()
        assert np.isfinite([*route.e_m, *route.n_m, *route.u_m]).all()
        if airborne:
            assert route.t_s[0] == now_s
            assert np.allclose((route.e_m[0], route.n_m[0], route.u_m[0]), plan.at(now_s))
        assert 0.0 <= out.p_caught[k] <= 1.0
        assert out.delay_s[k] >= 0.0
        assert out.extra_m[k] >= 0.0
        assert np.isnan(out.decide_by_s[k]) or out.decide_by_s[k] >= now_s
    for flight in set(out.flight.tolist()):
        mine = out.flight == flight
        assert out.rank[mine].tolist() == list(range(int(mine.sum())))
        assert Option.CONTINUE in out.option[mine]
        assert mine.sum() <= world.cfg.advice.keep


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.floats(-20_000.0, 80_000.0),
    st.floats(-60_000.0, 60_000.0),
    st.floats(0.0, 6.28),
    st.floats(20.0, 90.0),
    st.integers(1, 30),
    st.integers(1, 940),
    st.booleans(),
    st.floats(100.0, 3_000.0),
)
def test_advice_can_be_flown_and_said(
    world, place_raid, e: float, n: float, course: float, speed: float, count: int, age: int, up: bool, height: float
) -> None:
    now = T0_S + age
    flies = (int(up), int(up and age < 600))
    picture = place_raid(now, e, n, speed * np.sin(course), speed * np.cos(course), count=count, draws=8, u_m=height)
    out = Advice(world.setup, world.cfg).step(
        now,
        world.states(now, flies, late_s=0.0 if up else 1_000.0),
        world.threats(now, (3, 1)),
        picture,
        world.coverage(now),
    )
    assert out is not None
    check(out, world, now, int(up))
    assert all(len(said) <= 160 for said in crew_texts(out, world.setup))
    assert not any("nan" in said for said in advice_texts(out, world.setup, "uk"))
