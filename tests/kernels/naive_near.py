"""Slow twin of the chances of coming near: many trials flown in small steps. Shares no formula with the kernels."""

from __future__ import annotations

import numpy as np


def fly(rng, n, own, own_cov, other, other_cov, cross, turns, until_s, step_s):
    """Yield (t, place (n, 3), velocity (n, 3)) of the other against the own, velocities turned step by step."""
    both = np.block([[own_cov, cross], [cross.T, other_cov]])
    values, vectors = np.linalg.eigh(both)
    root = vectors * np.sqrt(np.maximum(values, 0.0))
    states = np.concatenate([own, other]) + rng.standard_normal((n, 12)) @ root.T
    places = [states[:, 0:3].copy(), states[:, 6:9].copy()]
    speeds = [states[:, 3:6].copy(), states[:, 9:12].copy()]
    steps = max(int(np.ceil(until_s / step_s)), 1)
    dt = until_s / steps
    for k in range(steps + 1):
        yield k * dt, places[1] - places[0], speeds[1] - speeds[0]
        for who in range(2):
            # east + i north turned clockwise; half a step before and half after the move
            half = np.exp(-0.5j * turns[who] * dt)
            course = (speeds[who][:, 0] + 1j * speeds[who][:, 1]) * half
            places[who] += dt * np.stack([course.real, course.imag, speeds[who][:, 2]], axis=1)
            course = course * half
            speeds[who][:, 0], speeds[who][:, 1] = course.real, course.imag


def in_cylinder(radius_m, half_m):
    return lambda place, velocity: (np.hypot(place[:, 0], place[:, 1]) <= radius_m) & (np.abs(place[:, 2]) <= half_m)


def in_sphere(radius_m):
    return lambda place, velocity: np.linalg.norm(place, axis=1) <= radius_m


def not_well_clear(distance_m, height_m, tau_s, coaltitude_s):
    """The instantaneous predicate of DO-365 with its modified tau."""

    def inside(place, velocity):
        away2 = (place[:, :2] ** 2).sum(axis=1)
        closing = (place[:, :2] * velocity[:, :2]).sum(axis=1)
        speed2 = (velocity[:, :2] ** 2).sum(axis=1)
        with np.errstate(invalid="ignore", divide="ignore"):
            tau = np.where(closing < 0.0, (distance_m**2 - away2) / closing, -1.0)
            t_near = np.where(speed2 > 0.0, -closing / speed2, 0.0)
            least = np.linalg.norm(place[:, :2] + t_near[:, None] * velocity[:, :2], axis=1)
            t_level = -place[:, 2] / velocity[:, 2]
        flat = (away2 <= distance_m**2) | ((least <= distance_m) & (tau >= 0.0) & (tau <= tau_s))
        return flat & ((np.abs(place[:, 2]) <= height_m) | ((t_level >= 0.0) & (t_level <= coaltitude_s)))

    return inside


def chance(inside, n, seed, until_s, step_s, own, own_cov, other, other_cov, cross=None, turns=(0.0, 0.0)):
    """Share of n trials that are inside at some step, at the first step, and the standard error of the first."""
    rng = np.random.default_rng(seed)
    cross = np.zeros((6, 6)) if cross is None else cross
    hit, now = np.zeros(n, bool), None
    for _, place, velocity in fly(rng, n, own, own_cov, other, other_cov, cross, turns, until_s, step_s):
        here = inside(place, velocity)
        now = here if now is None else now
        hit |= here
    p = hit.mean()
    return p, now.mean(), np.sqrt(max(p * (1.0 - p), 1.0 / n) / n)
