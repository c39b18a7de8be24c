"""ASTERIX and Mode S feeds fed with damaged input: no crash, no hang, no growth. Prints what came of it per parser.

    python bench/fuzz_surveillance.py [--seconds 60] [--seed 1] [--seeds FOLDER]

Inputs are good ones (made here, and the files of FOLDER) with octets changed, cut out, doubled, moved and set to
limits; each is given whole or in pieces. This is not coverage-guided: it runs anywhere, in the time it is given. Any
exception but BadMessage ends the run with the input as hexadecimal.
"""

from __future__ import annotations

import argparse
import random
import resource
import sys
import time
from pathlib import Path

from flightward.errors import BadMessage
from flightward.feeds.asterix import AsterixPcap, AsterixRaw
from flightward.feeds.modes import Avr, Beast, Sbs
from flightward.feeds.rows import FeedContext
from flightward.model import AreaFrame, Names

PLOT = "300030fdf70219c9356d4da0c5aff1e0020005283c660c10c236d4182001c0780031bc0000400deb07b9582e410020f5"
SEEDS: dict[str, list[bytes]] = {
    "asterix-raw": [bytes.fromhex(PLOT)],
    "asterix-pcap": [],
    "beast": [bytes.fromhex("1a33000000000001408d485020994409940838175b284f1a32000000000002405d3981e46dc8eb")],
    "avr": [b"@0000000000018D40621D58C382D690C8AC2863A7;\n*8D485020994409940838175B284F;\n"],
    "sbs": [b"MSG,3,1,1,4CA2D6,1,2024/10/04,12:00:00.5,2024/10/04,12:00:00.5,,37000,,,51.4,-1.0,,,0,0,0,0\n"],
}
PARSERS = {"asterix-raw": AsterixRaw, "asterix-pcap": AsterixPcap, "beast": Beast, "avr": Avr, "sbs": Sbs}
FILES = {".pcap": "asterix-pcap", ".raw": "asterix-raw", ".ast": "asterix-raw", ".bin": "beast"}
LIMITS = (0, 1, 0x1A, 0x7F, 0x80, 0xFE, 0xFF)
LONGEST = 4_096


def damaged(seed: bytes, draw: random.Random) -> bytes:
    data = bytearray(seed[:LONGEST])
    for _ in range(draw.randint(0, 6)):
        at = draw.randrange(len(data) + 1)
        size = draw.randint(1, 16)
        act = draw.randrange(6)
        if act == 0 and at < len(data):
            data[at] ^= 1 << draw.randrange(8)
        elif act == 1 and at < len(data):
            data[at] = draw.choice(LIMITS)
        elif act == 2:
            del data[at : at + size]
        elif act == 3:
            data[at:at] = data[at : at + size]
        elif act == 4:
            data[at:at] = draw.randbytes(size)
        else:
            data[at:at] = data[: draw.randint(0, len(data))]
    return bytes(data[: 4 * LONGEST])


def fed(kind: str, data: bytes, draw: random.Random) -> int:
    """Rows and rejections of an input, given in one to three pieces."""
    ctx = FeedContext(feed="fuzz", names=Names(), frame=AreaFrame(0.8, 0.3), sensor_rows={}, start_s=1.7e9)
    parser = PARSERS[kind](ctx)
    cuts = sorted(draw.randrange(len(data) + 1) for _ in range(draw.randint(0, 2)))
    found = 0
    try:
        for first, end in zip([0, *cuts], [*cuts, len(data)], strict=True):
            parser.receive(data[first:end])
            found += len(parser.rows().reports)
        parser.finish()
        found += len(parser.rows().reports)
    except BadMessage:
        found += 1
    return found + parser.rejects.total


def main() -> int:
    parse = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parse.add_argument("--seconds", type=float, default=60.0, help="per parser")
    parse.add_argument("--seed", type=int, default=1)
    parse.add_argument("--seeds", type=Path, help="a folder of good files")
    args = parse.parse_args()
    for path in sorted(args.seeds.rglob("*")) if args.seeds else []:
        if path.suffix in FILES:
            SEEDS[FILES[path.suffix]].append(path.read_bytes())
    print("| parser | inputs | gave rows or reasons | slowest ms | memory grew by MB |\n|---|---|---|---|---|")
    for kind, seeds in SEEDS.items():
        if not seeds:
            continue
        draw, n, some, slowest, data = random.Random(args.seed), 0, 0, 0.0, b""
        fed(kind, seeds[0], draw)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        end = time.process_time() + args.seconds
        while time.process_time() < end:
            data, start = damaged(draw.choice(seeds), draw), time.process_time()
            try:
                some += fed(kind, data, draw) > 0
            except Exception:
                print(f"{kind} failed on {data.hex()}", file=sys.stderr)
                raise
            n, slowest = n + 1, max(slowest, time.process_time() - start)
        grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
        print(f"| {kind} | {n:,} | {some:,} | {1e3 * slowest:.1f} | {grown:.1f} |", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
