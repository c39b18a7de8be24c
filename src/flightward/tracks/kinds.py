"""What flies, as the classifier knows it: types of drones, aircraft, helicopters, birds and unknown things.

Rows from data were fitted by tools/fit_kinds.py, which names the files; the others say what is known of such things in
general, on purpose wide. Sources of radar cross-sections: Encyclopaedia Britannica, "Radar: target size"
(airliners 10 to 100 m2, small aircraft 2 m2, a bird 0.01 m2); for small drones (0.001 to 0.1 m2) M. Rosamilia et al.,
RCS measurements of UAVs, IEEE MetroAeroSpace 2022, and J. Patel et al., IET Radar, Sonar & Navigation 12 (2018)
911-919. Air speeds of birds: T. Alerstam et al., PLoS Biology 5 (2007) e197 (8 to 23 m/s). How well it does:
docs/design/calibration.md.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from flightward.kernels.classify import KindOptions
from flightward.model import Kind, f64, i64

SLOW_MPS = 2.0
"""Speeds count as sqrt(v2 + SLOW2): what stands has a logarithm too."""

PRIOR = {Kind.DRONE: 0.40, Kind.AIRCRAFT: 0.20, Kind.HELICOPTER: 0.10, Kind.BIRD: 0.25, Kind.UNKNOWN: 0.05}
TAIL = 0.03
"""Share of each kind that does what nobody expects of it (it is spread as the unknown are)."""

TEMPER = 1.0
"""Exponent on the evidence of motion and size; tools/fit_kinds.py finds 1.16, but the world is wider than that."""


class Type(NamedTuple):
    """One type: its kind and share of it; medians and spreads (in ln) of speed and cross-section; height; climb."""

    name: str
    kind: Kind
    share: float
    speed_mps: float
    speed_ln: float
    height_m: float
    height_sigma_m: float
    climb_mps: float
    rcs_m2: float
    rcs_ln: float


TYPES = (
    Type("long-range drone, piston", Kind.DRONE, 0.65, 43.0, 0.35, 1_300.0, 1_000.0, 1.5, 0.06, 1.3),
    Type("long-range drone, jet", Kind.DRONE, 0.15, 140.0, 0.30, 1_800.0, 1_400.0, 3.0, 0.2, 1.2),
    Type("small drone", Kind.DRONE, 0.20, 12.0, 0.70, 450.0, 400.0, 2.0, 0.02, 1.2),
    Type("airliner at cruise", Kind.AIRCRAFT, 0.45, 231.5, 0.09, 11_180.0, 820.0, 1.6, 30.0, 1.1),  # Swiss
    Type("climbing, descending", Kind.AIRCRAFT, 0.25, 162.0, 0.31, 5_130.0, 3_020.0, 10.5, 20.0, 1.2),  # OpenSky
    Type("light aircraft", Kind.AIRCRAFT, 0.25, 55.0, 0.55, 900.0, 700.0, 4.1, 2.5, 1.1),  # OpenSky; higher ground
    Type("aircraft, slow or taxiing", Kind.AIRCRAFT, 0.05, 4.0, 0.90, 300.0, 350.0, 1.5, 10.0, 1.5),
    Type("helicopter, cruise", Kind.HELICOPTER, 0.85, 58.5, 0.27, 650.0, 450.0, 3.5, 5.0, 1.1),  # MIT LL, 758 h
    Type("helicopter, slow or hovering", Kind.HELICOPTER, 0.15, 12.0, 0.80, 400.0, 350.0, 2.5, 5.0, 1.1),
    Type("bird", Kind.BIRD, 0.90, 13.0, 0.33, 500.0, 450.0, 1.0, 0.008, 1.2),
    Type("bird on migration", Kind.BIRD, 0.10, 15.0, 0.30, 1_800.0, 900.0, 1.0, 0.008, 1.2),
    Type("unknown", Kind.UNKNOWN, 1.0, 30.0, 1.30, 3_000.0, 4_000.0, 5.0, 0.3, 3.0),
)


def kind_options(temper: float = TEMPER) -> KindOptions:
    """The types as the kernel takes them, each kind with its tail."""
    wide = TYPES[-1]
    rows = [t._replace(share=(1.0 - TAIL) * t.share) for t in TYPES]
    rows += [wide._replace(kind=k, share=TAIL) for k in Kind]
    return KindOptions(
        kind=i64([t.kind for t in rows]),
        ln_weight=np.log(f64([PRIOR[t.kind] * t.share for t in rows])),
        ln_speed=np.log(f64([t.speed_mps for t in rows])), ln_speed_sigma=f64([t.speed_ln for t in rows]),
        height_m=f64([t.height_m for t in rows]), height_sigma_m=f64([t.height_sigma_m for t in rows]),
        climb_mps=f64([t.climb_mps for t in rows]),
        ln_rcs=np.log(f64([t.rcs_m2 for t in rows])), ln_rcs_sigma=f64([t.rcs_ln for t in rows]),
        temper=temper, slow_mps=SLOW_MPS,
    )  # fmt: skip
