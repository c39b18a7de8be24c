"""Chance or aim: was the raid thicker near a flight, in its window, than its own base rate explains?

It asks one thing of a day that is over: was the intensity raised. It says nothing of where, when or how anything
could be raised, and takes nothing but who was present where and when.
"""

from flightward.review.chance.assess import Answer, Result, chance_or_aim
from flightward.review.chance.day import day_presence, flight_region, flight_result, join_days, schedule_window
from flightward.review.chance.pool import Pooled, pool
from flightward.review.chance.presence import Presence, presence
from flightward.review.chance.say import sentences
from flightward.review.chance.totals import Totals, totals
from flightward.review.chance.windows import Window

__all__ = [
    "Answer", "Pooled", "Presence", "Result", "Totals", "Window", "chance_or_aim", "day_presence", "flight_region",
    "flight_result", "join_days", "pool", "presence", "schedule_window", "sentences",
    "totals",
]  # fmt: skip
