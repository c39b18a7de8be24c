"""A batch of 4D paths with how well they are known."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np

from flightward.model.batch import F64, I64, Batch, column, f64, starts
from flightward.model.flights import FlightStates, Path4D


@dataclasses.dataclass(frozen=True)
class PathBatch(Batch):
    """P paths, straight at constant speed between points; on the ground before the first and after the last one."""

    sigma_h_m: F64 = column("f8", "m", "1 sigma of each horizontal axis now")
    sigma_growth_mps: F64 = column("f8", "m/s", "how fast that grows")
    start: I64 = starts("rows of the points")
    t_s: F64 = column("f8", "s", "POSIX UTC; never falls within a path", flat="start")
    e_m: F64 = column("f8", "m", "plane east", flat="start")
    n_m: F64 = column("f8", "m", "plane north", flat="start")
    u_m: F64 = column("f8", "m", "height above the ellipsoid", flat="start")

    @classmethod
    def of(
        cls, paths: Sequence[Path4D], sigma_h_m: F64 | float = 0.0, sigma_growth_mps: F64 | float = 0.0
    ) -> PathBatch:
        """A batch of single paths; a sigma is one number for all or one per path."""
        sizes = [len(path) for path in paths]

        def flat(name: str) -> F64:
            return np.concatenate([getattr(path, name) for path in paths]) if paths else np.zeros(0)

        return cls(
            sigma_h_m=f64(np.broadcast_to(sigma_h_m, len(paths)).copy()),
            sigma_growth_mps=f64(np.broadcast_to(sigma_growth_mps, len(paths)).copy()),
            start=np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes, dtype=np.int64)]),
            t_s=flat("t_s"), e_m=flat("e_m"), n_m=flat("n_m"), u_m=flat("u_m"),
        )

    @classmethod
    def expected(cls, states: FlightStates) -> PathBatch:
        """The expected paths of all flights."""
        return cls(
            sigma_h_m=states.sigma_h_m, sigma_growth_mps=states.sigma_growth_mps, start=states.start,
            t_s=states.path_t_s, e_m=states.path_e_m, n_m=states.path_n_m, u_m=states.path_u_m,
        )
