"""A case whose [[zone]] and [[plan]] name files; what a file is, by looking; what cannot be read is told by name."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import numpy as np
import pytest
import shapely
from feedkit import CASE, FLIGHT, write_case

from flightward.errors import BadInput
from flightward.feeds import read_case
from flightward.feeds.arealooks import area_format_of, facts_of_areas
from flightward.feeds.formats import FORMATS, PLAN_FORMATS, ZONE_FORMATS
from flightward.model import Category, ZoneKind

DAY_S = 1_735_732_800.0  # 1 January 2025, 12:00
CASE_2025 = CASE.replace("start_s = 1000.5", f"start_s = {DAY_S}").replace("end_s = 1010.5", f"end_s = {DAY_S + 60}")
NOTAMS = """(A0001/25 NOTAMN
Q) UKBV/QRTCA/IV/BO/W/000/050/5000N02400E006
A) UKLV B) 2501010600 C) 2501012000
D) 0600-1300 1500-2000
E) WI 5NM RADIUS OF 500000N 0240000E. EXC MEDEVAC.
F) SFC G) 5000FT AMSL)
(A0002/25 NOTAMN
Q) UKBV/QRTCA/IV/BO/W/000/050/
A) UKLV B) 2501010600 C) 2501012000
E) RESTRICTED AREA ACT)
(A0003/25 NOTAMN
Q) UKBV/QRTCA/IV/BO/W/000/050/1000N02400E010
A) XXXX B) 2501010600 C) 2501012000
E) FAR AWAY)
"""
FPL = "(FPL-MEDIC7-VG -EC35/L-S/S -SITE1200 -N0120A050 DCT -LAND0030 -DOF/250101 CODE/508035)(FPL-LOST1-VG -EC35/L-S/S -SITE1200 -N0120VFR UL1 -LAND0030 -DOF/250101)"  # noqa: E501


def case_with(folder: Path, table: str, files: dict[str, bytes], case: str = CASE_2025) -> Path:
    at = case.index("[[feed]]")
    write_case(folder, case[:at] + table + "\n" + case[at:])
    for name, data in files.items():
        (folder / "feeds" / name).write_bytes(data)
    return folder


ZONE = '[[zone]]\nname = "notam"\nformat = "notam"\nfile = "feeds/n.txt"\n'


def test_the_zones_of_a_file_stand_beside_those_of_the_case(tmp_path: Path) -> None:
    case = read_case(case_with(tmp_path / "c", ZONE, {"n.txt": gzip.compress(NOTAMS.encode())}))
    zones, names = case.setup.zones, case.setup.names
    assert [names.text(int(z)) for z in zones.name] == ["zone-1", "notam: A0001/25 UKBV"]
    assert zones.kind.tolist() == [ZoneKind.DEFENDED, ZoneKind.CLOSED]
    assert zones.exempt_mask[1] == 1 << Category.MEDICAL and zones.floor_m[1] == -np.inf
    assert zones.ceiling_m[1] == pytest.approx(1524.0 + 86.0), "the case gives no geoid"
    ring = shapely.Polygon(np.column_stack([zones.e_m[zones.start[1] :], zones.n_m[zones.start[1] :]]))
    assert ring.area == pytest.approx(np.pi * 9260.0**2, rel=0.005) and ring.contains(shapely.Point(0.0, 9259.0))
    at = [DAY_S + 600.0, DAY_S + 7200.0, DAY_S + 4 * 3600.0]
    # Its first time is 06 to 13; its end is not known before it comes, nor its second time before it begins.
    assert [int(zones.active_at(DAY_S, t)[1]) for t in at] == [1, 1, 1]
    assert [int(zones.active_at(t, t)[1]) for t in at] == [1, 0, 1]


def test_what_was_published_before_is_known_ahead(tmp_path: Path) -> None:
    table = ZONE + f"published_s = {DAY_S - 7200}\n"
    zones = read_case(case_with(tmp_path / "c", table, {"n.txt": NOTAMS.encode()})).setup.zones
    assert [int(zones.active_at(DAY_S, DAY_S + t)[1]) for t in (0.0, 7200.0, 4 * 3600.0)] == [1, 0, 1]


def test_a_zone_that_cannot_be_understood_is_told_by_name(tmp_path: Path) -> None:
    case = read_case(case_with(tmp_path / "c", ZONE, {"n.txt": NOTAMS.encode()}))
    assert [(u.zone_id, u.reason) for u in case.unreadable] == [("A0002/25", "no_place")]
    assert any("A0002/25 cannot be understood and is NOT watched (no_place)" in note for note in case.notes)
    assert case.rejected["zones notam: no_place"] == 1 and "zones notam: out_of_area" in case.notes
    assert "feeds/n.txt" in case.hashes and len(case.hashes["feeds/n.txt"]) == 64


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (ZONE.replace("notam", "notame"), "must be one of notam,"),
        (ZONE.replace("n.txt", "m.txt"), "is not there"),
        (ZONE.replace("feeds/n.txt", "../c2/x"), "must lie inside the case"),
        (ZONE + 'kind = "wood"\n', "must be one of defended"),
        (ZONE.replace('"notam"\nfile', '"ed269-json"\nfile'), "cannot be read as ed269-json"),
        ('[[plan]]\nformat = "kmz"\nfile = "feeds/n.txt"\n', "must be one of icao-fpl"),
    ],
)
def test_a_wrong_source_stops_the_start(tmp_path: Path, table: str, message: str) -> None:
    with pytest.raises(BadInput, match=message):
        read_case(case_with(tmp_path / "c", table, {"n.txt": NOTAMS.encode()}))


def test_the_kind_of_a_whole_file_may_be_given(tmp_path: Path) -> None:
    square = {"type": "Polygon", "coordinates": [[[24.0, 50.0], [24.1, 50.0], [24.1, 50.1], [24.0, 50.0]]]}
    table = '[[zone]]\nformat = "zones-geojson"\nfile = "feeds/z.json"\nkind = "defended"\n'
    zones = read_case(case_with(tmp_path / "c", table, {"z.json": json.dumps(square).encode()})).setup.zones
    assert zones.kind.tolist() == [ZoneKind.DEFENDED] * 2 and zones.active_at(0.0, 1e10).tolist()[1] == 1


def test_plans_of_a_file_stand_beside_those_of_the_case(tmp_path: Path) -> None:
    table = """[[plan]]
name = "fpl"
format = "icao-fpl"
file = "feeds/f.txt"
category = "medical"
[[plan.points]]
id = "SITE"
lat_deg = 50.0
lon_deg = 24.0
hae_m = 300.0
[[plan.points]]
id = "LAND"
lat_deg = 50.3
lon_deg = 24.2
hae_m = 250
"""
    case = read_case(case_with(tmp_path / "c", table, {"f.txt": FPL.encode()}))
    flights, names = case.setup.flights, case.setup.names
    assert [names.text(int(f)) for f in flights.name] == [FLIGHT["flight_id"], "MEDIC7"]
    assert flights.category.tolist()[1] == Category.MEDICAL and names.text(int(flights.identity[1])) == "508035"
    assert flights.wp_t_s[flights.start[1]] == DAY_S
    assert [(u.flight_id, u.missing) for u in case.unfinished] == [("LOST1", ("way UL1",))]
    assert any("LOST1 is NOT watched, its plan lacks way UL1" in note for note in case.notes)


def test_every_real_file_of_areas_and_plans_is_told_by_looking(shared_data: Path) -> None:
    want = {
        "zones/DN_SAA.NEW_2_D_UAV_corridor_2_airports_1_FIR.xml": "aixm",
        "zones/cis_source_sample_ed269.json": "ed269-json",
        "zones/cis_source_sample_ed318.json": "ed318-json",
        "zones/uas_zones.json": "ed269-json",
        "zones/uk_notam_PIB_2025-11-24.xml.gz": "notam-pib-xml",
    }
    for name, format_name in want.items():
        data = (shared_data / name).read_bytes()
        data = gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data
        assert area_format_of(data) == format_name, name
        if format_name != "notam-pib-xml":
            facts = facts_of_areas(data, format_name)
            assert facts["zones"] and facts["unreadable"] == [] and json.dumps(facts)


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (NOTAMS.encode(), "notam"),
        (FPL.encode(), "icao-fpl"),
        (b"* comment\nAC R\nAN X\n", "openair"),
        (b"flight_id,t_s,lat_deg,lon_deg,hae_m\n", "plan-csv"),
        (b"<gpx/>", "gpx"),
        (b"<kml xmlns='x'>", "kml"),
        (b'{"type": "FeatureCollection", "features": []}', "zones-geojson"),
        (b'[{"regionId": "1", "activeAlerts": []}]', "ukrainealarm-json"),
        (b'{"t_rx_s": 1, "body": {"alerts": []}}\n', "alerts-in-ua-polls"),
        (b'{"t_rx_s": 1, "body": []}\n', "ukrainealarm-polls"),
        (b'{"time": 1, "states": []}', "opensky-states-json"),
        (b"hello", ""),
        (b"", ""),
        (b"{}", ""),
    ],
)
def test_what_a_file_is_by_looking(data: bytes, name: str) -> None:
    assert area_format_of(data) == name
    assert name == "" or name in {**FORMATS, **ZONE_FORMATS, **PLAN_FORMATS}
    if name in ZONE_FORMATS or (name in PLAN_FORMATS and name not in ("kml", "gpx")):
        assert json.dumps(facts_of_areas(data, name))


def test_plan_facts_say_what_is_missing() -> None:
    facts = facts_of_areas(FPL.encode(), "icao-fpl")
    assert {f["id"] for f in facts["unfinished"]} == {"MEDIC7", "LOST1"} and facts["flights"] == []
