"""Feeds against the decoders people use, on one core, in one run: messages per second of CPU time.

    python bench/feeds.py [--peers FOLDER ...] [--pcap FILE] [--beast FILE] [--seconds 1]

Ours is timed from bytes to a checked ReportBatch; the others from bytes to their own records (asterix_decoder and
pyModeS: dictionaries). FOLDER is where a peer is installed (pip install --target FOLDER asterix_decoder). Two of them,
asterix_decoder and libasterix, own the same name: give each a run of its own. Licences: asterix_decoder and pyModeS
are GPL and are measured only. Without FILEs the input is made here.
"""

from __future__ import annotations

import argparse
import datetime
import importlib
import json
import math
import struct
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from flightward.feeds.asterix import AsterixUdp
from flightward.feeds.cot import CotEvent, Element, tak, xmltext
from flightward.feeds.cot.parse import CotFeed
from flightward.feeds.datagrams import Datagram, datagram
from flightward.feeds.modes import Beast
from flightward.feeds.opendroneid.parse import DroneIdPcap
from flightward.feeds.pcap import Capture
from flightward.feeds.ridjson import RemoteIdJson
from flightward.feeds.rows import FeedContext, Rejects
from flightward.feeds.sapient import messages as sapient
from flightward.feeds.sapient.parse import SapientFeed
from flightward.kernels.modes_frames import remainders
from flightward.model import AreaFrame, Names

N = 20_000
NOON_S = 20_000 * 86_400.0 + 43_200.0


def context() -> FeedContext:
    return FeedContext(feed="bench", names=Names(), frame=AreaFrame(0.8, 0.3), sensor_rows={}, start_s=NOON_S)


def rate(work: Callable[[], int], seconds: float) -> float:
    """Things per second of CPU time; the first run, which may compile, does not count."""
    work()
    done, start = 0, time.process_time()
    while time.process_time() - start < seconds:
        done += work()
    return done / (time.process_time() - start)


def payloads_of(path: Path | None) -> list[bytes]:
    """Datagrams of a capture, or made: five plots of the usual items each."""
    if path is not None:
        capture = Capture(Rejects())
        capture.receive(path.read_bytes())
        got = [datagram(p.link, p.data) for p in capture.packets()]
        return [g.data for g in got if isinstance(g, Datagram)]
    plot = bytes.fromhex("fdf70219c9356d4da0c5aff1e0002005283c660c10c236d4182001c0780031bc0000400deb07b9582e410020f5")
    return [bytes([48]) + struct.pack(">H", 3 + 5 * len(plot)) + 5 * plot] * 50


def asterix(payloads: list[bytes]) -> Callable[[], int]:
    def work() -> int:
        parser = AsterixUdp(context())
        for payload in sent:
            parser.datagram(payload, NOON_S)
        parser.rows()
        return sum(v for k, v in parser.counts.items() if k.startswith("CAT") and len(k) == 7)

    sent = payloads * max(1, N // (4 * len(payloads)))
    return work


def asterix_decoder(payloads: list[bytes]) -> Callable[[], int]:
    module = importlib.import_module("asterix")

    def work() -> int:
        return sum(len(module.parse(payload, verbose=False)) for payload in payloads)

    return work


def libasterix(payloads: list[bytes]) -> Callable[[], int]:
    base, generated = importlib.import_module("asterix.base"), importlib.import_module("asterix.generated")
    uaps = {34: generated.Cat_034_1_29.cv_uap, 48: generated.Cat_048_1_32.cv_uap}

    def work() -> int:
        n = 0
        for payload in payloads:
            for raw in base.RawDatablock.parse(base.Bits.from_bytes(payload)):
                if raw.get_category() in uaps:
                    n += len(uaps[raw.get_category()].parse(raw.get_raw_records()))
        return n

    return work


def squitters(path: Path | None) -> list[tuple[float, str]]:
    """(time, message) of a recording in the Beast format, or of 200 aircraft that say where they are and how fast."""
    if path is not None:
        from flightward.feeds.modes.frames import BeastFrames

        frames = BeastFrames(Rejects())
        frames.receive(path.read_bytes())
        got = frames.take()
        whole = np.flatnonzero(got.length >= 7).tolist()
        return [(got.ticks[k] / 12e6, bytes(got.octets[k, : got.length[k]]).hex()) for k in whole]
    out = []
    for k in range(N):
        address, t_s = 0x400000 + k % 200, k * 5e-4
        is_odd = k // 400 % 2
        lat, lon = 45.0 + 0.01 * (k % 200) + t_s * 1e-3, 10.0 + 0.02 * (k % 200)
        me = (19 << 51 | 1 << 48 | 100 << 32 | 200 << 21) if k // 200 % 2 else position(lat, lon, is_odd)
        out.append((t_s, message(address, me)))
    return out


def position(lat_deg: float, lon_deg: float, is_odd: int) -> int:
    size = 360.0 / (60 - is_odd)
    y = math.floor(131_072 * (lat_deg % size) / size + 0.5)
    lat = size * (y / 131_072 + math.floor(lat_deg / size))
    a = 1.0 - (1.0 - math.cos(math.pi / 30.0)) / math.cos(math.radians(lat)) ** 2
    size = 360.0 / max(math.floor(2.0 * math.pi / math.acos(a)) - is_odd, 1)
    x = math.floor(131_072 * (lon_deg % size) / size + 0.5)
    return 11 << 51 | 0xC38 << 36 | is_odd << 34 | (y % 131_072) << 17 | x % 131_072


def message(address: int, me: int) -> str:
    octets = np.frombuffer(bytes([0x8D]) + address.to_bytes(3, "big") + me.to_bytes(7, "big") + bytes(3), np.uint8)
    out = np.empty(1, dtype=np.int64)
    remainders(octets.reshape(1, 14).copy(), np.array([14]), out)
    return octets[:11].tobytes().hex() + f"{int(out[0]):06x}"


def beast(said: list[tuple[float, str]]) -> Callable[[], int]:
    parts = []
    for t_s, text in said:
        body = round(t_s * 12e6).to_bytes(6, "big") + b"\x40" + bytes.fromhex(text)
        parts.append(b"\x1a" + (b"3" if len(text) == 28 else b"2") + body.replace(b"\x1a", b"\x1a\x1a"))
    data = b"".join(parts) * max(1, N // len(said))

    def work() -> int:
        parser = Beast(context())
        parser.receive(data)
        parser.rows()
        return sum(parser.counts.values())

    return work


def pymodes(said: list[tuple[float, str]]) -> Callable[[], int]:
    decode = importlib.import_module("pyModeS").decode
    texts, times = [m for _, m in said], [t for t, _ in said]
    return lambda: len(decode(texts, timestamps=times))


def rs1090(said: list[tuple[float, str]]) -> Callable[[], int]:
    module = importlib.import_module("rs1090")
    texts, times = [m for _, m in said], [t for t, _ in said]
    return lambda: len(module.decode(texts, timestamp=times))


def cot_events(form: str) -> list[bytes]:
    """Tracks of 200 drones as XML or as frames of TAK protobuf."""
    write = {"xml": xmltext.xml_of, "tak": tak.frame_of}[form]
    out = []
    for k in range(2_000):
        track = Element("track", {"course": f"{k % 360}", "speed": "50.0"})
        detail = Element("detail", {}, (track, Element("contact", {"callsign": f"T{k % 200}"})))
        t_s = NOON_S + k * 0.01
        place = (50.0 + k * 1e-4, 24.0, 300.0, 10.0, 10.0)
        out.append(write(CotEvent(f"t{k % 200}", "a-h-A-M-F-Q", t_s, t_s, t_s + 60.0, "m-g", *place, detail)))
    return out


def cot(events: list[bytes]) -> Callable[[], int]:
    data = b"".join(events)

    def work() -> int:
        parser = CotFeed(context())
        parser.receive(data, NOON_S + 20.0)
        return len(parser.rows().reports)

    return work


def takproto(events: list[bytes]) -> Callable[[], int]:
    """The library as it is used: a frame to a protobuf message, its fields touched, its detail parsed as we do."""
    parse = importlib.import_module("takproto").parse_proto

    def work() -> int:
        for frame in events:
            message = parse(frame)
            event = message.cotEvent
            _ = (event.uid, event.type, event.lat, event.lon, event.hae, event.detail.track.speed)
        return len(events)

    return work


def expat_tree(events: list[bytes]) -> Callable[[], int]:
    """The standard library's tree of each event and its numbers: what a small script does, without any check."""
    module = importlib.import_module("xml.etree.ElementTree")

    def work() -> int:
        for text in events:
            root = module.fromstring(text)
            point, track = root.find("point"), root.find("detail/track")
            _ = [float(point.get(k)) for k in ("lat", "lon", "hae", "ce", "le")]
            _ = [float(track.get(k)) for k in ("course", "speed")]
            _ = [datetime.datetime.fromisoformat(root.get(k)).timestamp() for k in ("time", "start", "stale")]
        return len(events)

    return work


def detections() -> list[bytes]:
    """Bodies of 2,000 SAPIENT detections of one node."""
    out = []
    for k in range(2_000):
        report = {"object_id": f"o{k % 200}", "location": {
            "x": 24.0, "y": 50.0 + k * 1e-4, "z": 300.0, "coordinate_system": 1, "datum": 1}, "classification": [
            {"type": "UAV", "confidence": 0.9}], "enu_velocity": {"east_rate": 30.0, "north_rate": 5.0, "up_rate": 0.0}}
        value = {"timestamp": sapient.stamp_of(NOON_S + k * 0.01), "node_id": "n", "detection_report": report}
        out.append(sapient.framed(value)[4:])
    return out


def sapient_feed(bodies: list[bytes]) -> Callable[[], int]:
    data = b"".join(struct.pack("<I", len(b)) + b for b in bodies)

    def work() -> int:
        parser = SapientFeed(context())
        parser.receive(data, NOON_S + 20.0)
        return len(parser.rows().reports)

    return work


def sapient_proto(bodies: list[bytes]) -> Callable[[], int]:
    module = importlib.import_module("sapient_msg.bsi_flex_335_v2_0.sapient_message_pb2")

    def work() -> int:
        for body in bodies:
            message = module.SapientMessage.FromString(body)
            report = message.detection_report
            _ = (message.node_id, report.object_id, report.location.x, report.location.y, report.enu_velocity.east_rate)
        return len(bodies)

    return work


def drone_frames() -> bytes:
    """A capture of 2,000 beacons with a pack of two messages each."""
    out = []
    for k in range(2_000):
        place = struct.pack("<BBBBbii", 0x12, 0x20, 90, 40, 4, 501_000_000 + 10 * k, 242_000_000)
        heights = struct.pack("<HHH", 2600, 2700, 2100)
        location = place + heights + b"\x4a\x33" + struct.pack("<H", k % 36_000) + bytes(2)
        serial = b"\x02\x12" + f"SERIAL{k % 50:04d}".encode().ljust(23, b"\0")
        element = b"\xfa\x0b\xbc\x0d\x07\xf2\x19\x02" + serial + location
        mac = b"\x02\0\0\0\0" + bytes([k % 50])
        frame = b"\x80\0\0\0" + b"\xff" * 6 + mac * 2 + bytes(14) + bytes([0xDD, len(element)]) + element
        out.append(struct.pack("<IIII", int(NOON_S) + k // 10, 0, len(frame), len(frame)) + frame)
    return struct.pack("<IHHIIII", 0xA1B2C3D4, 2, 4, 0, 0, 262_144, 105) + b"".join(out)


def remote_id(data: bytes) -> Callable[[], int]:
    def work() -> int:
        parser = DroneIdPcap(context())
        parser.receive(data)
        parser.finish()
        return len(parser.rows().reports)

    return work


def remote_id_json() -> Callable[[], int]:
    same = {"lon": 24.0, "alt": 100.0, "speed": 5.0, "direction": 90.0}
    moving = ({"id": f"S{k % 50}", "lat": 50.0 + k * 1e-4, "observed_at": NOON_S + k * 0.01} for k in range(2_000))
    lines = b"".join(json.dumps(one | same).encode() + b"\n" for one in moving)

    def work() -> int:
        parser = RemoteIdJson(context())
        parser.receive(lines)
        parser.finish()
        return len(parser.rows().reports)

    return work


def main() -> None:
    parse = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parse.add_argument("--peers", nargs="*", default=[], help="folders where peers are installed")
    parse.add_argument("--pcap", type=Path, help="a capture of CAT 034 and 048 (else made)")
    parse.add_argument("--beast", type=Path, help="a recording in the Beast format (else made)")
    parse.add_argument("--only", default="", help="formats whose name begins so")
    parse.add_argument("--seconds", type=float, default=1.0, help="CPU seconds per figure")
    args = parse.parse_args()
    sys.path += args.peers
    payloads, said = payloads_of(args.pcap), squitters(args.beast)
    rows: list[tuple[str, str, Callable[[], Callable[[], int]]]] = [
        ("ASTERIX", "flightward", lambda: asterix(payloads)),
        ("ASTERIX", "asterix_decoder", lambda: asterix_decoder(payloads)),
        ("ASTERIX", "libasterix", lambda: libasterix(payloads)),
        ("Mode S", "flightward", lambda: beast(said)),
        ("Mode S", "pyModeS", lambda: pymodes(said)),
        ("Mode S", "rs1090", lambda: rs1090(said)),
        ("CoT, XML", "flightward", lambda: cot(cot_events("xml"))),
        ("CoT, XML", "ElementTree", lambda: expat_tree(cot_events("xml"))),
        ("CoT, protobuf", "flightward", lambda: cot(cot_events("tak"))),
        ("CoT, protobuf", "takproto", lambda: takproto(cot_events("tak"))),
        ("SAPIENT", "flightward", lambda: sapient_feed(detections())),
        ("SAPIENT", "sapient-proto", lambda: sapient_proto(detections())),
        ("Remote ID frames", "flightward", lambda: remote_id(drone_frames())),
        ("Remote ID JSON", "flightward", remote_id_json),
    ]
    ours: dict[str, float] = {}
    print("| what | decoder | messages per CPU second | ours is |")
    print("|---|---|---|---|")
    for what, name, make in rows:
        if not what.startswith(args.only):
            continue
        try:
            figure = rate(make(), args.seconds)
        except (ImportError, AttributeError):
            continue
        ours.setdefault(what, figure)
        print(f"| {what} | {name} | {figure:,.0f} | {ours[what] / figure:.1f} x |")


if __name__ == "__main__":
    main()
