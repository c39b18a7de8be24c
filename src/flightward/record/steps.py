"""One recorded step: its messages, unpacked when they are asked for."""

from __future__ import annotations

from typing import Any

import numpy as np

from flightward.errors import BadRecord
from flightward.model import I64, CellForecast, Inbox, RaidPicture, StepResult
from flightward.model.batch import concatenated
from flightward.record.schema import BATCHES, NAMES_TOPIC, PACKERS, STEP_TOPIC, decode
from flightward.record.setups import placeholder


class Step:
    """The messages (topic, data) of one step; `values` is what is no column. Errors: BadRecord."""

    def __init__(self, found: list[tuple[str, bytes]]) -> None:
        self.packed: dict[str, list[bytes]] = {}
        for topic, data in found:
            self.packed.setdefault(topic, []).append(data)
        self.values: dict[str, Any] = decode(self.packed.pop(STEP_TOPIC)[0])

    @staticmethod
    def unpack(topic: str, data: bytes) -> Any:
        """The batch of a message."""
        return PACKERS[BATCHES[topic]].unpack(data)

    @property
    def t_s(self) -> float:
        """The step's second."""
        return float(self.values["t_s"])

    @property
    def first_name(self) -> int:
        """The number of the first name that the step brings."""
        return int(self.values["n_names"]) - len(self.values["names"])

    def names(self) -> list[str]:
        """The names that the step brings; a placeholder for those that are withheld."""
        names, first = self.values["names"], self.first_name
        if None not in names:
            return list(names)
        found: dict[int, str] = {}
        for data in self.packed.get(NAMES_TOPIC, []):
            values = decode(data)
            found |= dict(zip(values["number"], values["text"], strict=True))
        return [found.get(first + k, placeholder(first + k)) if t is None else t for k, t in enumerate(names)]

    def batch(self, topic: str) -> Any:
        """The batch of an output, empty where it has no message."""
        if topic in self.packed:
            return self.unpack(topic, self.packed[topic][0])
        return BATCHES[topic].empty(t_s=self.values["times"].get(topic, self.values["t_s"]))

    def inbox(self) -> Inbox:
        """What came in."""
        reports, report_feed = self._inputs("/in/reports")
        alerts, alert_feed = self._inputs("/in/alerts")
        return Inbox(self.values["inbox_t_s"], reports, alerts, self.values["n_rejected"], report_feed, alert_feed)

    def result(self, cells: CellForecast | None, near_cells: CellForecast | None) -> StepResult:
        """What came out, with the forecast that stands."""
        values = self.values
        picture = RaidPicture(
            self.batch("/out/raids"), None, values["is_new_futures"], cells, near_cells,
            events=self.batch("/out/raid_events"),
        )  # fmt: skip
        return StepResult(
            t_s=values["t_s"], tracks=self.batch("/out/tracks"), coverage=self.batch("/out/coverage"), picture=picture,
            states=self.batch("/out/states"), threats=self.batch("/out/threats"),
            warnings=self.batch("/out/warnings"),
            advice=self.batch("/out/advice") if "/out/advice" in self.packed else None,
            track_raid=np.frombuffer(values["track_raid"], dtype="<i8"), gnss=self.batch("/out/gnss"),
            history=self.batch("/out/warning_history"),
        )  # fmt: skip

    def _inputs(self, topic: str) -> tuple[Any, I64 | None]:
        """An input's rows in their order of arrival, and the feed of each (None where that was not kept)."""
        found = [decode(data) for data in self.packed.get(topic, [])]
        kind = BATCHES[topic]
        if not found:
            return kind.empty(), None
        packer = PACKERS[kind]
        if len(found) == 1 and "feed" not in found[0]:
            return packer.batch(found[0]), None
        batches = [packer.batch(values) for values in found]
        try:
            feed = np.repeat(np.array([v["feed"] for v in found], dtype=np.int64), [len(b) for b in batches])
            if not any("rows" in v for v in found):
                return batches[0], feed
            order = np.argsort(np.concatenate([np.frombuffer(v["rows"], dtype="<i8") for v in found]))
        except (KeyError, TypeError, ValueError) as error:
            raise BadRecord(f"{topic} cannot be read: {error}") from error
        return concatenated(batches).take(order), feed[order]
