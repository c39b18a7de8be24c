"""The chance of coming near: against brute force, against published answers, and its time.

    python bench/near_probability.py trials [PAIRS] [TRIALS]   random encounters: fast, slow, parallel, turning
    python bench/near_probability.py clear [PAIRS] [TRIALS]    loss of well clear, the same encounters
    python bench/near_probability.py known FILE                known_answers.json
    python bench/near_probability.py speed                     time per pair, pruning of flights against drones
"""

from __future__ import annotations

import json
import math
import sys
import time
from pathlib import Path

import numba
import numpy as np

from flightward.encounters import (
    ChanceStatus,
    UncertainPairs,
    encounter_plane,
    p_bound,
    p_nmac,
    p_short_encounter,
    p_well_clear_lost,
    p_within_cylinder,
    p_within_sphere,
)

KINDS = ("fast", "slow", "parallel", "turning")
VOLUMES = ((152.4, 30.48), (609.6, 76.2), (1222.32, 137.16), (9260.0, 304.8))
"""NMAC, ASTM F3442, DO-365 phase I without its tau, 5 NM and 1,000 ft."""
CHUNK = 100_000


def encounter(rng, kind):
    """Own and other state, covariance of both together (12, 12), turn rates, volume, lookahead."""
    radius, half = VOLUMES[rng.integers(len(VOLUMES))]
    until = float(rng.choice([60.0, 120.0, 180.0]))
    speed = rng.uniform(20, 120, 2) * (0.1 if kind == "slow" else 1.0)
    course = rng.uniform(0, 2 * np.pi, 2)
    if kind == "parallel":
        course[1], speed[1] = course[0] + rng.normal(0, 0.01), speed[0] + rng.normal(0, 1)
    velocity = [v * np.array([np.sin(c), np.cos(c), 0.0]) for v, c in zip(speed, course, strict=True)]
    velocity[1][2] = rng.normal(0, 3)
    turns = np.zeros(2)
    if kind == "turning":
        turns = np.radians(rng.uniform(0.5, 6, 2)) * rng.choice([-1, 0, 1], 2)
        turns[0] = turns[0] or np.radians(3.0)
    meet = rng.uniform(0, until * 1.1)
    shift = flown(velocity[1], turns[1], meet) - flown(velocity[0], turns[0], meet)
    place = rng.normal(0, 1.0, 3) * np.array([radius, radius, half])
    if kind != "parallel":
        place = place - shift
    covs = np.zeros((12, 12))
    for who in range(2):
        root = rng.normal(size=(6, 6))
        if rng.random() < 0.5:  # height apart, as radars without elevation have it
            root[np.ix_([2, 5], [0, 1, 3, 4])] = root[np.ix_([0, 1, 3, 4], [2, 5])] = 0.0
        far, fast = 10 ** rng.uniform(1, 2.5), 10 ** rng.uniform(-0.5, 1)
        root *= np.array([far, far, 0.3 * far, fast, fast, 0.3 * fast])[:, None] / 2.0
        covs[6 * who : 6 * who + 6, 6 * who : 6 * who + 6] = root @ root.T
    if rng.random() < 0.5:  # one sensor's bias in both places
        bias = np.zeros(12)
        bias[[0, 1, 2, 6, 7, 8]] = np.tile(rng.normal(0, 50, 3), 2)
        covs += np.outer(bias, bias)
    own, other = np.concatenate([np.zeros(3), velocity[0]]), np.concatenate([place, velocity[1]])
    return own, other, covs, turns, radius, half, until


def flown(velocity, turn, t):
    """Displacement after t seconds at a turn rate, clockwise."""
    along, across = (t, 0.0) if turn == 0.0 else (np.sin(turn * t) / turn, (1 - np.cos(turn * t)) / turn)
    e, n, u = velocity
    return np.array([along * e + across * n, along * n - across * e, t * u])


def pairs_of(own, other, covs, turns):
    return UncertainPairs.of(
        own[None], covs[:6, :6], other[None], covs[6:, 6:], cross=covs[:6, 6:], own_turn_radps=turns[:1],
        other_turn_radps=turns[1:],
    )  # fmt: skip


@numba.njit(cache=True)
def hits(states, turn, radius, half, until):
    """How many of the drawn pairs (n, 12) come within the cylinder: straight by intervals, turning by short steps."""
    count = 0
    for i in range(states.shape[0]):
        s = states[i]
        up, climb = s[8] - s[2], s[11] - s[5]
        low, high = 0.0, until
        if climb != 0.0:
            a, b = (-half - up) / climb, (half - up) / climb
            low, high = max(low, min(a, b)), min(high, max(a, b))
        elif abs(up) > half:
            continue
        if low > high:
            continue
        if turn[0] == 0.0 and turn[1] == 0.0:
            e, n, ve, vn = s[6] - s[0], s[7] - s[1], s[9] - s[3], s[10] - s[4]
            t = min(max(-(e * ve + n * vn) / (ve * ve + vn * vn), low), high)
            count += math.hypot(e + t * ve, n + t * vn) <= radius
            continue
        speed = math.hypot(s[3], s[4]) + math.hypot(s[9], s[10])
        t = low
        while t <= high:
            e, n = s[6] - s[0], s[7] - s[1]
            for who in range(2):
                w, ve, vn, sign = turn[who], s[6 * who + 3], s[6 * who + 4], 2.0 * who - 1.0
                along, across = t, 0.0
                if w != 0.0:
                    along, across = math.sin(w * t) / w, (1.0 - math.cos(w * t)) / w
                e += sign * (along * ve + across * vn)
                n += sign * (along * vn - across * ve)
            gap = math.hypot(e, n) - radius
            if gap <= 0.0:
                count += 1
                break
            t += max(gap, 1e-3 * radius) / speed
    return count


def draw(rng, own, other, covs, trials):
    values, vectors = np.linalg.eigh(covs)
    root = (vectors * np.sqrt(np.maximum(values, 0.0))).T
    mean = np.concatenate([own, other])
    for begin in range(0, trials, CHUNK):
        yield mean + rng.standard_normal((min(CHUNK, trials - begin), 12)) @ root


def trials(pairs=500, count=1_000_000):
    """Each encounter's chance beside the share of trials, in standard errors of the trials."""
    rng, rows = np.random.default_rng(2026), []
    for i in range(pairs):
        kind = KINDS[i % len(KINDS)]
        own, other, covs, turns, radius, half, until = encounter(rng, kind)
        begin = time.process_time()
        got = p_within_cylinder(pairs_of(own, other, covs, turns), radius, half, until)
        spent = time.process_time() - begin
        found = sum(hits(s, turns, radius, half, until) for s in draw(rng, own, other, covs, count)) / count
        p = got.p[0]
        error = math.sqrt(max(p * (1 - p), found * (1 - found), 1e-300) / count)
        z = (p - found) / max(error, 1.0 / count)
        rows.append((KINDS.index(kind), p, found, z, got.p_err[0], spent, got.status[0]))
        if abs(z) > 3.0:
            again = draw(np.random.default_rng(i), own, other, covs, 8 * count)
            more = sum(hits(s, turns, radius, half, until) for s in again) / (8 * count)
            print(f"  row {i} {kind}: p {p:.6f}, trials {found:.6f} ({z:+.2f}), 8 times as many {more:.6f}", flush=True)
    table = np.array(rows)
    print(f"{pairs} encounters, {count:.0e} trials each; z: difference in standard errors of the trials")
    for code, kind in enumerate((*KINDS, "all")):
        part = table[table[:, 0] == code] if code < len(KINDS) else table
        seen = part[np.minimum(part[:, 2], 1 - part[:, 2]) * count >= 10]
        z = seen[:, 3]
        print(
            f"{kind:9} {len(seen)} with 10 or more of either; p {seen[:, 1].min():.1e} to {seen[:, 1].max():.4f}; "
            f"beyond 3: {np.sum(np.abs(part[:, 3]) > 3)} (by chance {0.0027 * len(seen):.1f}), "
            f"rms {np.sqrt(np.mean(z**2)):.3f}, mean {z.mean():+.3f}, greatest {np.abs(part[:, 3]).max():.2f}; "
            f"difference at most {np.abs(part[:, 1] - part[:, 2]).max():.1e}; "
            f"median {1e3 * np.median(part[:, 5]):.2f} ms; rough {int(np.sum(part[:, 6] != 0))}"
        )


def violates(states, turns, volume, until, step_s=0.1):
    """(n,) do drawn pairs lose well clear: the predicate of DO-365 at every step."""
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests" / "kernels"))
    import naive_near

    inside, hit = naive_near.not_well_clear(*volume), np.zeros(len(states), bool)
    for t in np.linspace(0.0, until, round(until / step_s) + 1):
        ends = []
        for who in range(2):
            e, n, u, ve, vn, vu = states[:, 6 * who : 6 * who + 6].T
            w = turns[who]
            along, across = (t, 0.0) if w == 0.0 else (np.sin(w * t) / w, (1 - np.cos(w * t)) / w)
            c, s = np.cos(w * t), np.sin(w * t)
            ends.append((
                np.stack([e + along * ve + across * vn, n + along * vn - across * ve, u + t * vu], axis=1),
                np.stack([c * ve + s * vn, c * vn - s * ve, vu], axis=1),
            ))  # fmt: skip
        hit |= inside(ends[1][0] - ends[0][0], ends[1][1] - ends[0][1])
    return hit


def clear(pairs=40, count=100_000):
    """Loss of well clear (4,010 ft, 450 ft, 35 s) within 60 s."""
    rng, rows, volume = np.random.default_rng(35), [], (1222.32, 137.16, 35.0, 0.0)
    for i in range(pairs):
        kind = KINDS[i % len(KINDS)]
        own, other, covs, turns, _, _, _ = encounter(rng, kind)
        begin = time.process_time()
        got = p_well_clear_lost(pairs_of(own, other, covs, turns), *volume, 60.0)
        spent = time.process_time() - begin
        found = np.mean([violates(s, turns, volume, 60.0).mean() for s in draw(rng, own, other, covs, count)])
        error = math.hypot(math.sqrt(max(found * (1 - found), 1.0 / count) / count), got.p_err[0])
        rows.append((got.p[0], found, (got.p[0] - found) / error, spent))
    table = np.array(rows)
    seen = table[np.minimum(table[:, 1], 1 - table[:, 1]) * count >= 10]
    rms, most = np.sqrt(np.mean(seen[:, 2] ** 2)), np.abs(table[:, 0] - table[:, 1]).max()
    print(
        f"loss of well clear: {pairs} encounters, {count:.0e} trials in steps of 0.1 s: {len(seen)} with 10 or more of "
        f"either; rms {rms:.2f}, greatest {np.abs(table[:, 2]).max():.2f} errors; difference at most {most:.1e}; "
        f"median {1e3 * np.median(table[:, 3]):.1f} ms"
    )


def known(path):
    """Published encounters: short ones by their integral, long ones flown straight against trials."""
    answers = json.loads(Path(path).read_text())
    cases = answers["short_encounter_2d"]
    values = [[float(c["inputs"][k]) for k in ("xm", "ym", "sx", "sy", "R")] for c in cases]
    got = p_short_encounter(*np.array(values).T)
    want = np.array([c.get("exact_value_to_use", c["verified_1d_quad"]) for c in cases])
    print(f"{len(cases)} short encounters: greatest relative difference {np.abs(got.p / want - 1).max():.1e}")
    rng, count = np.random.default_rng(1), 4_000_000
    for case in answers["long_encounter_3d"]:
        given = case["inputs"]
        mean, cov = np.subtract(given["X2_m_mps"], given["X1_m_mps"]), np.add(given["C1"], given["C2"])
        begin, end = given["window_s"]
        start = time.process_time()
        p = p_within_sphere(UncertainPairs.of_relative(mean[None], cov).moved(begin), given["HBR_m"], end - begin)
        spent = time.process_time() - start
        values, vectors = np.linalg.eigh(cov)
        root, found = (vectors * np.sqrt(np.maximum(values, 0.0))).T, 0
        for _ in range(count // CHUNK):
            states = mean + rng.standard_normal((CHUNK, 6)) @ root
            place, velocity = states[:, :3], states[:, 3:]
            t = np.clip(-(place * velocity).sum(axis=1) / (velocity**2).sum(axis=1), begin, end)
            found += int(np.sum(np.linalg.norm(place + t[:, None] * velocity, axis=1) <= given["HBR_m"]))
        q = found / count
        plane = encounter_plane(mean, cov[:3, :3])
        short = p_short_encounter(plane.x_m, plane.y_m, plane.sigma_x_m, plane.sigma_y_m, given["HBR_m"]).p[0]
        z = (p.p[0] - q) / math.sqrt(q * (1 - q) / count)
        print(
            f"{case['id']} flown straight: p {p.p[0]:.6f}, trials {q:.6f} ({z:+.2f} standard errors of {count:.0e}), "
            f"short-encounter form {short:.6f}, two-body (published) "
            f"{case['reference']:.6f}; {1e3 * spent:.0f} ms"
        )


def timed(what, repeats=3):
    what()
    best = math.inf
    for _ in range(repeats):
        begin = time.process_time()
        what()
        best = min(best, time.process_time() - begin)
    return best


def speed():
    """Time per pair; then a second of 1,000 flights against 10,000 drones: who is left after the bound, its cost."""
    rng = np.random.default_rng(4)
    for kind in KINDS:
        cases = [encounter(rng, kind) for _ in range(100)]
        own, other = (np.array([c[i] for c in cases]) for i in (0, 1))
        covs, turns = np.array([c[2] for c in cases]), np.array([c[3] for c in cases])
        for name in ("height apart", "all errors tied"):
            if name == "height apart":
                for a in (2, 5, 8, 11):
                    for b in (0, 1, 3, 4, 6, 7, 9, 10):
                        covs[:, a, b] = covs[:, b, a] = 0.0
            else:
                covs = np.array([c[2] for c in cases])
            pairs = UncertainPairs.of(
                own, covs[:, :6, :6], other, covs[:, 6:, 6:], cross=covs[:, :6, 6:], own_turn_radps=turns[:, 0].copy(),
                other_turn_radps=turns[:, 1].copy(),
            )  # fmt: skip
            spent = [timed(lambda p=pairs, t=t: p_nmac(p, tolerance=t), 2) for t in (1e-4, 1e-2)]
            fine, coarse = (1e3 * s / len(cases) for s in spent)
            print(f"NMAC in 180 s, {kind}, {name}: {fine:.2f} ms a pair ({coarse:.2f} at a tolerance of 1e-2)")
    flights, drones = 1_000, 10_000
    size = 400e3
    place = rng.uniform(-size, size, (flights + drones, 2)), rng.uniform(300, 3000, flights + drones)
    speed_mps = np.concatenate([rng.uniform(60, 200, flights), rng.uniform(30, 60, drones)])
    course = rng.uniform(0, 2 * np.pi, flights + drones)
    velocity = speed_mps * np.array([np.sin(course), np.cos(course), 0 * course])
    states = np.column_stack([*place[0].T, place[1], *velocity])
    pick = rng.integers(0, flights, 1_000_000), rng.integers(flights, flights + drones, 1_000_000)
    cov = np.diag([60.0, 60, 40, 3, 3, 1]) ** 2
    relative = states[pick[1]] - states[pick[0]]
    pairs = UncertainPairs.of_relative(relative, np.broadcast_to(2 * cov, (len(relative), 6, 6)))
    spent = timed(lambda: p_bound(pairs, 152.4, 30.48, 180.0))
    bound = p_bound(pairs, 152.4, 30.48, 180.0)
    left = ", ".join(f"{np.sum(bound >= least)} at {least:.0e}" for least in (1e-6, 1e-4, 1e-3, 1e-2))
    print(f"bound: {1e9 * spent / len(pairs):.0f} ns a pair, {len(pairs)} pairs in 800 x 800 km; left: {left}")
    reach = np.linalg.norm(relative[:, :2], axis=1) < 180.0 * 260.0 + 2_000.0
    some = pairs.take(reach)
    spent = timed(lambda: p_nmac(some, skip_below=1e-6, tolerance=1e-2))
    got = p_nmac(some, skip_below=1e-6, tolerance=1e-2)
    kept = int(np.sum(got.status != ChanceStatus.SKIPPED))
    print(f"{len(some)} pairs within reach of 180 s: bound and chance {1e3 * spent:.1f} ms, {kept} not skipped")


def main() -> None:
    what, *rest = sys.argv[1:] or ["speed"]
    call = {"trials": trials, "clear": clear, "known": known, "speed": speed}[what]
    call(*(rest if what == "known" else (int(float(v)) for v in rest)))


if __name__ == "__main__":
    main()
