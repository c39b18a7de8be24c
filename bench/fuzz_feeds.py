"""Damaged messages by the thousand for each parser of cot, sapient and Remote ID JSON: no crash, no hang, no growth.

    python bench/fuzz_feeds.py [CPU_SECONDS_PER_PARSER]

Real messages (built here) are damaged by a seeded generator: bytes changed, cut, repeated, spliced, and special values
written over. Prints, per parser, inputs, the slowest input, rows, rejections by reason, and memory before and after.
"""

from __future__ import annotations

import base64
import json
import math
import random
import resource
import sys
import time

from flightward.feeds.cot import CotEvent, Element, tak, xmltext
from flightward.feeds.formats import FORMATS
from flightward.feeds.rows import FeedContext
from flightward.feeds.sapient import messages as m
from flightward.model import AreaFrame, Names

SPECIAL = (b"\0", b"\xff" * 4, b"\x80" * 10, b"<event ", b"</event>", b"\xbf\x01\xbf", b"{", b"}", b'"', b"\n",
b"NaN", b"1e999",
           b"9999999", b"&#0;", b"<!DOCTYPE x>", b"-0.0", b"null")  # fmt: skip


def seeds() -> dict[str, list[bytes]]:
    """Whole messages of each format."""
    circle = Element("shape", {}, (Element("ellipse", {"major": "900", "minor": "500", "angle": "20"}),))
    links = tuple(Element("link", {"point": f"50.{k},24.{k},100"}) for k in range(4))
    events = [
        CotEvent("d1", "a-h-A-M-F-Q", 1.7e9, 1.7e9, 1.7e9 + 60, "m-g", 50.0, 24.0, 300.0, 10.0, 10.0,
                 Element("detail", {}, (Element("track", {"course": "90", "speed": "50"}),))),
        CotEvent("f1", "u-d-c-c", 1.7e9, 1.7e9, 1.7e9 + 60, "h-e", 50.0, 24.0, detail=Element("detail", {}, (
            circle, Element("__geofence", {})))),
        CotEvent("r1", "b-m-r", 1.7e9, 1.7e9, 1.7e9 + 60, "h-e", 0.0, 0.0, detail=Element("detail", {}, links)),
    ]  # fmt: skip
    report = {"timestamp": m.stamp_of(1.7e9), "node_id": "n", "detection_report": {
        "object_id": "o", "location": {"x": 24.0, "y": 50.0, "z": 1.0, "coordinate_system": 1, "datum": 1},
        "classification": [{"type": "Air Vehicle", "confidence": 0.9, "sub_class": [{"type": "UAV",
        "confidence": 0.8}]}]}}
    place = {"timestamp": m.stamp_of(1.7e9), "node_id": "n", "status_report": {"node_location": {
        "x": 5e5, "y": 5e6, "coordinate_system": 5, "utm_zone": "35U"}}}  # fmt: skip
    bearing = {"timestamp": m.stamp_of(1.7e9), "node_id": "n", "detection_report": {"range_bearing": {
        "azimuth": 1.0, "range": 900.0, "elevation": 0.1, "coordinate_system": 2, "datum": 1}}}  # fmt: skip
    flat = {"id": "x", "lat": 50.0, "lon": 24.0, "alt": 100.0, "speed": 5.0, "direction": 90.0, "observed_at": 1.7e9}
    data = {"protocol": 1.0, "data": {"timestamp": 1.7e12, "MAC address": "aa:bb:cc:dd:ee:ff",
    "UASdata": base64.b64encode(
        b"\x02\x12" + b"SERIAL".ljust(23, b"\0")).decode()}}  # fmt: skip
    envelope = {"tst": "2025-10-12T08:00:12.0Z+0200", "topic": "a", "payload": json.dumps(data)}
    return {
        "cot": [w(e) for e in events for w in (xmltext.xml_of, tak.frame_of, tak.datagram_of)],
        "sapient": [m.framed(v) for v in (report, place, bearing)],
        "sapient-json": [json.dumps({"nodeId": "n", "timestamp": "2024-12-25T08:00:00Z", "detectionReport": {
            "location": {"x": 24, "y": 50, "coordinateSystem": "LOCATION_COORDINATE_SYSTEM_LAT_LNG_DEG_M"}}}).encode()],
        "remoteid-json": [json.dumps(v).encode() for v in (flat, data, envelope)],
    }  # fmt: skip


def damaged(rng: random.Random, whole: list[bytes]) -> bytes:
    """Some messages, damaged in one to four ways."""
    data = bytearray(b"".join(rng.choices(whole, k=rng.randint(1, 4))))
    for _ in range(rng.randint(1, 4)):
        at, size = rng.randrange(len(data) + 1), rng.choice((1, 1, 2, 4, 8, 40))
        what = rng.randrange(5)
        if what == 0 and at < len(data):
            data[at] = rng.randrange(256)
        elif what == 1:
            del data[at : at + size]
        elif what == 2:
            data[at:at] = data[at : at + size] * rng.randint(1, 4)
        elif what == 3:
            data[at : at + rng.choice((0, 1, 4))] = rng.choice(SPECIAL)
        else:
            data[at:at] = rng.choice(whole)[: rng.randint(1, 200)]
    return bytes(data)


def main() -> int:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 10.0
    for name, whole in seeds().items():
        rng, n, rows, slowest = random.Random(335), 0, 0, 0.0
        reasons: dict[str, int] = {}
        before = 0
        FORMATS[name](b"".join(whole), FeedContext("warm", Names(), AreaFrame(0.87, 0.42), {}))
        end = time.process_time() + seconds
        while time.process_time() < end:
            data = damaged(rng, whole)
            ctx = FeedContext("fuzz", Names(), AreaFrame(math.radians(50.0), math.radians(24.0)), {})
            began = time.process_time()
            got = FORMATS[name](data, ctx)
            slowest = max(slowest, time.process_time() - began)
            n += 1
            rows += len(got.reports)
            for reason, count in got.rejects.counts.items():
                reasons[reason] = reasons.get(reason, 0) + count
            if n == 500:
                before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        kinds = ", ".join(f"{k} {v}" for k, v in sorted(reasons.items(), key=lambda kv: -kv[1]))
        memory = f"{before // 1024} -> {after // 1024} MB"
        print(f"{name}: {n} inputs, slowest {slowest * 1e3:.0f} ms, {rows} rows, {memory}; {kinds}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
