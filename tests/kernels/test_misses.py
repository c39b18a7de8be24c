"""Miss distances of straight movers."""

from __future__ import annotations

import numpy as np
import pytest
from pairkit import pairs, random_states

from flightward.kernels import misses as kernels
from flightward.kernels.wellclear import Pairs

NAMES = ("tcpa", "dcpa", "vsep", "hmd", "vmd", "tcoa", "taumod")


def misses(p: Pairs, lookahead_s: float = 180.0, d_m: float = 100.0) -> dict[str, np.ndarray]:
    n = len(p.ox_m)
    out, status = [np.empty(n) for _ in NAMES], np.empty(n, np.int8)
    kernels.misses(p, lookahead_s, d_m, *out, status)
    return {**dict(zip(NAMES, out, strict=True)), "status": status}


def one(s: object, v: object, **kw: float) -> dict[str, float]:
    return {k: float(x[0]) for k, x in misses(pairs(s, v), **kw).items()}


def test_a_pass_of_thirty_metres_in_a_hundred_seconds():
    got = one([-1000, 30, -50], [10, 0, 1])
    assert (got["tcpa"], got["dcpa"], got["vsep"], got["hmd"], got["vmd"]) == (100.0, 30.0, 50.0, 30.0, 0.0)
    assert got["tcoa"] == 50.0
    assert got["taumod"] == pytest.approx((1000**2 + 30**2 - 100**2) / 10_000)


def test_what_comes_after_the_lookahead_is_cut():
    got = one([-1000, 30, -500], [5, 0, 1])
    assert (got["tcpa"], got["hmd"], got["vmd"], got["tcoa"]) == (200.0, np.hypot(100, 30), 320.0, 500.0)


def test_diverging_counts_now_and_the_height_time_lies_in_the_past():
    got = one([300, 400, 20], [10, 0, 2])
    assert (got["tcpa"], got["dcpa"], got["hmd"], got["vmd"], got["tcoa"], got["taumod"]) == (0, 500, 500, 20, -10, -1)


def test_equal_velocities_have_no_closest_time_and_no_height_time():
    got = one([300, 400, 20], [0, 0, 0])
    assert np.isnan([got["tcpa"], got["dcpa"], got["tcoa"]]).all()
    assert (got["vsep"], got["hmd"], got["vmd"], got["taumod"]) == (20, 500, 20, -1)
    assert np.isnan(one([300, 400, 0], [1, 0, 0])["tcoa"])
    assert one([300, 400, 0], [1, 0, 1])["tcoa"] == 0.0


def test_within_the_distance_modified_tau_is_minus_one():
    assert one([-100, 0, 0], [10, 0, 0])["taumod"] == -1.0
    assert one([-99, 0, 0], [10, 0, 0])["taumod"] == -1.0


def test_a_bad_value_marks_its_own_row_and_no_other():
    got = misses(pairs([[0, 0, 0], [np.nan, 0, 0], [0, 0, 0]], [[1, 0, 1]] * 3))
    assert got["status"].tolist() == [0, 1, 0]
    assert all(np.isnan(got[name][1]) and not np.isnan(got[name][[0, 2]]).any() for name in NAMES)


def test_distances_are_those_of_sampling_the_flight():
    states = random_states(np.random.default_rng(3), 200)
    got = misses(pairs(states[:, :3], states[:, 3:]))
    t = np.linspace(0.0, 180.0, 18_001)
    for i, row in enumerate(states):
        at = row[:3, None] + row[3:, None] * t
        speed = np.hypot(row[3], row[4])
        assert got["hmd"][i] == pytest.approx(np.hypot(at[0], at[1]).min(), abs=speed * 0.01)
        assert got["vmd"][i] == pytest.approx(np.abs(at[2]).min(), abs=abs(row[5]) * 0.01)
        if got["tcpa"][i] <= 180.0:
            assert got["dcpa"][i] == got["hmd"][i]


@pytest.mark.skipif(not hasattr(kernels.misses, "signatures"), reason="plain Python")
def test_one_signature():
    one([1, 2, 3], [4, 5, 6])
    assert len(kernels.misses.signatures) == 1
