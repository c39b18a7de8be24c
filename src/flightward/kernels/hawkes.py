"""Arrivals that bring arrivals: a Hawkes process on a baseline that steps, its likelihood, and its fit.

The rate is  lambda(t) = m g(t) + a d sum over earlier t_j of exp(-d (t - t_j)):  m scales a known baseline g, each
arrival brings a further ones on average (0 <= a < 1), exponentially late with mean 1 / d. One stretch of time is left
out: its arrivals still bring later ones, but neither they nor the silence in it count.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from flightward.kernels._jit import inner, kernel

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
MOST_A = 0.98
LEAST_RATE_HZ = 1e-12


@inner
def _seen(t_s: float, decay_hz: float, end_s: float, out_from_s: float, out_to_s: float) -> float:
    """The part of what an arrival at t_s brings that comes before the end and outside the stretch left out."""
    part = 1.0 - math.exp(-decay_hz * (end_s - t_s))
    if t_s < out_to_s and out_from_s < end_s:
        begin, stop = max(out_from_s, t_s), min(out_to_s, end_s)
        part -= math.exp(-decay_hz * (begin - t_s)) - math.exp(-decay_hz * (stop - t_s))
    return part


@kernel
def hawkes_loglik(
    t_s: F64, base_hz: F64, base_total: float, m: float, a: float, decay_hz: float,
    end_s: float, out_from_s: float, out_to_s: float, loglik_out: F64,
) -> None:  # fmt: skip
    """The log likelihood of N arrivals from 0 to end_s.

    t_s (N,)        in order, 0 <= t_s <= end_s.      base_hz (N,)   g at each arrival.
    base_total      the integral of g from 0 to end_s without the stretch out_from_s .. out_to_s.
    loglik_out      (1,); -inf where the rate at an arrival is 0.
    Source          Ozaki 1979 (the recursion); the stretch left out only drops its arrivals' terms and its integral.
    """
    total, excited, last = -m * base_total, 0.0, 0.0
    for i in range(t_s.shape[0]):
        excited *= math.exp(-decay_hz * (t_s[i] - last))
        last = t_s[i]
        if t_s[i] < out_from_s or t_s[i] >= out_to_s:
            rate = m * base_hz[i] + a * decay_hz * excited
            if rate <= 0.0:
                total = -math.inf
                break
            total += math.log(rate)
        total -= a * _seen(t_s[i], decay_hz, end_s, out_from_s, out_to_s)
        excited += 1.0
    loglik_out[0] = total


@inner
def _step(
    t_s: F64, base_hz: F64, first: int, stop: int, base_total: float, m: float, a: float, decay_hz: float,
    end_s: float, out_from_s: float, out_to_s: float,
) -> tuple[float, float, float]:  # fmt: skip
    """One step of expectation and maximisation for the arrivals first .. stop - 1."""
    excited, lateness, last = 0.0, 0.0, 0.0
    own, brought, late, visible = 0.0, 0.0, 0.0, 0.0
    for i in range(first, stop):
        dt = t_s[i] - last
        fade = math.exp(-decay_hz * dt)
        lateness = fade * (lateness + dt * excited)
        excited *= fade
        last = t_s[i]
        if t_s[i] < out_from_s or t_s[i] >= out_to_s:
            mine = m * base_hz[i]
            rate = max(mine + a * decay_hz * excited, LEAST_RATE_HZ)
            own += mine / rate
            brought += a * decay_hz * excited / rate
            late += a * decay_hz * lateness / rate
        visible += _seen(t_s[i], decay_hz, end_s, out_from_s, out_to_s)
        excited += 1.0
    m = own / base_total if base_total > 0.0 else 0.0
    a = min(brought / visible, MOST_A) if visible > 0.0 else 0.0
    return m, a, brought / late if late > 0.0 else decay_hz


@kernel
def hawkes_fit(
    t_s: F64, base_hz: F64, start: I64, base_total: float, end_s: float, out_from_s: float, out_to_s: float,
    slowest_hz: float, fastest_hz: float, n_steps: int, m_out: F64, a_out: F64, decay_hz_out: F64,
) -> None:  # fmt: skip
    """Fit B series of arrivals at once by n_steps of expectation and maximisation each.

    t_s, base_hz (N,)   arrivals and g there, series b in rows start[b] : start[b + 1], each in order.
    start (B + 1,)      int64.      the rest as in hawkes_loglik; decay stays within slowest_hz .. fastest_hz.
    m_out, a_out, decay_hz_out   (B,) in: where to begin; out: the fit.
    Source              Veen and Schoenberg 2008. The decay's own step leaves out that late offspring of late arrivals
                        are not seen: 1 / decay is minutes, the day is long.
    """
    for b in range(start.shape[0] - 1):
        m, a, decay = m_out[b], a_out[b], decay_hz_out[b]
        for _ in range(n_steps):
            m, a, decay = _step(
                t_s, base_hz, start[b], start[b + 1], base_total, m, a, decay, end_s, out_from_s, out_to_s
            )
            decay = min(max(decay, slowest_hz), fastest_hz)
        m_out[b], a_out[b], decay_hz_out[b] = m, a, decay
