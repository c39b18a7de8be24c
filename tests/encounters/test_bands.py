"""Manoeuvre bands of one frame."""

from __future__ import annotations

import itertools
import json
import math
from pathlib import Path

import numpy as np
import pytest

from flightward.encounters import STANDARDS, bands
from flightward.errors import BadInput

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
