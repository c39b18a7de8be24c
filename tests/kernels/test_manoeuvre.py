"""Own manoeuvres against straight traffic."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from naive_manoeuvre import flown, greens, height_clear, meets
from pairkit import frozen

from flightward.kernels import manoeuvre as kernels
from flightward.kernels.keep_clear import CLIMB, HEADING, HEIGHT, SPEED, Grid, Recover
from flightward.kernels.wellclear import TAU_MOD

DEGREE = math.pi / 180
TURN = Grid(HEADING, DEGREE, 180, 180, 1 / 3, 3 * DEGREE, 0.0, 60.0)
FASTER = Grid(SPEED, 2.5, 20, 40, 1.25, 2.0, 0.0, 0.0)
STEEPER = Grid(CLIMB, 0.5, 30, 30, 0.2, 2.5, 0.0, 0.0)
HIGHER = Grid(HEIGHT, 30.0, 0, 100, 0.0, 2.5, 0.0, 2.54)
OWN = frozen([0.0, 0, 1500, 0, 60, 0])
CYLINDER = (TAU_MOD, 1000.0, 150.0, 0.0, 0.0)
TAU = (TAU_MOD, 1222.32, 137.16, 35.0, 0.0)
NO_RECOVERY = Recover(0.0, 0.0, 0.0)


def legs(grid: Grid, own: np.ndarray) -> np.ndarray:
    out = np.zeros((grid.down + grid.up + 1, 7))
    kernels.legs(grid, own, out)
    return out


def opened(
    grid: Grid, others: object, own: np.ndarray = OWN, volume: tuple = CYLINDER, horizon_s: float = 180.0,
    recover: Recover = NO_RECOVERY, ask: np.ndarray | None = None,
) -> tuple[np.ndarray, bool]:
    others = np.ascontiguousarray(others, np.float64).reshape(-1, 6)
    m = len(others)
    green = np.ones(grid.down + grid.up + 1, np.int8) if ask is None else ask.copy()
    found = kernels.open_steps(
        grid, own, legs(grid, own), others, np.tile(np.array(volume, np.float64), (m, 1)), np.full(m, horizon_s),
        recover, 180.0, np.arange(m, dtype=np.int64), green,
    )  # fmt: skip
    return green, bool(found)


def red_of(grid: Grid, others: object, volume: tuple = CYLINDER, horizon_s: float = 180.0) -> list[int]:
    others = np.ascontiguousarray(others, np.float64).reshape(-1, 6)
    m = len(others)
    red = np.zeros(m, np.int8)
    kernels.matters(
        grid, OWN, legs(grid, OWN), others, np.tile(np.array(volume, np.float64), (m, 1)), np.full(m, horizon_s),
        180.0, red,
    )  # fmt: skip
    return red.tolist()


def traffic(rng: np.random.Generator, n: int) -> np.ndarray:
    """Others that would pass near in the next minutes, near own height."""
    v = np.stack([rng.normal(0, 50, n), rng.normal(0, 50, n), rng.normal(0, 1, n)])
    t, miss = rng.uniform(20, 150, n), rng.normal(0, 1000, (2, n))
    s = np.stack([miss[0], OWN[4] * t + miss[1], 1500 + rng.normal(0, 120, n)]) - t * v
    return np.concatenate([s, v]).T


def test_without_others_all_is_open():
    for grid in (TURN, FASTER, STEEPER, HIGHER):
        green, found = opened(grid, [])
        assert found and green.all()


def test_an_other_at_rest_ahead_shuts_the_headings_that_lead_through_its_disc():
    green, found = opened(TURN, [[0, 6000, 1500, 0, 0, 0]], volume=(TAU_MOD, 1000, 150, 0, 0))
    red = np.flatnonzero(green == 0) - 180
    # the tangent from here is asin(1/6) = 9.6 degrees, and a turn begins with a little way ahead
    assert found and red.tolist() == list(range(-9, 10))


def test_slower_or_faster_passes_behind_or_before_a_crossing_one():
    crossing = [[-6000, 6000, 1500, 60, 0, 0]]
    green, _ = opened(FASTER, crossing)
    red = np.flatnonzero(green == 0) - 20
    assert 0 in red and green[0] == 1 and green[-1] == 1
    assert red.tolist() == list(range(red[0], red[-1] + 1))


def test_climbing_or_sinking_away_from_one_at_the_same_height():
    green, _ = opened(STEEPER, [[0, 6000, 1500, 0, -60, 0]])
    # (6000 - 1000) / 120 s for 150 m: 3.6 m/s, less what the change itself takes
    red = np.flatnonzero(green == 0) - 30
    assert red.tolist() == list(range(-7, 8))


def test_heights_within_the_volume_of_one_that_follows_are_shut():
    green, _ = opened(HIGHER, [[0, 2000, 1500, 0, 60, 0], [0, -300, 1800, 0, 60, 0]])
    # from 150 m below it on, and what lies above is reached through it
    assert np.flatnonzero(green == 0).tolist() == list(range(55, 101))


def test_within_the_volume_now_a_turn_is_no_way_out_and_beyond_the_horizon_nothing_counts():
    green, found = opened(TURN, [[0, 500, 1500, 0, 0, 0]])
    assert not found and not green.any()
    assert opened(TURN, [[0, 9000, 1500, 0, 0, 0]], horizon_s=60.0)[0].all()
    assert not opened(TURN, [[0, 9000, 1500, 0, 0, 0]], horizon_s=140.0)[0].all()


def test_recovery_asks_the_volume_only_later_and_a_cylinder_till_then():
    near = [[0, 500, 1500, 60, 0, 0]]
    assert not opened(TURN, near)[1]
    green, found = opened(TURN, near, recover=Recover(90.0, 150.0, 30.0))
    assert found and not green.all()
    assert not opened(TURN, near, recover=Recover(90.0, 600.0, 30.0))[1]


@pytest.mark.parametrize("volume", [CYLINDER, TAU])
def test_headings_speeds_and_climbs_are_those_of_flying_them_in_small_steps(volume):
    rng = np.random.default_rng(3)
    named = ("tau_mod", *volume[1:])
    looked = differ = 0
    coarse = Grid(HEADING, 6 * DEGREE, 30, 30, 2.0, 3 * DEGREE, 0.0, 60.0)
    for name, grid in (("heading", coarse), ("speed", FASTER), ("climb", STEEPER)):
        for other in traffic(rng, 3):
            got = opened(grid, [other], volume=volume, horizon_s=100.0)[0]
            for sign, n in ((-1.0, grid.down), (1.0, grid.up)):
                n = min(n, 10)

                def state_at(k: int, sign: float = sign, name: str = name, grid: Grid = grid) -> list[float]:
                    return flown(name, OWN.tolist(), sign, grid.rate, k * grid.step_s, 60.0)

                want = greens(named, n, grid.step_s, state_at, other.tolist(), 100.0)
                side = [int(got[grid.down + int(sign) * k]) for k in range(n + 1)]
                looked += n + 1
                differ += sum(a != b for a, b in zip(side, want, strict=True))
    # samples are 0.05 s apart: a grazing pass may be seen by one and not by the other
    assert differ <= 0.01 * looked


def test_heights_are_those_of_flying_to_them_in_small_steps():
    rng, named = np.random.default_rng(4), ("tau_mod", *CYLINDER[1:])
    looked = differ = shut = 0
    for vz in (0.0, 4.0, -3.0):
        own = frozen([0.0, 0, 1500, 0, 60, vz])
        for other in traffic(rng, 3):
            got = opened(HIGHER, [other], own=own, horizon_s=100.0)[0]
            for k in (40, 45, 48, 50, 51, 52, 55, 60):
                want = height_clear(named, own.tolist(), other.tolist(), k * 30.0, 2.5, 2.54, 100.0)
                looked, differ, shut = looked + 1, differ + (got[k] != want), shut + (not want)
    assert differ <= 0.03 * looked
    assert 5 < shut < looked - 5


@pytest.mark.parametrize("volume", [CYLINDER, TAU])
def test_what_is_left_out_unasked_is_clear(volume):
    """Others at the edge of what can be met: whole sweeps are skipped there, and must not miss a violation."""
    rng, named = np.random.default_rng(8), ("tau_mod", *volume[1:])
    all_open = 0
    for _ in range(12):
        v = [*rng.normal(0, 70, 2), rng.normal(0, 2)]
        place = [*rng.uniform(-22e3, 22e3, 2), 1500 + rng.normal(0, 250)]
        for name, grid in (("heading", TURN), ("speed", FASTER), ("climb", STEEPER)):
            green = opened(grid, [[*place, *v]], volume=volume)[0]
            if not green.all():
                continue
            all_open += 1
            for at in rng.integers(0, len(green), 3):
                k = int(at) - grid.down
                t = abs(k) * grid.step_s
                own = flown(name, OWN.tolist(), math.copysign(1.0, k), grid.rate, t, 60.0)
                assert t >= 180.0 or not meets(named, own, [*place, *v], t, t, 180.0)
    assert all_open > 12


seed = st.integers(0, 10_000)


@settings(max_examples=30, deadline=None)
@given(seed)
def test_a_mirror_swaps_left_and_right(value):
    others = traffic(np.random.default_rng(value), 3)
    mirrored = others * [-1, 1, 1, -1, 1, 1]
    assert opened(TURN, others)[0].tolist() == opened(TURN, mirrored)[0][::-1].tolist()


@settings(max_examples=30, deadline=None)
@given(seed)
def test_more_traffic_never_opens_a_step_and_its_order_does_not_count(value):
    rng = np.random.default_rng(value)
    others = traffic(rng, 5)
    for grid in (TURN, FASTER, STEEPER, HIGHER):
        alone = [opened(grid, [other])[0] for other in others]
        both, found = opened(grid, others)
        if found:
            assert both.tolist() == np.min(alone, axis=0).tolist()
            assert opened(grid, others[::-1])[0].tolist() == both.tolist()
        want = np.min(alone, axis=0)
        assert found == bool((want[:-1] & want[1:]).any())


@settings(max_examples=30, deadline=None)
@given(seed, st.integers(0, 40))
def test_asked_in_part_the_answer_is_that_part_of_the_whole(value, k):
    others = traffic(np.random.default_rng(value), 3)
    for grid in (TURN, FASTER, STEEPER, HIGHER):
        for recover in (NO_RECOVERY, Recover(60.0, 300.0, 60.0)):
            whole = np.min([opened(grid, [other], recover=recover)[0] for other in others], axis=0)
            at = np.arange(grid.down + grid.up + 1) - grid.down
            # heights within reach, for those beyond are as the next that is
            ask = ((at >= 38 + k // 2) & (at <= 43 + k // 2) if grid.kind == HEIGHT else (at >= 0) & (at <= k)).astype(
                np.int8
            )
            part, found = opened(grid, others, recover=recover, ask=ask)
            want = ask & whole
            assert found == bool((want[:-1] & want[1:]).any())
            if found:
                assert part.tolist() == want.tolist()


@settings(max_examples=30, deadline=None)
@given(seed, st.floats(20, 180))
def test_an_aircraft_matters_if_some_step_is_red(value, horizon_s):
    others = traffic(np.random.default_rng(value), 4)
    for grid in (TURN, FASTER, STEEPER, HIGHER):
        want = [int(not opened(grid, [other], volume=TAU, horizon_s=horizon_s)[0].all()) for other in others]
        assert red_of(grid, others, TAU, horizon_s) == want


@pytest.mark.skipif(not hasattr(kernels.open_steps, "signatures"), reason="plain Python")
def test_one_signature():
    opened(TURN, [[0, 0, 0, 0, 0, 0]])
    red_of(TURN, [[0, 0, 0, 0, 0, 0]])
    for kernel in (kernels.open_steps, kernels.matters, kernels.legs):
        assert len(kernel.signatures) == 1
