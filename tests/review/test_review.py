"""The page about one flight: its numbers on hand-made days, its words, and that it needs nothing from outside."""

from __future__ import annotations

import json
import re
import struct
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyproj import Proj

from flightward.errors import BadInput
from flightward.review import findings, review
from flightward.review.timeline import events

START_S = 1_760_000_040.0
PLANE = Proj(proj="stere", lat_0=50.0, lon_0=20.0, ellps="WGS84")
D, S, B = pa.float64(), pa.string(), pa.binary()
SCHEMAS = {
    "tracks": {
        "t_s": D, "track_id": S, "lat_deg": D, "lon_deg": D, "hae_m": D, "sigma_h_m": D, "p_exists": D, "kind": S,
        "hostile": pa.bool_(), "identity": S, "raid_id": S, "age_s": D, "integrity": S, "p_hostile": D,
    },
    "raids": {
        "t_s": D, "raid_id": S, "n": pa.int32(), "lat_deg": D, "lon_deg": D, "course_rad": D, "speed_mps": D,
        "arrivals_per_min": D, "extent_wkb": B,
    },
    "threats": {
        "t_s": D, "flight_id": S, "hazard_kind": S, "hazard_id": S, "level": S, "p": D, "t_to_s": D, "reason": S,
    },
    "warnings": {
        "warning_id": S, "flight_id": S, "hazard_kind": S, "level": S, "raised_s": D, "first_caution_s": D,
        "cleared_s": D, "predicted_caught_s": D, "p": D, "reason": S,
    },
    "advice": {
        "t_s": D, "flight_id": S, "option": S, "p_caught": D, "delay_s": D, "extra_m": D, "decide_by_s": D,
        "route_wkb": B, "text": S,
    },
}  # fmt: skip
TOML = f"""name = "tiny day"
real = "nothing"
simulated = "everything"
source = "by hand"
start_s = {START_S}
end_s = {START_S + 1800}
[area]
lat_deg = 50.0
lon_deg = 20.0
radius_m = 60000.0
[[sensor]]
id = "radar-1"
kind = "radar"
lat_deg = 50.0
lon_deg = 20.0
hae_m = 100.0
max_range_m = 50000.0
[[site]]
id = "site-1"
name = "Hospital"
lat_deg = 50.05
lon_deg = 20.05
hae_m = 100.0
kind = "hospital"
[[zone]]
id = "z1"
kind = "defended"
polygon = [[20.2, 50.2], [20.3, 50.2], [20.3, 50.3]]
active = [{{from_s = {START_S + 10}, to_s = {START_S + 60}}}]
"""


def lon_lat(e_m: float, n_m: float) -> tuple[float, float]:
    lon, lat = PLANE(e_m, n_m, inverse=True)
    return float(lon), float(lat)


class Day:
    """Half an hour: a helicopter flies east at 50 m/s; three drones come at it from the east, 30 m/s, 200 m higher."""

    def __init__(self, folder: Path) -> None:
        self.case, self.out = folder / "case", folder / "out"
        self.rows: dict[str, list[dict[str, Any]]] = {name: [] for name in SCHEMAS}
        self.truth: list[dict[str, Any]] = []
        for s in range(1801):
            self.own(s)
            for k in range(3):
                self.drone(s, f"d{k}", 90_000.0 - 30.0 * s, 200.0 * k)

    def own(self, s: int) -> None:
        lon, lat = lon_lat(-20_000.0 + 50.0 * s, 0.0)
        place = {"t_s": START_S + s, "lat_deg": lat, "lon_deg": lon, "hae_m": 500.0}
        self.truth.append({**place, "object_id": "F1", "kind": "helicopter", "hostile": False, "on_ground": s < 60})
        track = {"track_id": "T9", "sigma_h_m": 20.0, "p_exists": 1.0, "kind": "helicopter", "hostile": False}
        more = {"identity": "abc123", "age_s": 1.0, "integrity": "trusted", "p_hostile": 0.0}
        self.rows["tracks"].append({**place, **track, **more})

    def drone(self, s: int, name: str, e_m: float, n_m: float) -> None:
        lon, lat = lon_lat(e_m, n_m)
        place = {"t_s": START_S + s, "lat_deg": lat, "lon_deg": lon, "hae_m": 700.0}
        self.truth.append({**place, "object_id": name, "kind": "drone", "hostile": True, "on_ground": False})
        if s >= 300:
            track = {"track_id": f"T{name}", "sigma_h_m": 90.0, "p_exists": 0.99, "kind": "drone", "hostile": True}
            more = {"identity": None, "age_s": 2.0, "integrity": "trusted", "p_hostile": 0.95, "raid_id": "R1"}
            self.rows["tracks"].append({**place, **track, **more})

    def alarm(self, first: int, last: int, level: str = "CAUTION", kind: str = "raid", reason: str = "because") -> None:
        for s in range(first, last + 1):
            row = {"t_s": START_S + s, "flight_id": "F1", "hazard_kind": kind, "hazard_id": "R1", "level": level}
            self.rows["threats"].append({**row, "p": 0.6, "t_to_s": 100.0, "reason": reason})

    def warn(self, first: float, predicted: float) -> None:
        row = {"warning_id": "W1", "flight_id": "F1", "hazard_kind": "raid", "level": "WARNING", "p": 0.7}
        times = {"raised_s": START_S + first - 30, "first_caution_s": START_S + first, "cleared_s": None}
        row |= {**times, "predicted_caught_s": START_S + predicted, "reason": "3 drones <b>on</b> the route"}
        self.rows["warnings"].append(row)

    def advise(self, s: float, option: str, points: list[tuple[float, float, float, float]] | None) -> None:
        wkb = None
        if points is not None:
            body = b"".join(struct.pack("<4d", *lon_lat(e, n), h, START_S + at) for at, e, n, h in points)
            wkb = struct.pack("<BII", 1, 3002, len(points)) + body
        row = {
            "t_s": START_S + s,
            "flight_id": "F1",
            "option": option,
            "p_caught": 0.05,
            "delay_s": 300.0,
            "extra_m": 9e3,
        }
        self.rows["advice"].append({**row, "decide_by_s": START_S + 900, "route_wkb": wkb, "text": f"{option} now"})

    def write(self, *, truth: bool = True) -> Day:
        self.case.mkdir(exist_ok=True)
        self.out.mkdir(exist_ok=True)
        (self.case / "case.toml").write_text(TOML, encoding="utf-8")
        way = [(*lon_lat(-20_000.0, 0.0), 0.0), (*lon_lat(70_000.0, 0.0), 1800.0)]
        points = [{"lon_deg": o, "lat_deg": a, "hae_m": 500.0, "t_s": START_S + t} for o, a, t in way]
        who = {
            "flight_id": "F1",
            "callsign": "RESCUE 1",
            "icao24": "ABC123",
            "aircraft_type": "EC35",
            "category": "medical",
        }
        (self.case / "flights.json").write_text(json.dumps([{**who, "waypoints": points}]), encoding="utf-8")
        if truth:
            pq.write_table(pa.Table.from_pylist(self.truth), self.case / "truth.parquet")
        for name, schema in SCHEMAS.items():
            rows = sorted(self.rows[name], key=lambda r: r.get("t_s", 0.0))
            pq.write_table(pa.Table.from_pylist(rows, schema=pa.schema(schema)), self.out / f"{name}.parquet")
        return self


@pytest.fixture
def day(tmp_path: Path) -> Day:
    return Day(tmp_path)


# They close at 80 m/s from 110 km: within 10 km from second 1250, level at 1375, and 10 km apart again at 1500.


def test_the_catch_the_lead_and_the_closest_approach_are_those_of_the_truth(day: Day) -> None:
    day.alarm(600, 1400)
    day.write()
    f = findings(day.out, "F1", case=day.case)
    assert f.caught_s == START_S + 1251  # the third drone flies 400 m beside: a little later than 1250
    assert f.lead_s == 651.0
    closest = f.best.closest()
    assert closest is not None
    assert f.best.t_s[closest] == START_S + 1375
    assert f.best.nearest_h_m[closest] == pytest.approx(0.0, abs=1.0)
    assert f.best.nearest_v_m[closest] == pytest.approx(200.0, abs=0.1)
    assert f.best.most_near() == 3
    assert f.takeoff_s == START_S + 60
    assert (f.first_seen_s, f.first_seen_n) == (START_S + 300, 3)


def test_without_the_truth_the_air_picture_and_the_reports_stand_in(day: Day) -> None:
    day.write(truth=False)
    f = findings(day.out, "F1", case=day.case)
    assert (f.path_from, f.by_truth) == ("reports", None)
    assert f.caught_s == START_S + 1251
    assert f.lead_s == 0.0
    page = review(day.out, "F1", day.out, case=day.case).read_text(encoding="utf-8")
    assert "by the air picture (the truth is not known)" in page


def test_positions_held_to_be_false_are_not_flown_on(day: Day) -> None:
    for row in day.rows["tracks"]:
        if row["identity"] and 500 <= row["t_s"] - START_S < 900:
            row |= {"integrity": "false", "lat_deg": 51.0}
    day.write(truth=False)
    f = findings(day.out, "F1", case=day.case)
    assert np.isnan(f.path.e_m[600])
    assert np.isfinite(f.path.e_m[1000])
    assert not f.path.airborne[600]


def test_each_option_is_flown_against_the_drones_as_they_came(day: Day) -> None:
    day.alarm(600, 1400)
    day.advise(601, "turn_back", [(601, 10_000.0, 0.0, 500.0), (1800, -50_000.0, 0.0, 500.0)])
    day.advise(601, "land", [(601, 10_000.0, 0.0, 500.0), (700, 14_000.0, 0.0, 100.0), (1800, 14_000.0, 0.0, 100.0)])
    day.advise(601, "reroute", [(601, 10_000.0, 0.0, 500.0), (1800, 70_000.0, 3_000.0, 500.0)])
    day.advise(601, "hold", None)
    day.advise(601, "continue", None)
    f = findings(day.write().out, "F1", case=day.case)
    expected = {"turn_back": "", "land": "", "reroute": "raid", "hold": None, "continue": "raid"}
    assert {c.option: c.caught_by for c in f.choices} == expected


def test_levels_are_spans_worst_first_and_blind_is_a_row_of_its_own(day: Day) -> None:
    day.alarm(100, 199, "ADVISORY")
    day.alarm(150, 159, "BLIND", "blind")
    day.alarm(200, 299)
    day.write()
    f = findings(day.out, "F1", case=day.case)
    spans = [(s.start_s - START_S, s.end_s - START_S, s.word) for s in f.shown]
    assert spans == [(100, 150, "ADVISORY"), (150, 160, "BLIND"), (160, 200, "ADVISORY"), (200, 300, "CAUTION")]
    assert list(f.rows) == ["raid", "blind"]


def test_a_flight_that_nobody_watched_is_not_called_free(day: Day) -> None:
    day.rows["tracks"] = [r for r in day.rows["tracks"] if r["identity"]]
    day.alarm(0, 1800, "BLIND", "blind", "no live sensor")
    f = findings(day.write(truth=False).out, "F1", case=day.case)
    assert f.is_unwatched
    page = review(day.out, "F1", day.out, case=day.case).read_text(encoding="utf-8")
    assert "It cannot be said: for 30 min 1 s of its" in page
    assert "was not caught" not in page


def test_a_blind_span_is_cut_where_its_reason_changes_but_not_where_its_age_does(day: Day) -> None:
    day.alarm(100, 149, "BLIND", "blind", "no live sensor")
    for s in range(150, 200):
        day.alarm(s, s, "BLIND", "blind", f"no new position for {s} s")
    f = findings(day.write().out, "F1", case=day.case)
    told = [(e.t_s - START_S, e.detail) for e in events(f) if e.what == "BLIND"]
    assert told == [(100, "no live sensor; for 50 s"), (150, "no new position for 150 s; for 50 s")]


class _Links(HTMLParser):
    """Everything in a page that would load something."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("script", "link", "img", "iframe"):
            self.found.append(tag)
        self.found += [str(v) for k, v in attrs if k in ("src", "href")]
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def full(day: Day) -> str:
    day.alarm(600, 1400)
    day.alarm(1200, 1300, "WARNING", "raid")
    day.alarm(400, 420, "BLIND", "blind", "no sensor sees here")
    day.warn(600, 1240)
    day.advise(601, "turn_back", [(601, 10_000.0, 0.0, 500.0), (1800, -50_000.0, 0.0, 500.0)])
    ring = [(20.6, 50.0), (20.7, 50.05), (20.7, 49.95), (20.6, 50.0)]
    wkb = struct.pack("<BIII", 1, 3, 1, len(ring)) + b"".join(struct.pack("<2d", *p) for p in ring)
    for s in range(300, 1801, 10):
        row = {"t_s": START_S + s, "raid_id": "R1", "n": 3, "lat_deg": 50.0, "lon_deg": 20.65, "course_rad": 4.71}
        day.rows["raids"].append({**row, "speed_mps": 30.0, "arrivals_per_min": 1.0, "extent_wkb": wkb})
    page = review(day.write().out, "F1", day.out, case=day.case)
    return page.read_text(encoding="utf-8")


def test_the_page_stands_alone_and_is_well_formed(day: Day) -> None:
    page = full(day)
    links = _Links()
    links.feed(page)
    assert links.found == []
    assert links.open == []
    assert "http://" not in page.replace("http://www.w3.org/2000/svg", "")
    assert "https://" not in page
    assert not re.search(r"\bnan\b|\binf\b|None", page)


def test_the_page_says_the_three_things_and_that_it_is_simulated(day: Day) -> None:
    page = full(day)
    assert "RESCUE 1 was caught at 09:14:51 UTC, by the recorded truth: 3 hostile drones" in page
    assert "CAUTION stood from 09:04:00, a lead of 10 min 51 s; for 21 s the flight was shown BLIND" in page
    assert "The first option shown was to turn back (decide by 09:09)" in page
    assert "the flight stays free" in page
    assert page.count("SIMULATED") >= 2
    assert "no sensor sees here" in page


def test_words_from_files_are_escaped(day: Day) -> None:
    page = full(day)
    assert "<b>on</b>" not in page
    assert "&lt;b&gt;on&lt;/b&gt;" in page


def test_the_same_day_gives_the_same_bytes(day: Day) -> None:
    first = full(day)
    assert review(day.out, "F1", day.out / "again", case=day.case).read_text(encoding="utf-8") == first


def test_a_flight_that_nothing_threatened_has_a_page_too(day: Day) -> None:
    day.truth = [r for r in day.truth if r["object_id"] == "F1"]
    day.rows["tracks"] = [r for r in day.rows["tracks"] if r["identity"]]
    page = review(day.write().out, "F1", day.out, case=day.case).read_text(encoding="utf-8")
    assert "RESCUE 1 was not caught" in page
    assert "No CAUTION was raised" in page


def test_an_unknown_flight_and_an_empty_folder_are_said(day: Day) -> None:
    day.write()
    with pytest.raises(BadInput, match="F1"):
        review(day.out, "F2", day.out, case=day.case)
    with pytest.raises(BadInput, match="neither"):
        review(day.case, "F1", day.out)


@pytest.mark.slow
def test_the_recording_alone_gives_the_page_of_the_run(day: Day) -> None:
    from flightward.run import run_case

    day.write()
    short = TOML.replace(f"end_s = {START_S + 1800}", f"end_s = {START_S + 300}")
    (day.case / "case.toml").write_text(short, encoding="utf-8")
    run_case(day.case, day.out)
    alone = review(day.out / "recording.mcap", "F1", day.out / "alone").read_text(encoding="utf-8")
    assert review(day.out, "F1", day.out / "folder").read_text(encoding="utf-8") == alone
    assert "shown BLIND" in alone  # a case without feeds: nothing is seen, and nothing is called clear
    assert "its plan, because nothing else is known" in alone
