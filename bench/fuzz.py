# ruff: noqa: E501 (the samples are as long as their formats make them)
"""Every parser of feeds, areas and plans fed with damaged input: no crash, no hang, no growth. One command for all.

    python bench/fuzz.py [PARSER ...] [--minutes 20] [--inputs 1000000] [--at-least] [--jobs 1] [--seeds FOLDER]

Per parser it stops after so many minutes of CPU or so many inputs, whichever comes first (--at-least: last). The
outcome guides it: an input whose outcome (which reasons, repairs and kinds of messages, how many of each by powers of
two) was not seen before is kept and damaged further. Parsers of streams get inputs in pieces too, and one in
fifty is given byte by byte as well, which must give the same. Any exception but BadMessage, and any input over 5 s, ends
that parser's run and leaves the input in fuzz-PARSER.bin.

Coverage: the lines of flightward/feeds that the kept inputs run, of those of the files they enter at all (importing not
counted). Not fuzzed: Parquet (read whole by Arrow).
"""

from __future__ import annotations

import argparse
import math
import random
import resource
import struct
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import flightward.feeds
import fuzz_areas
import fuzz_feeds
import fuzz_surveillance
from flightward.errors import BadMessage
from flightward.feeds.formats import FORMATS, PLAN_FORMATS, STREAMS, ZONE_FORMATS
from flightward.feeds.looks import format_of
from flightward.feeds.rows import FeedContext, FeedRows
from flightward.model import AreaFrame, Names

HOME = str(Path(flightward.feeds.__file__).parent)
CORPUS_MAX, SEED_MAX, LONG, LONGEST = 2_000, 20_000, 2_048, 16_384
LONG_P = 0.05
"""Share of inputs that may be as long as LONGEST: short ones are tried faster, and of theirs more is damaged."""
MANY_BITS = 3
"""So many of a kind (4 and more) are one outcome, or joining inputs would be for ever new and make them ever longer."""
SLOW_S = 5.0
ODD = ("reports-parquet", "traffic-parquet")
MORE = {
    "reports-csv": ["t_s,t_rx_s,sensor_id,lat_deg,lon_deg,identity,kind,hostile\n1,2,,50,24,ABC,drone,true\n3,4,r1,,,x,,\n"],
    "opensky-csv": ["time,icao24,lat,lon,velocity,heading,vertrate,callsign,onground,baroaltitude,geoaltitude,lastposupdate,"
                    "lastcontact\n1000,abc123,50,24,60,90,0,X,False,900,950,999.5,999.9\n"],
    "traffic-json": ['[{"timestamp":1000000,"icao24":"abc123","latitude":50,"longitude":24,"groundspeed":90,"track":90,'
                     '"altitude":3000,"last_position":999000}]'],
    "alerts-ua-csv": ["oblast,raion,hromada,level,started_at,finished_at,source\nLvivska oblast,,,oblast,"
                      "2023-01-01T00:00:00Z,2023-01-01T01:00:00Z,official\n"],
    "alerts-in-ua-json": ['{"alerts":[{"location_title":"Львівська область","location_oblast":"Львівська область",'
                          '"alert_type":"air_raid","started_at":"2023-01-01T00:00:00Z"}]}'],
    "ukrainealarm-json": ['[{"regionId":"27","regionType":"State","regionName":"Львівська область","activeAlerts":'
                          '[{"type":"AIR","lastUpdate":"2023-01-01T00:00:00Z"}]}]'],
}  # fmt: skip


def pcap(link: int, *frames: bytes) -> bytes:
    body = [struct.pack("<IIII", 1_700_000_000 + k, 0, len(f), len(f)) + f for k, f in enumerate(frames)]
    return struct.pack("<IHHIIII", 0xA1B2C3D4, 2, 4, 0, 0, 262_144, link) + b"".join(body)


def captures() -> dict[str, list[bytes]]:
    """A plot over UDP, and a pack of Remote ID in a beacon."""
    plot = bytes.fromhex(fuzz_surveillance.PLOT)
    udp = struct.pack(">HHHH", 8600, 8600, 8 + len(plot), 0) + plot
    ip = b"\x45\0" + struct.pack(">H", 20 + len(udp)) + bytes(5) + b"\x11" + bytes(10)
    place = struct.pack("<BBBBbii", 0x12, 0x20, 90, 40, 4, 501_000_000, 242_000_000)
    location = place + struct.pack("<HHH", 2600, 2700, 2100) + b"\x4a\x33" + struct.pack("<H", 36) + bytes(2)
    pack = b"\xf2\x19\x02" + b"\x02\x12" + b"SERIAL".ljust(23, b"\0") + location
    element = b"\xfa\x0b\xbc\x0d\x07" + pack
    head = b"\x80\0\0\0" + b"\xff" * 6 + b"\x02\0\0\0\0\1" * 2 + bytes(14)
    return {
        "asterix-pcap": [pcap(101, ip + udp)],
        "opendroneid-pcap": [pcap(105, head + bytes([0xDD, len(element)]) + element)],
    }


def all_seeds(folder: Path | None) -> dict[str, list[bytes]]:
    """Good inputs of every parser: made ones, and the files of a folder that are of its format."""
    out: dict[str, list[bytes]] = {name: [] for name in (*FORMATS, *ZONE_FORMATS, *PLAN_FORMATS) if name not in ODD}
    made: list[dict[str, list[Any]]] = [
        fuzz_areas.SAMPLES, MORE, fuzz_feeds.seeds(), fuzz_surveillance.SEEDS, captures(),
    ]  # fmt: skip
    for table in made:
        for name, texts in table.items():
            out[name] += [t.encode() if isinstance(t, str) else t for t in texts]
    for path in sorted(folder.rglob("*")) if folder else []:
        data = path.read_bytes()[:SEED_MAX] if path.is_file() else b""
        name = format_of(data) if data else ""
        if name in out:
            out[name].append(data)
    return {name: seeds for name, seeds in out.items() if seeds}


def context() -> FeedContext:
    frame = AreaFrame(math.radians(50.0), math.radians(24.0))
    return FeedContext("fuzz", Names(), frame, {"r1": 0}, start_s=1.7e9, end_s=1.7001e9, radius_m=1e9)


def told(rows: FeedRows) -> tuple[Any, ...]:
    """What must not depend on how bytes are cut."""
    r = rows.reports
    return (
        r.t_s.tobytes(), r.lat_rad.tobytes(), r.lon_rad.tobytes(), rows.alerts.t_s.tobytes(),
        sorted(rows.rejects.counts.items()), sorted(rows.others.items()), sorted(rows.counts.items()),
    )  # fmt: skip


def fed(name: str, data: bytes, draw: random.Random) -> Any:
    """The outcome of one input: a word, or the counts of what came of it. Raises what a parser must not raise."""
    try:
        if name in ZONE_FORMATS:
            got: Any = ZONE_FORMATS[name](data, fuzz_areas.DAY)
            return outcome(got.rejects, {"zones": len(got.zones), "unreadable": len(got.unreadable)})
        if name in PLAN_FORMATS and name not in FORMATS:
            got = PLAN_FORMATS[name](data, fuzz_areas.PLANS)
            return outcome(got.rejects, {"plans": len(got.plans), "unfinished": len(got.unfinished)})
        if name in STREAMS and draw.random() < 0.5:
            return in_pieces(name, data, draw)
        rows = FORMATS[name](data, context())
        sizes = {"rows": len(rows.reports), "alerts": len(rows.alerts)}
        return outcome(rows.rejects, {**sizes, **rows.others, **rows.counts})
    except BadMessage as error:
        return error.reason


def in_pieces(name: str, data: bytes, draw: random.Random) -> Any:
    """The same for a parser of streams, its input cut in one to four; now and then byte by byte, which must agree."""
    cuts = sorted(draw.randrange(len(data) + 1) for _ in range(draw.randint(0, 3)))
    if len(data) < 2_000 and draw.random() < 0.04:
        whole, bytewise = (run(name, data, at) for at in ([], list(range(1, len(data)))))
        if told(whole) != told(bytewise):
            raise AssertionError(f"whole {told(whole)} is not byte by byte {told(bytewise)}")
    rows = run(name, data, cuts)
    return outcome(rows.rejects, {"rows": len(rows.reports), **rows.others, **rows.counts})


def run(name: str, data: bytes, cuts: list[int]) -> FeedRows:
    parser = STREAMS[name](context())
    for first, end in zip([0, *cuts], [*cuts, len(data)], strict=True):
        parser.receive(data[first:end])
    parser.finish()
    return parser.rows()


def outcome(rejects: Any, more: dict[str, int]) -> frozenset[tuple[str, int]]:
    counts = {**more, **rejects.counts, **{f"r {k}": v for k, v in rejects.repairs.items()}}
    return frozenset((k, min(v.bit_length(), MANY_BITS)) for k, v in counts.items() if v)


def damaged(data: bytes, others: list[bytes], draw: random.Random) -> bytes:
    """A copy, damaged by one of the four ways of the three older scripts, or joined with part of another."""
    way = draw.randrange(4)
    if way == 0:
        return fuzz_areas.changed(data, draw)
    if way == 1 and data[:1] in b"<{[(":
        return fuzz_areas.replaced(data, draw)
    if way == 2:
        return fuzz_feeds.damaged(draw, [data])
    other = draw.choice(others)
    at, to = draw.randrange(len(data) + 1), draw.randrange(len(other) + 1)
    return fuzz_surveillance.damaged(data[:at] + other[to:] or b"\0", draw)


def fuzz(name: str, seeds: list[bytes], minutes: float, inputs: int, at_least: bool, seed: int) -> str:
    """Run one parser; one line of the table."""
    draw, seen = random.Random(f"{seed} {name}"), Counter[Any]()
    for one in seeds:
        fed(name, one, draw)
    corpus, before, n, slowest = list(seeds), 0, 0, 0.0
    begun = time.process_time()
    limits = all if at_least else any
    while not limits((n >= inputs, time.process_time() - begun > 60.0 * minutes)):
        short = min(draw.choice(corpus), draw.choice(corpus), key=len)
        data = damaged(short, corpus, draw)[: LONGEST if draw.random() < LONG_P else LONG]
        at = time.process_time()
        try:
            what = fed(name, data, draw)
            took = time.process_time() - at
            if took > SLOW_S:
                raise TimeoutError(f"{took:.1f} s for {len(data)} bytes")
        except BaseException:
            Path(f"fuzz-{name}.bin").write_bytes(data)
            raise
        slowest, n = max(slowest, took), n + 1
        if what not in seen and len(corpus) < CORPUS_MAX and len(data) <= LONG:
            corpus.append(data)
        seen[what] += 1
        if n == min(inputs // 4, 2_000):
            before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024 if before else math.nan
    cpu_s = time.process_time() - begun
    ran, lines, files = coverage(name, corpus)
    return (f"| {name} | {n:,} | {cpu_s / 60.0:.1f} | {len(seen):,} | {1e3 * slowest:.0f} | {grown:.0f} | "
            f"{100.0 * ran / max(lines, 1):.0f} % of {lines:,} lines in {files} files |")  # fmt: skip


def coverage(name: str, corpus: list[bytes]) -> tuple[int, int, int]:
    """Lines that the corpus runs, lines of the functions in the files it enters, and how many files."""
    hit: dict[str, set[int]] = {}

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        file = frame.f_code.co_filename
        if not file.startswith(HOME):
            return None
        lines = hit.setdefault(file, set())
        lines.add(frame.f_lineno)

        def line(frame: FrameType, event: str, _: Any) -> Any:
            lines.add(frame.f_lineno)
            return line

        return line

    draw = random.Random(0)
    sys.settrace(trace)
    try:
        for data in corpus[:500]:
            fed(name, data, draw)
    finally:
        sys.settrace(None)
    there = {file: code_lines(Path(file)) for file in hit}
    return sum(len(hit[f] & there[f]) for f in hit), sum(map(len, there.values())), len(hit)


def code_lines(path: Path) -> set[int]:
    """Lines of the bodies of functions."""
    out: set[int] = set()

    def walk(code: CodeType) -> None:
        for const in code.co_consts:
            if isinstance(const, CodeType):
                if not const.co_flags & 0x0002 or const.co_name == "<module>":  # CO_NEWLOCALS: a function
                    walk(const)
                    continue
                out.update(line for *_, line in const.co_lines() if line is not None and line != const.co_firstlineno)
                walk(const)

    walk(compile(path.read_text(), str(path), "exec"))
    return out


def main() -> int:
    """Parse the command line and run."""
    parse = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parse.add_argument("parsers", nargs="*", metavar="PARSER")
    parse.add_argument("--minutes", type=float, default=20.0, help="of CPU, per parser")
    parse.add_argument("--inputs", type=int, default=1_000_000, help="per parser")
    parse.add_argument("--at-least", action="store_true", help="both, not whichever comes first")
    parse.add_argument("--jobs", type=int, default=1)
    parse.add_argument("--seed", type=int, default=1)
    parse.add_argument("--seeds", type=Path, help="a folder of good files")
    args = parse.parse_args()
    seeds = all_seeds(args.seeds)
    wanted = args.parsers or sorted(seeds)
    if unknown := set(wanted) - set(seeds):
        parse.error(f"no such parser: {', '.join(sorted(unknown))}; there are {', '.join(sorted(seeds))}")
    print("| parser | inputs | CPU min | outcomes | slowest ms | grew MB | coverage |\n|---|---|---|---|---|---|---|")
    with ProcessPoolExecutor(args.jobs, max_tasks_per_child=1) as pool:
        jobs = [pool.submit(fuzz, n, seeds[n], args.minutes, args.inputs, args.at_least, args.seed) for n in wanted]
        n_failed = 0
        for name, job in zip(wanted, jobs, strict=True):
            try:
                print(job.result(), flush=True)
            except Exception as error:  # noqa: BLE001  the input is kept; the other parsers go on
                n_failed += 1
                print(f"| {name} | FAILED, see fuzz-{name}.bin: {type(error).__name__}: {str(error)[:300]} |", flush=True)
    return int(n_failed > 0)


if __name__ == "__main__":
    sys.exit(main())
