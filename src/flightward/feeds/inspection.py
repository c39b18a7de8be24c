"""What a feed file holds, for a person who looks: its format, its rows as plain values, what was not read and why."""

from __future__ import annotations

import datetime
import gzip
import math
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from flightward.errors import BadInput
from flightward.feeds.arealooks import area_format_of, facts_of_areas
from flightward.feeds.formats import FORMATS, PLAN_FORMATS, STREAMS, ZONE_FORMATS
from flightward.feeds.looks import format_of
from flightward.feeds.rows import FeedContext, FeedRows
from flightward.model import AlertState, AreaFrame, Kind, Names, ReportBatch


class AnySensor(Mapping[str, int]):
    """Rows of sensors that are made up as their names are met: a file alone does not say which there are."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def __contains__(self, name: object) -> bool:
        return True

    def __getitem__(self, name: str) -> int:
        if name not in self.names:
            self.names.append(name)
        return self.names.index(name)

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __len__(self) -> int:
        return len(self.names)


def look(file: Path, as_format: str = "", options: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Read a file: its format, rows, context, and what its parser keeps beside rows; of declared areas and plans its
    facts. options  what a [[feed]] would say.  Errors: BadInput."""
    try:
        data = file.read_bytes()
        if data[:2] == b"\x1f\x8b":
            data = gzip.decompress(data)
    except (OSError, EOFError, zlib.error) as error:
        raise BadInput(f"cannot be read: {error}", where=str(file)) from error
    known = {*FORMATS, *ZONE_FORMATS, *PLAN_FORMATS}
    if as_format and as_format not in known:
        raise BadInput("must be one of " + ", ".join(sorted(known)), key="--format", value=as_format)
    name = as_format or format_of(data) or area_format_of(data)
    if name not in known:
        raise BadInput(
            f"looks like none of the formats that are read; --format is one of {', '.join(sorted(known))}",
            where=str(file),
        )
    if name not in FORMATS:
        return {"file": file.name, "format": name, "facts": facts_of_areas(data, name)}
    ctx = FeedContext(
        feed=file.name, names=Names(), frame=AreaFrame(0.85, 0.5), sensor_rows=AnySensor(), options=dict(options or {})
    )
    if name not in STREAMS:
        return {"file": file.name, "format": name, "rows": FORMATS[name](data, ctx), "context": ctx, "parser": None}
    parser = STREAMS[name](ctx)
    parser.receive(data)
    parser.finish()
    return {"file": file.name, "format": name, "rows": parser.rows(), "context": ctx, "parser": parser}


def facts_of(found: dict[str, Any]) -> dict[str, Any]:
    """What is said beside the reports; of declared areas and plans all there is."""
    if "facts" in found:
        return {"file": found["file"], "format": found["format"], **found["facts"]}
    rows: FeedRows = found["rows"]
    names: Names = found["context"].names
    alerts = [
        {
            "t_s": float(rows.alerts.t_s[k]), "area": names.text(int(rows.alerts.area[k])),
            "alert": names.text(int(rows.alerts.alert[k])), "state": AlertState(int(rows.alerts.state[k])).word,
        }
        for k in range(len(rows.alerts))
    ]  # fmt: skip
    parser = found["parser"]
    routes = [
        {"name": r.name, "points": [[p.name, p.lat_deg, p.lon_deg] for p in r.points]}
        for r in getattr(parser, "routes", {}).values()
    ]
    events = [
        {"uid": e.uid, "type": e.type, "callsign": e.callsign, "lat_deg": e.lat_deg, "lon_deg": e.lon_deg,
         "time": _utc(e.time_s), "stale": _utc(e.stale_s)}
        for e in getattr(parser, "kept", [])
    ]  # fmt: skip
    clocks = {
        who: {"ahead_s": round(o.ahead_s, 3), "spread_s": round(o.spread_s, 3), "n": o.n}
        for who, o in (parser.clocks.offsets() if hasattr(parser, "clocks") else {}).items()
    }
    operators = {
        who: [o.lat_deg, o.lon_deg] for who, o in getattr(parser, "operators", {}).items() if math.isfinite(o.lat_deg)
    }
    return {
        "file": found["file"], "format": found["format"], "n_reports": len(rows.reports), "n_alerts": len(rows.alerts),
        "kept aside": rows.rejects.counts, "put right": rows.rejects.repairs, "gives no row": dict(rows.others),
        "messages": dict(rows.counts),
        "examples": {reason: kept[0] for reason, kept in rows.rejects.samples.items() if kept},
        "alerts": alerts, "routes": routes, "events": events, "operators": operators, "clocks": clocks,
    }  # fmt: skip


def table_of(rows: FeedRows, ctx: FeedContext) -> list[dict[str, Any]]:
    """One dict a report; unknown values are left out."""
    r: ReportBatch = rows.reports
    sensors = list(ctx.sensor_rows)
    out = []
    for k in range(len(r)):
        one: dict[str, Any] = {
            "t": _utc(r.t_s[k]), "t_rx": _utc(r.t_rx_s[k]),
            "sensor": sensors[int(r.sensor[k])] if r.sensor[k] >= 0 else None,
            "track": ctx.names.text(int(r.source_track[k])), "identity": ctx.names.text(int(r.identity[k])),
            "kind": Kind(int(r.kind[k])).word if r.kind[k] >= 0 else None,
            "hostile": bool(r.hostile[k]) if r.hostile[k] >= 0 else None,
            "lat_deg": float(np.degrees(r.lat_rad[k])), "lon_deg": float(np.degrees(r.lon_rad[k])),
        }  # fmt: skip
        for name in ("hae_m", "baro_m", "range_m", "azimuth_rad", "elevation_rad", "range_rate_mps", "ve_mps", "vn_mps",
                     "vu_mps", "sigma_h_m"):  # fmt: skip
            one[name] = float(getattr(r, name)[k])
        out.append({key: v for key, v in one.items() if v is not None and not (isinstance(v, float) and math.isnan(v))})
    return out


def _utc(t_s: float) -> str | None:
    if not 0.0 < t_s < 1e11:
        return None
    return datetime.datetime.fromtimestamp(float(t_s), datetime.UTC).isoformat(timespec="milliseconds")[:-6] + "Z"
