"""What aircraft can do."""

from __future__ import annotations

from flightward.advice.performance import TYPES, cruise_mps, performance_of
from flightward.model import Path4D, f64


def plan(t: list[float], e: list[float], u: float = 500.0) -> Path4D:
    return Path4D(f64(t), f64(e), f64([0.0] * len(t)), f64([u] * len(t)))


def test_cruise_is_the_speed_of_half_the_way() -> None:
    assert cruise_mps(plan([0, 100, 1100, 1200], [0, 3_000, 63_000, 66_000])) == 60.0


def test_a_plan_that_stands_still_has_a_usable_cruise() -> None:
    assert cruise_mps(plan([0, 100], [0, 0])) == 60.0


def test_known_types_come_from_the_table_in_any_case() -> None:
    assert performance_of("ec35", plan([0, 100], [0, 6_000]), False) is TYPES["EC35"]


def test_an_unknown_type_is_a_helicopter_only_if_it_is_slow_and_uses_a_helipad() -> None:
    slow, fast = plan([0, 100], [0, 6_000]), plan([0, 100], [0, 15_000])
    assert performance_of("XXXX", slow, True).is_rotor
    assert not performance_of("XXXX", slow, False).is_rotor
    assert not performance_of(None, fast, True).is_rotor


def test_every_row_is_sensible() -> None:
    for row in TYPES.values():
        assert 40.0 < row.max_speed_mps < 270.0
        assert 2.0 < row.climb_mps < 20.0
        assert 2.0 < row.descent_mps <= 10.0
        assert 2_000.0 < row.ceiling_m < 15_000.0
