"""The air picture of a day re-estimated with all its data, for those who look back: `smooth_recording`.

The recorded input goes through the tracks stage once more, as in a replay; what each track took is then smoothed over
the track's whole life (flightward.tracks.smooth). Track numbers are those of the recording.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from flightward.config import Config
from flightward.model import Inbox, Setup
from flightward.model.smooth import SmoothedBatch
from flightward.record import open_recording
from flightward.record.table_writer import marked
from flightward.tracks import Tracker
from flightward.tracks.heard import Heard
from flightward.tracks.smooth import Errors, smooth
from flightward.wording import track_id

UPPER = tuple((i, j) for i in range(6) for j in range(i, 6))
AXES = ("e", "n", "u", "ve", "vn", "vu")
META = {
    b"cov": b"upper triangle of the covariance of true east, true north, up (m) and their velocities (m/s)",
    b"flightward": b"smoothed tracks, docs/smoothing.md",
}


def smooth_recording(
    path: Path, *, changes: Mapping[str, Any] | None = None, progress: Callable[[int, int], None] | None = None
) -> pa.Table:
    """The smoothed tracks of a recording, whole or torn, as a table (columns: docs/smoothing.md).

    changes  settings that differ from the recorded ones, as for `replay`; track numbers are then their own.
    Errors   BadRecord where the recording cannot be read; BadInput for an unknown setting.
    """
    recording = open_recording(path)
    config = recording.config.changed(changes or {})
    smoothed = smooth_day(recording.setup, config, recording.inboxes(), n_seconds=len(recording), progress=progress)
    return smoothed_table(smoothed, recording.setup)


def smooth_day(
    setup: Setup, config: Config, inboxes: Iterable[Inbox], *, n_seconds: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> SmoothedBatch:  # fmt: skip
    """The same of any inboxes in order of time, as a batch on the area's plane."""
    heard = Heard()
    tracker = Tracker(setup, config.tracks, heard=heard)
    for n, inbox in enumerate(inboxes):
        tracker.step(inbox.t_s, inbox.reports)
        if progress is not None:
            progress(n + 1, max(n_seconds, n + 1))
    by = np.array([tracker.bias.correction(k) for k in range(len(setup.sensors))]).reshape(-1, 4)
    return smooth(heard, Errors(by), config.tracks)


def smoothed_table(smoothed: SmoothedBatch, setup: Setup) -> pa.Table:
    """The table of a batch: WGS 84, velocity and covariance along true east and north at each point."""
    frame = setup.frame
    lat, lon = frame.to_geodetic(smoothed.e_m, smoothed.n_m)
    ve, vn = frame.true_velocity(lat, lon, smoothed.ve_mps, smoothed.vn_mps)
    scale, turn = frame.scale_convergence(lat, lon)
    cov = _turned(smoothed.cov, scale, turn)
    columns: dict[str, Any] = {
        "t_s": smoothed.t_s, "track_id": pa.array([track_id(int(n)) for n in smoothed.track], pa.string()),
        "lat_deg": np.degrees(lat), "lon_deg": np.degrees(lon), "hae_m": smoothed.u_m, "ve_mps": ve, "vn_mps": vn,
        "vu_mps": smoothed.vu_mps, "sigma_h_m": np.sqrt(0.5 * (cov[:, 0, 0] + cov[:, 1, 1])),
        "sigma_v_m": np.sqrt(cov[:, 2, 2]), "p_turn": smoothed.p_turn, "turn_radps": smoothed.turn_radps,
        "gap_s": smoothed.gap_s, "n_reports": smoothed.n_reports.astype(np.int32),
    }  # fmt: skip
    columns |= {f"cov_{AXES[i]}_{AXES[j]}": cov[:, i, j] for i, j in UPPER}
    table = pa.table(columns).replace_schema_metadata(META)
    return table.replace_schema_metadata(marked(table.schema, setup).metadata)


def _turned(cov: np.ndarray[Any, Any], scale: Any, turn_rad: Any) -> np.ndarray[Any, Any]:
    """(N, 6, 6) from plane east and north to true ones, plane metres to metres."""
    n = len(cov)
    c, s = np.cos(turn_rad) / scale, np.sin(turn_rad) / scale
    to = np.zeros((n, 6, 6))
    for at in (0, 3):
        to[:, at, at], to[:, at, at + 1] = c, s
        to[:, at + 1, at], to[:, at + 1, at + 1] = -s, c
        to[:, at + 2, at + 2] = 1.0
    return np.asarray(to @ cov @ np.swapaxes(to, 1, 2))


__all__ = ["smooth_day", "smooth_recording", "smoothed_table"]
