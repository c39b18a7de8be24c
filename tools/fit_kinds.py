"""Fits the kinds of flying things of src/flightward/tracks/kinds.py: the rows that come from data, and their temper.

    python tools/fit_kinds.py FLIGHTS ENCOUNTERS

FLIGHTS     folder with switzerland.json.gz (842 aircraft above FL300, 2018-08-01), OpenSky_Plane_States.csv (84
            aircraft over England, 20 min) and rega_sg, rega_zh, samu31 .json.gz (three air-ambulance helicopters).
ENCOUNTERS  folder with haa_v1.txt (MIT Lincoln Laboratory, helicopter air ambulances, 758 h).
None of the files is part of the project; only the fitted numbers are. Spreads are widened by WIDEN: other places and
years differ by more than one sample shows.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.optimize import minimize_scalar

sys.path.insert(0, str(Path(__file__).resolve().parent))

import kind_population as pop
from flightward.tracks.kinds import SLOW_MPS, kind_options

KNOT_MPS, FOOT_M, FOOT_PER_MIN_MPS = 0.514444, 0.3048, 0.00508
WIDEN = 1.3
FIT_SEEDS, HELD_SEEDS = (1, 2, 3), (101, 102, 103)


def line(name: str, v: pd.Series, h: pd.Series, climb: pd.Series) -> None:
    """One row: median speed and its spread in ln, height, climb."""
    ln_v = 0.5 * np.log(v**2 + SLOW_MPS**2)
    print(
        f"{name:34s} speed {np.exp(ln_v.median()):6.1f} ln sd {WIDEN * ln_v.std():.2f}   height {h.mean():6.0f}"
        f" sd {WIDEN * h.std():5.0f}   climb sd {WIDEN * climb.std():.1f}   rows {len(v)}"
    )


def from_flights(folder: Path) -> None:
    """The rows of aircraft and the check of the helicopters."""
    swiss = pd.read_json(folder / "switzerland.json.gz")
    swiss = swiss[swiss.groundspeed.notna() & swiss.altitude.notna()]
    line("airliner at cruise (Swiss)", swiss.groundspeed * KNOT_MPS, swiss.altitude * FOOT_M,
         swiss.vertical_rate * FOOT_PER_MIN_MPS)  # fmt: skip
    sky = pd.read_csv(folder / "OpenSky_Plane_States.csv")
    sky = sky[sky.velocity.notna() & sky.geoaltitude.notna()]
    for name, low, high in (("low and light (OpenSky)", 0.0, 1_000.0), ("climb, descent (OpenSky)", 1_000.0, 9_000.0)):
        m = (sky.geoaltitude >= low) & (sky.geoaltitude < high)
        line(name, sky.velocity[m], sky.geoaltitude[m], sky.vertrate[m])
    for name in ("rega_sg", "rega_zh", "samu31"):
        d = pd.read_json(folder / f"{name}.json.gz")
        d = d[d.groundspeed.notna() & d.altitude.notna()]
        line(name, d.groundspeed * KNOT_MPS, d.altitude * FOOT_M, d.vertical_rate * FOOT_PER_MIN_MPS)


def from_model(folder: Path) -> None:
    """Helicopter speeds: the counts of the second variable (v, kt) for each value of the first (height)."""
    text = (folder / "haa_v1.txt").read_text().splitlines()
    counts = np.array(text[text.index("# N_initial") + 1].split()[4:28], dtype=float).reshape(4, 6).sum(axis=0)
    edges = np.array(text[text.index("# boundaries") + 2].split(), dtype=float) * KNOT_MPS
    heights = np.array(text[text.index("# N_initial") + 1].split()[:4], dtype=float)
    print("helicopter speed edges m/s", edges.round(1), "shares", (counts / counts.sum()).round(3))
    print("helicopter height above ground, edges ft 0 250 700 1500 5000: shares", (heights / heights.sum()).round(3))
    rng = np.random.default_rng(0)
    k = rng.choice(6, 200_000, p=counts / counts.sum())
    v = rng.uniform(edges[k], edges[k + 1])
    for name, low, high in (("helicopter, cruise (HAA)", 30.0, 110.0), ("helicopter, slow (HAA)", 10.0, 30.0)):
        m = (v >= low) & (v < high)
        ln_v = 0.5 * np.log(v[m] ** 2 + SLOW_MPS**2)
        print(f"{name:34s} share {m.mean():.2f} speed {np.exp(np.median(ln_v)):.1f} ln sd {WIDEN * ln_v.std():.2f}")
    print(f"{'helicopter, hover (HAA)':34s} share {(v < 10.0).mean():.2f}")


def temper(seeds: tuple[int, ...]) -> float:
    """The exponent on all evidence that makes the log loss least on populations of other habits."""
    draws = [pop.population(np.random.default_rng(s), 4_000) for s in seeds]

    def loss(t: float) -> float:
        return float(np.mean([pop.log_loss(pop.classes(o, kind_options(t)), o.kind) for o in draws]))

    found = minimize_scalar(loss, bounds=(0.2, 1.2), method="bounded")
    print(f"temper {found.x:.3f}: log loss {found.fun:.4f} (1: {loss(1.0):.4f})")
    return float(found.x)


def main() -> None:
    """Print what was found."""
    from_flights(Path(sys.argv[1]))
    from_model(Path(sys.argv[2]))
    t = temper(FIT_SEEDS)
    held = [pop.population(np.random.default_rng(s), 4_000) for s in HELD_SEEDS]
    print("held back:", np.mean([pop.log_loss(pop.classes(o, kind_options(t)), o.kind) for o in held]).round(4))


if __name__ == "__main__":
    main()
