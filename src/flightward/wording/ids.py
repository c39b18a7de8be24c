"""Ids as people and files read them: raid "R3", track "T12", warning "W5", interference "G2"; unknown is None."""

from __future__ import annotations

from flightward.model import NONE, Hazard, Reason, Setup, ZoneKind


def raid_id(number: int) -> str | None:
    """ "R3" of raid number 3; None for NONE."""
    return None if number < 0 else f"R{number}"


def track_id(number: int) -> str | None:
    """ "T12" of track number 12; None for NONE."""
    return None if number < 0 else f"T{number}"


def warning_id(number: int) -> str | None:
    """ "W5" of warning number 5; None for NONE."""
    return None if number < 0 else f"W{number}"


def gnss_id(number: int) -> str | None:
    """ "G2" of area 2 of GNSS interference; None for NONE."""
    return None if number < 0 else f"G{number}"


def hazard_id(hazard: int, number: int, reason: int, setup: Setup) -> str | None:
    """The id of a hazard in tables: a raid, a track, a zone's id, an area's name or number; None where it has none.

    hazard, number and reason are the columns `hazard`, `hazard_id` and `reason` of a threat or warning. An area alert
    (Reason.ALERT_AREA, ALERT_LIKELY) is known by its name, number in Names, every zone of the case by its row in the
    zone table: a number that is the row of a declared alert zone is that zone (the case's own names come first in
    Names, so an area that is heard of later has a greater number).
    """
    if number == NONE:
        return None
    if hazard == Hazard.RAID:
        return raid_id(number)
    if hazard == Hazard.DRONE:
        return track_id(number)
    is_row = number < len(setup.zones)
    is_alert = reason in (Reason.ALERT_AREA, Reason.ALERT_LIKELY)
    if is_alert and not (is_row and setup.zones.kind[number] == ZoneKind.ALERT):
        return setup.names.text(number) if number < len(setup.names) else None
    if reason == Reason.GNSS_INTERFERENCE:
        return gnss_id(number)
    if hazard in (Hazard.ZONE, Hazard.CLOSED_AREA, Hazard.GNSS):
        return setup.names.text(int(setup.zones.name[number])) if is_row else None
    return None


def flight_id(setup: Setup, row: int) -> str | None:
    """The flight_id of a row of the flight table; None for NONE."""
    return None if row < 0 else setup.names.text(int(setup.flights.name[row]))


def callsign(setup: Setup, row: int) -> str:
    """What a flight is called on the radio: its callsign, else its flight_id."""
    return setup.names.text(int(setup.flights.callsign[row])) or flight_id(setup, row) or "?"


def site_id(setup: Setup, row: int) -> str | None:
    """The site id of a row of the site table; None for NONE."""
    return None if row < 0 else setup.names.text(int(setup.sites.name[row]))


def site_title(setup: Setup, row: int) -> str:
    """A site as people say it: its name with its id where the two differ."""
    own = site_id(setup, row) or "?"
    title = setup.names.text(int(setup.sites.title[row]))
    return own if not title or title == own else f"{title} ({own})"
