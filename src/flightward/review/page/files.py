"""The data behind each figure, as CSV (and Parquet where long), in a folder beside the page."""

from __future__ import annotations

import csv
import dataclasses
import hashlib
import io
import math
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from flightward.review.evidence import Columns
from flightward.review.page.moving import sample_times
from flightward.review.story import Story
from flightward.review.timeline import events


@dataclasses.dataclass(frozen=True)
class DataFile:
    """One file beside the page."""

    name: str
    holds: str
    n_rows: int
    n_bytes: int
    sha256: str


Table = tuple[Sequence[str], list[Sequence[Any]]]


def write_files(s: Story, folder: Path) -> list[DataFile]:
    """Write them all, aside and then in place; the same story gives the same bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    out = []
    for name, make in _CSV.items():
        head, rows = make(s)
        if rows or name in ("flight", "distances", "timeline"):
            out.append(_put(folder / f"{name}.csv", s.say(f"f_{name}"), len(rows), _csv(head, rows)))
    for name, table in (("reports", _reports(s)), ("drones", _drones(s))):
        if len(table):
            out.append(_put(folder / f"{name}.parquet", s.say(f"f_{name}"), len(table), _parquet(table)))
    return out


def _put(path: Path, holds: str, n_rows: int, data: bytes) -> DataFile:
    aside = path.with_name(path.name + ".part")
    aside.write_bytes(data)
    aside.replace(path)
    return DataFile(path.name, holds, n_rows, len(data), hashlib.sha256(data).hexdigest())


def _csv(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(head)
    writer.writerows([[_cell(x) for x in row] for row in rows])
    return text.getvalue().encode()


def _cell(x: Any) -> str:
    """Unknown is empty; numbers with the digits that they are good for."""
    if x is None or (isinstance(x, float) and not math.isfinite(x)):
        return ""
    if isinstance(x, (bool, np.bool_)):
        return "1" if x else "0"
    return f"{x:.10g}" if isinstance(x, float) and abs(x) < 1e8 else f"{x:.2f}" if isinstance(x, float) else str(x)


def _parquet(table: pa.Table) -> bytes:
    sink = io.BytesIO()
    words = [f.name for f in table.schema if pa.types.is_string(f.type)]
    numbers = [f.name for f in table.schema if pa.types.is_floating(f.type)]
    pq.write_table(
        table, sink, compression="zstd", compression_level=9, use_dictionary=words, use_byte_stream_split=numbers
    )
    return sink.getvalue()


def _flight(s: Story) -> Table:
    p = s.f.path
    lat, lon = (np.degrees(x) for x in s.f.evidence.scene.frame.to_geodetic(p.e_m, p.n_m))
    rows = zip(
        *(np.round(x, k).tolist() for x, k in ((p.t_s, 3), (lat, 7), (lon, 7), (p.hae_m, 1))),
        p.airborne.tolist(),
        strict=True,
    )
    return ("t_s", "lat_deg", "lon_deg", "hae_m", "is_airborne"), list(rows)


def _distances(s: Story) -> Table:
    f = s.f
    head = ["t_s", "nearest_h_m", "nearest_v_m", f"nearest_{f.cfg.caught_n}_h_m", "n_near", "nearest_id", "caught_by"]
    c, seen = f.best, f.by_picture if f.by_truth is not None else None
    columns = [c.t_s.tolist(), *(np.round(x, 1).tolist() for x in (c.nearest_h_m, c.nearest_v_m, c.third_h_m))]
    columns += [c.n_near.tolist(), c.nearest_id.tolist(), c.caught_by.tolist()]
    if seen is not None:
        head += ["picture_nearest_h_m", "picture_n_near"]
        columns += [np.round(seen.nearest_h_m, 1).tolist(), seen.n_near.tolist()]
    return head, list(zip(*columns, strict=True))


def _levels(s: Story) -> Table:
    rows = [("shown", x.start_s, x.end_s, x.word) for x in s.f.shown]
    rows += [(kind, x.start_s, x.end_s, x.word) for kind, spans in s.f.rows.items() for x in spans]
    return ("hazard", "from_s", "to_s", "level"), list(rows)


def _timeline(s: Story) -> Table:
    return ("t_s", "code", "what", "detail"), [(e.t_s, e.code, e.what, e.detail) for e in events(s)]


def _links(s: Story) -> Table:
    head = ("link", "t_s", "after_the_last_s", "before_the_catch_s", "n_needed", "n_of", "who")
    return head, [(x.stage, x.t_s, x.after_s, x.before_s, *x.of, x.who) for x in s.k.links]


def _possible(s: Story) -> Table:
    head = ("with", "drones_known_s", "warning_possible_s", "caught_s", "lead_s", "silent_sensors")
    return head, [(p.mode, p.known_s, p.warn_s, p.caught_s, p.lead_s, " ".join(p.sensors)) for p in s.k.possible]


def _silent(s: Story) -> Table:
    rows = [(x.sensor, s.k.grid.ids[x.drone], x.start_s, x.end_s, "off" if x.is_off else "on") for x in s.k.silent]
    return ("sensor", "drone", "from_s", "to_s", "sensor_was"), list(rows)


def _warnings(s: Story) -> Table:
    w = s.f.evidence.warnings
    return list(w), list(zip(*(w[k].tolist() for k in w), strict=True))


def _options(s: Story) -> Table:
    head = (
        "option", "text", "p_caught", "delay_s", "extra_m", "decide_by_s", "caught_by", "closest_h_m", "closest_v_m"
    )  # fmt: skip
    rows = [
        (c.option, c.text, c.p_caught, c.delay_s, c.extra_m, c.decide_by_s,
         "not known" if c.caught_by is None else c.caught_by, c.closest_h_m, c.closest_v_m)
        for c in s.f.choices
    ]  # fmt: skip
    return head, list(rows)


def _loss(s: Story) -> Table:
    head = ("case", "which", "n", "p", "p_lo", "p_hi", "n_effective", "p_struck", "struck_lo", "struck_hi", "is_known")
    rows = s.loss.rows if s.loss is not None else ()
    return head, [
        (r.case, r.which, r.n, r.p, r.p_lo, r.p_hi, r.n_effective, r.p_struck, r.struck_lo, r.struck_hi, r.is_known)
        for r in rows
    ]  # fmt: skip


def _chance(s: Story) -> Table:
    rows = s.chance.rows if s.chance is not None else ()
    return ("test", "result", "p", "power_2", "power_3", "note"), [dataclasses.astuple(r) for r in rows]


_CSV: dict[str, Callable[[Story], Table]] = {
    "flight": _flight, "distances": _distances, "levels": _levels, "timeline": _timeline, "links": _links,
    "possible": _possible, "silent": _silent, "warnings": _warnings, "options": _options, "loss": _loss,
    "chance": _chance,
}  # fmt: skip


def _reports(s: Story) -> pa.Table:
    """Sensor reports of the drones that mattered."""
    k, sensors = s.k, {x.row: x.place_id for x in s.f.evidence.scene.sensors}
    mine = np.isin(k.owned.drone, [k.grid.ids.index(d) for d in k.drones])
    o = k.owned
    return pa.table(
        {
            "t_s": o.t_s[mine], "t_rx_s": o.t_rx_s[mine],
            "sensor_id": [sensors.get(int(x), "") for x in o.sensor[mine]],
            "drone": [k.grid.ids[int(d)] for d in o.drone[mine]],
        }
    )  # fmt: skip


def _drones(s: Story) -> pa.Table:
    """The hostile drones of the truth (where known) and of the air picture, at the moments that the map shows."""
    parts, t_s = [], sample_times(s.f)
    sources: list[tuple[str, Columns | None]] = [("truth", s.f.evidence.drones_truth), ("picture", s.f.evidence.drones)]
    for name, rows in sources:
        if rows is None or (name == "truth" and s.f.by_truth is None):
            continue
        on = np.flatnonzero(np.isin(np.rint(rows["t_s"]), np.rint(t_s)))
        ids = rows["track_id"][on].astype(str)
        on = on[np.lexsort((rows["t_s"][on], ids))]
        digits = {"t_s": 0, "lat_deg": 6, "lon_deg": 6, "hae_m": 1}
        columns = {c: np.round(np.asarray(rows[c][on], np.float64), k) for c, k in digits.items()}
        ids = pa.array(rows["track_id"][on].astype(str).tolist(), pa.string())
        parts.append(pa.table({"source": pa.array([name] * len(ids), pa.string()), "id": ids, **columns}))
    return pa.concat_tables(parts) if parts else pa.table({"id": pa.array([], pa.string())})
