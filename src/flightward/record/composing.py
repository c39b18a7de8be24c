"""What a step, and the head of a file, hold: the messages of a recording, put together but not yet written."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from flightward.config import Config
from flightward.model import I64, NONE, Batch, CellForecast, Inbox, ReportBatch, Setup, StepResult
from flightward.record import mcap_records as mcap
from flightward.record.chained import PieceBytes
from flightward.record.outputs import batches_of
from flightward.record.schema import (
    BATCHES,
    INPUT_NAME,
    MESSAGE_ENCODING,
    NAMES_NAME,
    NAMES_TOPIC,
    OTHER_SCHEMAS,
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
Salted = Callable[[str], bytes]


class Kept(NamedTuple):
    """What a step that was written changes in what the next one leaves out."""

    n_names: int
    cells: CellForecast | None
    near_cells: CellForecast | None
    owned: dict[int, int]


class Composer:
    """Puts steps together; `keep` what a step gave once it is written, `begin_file` before the first of a file."""

    def __init__(self, setup: Setup, owned: dict[int, int], salted: Salted) -> None:
        self.owned = owned
        self.is_described = False
        self._setup, self._salted = setup, salted
        self._kept = Kept(len(setup.names), None, None, {})
        self._n_steps = 0
        topics = [STEP_TOPIC, *BATCHES, *OTHER_SCHEMAS]
        self.channels = {topic: k + 1 for k, topic in enumerate(topics)}

    def begin_file(self, n_names: int) -> None:
        """A file was begun whose setup holds the first n_names names: what it shows stands nowhere in it yet."""
        self.is_described = False
        self._kept = Kept(n_names, None, None, {})

    def keep(self, kept: Kept) -> None:
        """A step was written."""
        self.is_described = True
        self.owned.update(kept.owned)
        self._kept = kept
        self._n_steps += 1

    def step(self, inbox: Inbox, result: StepResult) -> tuple[PieceBytes, Kept]:
        """The messages of one step, in one chunk."""
        piece = PieceBytes()
        describe(piece, self)
        log_ns = int(result.t_s) * 1_000_000_000 + int((result.t_s % 1.0) * 1e9)
        messages, kept = self._messages(inbox, result)
        for topic, data in messages:
            piece.message(self.channels[topic], self._n_steps, log_ns, data)
        return piece, kept

    def plain(self, inbox: Inbox, result: StepResult) -> list[tuple[int, bytes]]:
        """(channel, message) of one step, which counts as written."""
        messages, kept = self._messages(inbox, result)
        self.keep(kept)
        return [(self.channels[topic], data) for topic, data in messages]

    def _messages(self, inbox: Inbox, result: StepResult) -> tuple[list[tuple[str, bytes]], Kept]:
        before, picture = self._kept, result.picture
        cells, cells_kept = _forecast_state(picture.cells, before.cells)
        near, near_kept = _forecast_state(picture.near_cells, before.near_cells)
        outputs = batches_of(result) | {
            "/out/cells": picture.cells if cells == 1 else None,
            "/out/near_cells": picture.near_cells if near == 1 else None,
        }
        names = self._setup.names.since(before.n_names)
        n_names = before.n_names + len(names)
        owned = _owners(inbox, before.n_names, n_names) if names else {}
        step = {
            "t_s": result.t_s,
            "n_rejected": inbox.n_rejected,
            "names": [None if before.n_names + k in owned else text for k, text in enumerate(names)],
            "track_raid": result.track_raid.tobytes(),
            "is_new_futures": picture.is_new_futures,
            "cells": cells,
            "near_cells": near,
            "times": _odd_times(result.t_s, outputs),
            "inbox_t_s": inbox.t_s,
            "n_names": n_names,
        }
        out = [(STEP_TOPIC, encode(step))]
        for feed, numbers in _by_owner(owned):
            out.append((NAMES_TOPIC, self.names_message(feed, numbers, f"names {feed} {n_names}")))
        for topic, batch, feed_of in (
            ("/in/reports", inbox.reports, inbox.report_feed), ("/in/alerts", inbox.alerts, inbox.alert_feed),
        ):  # fmt: skip
            out += [(topic, data) for data in self._inputs(topic, batch, feed_of, result.t_s)]
        for topic, found in outputs.items():
            if found is not None and (topic in ALWAYS or len(found) > 0):
                out.append((topic, PACKERS[type(found)].pack(found)))
        return out, Kept(n_names, cells_kept, near_kept, owned)

    def names_message(self, feed: int, numbers: Sequence[int], what: str) -> bytes:
        """The names that a feed brought."""
        texts = [self._setup.names.text(k) for k in numbers]
        return encode({"feed": feed, "salt": self._salted(what), "number": list(numbers), "text": texts})

    def _inputs(self, topic: str, batch: Batch, feed_of: I64 | None, t_s: float) -> Iterator[bytes]:
        """One message a feed, so that one feed can be withheld; `rows` are its rows' places where there are several."""
        if not len(batch):
            return
        packer = PACKERS[type(batch)]
        if feed_of is None:
            yield packer.pack(batch)
            return
        feeds = np.unique(feed_of).tolist()
        for feed in feeds:
            extra: dict[str, Any] = {"feed": feed, "salt": self._salted(f"{topic} {feed} {t_s}")}
            part = batch
            if len(feeds) > 1:
                rows = np.flatnonzero(feed_of == feed)
                extra["rows"] = rows.astype("<i8").tobytes()
                part = batch.take(rows)
            yield encode({**packer.values(part), **extra})


def describe(piece: PieceBytes, composer: Composer) -> bool:
    """Put the schemas and channels into the first chunk of a file; whether that was needed."""
    if composer.is_described:
        return False
    texts = {STEP_TOPIC: ("Step", json.dumps(STEP_SCHEMA, indent=1).encode())}
    texts |= {topic: (kind.__name__, schema_text(kind)) for topic, kind in BATCHES.items()}
    texts |= {topic: (str(v["batch"]), json.dumps(v, indent=1).encode()) for topic, v in OTHER_SCHEMAS.items()}
    schemas: dict[str, int] = {}
    for topic, (name, text) in texts.items():
        if name not in schemas:
            schemas[name] = len(schemas) + 1
            piece.inner(mcap.schema(schemas[name], name, SCHEMA_ENCODING, text))
        piece.inner(mcap.channel(composer.channels[topic], schemas[name], topic, MESSAGE_ENCODING))
    return True


def head_piece(
    setup: Setup, config: Config, meta: dict[str, Any], place: Mapping[str, str], composer: Composer,
    inputs: Iterable[tuple[int, str, bytes]], n_names: int,
) -> PieceBytes:  # fmt: skip
    """The head of a file: what it is, its settings, its setup, the names that feeds brought, texts and input files."""
    meta = dict(meta)
    texts = meta.pop("texts", {})
    head = {
        "version": str(VERSION), "title": setup.title, "real": setup.real, "simulated": setup.simulated,
        "source": setup.source, "licence": setup.licence, "config": config_text(config),
        "meta": json.dumps(meta, sort_keys=True), **place,
    }  # fmt: skip
    piece = PieceBytes()
    piece.add(mcap.header(PROFILE, f"flightward recording {VERSION}"))
    piece.add(mcap.metadata("flightward", {**head, "crc": head_crc(head)}))
    at_ns = int(setup.start_s) * 1_000_000_000
    owned = composer.owned
    piece.attach(at_ns, "setup", "application/msgpack", setup_bytes(setup, owned, n_names))
    for feed, numbers in _by_owner({k: feed for k, feed in owned.items() if k < n_names}):
        data = composer.names_message(feed, numbers, f"{NAMES_NAME}{feed} {n_names}")
        piece.attach(at_ns, f"{NAMES_NAME}{feed}", "application/msgpack", data)
    for name, text in sorted(texts.items()):
        piece.attach(at_ns, name, "text/plain", text.encode())
    for feed, name, data in inputs:
        piece.attach(at_ns, f"{INPUT_NAME}{feed}-{name}", "application/octet-stream", data)
    return piece


def _owners(inbox: Inbox, first: int, end: int) -> dict[int, int]:
    """Of the names [first, end) those that a feed's reports brought: number -> feed."""
    reports: ReportBatch = inbox.reports
    if inbox.report_feed is None:
        return {}
    out: dict[int, int] = {}
    for column in (reports.identity, reports.source_track):
        for row in np.flatnonzero((column >= first) & (column < end) & (column != NONE)).tolist():
            out.setdefault(int(column[row]), int(inbox.report_feed[row]))
    return out


def _by_owner(owned: Mapping[int, int]) -> list[tuple[int, list[int]]]:
    return [(feed, [k for k in sorted(owned) if owned[k] == feed]) for feed in sorted(set(owned.values()))]


def _forecast_state(now: CellForecast | None, before: CellForecast | None) -> tuple[int, CellForecast | None]:
    """0 none, 1 new, 2 still the one before; and the one to compare with next time."""
    if now is None:
        return 0, before
    return (2, before) if now is before else (1, now)


def _odd_times(t_s: float, outputs: Mapping[str, Batch | None]) -> dict[str, float]:
    """t_s of outputs without rows, where it is not the step's: a batch with rows says it itself."""
    times = {t: float(getattr(b, "t_s", t_s)) for t, b in outputs.items() if b is not None and len(b) == 0}
    return {topic: at_s for topic, at_s in times.items() if at_s != t_s}
