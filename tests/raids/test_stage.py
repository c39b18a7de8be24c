"""The stage: counts, extents, futures and cells of made-up skies."""

from __future__ import annotations

import h3
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from flightward.config import RaidsConfig
from flightward.model import FlightStates, columns
from flightward.raids import Raids, raid_of_tracks
from flightward.raids.cells import PIXEL_M, CellMap


def stream(n=6, gap_m=3000.0, speed=50.0):
    e = np.zeros(n)
    return e, -gap_m * np.arange(n), e, np.full(n, speed)


def same(a, b):
    for name in vars(a):
        np.testing.assert_array_equal(getattr(a, name), getattr(b, name))


def extents(raids):
    for r in range(len(raids)):
        part = slice(raids.extent_start[r], raids.extent_start[r + 1])
        yield shapely.Polygon(np.stack([raids.extent_e_m[part], raids.extent_n_m[part]], axis=1))


def test_a_stream_is_described(made):
    picture = Raids(made.area(), RaidsConfig(), 1).step(
        made.start_s, made.sky(made.start_s, *stream(), p=0.5), made.coverage
    )
    r = picture.raids
    assert r.raid.tolist() == [1] and r.member.tolist() == [0, 1, 2, 3, 4, 5]
    assert r.n_expected[0] == pytest.approx(3.0)
    assert (r.e_m[0], r.n_m[0]) == pytest.approx((0.0, -7500.0))
    assert (r.ve_mps[0], r.vn_mps[0], r.speed_mps[0]) == pytest.approx((0.0, 50.0, 50.0))
    assert r.course_spread_rad[0] == pytest.approx(0.0) and r.speed_spread_mps[0] == pytest.approx(0.0)
    # all six are within 300 s of the front: 3 expected in 5 minutes
    assert r.arrivals_per_min[0] == pytest.approx(0.6)
    assert r.since_s[0] == made.start_s


def test_a_lone_drone_has_an_extent_of_a_kilometre(made):
    sky = made.sky(made.start_s, [1e4], [2e4], [0.0], [50.0])
    picture = Raids(made.area(), RaidsConfig(), 1).step(made.start_s, sky, made.coverage)
    (extent,) = extents(picture.raids)
    assert extent.is_valid and extent.contains(shapely.Point(1e4, 2e4).buffer(999.9))
    assert extent.area < 1.1 * np.pi * 1e6


def test_unlikely_tracks_are_no_raid_but_have_a_future_and_unlikelier_ones_none(made):
    sky = made.sky(made.start_s, *stream(3), p=[0.9, 0.1, 0.01])
    picture = Raids(made.area(), RaidsConfig(), 1).step(made.start_s, sky, made.coverage)
    assert picture.raids.member.tolist() == [0]
    assert raid_of_tracks(sky.track, picture.raids).tolist() == [1, -1, -1]
    assert dict(zip(picture.futures.track.tolist(), picture.futures.raid.tolist(), strict=True)) == {0: 1, 1: -1}


def test_a_bad_row_is_counted_aside_and_spoils_no_other(made):
    _e, n, ve, vn = stream(4)
    sky = made.sky(made.start_s, [0.0, np.nan, 0.0, 0.0], n, ve, vn)
    raids = Raids(made.area(), RaidsConfig(), 1)
    picture = raids.step(made.start_s, sky, made.coverage)
    assert picture.raids.member.tolist() == [0, 2, 3] and raids.bad == {"not_finite": 1}
    assert np.isfinite(picture.futures.e_m).all()


def test_a_drone_without_height_or_covariance_is_kept_with_a_wide_spread(made):
    sky = made.sky(made.start_s, *stream(2))
    u, cov = sky.u_m.copy(), sky.cov.copy()
    u[1], cov[1] = np.nan, np.nan
    object.__setattr__(sky, "u_m", u)
    object.__setattr__(sky, "cov", cov)
    f = Raids(made.area(), RaidsConfig(), 1).step(made.start_s, sky, made.coverage).futures
    assert f.n_drones == 2 and np.isfinite(f.u_m).all() and np.isfinite(f.e_m).all()
    assert f.u_m[:, 1, 0].std() > 500.0 and f.e_m[:, 1, 0].std() > 500.0


def test_futures_start_at_the_track_and_members_turn_together(made):
    cfg = RaidsConfig(draws=256)
    far = made.sky(made.start_s, [0.0, 2e3, 5e4], [0.0] * 3, [0.0] * 3, [50.0] * 3)
    f = Raids(made.area(), cfg, 1).step(made.start_s, far, made.coverage).futures
    assert f.e_m.shape == (256, 3, len(f.knot_s)) and f.knot_s[0] == f.issued_s == made.start_s
    assert f.e_m[:, 2, 0].mean() == pytest.approx(5e4, abs=10.0)
    assert f.e_m[:, 2, 0].std() == pytest.approx(50.0, rel=0.1)
    end = f.e_m[:, :, -1]
    together = np.corrcoef(end.T)
    assert together[0, 1] > 0.8 and abs(together[0, 2]) < 0.2
    assert end.std() > 10_000.0 and f.n_m[:, 0, 3].mean() == pytest.approx(50.0 * 180.0, rel=0.05)


def test_present_is_drawn_with_the_tracks_probability(made):
    sky = made.sky(made.start_s, *stream(4), p=[1.0, 0.75, 0.5, 0.06])
    f = Raids(made.area(), RaidsConfig(), 1).step(made.start_s, sky, made.coverage).futures
    share = dict(zip(f.track.tolist(), f.present.mean(axis=0).tolist(), strict=True))
    assert share == pytest.approx({0: 1.0, 1: 0.75, 2: 0.5, 3: 0.06}, abs=1 / 64)


def test_the_same_input_gives_the_same_bits_and_the_order_of_rows_does_not_matter(made):
    rng = np.random.default_rng(3)
    e, n = rng.uniform(-5e4, 5e4, 40), rng.uniform(-5e4, 5e4, 40)
    ve, vn = rng.normal(0, 30, 40), rng.normal(0, 30, 40)
    sky = made.sky(made.start_s, e, n, ve, vn, p=rng.uniform(0, 1, 40))
    mixed = sky.take(rng.permutation(40))
    pictures = [Raids(made.area(), RaidsConfig(), 1).step(made.start_s, s, made.coverage) for s in (sky, sky, mixed)]
    for other in pictures[1:]:
        same(pictures[0].raids, other.raids)
        same(pictures[0].futures, other.futures)
        same(pictures[0].cells, other.cells)


def test_another_seed_gives_other_futures(made):
    sky = made.sky(made.start_s, *stream())
    a, b = (Raids(made.area(), RaidsConfig(), s).step(made.start_s, sky, made.coverage).futures for s in (1, 2))
    assert not np.array_equal(a.e_m, b.e_m)


def test_a_drone_keeps_its_random_numbers_from_refresh_to_refresh(made):
    raids = Raids(made.area(), RaidsConfig(), 1)
    first = raids.step(made.start_s, made.sky(made.start_s, [0.0], [0.0], [0.0], [50.0]), made.coverage)
    t = made.start_s + 10
    sky = made.sky(t, [0.0, 900.0], [500.0, 0.0], [0.0, 0.0], [50.0, 50.0])
    second = raids.step(t, sky, made.coverage)
    assert second.is_new_futures
    for h in (0, 4, 10):
        assert np.corrcoef(second.futures.e_m[:, 0, h], first.futures.e_m[:, 0, h])[0, 1] > 0.99


def test_futures_and_cells_come_at_their_cadence(made):
    raids = Raids(made.area(), RaidsConfig(), 1)
    new, cells = [], []
    for k in range(0, 130):
        t = made.start_s + k
        p = raids.step(t, made.sky(t, [0.0], [50.0 * k], [0.0], [50.0]), made.coverage)
        new += [k] * p.is_new_futures
        cells += [k] * (p.cells is not None)
        assert p.futures is not None
    assert new == list(range(0, 130, 10)) and cells == [0, 60, 120]
    quiet = Raids(made.area(), RaidsConfig(), 1, with_cells=False)
    assert quiet.step(made.start_s, made.sky(made.start_s, [0.0], [0.0], [0.0], [50.0]), made.coverage).cells is None


def test_an_empty_sky_has_no_raids_and_an_empty_forecast(made):
    p = Raids(made.area(), RaidsConfig(), 1).step(made.start_s, made.sky(made.start_s, [], [], [], []), made.coverage)
    assert len(p.raids) == 0 and p.futures.n_drones == 0 and len(p.cells) == 0


def test_cells_hold_all_that_is_expected_inside_the_area(made):
    e, n, ve, vn = stream()
    sky = made.sky(made.start_s, e, n, ve, vn, p=0.8)
    cells = Raids(made.area(), RaidsConfig(p_any_min=0.0), 1).step(made.start_s, sky, made.coverage).cells
    assert ((cells.p_any >= 0) & (cells.p_any <= 1)).all()
    assert {60.0, 120.0, 600.0, 900.0} < set(cells.horizon_s.tolist()) <= set(RaidsConfig().horizons_s)
    for horizon_s in (60.0, 300.0):
        at = cells.horizon_s == horizon_s
        # some ways have ended by then
        assert cells.n_expected[at].sum() == pytest.approx(6 * 0.8 * np.exp(-horizon_s / 6_000.0), rel=0.03)
    assert (cells.p_any <= cells.n_expected + 0.01).all()


def test_a_straight_drone_is_in_the_cell_where_it_will_be(made):
    setup = made.area()
    sky = made.sky(made.start_s, [0.0], [0.0], [0.0], [50.0], sigma_m=10.0, sigma_mps=0.1)
    cells = Raids(setup, RaidsConfig(), 1).step(made.start_s, sky, made.coverage).cells
    at = np.flatnonzero(cells.horizon_s == 60.0)
    best = at[np.argmax(cells.p_any[at])]
    lat, lon = setup.frame.to_geodetic(np.array([0.0]), np.array([3000.0]))
    want = h3.latlng_to_cell(float(np.degrees(lat[0])), float(np.degrees(lon[0])), 6)
    assert int(cells.h3[best]) == h3.str_to_int(want) and cells.p_any[best] > 0.8


def test_the_raster_puts_few_positions_into_the_wrong_cell(made):
    setup = made.area()
    cells = CellMap(setup.frame, setup.radius_m, 6, PIXEL_M)
    rng = np.random.default_rng(5)
    r, a = setup.radius_m * np.sqrt(rng.uniform(size=4000)), rng.uniform(0, 2 * np.pi, 4000)
    e, n = r * np.cos(a), r * np.sin(a)
    lat, lon = setup.frame.to_geodetic(e, n)
    want = [h3.str_to_int(h3.latlng_to_cell(y, x, 6)) for y, x in zip(np.degrees(lat), np.degrees(lon), strict=True)]
    raster = cells.raster
    row, col = ((n - raster.n_m) / PIXEL_M).astype(int), ((e - raster.e_m) / PIXEL_M).astype(int)
    got = raster.cell[row, col]
    assert (got >= 0).all()
    assert np.mean(cells.h3[got] != np.array(want, dtype=np.uint64)) < 0.06


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 40))
def test_every_hostile_track_is_in_exactly_one_raid_and_in_its_extent(made, seed, n):
    rng = np.random.default_rng(seed)
    e, north = np.round(rng.uniform(-3e4, 3e4, (2, n)), -3)
    sky = made.sky(made.start_s, e, north, rng.normal(0, 20, n), rng.normal(0, 20, n), p=rng.uniform(0.3, 1, n))
    raids = Raids(made.area(), RaidsConfig(), 1, with_cells=False).step(made.start_s, sky, made.coverage).raids
    assert sorted(raids.member.tolist()) == list(range(n))
    assert raids.n_expected.sum() == pytest.approx(sky.p_hostile.sum())
    for r, extent in enumerate(extents(raids)):
        assert extent.is_valid
        for m in raids.member[raids.start[r] : raids.start[r + 1]]:
            assert extent.contains(shapely.Point(e[m], north[m]).buffer(990.0))


def test_finer_cells_stand_near_flights_only_and_agree_with_the_coarse_ones(made):
    setup = made.area()
    sky = made.sky(made.start_s, *stream())
    states = FlightStates.empty(t_s=made.start_s)
    one = {f.name: np.zeros(1, getattr(states, f.name).dtype) for f in columns(FlightStates)}
    one |= {"e_m": np.array([5e3]), "n_m": np.array([8e3]), "start": np.zeros(2, np.int64)}
    one |= {n: np.zeros(0) for n in ("path_t_s", "path_e_m", "path_n_m", "path_u_m")}
    raids = Raids(setup, RaidsConfig(), 1)
    picture = raids.step(made.start_s, sky, made.coverage, flights=FlightStates(t_s=made.start_s, **one))
    near, cells = picture.near_cells, picture.cells
    assert near.resolution == 7 and len(near) > 0
    lat_lng = np.radians([h3.cell_to_latlng(h3.int_to_str(int(c))) for c in near.h3])
    e, n = setup.frame.to_plane(lat_lng[:, 0].copy(), lat_lng[:, 1].copy())
    assert np.hypot(e - 5e3, n - 8e3).max() <= 30_000.0
    for horizon_s in (60.0, 180.0):
        fine = near.n_expected[near.horizon_s == horizon_s].sum()
        assert fine == pytest.approx(cells.n_expected[cells.horizon_s == horizon_s].sum(), rel=0.05)


def test_no_finer_cells_without_flights(made):
    sky = made.sky(made.start_s, *stream())
    assert Raids(made.area(), RaidsConfig(), 1).step(made.start_s, sky, made.coverage).near_cells is None
