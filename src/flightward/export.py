"""A recording for other programs: Parquet, GeoParquet, GeoJSON, KML, CZML and the tables of `traffic`.

What is exported is what was recorded; nothing is computed anew. Simulated days are marked in every file that
has a place for it, and contents.json says what the files hold of people.
"""

from __future__ import annotations

import json
import math
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from flightward.errors import BadInput
from flightward.feeds.cot.event import Element
from flightward.feeds.cot.xmltext import iso, text_of
from flightward.record import Recording, open_recording
from flightward.record.geoparquet import write_geoparquet
from flightward.record.sql import write_tables
from flightward.sinks.formats.czml import czml
from flightward.sinks.marking import Mark
from flightward.sinks.scene import Observer
from flightward.units import FPM_MPS, FT_M, KT_MPS
from flightward.wording import day_label

EVERY_S = 10.0
"""Between two positions of one object in CZML."""


def export(path: Path, out: Path, formats: Sequence[str] = (), *, every_s: float = EVERY_S) -> list[Path]:
    """Write a recording into the folder `out` in `formats` (FORMATS; empty: all); the files that were written.

    Errors   BadInput for an unknown format or an impossible every_s, BadRecord if the recording cannot be read.
    """
    if not (math.isfinite(every_s) and every_s >= 0.0):
        raise BadInput("must be a number of seconds, 0 or more", key="every_s", value=every_s)
    wanted = list(formats) or list(FORMATS)
    for name in wanted:
        if name not in FORMATS:
            raise BadInput(f"is none of {', '.join(FORMATS)}", key="format", value=name)
    recording = open_recording(path)
    out = Path(out)
    out.mkdir(parents=True, exist_ok=True)
    files: list[Path] = []
    with tempfile.TemporaryDirectory(prefix="flightward-export-") as scratch:
        tables = out if "parquet" in wanted else Path(scratch)
        written = write_tables(recording, tables)
        for name in wanted:
            files += written if name == "parquet" else _WRITERS[name](recording, tables, out, every_s)
        n_identities = len(pc.unique(pq.read_table(tables / "tracks.parquet")["identity"].drop_null()))
    _contents(recording, out, files, n_identities)
    return [*files, out / "contents.json"]


def _geoparquet(recording: Recording, tables: Path, out: Path, every_s: float) -> list[Path]:
    return write_geoparquet(tables, out)


def _traffic(recording: Recording, tables: Path, out: Path, every_s: float) -> list[Path]:
    """State vectors as the library `traffic` has them: feet, knots, feet per minute; no barometric altitude."""
    rows = pq.read_table(tables / "tracks.parquet")
    ve, vn = rows["ve_mps"].to_numpy(), rows["vn_mps"].to_numpy()
    identity = rows["identity"].to_pylist()
    stamps = np.rint(rows["t_s"].to_numpy() * 1e3).astype("datetime64[ms]").astype("datetime64[ns]")
    table = pa.table({
        "timestamp": pa.array(stamps, pa.timestamp("ns", "UTC")),
        "icao24": pa.array([t if t and _is_icao24(t) else None for t in identity], pa.string()),
        "callsign": pa.array([t if t and not _is_icao24(t) else None for t in identity], pa.string()),
        "latitude": rows["lat_deg"], "longitude": rows["lon_deg"],
        "altitude": pa.nulls(len(rows), pa.float64()),
        "geoaltitude": pc.divide(rows["hae_m"], FT_M),
        "groundspeed": pa.array(np.hypot(ve, vn) / KT_MPS, from_pandas=True),
        "track": pa.array(np.degrees(np.arctan2(ve, vn)) % 360.0, from_pandas=True),
        "vertical_rate": pc.divide(rows["vu_mps"], FPM_MPS),
        "flight_id": rows["track_id"],
    })  # fmt: skip
    table = table.replace_schema_metadata(rows.schema.metadata)
    pq.write_table(table, out / "traffic.parquet", compression="zstd")
    return [out / "traffic.parquet"]


def _is_icao24(text: str) -> bool:
    return len(text) == 6 and all(c in "0123456789abcdefABCDEF" for c in text)


def _lines(tables: Path) -> list[dict[str, Any]]:
    """Each track as one line: its words, its times and its places in degrees and metres above the ellipsoid."""
    rows = pq.read_table(tables / "tracks.parquet")
    ids = rows["track_id"].to_numpy(zero_copy_only=False)
    order = np.argsort(ids, kind="stable")
    cuts = np.flatnonzero(np.r_[True, ids[order][1:] != ids[order][:-1]]) if len(ids) else np.zeros(0, int)
    column = {name: rows[name].to_numpy(zero_copy_only=False) for name in ("t_s", "lon_deg", "lat_deg", "hae_m")}
    words = {name: rows[name].to_pylist() for name in ("identity", "kind", "hostile", "raid_id")}
    out_lines = []
    for a, b in zip(cuts, [*cuts[1:], len(ids)], strict=True):
        mine = order[a:b]
        last = int(mine[-1])
        places = [
            [round(float(x), 7), round(float(y), 7), *([round(float(h), 1)] if math.isfinite(h) else [])]
            for x, y, h in zip(*(column[n][mine] for n in ("lon_deg", "lat_deg", "hae_m")), strict=True)
        ]  # fmt: skip
        out_lines.append({
            "id": ids[last], "t_s": column["t_s"][mine].tolist(), "places": places,
            **{k: v[last] for k, v in words.items()},
        })  # fmt: skip
    return out_lines


def _geojson(recording: Recording, tables: Path, out: Path, every_s: float) -> list[Path]:
    """Tracks as lines (points, where there is one place only) and warnings; times beside the coordinates (RFC 7946)."""
    features: list[dict[str, Any]] = []
    for line in _lines(tables):
        places = line.pop("places")
        kind, coordinates = ("LineString", places) if len(places) > 1 else ("Point", places[0])
        features.append({
            "type": "Feature", "id": f"track-{line['id']}", "geometry": {"type": kind, "coordinates": coordinates},
            "properties": {"layer": "track", **line},
        })  # fmt: skip
    for row in pq.read_table(tables / "warnings.parquet").to_pylist():
        features.append({
            "type": "Feature", "id": f"warning-{row['warning_id']}", "geometry": None,
            "properties": {"layer": "warning", **row},
        })  # fmt: skip
    setup = recording.setup
    whole = {"type": "FeatureCollection", "title": setup.title, "mark": _mark(recording).label, "features": features}
    (out / "recording.geojson").write_text(json.dumps(whole, ensure_ascii=False), encoding="utf-8")
    return [out / "recording.geojson"]


def _kml(recording: Recording, tables: Path, out: Path, every_s: float) -> list[Path]:
    """Tracks as lines that are there while they were flown; heights above the geoid, as KML has them."""
    mark = _mark(recording)

    def worded(name: str, words: str) -> Element:
        return Element(name, text=words)

    marks = []
    for line in _lines(tables):
        geoid_m = recording.setup.geoid_m
        points = " ".join(f"{p[0]},{p[1]},{(p[2] if len(p) > 2 else geoid_m) - geoid_m:.1f}" for p in line["places"])
        span = Element("TimeSpan", {}, (worded("begin", iso(line["t_s"][0])), worded("end", iso(line["t_s"][-1]))))
        shape = Element("LineString", {}, (worded("altitudeMode", "absolute"), worded("coordinates", points)))
        about = mark.text(f"{line['kind'] or 'unknown'}, {line['identity'] or 'no identity'}")
        name, described = worded("name", str(line["id"])), worded("description", about)
        marks.append(Element("Placemark", {}, (name, described, span, shape)))
    document = Element("Document", {}, (worded("name", mark.text(recording.setup.title)), *marks))
    whole = Element("kml", {"xmlns": "http://www.opengis.net/kml/2.2"}, (document,))
    (out / "recording.kml").write_text('<?xml version="1.0" encoding="UTF-8"?>' + text_of(whole), encoding="utf-8")
    return [out / "recording.kml"]


def _czml(recording: Recording, tables: Path, out: Path, every_s: float) -> list[Path]:
    observer = Observer(recording.setup, _mark(recording))
    scenes = []
    next_s = -math.inf
    for result in recording.steps():
        scene = observer.scene(result)
        if result.t_s >= next_s:
            scenes.append(scene)
            next_s = result.t_s + every_s
    if not scenes:
        return []
    (out / "recording.czml").write_bytes(czml(scenes))
    return [out / "recording.czml"]


def _mark(recording: Recording) -> Mark:
    return Mark(day_label(recording.setup))


def _contents(recording: Recording, out: Path, files: Sequence[Path], n_identities: int) -> None:
    """contents.json: what was exported, of what, and what it holds of people."""
    setup = recording.setup
    about = {
        "recording": recording.path.name, "title": setup.title, "real": setup.real, "simulated": setup.simulated,
        "licence": setup.licence, "source": setup.source, "files": {p.name: p.stat().st_size for p in files},
        "notes": recording.notes, "holds": {
            "positions": "of every track, by second", "flights": len(setup.flights),
            "identities": n_identities,
            "acts_with_names": len(recording.acts),
        },
    }  # fmt: skip
    (out / "contents.json").write_text(json.dumps(about, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


_WRITERS: dict[str, Callable[[Recording, Path, Path, float], list[Path]]] = {
    "geoparquet": _geoparquet, "traffic": _traffic, "geojson": _geojson, "kml": _kml, "czml": _czml,
}  # fmt: skip
FORMATS = ("parquet", *_WRITERS)
