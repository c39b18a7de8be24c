"""Manoeuvre bands of one frame."""

from __future__ import annotations

import itertools
import json
import math
from pathlib import Path

import numpy as np
import pytest

from flightward.encounters import STANDARDS, bands, bands_batch, clear_ways
from flightward.encounters.guidance import may_meet
from flightward.errors import BadInput
from flightward.model import i64

OWN = [0.0, 0.0, 1500.0, 0.0, 60.0, 0.0]
KINDS = ("hdir_deg", "hs_mps", "vs_mps", "alt_m")
RANGES = ((0.0, 360.0), (5.144444, 360.1111), (-30.48, 30.48), (30.48, 15240.0))


def frame(*traffic: list[float], own: list[float] = OWN, config: str = "DO_365B_no_SUM") -> dict[str, object]:
    return {"config": config, "own": own, "traffic": list(traffic)}


def regions(found: dict, kind: str) -> list[str]:
    return [b[2] for b in found[kind]["bands"]]


def test_without_traffic_all_is_open_over_the_whole_range():
    got = bands(frame())
    assert got["hdir_deg"]["bands"] == [[0.0, 360.0, "NONE"]]
    assert [got[k]["bands"][0][:2] for k in KINDS[1:]] == [
        pytest.approx([5.144444444, 360.1111111]), pytest.approx([-30.48, 30.48]), pytest.approx([30.48, 15240]),
    ]  # fmt: skip
    for kind in KINDS:
        assert got[kind]["res_up"] is got[kind]["res_low"] is None
        assert got[kind]["recovery"] == [False, False, None, None, None, -1]


def test_one_ahead_at_rest_is_passed_on_either_side():
    # non-cooperative cylinder of 670 m; 3.5 km ahead asin(670.56 / 3500) = 11.0 degrees and a little more
    got = bands(frame([3, 0.0, 5000.0, 1500.0, 0.0, 0.0, 0.0]))
    assert got["alert"] == [0] and got["t2corr"] == [pytest.approx((5000 - 670.56) / 60)]
    closer = bands(frame([3, 0.0, 3500.0, 1500.0, 0.0, 0.0, 0.0]))
    heading = closer["hdir_deg"]
    assert closer["alert"] == [2]
    assert regions(closer, "hdir_deg") == ["MID", "NONE", "MID"]
    assert heading["bands"][0][1] == heading["res_up"] and heading["bands"][2][0] == heading["res_low"]
    assert 11.0 <= heading["res_up"] <= 13.0 and heading["res_low"] == pytest.approx(360 - heading["res_up"])
    assert heading["pref_up"] is True


def test_the_nearer_way_out_is_preferred():
    left = bands(frame([3, -300.0, 3500.0, 1500.0, 0.0, 0.0, 0.0]))["hdir_deg"]
    right = bands(frame([3, 300.0, 3500.0, 1500.0, 0.0, 0.0, 0.0]))["hdir_deg"]
    assert (left["pref_up"], right["pref_up"]) == (True, False)
    assert left["res_up"] < right["res_up"]


def test_within_the_volume_recovery_is_the_soonest_way_back():
    got = bands(frame([3, 0.0, 500.0, 1500.0, 0.0, 60.0, 0.0]))
    assert got["alert"] == [3] and got["t2corr"] == [0.0]
    heading = got["hdir_deg"]
    computed, saturated, t_s, d_m, z_m, n = heading["recovery"]
    assert computed and not saturated and 3.0 < t_s < 180.0
    assert d_m == pytest.approx(0.66 * 1852 * 0.9**n) and z_m == pytest.approx(450 * 0.3048 * 0.9**n)
    assert set(regions(got, "hdir_deg")) == {"NEAR", "RECOVERY"}
    assert got["last_time_to_manoeuvre_s"] == ["-inf"] * 4


def test_on_a_collision_that_nothing_avoids_recovery_is_saturated():
    got = bands(frame([3, 0.0, 100.0, 1500.0, 0.0, 0.0, 0.0]))
    for kind in KINDS:
        assert got[kind]["recovery"] == [True, True, None, None, None, -1]
        assert regions(got, kind) == ["NEAR"]
        assert (got[kind]["res_up"], got[kind]["res_low"]) == ("+inf", "-inf")


def test_a_present_value_out_of_its_range_has_no_bands():
    got = bands(frame(own=[0.0, 0.0, 20.0, 0.0, 2.0, 40.0]))
    assert [got[k]["bands"] for k in KINDS[1:]] == [[], [], []]
    assert got["hdir_deg"]["bands"] == [[0.0, 360.0, "NONE"]]


def test_bands_cover_the_range_without_gaps_and_north_is_no_border():
    rng = np.random.default_rng(2)
    for _ in range(20):
        course = rng.uniform(0, 2 * math.pi)
        own = [0.0, 0.0, 1500.0, 70 * math.sin(course), 70 * math.cos(course), float(rng.normal(0, 2))]
        others = []
        for _ in range(4):
            v = [*rng.normal(0, 50, 2).tolist(), 0.0]
            t = rng.uniform(10, 100)
            others.append([int(rng.integers(1, 4)), t * (own[3] - v[0]) + rng.normal(0, 800),
                           t * (own[4] - v[1]) + rng.normal(0, 800), 1500 + rng.normal(0, 150), *v])  # fmt: skip
        got = bands(frame(*others, own=own))
        for kind, (low, up) in zip(KINDS, RANGES, strict=True):
            edges = got[kind]["bands"]
            assert edges[0][0] == pytest.approx(low, rel=1e-6) and edges[-1][1] == pytest.approx(up, rel=1e-6)
            for before, after in itertools.pairwise(edges):
                assert before[1] == pytest.approx(after[0]) and before[2] != after[2]


def test_turning_the_map_turns_the_headings_and_nothing_else():
    c, s = math.cos(0.7), math.sin(0.7)

    def turned(v: list[float]) -> list[float]:
        return [c * v[0] + s * v[1], c * v[1] - s * v[0], v[2]]

    other = [1, 1500.0, 6000.0, 1450.0, -30.0, -40.0, 1.0]
    plain = bands(frame(other))
    got = bands(frame([1, *turned(other[1:4]), *turned(other[4:])], own=[0.0, 0.0, 1500.0, *turned(OWN[3:])]))
    for kind in KINDS[1:]:
        assert [b[2] for b in got[kind]["bands"]] == [b[2] for b in plain[kind]["bands"]]
        assert np.concatenate([b[:2] for b in got[kind]["bands"]]) == pytest.approx(
            np.concatenate([b[:2] for b in plain[kind]["bands"]])
        )
    up = plain["hdir_deg"]["res_up"]
    assert got["hdir_deg"]["res_up"] == pytest.approx((up + math.degrees(0.7)) % 360)


@pytest.mark.parametrize("name", list(STANDARDS))
def test_every_standard_has_bands(name):
    got = bands(frame([1, 0.0, 6000.0, 1500.0, 0.0, -60.0, 0.0], own=OWN, config=name))
    assert all(got[kind]["bands"] for kind in KINDS)


def test_what_cannot_be_is_refused():
    with pytest.raises(BadInput, match="standard"):
        bands(frame(config="none such"))
    with pytest.raises(BadInput, match="alerter"):
        bands(frame([9, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]))
    with pytest.raises(BadInput, match="own"):
        bands(frame(own=[0.0, 0.0, math.nan, 0.0, 0.0, 0.0]))
    with pytest.raises(BadInput, match="traffic"):
        bands(frame([1, 0.0, 0.0]))
    with pytest.raises(BadInput, match="config"):
        bands({"own": OWN, "traffic": []})


def test_every_frame_agrees_with_the_reference(shared_data: Path):
    path = shared_data / "encounters" / "reference_bands_sample.jsonl"
    if not path.is_file():
        pytest.skip(f"needs {path.name} beside the project")
    for line in path.read_text().splitlines():
        want = json.loads(line)
        got = bands({key: want[key] for key in ("id", "config", "own", "traffic")})
        assert got["alert"] == want["alert"] and got["id"] == want["id"]
        for key, wanted in want.items():
            assert flat(got[key]) == flat(wanted), (want["id"], key)


def flat(value: object) -> object:
    """Numbers as such to compare within 1e-4, words and whole numbers exactly."""
    if isinstance(value, dict):
        return {k: flat(v) for k, v in value.items()}
    if isinstance(value, list):
        return [flat(v) for v in value]
    return Near(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else value


class Near:
    """A number that is equal to another within 1e-4."""

    def __init__(self, value: float) -> None:
        self.value = float(value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Near) and math.isclose(self.value, other.value, rel_tol=1e-4, abs_tol=1e-6)

    def __repr__(self) -> str:
        return f"~{self.value}"


def some_traffic(rng: np.random.Generator, m: int, far_m: float) -> np.ndarray:
    v = np.column_stack([rng.normal(0, 50, (m, 2)), rng.normal(0, 1, m)])
    return np.column_stack([rng.uniform(-far_m, far_m, (m, 2)), 1500 + rng.normal(0, 150, m), v])


@pytest.mark.parametrize("name", ["DO_365B_no_SUM", "Buffered_DWC_SC_228_nom_a", "CD3D", "DRONE_LONE"])
def test_a_batch_says_of_each_flight_what_its_own_frame_says(name):
    rng = np.random.default_rng(11)
    rules = STANDARDS[name]
    own = some_traffic(rng, 5, 30e3)
    own[:, 3:5] = 20.0 + np.abs(own[:, 3:5])
    own[4, 2] = 20.0  # below all heights: that manoeuvre has no bands
    others = some_traffic(rng, 30, 250e3 if name == "DRONE_LONE" else 60e3)
    near = own[rng.integers(0, 5, 10)]  # and some that are bound for one of them
    others[:10, :3] = near[:, :3] + 80.0 * (near[:, 3:] - others[:10, 3:]) + rng.normal(0, 1, (10, 3)) * [600, 600, 60]
    alerter = rng.integers(1, len(rules.alerters) + 1, 30)
    got = bands_batch(own, others, name, alerter)
    assert got.flight.tolist() == np.repeat(np.arange(5), 4).tolist() and got.kind.tolist() == [0, 1, 2, 3] * 5
    conflicts = 0
    for f in range(5):
        frame = {"config": name, "own": own[f].tolist(),
                 "traffic": [[int(a), *row] for a, row in zip(alerter, others.tolist(), strict=True)]}  # fmt: skip
        want = bands(frame)
        for k, kind in enumerate(KINDS):
            r, one = 4 * f + k, want[kind]
            unit = math.radians if kind == "hdir_deg" else float
            low, up, region = got.bands(r)
            names = ("NONE", "FAR", "MID", "NEAR", "RECOVERY")
            assert [names[x] for x in region] == [b[2] for b in one["bands"]]
            assert low.tolist() == [unit(b[0]) for b in one["bands"]]
            assert up.tolist() == [unit(b[1]) for b in one["bands"]]
            conflicts += one["res_up"] is not None
            for said, column in ((one["res_up"], got.res_up), (one["res_low"], got.res_low)):
                assert np.isnan(column[r]) if said is None else column[r] == unit(float(said))
            assert got.prefers_up[r] == (-1 if one["res_up"] is None else int(one["pref_up"]))
            assert (got.conflict[r] > 0) == (one["res_up"] is not None)
            computed, saturated, s, d_m, z_m, n = one["recovery"]
            assert (got.recovery[r] > 0, got.recovery[r] == 2, got.recovery_n[r]) == (computed, saturated, n)
            for said, column in ((s, got.recovery_s), (d_m, got.recovery_d_m), (z_m, got.recovery_z_m)):
                assert np.isnan(column[r]) if said is None else column[r] == said
    assert conflicts > 2


def test_a_batch_asks_only_the_pairs_it_is_given():
    own = np.array([OWN, [0.0, 5000.0, 1500.0, 0.0, -60.0, 0.0]])
    others = np.array([[0.0, 3500.0, 1500.0, 0.0, 0.0, 0.0]])
    got = bands_batch(own, others, "DO_365B_no_SUM", i64([3]), (i64([1]), i64([0])))
    assert [len(got.bands(4 * f)[0]) for f in (0, 1)] == [1, 3]
    with pytest.raises(BadInput, match="flight"):
        bands_batch(own, others, "CD3D", None, (i64([2]), i64([0])))


def test_those_left_out_of_a_batch_cannot_be_met():
    rng = np.random.default_rng(12)
    left_out = 0
    for name in ("DO_365B_no_SUM", "CD3D"):
        rules = STANDARDS[name]
        own = some_traffic(rng, 10, 10e3)
        others = some_traffic(rng, 40, 250e3)
        flight, other = np.repeat(np.arange(10), 40), np.tile(np.arange(40), 10)
        keep = may_meet(rules, own, others, flight, other)
        left_out += int((~keep).sum())
        for f, o in zip(flight[~keep][::7], other[~keep][::7], strict=True):
            got = bands({"config": name, "own": own[f].tolist(), "traffic": [[1, *others[o].tolist()]]})
            assert all(regions(got, kind) in (["NONE"], []) for kind in KINDS)
    assert 100 < left_out < 800


def test_clear_ways_are_the_bands_of_a_cylinder_of_each_ones_own():
    limits = STANDARDS["DRONE_LONE"].guidance
    own, others = np.array(OWN), np.array([[0.0, 6000.0, 1500.0, 0.0, 0.0, 0.0], [5000.0, 0.0, 1500.0, 0.0, 0.0, 0.0]])
    got = clear_ways(own, others, np.array([1000.0, 2000.0]), np.array([150.0, 150.0]), limits, 180.0, (0, 3))
    low, up, region = got.bands(0)
    named = [(round(math.degrees(a)), round(math.degrees(b)), int(r)) for a, b, r in zip(low, up, region, strict=True)]
    # the tangent ahead: asin(1 / 6) = 9.6 degrees; to the side the turn itself leads a kilometre ahead first
    assert [r for _, _, r in named] == [3, 0, 3, 0, 3]
    assert named[0][1] == 10 and named[2][0] < 102 < named[2][1] < 150
    assert got.bands(1)[2].tolist() == [0, 3, 0]
    with pytest.raises(BadInput, match="others"):
        clear_ways(own, others, np.array([1000.0]), np.array([150.0]), limits, 180.0, (0,))
