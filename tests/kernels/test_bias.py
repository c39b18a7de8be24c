"""Groups of reports of one object: hand cases, a twin by brute elimination, and honesty over many draws."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flightward.kernels import bias, trackstate

Q = np.array([0.5, 0.5, 0.01])


def arrays(width: list[int], prior: float = 1e4) -> tuple[bias.Waiting, bias.BiasArrays]:
    w = np.array(width, dtype=np.int64)
    base = np.concatenate([[0], np.cumsum(w)[:-1]]).astype(np.int64)
    return bias.make(base, w, np.full(int(w.sum()), prior))


def fill(waiting: bias.Waiting, i: int, sensors: list[int], t: list[float], z, r, slope) -> None:
    waiting.n[i] = len(sensors)
    for a, k in enumerate(sensors):
        waiting.sensor[i, a], waiting.t_s[i, a] = k, t[a]
        waiting.z[i, a], waiting.r[i, a], waiting.slope[i, a] = z[a], r[a], slope[a]


def naive(sensors, t, z, r, slope, v, pv, d: int, base, width) -> tuple[np.ndarray, np.ndarray]:
    """Estimate place, velocity error and errors of the sensors together, then drop the first two."""
    m = len(sensors)
    h = np.zeros((3 * m, 6 + d))
    y, cov = np.zeros(3 * m), np.zeros((3 * m, 3 * m))
    for a, k in enumerate(sensors):
        rows = slice(3 * a, 3 * a + 3)
        dt = t[a] - t[0]
        h[rows, :3], h[rows, 3:6] = np.eye(3), dt * np.eye(3)
        columns = np.column_stack([slope[a], -v])[:, -width[k] :]
        h[rows, 6 + base[k] : 6 + base[k] + width[k]] = columns
        y[rows] = z[a] - v * dt
        cov[rows, rows] = r[a] + np.diag(Q) * abs(dt) ** 3 / 3.0
    w = np.linalg.inv(cov)
    info, eta = h.T @ w @ h, h.T @ w @ y
    info[3:6, 3:6] += np.linalg.inv(pv)
    left = info[6:, :6] @ np.linalg.inv(info[:6, :6])
    return info[6:, 6:] - left @ info[:6, 6:], eta[6:] - left @ eta[:6]


def scene(rng: np.random.Generator, m: int):
    a = rng.normal(size=(m, 3, 3))
    r = a @ a.transpose(0, 2, 1) * 100.0 + 100.0 * np.eye(3)
    slope = rng.normal(size=(m, 3, 3)) * [1.0, 50.0, 50.0]
    t = np.sort(rng.uniform(0.0, 3.0, m))
    v = rng.normal(size=3) * [60.0, 60.0, 2.0]
    return t, r, slope, v, np.diag([9.0, 16.0, 1.0])


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), m=st.integers(2, 4))
def test_a_group_says_what_full_elimination_says(seed: int, m: int) -> None:
    rng = np.random.default_rng(seed)
    t, r, slope, v, pv = scene(rng, m)
    width = [4, 4, 1, 4]
    sensors = [0, 1, 2, 3][:m]
    waiting, b = arrays(width)
    z = np.array([5e3, 6e3, 700.0]) + v * t[:, None] + rng.normal(size=(m, 3)) * 10.0
    fill(waiting, 0, sensors, list(t), z, r, slope)
    assert bias.use_group(waiting, 0, v, pv, Q, b) == 1
    info, eta = naive(sensors, t, z, r, slope, v, pv, 13, b.base, b.width)
    np.testing.assert_allclose(b.info, info, rtol=1e-6, atol=1e-9 * np.abs(info).max())
    np.testing.assert_allclose(b.eta, eta, rtol=1e-5, atol=1e-8 * np.abs(eta).max())


def test_what_was_taken_off_already_is_put_back() -> None:
    rng = np.random.default_rng(4)
    t, r, slope, v, pv = scene(rng, 2)
    z = np.array([5e3, 6e3, 700.0]) + v * t[:, None]
    error = np.array([30.0, 0.2, 0.1, 0.4])
    raw, fixed = (arrays([4, 4]) for _ in range(2))
    off = z.copy()
    off[1] += slope[1] @ error[:3]  # as measured
    fill(raw[0], 0, [0, 1], [t[0], t[1] + error[3]], off, r, slope)
    fill(fixed[0], 0, [0, 1], list(t), z, r, slope)
    fixed[1].applied[4:] = error
    for waiting, b in (raw, fixed):
        assert bias.use_group(waiting, 0, v, pv, 0.0 * Q, b) == 1
    # the clock enters the noise through the time between, a little
    np.testing.assert_allclose(fixed[1].eta, raw[1].eta, rtol=0.05, atol=0.02 * np.abs(raw[1].eta).max())


def test_one_report_says_nothing_and_a_bad_one_spoils_no_other() -> None:
    rng = np.random.default_rng(5)
    t, r, slope, v, pv = scene(rng, 2)
    waiting, b = arrays([4, 4])
    fill(waiting, 0, [0], [0.0], np.zeros((1, 3)), r, slope)
    assert bias.use_group(waiting, 0, v, pv, Q, b) == 0
    z = np.array([[0.0, 0.0, 0.0], [np.nan, 0.0, 0.0]])
    fill(waiting, 0, [0, 1], list(t), z, r, slope)
    assert bias.use_group(waiting, 0, v, pv, Q, b) == -1
    assert b.n_refused.tolist() == [1, 1]
    assert not b.info.any()


def test_a_wrong_pairing_is_refused_once_something_is_known() -> None:
    rng = np.random.default_rng(6)
    t, r, slope, v, pv = scene(rng, 2)
    waiting, b = arrays([4, 4], prior=1.0)
    z = np.array([[0.0, 0.0, 0.0], [5e3, 0.0, 0.0]])
    fill(waiting, 0, [0, 1], list(t), z, r, slope)
    assert bias.use_group(waiting, 0, v, pv, Q, b) == -1


def radar_slope(place: np.ndarray, z: np.ndarray) -> np.ndarray:
    out = np.empty((1, 3, 3))
    bias.flat_slopes(place, np.ascontiguousarray(z[None]), out)
    return out[0]


def test_flat_slopes_are_those_of_small_steps() -> None:
    place, z = np.array([100.0, -50.0, 20.0]), np.array([20e3, 9e3, 3e3])
    d = z - place
    r, a, e = np.linalg.norm(d), np.arctan2(d[0], d[1]), np.arcsin(d[2] / np.linalg.norm(d))

    def at(r: float, a: float, e: float) -> np.ndarray:
        return place + r * np.array([np.cos(e) * np.sin(a), np.cos(e) * np.cos(a), np.sin(e)])

    h = 1e-5
    want = np.column_stack([
        (at(r + 1, a, e) - at(r - 1, a, e)) / 2, (at(r, a + h, e) - at(r, a - h, e)) / (2 * h),
        (at(r, a, e + h) - at(r, a, e - h)) / (2 * h),
    ])  # fmt: skip
    np.testing.assert_allclose(radar_slope(place, z), want, rtol=1e-6, atol=1e-4)


@pytest.mark.parametrize("n_groups", [4, 25])
def test_the_estimate_is_as_sure_as_it_may_be(n_groups: int) -> None:
    """Errors drawn from the prior, many days: normalised squared errors average one per error, few or many groups."""
    rng = np.random.default_rng(7)
    places = np.array([[0.0, 0.0, 0.0], [30e3, 5e3, 0.0], [8e3, 28e3, 0.0]])
    sigma, prior = np.array([40.0, 0.003, 0.006]), np.array([100.0, 0.005, 0.005, 0.5])
    nees = []
    for _ in range(30):
        error = rng.normal(size=(3, 4)) * prior
        waiting, b = bias.make(np.array([0, 4, 8]), np.array([4, 4, 4]), np.tile(prior**2, 3))
        for _ in range(n_groups):
            at = np.array([*rng.uniform(-30e3, 50e3, 2), rng.uniform(500.0, 8e3)])
            v = np.array([*rng.normal(0.0, 70.0, 2), 0.0])
            t = np.sort(rng.uniform(0.0, 3.0, 3))
            slope = np.array([radar_slope(p, at) for p in places])
            r = np.array([s @ np.diag(sigma**2) @ s.T for s in slope])
            z = np.array([
                at + v * (t[k] - error[k, 3]) + slope[k] @ (error[k, :3] + rng.normal(size=3) * sigma) for k in range(3)
            ])  # fmt: skip
            fill(waiting, 0, [0, 1, 2], list(t), z, r, slope)
            bias.use_group(waiting, 0, v + rng.normal(size=3), np.eye(3), 0.0 * Q, b)
        cov = np.linalg.inv(b.info + np.diag(1.0 / np.tile(prior**2, 3)))
        off = cov @ b.eta - error.ravel()
        nees.append(off @ np.linalg.solve(cov, off) / 12.0)
    assert 0.75 < np.mean(nees) < 1.25


def test_slots_that_change_their_track_begin_anew() -> None:
    s = trackstate.make(4, 2)
    s.state[:] = trackstate.CONFIRMED
    waiting, b = arrays([4, 4])
    one = np.ones(1)
    slope, r = np.tile(np.eye(3), (1, 1, 1)), np.tile(np.eye(3), (1, 1, 1)) * 100.0
    nobody = np.full(bias.ROOM, -1, dtype=np.int64)
    slots = np.zeros(1, dtype=np.int64)
    for since, count in ((1.0, 1), (1.0, 2), (2.0, 1)):
        s.since_s[0] = since
        k = 0 if count == 1 else 1
        bias.collect(s, waiting, b, k, slots, one, np.zeros((1, 3)), r, slope, nobody, 3.0, 0, 1)
        assert waiting.n[0] == count
    bias.collect(s, waiting, b, 1, np.array([-1]), one, np.zeros((1, 3)), r, slope, nobody, 3.0, 0, 1)
    assert waiting.n[0] == 1
