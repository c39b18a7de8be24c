"""Slow twins of the bearing kernels: sampling, explicit mixtures and numerical slopes, sharing no formula with them."""

from __future__ import annotations

import cmath

import numpy as np


def bearing(e: float, n: float) -> float:
    """Clockwise from north."""
    return cmath.phase(complex(n, e))


def wrapped(a: float) -> float:
    """The same angle in [-pi, pi)."""
    return (a + np.pi) % (2 * np.pi) - np.pi


def slopes(x: np.ndarray, lag: float, e: float, n: float) -> np.ndarray:
    """Gradient of the bearing of a state lag seconds ago, by differences."""
    out = np.zeros(6)
    for a in range(6):
        step = np.zeros(6)
        step[a] = 0.5 if a < 3 else 0.01
        there = [x + step, x - step]
        got = [bearing(s[0] - lag * s[3] - e, s[1] - lag * s[4] - n) for s in there]
        out[a] = wrapped(got[0] - got[1]) / (2 * step[a])
    return out


def moments(x: np.ndarray, p: np.ndarray, e: float, n: float, draws: int = 400_000) -> tuple[float, float]:
    """Mean (against the bearing of the mean) and variance of a Gaussian state's bearing, by sampling."""
    rng = np.random.default_rng(1)
    s = rng.multivariate_normal(x, p, draws)
    middle = bearing(x[0] - e, x[1] - n)
    a = np.angle(np.exp(1j * (np.arctan2(s[:, 0] - e, s[:, 1] - n) - middle)))
    return float(a.mean()), float(a.var())


def mixture(
    x: np.ndarray, p: np.ndarray, h: np.ndarray, var: float, innovation: np.ndarray, weight: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Mean and covariance of: each innovation with its weight, none with the rest; every part a plain Kalman update."""
    gain = p @ h / (h @ p @ h + var)
    parts = [(1.0 - weight.sum(), x, p)]
    joseph = np.eye(len(x)) - np.outer(gain, h)
    after = joseph @ p @ joseph.T + var * np.outer(gain, gain)
    parts += [(w, x + gain * y, after) for w, y in zip(weight, innovation, strict=True)]
    mean = sum(w * m for w, m, _ in parts)
    cov = sum(w * (c + np.outer(m - mean, m - mean)) for w, m, c in parts)
    return mean, cov


def cross(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Where two lines (e, n, azimuth) cross, by solving for both distances."""
    ua, ub = np.array([np.sin(a[2]), np.cos(a[2])]), np.array([np.sin(b[2]), np.cos(b[2])])
    r = np.linalg.solve(np.stack([ua, -ub], axis=1), b[:2] - a[:2])
    return np.array([*(a[:2] + r[0] * ua), *r])


def surprise(step: np.ndarray, before: np.ndarray, after: np.ndarray, floor: float) -> float:
    """Half the squared length of a step, whitened by eigenvectors of what a covariance shrank by."""
    value, vector = np.linalg.eigh(before - after)
    value = np.maximum(value, floor * np.linalg.eigvalsh(before)[0])
    return float(0.5 * sum((vector[:, a] @ step) ** 2 / value[a] for a in range(2)))
