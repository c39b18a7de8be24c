"""Warnings of a Scene -> SAPIENT alerts (BSI Flex 335 v2.0), and what a node says of itself.

WARNING is an alert of type critical and high priority, CAUTION of type warning and medium, lower levels information
and low; cleared: status clear, under the same alert_id. The standard has no flag for exercises: the mark stands in
description and
additional_information. Ids are ULIDs (clause 6): their time is when the warning was raised, the rest a hash of
node and warning, so that the same warning always has the same id.
"""

from __future__ import annotations

import hashlib
import math
from typing import Any

from flightward.feeds.sapient import messages as m
from flightward.model import Level
from flightward.sinks.scene import Scene, WarningMark

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_TYPE = {Level.WARNING: "CRITICAL", Level.CAUTION: "WARNING"}
_PRIORITY = {Level.WARNING: "HIGH", Level.CAUTION: "MEDIUM"}


def ulid(t_s: float, *parts: str) -> str:
    """A ULID (26 characters, Crockford's base 32): 48 bits of ms since 1970, 80 bits of a hash of `parts`."""
    milli = max(round(t_s * 1e3), 0) & ((1 << 48) - 1) if math.isfinite(t_s) else 0
    value = milli << 80 | int.from_bytes(hashlib.sha256("\0".join(parts).encode()).digest()[:10], "big")
    return "".join(_CROCKFORD[value >> shift & 31] for shift in range(125, -1, -5))


def alerts_of(scene: Scene, node: str, *, only_new: bool = True) -> list[dict[str, Any]]:
    """A SapientMessage for each warning that changed (or, with only_new False, for each that stands)."""
    return [_alert(w, scene, node) for w in scene.warnings if w.is_new or not only_new]


def _alert(w: WarningMark, scene: Scene, node: str) -> dict[str, Any]:
    level = Level(w.level)
    alert: dict[str, Any] = {
        "alert_id": ulid(w.raised_s, node, w.id),
        "alert_type": m.code("Alert.AlertType", _TYPE.get(level, "INFORMATION")),
        "status": m.code("Alert.AlertStatus", "CLEAR" if w.is_cleared else "ACTIVE"),
        "description": w.text,
        "priority": m.code("Alert.DiscretePriority", _PRIORITY.get(level, "LOW")),
        "additional_information": scene.mark.text(f"level {level.word}; hazard {w.hazard} {w.hazard_id}".strip()),
    }  # fmt: skip
    if math.isfinite(w.p):
        alert["confidence"] = min(max(w.p, 0.0), 1.0)
    if math.isfinite(w.lat_deg) and math.isfinite(w.lon_deg):
        place = {"x": w.lon_deg, "y": w.lat_deg, "coordinate_system": 1, "datum": 1}
        alert["location"] = place | ({"z": w.hae_m} if math.isfinite(w.hae_m) else {})
    return {"timestamp": m.stamp_of(scene.t_s), "node_id": node, "alert": alert}


def registration(t_s: float, node: str, title: str) -> dict[str, Any]:
    """What Flightward says of itself when it connects: a fusion node that takes no tasks."""
    seconds = {"units": m.code("Registration.TimeUnits", "SECONDS"), "value": 5.0}
    place = {"location_units": 1, "location_datum": 1}
    mode = {
        "mode_name": "watch", "mode_type": m.code("Registration.ModeType", "PERMANENT"), "settle_time": seconds,
        "scan_type": m.code("Registration.ScanType", "FIXED"),
        "tracking_type": m.code("Registration.TrackingType", "NONE"),
        "detection_definition": [{"location_type": place}],
        "task": {"concurrent_tasks": 0, "region_definition": {
            "region_type": [m.code("Registration.RegionType", "AREA_OF_INTEREST")], "region_area": [place]}},
    }  # fmt: skip
    return {
        "timestamp": m.stamp_of(t_s), "node_id": node, "registration": {
            "node_definition": [{"node_type": m.code("Registration.NodeType", "FUSION_NODE")}],
            "icd_version": "BSI Flex 335 v2.0", "name": title or "Flightward", "short_name": "Flightward",
            "capabilities": [{"category": "alert", "type": "flight safety warnings"}],
            "status_definition": {"status_interval": seconds, "status_report": [
                {"category": m.code("Registration.StatusReportCategory", "STATUS"), "type": "Status"}]},
            "mode_definition": [mode],
            "config_data": [{"manufacturer": "Flightward", "model": "Flightward"}],
        },
    }  # fmt: skip


def status(t_s: float, node: str, *, is_new: bool, goodbye: bool = False) -> dict[str, Any]:
    """That the node is well, or that it goes."""
    report = {
        "report_id": ulid(t_s, node, "status"), "mode": "watch",
        "system": m.code("StatusReport.System", "GOODBYE" if goodbye else "OK"),
        "info": m.code("StatusReport.Info", "NEW" if is_new else "UNCHANGED"),
    }  # fmt: skip
    return {"timestamp": m.stamp_of(t_s), "node_id": node, "status_report": report}
