"""The update by many candidates against a mixture of plain updates, written out."""

from __future__ import annotations

import math

import naive_tracks as naive
import numpy as np
import pytest
from scipy.stats import multivariate_normal

from flightward.kernels.hits import weighed_update
from flightward.kernels.imm import room, update3

Q = np.array([[0.02, 0.01], [2.0, 0.01]])


def one_track() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    x, p = np.zeros((2, 7)), np.zeros((2, 7, 7))
    p[:] = np.diag([1e4, 1e4, 1e4, 100.0, 100.0, 1.0, 0.0025])
    x[:, 3] = 50.0
    p[:, 0, 3] = p[:, 3, 0] = 300.0
    p[1, 4, 6] = p[1, 6, 4] = 0.2
    x[1, 6] = 0.05
    return x, p, np.array([0.7, 0.3])


def reports(*places: tuple[float, float, float]) -> tuple[np.ndarray, np.ndarray]:
    z, r = np.array(places), np.zeros((len(places), 4, 4))
    for j in range(len(z)):
        r[j, :3, :3] = np.diag([400.0, 900.0, 2500.0]) + 40.0 * j
    return z, r


@pytest.mark.parametrize("lag_s", [0.0, 1.5])
def test_a_sure_report_weighs_as_the_plain_update(lag_s: float) -> None:
    (x, p, mu), (x2, p2, mu2) = one_track(), one_track()
    z, r = reports((60.0, -20.0, 5.0))
    ll = update3(x, p, mu, Q, z[0], np.ascontiguousarray(r[0, :3, :3]), lag_s)
    gain = weighed_update(x2, p2, mu2, Q, z, r, np.array([0]), np.array([7.0]), -np.inf, lag_s, room())
    assert gain == pytest.approx(ll + 7.0, abs=1e-9)
    assert mu2 == pytest.approx(mu)
    assert x2 == pytest.approx(x, abs=1e-9)
    assert p2 == pytest.approx(p, rel=1e-9, abs=1e-9)


def test_many_candidates_are_the_mixture_of_plain_updates() -> None:
    x, p, mu = one_track()
    z, r = reports((60.0, -20.0, 5.0), (-90.0, 30.0, 0.0), (10.0, 150.0, 40.0))
    ratio, miss = np.array([12.0, 13.5, 12.5]), math.log(0.2)
    h = np.hstack([np.eye(3), np.zeros((3, 4))])
    want_x, want_p, gain = [], [], []
    for m in range(2):
        weight, mean, cov = [math.exp(miss)], [x[m]], [p[m]]
        for j in range(3):
            inn = h @ p[m] @ h.T + r[j, :3, :3]
            weight.append(math.exp(ratio[j]) * multivariate_normal(h @ x[m], inn).pdf(z[j]))
            a, b = naive.update(x[m], p[m] + 1e-12 * np.eye(7), h, z[j], r[j, :3, :3])
            mean.append(a)
            cov.append(b)
        w = np.array(weight) / sum(weight)
        middle = sum(wi * a for wi, a in zip(w, mean, strict=True))
        want_x.append(middle)
        want_p.append(sum(wi * (b + np.outer(a - middle, a - middle)) for wi, a, b in zip(w, mean, cov, strict=True)))
        gain.append(sum(weight))
    total = mu[0] * gain[0] + mu[1] * gain[1]
    want_mu = mu[1] * gain[1] / total
    got = weighed_update(x, p, mu, Q, z, r, np.arange(3), ratio, miss, 0.0, room())
    assert got == pytest.approx(math.log(total), abs=1e-9)
    assert mu[1] == pytest.approx(want_mu)
    assert x == pytest.approx(np.array(want_x), rel=1e-6, abs=1e-6)
    assert p == pytest.approx(np.array(want_p), rel=1e-5, abs=1e-4)


def test_two_equal_reports_leave_the_track_in_the_middle_and_less_sure() -> None:
    x, p, mu = one_track()
    z, r = reports((80.0, 0.0, 0.0), (-80.0, 0.0, 0.0))
    r[:, :3, :3] = np.diag([400.0, 400.0, 400.0])
    weighed_update(x, p, mu, Q, z, r, np.arange(2), np.array([60.0, 60.0]), math.log(0.1), 0.0, room())
    assert x[0, 0] == pytest.approx(0.0, abs=1e-9)
    assert p[0, 0, 0] > 80.0**2 * 0.8 > p[0, 1, 1]
    assert min(np.linalg.eigvalsh(p[0]).min(), np.linalg.eigvalsh(p[1]).min()) > 0.0


def test_a_single_model_stays_single() -> None:
    x, p, _ = one_track()
    mu = np.array([1.0, 0.0])
    other = x[1].copy()
    z, r = reports((60.0, -20.0, 5.0))
    weighed_update(x, p, mu, Q, z, r, np.array([0]), np.array([7.0]), -np.inf, 0.0, room())
    assert list(mu) == [1.0, 0.0]
    assert x[1] == pytest.approx(other)
