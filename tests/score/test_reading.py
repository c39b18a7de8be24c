"""What the scorer reads of a case: any feed, any zone, any truth, or one clear line that it cannot."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq
import pytest

from flightward.errors import BadInput
from flightward.score import caught_table, score, to_markdown
from flightward.score.day import read_day
from flightward.score.reports import radar_plots, read_reports


def caught_under_a_radar(tiny: Any) -> Path:
    """A case of 200 s whose flight takes off at 100 s beside a drone, in sight of a radar; its feed is tabular."""
    tiny.seconds = 200
    tiny.flight("F", 20_000.0, 0.0, 500.0, ground=np.arange(201) < 100)
    tiny.object("d", 20_500.0, 0.0, 500.0)
    tiny.radar()
    return Path(tiny.write()[0])


def with_feed(case: Path, kind: str, file: str, data: bytes, more: str = "") -> Path:
    """The case with another feed in place of its own."""
    text = (case / "case.toml").read_text().partition("[[feed]]")[0]
    (case / "case.toml").write_text(f'{text}[[feed]]\nname = "r"\nformat = "{kind}"\nfile = "{file}"\n{more}')
    (case / file).write_bytes(data)
    return case


def is_blind(case: Path) -> bool:
    return bool(caught_table(case)[0]["caught"]["blind"])


def asterix(t_s: float) -> bytes:
    """A block of CAT 048 of one plot: I048/010, 140, 020, 040 (50 NM, 90 degrees)."""
    tod = round(t_s % 86_400.0 * 128.0).to_bytes(3, "big")
    record = b"\xf0" + bytes([25, 201]) + tod + b"\xa0" + (256 * 50).to_bytes(2, "big") + b"\x40\x00"
    return b"\x30" + (3 + len(record)).to_bytes(2, "big") + record


def test_a_radar_that_speaks_asterix_is_not_silent(tiny: Any) -> None:
    data = b"".join(asterix(tiny.t(s)) for s in range(0, 200, 4))
    case = with_feed(caught_under_a_radar(tiny), "asterix-raw", "r.ast", data, 'sensors = {"25/201" = "r1"}\n')
    assert not is_blind(case)
    day = read_day(case)
    plots = radar_plots(day, read_reports(day))
    assert len(plots.t_s) == 50
    assert plots.e_m == pytest.approx(50 * 1852.0, rel=2e-4)
    (case / "r.ast").unlink()
    with pytest.raises(BadInput, match="is not there"):
        caught_table(case)


def test_a_score_says_when_no_sensor_ever_spoke(tiny: Any) -> None:
    caught_under_a_radar(tiny)
    tiny.reports = []
    case, out = tiny.write()
    result = score(case, out, parts=())
    assert result["flights"][0]["caught"]["blind"]
    assert "ever spoke" in to_markdown(result)


@pytest.mark.parametrize("kind", ["reports-parquet", "reports-csv"])
def test_tables_may_be_packed_and_lack_columns(tiny: Any, kind: str) -> None:
    case = caught_under_a_radar(tiny)
    table = pq.read_table(case / "reports.parquet").select(["t_s", "sensor_id", "range_m", "azimuth_rad"])
    sink = pa.BufferOutputStream()
    if kind == "reports-csv":
        pacsv.write_csv(table, sink)
        sink.write(b'not a time,"r1",,\n')
    else:
        pq.write_table(table, sink)
    assert not is_blind(with_feed(case, kind, "r.gz", gzip.compress(sink.getvalue().to_pybytes())))
    with pytest.raises(BadInput, match=f"cannot be read as {kind}"):
        is_blind(with_feed(case, kind, "r.gz", gzip.compress(b"t_rx_s\n1\n")))


def test_a_sensor_or_a_site_without_height_stands_at_sea_level(tiny: Any) -> None:
    tiny.toml.append('[[site]]\nid = "s"\nlat_deg = 50.0\nlon_deg = 20.0\n')
    case = caught_under_a_radar(tiny)
    toml = case / "case.toml"
    toml.write_text(toml.read_text().replace("hae_m = 0.0\n", "").replace("[area]", "[area]\ngeoid_m = 30.0"))
    day = read_day(case)
    assert (day.sensors[0].hae_m, day.sites["s"][2]) == (30.0, 30.0)


def test_zones_and_plans_of_files_are_scored_as_those_of_the_case(tiny: Any) -> None:
    tiny.flight("F", 0.0, 0.0, 500.0)
    tiny.object("d", 30_000.0, 0.0, 9_000.0)
    tiny.flight("G", 0.0, 0.0, 500.0)
    ring = [[19.9, 49.9], [20.1, 49.9], [20.1, 50.1], [19.9, 50.1], [19.9, 49.9]]
    shape = {"type": "Polygon", "coordinates": [ring]}
    area = {"type": "Feature", "id": "z", "properties": {"kind": "defended"}, "geometry": shape}
    g = tiny.flights.pop()["waypoints"]
    rows = [f"G,{p['t_s']},{p['lat_deg']},{p['lon_deg']},{p['hae_m']}" for p in g]
    tiny.toml.append('[[zone]]\nid = "f"\nformat = "zones-geojson"\nfile = "z.json"\n')
    tiny.toml.append('[[plan]]\nformat = "plan-csv"\nfile = "p.csv"\n')
    case, _ = tiny.write()
    (case / "z.json").write_text(json.dumps({"type": "FeatureCollection", "features": [area]}))
    (case / "p.csv").write_text("\n".join(["flight_id,t_s,lat_deg,lon_deg,hae_m", *rows]))
    assert [(r["flight_id"], r["caught"]["cause"]) for r in caught_table(case)] == [("F", "zone"), ("G", "zone")]
    (case / "z.json").unlink()
    with pytest.raises(BadInput, match="is not there"):
        caught_table(case)


def change(case: Path, name: str, row: int, value: object) -> None:
    rows = pq.read_table(case / "truth.parquet").to_pylist()
    rows[row][name] = value
    pq.write_table(pa.Table.from_pylist(rows), case / "truth.parquet")


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("t_s", None, "null or not finite"),
        ("t_s", 5e11, "more than can be scored"),
        ("object_id", None, "holds a null"),
    ],
)
def test_a_truth_with_a_wrong_value_is_one_clear_line(tiny: Any, name: str, value: object, said: str) -> None:
    case = caught_under_a_radar(tiny)
    change(case, name, 3, value)
    with pytest.raises(BadInput, match=said):
        read_day(case)


def test_a_truth_that_cannot_be_read_or_lacks_a_column_is_one_clear_line(tiny: Any) -> None:
    truth = caught_under_a_radar(tiny) / "truth.parquet"
    pq.write_table(pq.read_table(truth).drop_columns(["on_ground"]), truth)
    with pytest.raises(BadInput, match="columns missing: on_ground"):
        read_day(truth.parent)
    truth.write_bytes(b"no parquet")
    with pytest.raises(BadInput, match="cannot be read as the truth"):
        read_day(truth.parent)


def test_a_truth_without_rows_is_a_day_on_which_nothing_was_there(tiny: Any) -> None:
    tiny.seconds = 600
    tiny.object("d", 0.0, 0.0, 500.0)
    case, out = tiny.write()
    pq.write_table(pq.read_table(case / "truth.parquet").slice(0, 0), case / "truth.parquet")
    result = score(case, out, parts=("tracking", "forecast"))
    assert to_markdown(result)
    assert result["totals"]["flights"] == 0
    assert result["forecast"]["horizons"]["5"]["brier_sum"] == 0.0
