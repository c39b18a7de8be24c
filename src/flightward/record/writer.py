"""Write a recording: an MCAP file, appended to step by step; a kill loses at most the step being written.

One step is one chunk with its CRC, handed to the operating system before `write` returns, so what is lost by a kill
of the process is at most the step under way. (A power cut may lose what the system had not yet put on disk.)
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mcap.writer import CompressionType, IndexType, Writer

from flightward.config import Config
from flightward.model import Batch, CellForecast, Inbox, Setup, StepResult
from flightward.record.schema import (
    BATCHES,
    MESSAGE_ENCODING,
    PACKERS,
    PROFILE,
    SCHEMA_ENCODING,
    STEP_SCHEMA,
    STEP_TOPIC,
    VERSION,
    encode,
    schema_text,
)
from flightward.record.setups import config_text, head_crc, setup_bytes

ALWAYS = ("/out/advice", "/out/cells", "/out/near_cells")
"""Where none and no rows are two things, a batch without rows has a message too."""
_NEVER_BYTES = 1 << 40
"""A chunk ends with its step, never for its size."""


class RecordingWriter:
    """The recording of one run; `write` each step, then `close` (a recording that was not closed opens all the same).

    meta   kept as JSON: versions, hashes of the inputs, the case's name; under "texts" whole files by their name.
    """

    def __init__(self, path: Path, setup: Setup, config: Config, meta: Mapping[str, Any]) -> None:
        self._setup = setup
        self._n_names = len(setup.names)
        self._cells: CellForecast | None = None
        self._near_cells: CellForecast | None = None
        self._n_steps = 0
        self._file = Path(path).open("wb")  # noqa: SIM115 (open for the recording's life)
        self._writer = Writer(
            self._file, chunk_size=_NEVER_BYTES, compression=CompressionType.LZ4,
            index_types=IndexType.CHUNK | IndexType.ATTACHMENT | IndexType.METADATA,
        )  # fmt: skip
        self._writer.start(profile=PROFILE, library=f"flightward recording {VERSION}")
        self._head(config, dict(meta))
        self._channels = self._register()
        self._writer.flush()  # type: ignore[no-untyped-call]

    def write(self, inbox: Inbox, result: StepResult) -> None:
        """Append one step: what came in and what came out."""
        picture = result.picture
        cells, self._cells = _forecast_state(picture.cells, self._cells)
        near, self._near_cells = _forecast_state(picture.near_cells, self._near_cells)
        batches: dict[str, Batch | None] = {
            "/in/reports": inbox.reports,
            "/in/alerts": inbox.alerts,
            "/out/tracks": result.tracks,
            "/out/coverage": result.coverage,
            "/out/raids": picture.raids,
            "/out/cells": picture.cells if cells == 1 else None,
            "/out/near_cells": picture.near_cells if near == 1 else None,
            "/out/states": result.states,
            "/out/threats": result.threats,
            "/out/warnings": result.warnings,
            "/out/advice": result.advice,
            "/out/gnss": result.gnss,
            "/out/raid_events": picture.events,
        }
        keep = {topic: b for topic, b in batches.items() if b is not None and _has_message(topic, b)}
        names = self._setup.names.since(self._n_names)
        self._n_names += len(names)
        step = {
            "t_s": result.t_s,
            "n_rejected": inbox.n_rejected,
            "names": names,
            "track_raid": result.track_raid.tobytes(),
            "is_new_futures": picture.is_new_futures,
            "cells": cells,
            "near_cells": near,
            "times": _odd_times(result.t_s, batches),
            "inbox_t_s": inbox.t_s,
            "n_names": self._n_names,
        }
        log_ns = int(result.t_s) * 1_000_000_000 + int((result.t_s % 1.0) * 1e9)
        self._add(STEP_TOPIC, log_ns, encode(step))
        for topic, batch in keep.items():
            self._add(topic, log_ns, PACKERS[type(batch)].pack(batch))
        self._writer.flush()  # type: ignore[no-untyped-call]
        self._n_steps += 1

    def close(self) -> None:
        """Write the index and close the file; a second call does nothing."""
        if not self._file.closed:
            self._writer.finish()  # type: ignore[no-untyped-call]
            self._file.close()

    def _add(self, topic: str, log_ns: int, data: bytes) -> None:
        self._writer.add_message(self._channels[topic], log_ns, data, log_ns, self._n_steps)

    def _head(self, config: Config, meta: dict[str, Any]) -> None:
        texts = meta.pop("texts", {})
        setup = self._setup
        head = {
            "version": str(VERSION), "title": setup.title, "real": setup.real, "simulated": setup.simulated,
            "source": setup.source, "licence": setup.licence, "config": config_text(config),
            "meta": json.dumps(meta, sort_keys=True),
        }  # fmt: skip
        self._writer.add_metadata("flightward", {**head, "crc": head_crc(head)})
        start_ns = int(setup.start_s) * 1_000_000_000
        self._writer.add_attachment(start_ns, start_ns, "setup", "application/msgpack", setup_bytes(setup))
        for name, text in sorted(texts.items()):
            self._writer.add_attachment(start_ns, start_ns, name, "text/plain", text.encode())

    def _register(self) -> dict[str, int]:
        step = json.dumps(STEP_SCHEMA, indent=1).encode()
        schema = self._writer.register_schema("Step", SCHEMA_ENCODING, step)
        channels = {STEP_TOPIC: self._writer.register_channel(STEP_TOPIC, MESSAGE_ENCODING, schema)}
        schemas: dict[type[Batch], int] = {}
        for topic, kind in BATCHES.items():
            if kind not in schemas:
                schemas[kind] = self._writer.register_schema(kind.__name__, SCHEMA_ENCODING, schema_text(kind))
            channels[topic] = self._writer.register_channel(topic, MESSAGE_ENCODING, schemas[kind])
        return channels


def _has_message(topic: str, batch: Batch) -> bool:
    return topic in ALWAYS or len(batch) > 0


def _forecast_state(now: CellForecast | None, before: CellForecast | None) -> tuple[int, CellForecast | None]:
    """0 none, 1 new, 2 still the one before; and the one to compare with next time."""
    if now is None:
        return 0, before
    return (2, before) if now is before else (1, now)


def _odd_times(t_s: float, batches: Mapping[str, Batch | None]) -> dict[str, float]:
    """t_s of batches without rows, where it is not the step's: a batch with rows says it itself."""
    times = {t: float(getattr(b, "t_s", t_s)) for t, b in batches.items() if _is_empty_output(t, b)}
    return {topic: at_s for topic, at_s in times.items() if at_s != t_s}


def _is_empty_output(topic: str, batch: Batch | None) -> bool:
    return batch is not None and topic.startswith("/out/") and len(batch) == 0
