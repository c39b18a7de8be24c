"""Self-reported positions against radar and each other, and areas where satellites fail; small made-up skies."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np
import pytest
from caseload import report_batch, setup_of

from flightward.config import TracksConfig
from flightward.feeds.case.arrivals import concatenated
from flightward.kernels.polar import plane_to_polar
from flightward.model import Integrity, IntegrityReason, ReportBatch, Setup, TrackBatch, f64
from flightward.model.gnss import GnssAreaBatch
from flightward.tracks import Tracker

T0 = 1_700_000_000.0
RADAR = {
    "id": "radar", "kind": "radar", "lat_deg": 50.0, "lon_deg": 20.0, "hae_m": 100.0, "min_range_m": 500.0,
    "max_range_m": 200e3, "min_elevation_rad": -0.01, "max_elevation_rad": 0.8, "scan_s": 4.0, "sigma_range_m": 50.0,
    "sigma_azimuth_rad": 0.002, "sigma_elevation_rad": 0.005, "p_detect": 0.9, "clutter_per_scan": 10.0,
}  # fmt: skip
Way = Callable[[float], tuple[float, float, float]]
"""Plane position of something at k seconds."""


@dataclasses.dataclass
class Craft:
    """Where it is, and what it says: where, and every so many seconds; None: it says nothing."""

    name: str
    true: Way | None
    says: Callable[[float], tuple[float, float, float] | None] | None
    every_s: int = 1
    nac_p: Callable[[float], float] = lambda k: 9.0


def east(e: float, n: float, u: float = 6000.0, v: float = 200.0) -> Way:
    return lambda k: (e + v * k, n, u)


def moved(way: Way, from_s: float, de: float, dn: float, until_s: float = np.inf) -> Way:
    def at(k: float) -> tuple[float, float, float]:
        e, n, u = way(k)
        return (e + de, n + dn, u) if from_s <= k < until_s else (e, n, u)

    return at


def inbox(setup: Setup, crafts: list[Craft], k: int, rng: np.random.Generator, bias_rad: float) -> ReportBatch:
    parts = []
    seen = [c.true(k) for c in crafts if c.true is not None]
    if seen and k % 4 == 0 and len(setup.sensors):
        hit = rng.random(len(seen)) < 0.9
        e, n, u = (f64(v) for v in np.array(seen)[hit].T) if hit.any() else (f64([]),) * 3
        r, a, el = np.empty(len(e)), np.empty(len(e)), np.empty(len(e))
        s, f = setup.sensors, setup.frame
        plane_to_polar(e, n, u, s.lat_rad[0], s.lon_rad[0], s.hae_m[0], f.lat0_rad, f.lon0_rad, r, a, el)
        m = len(e)
        parts.append(report_batch(
            m, t_s=np.full(m, T0 + k), t_rx_s=np.full(m, T0 + k + 0.3), sensor=np.zeros(m),
            range_m=r + rng.normal(0, 50, m), azimuth_rad=np.mod(a + bias_rad + rng.normal(0, 0.002, m), 2 * np.pi),
            elevation_rad=el + rng.normal(0, 0.005, m), rcs_m2=np.full(m, 10.0),
        ))  # fmt: skip
    for c in crafts:
        here = None if c.says is None or k % c.every_s else c.says(k)
        then = None if c.says is None else c.says(k - 1.0)
        if c.says is None or k % c.every_s:
            continue
        name = [setup.names.intern(c.name)]
        if here is None:
            parts.append(report_batch(
                1, t_s=[T0 + k], t_rx_s=[T0 + k + 0.2], ve_mps=[200.0], vn_mps=[0.0], vu_mps=[0.0], identity=name,
                is_velocity_only=[1],
            ))  # fmt: skip
            continue
        v = (here[0] - then[0], here[1] - then[1]) if then is not None else (200.0, 0.0)
        v = v if np.hypot(*v) < 400.0 else (200.0, 0.0)
        lat, lon = setup.frame.to_geodetic(f64([here[0]]), f64([here[1]]))
        parts.append(report_batch(
            1, t_s=[T0 + k], t_rx_s=[T0 + k + 0.2], lat_rad=lat, lon_rad=lon, hae_m=[here[2]], ve_mps=[v[0]],
            vn_mps=[v[1]], vu_mps=[0.0], identity=name, nac_p=[c.nac_p(k)],
        ))  # fmt: skip
    return concatenated(parts) if parts else report_batch(0)


@dataclasses.dataclass
class Sky:
    """What the tracker said, second by second."""

    setup: Setup
    pictures: list[TrackBatch]
    gnss: list[GnssAreaBatch]

    def of(self, name: str, k: int) -> tuple[int, int]:
        """(verdict, reason) of an identity's track at a second."""
        row = self.row(name, k)
        return int(self.pictures[k].integrity[row]), int(self.pictures[k].integrity_reason[row])

    def row(self, name: str, k: int) -> int:
        rows = np.flatnonzero(self.pictures[k].identity == self.setup.names.find(name))
        assert len(rows) == 1
        return int(rows[0])

    def off_m(self, name: str, k: int, way: Way) -> float:
        e, n, _ = way(k + 0.5)
        p, row = self.pictures[k], self.row(name, k)
        return float(np.hypot(p.e_m[row] - e, p.n_m[row] - n))

    def verdicts(self, name: str) -> set[int]:
        ident = self.setup.names.find(name)
        return {int(v) for p in self.pictures for v in p.integrity[p.identity == ident]}


def run(crafts: list[Craft], seconds: int, *, radar: bool = True, bias_rad: float = 0.0) -> Sky:
    setup = setup_of(50.0, 20.0, [RADAR] if radar else [])
    tracker, rng = Tracker(setup, TracksConfig()), np.random.default_rng(5)
    pictures, gnss = [], []
    for k in range(seconds):
        picture, _ = tracker.step(T0 + k + 0.5, inbox(setup, crafts, k, rng, bias_rad))[:2]
        pictures.append(picture)
        gnss.append(tracker.gnss)
    return Sky(setup, pictures, gnss)


@pytest.mark.parametrize("bias_rad", [0.0, 0.006])
def test_honest_aircraft_are_never_doubted_under_a_radar_that_misses(bias_rad: float) -> None:
    crafts = [Craft(f"a{j}", east(-60e3, 20e3 + 12e3 * j), east(-60e3, 20e3 + 12e3 * j)) for j in range(8)]
    sky = run(crafts, 400, bias_rad=bias_rad)
    for j in range(8):
        assert sky.verdicts(f"a{j}") == {Integrity.TRUSTED}


def test_one_that_lies_from_its_first_report_on_is_believed_until_radar_contradicts_it() -> None:
    other = east(0.0, -30e3)
    sky = run([Craft("liar", east(-60e3, 60e3), east(-60e3, 20e3)), Craft("other", other, other)], 160)
    assert sky.of("liar", 10) == (Integrity.TRUSTED, IntegrityReason.NONE)
    first = {v: next(k for k in range(5, 160) if sky.of("liar", k)[0] == v) for v in (1, 2)}
    assert first[1] <= 40
    assert first[2] <= 70
    assert sky.of("liar", 159) == (Integrity.FALSE, IntegrityReason.CONTRADICTED)
    assert sky.verdicts("other") == {Integrity.TRUSTED}


def test_a_low_one_behind_a_hill_that_nobody_knows_of_is_never_false_and_keeps_its_track() -> None:
    way = east(-30e3, 20e3, 900.0, 65.0)

    def hidden(k: float) -> tuple[float, float, float]:
        return way(k) if not 80 <= k < 280 else (150e3, -150e3, 900.0)

    sky = run([Craft("low", hidden, way), Craft("other", east(0.0, -30e3), east(0.0, -30e3))], 340)
    assert Integrity.FALSE not in sky.verdicts("low")
    assert max(sky.off_m("low", k, way) for k in range(60, 340)) < 300.0


def test_one_that_is_drawn_away_slowly_is_contradicted_and_its_track_stays_with_radar() -> None:
    way = east(-60e3, 40e3)

    def drawn(k: float) -> tuple[float, float, float]:
        e, n, u = way(k)
        return e, n + 40.0 * max(k - 60.0, 0.0), u

    sky = run([Craft("drawn", way, drawn)], 260)
    assert sky.of("drawn", 60) == (Integrity.TRUSTED, IntegrityReason.NONE)
    assert sky.of("drawn", 200)[0] == Integrity.FALSE
    assert sky.of("drawn", 259)[0] == Integrity.FALSE
    assert sky.off_m("drawn", 259, way) < 600.0
    # no track is left at the place it names
    lied = drawn(259.5)
    p = sky.pictures[259]
    assert np.hypot(p.e_m - lied[0], p.n_m - lied[1]).min() > 4e3
    assert len({int(q.track[0]) for q in sky.pictures[20:] if len(q)}) == 1


def test_a_contradicted_one_that_tells_the_truth_again_is_believed_again() -> None:
    way = east(-60e3, 40e3)
    sky = run([Craft("a", way, moved(way, 60, 0.0, 4_000.0, until_s=140))], 220)
    assert Integrity.TRUSTED not in {sky.of("a", k)[0] for k in range(66, 140)}
    assert sky.off_m("a", 135, way) < 600.0
    assert sky.of("a", 200) == (Integrity.TRUSTED, IntegrityReason.NONE)


def test_many_that_jump_to_one_point_are_false_with_that_reason() -> None:
    ways = [east(-80e3 + 30e3 * j, 20e3 * (j % 3) - 20e3) for j in range(5)]

    def circle(way: Way, j: int) -> Way:
        def at(k: float) -> tuple[float, float, float]:
            if k < 60 + 4 * j:
                return way(k)
            return 150e3 + 2e3 * np.cos(k / 20), 150e3 + 2e3 * np.sin(k / 20), 6000.0

        return at

    sky = run([Craft(f"a{j}", None, circle(w, j)) for j, w in enumerate(ways)], 600, radar=False)
    for j in range(5):
        assert sky.of(f"a{j}", 59) == (Integrity.TRUSTED, IntegrityReason.NONE)
        assert {sky.of(f"a{j}", k) for k in range(90, 600)} == {(Integrity.FALSE, IntegrityReason.CROWDED)}
    p = sky.pictures[599]
    assert np.hypot(p.e_m - 150e3, p.n_m - 150e3).min() > 50e3
    assert len(sky.gnss[599]) == 1


def test_aircraft_that_stand_together_are_no_crowd_but_four_that_fly_as_one_are() -> None:
    stand = [Craft(f"s{j}", None, east(30.0 * j, 0.0, 300.0, 0.0)) for j in range(6)]
    flock = [Craft(f"f{j}", None, east(20e3, 10.0 * j)) for j in range(4)]
    sky = run(stand + flock, 40, radar=False)
    assert all(sky.verdicts(f"s{j}") == {Integrity.TRUSTED} for j in range(6))
    assert all(sky.of(f"f{j}", 39) == (Integrity.FALSE, IntegrityReason.CROWDED) for j in range(4))


def test_two_that_change_places_are_noticed_and_their_tracks_stay() -> None:
    a, b = east(-60e3, 30e3), east(-60e3, 50e3)
    sky = run([
        Craft("a", a, lambda k: a(k) if k < 60 else b(k)), Craft("b", b, lambda k: b(k) if k < 60 else a(k)),
    ], 120)  # fmt: skip
    for name in ("a", "b"):
        assert {sky.of(name, k) for k in range(66, 120)} == {(Integrity.FALSE, IntegrityReason.IDENTITY_SWAPPED)}
    assert sky.off_m("a", 119, a) < 800.0
    assert sky.off_m("b", 119, b) < 800.0


def test_one_that_sits_on_anothers_track_is_false_and_the_other_is_not() -> None:
    a, b = east(-60e3, 30e3), east(-60e3, 50e3)
    sky = run([Craft("a", a, lambda k: a(k) if k < 60 else b(k)), Craft("b", b, b)], 120)
    assert sky.of("a", 80) == (Integrity.FALSE, IntegrityReason.IDENTITY_SWAPPED)
    assert sky.verdicts("b") == {Integrity.TRUSTED}


def test_a_quality_that_collapses_is_doubted_until_it_is_good_again() -> None:
    way = east(-60e3, 30e3)
    sky = run([Craft("a", None, way, nac_p=lambda k: 1.0 if 30 <= k < 60 else 9.0)], 90, radar=False)
    assert sky.of("a", 29)[0] == Integrity.TRUSTED
    assert sky.of("a", 40) == (Integrity.DOUBTFUL, IntegrityReason.LOW_QUALITY)
    assert sky.of("a", 70) == (Integrity.TRUSTED, IntegrityReason.NONE)
    poor = run([Craft("a", None, way, nac_p=lambda k: 0.0)], 30, radar=False)
    assert poor.verdicts("a") == {Integrity.TRUSTED}


def failing(name: str, way: Way, begin: float, end: float) -> Craft:
    """Positions stop from begin to end, velocities go on."""
    return Craft(name, None, lambda k: None if begin <= k < end else way(k))


def test_two_that_lose_their_positions_make_an_area_with_start_and_end() -> None:
    crafts = [failing("a", east(-60e3, 0.0), 60, 400), failing("b", east(-30e3, 20e3), 70, 400)]
    sky = run(crafts, 800, radar=False)
    on = [k for k, g in enumerate(sky.gnss) if len(g) and np.isnan(g.end_s).any()]
    assert 120 <= on[0] <= 140
    first = sky.gnss[on[0]]
    assert first.start_s[0] == pytest.approx(T0 + 59, abs=1.0)
    assert 690 <= on[-1] <= 715
    over = [g for g in sky.gnss if np.isfinite(g.end_s).any()]
    assert len(over) == 1
    assert over[0].end_s[0] == pytest.approx(T0 + 400, abs=10.0)
    assert (over[0].n_aircraft[0], over[0].area[0]) == (2, 1)


def test_one_bad_receiver_is_no_area() -> None:
    sky = run([failing("a", east(-60e3, 0.0), 60, 400), Craft("b", None, east(-60e3, 5e3))], 400, radar=False)
    assert all(len(g) == 0 for g in sky.gnss)


def test_one_alone_with_lost_and_then_false_positions_makes_an_area() -> None:
    way = east(-100e3, 0.0, 11_000.0)

    def says(k: float) -> tuple[float, float, float] | None:
        return way(k) if k < 60 else None if k < 300 else (way(k)[0] + 90e3, 250e3, 11_000.0)

    sky = run([Craft("a", None, says)], 500, radar=False)
    assert all(len(g) == 0 for g in sky.gnss[:300])
    assert len(sky.gnss[499]) == 1
    assert sky.gnss[499].n_false[0] == 1


def test_an_area_without_sensors_has_biases_of_none() -> None:
    assert len(Tracker(setup_of(50.0, 20.0, []), TracksConfig()).biases()) == 0
