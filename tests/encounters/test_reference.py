"""Every row of the reference's pairs, sequences and pairs with errors, beside the project."""

from __future__ import annotations

import math
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pc
import pytest

from flightward.encounters import evaluate_pairs, evaluate_sequence
from flightward.encounters.tables import ERROR_COLUMNS, PAIR_COLUMNS, WITHOUT

STATES = [f"{who}{what}" for who in "oi" for what in ("x_m", "y_m", "z_m", "vx_mps", "vy_mps", "vz_mps")]


@pytest.fixture(scope="module")
def reference(shared_data: Path):
    def read(name: str) -> pa.Table:
        path = shared_data / "encounters" / f"reference_{name}_sample.csv"
        if not path.is_file():
            pytest.skip(f"needs {path.name} beside the project")
        return pc.read_csv(path)

    return read


def differences(want: pa.Table, got: pa.Table, names: list[str]) -> list[tuple[str, int, object, object]]:
    """Whole numbers and what is missing exactly, distances within 1e-5 m, times within 1e-6 s or 1e-9."""
    found = []
    for name in names:
        for i, (a, b) in enumerate(zip(want[name].to_pylist(), got[name].to_pylist(), strict=True)):
            tolerance = 1e-5 if name.endswith("_m") else max(1e-6, 1e-9 * abs(a or 0.0)) if name.endswith("_s") else 0
            if (a is None) != (b is None) or (a is not None and not math.isclose(a, b, rel_tol=0, abs_tol=tolerance)):
                found.append((name, i, a, b))
    return found


def test_every_pair_agrees_with_the_reference(reference):
    want = reference("pairs")
    got = evaluate_pairs(want.select(["id", "config", "alerter", *STATES]))
    assert differences(want, got, PAIR_COLUMNS) == []
    assert set(got["status"].to_pylist()) == {0}
    assert set(PAIR_COLUMNS) <= set(want.column_names)


def test_every_pair_agrees_when_the_standard_is_given_by_keyword(reference):
    want = reference("pairs")
    for config in want["config"].unique().to_pylist():
        for alerter in (1, 2, 3):
            rows = [
                i for i, row in enumerate(zip(want["config"].to_pylist(), want["alerter"].to_pylist(), strict=True))
                if row == (config, alerter)
            ]  # fmt: skip
            if rows:
                some = want.take(rows)
                got = evaluate_pairs(some.select(STATES), standard=config, alerter=alerter)
                assert differences(some, got, PAIR_COLUMNS) == []
                quick = evaluate_pairs(some.select(STATES), config, alerter, columns=["alert_level", "corr_t_in_s"])
                assert differences(some, quick, ["alert_level", "corr_t_in_s"]) == []


def test_every_pair_with_errors_agrees_with_the_reference(reference):
    want = reference("sum")
    got = evaluate_pairs(want.select(["config", "alerter", *STATES, *ERROR_COLUMNS.values()]))
    names = [f"t_{side}_{k}_s" for k in (1, 2, 3) for side in ("in", "out")]
    assert differences(want, got, [*names, "alert_level", WITHOUT]) == []


def test_every_step_of_the_sequences_agrees_with_the_reference(reference):
    want = reference("sequences")
    got = evaluate_sequence(want.select(["seq", "config", "alerter", "t_s", "visible", *STATES]))
    assert differences(want, got, ["raw_level", "alert_level", "corr_t_in_s"]) == []
    assert set(got["status"].to_pylist()) == {0}
