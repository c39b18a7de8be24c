"""Following ADS-B positions: encoded places come back, slips of the code do not, jumps do once they are confirmed."""

from __future__ import annotations

import math

import naive_cpr as naive
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from flightward.kernels.adsb_follow import (
    ALONE,
    NO_REFERENCE,
    NOTHING,
    POSITION,
    VELOCITY,
    WAITS,
    WIDTH,
    ZONE,
    follow,
)
from flightward.kernels.cpr import EDGES

NOWHERE = np.full(3, np.nan)
NIC0, NACP0 = np.arange(10.0) + 100.0, np.arange(10.0) + 200.0


def followed(said, ref=NOWHERE, state=None, baro_m=np.nan):
    """said: (time, ME) of one aircraft; what came of each, and the values in degrees."""
    t = np.array([s[0] for s in said], dtype=np.float64)
    me = np.array([s[1] for s in said], dtype=np.int64)
    what, values = np.empty(len(t), dtype=np.int8), np.empty((len(t), 8))
    state = np.full((1, WIDTH), np.nan) if state is None else state
    baro = np.full(len(t), baro_m)
    follow(t, np.zeros(len(t), dtype=np.int64), me, baro, ref, NIC0, NACP0, state, what, values)
    values[:, :2] = np.degrees(values[:, :2])
    return what.tolist(), values


def reference(lat_deg, lon_deg, far_m=np.nan):
    return np.array([lat_deg / 360.0, lon_deg / 360.0, far_m])


def flown(lat_deg, lon_deg, n, code=11, start_s=0.0, step_s=0.5, north_deg=0.001):
    """n positions, even and odd by turns."""
    return [(start_s + k * step_s, naive.me(code, lat_deg + k * north_deg, lon_deg, k % 2)) for k in range(n)]


def test_the_edges_of_the_zones_are_those_of_the_formula():
    assert len(EDGES) == 58
    for k, edge in enumerate(EDGES.tolist()):
        # from 59 zones down by one at each edge
        assert naive.nl(360.0 * edge - 1e-9) == 59 - k
        assert naive.nl(360.0 * edge + 1e-9) == 58 - k


@given(st.floats(-86.0, 86.0), st.floats(-180.0, 179.999), st.integers(0, 1))
@settings(max_examples=300, deadline=None)
def test_a_pair_gives_the_place_that_was_encoded(lat, lon, first):
    a, b = naive.lat_seen(lat, 0), naive.lat_seen(lat, 1)
    assume(naive.nl(a) == naive.nl(b))
    said = [(0.0, naive.me(11, lat, lon, first)), (0.5, naive.me(11, lat, lon, 1 - first))]
    what, values = followed(said)
    assert what == [ALONE, POSITION]
    off_deg = 360.0 / 59 / 2**17
    assert abs(values[1, 0] - lat) <= off_deg
    turn = 360.0 / max(naive.nl(a) - 1, 1)
    assert abs((values[1, 1] - lon + 180.0) % 360.0 - 180.0) <= turn / 2**17


@given(st.floats(-85.0, 85.0), st.floats(-180.0, 179.0), st.floats(-0.2, 0.2), st.floats(-0.2, 0.2))
@settings(max_examples=300, deadline=None)
def test_on_the_surface_the_place_nearest_to_the_reference_is_meant(lat, lon, dlat, dlon):
    assume(naive.nl(naive.lat_seen(lat, 0)) == naive.nl(naive.lat_seen(lat, 1)))
    said = [(0.0, naive.me(7, lat, lon, 0)), (0.5, naive.me(7, lat, lon, 1))]
    what, values = followed(said, reference(lat + dlat, lon + dlon))
    assume(what[1] != ZONE)  # the finer code may fall beyond an edge
    assert what == [ALONE, POSITION]
    assert abs(values[1, 0] - lat) < 1e-4
    assert abs((values[1, 1] - lon + 180.0) % 360.0 - 180.0) < 1e-3 / math.cos(math.radians(lat))


def test_the_surface_without_a_reference_is_not_guessed():
    assert followed(flown(50.0, 24.0, 2, code=7))[0] == [NO_REFERENCE, NO_REFERENCE]


def test_one_position_next_to_a_known_place_is_enough():
    said = flown(50.0, 24.0, 2)
    said.append((200.0, naive.me(11, 50.3, 24.0, 1)))
    what, values = followed(said)
    assert what == [ALONE, POSITION, POSITION]
    assert values[2, 0] == pytest.approx(50.3, abs=1e-4)


def test_old_halves_make_no_pair():
    said = [(0.0, naive.me(11, 50.0, 24.0, 0)), (10.5, naive.me(11, 50.0, 24.0, 1))]
    assert followed(said)[0] == [ALONE, ALONE]


def test_halves_in_different_zones_are_refused():
    edge = 360.0 * EDGES[20]
    said = [(0.0, naive.me(11, edge - 0.01, 24.0, 0)), (0.5, naive.me(11, edge + 0.01, 24.0, 1))]
    assert followed(said)[0] == [ALONE, ZONE]


def test_a_slip_is_held_back_and_the_flight_goes_on():
    said = flown(50.0, 24.0, 8)
    said.insert(5, (2.3, naive.me(11, 53.0, 24.0, 0)))
    what, values = followed(said)
    assert what[5] == WAITS
    rest = [k for k in range(2, 9) if k != 5]
    assert [what[k] for k in rest] == [POSITION] * 6
    assert np.allclose(values[rest, 0], 50.0, atol=0.01)


def test_a_jump_is_passed_on_once_it_is_confirmed():
    said = flown(50.0, 24.0, 6) + flown(51.5, 26.0, 8, start_s=3.0)
    what, values = followed(said)
    assert what[:6] == [ALONE] + [POSITION] * 5
    jumped = [k for k in range(6, 14) if what[k] == POSITION and abs(values[k, 0] - 51.5) < 0.01]
    assert jumped and jumped[0] <= 9
    assert what[jumped[0] :] == [POSITION] * (14 - jumped[0])
    between = [k for k in range(6, jumped[0])]
    assert all(what[k] == WAITS for k in between)


def test_a_first_place_beyond_any_receivers_range_must_be_confirmed():
    near = reference(50.0, 24.0, 500_000.0)
    assert followed(flown(50.0, 24.0, 2), near)[0] == [ALONE, POSITION]
    what, _ = followed(flown(60.0, 40.0, 4), near)
    assert what == [ALONE, WAITS, POSITION, POSITION]


def status(version, *, a=0, nac_p=0, sil=0, surface=0, c=0):
    return 31 << 51 | surface << 48 | c << 36 | version << 13 | a << 12 | nac_p << 8 | sil << 4


@pytest.mark.parametrize(
    ("code", "version", "a", "b", "nic"),
    [(9, 2, 0, 0, 11), (10, 2, 0, 0, 10), (11, 2, 1, 1, 9), (11, 2, 0, 0, 8), (12, 2, 0, 0, 7), (13, 2, 0, 1, 6),
     (14, 2, 0, 0, 5), (15, 2, 0, 0, 4), (16, 2, 1, 1, 3), (16, 2, 0, 0, 2), (17, 2, 0, 0, 1), (18, 2, 0, 0, 0),
     (20, 2, 0, 0, 11), (21, 2, 0, 0, 10), (22, 2, 0, 0, 0), (11, 1, 1, 0, 9), (11, 1, 0, 0, 8), (16, 1, 1, 0, 3),
     (9, 0, 0, 0, 109), (18, 0, 0, 0, 100), (20, 0, 0, 0, 109), (22, 0, 0, 0, 100)],
)  # fmt: skip
def test_nic_by_type_code_and_supplements(code, version, a, b, nic):
    # DO-260B table 2-14 (NIC by type code and supplements); version 0 by its NUCp
    rest = b << 48
    said = [(0.0, status(version, a=a)), *[(0.1 + k / 2, naive.me(code, 50.0, 24.0, k, rest)) for k in (0, 1)]]
    what, values = followed(said)
    assert (what[2], values[2, 2]) == (POSITION, nic)


@pytest.mark.parametrize(
    ("code", "a", "c", "nic"),
    [(5, 0, 0, 11), (6, 0, 0, 10), (7, 1, 0, 9), (7, 0, 0, 8), (8, 1, 1, 7), (8, 1, 0, 6), (8, 0, 1, 6), (8, 0, 0, 0)],
)
def test_nic_on_the_surface(code, a, c, nic):
    said = [(0.0, status(2, a=a, surface=1, c=c)), *flown(50.0, 24.0, 2, code=code, start_s=0.5, north_deg=1e-5)]
    what, values = followed(said, reference(50.0, 24.1))
    assert (what[2], values[2, 2]) == (POSITION, nic)


@pytest.mark.parametrize(("code", "nucp"), [(5, 9), (6, 8), (7, 7), (8, 0)])
def test_nic_and_nacp_on_the_surface_of_version_0(code, nucp):
    # DO-260B, tables N-4 and N-7: code 8 has no bound
    what, values = followed(flown(50.0, 24.0, 2, code=code, north_deg=1e-5), reference(50.0, 24.1))
    assert (what[1], values[1, 2], values[1, 3]) == (POSITION, 100.0 + nucp, 200.0 + nucp)


@pytest.mark.parametrize(("movement", "late_s"), [(0, 25.0), (1, 50.0), (48, 50.0), (49, 25.0), (125, 25.0)])
def test_halves_on_the_surface_may_be_as_old_as_it_is_slow(movement, late_s):
    # DO-260B, 2.2.10.2: by the newer one's speed; 25 kt is where code 49 begins, 0 and 125 do not say
    for wait_s, what in ((late_s, POSITION), (late_s + 0.1, ALONE)):
        halves = (naive.me(7, 50.0, 24.0, k, rest=speed << 44) for k, speed in enumerate((60, movement)))
        assert followed(list(zip((0.0, wait_s), halves, strict=True)), reference(50.0, 24.1))[0] == [ALONE, what]


def test_a_message_without_a_position_leaves_the_kind_alone():
    said = [(0.0, 4 << 51 | 7 << 48), (0.1, 3 << 48), *flown(50.0, 24.0, 2, start_s=0.2)]
    assert followed(said)[1][3, 5] == 8 * 4 + 7


@pytest.mark.parametrize(("bits", "not_track"), [(0b00, 0.0), (0b10, 1.0), (0b01, 1.0), (0b11, 1.0)])
def test_a_heading_and_magnetic_north_are_told_from_a_track(bits, not_track):
    # DO-260B, 2.2.3.2.7.2.12 and 13: bit 53 a heading, 54 from magnetic north; of the surface only
    said = [(0.0, status(2, surface=1) | bits << 2), (0.1, status(2)), *flown(50.0, 24.0, 1, code=7, start_s=0.2)]
    assert followed(said)[1][2, 7] == not_track
    assert np.isnan(followed([(0.0, status(2) | bits << 2)])[1][0, 7])


def test_what_the_aircraft_says_of_its_quality_goes_with_its_positions():
    _, values = followed([(0.0, status(2, nac_p=9, sil=3)), *flown(50.0, 24.0, 2, start_s=0.2)])
    assert values[2, 3:5].tolist() == [9.0, 3.0]
    target = 29 << 51 | 1 << 49 | 8 << 13 | 2 << 10
    _, values = followed([(0.0, status(2)), (0.1, target), *flown(50.0, 24.0, 2, start_s=0.2)])
    assert values[3, 3:5].tolist() == [8.0, 2.0]
    of_version_1, of_version_0 = 29 << 51 | 7 << 13 | 1 << 10, 29 << 51 | 1 << 45 | 5 << 13
    _, values = followed([(0.0, status(1)), (0.1, of_version_1), (0.2, of_version_0), *flown(50.0, 24.0, 2, start_s=1)])
    assert values[4, 3:5].tolist() == [7.0, 1.0]
    _, values = followed(flown(50.0, 24.0, 2))  # version not said: by NUCp 7 of code 11
    assert values[1, 2:4].tolist() == [107.0, 207.0] and np.isnan(values[1, 4])


def test_the_difference_to_the_geometric_height_is_added_while_it_is_fresh():
    below = 19 << 51 | 1 << 48 | 1 << 7 | 5  # -100 ft
    said = [(0.0, below), *flown(50.0, 24.0, 2, start_s=0.2), (10.5, naive.me(11, 50.0, 24.0, 0))]
    what, values = followed(said, baro_m=1_000.0)
    assert what[0] == VELOCITY
    assert values[2, 6] == pytest.approx(1_000.0 - 30.48)
    assert what[3] == POSITION and np.isnan(values[3, 6])
    for reserved in (0, 5, 6, 7):
        said[0] = (0.0, 19 << 51 | reserved << 48 | 5)
        assert np.isnan(followed(said, baro_m=1_000.0)[1][2, 6])


def test_two_aircraft_do_not_touch_each_other():
    one, two = flown(50.0, 24.0, 4), flown(-33.0, 151.0, 4, start_s=0.01)
    both = sorted([(t, 0, me) for t, me in one] + [(t, 1, me) for t, me in two])
    t, slot, me = (np.array(c) for c in zip(*both, strict=True))
    what, values = np.empty(8, dtype=np.int8), np.empty((8, 8))
    state = np.full((2, WIDTH), np.nan)
    follow(t, slot, me, np.full(8, np.nan), NOWHERE, NIC0, NACP0, state, what, values)
    for k, said in enumerate((one, two)):
        alone, alone_values = followed(said)
        assert what[slot == k].tolist() == alone
        assert np.allclose(np.degrees(values[slot == k, :2]), alone_values[:, :2], equal_nan=True)


@given(st.lists(st.tuples(st.floats(0.0, 60.0), st.integers(0, 2**56 - 1)), max_size=30))
@settings(max_examples=200, deadline=None)
def test_any_messages_give_places_on_earth_or_none(said):
    what, values = followed(sorted(said))
    here = np.array(what, dtype=np.int8) == POSITION
    assert np.all(np.abs(values[here, 0]) <= 90.0) and np.all(np.abs(values[here, 1]) <= 180.0)
    assert np.isnan(values[~here, 0]).all()
    assert all(w in (NOTHING, VELOCITY, ALONE, ZONE, WAITS, NO_REFERENCE, POSITION) for w in what)
