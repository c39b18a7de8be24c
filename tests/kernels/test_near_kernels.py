"""The kernels of the chances of coming near, called as such: statuses, closed forms; also without compiling."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import ncx2, norm

from flightward.kernels.clear_chance import clear_chance
from flightward.kernels.disc_chance import short_encounter
from flightward.kernels.near_bound import near_bound
from flightward.kernels.near_chance import near_chance


def frozen(values):
    out = np.array(values, dtype=np.float64, order="C")
    out.flags.writeable = False
    return out


def draws(rows, size, seed=1):
    return frozen(np.random.default_rng(seed).standard_normal((rows, size, 9)))


def wide(means, covs):
    """(N, 8) and (N, 8, 8) from the vectors that are used."""
    n, k = np.shape(means)
    mean, cov = np.zeros((n, 8)), np.zeros((n, 8, 8))
    mean[:, :k], cov[:, :k, :k] = means, covs
    return frozen(mean), frozen(cov)


def blank(n):
    return np.empty(n), np.empty(n), np.empty(n), np.zeros(n, np.int8)


def ask(means, covs, turn, radius, half, until, is_round=False, tolerance=1e-3, skip=0.0, rows=4, size=8):
    mean, cov = wide(means, covs)
    n = len(mean)
    out = blank(n)
    near_chance(
        mean, cov, frozen(np.broadcast_to(turn, (n, 2))), frozen([radius] * n), frozen([half] * n), frozen([until] * n),
        is_round, tolerance, skip, draws(rows, size), draws(rows, 2 * size, 2), *out,
    )  # fmt: skip
    return out


def test_a_disc_around_the_mean_holds_what_rayleigh_says():
    p, err, status = np.empty(3), np.empty(3), np.zeros(3, np.int8)
    short_encounter(
        frozen([0, 0, 0.0]), frozen([0, 0, 3000.0]), frozen([2, 2, 800.0]), frozen([2, 2, 800.0]),
        frozen([2, 20, 1000.0]), p, err, status,
    )  # fmt: skip
    assert p[0] == pytest.approx(1 - math.exp(-0.5), rel=1e-13)
    assert p[1] == pytest.approx(1.0, abs=1e-13)
    assert p[2] == pytest.approx(ncx2.cdf((1000 / 800) ** 2, 2, (3000 / 800) ** 2), rel=1e-10)
    assert status.tolist() == [0, 0, 0] and (err < 1e-12).all()


def test_a_thin_error_makes_the_disc_an_interval():
    # sigma x 1e-6: the chord through x = 6 of a circle of 10 is 8 up and down
    p, err, status = np.empty(1), np.empty(1), np.zeros(1, np.int8)
    short_encounter(frozen([6]), frozen([1]), frozen([1e-6]), frozen([5]), frozen([10]), p, err, status)
    assert p[0] == pytest.approx(norm.cdf(7 / 5) - norm.cdf(-9 / 5), rel=1e-9)


def test_short_encounters_mark_their_own_bad_rows():
    p, err, status = np.empty(4), np.empty(4), np.zeros(4, np.int8)
    short_encounter(
        frozen([0, np.nan, 0, 0]), frozen([0] * 4), frozen([1, 1, 0, 1]), frozen([1] * 4), frozen([1, 1, 1, -1]),
        p, err, status,
    )  # fmt: skip
    assert status.tolist() == [0, 1, 2, 2]
    assert np.isnan(p[1:]).all() and p[0] == pytest.approx(1 - math.exp(-0.5))


def test_a_height_that_is_all_there_is_passes_as_one_normal_number_does():
    # 1,000 m below, climbing 20 m/s for 60 s: within 100 m at some time unless the error is above 1,100 or below -300
    mean, cov = [[0, 0, -1000, 0, 0, 20]], np.diag([1, 1, 300, 0, 0, 0.0]) ** 2
    p, now, err, status = ask(mean, cov, (0, 0), 500.0, 100.0, 60.0, tolerance=1e-6)
    want = norm.cdf(1100 / 300) - norm.cdf(-300 / 300)
    assert p[0] == pytest.approx(want, abs=1e-5) and status[0] == 0 and err[0] < 1e-4
    assert now[0] == pytest.approx(norm.cdf(1100 / 300) - norm.cdf(900 / 300), rel=1e-6)


def test_a_sphere_is_passed_as_its_disc_when_the_encounter_is_short():
    # 1,000 m/s through, errors that do not grow: across the velocity the chance is that of a disc
    mean, cov = [[-8000, 40, 20, 1000, 0, 0]], np.diag([60, 80, 50, 0, 0, 0.0]) ** 2
    p, _, _, _ = ask(mean, cov, (0, 0), 100.0, 100.0, 16.0, is_round=True)
    want, err, status = np.empty(1), np.empty(1), np.zeros(1, np.int8)
    short_encounter(frozen([40]), frozen([20]), frozen([80]), frozen([50]), frozen([100]), want, err, status)
    assert p[0] == pytest.approx(want[0], rel=2e-3)


def test_a_height_that_is_the_place_cuts_the_disc_into_a_strip():
    # height = 2 x east: within 100 m of height is within 50 m east, far inside the radius
    cov = np.diag([60.0, 60, 0, 0, 0, 0]) ** 2
    cov[2, 2], cov[0, 2], cov[2, 0] = 120.0**2, 120.0 * 60.0, 120.0 * 60.0
    p, now, _, status = ask([[20, 0, 40, 0, 0, 0]], cov, (0, 0), 1000.0, 100.0, 0.0)
    assert now[0] == p[0] == pytest.approx(norm.cdf(30 / 60) - norm.cdf(-70 / 60), abs=1e-6) and status[0] == 0


def test_two_turning_alike_keep_their_distance_and_one_who_circles_comes_again():
    rate = math.radians(6.0)
    alike = [300, 0, 0, 0, 0, 60, 0, 60]
    cov = np.diag([20, 20, 5, 1e-3, 1e-3, 1e-3, 1e-3, 1e-3]) ** 2
    p, _, _, status = ask([alike], cov, (rate, rate), 200.0, 100.0, 30.0)
    assert p[0] < 1e-3 and status[0] in (0, 4)
    # own stays; the other flies a circle of 573 m radius through it, two rounds: two visits, a chance of at most 1
    again = [-573, -573, 0, 0, 0, 0.01, 0, 60]
    p, _, err, _ = ask([again], cov, (0.0, rate), 150.0, 100.0, 120.0)
    assert 0.9 < p[0] <= 1.0 and err[0] < 0.1


def test_statuses_and_skipping():
    means = np.tile([-3000.0, 900, 0, 60, 0, 0], (4, 1))
    covs = np.tile(np.diag([100.0, 100, 20, 1, 1, 0.1]) ** 2, (4, 1, 1))
    means[1, 0], covs[2, 0, 0], covs[3, 1, 1] = np.inf, np.nan, -4.0
    p, _, err, status = ask(means, covs, (0, 0), 152.4, 30.48, 60.0)
    assert status.tolist() == [0, 1, 2, 3] and np.isnan(p[1:]).all() and np.isnan(err[1:]).all()
    bound, (mean, cov) = np.empty(1), wide(means[:1], covs[:1])
    near_bound(mean, cov, frozen([[0, 0]]), frozen([152.4]), frozen([30.48]), frozen([60.0]), 0.0, bound)
    assert p[0] <= bound[0] < 1e-2
    p, _, err, status = ask(means[:1], covs[:1], (0, 0), 152.4, 30.48, 60.0, skip=2 * bound[0])
    assert status[0] == 5 and p[0] == 0.0 and bound[0] <= err[0] < 2 * bound[0]


def test_the_bound_of_a_pair_far_apart_is_nothing_and_of_one_inside_is_one():
    mean, cov = wide([[50_000, 0, 0, 0, 0, 0], [10, 0, 0, 0, 0, 0]], np.diag([50, 50, 50, 5, 5, 1.0]) ** 2)
    bound, two = np.empty(2), np.ones(2)
    near_bound(mean, cov, frozen(np.zeros((2, 2))), frozen(150 * two), frozen(30 * two), frozen(180 * two), 1e-6, bound)
    assert bound[0] < 1e-100 and bound[1] == 1.0


def test_well_clear_without_tau_is_the_cylinder_and_tau_only_adds():
    mean, cov = wide([[-2500, 500, 20, 60, 5, 0]], np.diag([150, 150, 40, 2, 2, 0.5]) ** 2)
    got = []
    for tau in (0.0, 15.0):
        out = blank(1)
        volume = frozen([[600, 60, tau, 0]])
        clear_chance(mean, cov, frozen([[0, 0]]), volume, frozen([30.0]), 1e-2, draws(4, 200), *out)
        assert out[3][0] in (0, 4)
        got.append((out[0][0], out[2][0]))
    exact, _, _, _ = ask(mean[:, :6], cov[:, :6, :6], (0, 0), 600.0, 60.0, 30.0)
    assert abs(got[0][0] - exact[0]) < 5 * got[0][1] + 1e-3
    assert got[1][0] > got[0][0] + 0.05


def test_well_clear_marks_its_own_bad_rows():
    means, covs = np.zeros((4, 6)), np.tile(np.eye(6), (4, 1, 1))
    means[1, 2], covs[2, 5, 5], covs[3, 2, 2] = np.nan, np.inf, -1.0
    mean, cov = wide(means, covs)
    out = blank(4)
    volume = frozen(np.tile([600.0, 60, 10, 0], (4, 1)))
    clear_chance(mean, cov, frozen(np.zeros((4, 2))), volume, frozen([9.0] * 4), 1e-2, draws(2, 16), *out)
    assert out[3].tolist() == [0, 1, 2, 3]
    assert out[0][0] == pytest.approx(1.0) and np.isnan(out[0][1:]).all()


def test_each_kernel_is_compiled_once():
    for function in (near_chance, near_bound, clear_chance, short_encounter):
        if hasattr(function, "signatures"):
            assert len(function.signatures) <= 1
