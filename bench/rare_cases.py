"""Known answers put to the rare-event engine: every family of a file like known_answers.json, with time and error.

    python bench/rare_cases.py FILE.json [--seed 1] [--only ID ...]

`ask(kind, case, seed)` turns one entry into an answer; tests use the same. What orbits do (two-body motion) is here and
not in the package: the engine takes any motion as a function of normal numbers.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import time
from pathlib import Path
from typing import Any

import numba
import numpy as np

from flightward.encounters import (
    Diffusion,
    RareChance,
    RareSettings,
    diffusion_chance,
    plain_chance,
    rare_chance,
    risk_ratio,
)

FT_M = 0.3048
GRID = 81


def disc(given: dict[str, float]):
    """A normal error in a plane within a disc."""
    x, y, sx, sy, r = (float(given[k]) for k in ("xm", "ym", "sx", "sy", "R"))
    return lambda u: np.hypot(x + sx * u[:, 0], y + sy * u[:, 1]) / r - 1.0


def ball(given: dict[str, float]):
    """A round normal error about a place at a distance, within a disc or ball."""

    def gap(u):
        at = given["s"] * u
        at[:, 0] += given["m"]
        return np.sqrt((at**2).sum(axis=1)) / given["R"] - 1.0

    return gap


def four_branches(k: float):
    """The series system of four branches (Waarts 2000; Echard et al. 2011)."""

    def gap(u):
        a, b = u[:, 0] - u[:, 1], (u[:, 0] + u[:, 1]) / math.sqrt(2.0)
        bowl, line = 3.0 + 0.1 * a * a, k / math.sqrt(2.0)
        return np.minimum(np.minimum(bowl - b, bowl + b), np.minimum(a + line, line - a))

    return gap


@numba.njit(error_model="numpy", cache=False)
def _orbit(r, v, mu, times, place, speed):
    """Two-body motion from a state at time 0: places and velocities (T, 3) at times, by Kepler's equation."""
    r0 = math.sqrt(r[0] ** 2 + r[1] ** 2 + r[2] ** 2)
    rv = r[0] * v[0] + r[1] * v[1] + r[2] * v[2]
    a = 1.0 / (2.0 / r0 - (v[0] ** 2 + v[1] ** 2 + v[2] ** 2) / mu)
    n = math.sqrt(mu / a**3)
    c, s = 1.0 - r0 / a, rv / math.sqrt(mu * a)  # e cos E, e sin E at time 0
    for i in range(times.shape[0]):
        m = n * times[i]
        x = m
        for _ in range(8):
            cx, sx = math.cos(x), math.sin(x)
            step = (x - c * sx + s * (1.0 - cx) - m) / (1.0 - c * cx + s * sx)
            x -= step
            if abs(step) < 1e-13:
                break
        cx, sx = math.cos(x), math.sin(x)
        f, g = 1.0 - a / r0 * (1.0 - cx), times[i] + (sx - x) / n
        now = a * (1.0 - c * cx + s * sx)
        df, dg = -math.sqrt(mu * a) / (now * r0) * sx, 1.0 - a / now * (1.0 - cx)
        for j in range(3):
            place[i, j] = f * r[j] + g * v[j]
            speed[i, j] = df * r[j] + dg * v[j]


@numba.njit(error_model="numpy", cache=False)
def _least(u, mean1, root1, mean2, root2, mu, times, out):
    """Least distance of two orbits in a window, for N draws (N, 12) of their states: cubics between times."""
    n_t = times.shape[0]
    p1, v1, p2, v2 = np.empty((n_t, 3)), np.empty((n_t, 3)), np.empty((n_t, 3)), np.empty((n_t, 3))
    one, two = np.empty(6), np.empty(6)
    for i in range(u.shape[0]):
        for j in range(6):
            one[j], two[j] = mean1[j], mean2[j]
            for k in range(6):
                one[j] += root1[j, k] * u[i, k]
                two[j] += root2[j, k] * u[i, 6 + k]
        _orbit(one[:3], one[3:], mu, times, p1, v1)
        _orbit(two[:3], two[3:], mu, times, p2, v2)
        best = math.inf
        for t in range(n_t - 1):
            h = times[t + 1] - times[t]
            near = far = 0.0
            for j in range(3):
                near += (p2[t, j] - p1[t, j]) ** 2
                far += (v2[t, j] - v1[t, j]) ** 2 + (v2[t + 1, j] - v1[t + 1, j]) ** 2
            best = min(best, near)
            if math.sqrt(near) - 2.0 * h * math.sqrt(far) > math.sqrt(best):
                continue
            low = 0.0
            high = 1.0
            for _ in range(24):  # thirds: within one step of the grid the distance has one least
                for which in range(2):
                    s = low + (high - low) * (0.382 if which == 0 else 0.618)
                    d = 0.0
                    for j in range(3):
                        a, b = p2[t, j] - p1[t, j], p2[t + 1, j] - p1[t + 1, j]
                        da, db = (v2[t, j] - v1[t, j]) * h, (v2[t + 1, j] - v1[t + 1, j]) * h
                        x = a * (1 + 2 * s) * (1 - s) ** 2 + da * s * (1 - s) ** 2 + b * s * s * (3 - 2 * s)
                        x += db * s * s * (s - 1)
                        d += x * x
                    if which == 0:
                        left = d
                    else:
                        right = d
                best = min(best, left, right)
                if left < right:
                    high = low + (high - low) * 0.618
                else:
                    low = low + (high - low) * 0.382
        out[i] = math.sqrt(best)


def orbits(given: dict[str, Any]):
    """Two satellites whose states at closest approach are uncertain, within a distance in a window of time."""
    mean1, mean2 = np.array(given["X1_m_mps"]), np.array(given["X2_m_mps"])
    roots = []
    for cov in (np.array(given["C1"]), np.array(given["C2"])):
        scale = np.sqrt(np.diag(cov))
        values, vectors = np.linalg.eigh(cov / np.outer(scale, scale))
        roots.append(np.ascontiguousarray(scale[:, None] * vectors * np.sqrt(np.maximum(values, 0.0))))
    begin, end = given["window_s"]
    times = np.linspace(begin, end, GRID)

    def gap(u):
        out = np.empty(len(u))
        _least(u, mean1, roots[0], mean2, roots[1], float(given["mu"]), times, out)
        return out / given["HBR_m"] - 1.0

    return gap


def manoeuvre(given: dict[str, float]):
    """Near collisions without and with an instruction that is mostly followed and sometimes the wrong way."""
    radius, half = given["R_ft"] * FT_M, given["h_ft"] * FT_M
    share, wrong = _quantile(given["p_execute"]), _quantile(given["q_wrong_way"])

    def before(u):
        h, v = given["sigma_hmd_m"] * u[:, 0], given["sigma_vmd_m"] * u[:, 1]
        return np.maximum(np.abs(h) / radius, np.abs(v) / half) - 1.0

    def after(u):
        h, v = given["sigma_hmd_m"] * u[:, 0], given["sigma_vmd_m"] * u[:, 1]
        way = np.where(u[:, 3] < wrong, -1.0, 1.0) * np.where(u[:, 2] < share, given["D_m"], 0.0)
        return np.maximum(np.abs(np.abs(h) + way) / radius, np.abs(v) / half) - 1.0

    return before, after


def _quantile(p: float) -> float:
    from scipy.special import ndtri

    return float(ndtri(p))


def ask(kind: str, case: dict[str, Any], seed: int, settings: RareSettings | None = None) -> RareChance | None:
    """The engine's answer to one entry; None for those that ask for no chance (the gas model has its own tests)."""
    name, given = str(case["id"]), case["inputs"]
    if kind == "short_encounter_2d":
        return rare_chance(disc(given), 2, seed=seed, settings=settings)
    if kind == "long_encounter_3d":
        gap = orbits(given)
        if case["reference"] > 1e-3:
            return plain_chance(gap, 12, 60_000, seed=seed)
        quick = RareSettings(rel_error=0.08, runs=16, pilot=1000, least=100)
        return rare_chance(gap, 12, seed=seed, settings=settings or quick)
    if name.startswith("STRIP"):
        return rare_chance(
            lambda u: np.abs(given["m_nm"] + given["s_perp_nm"] * u[:, 0]) / given["R_nm"] - 1.0, 1, seed=seed,
            settings=settings,
        )  # fmt: skip
    if name.startswith("RICE"):
        return rare_chance(ball(given), int(given["dim"]), seed=seed, settings=settings)
    if name.startswith("FPT-1D"):
        drift = (-float(given.get("mu", 0.0)),)
        asked = Diffusion((float(given["b"]),), 0.0, float(given["s"]), float(given["T"]), drift)
        return diffusion_chance(asked, seed=seed, settings=settings)
    if name.startswith(("FPT-2D", "FPT-3D")):
        start = (float(given["r0"]),) + (0.0,) * (int(name[4]) - 1)
        asked = Diffusion(start, float(given["R"]), float(given["s"]), float(given["T"]))
        return diffusion_chance(asked, seed=seed, settings=settings)
    if name.startswith("SUB-LIN"):
        dim = int(given["dim"]) if isinstance(given["dim"], int) else 100
        return rare_chance(
            lambda u: given["beta"] - u.sum(axis=1) / math.sqrt(dim), dim, seed=seed, settings=settings
        )
    if name.startswith("SUB-4B"):
        return rare_chance(four_branches(float(given["k"])), 2, seed=seed, settings=settings)
    return None


def want(case: dict[str, Any]) -> float:
    """The known answer."""
    return float(case.get("exact_value_to_use", case["reference"]))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", nargs="*", default=[])
    args = parser.parse_args()
    bad = 0
    print("| case | core | known | engine | rel. error | standard error | z | calls | CPU s | wall s |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    for kind, cases in json.loads(args.file.read_text(encoding="utf-8")).items():
        for case in cases if isinstance(cases, list) else []:
            if args.only and case["id"] not in args.only:
                continue
            if case["id"].startswith("RR"):
                r = risk_ratio(*manoeuvre(case["inputs"]), 4, 4_000_000, seed=args.seed)
                off, z = r.ratio / case["reference"] - 1.0, (r.ratio - case["reference"]) / r.se
                print(f"| {case['id']} | yes | {case['reference']:.4f} | {r.ratio:.4f} | {off:+.3f} | "
                      f"{r.se / r.ratio:.3f} | {z:+.2f} | | | |", flush=True)  # fmt: skip
                continue
            cpu, wall = time.process_time(), time.perf_counter()
            got = ask(kind, case, args.seed)
            cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
            if got is None:
                continue
            p, z = want(case), (got.p - want(case)) / got.se if got.se > 0 else math.nan
            ok = abs(got.p / p - 1.0) < 0.2 and abs(z) < 3.0
            bad += not ok
            core, mark = "yes" if case.get("core") else "", "" if ok else " **off**"
            print(f"| {case['id']} | {core} | {p:.4g} | {got.p:.4g} | {got.p / p - 1:+.3f} | {got.rel_error:.3f} | "
                  f"{z:+.2f} | {got.n_calls:.2e} | {cpu:.2f} | {wall:.2f} |{mark}", flush=True)  # fmt: skip
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
