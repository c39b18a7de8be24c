"""Drones in streams, turning targets, false reports: measured positions made for tests, with their truth."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd

SENSORS = (  # e, n, u m, sigma range m, azimuth, elevation rad, phase s
    (0.0, 0.0, 20.0, 25.0, 0.004, 0.010, 0.0),
    (30e3, 6e3, 40.0, 35.0, 0.006, 0.012, 0.7),
    (10e3, 28e3, 15.0, 45.0, 0.008, 0.016, 1.4),
)
FOUR = (*SENSORS, (-14e3, 18e3, 30.0, 35.0, 0.006, 0.012, 0.35))


@dataclasses.dataclass(frozen=True)
class Streams:
    """Reports as track_table takes them, and truth: time_s, target_id, e, n, u, cls."""

    reports: pd.DataFrame
    truth: pd.DataFrame
    origin: np.ndarray


def _drones(rng: np.random.Generator, n: int, times: np.ndarray) -> np.ndarray:
    """(T, n, 3) drones in streams of about 25 abreast and behind each other, all bound for the middle."""
    n_streams = max(n // 25, 1)
    stream = rng.integers(n_streams, size=n)
    bearing = rng.uniform(0.0, 2.0 * np.pi, n_streams)
    far = rng.uniform(9e3, 32e3, n_streams)
    head = np.stack([far * np.sin(bearing), far * np.cos(bearing)], axis=1)
    to = -head / far[:, None]
    back, side = rng.uniform(0.0, 9e3, n), rng.normal(0.0, 450.0, n)
    across = np.stack([-to[:, 1], to[:, 0]], axis=1)
    xy = head[stream] - back[:, None] * to[stream] + side[:, None] * across[stream] + [12e3, 10e3]
    speed = rng.normal(48.0, 3.5, n)
    turn = rng.normal(0.0, 0.05, n)
    heading = np.arctan2(to[stream, 0], to[stream, 1]) + turn
    u, climb = rng.uniform(200.0, 1_300.0, n), np.zeros(n)
    out = np.empty((len(times), n, 3))
    before = times[0]
    for i, t in enumerate(times):
        dt = t - before
        before = t
        climb += (-climb / 20.0) * dt + 0.06 * np.sqrt(dt) * rng.normal(size=n)
        heading += 0.004 * np.sqrt(dt) * rng.normal(size=n)
        xy = xy + (speed * dt)[:, None] * np.stack([np.sin(heading), np.cos(heading)], axis=1)
        u = u + climb * dt
        out[i] = np.column_stack([xy, u])
    return out


def _aircraft(rng: np.random.Generator, n: int, times: np.ndarray) -> np.ndarray:
    """(T, n, 3) aircraft that turn at 1.5 to 3 degrees a second now and then."""
    xy = rng.uniform(-30e3, 40e3, (n, 2))
    heading, speed = rng.uniform(0.0, 2.0 * np.pi, n), rng.uniform(120.0, 250.0, n)
    u, climb = rng.uniform(2e3, 10e3, n), np.where(rng.random(n) < 0.2, rng.normal(0.0, 3.0, n), 0.0)
    begin, long = rng.uniform(20.0, times[-1], n), rng.uniform(15.0, 45.0, n)
    rate = rng.choice([-1.0, 1.0], n) * np.radians(rng.uniform(1.5, 3.0, n))
    out = np.empty((len(times), n, 3))
    before = times[0]
    for i, t in enumerate(times):
        dt = t - before
        before = t
        heading = heading + np.where((t > begin) & (t < begin + long), rate * dt, 0.0)
        xy = xy + (speed * dt)[:, None] * np.stack([np.sin(heading), np.cos(heading)], axis=1)
        u = u + climb * dt
        out[i] = np.column_stack([xy, u])
    return out


def _turning(rng: np.random.Generator, speed: np.ndarray, times: np.ndarray, share: float) -> np.ndarray:
    """(T, n, 3) targets that keep their height and fly legs of 20 to 40 s, then turn at 3 to 6 degrees a second.

    share: how many of them turn at all. A turn goes on for 30 to 180 degrees, left or right.
    """
    n = len(speed)
    xy, heading = rng.uniform(-15e3, 30e3, (n, 2)), rng.uniform(0.0, 2.0 * np.pi, n)
    u = rng.uniform(300.0, 3e3, n)
    turns = rng.random(n) < share
    until, rate = rng.uniform(10.0, 40.0, n), np.zeros(n)
    out = np.empty((len(times), n, 3))
    before, step = times[0], 0.05
    for i, t in enumerate(times):
        while before < t - 1e-9:
            dt = min(step, t - before)
            before += dt
            over = turns & (before > until)
            begins = over & (rate == 0.0)
            rate = np.where(over, 0.0, rate)
            new = rng.choice([-1.0, 1.0], n) * np.radians(rng.uniform(3.0, 6.0, n))
            long = np.radians(rng.uniform(30.0, 180.0, n)) / np.abs(new)
            rate = np.where(begins, new, rate)
            until = np.where(over, before + np.where(begins, long, rng.uniform(20.0, 40.0, n)), until)
            heading = heading + rate * dt
            xy = xy + (speed * dt)[:, None] * np.stack([np.sin(heading), np.cos(heading)], axis=1)
        out[i] = np.column_stack([xy, u])
    return out


def _when(duration_s: float, scan_s: float, n_radars: int) -> list[tuple[float, int]]:
    return sorted((t, k) for k, s in enumerate(FOUR[:n_radars]) for t in np.arange(s[6], duration_s, scan_s))


def make(n_drones: int, n_aircraft: int, duration_s: float, seed: int, p_detect: float = 0.85,
         clutter: float = 50.0, scan_s: float = 2.0, n_radars: int = 3) -> Streams:  # fmt: skip
    """Streams seen by three radars."""
    rng = np.random.default_rng(seed)
    when = _when(duration_s, scan_s, n_radars)
    times = np.array([t for t, _ in when])
    place = np.concatenate([_drones(rng, n_drones, times), _aircraft(rng, n_aircraft, times)], axis=1)
    cls = np.array(["drone"] * n_drones + ["aircraft"] * n_aircraft)
    return _seen(rng, when, place, cls, p_detect, clutter)


def make_turns(n_drones: int, n_aircraft: int, duration_s: float, seed: int, share: float = 1.0, n_radars: int = 3,
               scan_s: float = 2.0, p_detect: float = 0.9, clutter: float = 10.0) -> Streams:  # fmt: skip
    """Single targets, drones of 40 to 60 m/s and aircraft of 100 to 200 m/s, that turn at 3 to 6 degrees a second."""
    rng = np.random.default_rng(seed)
    when = _when(duration_s, scan_s, n_radars)
    times = np.array([t for t, _ in when])
    speed = np.concatenate([rng.uniform(40.0, 60.0, n_drones), rng.uniform(100.0, 200.0, n_aircraft)])
    cls = np.array(["drone"] * n_drones + ["aircraft"] * n_aircraft)
    return _seen(rng, when, _turning(rng, speed, times, share), cls, p_detect, clutter)


def _seen(rng: np.random.Generator, when: list[tuple[float, int]], place: np.ndarray, cls: np.ndarray,
          p_detect: float, clutter: float) -> Streams:  # fmt: skip
    n = place.shape[1]
    parts, truths, origins = [], [], []
    for i, (t, k) in enumerate(when):
        at, s = place[i], FOUR[k]
        d = at - np.array(s[:3])
        r, az = np.linalg.norm(d, axis=1), np.arctan2(d[:, 0], d[:, 1])
        el = np.arcsin(d[:, 2] / r)
        seen = (r > 500.0) & (r < 70e3) & (el < 0.78) & (rng.random(n) < p_detect)
        m = int(seen.sum())
        polar = np.stack([r[seen], az[seen], el[seen]], axis=1) + rng.normal(size=(m, 3)) * s[3:6]
        f = rng.poisson(clutter)
        false = np.stack([rng.uniform(500.0, 70e3, f), rng.uniform(-np.pi, np.pi, f), rng.uniform(-0.017, 0.105, f)], 1)
        both = np.concatenate([polar, false])
        order = rng.permutation(len(both))
        origin = np.concatenate([np.flatnonzero(seen), np.full(f, -1)])[order]
        parts.append(_reports(both[order], s, t, k))
        truths.append(pd.DataFrame({"time_s": t, "target_id": np.arange(n), "e": at[:, 0], "n": at[:, 1],
                                    "u": at[:, 2], "cls": cls, "frame": i}))  # fmt: skip
        origins.append(origin)
    return Streams(pd.concat(parts, ignore_index=True), pd.concat(truths, ignore_index=True), np.concatenate(origins))


def _reports(polar: np.ndarray, s: tuple[float, ...], t: float, k: int) -> pd.DataFrame:
    r, az, el = polar.T
    ce, se, sa, ca = np.cos(el), np.sin(el), np.sin(az), np.cos(az)
    z = np.stack([s[0] + r * ce * sa, s[1] + r * ce * ca, s[2] + r * se], axis=1)
    j = np.empty((len(r), 3, 3))
    j[:, :, 0] = np.stack([ce * sa, ce * ca, se], axis=1) * s[3]
    j[:, :, 1] = np.stack([r * ce * ca, -r * ce * sa, 0.0 * r], axis=1) * s[4]
    j[:, :, 2] = np.stack([-r * se * sa, -r * se * ca, r * ce], axis=1) * s[5]
    c = j @ j.transpose(0, 2, 1)
    return pd.DataFrame({
        "t_s": t, "sensor_id": k, "e_m": z[:, 0], "n_m": z[:, 1], "u_m": z[:, 2], "c_ee": c[:, 0, 0],
        "c_en": c[:, 0, 1], "c_eu": c[:, 0, 2], "c_nn": c[:, 1, 1], "c_nu": c[:, 1, 2], "c_uu": c[:, 2, 2],
    })  # fmt: skip
