"""The state of kernels/voices.py, grown as objects are heard."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from flightward.kernels import voices
from flightward.model import F64, I8, I64


class Voices:
    """What each object last said of its velocity, and when it last said where it is."""

    def __init__(self) -> None:
        self._state = np.full((64, voices.WIDTH), np.nan)

    def follow(self, t_s: F64, slot: I64, is_position: NDArray[np.bool_], velocity: F64) -> tuple[I8, F64]:
        """(N,) 1 for a position, 2 for a velocity worth a row of its own, 0 else; (N, 3) the velocity of each row."""
        n = int(slot.max(initial=-1)) + 1
        if n > len(self._state):
            more = np.full((2 * n - len(self._state), voices.WIDTH), np.nan)
            self._state = np.concatenate([self._state, more])
        keep, out = np.empty(len(t_s), dtype=np.int8), np.empty((len(t_s), 3))
        voices.voices(t_s, slot, is_position.astype(np.int8), velocity, self._state, keep, out)
        return keep, out
