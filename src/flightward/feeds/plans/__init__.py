"""What every format of flight plans hands over: plans, and flights whose plan lacks something (docs/feeds.md)."""

from __future__ import annotations

from flightward.feeds.plans.plan import Plan, PlanContext, Plans, Point, Unfinished, Waypoint

__all__ = ["Plan", "PlanContext", "Plans", "Point", "Unfinished", "Waypoint"]
