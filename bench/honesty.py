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


def reliability(p: NDArray[np.float64], is_so: NDArray[np.bool_]) -> list[tuple[float, float, int]]:
    """(mean said, share that is so, rows) of each bin of p that holds 30 rows and more."""
    bins = np.digitize(p, (0.02, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.999))
    rows = [bins == b for b in range(15)]
    return [(float(p[m].mean()), float(is_so[m].mean()), int(m.sum())) for m in rows if m.sum() >= 30]


def existence(scenes: list[Scene]) -> list[tuple[float, float, int]]:
    """Reliability of p_exists over several scenes."""
    real = []
    for s in scenes:
        mine = np.zeros(len(s.tracks), bool)
        mine[s.owned.a] = True
        real.append(mine)
    return reliability(np.concatenate([s.p_exists for s in scenes]), np.concatenate(real))


def classes(pictures: list[Picture]) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.bool_]]:
    """(N, 5) what was said, (N,) what it was, (N,) whether it names itself: of all tracks with an object."""
    said = [p.p_class[p.scene.owned.a] for p in pictures]
    kinds = [np.array([WORDS.index(k) for k in p.scene.kinds], np.int64) for p in pictures]
    was = [k[p.scene.truth.code[p.scene.owned.b]] for k, p in zip(kinds, pictures, strict=True)]
    return np.concatenate(said), np.concatenate(was), np.concatenate([p.is_named[p.scene.owned.a] for p in pictures])


def class_table(said: NDArray[np.float64], was: NDArray[np.int64]) -> list[str]:
    """Log loss, Brier score, the share called right, and what each kind was called."""
    right = said[np.arange(len(was)), was]
    brier = ((said - np.eye(5)[was]) ** 2).sum(axis=1).mean()
    lines = [f"rows {len(was)}, log loss {-np.log(np.maximum(right, 1e-6)).mean():.3f}, Brier {brier:.3f}"]
    for k in np.unique(was):
        called = np.bincount(said[was == k].argmax(axis=1), minlength=5) / (was == k).sum()
        lines.append(f"{WORDS[k]:11s} called " + ", ".join(f"{w} {x:.3f}" for w, x in zip(WORDS, called, strict=True)))
    return lines


def plot(path: Path, title: str, curves: dict[str, list[tuple[float, float, int]]]) -> None:
    """A reliability diagram: said against so."""
    import matplotlib

    matplotlib.use("svg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(4.6, 4.2))
    axes.plot([0, 1], [0, 1], color="0.7", linewidth=1)
    for name, rows in curves.items():
        axes.plot([r[0] for r in rows], [r[1] for r in rows], marker="o", markersize=3, linewidth=1, label=name)
    axes.set(xlabel="probability that was said", ylabel="share that was so", title=title, xlim=(0, 1), ylim=(0, 1))
    axes.legend(fontsize=7)
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None})
    pyplot.close(figure)


def report(pictures: dict[str, Picture], sets: dict[str, Scene], plots: Path | None) -> None:
    """Print the tables; write the plots."""
    for name, scene in {**{k: p.scene for k, p in pictures.items()}, **sets}.items():
        for kind, v in scene.nees().items():
            inside = ", ".join(f"{x:.2f}" for x in v["inside_3d"].values())
            means = f"{v['mean_3d']:.2f}, level {v['mean_2d']:.2f}"
            print(f"NEES {name:12s} {kind:10s} {means}, inside {inside} ({v['rows']})")
    found = {"days": [p.scene for p in pictures.values()], "sets": list(sets.values())}
    exists = {k: existence(v) for k, v in found.items() if v}
    for name, rows in exists.items():
        print(f"existence, {name}: " + "; ".join(f"{a:.3f}: {b:.3f} ({n})" for a, b, n in rows))
    said, was, named = classes(list(pictures.values()))
    for name, m in (("unnamed", ~named), ("named", named)):
        print(f"class, {name}: " + "\n  ".join(class_table(said[m], was[m])))
    curves = {WORDS[k]: reliability(said[:, k], was == k) for k in range(4)}
    for name, rows in curves.items():
        print(f"class, {name}: " + "; ".join(f"{a:.3f}: {b:.3f} ({n})" for a, b, n in rows))
    if plots is not None:
        plot(plots / "reliability-existence.svg", "Existence", exists)
        plot(plots / "reliability-class-days.svg", "Class, simulated days", curves)


def main() -> None:
    """Print the figures."""
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument("--days", default="")
    ask.add_argument("--case", action="append", type=Path, default=[])
    ask.add_argument("--sets", default="")
    ask.add_argument("--cache", type=Path, default=Path("days"))
    ask.add_argument("--plots", type=Path)
    given = ask.parse_args()
    folders = [drawn(int(s), given.cache) for s in given.days.split(",") if s] + given.case
    pictures = {f.name: of_case(f) for f in folders}
    sets = {f"set {s}": of_set(int(s)) for s in given.sets.split(",") if s}
    report(pictures, sets, given.plots)


if __name__ == "__main__":
    main()
