"""A Setup and a Config as plain values, and back with the same bits: what a recording begins with."""

from __future__ import annotations

import dataclasses
import json
import zlib
from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Any

from flightward.config import Config
from flightward.errors import BadRecord
from flightward.model import (
    AgreedBatch,
    AreaFrame,
    Batch,
    FlightBatch,
    MinimumBatch,
    Names,
    SensorBatch,
    Setup,
    SiteBatch,
    ZoneBatch,
)
from flightward.record.schema import Packer, decode, encode

_TABLES: dict[str, type[Batch]] = {
    "sensors": SensorBatch, "sites": SiteBatch, "zones": ZoneBatch, "flights": FlightBatch, "agreed": AgreedBatch,
    "minima": MinimumBatch,
}  # fmt: skip
_LATER = ("agreed", "minima")
"""Tables that older recordings do not have: they are empty then."""
_PLAIN = (
    "title", "real", "simulated", "source", "licence", "radius_m", "qnh_hpa", "geoid_m", "start_s", "end_s",
)  # fmt: skip


def setup_bytes(setup: Setup, owned: Collection[int], n_names: int) -> bytes:
    """msgpack of a Setup with its first n_names names; None for the numbers in `owned`, which stand elsewhere."""
    values: dict[str, Any] = {name: getattr(setup, name) for name in _PLAIN}
    values["frame"] = [setup.frame.lat0_rad, setup.frame.lon0_rad]
    values["names"] = [None if k in owned else text for k, text in enumerate(setup.names.since(0)[:n_names])]
    values["thresholds"] = dict(setup.thresholds)
    for name, kind in _TABLES.items():
        values[name] = Packer(kind).values(getattr(setup, name))
    return encode(values)


def placeholder(number: int) -> str:
    """What stands for a name that was withheld."""
    return f"withheld-{number}"


def setup_from(data: bytes, owned: Mapping[int, str] = MappingProxyType({})) -> Setup:
    """The Setup of its msgpack; `owned` are the names that stand elsewhere, by number. Errors: BadRecord."""
    values = decode(data)
    try:
        names = Names(owned.get(k, placeholder(k)) if text is None else text for k, text in enumerate(values["names"]))
        tables = {
            name: kind.empty() if name in _LATER and name not in values else Packer(kind).batch(values[name])
            for name, kind in _TABLES.items()
        }
        return Setup(
            **{name: values[name] for name in _PLAIN},
            frame=AreaFrame(*values["frame"]), names=names, thresholds=values["thresholds"],
            **tables,  # type: ignore[arg-type]
        )  # fmt: skip
    except (KeyError, TypeError) as error:
        raise BadRecord(f"the setup cannot be read: {error}") from error


def head_crc(head: Mapping[str, str]) -> str:
    """CRC-32 of a head's texts (all but its own "crc"): MCAP has none for metadata."""
    text = json.dumps({k: v for k, v in head.items() if k != "crc"}, sort_keys=True)
    return str(zlib.crc32(text.encode()))


def config_text(config: Config) -> str:
    """JSON of all settings."""
    return json.dumps(dataclasses.asdict(config))


def config_from(text: str) -> Config:
    """The settings of their JSON. Errors: BadRecord; BadInput for a setting that this version does not have."""
    try:
        values = json.loads(text)
    except ValueError as error:
        raise BadRecord(f"the settings cannot be read: {error}") from error
    made: Config = _as_made(Config().changed(values, where="recording"), Config())
    return made


def _as_made(config: Any, default: Any) -> Any:
    """The same settings, each the default's own object where it equals it.

    JSON may give 60.0 for 60, and the memory of the stages is kept for the very settings that the run was made with.
    """
    for field in dataclasses.fields(config):
        now, before = getattr(config, field.name), getattr(default, field.name)
        if dataclasses.is_dataclass(now):
            now = _as_made(now, before)
        config = dataclasses.replace(config, **{field.name: before if now == before else now})
    return config
