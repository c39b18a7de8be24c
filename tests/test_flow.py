"""The whole flow on the small day: tables as documented, the same bytes twice, replay the same, the flight warned."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from flightward.feeds.case import read_case
from flightward.run import replay, run_case

D, S, B, N, H, L = pa.float64(), pa.string(), pa.bool_(), pa.int32(), pa.uint64(), pa.binary()
TABLES = {
    "tracks": {
        "t_s": D, "track_id": S, "lat_deg": D, "lon_deg": D, "hae_m": D, "ve_mps": D, "vn_mps": D, "vu_mps": D,
        "sigma_h_m": D, "sigma_v_m": D, "p_exists": D, "kind": S, "p_kind": D, "hostile": B, "identity": S,
        "raid_id": S, "age_s": D, "integrity": S, "p_hostile": D, "hostile_source": S,
    },
    "raids": {
        "t_s": D, "raid_id": S, "n": N, "lat_deg": D, "lon_deg": D, "course_rad": D, "speed_mps": D,
        "arrivals_per_min": D, "extent_wkb": L, "arrivals_lo": D, "arrivals_hi": D, "change_since_s": D,
        "change_ratio": D,
    },
    "forecast": {"issued_s": D, "horizon_s": D, "h3": H, "p_any": D, "n_expected": D},
    "forecast_near": {"issued_s": D, "horizon_s": D, "h3": H, "p_any": D, "n_expected": D},
    "threats": {
        "t_s": D, "flight_id": S, "hazard_kind": S, "hazard_id": S, "level": S, "p": D, "t_to_s": D, "miss_h_m": D,
        "miss_v_m": D, "reason": S, "site_id": S, "p_alert": D,
    },
    "warnings": {
        "warning_id": S, "flight_id": S, "hazard_kind": S, "level": S, "raised_s": D, "first_caution_s": D,
        "cleared_s": D, "predicted_caught_s": D, "p": D, "reason": S, "site_id": S, "clear_again_s": D,
        "clear_again_lo_s": D, "clear_again_hi_s": D, "decide_by_s": D,
    },
    "warning_history": {"warning_id": S, "t_s": D, "p": D, "level": S, "reason": S, "n": N},
    "warning_acts": {"warning_id": S, "t_s": D, "act": S, "person": S, "to_whom": S, "how": S, "note": S},
    "advice": {
        "t_s": D, "flight_id": S, "option": S, "p_caught": D, "delay_s": D, "extra_m": D, "decide_by_s": D,
        "route_wkb": L, "text": S,
    },
    "outlook": {"issued_s": D, "horizon_s": D, "area": S, "is_on": B, "p_alert": D, "starts_per_h": D},
}


@pytest.fixture(name="day")
def the_day(small_run: tuple[Path, Path]) -> tuple[Path, Path]:
    return small_run


def digests(out: Path) -> dict[str, str]:
    return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(out.glob("*.parquet"))}


@pytest.mark.parametrize("name", TABLES)
def test_a_table_has_its_columns_first_in_order_and_type(day: tuple[Path, Path], name: str) -> None:
    got = pq.read_schema(day[1] / f"{name}.parquet")
    want = TABLES[name]
    assert [(f.name, f.type) for f in got][: len(want)] == list(want.items())


def test_the_flight_that_is_caught_is_warned_and_advised(day: tuple[Path, Path]) -> None:
    warnings = pq.read_table(day[1] / "warnings.parquet").to_pylist()
    mine = [w for w in warnings if w["flight_id"] == "HEMS1" and w["hazard_kind"] in ("raid", "zone", "drone")]
    assert mine, "HEMS1 flies into the raid and was not warned"
    assert all(w["reason"] for w in mine)
    advice = pq.read_table(day[1] / "advice.parquet").to_pylist()
    assert {"continue"} < {a["option"] for a in advice if a["flight_id"] == "HEMS1"}


def test_every_flight_has_a_row_every_second(day: tuple[Path, Path]) -> None:
    rows = pq.read_table(day[1] / "threats.parquet", columns=["t_s", "flight_id"]).to_pylist()
    seconds = {(r["t_s"], r["flight_id"]) for r in rows if r["flight_id"] is not None}
    case = read_case(day[0])
    n = int(case.setup.end_s) - int(case.setup.start_s) + 1
    assert len(seconds) == 2 * n


def test_the_same_case_gives_the_same_bytes(day: tuple[Path, Path], tmp_path: Path) -> None:
    run_case(day[0], tmp_path / "again")
    assert digests(tmp_path / "again") == digests(day[1])
    again, first = (json.loads((p / "summary.json").read_text()) for p in (tmp_path / "again", day[1]))
    assert again == first


def test_the_recording_replays_to_the_same_bytes(day: tuple[Path, Path], tmp_path: Path) -> None:
    replay(day[1] / "recording.mcap", tmp_path / "replayed")
    assert digests(tmp_path / "replayed") == digests(day[1])


def test_without_tables_the_warnings_are_the_same(day: tuple[Path, Path], tmp_path: Path) -> None:
    quick = run_case(day[0], tmp_path / "quick", tables=False)
    assert quick.summary["warnings"] == json.loads((day[1] / "summary.json").read_text())["warnings"]
    assert not list((tmp_path / "quick").glob("*.parquet"))
