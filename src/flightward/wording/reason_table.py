"""Why a threat has its level: one row for every Reason, for flights and for protected sites.

Fields: {who} the hazard with its id, {count} ", 41 drones", {ahead} ", 12 min ahead", {soon} ", in 12 min",
{chance} "; P(caught) 0.62", {seen} "; seen by radar-1, 2 s old", {miss} ", 1.2 NM and 300 ft away",
{age} "4 min 10 s", {last} " (last 09:04:51 UTC)", {place} a zone or area, {detail} why, {far} "113 NM",
{sensors} the sensors of the row's mask. A field of unknown value is empty, or says that it is unknown.
"""

from __future__ import annotations

from collections.abc import Mapping

from flightward.model import Reason
from flightward.wording.language import Text, text

REASON: Mapping[Reason, Text] = {
    Reason.NONE: text("no known hazard ahead", "відомих загроз попереду немає"),
    Reason.RAID_ON_ROUTE: text(
        "{who}{count}{ahead} on your route{chance}{seen}",
        "{who}{count}{ahead} на вашому маршруті{chance}{seen}",
    ),
    Reason.DRONE_ON_ROUTE: text(
        "{who}{ahead} on your route{miss}{chance}{seen}",
        "{who}{ahead} на вашому маршруті{miss}{chance}{seen}",
    ),
    Reason.RAID_NEAR_NOW: text("{who}{count} near you now{chance}{seen}", "{who}{count} зараз поруч{chance}{seen}"),
    Reason.DRONE_NEAR_NOW: text(
        "{who} near you now{miss}{chance}{seen}", "{who} зараз поруч{miss}{chance}{seen}"
    ),
    Reason.DEFENDED_ZONE: text(
        "defended zone {place} is active with drones near it{count}{ahead} on your route{chance}{seen}",
        "зона ППО {place} активна, поруч дрони{count}{ahead} на вашому маршруті{chance}{seen}",
    ),
    Reason.CLOSED_ZONE: text(
        "closed airspace {place}{ahead} on your route", "закритий повітряний простір {place}{ahead} на вашому маршруті"
    ),
    Reason.GEO_ZONE: text("geo-zone {place}{ahead} on your route", "геозона {place}{ahead} на вашому маршруті"),
    Reason.ALERT_AREA: text(
        "air-raid alert in {place}{ahead} on your route", "повітряна тривога: {place}{ahead} на вашому маршруті"
    ),
    Reason.NO_SENSOR: text(
        "BLIND: no live sensor sees drones at its height here",
        "НЕ ВИДНО: жоден датчик не бачить тут дронів на цій висоті"
    ),
    Reason.SENSOR_SILENT: text("BLIND: {sensors} silent for {age}", "НЕ ВИДНО: {sensors} мовчить {age}"),
    Reason.POSITION_STALE: text(
        "BLIND: no new position for {age}{last}", "НЕ ВИДНО: немає нової позиції вже {age}{last}"
    ),
    Reason.POSITION_FALSE: text(
        "BLIND: position reported is false{detail}; true position unknown for {age}{last}",
        "НЕ ВИДНО: передана позиція хибна{detail}; справжня невідома вже {age}{last}",
    ),
    Reason.POSITION_DOUBTFUL: text(
        "BLIND: position reported is doubtful{detail}; last believed {age} ago{last}",
        "НЕ ВИДНО: передана позиція сумнівна{detail}; востаннє достовірна {age} тому{last}",
    ),
    Reason.POSITION_NEVER: text(
        "BLIND: no position heard yet; shown where its plan says", "НЕ ВИДНО: позиції ще не було; показано за планом"
    ),
    Reason.GNSS_INTERFERENCE: text(
        "GNSS interference{ahead} on your route: do not trust satellite positions",
        "завади GNSS{ahead} на вашому маршруті: не довіряйте супутниковій позиції",
    ),
    Reason.SITE_NEAR: text(
        "{who}{count} within reach of it now{miss}{seen}", "{who}{count} зараз поруч із ним{miss}{seen}"
    ),
    Reason.SITE_AHEAD: text(
        "{who}{count} comes near it{soon}{chance}{seen}", "{who}{count} підійде до нього{soon}{chance}{seen}"
    ),
    Reason.DATA_LOST: text("BLIND: no data from any source for {age}", "НЕ ВИДНО: жодних даних уже {age}"),
    Reason.COVERAGE_AHEAD_ENDS: text(
        "BLIND ahead: sensor coverage ends{soon} on your route", "ДАЛІ НЕ ВИДНО: покриття датчиків закінчується{soon}"
    ),
}

CLAUSE: Mapping[str, Text] = {
    "raid": text("raid {id}", "наліт {id}"),
    "drone": text("drone {id}", "дрон {id}"),
    "hazard": text("a hazard", "загроза"),
    "count": text(", {drones}", ", {drones}"),
    "ahead": text(", {dt} ahead", ", через {dt}"),
    "soon": text(", in {dt}", ", через {dt}"),
    "chance": text("; P(caught) {p}", "; імовірність {p}"),
    "seen": text("; seen by {sensors}, {age} old", "; бачить {sensors}, {age} тому"),
    "seen_unknown_age": text("; seen by {sensors}", "; бачить {sensors}"),
    "unseen": text("; last seen {age} ago", "; востаннє видно {age} тому"),
    "miss": text(", passes {h} and {v} away", ", пройде за {h} і {v}"),
    "miss_h": text(", passes {h} away", ", пройде за {h}"),
    "last": text(" (last {utc} UTC)", " (востаннє {utc} UTC)"),
    "never": text("unknown time", "невідомий час"),
    "detail": text(" ({why})", " ({why})"),
    "far": text("{far} from where it can be", "{far} від місця, де він може бути"),
    "sensors": text("a sensor", "датчик"),
    "place": text("(no name)", "(без назви)"),
}
