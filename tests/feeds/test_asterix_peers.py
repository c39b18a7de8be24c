"""The Croatian captures by an independent decoder (libasterix, MIT): every field that is used agrees."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from feedkit import context
from remoteid import packets_of

from flightward.feeds.asterix.layouts import RESERVED_48
from flightward.feeds.datagrams import Datagram, datagram
from flightward.feeds.formats import FORMATS
from flightward.feeds.rows import FeedRows

base = pytest.importorskip("asterix.base", reason="needs libasterix")
generated = pytest.importorskip("asterix.generated", reason="needs libasterix")

FT_M, NM_M = 0.3048, 1852.0
CATEGORIES = {21: "Cat_021_2_6", 48: "Cat_048_1_32", 62: "Cat_062_1_19"}


def records(payload: bytes) -> list[tuple[int, Any]]:
    """(category, record) of all blocks of a datagram, as libasterix parses them."""
    out = []
    for raw in base.RawDatablock.parse(base.Bits.from_bytes(payload)):
        name = CATEGORIES.get(raw.get_category())
        if name is not None:
            parsed = getattr(generated, name).cv_uap.parse(raw.get_raw_records())
            out += [(raw.get_category(), r) for r in parsed]
    return out


def part(record: Any, item: str, *path: str) -> Any:
    """The content of an item or of a part of it; None where it is not there."""
    found = record.get_item(item)
    for name in path:
        if found is None:
            return None
        found = found.variation.get_item(name)
    return None if found is None else found.variation.content


def quantity(record: Any, item: str, *path: str) -> float:
    content = part(record, item, *path)
    return float("nan") if content is None else float(content.as_quantity())


def unsigned(record: Any, item: str, *path: str) -> int | None:
    content = part(record, item, *path)
    return None if content is None else int(content.as_uint())


def of_capture(path: Path) -> tuple[FeedRows, list[Any], Any]:
    data = path.read_bytes()
    ctx = context(sensor_rows={})
    rows = FORMATS["asterix-pcap"](data, ctx)
    theirs = []
    for packet in packets_of(data):
        got = datagram(packet.link, packet.data)
        assert isinstance(got, Datagram)
        theirs += records(got.data)
    return rows, theirs, ctx.names


def same(ours: Any, theirs: list[float], **tolerance: float) -> None:
    np.testing.assert_allclose(ours, theirs, equal_nan=True, **{"rtol": 1e-9, "atol": 1e-9, **tolerance})


def test_radar_plots(shared_data: Path) -> None:
    got, theirs, names = of_capture(shared_data / "asterix/cat_034_048.pcap")
    plots = [r for category, r in theirs if category == 48]
    assert len(plots) == got.counts["CAT 048"] == 128
    plots = [r for r in plots if unsigned(r, "020", "TYP") != 0]
    r = got.reports
    assert len(plots) == len(r)
    same(r.range_m, [quantity(p, "040", "RHO") * NM_M for p in plots])
    same(np.degrees(r.azimuth_rad), [quantity(p, "040", "THETA") for p in plots])
    tods = [quantity(p, "140") for p in plots]
    same(r.t_s % 86_400.0, tods)
    valid = [not (unsigned(p, "090", "V") or unsigned(p, "090", "G")) for p in plots]
    # libasterix gives flight levels as quantities in FL
    levels = [quantity(p, "090", "FL") * 100.0 * FT_M if ok else np.nan for p, ok in zip(plots, valid, strict=True)]
    same(r.baro_m, levels)
    same(r.hae_m, [quantity(p, "110", "3DH") * FT_M for p in plots])
    speed = [quantity(p, "200", "GSP") * NM_M for p in plots]
    same(np.hypot(r.ve_mps, r.vn_mps), speed, rtol=1e-7)
    course = np.array([quantity(p, "200", "HDG") for p in plots])
    moving = np.hypot(r.ve_mps, r.vn_mps) > 0.0
    same(np.degrees(np.arctan2(r.ve_mps, r.vn_mps))[moving] % 360.0, course[moving].tolist(), atol=1e-6)
    who = [None if (a := unsigned(p, "220")) is None else f"{a:06x}" for p in plots]
    assert [names.text(int(k)) for k in r.identity] == who
    tracks = [(unsigned(p, "010", "SAC"), unsigned(p, "010", "SIC"), unsigned(p, "161", "TRN")) for p in plots]
    assert [names.text(int(k)) for k in r.source_track] == [f"{a}/{b}:{c}" for a, b, c in tracks]
    same(r.signal_db, [quantity(p, "130", "SAM") for p in plots])


def test_system_tracks(shared_data: Path) -> None:
    got, theirs, names = of_capture(shared_data / "asterix/cat_062_065.pcap")
    tracks = [r for category, r in theirs if category == 62]
    raw = (shared_data / "asterix/cat062cat065.raw").read_bytes()
    ctx = context(sensor_rows={})
    more = FORMATS["asterix-raw"](raw, ctx)
    batches = ((got, tracks, names), (more, [r for category, r in records(raw) if category == 62], ctx.names))
    for ours, expected, words in batches:
        r = ours.reports
        assert len(r) == len(expected) == 2
        same(np.degrees(r.lat_rad), [quantity(t, "105", "LAT") for t in expected])
        same(np.degrees(r.lon_rad), [quantity(t, "105", "LON") for t in expected])
        same(r.ve_mps, [quantity(t, "185", "VX") for t in expected])
        same(r.vn_mps, [quantity(t, "185", "VY") for t in expected])
        # a height from coverage, from a table or by default (SRC 4 to 6) is none; the first of the raw file has one
        measured = [unsigned(t, "080", "SRC") not in (4, 5, 6) for t in expected]
        heights = [quantity(t, "130") * FT_M for t in expected]
        same(r.hae_m, [h if known else np.nan for h, known in zip(heights, measured, strict=True)])
        same(r.vu_mps, [quantity(t, "220") * FT_M / 60.0 for t in expected])
        same(r.t_s % 86_400.0, [quantity(t, "070") for t in expected])
        assert [unsigned(t, "135", "QNH") for t in expected] == [0, 0]
        same(r.baro_m, [quantity(t, "135", "CTB") * 100.0 * FT_M for t in expected])
        numbers = [unsigned(t, "040") for t in expected]
        assert [str(words.text(int(k))).split(":")[1] for k in r.source_track] == [str(n) for n in numbers]
        addresses = [unsigned(t, "380", "ADR") if t.get_item("380") is not None else None for t in expected]
        assert [words.text(int(k)) for k in r.identity] == [None if a is None else f"{a:06x}" for a in addresses]


def test_the_layout_of_the_reserved_expansion_field() -> None:
    def size(variation: Any) -> str:
        if issubclass(variation, base.Extended):
            return "x1"
        if issubclass(variation, base.Compound):
            return f"({' '.join(named(part) for part in variation.cv_items_list)})"
        return str(variation.cv_bit_size // 8)

    def named(item: Any) -> str:
        return f"{item.cv_name}:{size(item.cv_rule.cv_variation)}"

    for edition in ("11", "12", "13"):
        items = getattr(generated, f"Ref_048_1_{edition}").cv_expansion.cv_items_list
        assert " ".join(named(item) for item in items[:5]) == RESERVED_48


def test_adsb(shared_data: Path) -> None:
    raw = (shared_data / "asterix/cat21_re.ast").read_bytes()
    ctx = context(sensor_rows={})
    r = FORMATS["asterix-raw"](raw, ctx).reports
    theirs = [t for _, t in records(raw)]
    assert len(r) == len(theirs) == 2
    same(np.degrees(r.lat_rad), [quantity(t, "130", "LAT") for t in theirs])
    same(np.degrees(r.lon_rad), [quantity(t, "130", "LON") for t in theirs])
    same(r.t_s % 86_400.0, [quantity(t, "073") for t in theirs])
    same(r.signal_db, [quantity(t, "132") for t in theirs])
    assert [ctx.names.text(int(k)) for k in r.identity] == [f"{unsigned(t, '080'):06x}" for t in theirs]
