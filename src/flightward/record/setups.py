"""A Setup and a Config as plain values, and back with the same bits: what a recording begins with."""

from __future__ import annotations

import dataclasses
import json
import zlib
from collections.abc import Mapping
from typing import Any

from flightward.config import Config
from flightward.errors import BadRecord
from flightward.model import AreaFrame, FlightBatch, Names, SensorBatch, Setup, SiteBatch, ZoneBatch
from flightward.record.schema import Packer, decode, encode

_TABLES = {"sensors": SensorBatch, "sites": SiteBatch, "zones": ZoneBatch, "flights": FlightBatch}
_PLAIN = (
    "title", "real", "simulated", "source", "licence", "radius_m", "qnh_hpa", "geoid_m", "start_s", "end_s",
)  # fmt: skip


def setup_bytes(setup: Setup) -> bytes:
    """msgpack of a Setup, with the names known now."""
    values: dict[str, Any] = {name: getattr(setup, name) for name in _PLAIN}
    values["frame"] = [setup.frame.lat0_rad, setup.frame.lon0_rad]
    values["names"] = setup.names.since(0)
    values["thresholds"] = dict(setup.thresholds)
    for name, kind in _TABLES.items():
        values[name] = Packer(kind).values(getattr(setup, name))
    return encode(values)


def setup_from(data: bytes) -> Setup:
    """The Setup of its msgpack. Errors: BadRecord."""
    values = decode(data)
    try:
        tables = {name: Packer(kind).batch(values[name]) for name, kind in _TABLES.items()}
        return Setup(
            **{name: values[name] for name in _PLAIN},
            frame=AreaFrame(*values["frame"]), names=Names(values["names"]), thresholds=values["thresholds"],
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
    return Config().changed(values, where="recording")
