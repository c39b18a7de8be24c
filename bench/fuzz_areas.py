# ruff: noqa: E501 (the samples are as long as their formats make them)
"""Feed changed copies of small samples to the parsers of area information and plans: none may crash, hang or grow.

    python bench/fuzz_areas.py [PARSER ...] [--inputs 10000] [--minutes 0] [--seed 1]

Prints per parser: inputs, inputs a second of CPU, what came of them, the slowest input and how much memory was added.
An error other than BadMessage stops the run and leaves the input beside it as fuzz-failure.bin.
"""

from __future__ import annotations

import argparse
import random
import re
import resource
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from flightward.errors import BadMessage
from flightward.feeds.declared import ZoneContext
from flightward.feeds.formats import FORMATS, PLAN_FORMATS, ZONE_FORMATS
from flightward.feeds.plans import PlanContext, Point
from flightward.feeds.rows import FeedContext
from flightward.model import AreaFrame, Names

DAY = ZoneContext(start_s=1.7357e9, end_s=1.7358e9)
PLANS = PlanContext(points={"UKLL": Point(49.8, 24.0, 330.0), "UKKK": Point(50.4, 30.4, 180.0)}, start_s=1.7357e9)
SQUARE = "[[[24.0,50.0],[24.1,50.0],[24.1,50.1],[24.0,50.0]]]"
SAMPLES: dict[str, list[str]] = {
    "notam": ["(A0123/25 NOTAMR A0122/25\nQ) UKBV/QRTCA/IV/BO/W/000/660/5030N03030E025\nA) UKBV B) 2501010600 C) 2501312000 EST\n"
              "D) MON-FRI 0600-2000, SAT SR-SS\nE) AREA 503000N 0303000E - 504000N 0304000E THEN CLOCKWISE BY THE ARC OF A CIRCLE "
              "RADIUS 20NM CENTRED 503000N 0303000E TO 503000N 0310127E. WI 5NM RADIUS OF 510000N 0310000E EXC MEDEVAC.\n"
              "F) SFC G) FL660)\n(A0124/25 NOTAMC A0123/25\nQ) UKBV/QRTCA/IV/BO/W/000/660/5030N03030E025\nA) UKBV B) 2501100600)"],
    "notam-pib-xml": ["<Pib><Notam><Series>A</Series><Number>1</Number><Year>25</Year><Type>N</Type><QLine><FIR>EGTT</FIR>"
                      "<Code23>RT</Code23><Code45>CA</Code45></QLine><Coordinates>5030N03030E</Coordinates><Radius>5</Radius>"
                      "<StartValidity>2501010600</StartValidity><ItemE>WI 1NM RADIUS OF 503000N 0303000E</ItemE></Notam></Pib>"],
    "ed269-json": ['{"features":[{"identifier":"A","applicability":[{"permanent":"NO","schedule":[{"day":["MON"],"startTime":'
                   '"08:00Z","endTime":"17:00Z"}]}],"geometry":[{"uomDimensions":"FT","lowerLimit":1,"horizontalProjection":'
                   '{"type":"Polygon","coordinates":' + SQUARE + '}},{"horizontalProjection":{"type":"Circle","center":[24,50],"radius":9}}]}]}'],
    "ed318-json": ['{"type":"FeatureCollection","features":[{"geometry":{"type":"Point","coordinates":[24,50],"extent":{"radius":9},'
                   '"layer":{"upper":9,"upperReference":"AGL"}},"properties":{"identifier":"A"}}]}'],
    "zones-geojson": ['{"type":"Feature","id":"a","geometry":{"type":"Polygon","coordinates":' + SQUARE + '},"properties":{"kind":"geo",'
                      '"lower":"FL10","upper":"FL95","active":[{"from_s":1,"to_s":2}],"exempt":["medical"]}}'],
    "openair": ["AC R\nAN A\nAL 1000ft AGL\nAH FL95\nV D=-\nV X=50:00:00 N 010:00:00 E\nDA 10,270,90\nDP 49:50:00 N 010:00:00 E\n"
                "AC P\nV W=4\nDY 50:00 N 010:00 E\nDY 51:00 N 010:00 E\nAC Q\nV X=50:00 N 010:00 E\nDC 5\n"],
    "aixm": ["<AIXMBasicMessage><Airspace><identifier>u</identifier><AirspaceTimeSlice><type>R</type><AirspaceGeometryComponent>"
             "<AirspaceVolume><upperLimit uom='FL'>95</upperLimit><horizontalProjection><Surface><PolygonPatch><exterior><Ring>"
             "<curveMember><Curve><segments><ArcByCenterPoint><pos>50 10</pos><radius uom='NM'>5</radius><startAngle>0</startAngle>"
             "<endAngle>90</endAngle></ArcByCenterPoint><GeodesicString><posList>50 10 50.1 10.2</posList></GeodesicString></segments>"
             "</Curve></curveMember></Ring></exterior></PolygonPatch></Surface></horizontalProjection></AirspaceVolume>"
             "</AirspaceGeometryComponent></AirspaceTimeSlice></Airspace></AIXMBasicMessage>"],
    "icao-fpl": ["(FPL-MEDIC1-VG -EC35/L-S/S -UKLL0900 -N0120A050 5010N02700E/N0130F100 STAY1/0010 DCT -UKKK0230 UKBB -DOF/250101 "
                 "STS/MEDEVAC EET/UKBV0030)(DLA-MEDIC1-UKLL0930-UKKK-0)(CHG-MEDIC1-UKLL0930-UKKK-0-15/N0120A080 DCT)"],
    "gpx": ["<gpx><rte><name>A</name><rtept lat='50' lon='24'><ele>3</ele><time>2025-01-01T10:00:00Z</time></rtept></rte></gpx>"],
    "kml": ["<kml><Placemark><name>A</name><Track><altitudeMode>absolute</altitudeMode><when>2025-01-01T10:00:00Z</when>"
            "<coord>24 50 300</coord></Track><LineString><coordinates>24,50,1 25,50,1</coordinates></LineString></Placemark></kml>"],
    "plan-csv": ["flight_id,t_s,lat_deg,lon_deg,hae_m\nF1,1000,50,24,300\nF1,2000,50.1,24,300\n"],
    "opensky-states-json": ['{"time":1000,"states":[["abc123","A","B",999,1000,24.0,50.0,1200.0,false,60.0,90.0,2.5,null,1250.0]]}\n'],
    "ukrainealarm-polls": ['{"t_rx_s":1000,"body":{"states":[{"regionId":"27","regionName":"Львівська область","regionChildIds":[]}]}}\n'
                           '{"t_rx_s":1030,"body":[{"regionId":"27","regionType":"State","activeAlerts":[{"type":"AIR","lastUpdate":'
                           '"1970-01-01T00:16:00Z"}]}]}\n{"t_rx_s":1060,"body":[]}\n'],
    "alerts-in-ua-polls": ['{"t_rx_s":1000,"body":{"alerts":[{"location_title":"Стрийський район","location_oblast":"Львівська область",'
                           '"alert_type":"air_raid","started_at":"1970-01-01T00:16:00Z"}]}}\n{"t_rx_s":1030,"body":{"alerts":[]}}\n'],
}  # fmt: skip


def reader(name: str) -> Callable[[bytes], Any]:
    """What reads a file of a format."""
    if name in ZONE_FORMATS:
        return lambda data: ZONE_FORMATS[name](data, DAY)
    if name in PLAN_FORMATS:
        return lambda data: PLAN_FORMATS[name](data, PLANS)
    return lambda data: FORMATS[name](data, FeedContext("fuzz", Names(), AreaFrame(0.87, 0.42), {}))


def changed(sample: bytes, rng: random.Random) -> bytes:
    """A copy with one to six changes: bytes flipped, cut out, doubled, moved, replaced by a number or a bracket."""
    data = bytearray(sample)
    for _ in range(rng.randint(1, 6)):
        if not data:
            break
        a = rng.randrange(len(data))
        b = min(len(data), a + rng.randint(1, 30))
        kind = rng.randrange(6)
        if kind == 0:
            data[a] = rng.randrange(256)
        elif kind == 1:
            del data[a:b]
        elif kind == 2:
            data[a:a] = data[a:b] * rng.choice([1, 2, 50])
        elif kind == 3:
            piece = data[a:b]
            del data[a:b]
            at = rng.randint(0, len(data))
            data[at:at] = piece
        elif kind == 4:
            data[a:b] = rng.choice(
                [b"0", b"-1", b"1e999", b"NaN", b"99999999999", b"null", b'""', b"0001-01-01T00:00:00Z"]
            )
        else:
            data[a:a] = rng.choice(
                [b"(", b")", b"{", b"}", b"[", b"]", b"<", b">", b"-", b",", b"\n", b"\x00", b"\xff", b" "]
            )
    return bytes(data)


_JSON_TOKEN = re.compile(rb'"[^"]*"|-?\d+(?:\.\d+)?|true|false|null|\[[^\[\]{}]*\]')
_XML_TOKEN = re.compile(rb"(?<=>)[^<>]+(?=<)|(?<==')[^']*(?=')|<(\w+)[^<>]*>[^<>]*</\1>")
_JSON_VALUES = (
    b"null",
    b"0",
    b"-1",
    b"1e308",
    b'""',
    b'"MON"',
    b'"50"',
    b"[]",
    b"{}",
    b"true",
    b'"Polygon"',
    b"[24.0,50.0]",
)
_XML_VALUES = (b"", b"x", b"50 10", b"0", b"-1", b"1e308", b"50 10 50.1 10.1 50.1 10", b"2501010600", b"R", b"<a/>")


def replaced(sample: bytes, rng: random.Random) -> bytes:
    """A copy of JSON or XML with one to four tokens replaced, doubled or swapped: the form stays, the sense does not."""
    is_xml = sample.startswith(b"<")
    for _ in range(rng.randint(1, 4)):
        at = list((_XML_TOKEN if is_xml else _JSON_TOKEN).finditer(sample))
        if not at:
            break
        one, other = rng.choice(at), rng.choice(at)
        value = rng.choice(
            [rng.choice(_XML_VALUES if is_xml else _JSON_VALUES), other.group(), one.group() * (2 if is_xml else 1)]
        )
        sample = sample[: one.start()] + value + sample[one.end() :]
    return sample


def fuzz(name: str, n_inputs: int, minutes: float, seed: int) -> str:
    """Run one parser; one line of figures."""
    rng, read, outcomes = random.Random(seed), reader(name), Counter[str]()
    samples = [s.encode() for s in SAMPLES[name]]
    slowest = 0.0
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    begin, cpu = time.monotonic(), time.process_time()
    n = 0
    while n < n_inputs or time.monotonic() - begin < 60.0 * minutes:
        sample = rng.choice(samples)
        has_form = sample[:1] in (b"<", b"{") and rng.random() < 0.8
        data = replaced(sample, rng) if has_form else changed(sample, rng)
        at = time.process_time()
        try:
            read(data)
            outcomes["read"] += 1
        except BadMessage as error:
            outcomes[error.reason] += 1
        except BaseException:
            Path("fuzz-failure.bin").write_bytes(data)
            raise
        slowest = max(slowest, time.process_time() - at)
        n += 1
    cpu = time.process_time() - cpu
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory) / 1024.0
    return f"{name}: {n} inputs, {n / cpu:.0f}/s, slowest {slowest:.2f} s, +{grown:.0f} MB, {dict(outcomes)}"


def main() -> int:
    """Parse the command line and run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parsers", nargs="*", metavar="PARSER", help=", ".join(SAMPLES))
    parser.add_argument("--inputs", type=int, default=10_000)
    parser.add_argument("--minutes", type=float, default=0.0)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    for name in args.parsers or SAMPLES:
        print(fuzz(name, args.inputs, args.minutes, args.seed), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
