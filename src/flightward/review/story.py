"""What a page tells: findings, who knew what, the tables from longer calculations, and the language to tell it in."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from typing import Any

from flightward.model import Hazard, Level, Option, SensorKind, ZoneKind
from flightward.model.codes import Code
from flightward.review.extra import ChanceTable, LossTable
from flightward.review.findings import Choice, Findings
from flightward.review.knew import Knowledge
from flightward.wording import Language, knows, say, word
from flightward.wording import quantities as q
from flightward.wording.language import Text
from flightward.wording.words import HAZARD, LEVEL, OPTION, SENSOR_KIND, ZONE_KIND


def _worded(name: str, table: Mapping[Any, Text], codes: type[Code], lang: Language) -> str:
    """The word of a code that a table gives by its English word; the name itself where there is no such code."""
    code = next((c for c in codes if c.word.lower() == name.lower()), None)
    return name.replace("_", " ") if code is None else word(table, code, lang)


@dataclasses.dataclass(frozen=True)
class Story:
    """Everything that a page says, and how: short names for the wording's own functions in its language."""

    f: Findings
    k: Knowledge
    lang: Language = "en"
    loss: LossTable | None = None
    chance: ChanceTable | None = None

    def say(self, key: str, **fields: str | int) -> str:
        """Words of the page."""
        return say(key, self.lang, **fields)

    @property
    def who(self) -> str:
        """The flight as the page calls it."""
        flight = self.f.evidence.scene.flight
        return flight.callsign or flight.flight_id

    def time(self, t_s: float) -> str:
        """ "14:05:12", "" where it is not known."""
        return q.utc_hms(t_s) if math.isfinite(t_s) else ""

    def dur(self, dt_s: float) -> str:
        """A duration; "" where it is not known."""
        return q.duration(dt_s, self.lang) if math.isfinite(dt_s) else ""

    def far(self, m: float) -> str:
        """A distance in nautical miles."""
        return q.distance(m, self.lang)

    def high(self, m: float) -> str:
        """A height difference in feet."""
        return q.height(m, self.lang)

    def near(self, h_m: float, v_m: float, both: bool = False) -> str:
        """ "1.2 NM away and 300 ft above it" of a drone at v_m above the flight; `both`: with km and metres."""
        h = q.distance_both(h_m, self.lang) if both else self.far(h_m)
        if not math.isfinite(v_m):
            return self.say("near_flat", h=h)
        v = q.height_both(abs(v_m), self.lang) if both else self.high(abs(v_m))
        return self.say("near_above" if v_m > 0 else "near_below", h=h, v=v)

    def reach(self, cause: str) -> str:
        """The limits of a cause: "5.4 NM and 4,900 ft"."""
        cfg = self.f.cfg
        h, v = {"raid": (cfg.raid_radius_m, cfg.raid_height_m), "lone": (cfg.lone_radius_m, cfg.lone_height_m)}.get(
            cause, (cfg.zone_radius_m, math.nan)
        )
        return self.say("reach", h=self.far(h), v=self.high(v)) if math.isfinite(v) else self.far(h)

    def option(self, name: str) -> str:
        """The word of an option of the tables."""
        return _worded(name, OPTION, Option, self.lang)

    def hazard(self, name: str) -> str:
        """The word of a hazard kind of the tables."""
        return _worded(name, HAZARD, Hazard, self.lang)

    def level(self, name: str) -> str:
        """The word of a level of the tables."""
        return _worded(name, LEVEL, Level, self.lang)

    def zone(self, kind: str, zone_id: str) -> str:
        """ "defended zone z1"."""
        said = _worded(kind, ZONE_KIND, ZoneKind, self.lang)
        return f"{said[:1].upper()}{said[1:]} {zone_id}"

    def sensor(self, kind: str, sensor_id: str) -> str:
        """ "radar radar-1"."""
        return f"{_worded(kind, SENSOR_KIND, SensorKind, self.lang)} {sensor_id}"

    def cause(self, name: str) -> str:
        """What caught it."""
        return self.say(f"cause_{name}") if knows(f"cause_{name}") else name

    def best_choice(self) -> Choice | None:
        """The first option shown that is not to continue."""
        return next((c for c in self.f.choices if c.option != "continue"), None)
