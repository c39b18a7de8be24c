"""Every word a person reads, in English and Ukrainian: codes and SI numbers in, sentences out."""

from __future__ import annotations

from flightward.wording.advice import (
    OptionFacts,
    advice_text,
    advice_texts,
    crew_text,
    crew_texts,
    option_facts,
)
from flightward.wording.ids import (
    callsign,
    flight_id,
    gnss_id,
    hazard_id,
    raid_id,
    site_id,
    site_title,
    track_id,
    warning_id,
)
from flightward.wording.intensity import intensity_text
from flightward.wording.language import LANGUAGES, Language
from flightward.wording.page import knows, say
from flightward.wording.raised import RaisedFacts, raised_text
from flightward.wording.reasons import Facts, Reasons, reason_text, threat_reasons, warning_reasons
from flightward.wording.words import day_label, simulation_label, word

__all__ = [
    "LANGUAGES", "Facts", "Language", "OptionFacts", "RaisedFacts", "Reasons", "advice_text", "advice_texts",
    "callsign", "crew_text", "crew_texts", "day_label", "flight_id", "gnss_id", "hazard_id", "intensity_text", "knows",
    "option_facts", "raid_id", "raised_text", "reason_text", "say", "simulation_label", "site_id", "site_title",
    "threat_reasons", "track_id", "warning_id", "warning_reasons", "word",
]
