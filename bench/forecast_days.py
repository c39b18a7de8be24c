"""Days to try the forecast on: their truth, and the air picture each ten seconds.

A day is a standard day by its seed, or a case folder with truth. The picture is the truth with noise (every drone
tracked, so that the forecast alone is judged), or what the tracks stage makes of the feeds.
"""

from __future__ import annotations

import dataclasses
import pickle
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from flightward.config import CaughtConfig
from flightward.feeds.case import read_case
from flightward.model import (
    AreaFrame,
    Coverage,
    CoverageGrid,
    FlightBatch,
    Kind,
    Names,
    SensorBatch,
    Setup,
    SiteBatch,
    TrackBatch,
    ZoneBatch,
    f64,
    i8,
    i64,
)
from flightward.model.codes import N_KINDS
from flightward.score.day import Day, Frame, Truth, read_day
from flightward.simulate import simulate, standard_day
from flightward.simulate.scenario import Scenario
from flightward.simulate.world import draw_world
from flightward.tracks import Tracker

EVERY_S = 10
P_LEAST = 0.04
"""Tracks that are hostile with less than this are no matter of the forecast and are not kept."""

SIGMA = (60.0, 60.0, 150.0, 2.0, 2.0, 0.7)
"""Noise of the perfect sensor's tracks: e, n, u, ve, vn, vu."""


@dataclass(frozen=True)
class Sky:
    """One day: its truth for the scorer, and what the raids stage is given."""

    name: str
    day: Day
    setup: Setup
    pictures: list[tuple[TrackBatch, Coverage]]


def skies(seeds: Iterable[int], cases: Iterable[Path], *, feeds: bool, cache: Path | None) -> Iterable[Sky]:
    """The days one after the other; those through feeds are kept in `cache`, for they take half a minute each."""
    for seed in seeds:
        yield _kept(f"standard-{seed}", seed, None, cache) if feeds else _of_truth(str(seed), *_drawn(seed))
    for case in cases:
        yield _kept(case.name, None, case, cache) if feeds else _of_truth(case.name, *_read(case))


def _kept(name: str, seed: int | None, case: Path | None, cache: Path | None) -> Sky:
    file = None if cache is None else cache / f"{name}.pickle"
    if file is not None and file.exists():
        return pickle.loads(file.read_bytes())  # type: ignore[no-any-return]
    with tempfile.TemporaryDirectory() as scratch:
        folder = case or simulate(standard_day(seed or 0), seed or 0, Path(scratch) / "case")
        sky = _of_feeds(name, folder)
    if file is not None:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(pickle.dumps(sky, protocol=5))
    return sky


def _of_feeds(name: str, folder: Path) -> Sky:
    case = read_case(folder)
    tracker = Tracker(case.setup, case.config.tracks)
    pictures = []
    for inbox in case.inboxes():
        tracks, coverage = tracker.step(inbox.t_s, inbox.reports)
        if round(inbox.t_s - case.setup.start_s) % EVERY_S == 0:
            # what was learnt of the sensors is large, and the raids stage does not ask it
            seen = dataclasses.replace(coverage, learnt=None)
            pictures.append((tracks.take(tracks.p_exists * tracks.p_hostile >= P_LEAST), seen))
    return Sky(name, read_day(folder), case.setup, pictures)


def _drawn(seed: int) -> tuple[Day, Setup]:
    """Truth of a standard day, as `simulate` draws it, without its sensors."""
    scenario = standard_day(seed)
    world_seed, _ = np.random.SeedSequence(seed).spawn(2)
    world = draw_world(scenario, world_seed)
    p, frame = world.paths, Frame(scenario.area.lat_deg, scenario.area.lon_deg)
    e, n = frame.to_plane(p.lat_deg, p.lon_deg)
    raids = tuple(world.raid_id[r] if r >= 0 else None for r in world.raid)
    truth = Truth(
        scenario.start_s + np.arange(world.duration_s + 1.0), tuple(world.object_id),
        tuple(Kind(k).word for k in world.kind), world.hostile, raids, e, n, p.hae_m, p.lat_deg, p.lon_deg,
        world.on_ground,
    )  # fmt: skip
    return _day(scenario, frame, truth), _setup(_head(scenario))


def _day(scenario: Scenario, frame: Frame, truth: Truth) -> Day:
    end_s = scenario.start_s + scenario.duration_s
    return Day(
        Path(), scenario.name, scenario.start_s, end_s, scenario.area.radius_m, frame, CaughtConfig(), (), (), {}, (),
        truth, (),
    )  # fmt: skip


def _head(scenario: Scenario) -> tuple[str, float, float, float, float, float]:
    a = scenario.area
    return scenario.name, a.lat_deg, a.lon_deg, a.radius_m, scenario.start_s, scenario.start_s + scenario.duration_s


def _setup(head: tuple[str, float, float, float, float, float], sites: Any = None) -> Setup:
    name, lat_deg, lon_deg, radius_m, start_s, end_s = head
    frame = AreaFrame(np.radians(lat_deg), np.radians(lon_deg))
    return Setup(
        name, "", "everything", "", "", frame, radius_m, np.nan, 0.0, start_s, end_s, Names(), SensorBatch.empty(),
        SiteBatch.empty() if sites is None else sites, ZoneBatch.empty(), FlightBatch.empty(),
    )  # fmt: skip


def _read(case: Path) -> tuple[Day, Setup]:
    day = read_day(case)
    sites = read_case(case).setup.sites
    head = (day.name, day.frame.lat_deg, day.frame.lon_deg, day.radius_m, day.start_s, day.end_s)
    return day, _setup(head, sites)


def _of_truth(name: str, day: Day, setup: Setup) -> Sky:
    """The air picture of a perfect sensor with noise, which sees everywhere."""
    rng = np.random.default_rng(20260520)
    sees_all = Coverage(t_s=0.0, is_live=i8([]), age_s=f64([]), n_reports=i64([]), grid=_everywhere(setup.radius_m))
    tr, cols = day.truth, day.truth.drones()
    e, n, u = tr.e_m[:, cols], tr.n_m[:, cols], tr.hae_m[:, cols]
    pictures = []
    for row in range(0, len(tr.t_s) - 1, EVERY_S):
        here = np.flatnonzero(np.isfinite(e[row]) & ~tr.on_ground[row, cols])
        # the last second of a life has no next: its velocity is that of the second before
        late = ~np.isfinite(e[row + 1, here])
        a, b = np.where(late, max(row - 1, 0), row), np.where(late, row, row + 1)
        velocity = [np.nan_to_num(x[b, here] - x[a, here]) for x in (e, n, u)]
        state = [e[row, here], n[row, here], u[row, here], *velocity]
        pictures.append((_tracks(tr.t_s[row], here, state, rng), sees_all))
    return Sky(name, day, setup, pictures)


def _everywhere(radius_m: float) -> CoverageGrid:
    side, sees = f64([-radius_m, radius_m]), np.ones((4, 2, 2))
    return CoverageGrid(0.0, 2.0 * radius_m, side, side, f64([100.0, 300.0, 600.0, 1000.0]), sees, sees, 0.0 * sees[0])


def _tracks(t_s: float, here: Any, state: list[Any], rng: np.random.Generator) -> TrackBatch:
    m = len(here)
    noisy = [f64(x + rng.normal(0.0, s, m)) for x, s in zip(state, SIGMA, strict=True)]
    cov = np.zeros((m, 6, 6))
    cov[:, range(6), range(6)] = np.square(SIGMA)
    p_class = np.zeros((m, N_KINDS))
    p_class[:, 0] = 1.0
    code, none, one = np.zeros(m, np.int8), np.full(m, -1, np.int64), np.ones(m)
    return TrackBatch(
        float(t_s), i64(here), *noisy, cov, one, p_class, one, code + i8(1), code + i8(1),
        none, code + i8(1), 0 * one, one, none, none, code, code,
    )  # fmt: skip
