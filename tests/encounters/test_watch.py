"""The quick chance against the exact one, and the watch that keeps what did not change."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from flightward.encounters import (
    ChanceStatus,
    NearPairs,
    NearWatch,
    Tracked,
    UncertainPairs,
    WatchLimits,
    p_quick,
    p_within_cylinder,
)
from flightward.errors import BadInput

F64 = NDArray[np.float64]
SIGMA = np.array([60.0, 60, 40, 3, 3, 1])


def uncertain(
    rng: np.random.Generator, n: int, tied: float = 0.5, wide_m: float = 3_000.0
) -> tuple[F64, F64]:
    """Relative states bound to pass near within three minutes, a third of them slowly, and their covariances."""
    root = rng.normal(size=(n, 6, 6)) * tied + 2 * np.eye(6)
    cov = root @ np.swapaxes(root, 1, 2)
    size = np.sqrt(np.einsum("nii->ni", cov))
    sigma = SIGMA * rng.uniform(0.2, 3.0, (n, 1))
    cov *= (sigma / size)[:, :, None] * (sigma / size)[:, None, :]
    v = np.stack([*(rng.normal(0, 60, (2, n)) * rng.choice([1.0, 1.0, 0.05], n)), rng.normal(0, 2, n)], axis=1)
    place = np.stack([*rng.normal(0, wide_m, (2, n)), rng.normal(0, 0.13 * wide_m, n)], axis=1)
    return np.concatenate([place - rng.uniform(-20, 200, (n, 1)) * v * np.array([1, 1, 0.3]), v], axis=1), cov


def exact(mean: F64, cov: F64, *sizes: float) -> F64:
    return p_within_cylinder(UncertainPairs.of_relative(mean, cov), *sizes, tolerance=1e-3).p


@pytest.mark.parametrize("sizes", [(2_000.0, 300.0, 180.0), (152.4, 30.48, 120.0), (2_000.0, np.inf, 180.0)])
@pytest.mark.parametrize("tied", [0.0, 0.5])
def test_the_quick_chance_is_that_of_the_exact_sum_within_its_error(sizes, tied):
    mean, cov = uncertain(np.random.default_rng(11), 120, tied, 1.5 * sizes[0])
    want, got = exact(mean, cov, *sizes), p_quick(mean, cov, *sizes)
    off = got.p - want
    assert (got.status == ChanceStatus.GOOD).all()
    assert (want > 0.01).sum() > (5 if sizes[0] < 1_000 else 40)
    assert np.sqrt(np.mean(off**2)) < 0.015 and abs(off.mean()) < 0.004 and np.abs(off).max() < 0.08
    assert np.sqrt(np.mean((off / got.p_err) ** 2)) < 1.2 and (np.abs(off) < 6.0 * got.p_err).all()


def test_a_known_place_and_velocity_give_0_or_1():
    mean = np.array([[-1_000.0, 100, 0, 10, 0, 0], [-1_000, 201, 0, 10, 0, 0], [-1_000, 0, 31, 10, 0, 0],
                     [-2_000, 0, 0, 10, 0, 0], [0, 0, 0, 0, 0, 0], [0, 0, 330, 0, 0, -2]])  # fmt: skip
    got = p_quick(mean, np.zeros((6, 6, 6)), 200.0, 30.0, 170.0)
    assert got.p.tolist() == [1.0, 0.0, 0.0, 0.0, 1.0, 1.0]


def test_an_offset_across_the_way_alone_is_the_normal_integral():
    cov = np.zeros((1, 6, 6))
    cov[0, 1, 1] = 100.0**2
    got = p_quick(np.array([[-5_000.0, 300, 0, 100, 0, 0]]), cov, 200.0, np.inf, 180.0)
    assert got.p[0] == pytest.approx(0.15865525393 - 2.866515719e-7, rel=1e-7)  # Phi(-1) - Phi(-5)


def test_unknown_is_not_0():
    mean, cov = uncertain(np.random.default_rng(1), 4)
    mean[0, 3], cov[1, 2, 2] = np.nan, np.nan
    cov[2] = -cov[2]
    got = p_quick(mean, cov, 200.0, 30.0, 60.0)
    assert got.status[:3].tolist() == [ChanceStatus.NO_STATE, ChanceStatus.NO_COVARIANCE, ChanceStatus.NOT_A_COVARIANCE]
    assert np.isnan(got.p[:3]).all() and np.isfinite(got.p[3])


def test_what_is_skipped_is_below_the_bound_that_is_said():
    mean, cov = uncertain(np.random.default_rng(2), 200)
    got = p_quick(mean, cov, 500.0, 100.0, 120.0, skip_below=1e-3)
    skipped = got.status == ChanceStatus.SKIPPED
    assert 20 < skipped.sum() < 200 and (got.p[skipped] == 0.0).all() and (got.p_err[skipped] < 1e-3).all()
    assert (exact(mean[skipped], cov[skipped], 500.0, 100.0, 120.0) <= got.p_err[skipped] * 1.001 + 1e-15).all()


def test_sizes_and_shapes_that_are_none_are_refused():
    for sizes in ((0.0, 1.0, 1.0), (1.0, np.nan, 1.0), (1.0, 1.0, np.inf)):
        with pytest.raises(BadInput):
            p_quick(np.zeros((1, 6)), np.zeros((1, 6, 6)), *sizes)
    with pytest.raises(BadInput):
        p_quick(np.zeros((2, 6)), np.zeros((1, 6, 6)), 1.0, 1.0, 1.0)


def tracked(ids: object, state: F64, sigma: F64 = SIGMA) -> Tracked:
    state = np.asarray(state, np.float64).reshape(-1, 6)
    return Tracked(np.asarray(ids, np.int64), state, np.tile(np.diag(sigma**2), (len(state), 1, 1)))


def later(of: Tracked, dt_s: float) -> Tracked:
    """As foretold: straight on, with the covariance that this gives."""
    move = np.eye(6)
    move[:3, 3:] = dt_s * np.eye(3)
    return Tracked(of.object_id, of.state @ move.T, move @ of.cov @ move.T)


def scene(seed: int, n: int = 12, m: int = 40, side_m: float = 3e4) -> tuple[Tracked, Tracked]:
    rng = np.random.default_rng(seed)

    def flying(k: int, speed: float) -> F64:
        course = rng.uniform(0, 2 * np.pi, k)
        place = rng.uniform(-side_m / 2, side_m / 2, (2, k))
        rates = speed * np.sin(course), speed * np.cos(course), rng.normal(0, 1, k)
        return np.stack([*place, rng.uniform(300, 2_000, k), *rates], axis=1)

    return tracked(100 + np.arange(n), flying(n, 80.0)), tracked(7_000 + np.arange(m), flying(m, 45.0))


def answers(out: NearPairs, flights: Tracked, hazards: Tracked) -> dict[tuple[int, int], float]:
    ids = zip(flights.object_id[out.flight].tolist(), hazards.object_id[out.hazard].tolist(), strict=True)
    return dict(zip(ids, out.p.tolist(), strict=True))


def test_all_is_asked_at_first_and_nothing_while_all_go_on_as_foretold():
    watch, (flights, hazards) = NearWatch(), scene(1)
    first = watch.step(50.0, flights, hazards)
    assert first.n_asked == len(first) > 20 and (first.asked_s == 50.0).all()
    second = watch.step(51.0, later(flights, 1.0), later(hazards, 1.0))
    before, after = answers(first, flights, hazards), answers(second, flights, hazards)
    assert second.n_asked == sum(pair not in before for pair in after)
    assert second.n_asked < 3 and (second.asked_s == 50.0).sum() == len(second) - second.n_asked
    for pair, p in after.items():
        assert before.get(pair, p) == p


def test_an_answer_stands_no_longer_than_it_may():
    watch, (flights, hazards) = NearWatch(), scene(1)
    watch.step(50.0, flights, hazards)
    assert watch.step(54.0, later(flights, 4.0), later(hazards, 4.0)).n_asked < 5
    late = watch.step(54.5, later(flights, 4.5), later(hazards, 4.5))
    assert (late.asked_s >= 54.0).all() and late.n_asked > 20
    back = watch.step(10.0, flights, hazards)
    assert back.n_asked == len(back)


@pytest.mark.parametrize("axis", range(6))
def test_one_drone_that_turns_has_its_pairs_asked_and_no_others(axis):
    watch, (flights, hazards) = NearWatch(), scene(1)
    first = watch.step(50.0, flights, hazards)
    which = int(first.hazard[len(first) // 2])
    moved = later(hazards, 1.0)
    state = moved.state.copy()
    state[which, axis] += 0.5 * np.sqrt(2.0) * SIGMA[axis]
    second = watch.step(51.0, later(flights, 1.0), dataclasses.replace(moved, state=state))
    asked = second.asked_s == 51.0
    assert (second.hazard[asked] == which).sum() == (second.hazard == which).sum() > 0
    assert (second.hazard[asked] != which).sum() < 3


def test_a_track_that_became_surer_has_its_pairs_asked():
    watch, (flights, hazards) = NearWatch(), scene(1)
    watch.step(50.0, flights, hazards)
    moved = later(hazards, 1.0)
    out = watch.step(51.0, later(flights, 1.0), dataclasses.replace(moved, cov=0.2 * moved.cov))
    assert out.n_asked == len(out)


def test_rows_in_another_order_and_objects_that_come_and_go_keep_the_others():
    watch, (flights, hazards) = NearWatch(), scene(3)
    first = answers(watch.step(50.0, flights, hazards), flights, hazards)
    rng = np.random.default_rng(0)
    f, h = later(flights, 1.0).take(rng.permutation(12)[:10]), later(hazards, 1.0).take(rng.permutation(40)[:30])
    out = watch.step(51.0, f, h)
    kept = out.asked_s == 50.0
    assert kept.sum() > 10 and len(watch) == len(out)
    for pair, p in answers(out, f, h).items():
        assert first.get(pair, p) == p
    assert len(watch.step(52.0, f.take(np.zeros(0, np.int64)), h)) == 0 and len(watch) == 0
    again = watch.step(53.0, f, h)
    assert again.n_asked == len(again) > 10


def test_an_id_that_stands_twice_is_refused():
    flights, hazards = scene(1)
    twice = dataclasses.replace(hazards, object_id=np.zeros(40, np.int64))
    watch = NearWatch()
    watch.step(0.0, flights, hazards)
    with pytest.raises(BadInput, match="hazard"):
        watch.step(1.0, flights, twice)


def test_unknown_errors_mark_the_object():
    flights, hazards = scene(1)
    cov = hazards.cov.copy()
    cov[5, 0, 0] = np.nan
    out = NearWatch().step(0.0, flights, dataclasses.replace(hazards, cov=cov))
    assert out.hazard_status[5] == 1 and out.hazard_status.sum() == 1 and 5 not in out.hazard


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_no_pair_that_may_be_a_threat_is_missing_and_none_says_too_little(seed):
    watch, (flights, hazards) = NearWatch(WatchLimits(skip_below=1e-3)), scene(seed, 8, 20)
    watch.step(0.0, flights, hazards)
    flights, hazards = later(flights, 2.0), later(hazards, 2.0)
    out = watch.step(2.0, flights, hazards)
    said = answers(out, flights, hazards)
    error = dict(zip(said, out.p_err.tolist(), strict=True))
    i, j = (x.ravel() for x in np.meshgrid(np.arange(8), np.arange(20), indexing="ij"))
    mean, cov = hazards.state[j] - flights.state[i], hazards.cov[j] + flights.cov[i]
    want = exact(mean, cov, 2_000.0, 300.0, 180.0)
    for a, b, p in zip(flights.object_id[i].tolist(), hazards.object_id[j].tolist(), want, strict=True):
        if (a, b) not in said:
            assert p < 7e-7
        else:
            assert said[a, b] >= p - max(6.0 * error[a, b], 1e-3)
