"""Slow twins of the tracking kernels: dense matrices and brute force, sharing no formula with them."""

from __future__ import annotations

import itertools
import math

import numpy as np


def transition(dt: float) -> np.ndarray:
    """The 6 x 6 constant-velocity matrix."""
    f = np.eye(6)
    f[:3, 3:] = dt * np.eye(3)
    return f


def noise(q: tuple[float, float], dt: float, steps: int = 4000) -> np.ndarray:
    """Process noise by adding up small steps instead of the integral."""
    g = np.diag([q[0], q[0], q[1]])
    out = np.zeros((6, 6))
    h = dt / steps
    for k in range(steps):
        left = dt - (k + 0.5) * h
        b = np.vstack([left * np.eye(3), np.eye(3)])
        out += b @ g @ b.T * h
    return out


def fly(x: np.ndarray, dt: float, kept_s: float, steps: int = 2000) -> np.ndarray:
    """Seven numbers dt seconds on: Runge-Kutta on a course that turns at the mean of its fading rate over dt."""
    rate = x[6] * np.mean(np.exp(-(np.arange(steps) + 0.5) * dt / steps / kept_s))

    def slope(y: np.ndarray) -> np.ndarray:
        return np.array([y[3], y[4], y[5], rate * y[4], -rate * y[3], 0.0])

    y, h = x[:6].copy(), dt / steps
    for _ in range(steps):
        a = slope(y)
        b = slope(y + 0.5 * h * a)
        c = slope(y + 0.5 * h * b)
        y += h / 6.0 * (a + 2.0 * b + 2.0 * c + slope(y + h * c))
    return np.append(y, x[6] * math.exp(-dt / kept_s))


def fly_gradient(x: np.ndarray, dt: float, kept_s: float) -> np.ndarray:
    """7 x 7 by differences."""
    out, h = np.empty((7, 7)), np.array([1.0, 1.0, 1.0, 0.1, 0.1, 0.1, 1e-4])
    for j in range(7):
        d = np.zeros(7)
        d[j] = h[j]
        out[:, j] = (fly(x + d, dt, kept_s, 400) - fly(x - d, dt, kept_s, 400)) / (2.0 * h[j])
    return out


def turn_noise(
    v: np.ndarray, q: tuple[float, float], var: float, kept_s: float, dt: float, steps: int = 4000
) -> np.ndarray:
    """7 x 7 noise of acceleration q and of a turn rate that strays by var (fading in kept_s) at a velocity v (2,).

    Kicks one after the other: each fades step by step, is summed to an angle, and that to an offset across.
    """
    out = np.zeros((7, 7))
    out[:6, :6] = noise(q, dt, steps)
    h, across = dt / steps, np.array([v[1], -v[0]])
    rate, angle, off = 1.0, 0.0, 0.0
    for k in range(steps + 1):
        b = np.zeros(7)
        b[:2], b[3:5], b[6] = across * off, across * angle, rate
        out += (0.5 if k in (0, steps) else 1.0) * 2.0 * var / kept_s * h * np.outer(b, b)
        faded = rate * (1.0 - h / kept_s + 0.5 * (h / kept_s) ** 2)
        turned = angle + 0.5 * h * (rate + faded)
        off += 0.5 * h * (angle + turned)
        rate, angle = faded, turned
    return out


def update(x: np.ndarray, p: np.ndarray, h: np.ndarray, z: np.ndarray, r: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Information form of the Kalman update."""
    info = np.linalg.inv(p)
    post = np.linalg.inv(info + h.T @ np.linalg.inv(r) @ h)
    return post @ (info @ x + h.T @ np.linalg.inv(r) @ z), post


def cheapest(cost: np.ndarray) -> float:
    """Least total of a one-to-one pairing in which any row may stay alone; inf = no edge. Tries everything."""
    n, m = cost.shape
    best = 0.0
    for k in range(1, min(n, m) + 1):
        for rows in itertools.combinations(range(n), k):
            for cols in itertools.permutations(range(m), k):
                best = min(best, sum(cost[r, c] for r, c in zip(rows, cols, strict=True)))
    return best


def is_above_horizon(d_m: float, u_m: float, own_u_m: float, radius_m: float) -> bool:
    """Straight line between two heights over a round Earth, by its lowest point."""
    angle = d_m / radius_m
    a = np.array([0.0, radius_m + own_u_m])
    b = (radius_m + u_m) * np.array([math.sin(angle), math.cos(angle)])
    points = a + np.linspace(0.0, 1.0, 20001)[:, None] * (b - a)
    return bool(np.min(np.hypot(points[:, 0], points[:, 1])) >= radius_m)
