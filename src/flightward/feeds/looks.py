"""Which format a feed file is of, by looking at its first bytes; and the file, read as that without a case.

A name is no evidence: files are renamed, packed and cut.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Mapping
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from flightward.errors import BadMessage
from flightward.feeds import formats
from flightward.feeds.asterix.layouts import UAPS
from flightward.feeds.case.read import unpacked
from flightward.feeds.opendroneid import frames as droneid
from flightward.feeds.pcap import Capture
from flightward.feeds.rows import FeedContext, FeedRows, Rejects
from flightward.feeds.sapient import messages as sapient
from flightward.model import AreaFrame, Names

PIECE = 1 << 16
"""How much of a file is looked at, of those that need not be whole."""
_REMOTE_ID = (
    "UASdata", "basic_id", "payload", "current_state", "pilot_lat", "drone_lat", "ua_type", "MAC address",
)  # fmt: skip
_KEYS = (
    ("traffic-json", ("icao24",)),
    ("alerts-in-ua-json", ("location_oblast", "alert_type", "location_title")),
    (
        "sapient-json",
        tuple(
            key for name in sapient.CONTENTS if name != "error"
            for key in {name, name.split("_")[0] + "".join(p.title() for p in name.split("_")[1:])}
        ),
    ),
    ("remoteid-json", _REMOTE_ID),
    ("traffic-json", ("last_position", "groundspeed")),
)  # fmt: skip
"""A JSON text is of the first format one of whose keys it has; the order matters for words that several use."""
_STATES = re.compile(rb'\{\s*"time"\s*:\s*[0-9.eE+]+\s*,\s*"states"\s*:\s*(?:null\b|\[\s*[\[\]])')
"""An answer of OpenSky as it is sent, which a cut or a slip farther on does not hide."""
_POLLS = re.compile(rb'\s*\{\s*"t_rx_s"\s*:')
_HEADS = (
    ("reports-csv", {"t_s"}), ("alerts-ua-csv", {"oblast", "started_at"}), ("opensky-csv", {"icao24", "lat", "lon"}),
)  # fmt: skip
_AVR = re.compile(
    rb"(?:\s*\#[^\n]*\n)*\s*(?:[0-9A-Fa-f]{0,42};\s*)?"  # what a recorder wrote before; the end of a message
    rb"(?:[*:@%<][0-9A-Fa-f]{4,42};"
    rb"|(?:\*|[@%][0-9A-Fa-f]{12}|<[0-9A-Fa-f]{14})(?:[0-9A-Fa-f]{28}|[0-9A-Fa-f]{14}|[0-9A-Fa-f]{4})(?:\s|\Z))"
)
"""A line that does not end in ";" must be of the right length; ":" then begins lines of other formats too."""
_SBS = re.compile(rb"(?:MSG|MLAT|SEL|ID|AIR|STA|CLK),[0-9]*,")


def format_of(data: bytes) -> str:
    """The name in FORMATS of a file's (unpacked) bytes; "" if it looks like none of them."""
    return next((name for looks in LOOKS if (name := looks(data))), "")


def inspected(data: bytes, name: str = "", options: Mapping[str, Any] | None = None) -> tuple[str, FeedRows, Names]:
    """A file read without a case: the format it was taken for, its rows, and the words in them.

    Errors   BadMessage if the file is of no known format, or cannot be read as the one named.
    """
    raw = unpacked(data)
    name = name or format_of(raw)
    if name not in formats.FORMATS:
        raise BadMessage("unknown", data[:32], "it looks like none of " + ", ".join(formats.FORMATS))
    ctx = FeedContext(
        feed="inspect", names=Names(), frame=AreaFrame(0.0, 0.0), sensor_rows={}, options=dict(options or {})
    )
    return name, formats.FORMATS[name](raw, ctx), ctx.names


def _capture(data: bytes) -> str:
    capture = Capture(Rejects())
    capture.receive(data[:PIECE])
    links = [p.link for p in capture.packets()]
    if not capture.is_begun:
        return ""
    return "opendroneid-pcap" if any(link in droneid.LINKS for link in links) or not links else "asterix-pcap"


def _parquet(data: bytes) -> str:
    if data[:4] != b"PAR1":
        return ""
    try:
        names = set(pq.read_schema(pa.BufferReader(data)).names)
    except (pa.ArrowException, OSError, ValueError):
        return ""
    return "traffic-parquet" if "timestamp" in names and "t_s" not in names else "reports-parquet"


def _json(data: bytes) -> str:
    text = data[:PIECE].lstrip(b"\xef\xbb\xbf \t\r\n")
    if text[:1] not in (b"{", b"[") or _POLLS.match(text):
        return ""
    for name, keys in _KEYS:
        if any(re.search(rb'"%b"\s*:' % re.escape(key.encode()), text) for key in keys):
            return name
    whole = _keys(data)
    if "alerts" in whole:
        return "alerts-in-ua-json"
    is_states = _STATES.match(text) or {"time", "states"} <= (whole or _keys(data.partition(b"\n")[0]))
    return "opensky-states-json" if is_states else ""


def _keys(data: bytes) -> set[str]:
    """The names in the object that a JSON text is; none if it is no such text."""
    try:
        value = msgspec.json.decode(data)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return set()
    return set(value) if isinstance(value, dict) else set()


def _csv(data: bytes) -> str:
    line = data[:PIECE].split(b"\n", 1)[0].decode("utf-8", "replace").removeprefix("\ufeff")
    names = {name.strip().strip('"') for name in line.split(",")}
    return next((name for name, needed in _HEADS if needed <= names), "")


def _cot(data: bytes) -> str:
    head = data[:PIECE]
    is_frame = head[:1] == b"\xbf" and len(head) > 4
    return "cot" if is_frame or re.search(rb"<event[\s/>]", head) else ""


def _sapient(data: bytes) -> str:
    """Does a frame stand there whose message (or as much of it as there is) can be read."""
    head = data[:PIECE]
    if len(head) < 6:
        return ""
    size = struct.unpack_from("<I", head)[0]
    if not 2 <= size <= sapient.FRAME_MAX or head[4] & 7 != 2 or not 1 <= head[4] >> 3 <= 13:
        return ""
    if 4 + size > len(head):
        return "sapient"
    try:
        return "sapient" if sapient.decode(head[4 : 4 + size]) else ""
    except BadMessage:
        return ""


def _beast(data: bytes) -> str:
    """Frames of the Beast format from the start, or from soon after it: recordings begin anywhere."""
    at = data[:PIECE].find(b"\x1a")
    while 0 <= at < 64:
        if data[at + 1 : at + 2] in (b"1", b"2", b"3", b"4") and b"\x1a" in data[at + 11 : at + 48]:
            return "beast"
        at = data.find(b"\x1a", at + 1)
    return ""


def _avr(data: bytes) -> str:
    return "avr" if _AVR.match(data[:PIECE]) else ""


def _sbs(data: bytes) -> str:
    return "sbs" if _SBS.match(data.lstrip()[:16]) else ""


def _asterix(data: bytes) -> str:
    """Blocks one after the other, as far as one looks, the first of a category that is read or all of them whole."""
    at, n, known = 0, 0, False
    while at + 3 <= len(data) and n < 50:
        size = int.from_bytes(data[at + 1 : at + 3], "big")
        if not data[at] or size < 5 or (at + size > len(data) and not n):
            break
        known = known or data[at] in UAPS
        at, n = at + size, n + 1
    is_whole = n == 50 or at >= len(data) or not any(data[at:])
    return "asterix-raw" if n and known and (is_whole or n > 3) else ""


LOOKS: tuple[Callable[[bytes], str], ...] = (
    _capture, _parquet, _json, _csv, _sbs, _avr, _cot, _sapient, _beast, _asterix,
)  # fmt: skip
"""What tells formats apart, the surest first; each gives a name, or "" where it does not know the bytes."""
