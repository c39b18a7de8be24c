"""Write a case folder: case.toml, flights.json, the feeds' files and truth.parquet.

    case.toml       name, real, simulated, source, licence, start_s, end_s, [area], [[sensor]], [[site]], [[zone]],
                    [[feed]] {name, format, file}, and the thresholds that differ from the defaults
    flights.json    the plans
    feeds/          what the feeds name, bytes as given or a table as Parquet
    truth.parquet   where known, each second

The folder is written aside and then renamed, so a reader never sees half a case. The same content gives the same bytes.
"""

from __future__ import annotations

import dataclasses
import json
import math
import shutil
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from flightward.errors import BadInput

_F8 = pa.float64()

REPORTS_SCHEMA = pa.schema(
    [
        ("t_s", _F8),
        ("t_rx_s", _F8),
        ("sensor_id", pa.string()),
        *[(c, _F8) for c in ("range_m", "azimuth_rad", "elevation_rad", "range_rate_mps", "rcs_m2")],
        *[(c, _F8) for c in ("lat_deg", "lon_deg", "hae_m", "baro_m", "sigma_h_m", "sigma_v_m")],
        *[(c, _F8) for c in ("nic", "nac_p", "ve_mps", "vn_mps", "vu_mps")],
        ("identity", pa.string()),
        ("kind", pa.string()),
        ("p_kind", _F8),
        ("hostile", pa.bool_()),
        ("source_track_id", pa.string()),
    ]
)
"""Tabular reports (feed formats reports-parquet and reports-csv), in order of t_rx_s; null where not measured."""

TRUTH_SCHEMA = pa.schema(
    [
        ("t_s", _F8),
        ("object_id", pa.string()),
        ("kind", pa.string()),
        ("hostile", pa.bool_()),
        ("raid_id", pa.string()),
        ("on_ground", pa.bool_()),
        *[(c, _F8) for c in ("lat_deg", "lon_deg", "hae_m", "ve_mps", "vn_mps", "vu_mps")],
    ]
)
"""truth.parquet: one row per object and whole second; raid_id null = none."""


@dataclasses.dataclass(frozen=True)
class FeedFile:
    """One feed of a case: its name, its format, its path inside the folder, and what stands in the file."""

    name: str
    format: str
    file: str
    content: bytes | pa.Table
    options: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    """Further keys of [[feed]], as the `sensor` of state vectors."""


@dataclasses.dataclass(frozen=True)
class CaseContent:
    """Everything that a case folder holds; the mappings use the keys of the case format."""

    name: str
    real: str
    simulated: str
    source: str
    licence: str
    start_s: float
    end_s: float
    area: Mapping[str, Any]
    sensors: Sequence[Mapping[str, Any]] = ()
    sites: Sequence[Mapping[str, Any]] = ()
    zones: Sequence[Mapping[str, Any]] = ()
    feeds: Sequence[FeedFile] = ()
    flights: Sequence[Mapping[str, Any]] = ()
    truth: pa.Table | None = None
    extra: Mapping[str, Any] = dataclasses.field(default_factory=dict)


def write_case(content: CaseContent, out: Path) -> Path:
    """Write a case folder at `out`, which must not exist yet or be empty, and give its path.

    Errors   BadInput if `out` is taken, if a feed's path leaves the folder, or if a value has no TOML form.
    """
    out = Path(out)
    must_be_free(out)
    aside = out.with_name(f".{out.name}.part")
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(parents=True)
    (aside / "case.toml").write_text(toml_text(case_mapping(content)), encoding="utf-8")
    text = json.dumps([dict(f) for f in content.flights], indent=1, ensure_ascii=False, allow_nan=False)
    (aside / "flights.json").write_text(text + "\n", encoding="utf-8")
    for feed in content.feeds:
        path = (aside / feed.file).resolve()
        if not path.is_relative_to(aside.resolve()):
            raise BadInput("must lie inside the case", key="feed.file", value=feed.file, where=feed.name)
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(feed.content, bytes):
            path.write_bytes(feed.content)
        else:
            write_table(feed.content, path)
    if content.truth is not None:
        write_table(content.truth.cast(TRUTH_SCHEMA), aside / "truth.parquet")
    _swap(aside, out)
    return out


def must_be_free(out: Path) -> None:
    """Errors: BadInput if there is anything at `out` but an empty folder: what is there is never overwritten."""
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise BadInput("is not an empty folder, and is left as it is; name another folder or remove it", where=str(out))


def replace_case(made: Path, out: Path) -> Path:
    """Move the case `made` to `out`; an earlier case of the same name there goes.

    Errors   BadInput if anything else is at `out`.
    """
    if _name_of(out) is None or _name_of(out) != _name_of(made):
        must_be_free(out)
    _swap(made, out)
    return out


def _name_of(case: Path) -> object:
    try:
        return tomllib.loads((case / "case.toml").read_text(encoding="utf-8")).get("name")
    except (OSError, ValueError):
        return None


def write_table(table: pa.Table, path: Path) -> None:
    """A Parquet file: strings as dictionaries, numbers plain, zstd; the same table gives the same bytes."""
    words = [f.name for f in table.schema if pa.types.is_string(f.type)]
    pq.write_table(table, path, compression="zstd", compression_level=1, use_dictionary=words)


def case_mapping(content: CaseContent) -> dict[str, Any]:
    """What stands in case.toml, as one mapping, plain keys before tables."""
    return {
        "name": content.name,
        "real": content.real,
        "simulated": content.simulated,
        "source": content.source,
        "licence": content.licence,
        "start_s": float(content.start_s),
        "end_s": float(content.end_s),
        "area": {k: v for k, v in content.area.items() if v is not None},
        **content.extra,
        "sensor": [dict(s) for s in content.sensors],
        "site": [dict(s) for s in content.sites],
        "zone": [dict(z) for z in content.zones],
        "feed": [{"name": f.name, "format": f.format, "file": f.file, **f.options} for f in content.feeds],
    }


def toml_text(mapping: Mapping[str, Any]) -> str:
    """TOML of a mapping: plain values first, then its tables, then its arrays of tables; None is left out.

    Errors   BadInput for a value that TOML cannot hold.
    """
    plain = {k: v for k, v in mapping.items() if v is not None and not _is_table(v)}
    lines = [f"{k} = {_value(v, k)}" for k, v in plain.items()]
    for key, value in mapping.items():
        if isinstance(value, Mapping):
            lines += ["", f"[{key}]", *_inner(value)]
    for key, value in mapping.items():
        if _is_table(value) and not isinstance(value, Mapping):
            for entry in value:
                lines += ["", f"[[{key}]]", *_inner(entry)]
    return "\n".join(lines) + "\n"


def _inner(table: Mapping[str, Any]) -> list[str]:
    return [f"{k} = {_value(v, k)}" for k, v in table.items() if v is not None]


def _is_table(value: Any) -> bool:
    if isinstance(value, Mapping):
        return True
    return isinstance(value, list | tuple) and len(value) > 0 and isinstance(value[0], Mapping)


def _value(value: Any, key: str) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        if not math.isfinite(value):
            return "nan" if math.isnan(value) else ("inf" if value > 0 else "-inf")
        return repr(float(value))
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_value(v, key) for v in value) + "]"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{k} = {_value(v, k)}" for k, v in value.items() if v is not None) + "}"
    raise BadInput(f"TOML has no form for a {type(value).__name__}", key=key, value=value)


def _swap(aside: Path, out: Path) -> None:
    """Put the finished folder in place; an earlier one goes only after the new one stands beside it."""
    old = out.with_name(f".{out.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if out.exists():
        out.rename(old)
    aside.rename(out)
    shutil.rmtree(old, ignore_errors=True)
