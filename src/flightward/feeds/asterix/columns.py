"""What records say -> the columns of reports: who, which sensor, places, heights above the ellipsoid."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np

from flightward.errors import BadInput
from flightward.feeds.asterix.said import P_EMITTER, Said
from flightward.feeds.asterix.services import name
from flightward.feeds.emitters import KIND_OF_EMITTER
from flightward.feeds.reports import NUMBERS, Coded
from flightward.feeds.rows import FeedContext
from flightward.model import F64, I8, I64, NONE, AreaFrame
from flightward.units import DEG_RAD

WORDS = ("sensor_id", "identity", "kind", "source_track_id")


@dataclasses.dataclass(frozen=True)
class Columns:
    """R rows: numbers and words as feeds/reports.py wants them, and `order` (R,), the block each stands in."""

    numbers: dict[str, F64]
    words: dict[str, Coded]
    hostile: I8
    row: I64
    order: I64

    def take(self, rows: I64) -> Columns:
        """The same with only `rows`."""
        return Columns(
            {k: v[rows] for k, v in self.numbers.items()},
            {k: Coded(v.code[rows], v.texts) for k, v in self.words.items()},
            self.hostile[rows], self.row[rows], self.order[rows],
        )  # fmt: skip


def report_columns(category: int, what: Said, t_s: F64, t_rx_s: F64, row: I64, order: I64, ctx: FeedContext) -> Columns:
    """The columns of R records of one category."""
    numbers = {key: value for key, value in what.numbers.items() if key in NUMBERS}
    numbers |= {"t_s": t_s, "t_rx_s": t_rx_s}
    if "msl_m" in what.numbers:
        hae = numbers.get("hae_m", np.full(len(t_s), np.nan))
        numbers["hae_m"] = np.where(np.isnan(hae), what.numbers["msl_m"] + ctx.geoid_m, hae)
    if "x_m" in what.numbers:
        numbers["lat_deg"], numbers["lon_deg"] = _places(what.numbers, ctx)
    kinds = _kinds(category, what)
    if "p_kind" not in numbers:
        numbers["p_kind"] = np.where(kinds.code == NONE, np.nan, P_EMITTER)
    words = {
        "sensor_id": _sensors(category, what.source, ctx), "identity": _identities(what), "kind": kinds,
        # receivers of ADS-B and of drones number nothing: what has a number is another system's track
        "source_track_id": _coded(np.where(what.track == NONE, NONE, what.source << 16 | what.track), _track_name),
    }  # fmt: skip
    return Columns(numbers, words, what.hostile, row, order)


def joined(parts: list[Columns]) -> tuple[dict[str, F64], dict[str, Coded], I8, I64]:
    """All parts in the order of the stream; a column that a part has not is unknown there."""
    if not parts:
        return {"t_s": np.zeros(0)}, {}, np.zeros(0, dtype=np.int8), np.zeros(0, dtype=np.int64)
    order = np.argsort(np.concatenate([p.order for p in parts]), kind="stable")
    names = dict.fromkeys(key for p in parts for key in p.numbers)
    numbers = {
        key: np.concatenate([p.numbers.get(key, np.full(len(p.row), np.nan)) for p in parts])[order] for key in names
    }
    words = {}
    for key in WORDS:
        codes: list[I64] = []
        texts: list[str] = []
        for p in parts:
            codes.append(np.where(p.words[key].code == NONE, NONE, p.words[key].code + len(texts)))
            texts += p.words[key].texts
        words[key] = Coded(np.concatenate(codes)[order], texts)
    hostile = np.concatenate([p.hostile for p in parts])[order]
    return numbers, words, hostile, np.concatenate([p.row for p in parts])[order]


def radar_heights(source: I64, ctx: FeedContext) -> F64:
    """(R,) heights of radars (SAC << 8 | SIC) above mean sea level; 0 where not known."""
    if ctx.sensors is None or not len(ctx.sensors):
        return np.zeros(len(source))
    sensors = _sensors(48, source, ctx)
    row = sensors.mapped([ctx.sensor_rows.get(text, NONE) for text in sensors.texts])
    return np.where(row == NONE, 0.0, np.nan_to_num(ctx.sensors.hae_m[row] - ctx.geoid_m))


def _places(numbers: dict[str, F64], ctx: FeedContext) -> tuple[F64, F64]:
    """Latitude and longitude in degrees; where there are none, of the place on the source's plane, if its centre is
    known."""
    lat_deg, lon_deg = numbers["lat_deg"], numbers["lon_deg"]
    centre = ctx.options.get("plane")
    if centre is None:
        return lat_deg, lon_deg
    try:
        lat0_deg, lon0_deg = (float(v) for v in centre)
    except (TypeError, ValueError):
        raise BadInput("must be [lat_deg, lon_deg]", key="plane", value=centre, where=f"feed {ctx.feed}") from None
    frame = AreaFrame(lat0_deg * DEG_RAD, lon0_deg * DEG_RAD)
    lat_rad, lon_rad = frame.to_geodetic(numbers["x_m"], numbers["y_m"])
    missing = np.isnan(lat_deg)
    return np.where(missing, lat_rad / DEG_RAD, lat_deg), np.where(missing, lon_rad / DEG_RAD, lon_deg)


def _sensors(category: int, source: I64, ctx: FeedContext) -> Coded:
    """The sensor of each row. A plot says nothing without its radar: one that is not known is kept aside as such."""
    if "sensor" in ctx.options:
        return Coded(np.zeros(len(source), dtype=np.int64), [str(ctx.options["sensor"])])
    by_source = ctx.options.get("sensors", {})
    if not isinstance(by_source, dict):
        raise BadInput('must be a table as {"25/201" = "radar-1"}', key="sensors", where=f"feed {ctx.feed}")
    found = _coded(source, lambda number: str(by_source.get(name(number), name(number))))
    if category == 48 and ctx.sensor_rows:
        return found
    known = np.array([*[text in ctx.sensor_rows for text in found.texts], False], dtype=np.bool_)
    return Coded(np.where(known[found.code], found.code, NONE), found.texts)


def _identities(what: Said) -> Coded:
    if what.serial:
        return Coded.of([text.lower() or None for text in what.serial])
    numbers = what.address | what.prefix.astype(np.int64) << 24
    return _coded(np.where(what.address == NONE, NONE, numbers), _address_name)


def _kinds(category: int, what: Said) -> Coded:
    if category == 129:
        return Coded(np.zeros(len(what.source), dtype=np.int64), ["drone"])
    return _coded(what.emitter, lambda number: KIND_OF_EMITTER.get(number, ""))


def _address_name(number: int) -> str:
    """Six digits; after a "~" if it is no address that ICAO gave out."""
    return f"~{number & 0xFFFFFF:06x}" if number >> 24 else f"{number:06x}"


def _track_name(number: int) -> str:
    return f"{name(number >> 16)}:{number & 0xFFFF}"


def _coded(numbers: I64, text_of: Callable[[int], str]) -> Coded:
    """Texts of (R,) numbers, one per distinct number; NONE and "" are null."""
    distinct, index = np.unique(numbers, return_inverse=True)
    texts = ["" if number == NONE else text_of(number) for number in distinct.tolist()]
    place = np.array([k if text else NONE for k, text in enumerate(texts)], dtype=np.int64)
    return Coded(place[index], texts)
