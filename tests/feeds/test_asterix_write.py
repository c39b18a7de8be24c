"""CAT 062 out: what is written is read back, by our own reader and by libasterix; numbers, ends, flags."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from feedkit import CASE, context, write_case
from hypothesis import given, settings
from hypothesis import strategies as st

from flightward.feeds import read_case
from flightward.feeds.asterix import AsterixUdp
from flightward.feeds.asterix.write import OCTETS_MAX, Cat062
from flightward.feeds.rows import FeedContext, FeedRows
from flightward.model import NONE, AreaFrame, Kind, Names, SensorBatch, TrackBatch, TrackStatus

NOON_S = 20_000 * 86_400.0 + 43_200.0
FRAME = AreaFrame(math.radians(50.0), math.radians(24.0))
SENSOR_2D = 'id = "r2"\nkind = "radar"\nlat_deg = 50.0\nlon_deg = 24.0\nhae_m = 300\nmax_range_m = 90000.0\n'
SENSOR_3D = SENSOR_2D.replace("r2", "r3") + "sigma_elevation_rad = 0.002\n"
LSB_M = 180.0 / 2**25 * 111_200.0


def picture(n: int = 1, t_s: float = NOON_S, **changes: Any) -> TrackBatch:
    zero = np.zeros(n)
    cov = np.zeros((n, 6, 6))
    cov[:, range(6), range(6)] = np.array([30.0, 40.0, 20.0, 2.0, 3.0, 1.0]) ** 2
    p_class = np.zeros((n, len(Kind)))
    p_class[:, Kind.DRONE] = 1.0
    values: dict[str, Any] = {
        "track": np.arange(n) + 100_000, "e_m": zero + 10_000.0, "n_m": zero - 20_000.0, "u_m": zero + 300.0,
        "ve_mps": zero + 50.0, "vn_mps": zero - 10.0, "vu_mps": zero + 1.0, "cov": cov, "p_exists": zero + 0.99,
        "p_class": p_class, "p_hostile": zero, "hostile": np.full(n, NONE, np.int8),
        "hostile_source": np.zeros(n, np.int8),
        "identity": np.full(n, NONE), "status": np.full(n, TrackStatus.CONFIRMED, np.int8), "age_s": zero,
        "since_s": zero + t_s - 10.0, "n_reports": np.full(n, 9), "sensor_mask": np.full(n, 3),
        "integrity": np.zeros(n, np.int8), "integrity_reason": np.zeros(n, np.int8),
    }  # fmt: skip
    return TrackBatch(t_s=t_s, **{**values, **changes})


def read(blocks: list[bytes], t_s: float = NOON_S) -> tuple[FeedRows, FeedContext]:
    ctx = context(sensor_rows={}, options={"plane": [50.0, 24.0]})
    parser = AsterixUdp(ctx)
    for block in blocks:
        parser.datagram(block, t_s)
    return parser.rows(), ctx


def test_what_is_written_is_read_back() -> None:
    names = Names(["3c660c"])
    p = picture(identity=np.array([0]))
    got, ctx = read(Cat062(FRAME, names, 25, 100).blocks(p))
    r = got.reports
    assert (len(r), got.rejects.total, got.counts) == (1, 0, {"CAT 062": 1})
    e, n = FRAME.to_plane(r.lat_rad, r.lon_rad)
    assert (abs(e[0] - 10_000.0) < LSB_M, abs(n[0] + 20_000.0) < LSB_M) == (True, True)
    ve, vn = FRAME.plane_velocity(r.lat_rad, r.lon_rad, r.ve_mps, r.vn_mps)
    assert (ve[0], vn[0]) == pytest.approx((50.0, -10.0), abs=0.18)
    assert r.hae_m[0] == pytest.approx(300.0, abs=0.96)
    assert r.vu_mps[0] == pytest.approx(1.0, abs=0.016)
    assert r.sigma_h_m[0] == pytest.approx(math.sqrt((30**2 + 40**2) / 2))
    assert 20.0 <= r.sigma_v_m[0] < 22.0
    assert (ctx.names.text(int(r.identity[0])), ctx.names.text(int(r.source_track[0]))) == ("3c660c", "25/100:0")
    assert (r.kind[0], r.t_s[0]) == (Kind.DRONE, NOON_S)


def test_the_velocity_is_to_true_north_at_the_track() -> None:
    # 300 km west of the centre grid north lies some 3 degrees west of true north
    p = picture(e_m=np.array([-300_000.0]), n_m=np.array([100_000.0]), ve_mps=np.zeros(1), vn_mps=np.array([200.0]))
    r = read(Cat062(FRAME, Names(), 1, 2).blocks(p))[0].reports
    lat, lon = FRAME.to_geodetic(p.e_m, p.n_m)
    ve, vn = FRAME.true_velocity(lat, lon, p.ve_mps, p.vn_mps)
    assert (r.ve_mps[0], r.vn_mps[0]) == pytest.approx((ve[0], vn[0]), abs=0.125)
    assert ve[0] < -11.0


def height_source(p: TrackBatch, sensors: SensorBatch | None = None) -> tuple[int, int]:
    """MRH and SRC of the first record: I062/080 stands behind 100, 185, 380 (EMC) and 040."""
    (block,) = Cat062(FRAME, Names(), 1, 2, sensors=sensors).blocks(p)
    first = block[3 + 4 + 2 + 1 + 3 + 8 + 6 + 4 + 4 + 2]
    return first >> 5 & 1, first >> 2 & 7


def test_where_a_height_comes_from_is_told(tmp_path: Path) -> None:
    case = CASE.replace('kind = "radar"', 'kind = "adsb"') + "[[sensor]]\n" + SENSOR_3D + "[[sensor]]\n" + SENSOR_2D
    sensors = read_case(write_case(tmp_path / "case", case)).setup.sensors
    for mask, source in ((0b001, 1), (0b010, 2), (0b110, 2), (0b100, 3)):
        assert height_source(picture(sensor_mask=np.array([mask])), sensors) == (1, source)
    assert height_source(picture(sensor_mask=np.array([0]))) == (0, 0)
    cov = picture().cov.copy()
    cov[0, 2, 2] = 1_500.0**2  # what is assumed of a track without a height
    assert height_source(picture(cov=cov), sensors) == (0, 6)
    assert np.isnan(read(Cat062(FRAME, Names(), 1, 2).blocks(picture(cov=cov)))[0].reports.hae_m[0])


def test_ends_coasts_and_exercises_are_marked() -> None:
    out = Cat062(FRAME, Names(), 1, 2)
    assert len(read(out.blocks(picture(2)))[0].reports) == 2
    second = out.blocks(picture(1, NOON_S + 1.0, status=np.array([TrackStatus.COASTING], np.int8)))
    assert read(second, NOON_S + 1.0)[0].rejects.counts == {"coasted": 1, "track_end": 1}
    assert out.blocks(picture(0)) != [] and out.blocks(picture(0)) == []
    out.blocks(picture(2))
    assert read(out.end())[0].rejects.counts == {"track_end": 2} and out.end() == []
    exercise = Cat062(FRAME, Names(), 1, 2, is_exercise=True)
    assert read(exercise.blocks(picture()))[0].rejects.counts == {"simulated": 1}


def test_a_number_is_one_tracks_and_not_given_again_soon() -> None:
    out = Cat062(FRAME, Names(), 1, 2)
    seen: list[str] = []
    for k in range(3):
        got, ctx = read(out.blocks(picture(1, NOON_S + k, track=np.array([k]))), NOON_S + k)
        seen += [str(ctx.names.text(int(s))) for s in got.reports.source_track]
    assert seen == ["1/2:0", "1/2:1", "1/2:2"]


def test_a_full_picture_is_cut_into_datagrams() -> None:
    blocks = Cat062(FRAME, Names(), 1, 2).blocks(picture(200))
    assert len(blocks) > 1 and all(len(b) <= OCTETS_MAX for b in blocks)
    assert len(read(blocks)[0].reports) == 200
    assert len({int(k) for k in read(blocks)[0].reports.source_track}) == 200


def test_values_beyond_what_an_item_holds_are_the_greatest_it_holds() -> None:
    p = picture(u_m=np.array([1e9]), vu_mps=np.array([-1e9]))
    r = read(Cat062(FRAME, Names(), 1, 2).blocks(p))[0].reports
    assert r.hae_m[0] == pytest.approx(32_767 * 6.25 * 0.3048)
    assert r.vu_mps[0] == pytest.approx(-32_767 * 6.25 * 0.3048 / 60)
    r = read(Cat062(FRAME, Names(), 1, 2).blocks(picture(cov=np.full((1, 6, 6), 1e30))))[0].reports
    assert r.sigma_h_m[0] == pytest.approx(65_535 * 0.5) and np.isnan(r.hae_m[0])
    p = picture(e_m=np.array([np.nan]))
    assert Cat062(FRAME, Names(), 1, 2).blocks(p) == []


floats = st.floats(-400_000.0, 400_000.0)


flying = st.tuples(floats, floats, st.floats(-300.0, 20_000.0), st.floats(-999.0, 999.0), st.floats(-99.0, 99.0))


@given(st.lists(flying, min_size=1, max_size=8), st.floats(0.0, 86_399.9))
@settings(max_examples=100, deadline=None)
def test_round_trip(tracks: list[tuple[float, ...]], tod_s: float) -> None:
    e, n, u, v, climb = (np.array(c) for c in zip(*tracks, strict=True))
    t_s = NOON_S - 43_200.0 + tod_s
    p = picture(len(tracks), t_s, e_m=e, n_m=n, u_m=u, ve_mps=v, vn_mps=-v, vu_mps=climb)
    got, _ = read(Cat062(FRAME, Names(), 25, 100).blocks(p), t_s)
    r = got.reports
    assert got.rejects.total == 0 and len(r) == len(tracks)
    e_back, n_back = FRAME.to_plane(r.lat_rad, r.lon_rad)
    assert np.allclose(e_back, e, atol=LSB_M) and np.allclose(n_back, n, atol=LSB_M)
    ve, vn = FRAME.plane_velocity(r.lat_rad, r.lon_rad, r.ve_mps, r.vn_mps)
    assert np.allclose(ve, v, atol=0.19) and np.allclose(vn, -v, atol=0.19)
    assert np.allclose(r.hae_m, u, atol=0.96) and np.allclose(r.vu_mps, climb, atol=0.017)
    assert np.allclose(r.t_s, t_s, atol=1 / 255)


def test_another_decoder_reads_the_same() -> None:
    base = pytest.importorskip("asterix.base", reason="needs libasterix")
    generated = pytest.importorskip("asterix.generated", reason="needs libasterix")
    p = dataclasses.replace(picture(3), n_m=np.array([-20_000.0, 0.0, 5e4]))
    p = dataclasses.replace(p, identity=np.array([0, NONE, NONE]))
    (block,) = Cat062(FRAME, Names(["3c660c"]), 25, 100).blocks(p)
    (raw,) = base.RawDatablock.parse(base.Bits.from_bytes(block))
    records = generated.Cat_062_1_19.cv_uap.parse(raw.get_raw_records())
    assert len(records) == 3
    ve, vn = FRAME.true_velocity(*FRAME.to_geodetic(p.e_m, p.n_m), p.ve_mps, p.vn_mps)
    lat, lon = (np.degrees(a) for a in FRAME.to_geodetic(p.e_m, p.n_m))
    for k, record in enumerate(records):
        place = record.get_item("105").variation
        assert place.get_item("LAT").variation.content.as_quantity() == pytest.approx(lat[k], abs=6e-6)
        assert place.get_item("LON").variation.content.as_quantity() == pytest.approx(lon[k], abs=6e-6)
        assert record.get_item("040").variation.content.as_uint() == k
        speed = record.get_item("185").variation
        vx, vy = (float(speed.get_item(n).variation.content.as_quantity()) for n in ("VX", "VY"))
        assert (vx, vy) == pytest.approx((ve[k], vn[k]), abs=0.125)
        assert record.get_item("080").variation.get_item("SRC").variation.content.as_uint() == (1 if k == 0 else 3)
    assert records[0].get_item("010").as_uint() == 25 << 8 | 100
