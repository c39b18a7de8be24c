"""The smoother against all reports at once, every sequence of models, another program, and drawn tracks."""

from __future__ import annotations

import json
import math
from pathlib import Path

import naive_smooth as naive
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from flightward.kernels import smooth
from flightward.kernels.smooth import ASKED, BEARING, POSITION, RANGE_RATE, VELOCITY, Beliefs, Nodes

VAR_TURN = 0.07**2
STILL = 1e-18
"""Variance of a turn rate with which the turn model is straight flight of another noise: all is linear then."""
STAY_S = (60.0, 10.0)
PLACE = np.hstack([np.eye(3), np.zeros((3, 3))])
WAY = np.hstack([np.zeros((3, 3)), np.eye(3)])


def nodes_of(
    t: np.ndarray, kind: np.ndarray, z: np.ndarray, r: np.ndarray, q: np.ndarray, *, turn_p: float = 0.0,
    var_turn: float = VAR_TURN, stay_s: tuple[float, float] = (200.0, 30.0), aux: np.ndarray | None = None,
    opens: bool = False, start: tuple[float, float] = (120.0, 5.0),
) -> Nodes:  # fmt: skip
    n = len(t)
    return Nodes(
        t_s=np.array(t, float), kind=np.array(kind, np.int8), z=np.array(z, float), r=np.array(r, float),
        aux=np.zeros((n, 3)) if aux is None else aux, q=np.tile(np.array(q, float), (n, 1, 1)),
        opens=np.full(n, opens, np.int8), start=np.array([*start, turn_p, var_turn]), stay_s=np.array(stay_s), flat=1,
    )  # fmt: skip


def beliefs(n: int) -> Beliefs:
    return Beliefs(np.empty((n, 2, 7)), np.empty((n, 2, 7, 7)), np.empty((n, 2)), np.empty((n, 3)))


def solved(nodes: Nodes) -> tuple[Beliefs, Beliefs, np.ndarray, np.ndarray]:
    """Filter, smoother, and the smoother's mean (N, 7) and covariance (N, 7, 7)."""
    n = len(nodes.t_s)
    had, out = beliefs(n), beliefs(n)
    smooth.forward(nodes, had)
    smooth.backward(nodes, had, out)
    mean, cov = np.empty((n, 7)), np.empty((n, 7, 7))
    smooth.mixture(out, np.arange(n), mean, cov)
    return had, out, mean, cov


def start_of(nodes: Nodes) -> tuple[np.ndarray, np.ndarray]:
    p0 = np.diag([0.0, 0, 0, nodes.start[0] ** 2, nodes.start[0] ** 2, nodes.start[1] ** 2])
    p0[:3, :3] = nodes.r[0]
    return np.concatenate([nodes.z[0], np.zeros(3)]), p0


def mixed_rows(seed: int) -> tuple[Nodes, naive.Rows]:
    """Nine nodes of several kinds, two of them at one time, steps uneven."""
    rng = np.random.default_rng(seed)
    t = np.array([0.0, 1.0, 3.5, 3.5, 4.0, 7.0, 9.0, 14.0, 15.0])
    kind = np.array([POSITION, ASKED, POSITION, VELOCITY, RANGE_RATE, POSITION, ASKED, POSITION, ASKED], np.int8)
    z, r, aux = np.zeros((9, 3)), np.zeros((9, 3, 3)), np.zeros((9, 3))
    rows: naive.Rows = []
    for k in range(9):
        a = rng.normal(size=(3, 3)) * 40.0
        r[k] = a @ a.T + 100.0 * np.eye(3)
        z[k] = np.array([50.0, -20.0, 1.0]) * t[k] + rng.normal(size=3) * 40.0
        if kind[k] == VELOCITY:
            r[k] /= 400.0
            z[k] = np.array([48.0, -22.0, 0.5])
        if kind[k] == RANGE_RATE:
            u = np.array([0.6, 0.0, 0.8])
            aux[k], r[k] = u, np.diag([4.0, 0.0, 0.0])
            z[k] = [31.0, 0.0, 0.0]
            rows.append((t[k], np.concatenate([np.zeros(3), u])[None], z[k, :1], r[k, :1, :1]))
        elif kind[k] != ASKED and k > 0:
            rows.append((t[k], PLACE if kind[k] == POSITION else WAY, z[k], r[k]))
    return nodes_of(t, kind, z, r, [[0.3, 0.02], [3.0, 0.05]], aux=aux), rows


def test_a_point_between_two_reports_is_on_the_line_between_them() -> None:
    t = np.array([0.0, 2.0, 4.0])
    z = np.array([[0.0, 0.0, 100.0], [0, 0, 0], [400.0, 0.0, 100.0]])
    nodes = nodes_of(t, [POSITION, ASKED, POSITION], z, np.tile(np.eye(3), (3, 1, 1)), [[1e-6, 1e-6]] * 2,
                     start=(1e4, 1e4))  # fmt: skip
    _, _, mean, cov = solved(nodes)
    assert mean[1, :3] == pytest.approx([200.0, 0.0, 100.0], abs=1e-3)
    assert mean[:, 3] == pytest.approx([100.0, 100.0, 100.0], abs=1e-3)
    assert cov[1, 0, 0] == pytest.approx(0.5, rel=1e-3)  # the mean of two reports of variance 1


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_one_model_is_all_reports_at_once(seed: int) -> None:
    nodes, rows = mixed_rows(seed)
    had, _, mean, cov = solved(nodes)
    x0, p0 = start_of(nodes)
    # the two nodes of one time are one state there
    keep = np.array([0, 1, 2, 4, 5, 6, 7, 8])
    want, want_p, _ = naive.all_at_once(nodes.t_s[keep], [(0.3, 0.02)] * 8, x0, p0, rows)
    assert mean[keep, :6] == pytest.approx(want, rel=1e-6, abs=1e-5)
    assert cov[keep][:, :6, :6] == pytest.approx(want_p, rel=2e-5, abs=1e-6)
    assert mean[3] == pytest.approx(mean[2])
    assert cov[3] == pytest.approx(cov[2])
    assert (had.mu[:, 1] == 0.0).all()


def test_one_model_is_what_filterpy_says() -> None:
    said = json.loads((Path(__file__).parent / "filterpy_smoother.json").read_text())
    t, z, r = (np.array(said[k]) for k in ("t_s", "z", "r"))
    nodes = nodes_of(t, np.full(len(t), POSITION), z, r, [said["q"]] * 2, start=tuple(said["start_mps"]))
    had, _, mean, cov = solved(nodes)
    assert had.x[:, 0, :6] == pytest.approx(np.array(said["filter_x"]), rel=1e-8, abs=1e-6)
    assert mean[:, :6] == pytest.approx(np.array(said["x"]), rel=1e-8, abs=1e-6)
    assert cov[:, :6, :6] == pytest.approx(np.array(said["p"]), rel=1e-7, abs=1e-6)


@pytest.mark.parametrize("bend", [0.0, 15.0, 40.0])
def test_two_models_are_close_to_every_sequence(bend: float) -> None:
    rng = np.random.default_rng(7)
    t = np.arange(6) * 2.0
    r = np.tile(np.diag([100.0, 100.0, 400.0]), (6, 1, 1))
    z = np.stack([50.0 * t, bend * np.maximum(t - 4.0, 0.0), 500.0 + 0.0 * t], axis=1) + rng.normal(size=(6, 3)) * 10.0
    q = np.array([[0.1, 0.01], [40.0, 0.01]])
    nodes = nodes_of(t, np.full(6, POSITION), z, r, q, turn_p=0.1, var_turn=STILL, stay_s=STAY_S, start=(60.0, 3.0))
    x0, p0 = start_of(nodes)
    rows: naive.Rows = [(t[k], PLACE, z[k], r[k]) for k in range(1, 6)]
    want, want_p, want_turn = naive.every_sequence(t, q, np.array(STAY_S), np.array([0.9, 0.1]), x0, p0, rows)
    had, out, mean, cov = solved(nodes)
    early = np.empty((6, 7))
    smooth.mixture(had, np.arange(6), early, np.empty((6, 7, 7)))
    sigma = np.sqrt(np.einsum("nii->ni", want_p))
    off = np.abs(mean[:, :6] - want) / sigma
    assert np.abs(out.mu[:, 1] - want_turn).max() < 0.1
    assert off.max() < 0.2  # two normal distributions stand for 64
    assert off.max() < 0.2 * (np.abs(early[:, :6] - want) / sigma).max()
    assert np.einsum("nii->ni", cov)[:, :6] / sigma**2 == pytest.approx(1.0, abs=0.13)


def test_a_bearing_from_two_sides_fixes_a_track() -> None:
    t = np.array([0.0, 1.0, 2.0, 3.0, 4.0])
    kind = [POSITION, BEARING, BEARING, BEARING, BEARING]
    at = np.array([1000.0, 2000.0, 300.0])
    aux = np.array([[0.0, 0, 0], [0.0, 0, 100], [3000.0, 2000, 100], [0, 0, 100], [3000, 2000, 100]])
    z = np.zeros((5, 3))
    z[0] = at[0] + 300.0, at[1] - 200.0, at[2]
    for k in range(1, 5):
        d = at - aux[k]
        z[k] = [math.atan2(d[0], d[1]), math.nan if k < 3 else math.atan2(d[2], math.hypot(d[0], d[1])), 0.0]
    r = np.tile(np.diag([1e-6, 1e-6, 0.0]), (5, 1, 1))
    r[0] = np.diag([500.0, 500.0, 500.0]) ** 2
    _, _, mean, _ = solved(nodes_of(t, kind, z, r, [[1e-4, 1e-4]] * 2, aux=aux, start=(0.1, 0.1)))
    assert mean[2, :3] == pytest.approx(at, abs=12.0)


def test_a_climb_that_begins_at_once_is_followed_and_its_corner_kept_uncertain() -> None:
    t = np.array([0.0, *np.repeat(np.arange(1.0, 41.0), 2), 40.5])
    climb = 12.0
    height = 1000.0 + climb * np.maximum(t - 20.0, 0.0)
    kind = np.array([POSITION, *np.tile([VELOCITY, POSITION], 40), ASKED])
    of_velocity = kind == VELOCITY
    z = np.stack([60.0 * t, 0.0 * t, height], axis=1)
    z[of_velocity] = np.stack([np.full(40, 60.0), np.zeros(40), np.where(t[of_velocity] > 20.0, climb, 0.0)], axis=1)
    r = np.tile(np.diag([25.0, 25.0, 25.0]), (82, 1, 1))
    r[of_velocity] = np.diag([4.0, 4.0, 1.0])
    q = [[0.04, 0.06], [4.0, 0.06]]
    _, _, open_mean, open_cov = solved(nodes_of(t, kind, z, r, q, opens=True))
    _, _, mean, cov = solved(nodes_of(t, kind, z, r, q))
    off = np.abs(open_mean[:, 2] - height)
    assert off.max() < 0.6 * np.abs(mean[:, 2] - height).max()
    assert (off / np.sqrt(open_cov[:, 2, 2])).max() < 3.0
    assert open_cov[38:44, 5, 5].max() > 1.5 * cov[38:44, 5, 5].max()


def drawn(seed: int, n: int, each: int, sigma_m: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """True states (n, 7) each second, whether it turned (n,), and positions measured each `each` seconds."""
    rng = np.random.default_rng(seed)
    x = np.array([0.0, 0.0, 1000.0, 50.0, 10.0, 0.0, 0.0])
    turns, states, models = False, [], []
    for k in range(n):
        if k:
            if turns:
                turns = rng.random() >= 1.0 - math.exp(-1.0 / 30.0)
            elif rng.random() < 1.0 - math.exp(-1.0 / 100.0):
                turns, x[6] = True, 0.07 * rng.normal()
            rate = x[6] if turns else 0.0
            q = (2.0, 0.01) if turns else (0.05, 0.01)
            for _ in range(10):
                x[:3] += 0.1 * x[3:6]
                c, s = math.cos(0.1 * rate), math.sin(0.1 * rate)
                x[3], x[4] = c * x[3] + s * x[4], c * x[4] - s * x[3]
                x[3:6] += rng.normal(size=3) * np.sqrt(0.1 * np.array([q[0], q[0], q[1]]))
            x[6] = x[6] * math.exp(-1 / 30.0) + 0.07 * math.sqrt(1.0 - math.exp(-2.0 / 30.0)) * rng.normal()
        states.append(x.copy())
        models.append(turns)
    states_, at = np.array(states), np.arange(0, n, each)
    return states_, np.array(models), states_[at, :3] + rng.normal(size=(len(at), 3)) * sigma_m


@pytest.mark.slow
def test_on_tracks_drawn_from_the_models_covariances_and_chances_are_honest() -> None:
    nees, filter_nees, off, filter_off, said, was = [], [], [], [], [], []
    for seed in range(60):
        x, turned, z = drawn(seed, 121, 4, 40.0)
        t = np.concatenate([np.arange(121.0), np.arange(0.0, 121.0, 4.0)])
        kind = np.concatenate([np.full(121, ASKED), np.full(31, POSITION)])
        order = np.lexsort((-kind, t))
        zz = np.concatenate([np.zeros((121, 3)), z])[order]
        nodes = nodes_of(t[order], kind[order], zz, np.tile(1600.0 * np.eye(3), (152, 1, 1)),
                         [[0.05, 0.01], [2.0, 0.01]], turn_p=0.2, stay_s=(100.0, 30.0))  # fmt: skip
        had, out, mean, cov = solved(nodes)
        at = np.flatnonzero(nodes.kind == ASKED)
        fm, fc = np.empty((len(at), 7)), np.empty((len(at), 7, 7))
        smooth.mixture(had, at, fm, fc)
        for m, c, sums, errors in ((mean[at], cov[at], nees, off), (fm, fc, filter_nees, filter_off)):
            d = (m[:, :6] - x[:, :6])[20:-1]
            sums.append(np.einsum("ni,nij,nj->n", d, np.linalg.inv(c[20:-1, :6, :6]), d) / 6.0)
            errors.append((d[:, :2] ** 2).sum(axis=1))
        said.append(out.mu[at, 1])
        was.append(turned)
    assert np.mean(nees) == pytest.approx(1.0, abs=0.15)
    assert np.mean(off) < 0.45 * np.mean(filter_off)
    p, y = np.concatenate(said), np.concatenate(was)
    for low, high in ((0.0, 0.1), (0.1, 0.5), (0.5, 0.9), (0.9, 1.0)):
        some = (p >= low) & (p <= high)
        assert abs(p[some].mean() - y[some].mean()) < 0.2  # some hundred seconds of some forty turns
    assert ((p - y) ** 2).mean() < 0.6 * y.mean() * (1.0 - y.mean())


@settings(max_examples=15, deadline=None)
@example(seed=2186, gaps=[4.0, 1.5, 8.0, 0.0, 0.0, 0.0, 0.0], opens=False)  # a turn of 8 s left a variance below 0
@example(seed=4987, gaps=[3.859375, 7.46875, 0.0], opens=False)  # so did the noise of a turn, its own part below 0
@given(st.integers(0, 10_000), st.lists(st.floats(0.0, 8.0), min_size=2, max_size=8), st.booleans())
def test_covariances_stay_positive_and_no_larger_than_the_filters(seed: int, gaps: list[float], opens: bool) -> None:
    rng = np.random.default_rng(seed)
    n = len(gaps) + 1
    t = np.concatenate([[0.0], np.cumsum(gaps)])
    kind = np.concatenate([[POSITION], rng.choice([ASKED, POSITION, VELOCITY], n - 1)])
    z = rng.normal(size=(n, 3)) * [300.0, 300.0, 50.0]
    z[kind == VELOCITY] /= 10.0
    nodes = nodes_of(t, kind, z, np.tile(np.diag([900.0, 400.0, 2500.0]), (n, 1, 1)), [[0.1, 0.01], [3.0, 0.05]],
                     turn_p=0.1, opens=opens)  # fmt: skip
    had, out, mean, cov = solved(nodes)
    assert np.isfinite(mean).all()
    assert out.mu.sum(axis=1) == pytest.approx(1.0)
    assert (out.mu >= 0.0).all()
    assert np.allclose(cov, np.swapaxes(cov, 1, 2), rtol=1e-9, atol=1e-9)
    for k in range(n):
        assert np.linalg.eigvalsh(cov[k, :6, :6]).min() > 0.0
    assert out.x[-1] == pytest.approx(had.x[-1])


@pytest.mark.parametrize("seed", [0, 3])
def test_what_the_future_says_is_not_lost_over_a_long_track(seed: int) -> None:
    _, _, z = drawn(seed, 241, 4, 60.0)
    t = np.arange(0.0, 241.0, 4.0)
    n = len(t)
    nodes = nodes_of(t, np.full(n, POSITION), z, np.tile(3600.0 * np.eye(3), (n, 1, 1)), [[0.012, 0.002], [2.0, 0.002]],
                     turn_p=0.1)  # fmt: skip
    had, _, _, cov = solved(nodes)
    early, early_cov = np.empty((n, 7)), np.empty((n, 7, 7))
    smooth.mixture(had, np.arange(n), early, early_cov)
    level, before = (np.sqrt(c[:, 0, 0] + c[:, 1, 1]) for c in (cov, early_cov))
    assert (level < 1.05 * before).all()
    assert np.median(level[5:-8]) < 0.75 * np.median(before[5:-8])


def test_a_report_far_off_is_a_surprise_and_nothing_else() -> None:
    t = np.arange(9.0)
    z = np.stack([50.0 * t, 0.0 * t, 0.0 * t + 500.0], axis=1)
    z[4, 1] = 400.0
    kind = np.full(9, POSITION)
    kind[7] = ASKED
    nodes = nodes_of(t, kind, z, np.tile(400.0 * np.eye(3), (9, 1, 1)), [[0.05, 0.01], [2.0, 0.01]], turn_p=0.1)
    _, out, _, _ = solved(nodes)
    found = np.empty(9)
    smooth.surprises(nodes, out, found)
    assert found[4] > 100.0
    assert np.isnan(found[7])
    assert np.nanmax(np.delete(found, 4)) < 25.0
