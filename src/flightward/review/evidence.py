"""Everything that the review of one flight rests on, as columns: from a recording, or from the tables of a run."""

from __future__ import annotations

import dataclasses
import tempfile
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from flightward.config import CaughtConfig, Config
from flightward.errors import BadInput
from flightward.model import Setup
from flightward.record import Recording, TableWriter, open_recording
from flightward.review.heard import Heard, listen, nothing
from flightward.review.scene import Scene, scene_of_case, scene_of_setup
from flightward.wording import Language

Columns = dict[str, NDArray[Any]]
P_HALF = 0.5


@dataclasses.dataclass(frozen=True)
class Evidence:
    """One flight's evidence. `own` and `drones` are rows on the plane (t_s, e_m, n_m, hae_m, ...), by time.

    `own_truth` and `drones_truth` are None where the truth is not known.
    """

    scene: Scene
    own: Columns
    drones: Columns
    raids: Columns
    threats: Columns
    warnings: Columns
    advice: Columns
    own_truth: Columns | None
    drones_truth: Columns | None
    provenance: dict[str, Any]
    caught: CaughtConfig
    heard: Heard
    setup: Setup | None = None
    """The recording's own; None where there is no recording."""
    lang: Language = "en"
    """The language of `reason` and `text`."""
    config: dict[str, Any] | None = None
    """All settings, where there is a recording."""


def gather(source: Path, flight_id: str, case: Path | None, lang: Language = "en") -> Evidence:
    """Evidence from a recording (.mcap), or from the folder of a run with its tables.

    The tables of a run are in English: other languages are made from its recording, where there is one.

    Errors  BadInput when there is neither a recording nor a case to tell the plan, no such case, or no such flight.
    """
    if case is not None and not (case / "case.toml").is_file():
        raise BadInput("holds no case.toml; give the case's folder, or leave it out", where=str(case))
    if source.is_file():
        return _from_recording(source, flight_id, case, lang)
    recording = source / "recording.mcap"
    if not (source / "threats.parquet").is_file():
        if not recording.is_file():
            raise BadInput("holds neither a recording nor tables", key="recording", value=str(source))
        return _from_recording(recording, flight_id, case, lang)
    if recording.is_file() and lang != "en":
        return _from_recording(recording, flight_id, case, lang)
    if recording.is_file():
        held = open_recording(recording)
        scene = _scene(held, flight_id)
        found = _from_tables(source, scene, _meta(held), case, held.config.caught)
        return dataclasses.replace(found, **_from_input(held, scene))
    if case is None:
        raise BadInput(
            "no recording.mcap there and no case given: the plan is not known", key="recording", value=str(source)
        )
    return _from_tables(source, scene_of_case(case, flight_id), {"case": case.name}, case, _limits_of(case))


def _from_recording(path: Path, flight_id: str, case: Path | None, lang: Language) -> Evidence:
    held = open_recording(path)
    scene = _scene(held, flight_id)
    with tempfile.TemporaryDirectory(prefix="flightward-review-") as folder:
        _write_tables(held, Path(folder), lang)
        found = _from_tables(Path(folder), scene, _meta(held), case, held.config.caught)
    return dataclasses.replace(found, lang=lang, **_from_input(held, scene))


def _from_input(held: Recording, scene: Scene) -> dict[str, Any]:
    """What only a recording tells."""
    return {"heard": listen(held, scene), "setup": held.setup, "config": dataclasses.asdict(held.config)}


def _scene(held: Recording, flight_id: str) -> Scene:
    """The recording's scene; its day ends with its last step."""
    scene = scene_of_setup(held.setup, flight_id)
    return dataclasses.replace(scene, end_s=min(scene.end_s, float(held.t_s[-1]))) if len(held) else scene


def _limits_of(case: Path) -> CaughtConfig:
    """What "caught" means in a case that changes it; its other settings do not matter here."""
    table = tomllib.loads((case / "case.toml").read_text(encoding="utf-8-sig")).get("thresholds", {})
    names = {f.name for f in dataclasses.fields(CaughtConfig)}
    mine = {k.removeprefix("caught."): v for k, v in {**table, **table.get("caught", {})}.items()}
    return Config().changed({"caught": {k: v for k, v in mine.items() if k in names}}).caught


def _write_tables(held: Recording, folder: Path, lang: Language) -> None:
    """The recorded outputs as tables: in English the same bytes as the run wrote."""
    writer = TableWriter(folder, held.setup, lang=lang)
    for result in held.steps():
        writer.write(None, result)
    writer.close()


def _meta(held: Recording) -> dict[str, Any]:
    """Versions and hashes as the recording holds them, and what it lacks."""
    return {"recording": held.path.name, **held.meta, "notes": [held.torn] if held.torn else []}


def _from_tables(
    folder: Path, scene: Scene, provenance: dict[str, Any], case: Path | None, caught: CaughtConfig
) -> Evidence:
    flight_id = scene.flight.flight_id
    mine = pc.field("flight_id") == flight_id
    truth = case / "truth.parquet" if case is not None else None
    known = truth is not None and truth.is_file()
    return Evidence(
        scene=scene,
        own=_own(folder, scene),
        drones=_drones(folder, scene),
        raids=read(
            folder / "raids.parquet",
            ["t_s", "raid_id", "n", "lat_deg", "lon_deg", "course_rad", "speed_mps", "arrivals_per_min", "extent_wkb"],
        ),
        threats=read(
            folder / "threats.parquet", ["t_s", "hazard_kind", "hazard_id", "level", "p", "t_to_s", "reason"], mine
        ),
        warnings=read(
            folder / "warnings.parquet",
            [
                "warning_id",
                "hazard_kind",
                "level",
                "raised_s",
                "first_caution_s",
                "cleared_s",
                "predicted_caught_s",
                "p",
                "reason",
            ],
            mine,
        ),
        advice=read(
            folder / "advice.parquet",
            ["t_s", "option", "p_caught", "delay_s", "extra_m", "decide_by_s", "route_wkb", "text"],
            mine,
        ),
        own_truth=_truth(truth, scene, pc.field("object_id") == flight_id) if known else None,
        drones_truth=_truth(truth, scene, pc.field("hostile") & (pc.field("kind") == "drone")) if known else None,
        provenance=provenance,
        caught=caught,
        heard=nothing(),
    )


def _own(folder: Path, scene: Scene) -> Columns:
    """The track that carried the flight's identity, as the air picture had it."""
    names = [n for n in (scene.flight.icao24, scene.flight.callsign, scene.flight.flight_id) if n]
    columns = ["t_s", "lat_deg", "lon_deg", "hae_m", "sigma_h_m", "age_s", "integrity", "p_exists"]
    rows = read(folder / "tracks.parquet", columns, pc.field("identity").isin(names))
    order = np.lexsort((-np.nan_to_num(rows["p_exists"]), rows["t_s"]))
    rows = take(rows, order)
    return on_plane(take(rows, np.unique(rows["t_s"], return_index=True)[1]), scene)


def _drones(folder: Path, scene: Scene) -> Columns:
    """Rows of hostile drones that the air picture believed in."""
    columns = ["t_s", "track_id", "lat_deg", "lon_deg", "hae_m", "p_exists", "kind", "hostile", "p_hostile", "raid_id"]
    table = folder / "tracks.parquet"
    if table.is_file():  # how well each is known, for how close it was
        columns += [c for c in ("sigma_h_m", "sigma_v_m") if c in pq.read_schema(table).names]
    rows = read(table, columns)
    p = np.where(np.isnan(rows["p_hostile"]), rows["hostile"], rows["p_hostile"])
    exists = np.nan_to_num(rows["p_exists"], nan=1.0)
    keep = (p >= P_HALF) & (exists >= P_HALF) & np.isfinite(rows["lat_deg"])
    keep &= np.isin(rows["kind"].astype(str), ["drone", "unknown"])
    return on_plane(take(rows, keep), scene)


def _truth(path: Path | None, scene: Scene, where: pc.Expression) -> Columns | None:
    if path is None:
        return None
    rows = read(path, ["t_s", "object_id", "lat_deg", "lon_deg", "hae_m", "on_ground"], where)
    rows = take(rows, np.argsort(rows["t_s"], kind="stable"))
    rows["track_id"] = rows["object_id"]
    return on_plane(rows, scene) if len(rows["t_s"]) else None


def on_plane(rows: Columns, scene: Scene) -> Columns:
    """The rows with plane metres added."""
    e, n = scene.to_plane(rows["lat_deg"], rows["lon_deg"])
    return {**rows, "e_m": e, "n_m": n}


def read(path: Path, columns: list[str], where: pc.Expression | None = None) -> Columns:
    """Columns of a table: numbers as float64 with NaN for null, text and bytes as object with None."""
    if not path.is_file():
        raise BadInput(f"{path.name}: this table is needed for a review", key="recording", value=str(path.parent))
    table = pq.read_table(path, columns=columns, filters=where)
    out: Columns = {}
    for name in columns:
        column = table[name]
        if pa.types.is_floating(column.type) or pa.types.is_integer(column.type) or pa.types.is_boolean(column.type):
            out[name] = np.asarray(pc.cast(column, pa.float64()).to_numpy(), np.float64)
        else:
            out[name] = np.empty(len(column), object)
            out[name][:] = column.to_pylist()
    return out


def take(rows: Columns, index: NDArray[Any]) -> Columns:
    """The rows of a mask or an index."""
    return {k: v[index] for k, v in rows.items()}
