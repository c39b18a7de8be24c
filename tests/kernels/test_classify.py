"""What a track is: hand cases, what must never be said too surely, and how well probabilities hold on wide habits."""

from __future__ import annotations

import math
import sys
from pathlib import Path

import numpy as np
import pytest

from flightward.kernels import trackstate
from flightward.kernels.classify import classify
from flightward.model import Kind
from flightward.tracks.kinds import TYPES, kind_options

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools"))

import kind_population as pop


def classed(speed_mps: float, height_m: float, rcs_m2: float | None = None, label: Kind | None = None) -> np.ndarray:
    s = trackstate.make(1, 1)
    s.state[0] = trackstate.CONFIRMED
    s.xm[0] = [0.0, 0.0, height_m, speed_mps, 0.0, 0.0]
    s.pm[0] = np.diag([50.0**2, 50.0**2, 50.0**2, 1.0, 1.0, 0.25])
    if rcs_m2 is not None:
        s.rcs[0] = [30.0, 30.0 * math.log(rcs_m2), 0.0]
    if label is not None:
        s.label[0] = math.log(0.01 / 4.0)
        s.label[0, label] = math.log(0.99)
    classify(s, kind_options(), np.ones((5, 2)), np.ones((2, 2)))
    assert s.p_class[0].sum() == pytest.approx(1.0)
    return np.asarray(s.p_class[0])


@pytest.mark.parametrize(
    ("speed", "height", "rcs", "kind"),
    [
        (45.0, 900.0, 0.05, Kind.DRONE), (140.0, 1_200.0, 0.2, Kind.DRONE), (230.0, 11_000.0, None, Kind.AIRCRAFT),
        (60.0, 500.0, 5.0, Kind.HELICOPTER), (13.0, 300.0, 0.006, Kind.BIRD),
    ],
)  # fmt: skip
def test_the_plain_ones(speed: float, height: float, rcs: float | None, kind: Kind) -> None:
    assert classed(speed, height, rcs).argmax() == kind


def test_fast_and_low_is_not_surely_an_aircraft() -> None:
    p = classed(150.0, 400.0)
    assert p[Kind.AIRCRAFT] < 0.6
    assert p[Kind.DRONE] > 0.4


def test_what_parks_is_what_it_says_it_is() -> None:
    assert classed(0.0, 150.0, label=Kind.AIRCRAFT).argmax() == Kind.AIRCRAFT
    assert classed(0.0, 150.0, label=Kind.HELICOPTER).argmax() == Kind.HELICOPTER


def test_what_nobody_expects_is_unknown() -> None:
    assert classed(600.0, 20_000.0).argmax() == Kind.UNKNOWN


def test_shares_of_a_kind_add_up() -> None:
    for kind in Kind:
        assert sum(t.share for t in TYPES if t.kind == kind) == pytest.approx(1.0)


def test_probabilities_hold_on_wide_habits() -> None:
    o = pop.population(np.random.default_rng(7), 3_000)
    p = pop.classes(o, kind_options())
    assert pop.log_loss(p, o.kind) < 0.58
    for k in (Kind.DRONE, Kind.AIRCRAFT, Kind.BIRD):
        for low in (0.0, 0.2, 0.4, 0.6, 0.8):
            m = (p[:, k] >= low) & (p[:, k] < low + 0.2)
            assert abs(p[m, k].mean() - (o.kind[m] == k).mean()) < 0.15
