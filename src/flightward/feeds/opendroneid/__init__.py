"""Direct Remote ID of drones: Open Drone ID frames in captures (`opendroneid-pcap`; docs/feeds.md)."""

from __future__ import annotations

from flightward.feeds.opendroneid.parse import DroneIdPcap

__all__ = ["DroneIdPcap"]
