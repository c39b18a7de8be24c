"""Is the air picture as sure as it may be: NEES, existence and class against the truth of simulated days and sets.

    python bench/honesty.py [--days 2001,2002] [--case CASE ...] [--sets 11,12] [--cache DIR] [--plots docs/img]

Days are standard days of those seeds (drawn into --cache once); --case adds other case folders with truth; sets are
streams of drones and aircraft of tests/tracks/streams.py through track_table. Tables go to the screen, the plots to
--plots as SVG.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from flightward.feeds.case import read_case
from flightward.model import Kind
from flightward.score.day import read_day
from flightward.score.scene import Scene, Things
from flightward.simulate import simulate, standard_day
from flightward.tracks import Tracker

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests" / "tracks"))

import streams

import flightward as fw

EVERY_S = 10.0
WORDS = tuple(k.word for k in Kind)
COVARIANCE = {"c_ee": (0, 0), "c_en": (0, 1), "c_eu": (0, 2), "c_nn": (1, 1), "c_nu": (1, 2), "c_uu": (2, 2)}


@dataclass(frozen=True)
class Picture:
    """A scene, with the class and identity of each row of its tracks."""

    scene: Scene
    p_class: NDArray[np.float64]
    is_named: NDArray[np.bool_]
    age_s: NDArray[np.float64]


def of_case(folder: Path) -> Picture:
    """The picture of a case each EVERY_S, from the tracks stage alone."""
    case = read_case(folder)
    day = read_day(folder)
    tracker = Tracker(case.setup, case.config.tracks)
    parts = []
    for inbox in case.inboxes():
        picture, _ = tracker.step(inbox.t_s, inbox.reports)
        if inbox.t_s % EVERY_S == 0.0:
            parts.append(picture)
    times = np.array([p.t_s for p in parts])

    def column(name: str) -> NDArray[np.float64]:
        return np.concatenate([getattr(p, name) for p in parts])

    at = np.repeat(np.arange(len(parts)), [len(p) for p in parts])
    place = np.column_stack([column(n) for n in ("e_m", "n_m", "u_m")])
    speed = np.column_stack([column(n) for n in ("ve_mps", "vn_mps", "vu_mps")])
    tr = day.truth
    row = np.rint(times - tr.t_s[0]).astype(np.int64)
    k, o = np.nonzero(np.isfinite(tr.e_m[row]) & np.isfinite(tr.hae_m[row]))
    e, n = case.setup.frame.to_plane(
        np.radians(tr.lat_deg[row[k], o]).copy(), np.radians(tr.lon_deg[row[k], o]).copy()
    )
    truth = Things(k, o, np.column_stack([e, n, tr.hae_m[row[k], o]]), np.full((len(k), 3), np.nan))
    aside = tr.on_ground[row[k], o]
    kinds = np.array(tr.kind, dtype=object)
    tracks = Things(at, column("track").astype(np.int64), place, speed)
    scene = Scene(times, tracks, truth, column("cov")[:, :3, :3], column("p_exists"), kinds, aside)
    return Picture(scene, column("p_class"), column("identity") >= 0, column("age_s"))


def of_set(seed: int, n_drones: int = 100, n_aircraft: int = 20, **how: float) -> Scene:
    """Streams through track_table."""
    s = streams.make(n_drones, n_aircraft, 120.0, seed, **how)
    table = fw.track_table(s.reports).to_pandas()
    times = np.sort(s.truth.time_s.unique())
    table = table[table.t_s > 10.0]
    truth = s.truth[s.truth.time_s > 10.0]
    cov = np.empty((len(table), 3, 3))
    for name, (a, b) in COVARIANCE.items():
        cov[:, a, b] = cov[:, b, a] = table[name]
    a = Things(
        np.searchsorted(times, table.t_s), table.track_id.to_numpy(), table[["e_m", "n_m", "u_m"]].to_numpy(),
        table[["ve_mps", "vn_mps", "vu_mps"]].to_numpy(),
    )  # fmt: skip
    place = truth[["e", "n", "u"]].to_numpy()
    b = Things(np.searchsorted(times, truth.time_s), truth.target_id.to_numpy(), place, np.full_like(place, np.nan))
    kinds = s.truth.drop_duplicates("target_id").sort_values("target_id").cls.to_numpy(dtype=object)
    return Scene(times, a, b, cov, table.p_exists.to_numpy(), kinds, np.zeros(len(b), bool))


def drawn(seed: int, cache: Path) -> Path:
    """A standard day's folder."""
    folder = cache / f"case-{seed}"
    if not (folder / "truth.parquet").exists():
        simulate(standard_day(seed), seed, folder)
    return folder
