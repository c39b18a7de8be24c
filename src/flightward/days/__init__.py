"""The days that come with Flightward: `list_days()` names them, `build_day()` makes one into a case folder."""

from flightward.days.day import Day
from flightward.days.table import build_day, list_days

__all__ = ["Day", "build_day", "list_days"]
