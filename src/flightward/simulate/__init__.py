"""Scenario -> case with truth. Everything random is drawn, never searched; the same seed gives the same bytes."""

from flightward.simulate.case import simulate
from flightward.simulate.scenario import Scenario, load_scenario, parse_scenario, scenario_text
from flightward.simulate.standard import standard_day
from flightward.simulate.standard_habits import HABITS

__all__ = ["HABITS", "Scenario", "load_scenario", "parse_scenario", "scenario_text", "simulate", "standard_day"]
