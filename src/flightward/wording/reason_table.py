"""Why a threat has its level: one row for every Reason, for flights and for protected sites.

Fields: {who} the hazard with its id, {count} ", 41 drones", {ahead} ", 12 min ahead on your route at WP2",
{out} ", 12 min out on your route at WP2",
{soon} ", in 12 min", {chance} "; P(caught) 0.62", {alert} "; P(alert) 0.62",
{still} "; P(still on then) 0.62", {seen} "; seen by radar-1, 2 s old",
{miss} ", passes 1.2 NM and 300 ft away", {age} "4 min 10 s", {last} " (last 09:04:51 UTC)", {place} a zone or area,
{detail} why, {far} "113 NM", {sensors} the sensors of the row's mask, {silent} " for 3 min",
{since} " (since 09:01:05 UTC)". A field of unknown value is empty, or says that it is unknown.
"""

from __future__ import annotations

from collections.abc import Mapping

from flightward.model import Reason
from flightward.wording.language import Text, text

REASON: Mapping[Reason, Text] = {
    Reason.NONE: text("no known hazard ahead", "відомих загроз попереду немає"),
    Reason.RAID_ON_ROUTE: text(
        "{who}{count}{out}{chance}{seen}",
        "{who}{count}{out}{chance}{seen}",
    ),
    Reason.DRONE_ON_ROUTE: text(
        "{who}{out}{miss}{chance}{seen}",
        "{who}{out}{miss}{chance}{seen}",
    ),
    Reason.RAID_NEAR_NOW: text("{who}{count} near you now{chance}{seen}", "{who}{count} зараз поруч{chance}{seen}"),
    Reason.DRONE_NEAR_NOW: text(
        "{who} near you now{miss}{chance}{seen}", "{who} зараз поруч{miss}{chance}{seen}"
    ),
    Reason.DEFENDED_ZONE: text(
        "defended zone {place} is active with drones near it{count}{ahead}{chance}{seen}",
        "зона ППО {place} активна, поруч дрони{count}{ahead}{chance}{seen}",
    ),
    Reason.ZONE_MAY_OPEN: text(
        "defended zone {place} may open: drones are coming near it{count}{ahead}{chance}{seen}",
        "зона ППО {place} може стати активною: до неї наближаються дрони{count}{ahead}{chance}{seen}",
    ),
    Reason.ZONE_OPEN_UNSEEN: text(
        "defended zone {place} is active: drones may be near it that no sensor here sees{ahead}{chance}",
        "зона ППО {place} активна: поруч можуть бути дрони, яких датчики не бачать{ahead}{chance}",
    ),
    Reason.CLOSED_ZONE: text(
        "closed airspace {place}{ahead}", "закритий повітряний простір {place}{ahead}"
    ),
    Reason.GEO_ZONE: text("geo-zone {place}{ahead}", "геозона {place}{ahead}"),
    Reason.ALERT_AREA: text(
        "air-raid alert in {place}{since}{ahead}{still}", "повітряна тривога: {place}{since}{ahead}{still}"
    ),
    Reason.ALERT_LIKELY: text(
        "air-raid alert likely in {place}{ahead}{alert}", "ймовірна повітряна тривога: {place}{ahead}{alert}"
    ),
    Reason.NO_SENSOR: text(
        "BLIND: no live sensor sees drones at its height here",
        "НЕ ВИДНО: жоден датчик не бачить тут дронів на цій висоті"
    ),
    Reason.HOLE_LEARNT: text(
        "BLIND: live sensors have missed known aircraft at its height here",
        "НЕ ВИДНО: датчики працюють, але не бачили тут відомих літаків на цій висоті"
    ),
    Reason.SENSOR_SILENT: text("BLIND: {sensors} silent{silent}", "НЕ ВИДНО: {sensors} мовчить{silent}"),
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
        "GNSS interference {place}{since}{ahead}: do not trust satellite positions",
        "завади GNSS {place}{since}{ahead}: не довіряйте супутниковій позиції",
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
    "ahead": text(", {dt} ahead on your route{at}", ", через {dt} на вашому маршруті{at}"),
    "out": text(", {dt} out on your route{at}", ", через {dt} на вашому маршруті{at}"),
    "at": text(" at WP{n}", " біля WP{n}"),
    "before": text(" {far} before WP{n}", " за {far} до WP{n}"),
    "after": text(" {far} after WP{n}", " за {far} після WP{n}"),
    "ahead_unknown": text(" on your route", " на вашому маршруті"),
    "here_now": text(", where you are now", ", там, де ви зараз"),
    "soon": text(", in {dt}", ", через {dt}"),
    "chance": text("; P(caught) {p}", "; імовірність {p}"),
    "alert": text("; P(alert) {p}", "; імовірність тривоги {p}"),
    "still": text("; P(still on then) {p}", "; імовірність, що триватиме, {p}"),
    "seen": text("; seen by {sensors}, {age} old", "; бачить {sensors}, {age} тому"),
    "seen_unknown_age": text("; seen by {sensors}", "; бачить {sensors}"),
    "unseen": text("; last seen {age} ago", "; востаннє видно {age} тому"),
    "miss": text(", passes {h} and {v} away", ", пройде за {h} і {v}"),
    "miss_h": text(", passes {h} away", ", пройде за {h}"),
    "last": text(" (last {utc} UTC)", " (востаннє {utc} UTC)"),
    "never": text("unknown time", "невідомий час"),
    "detail": text(" ({why})", " ({why})"),
    "far": text("{far} from where it can be", "{far} від місця, де він може бути"),
    "sensors": text("every sensor that would see drones here is", "кожен датчик, що бачив би тут дронів,"),
    "silent": text(" for {age}", " {age}"),
    "since": text(" (since {utc} UTC)", " (з {utc} UTC)"),
    "place": text("(no name)", "(без назви)"),
}
