"""The two parts of the page that rest on longer calculations, asked and put into its plain tables."""

from __future__ import annotations

import dataclasses
import math

from flightward.encounters import RareChance
from flightward.errors import BadInput
from flightward.review.chance import Answer, Result, flight_result, sentences
from flightward.review.close_calls import close_of
from flightward.review.close_tables import HowClose
from flightward.review.evidence import Evidence
from flightward.review.extra import ChanceTable, LossRow, LossTable, TestRow
from flightward.review.story import Story
from flightward.review.would_be import Chance
from flightward.wording import Language, say
from flightward.wording import quantities as q

LEAKS_SHOWN = 6
"""So many of the lost drones have a row of their own: those that would have mattered most."""
SEED = 1


def with_longer(s: Story) -> Story:
    """The story with both tables that it does not have yet; that takes a minute or more."""
    evidence = s.f.evidence
    loss = s.loss if s.loss is not None else loss_table(evidence, s.lang)
    chance = s.chance if s.chance is not None else chance_table(evidence, s.lang)
    return dataclasses.replace(s, loss=loss, chance=chance)


def loss_table(evidence: Evidence, lang: Language = "en", seed: int = SEED) -> LossTable:
    """Chances of being caught, and of being struck, on the days that might have been. Errors: as `how_close`."""
    return told_close(close_of(evidence, seed=seed), lang)


def told_close(close: HowClose, lang: Language = "en") -> LossTable:
    """The answers of how close as rows of the page: as flown, leaks, a little more luck, each piece of advice."""
    caught = [c for c in close.chances if c.event == "caught"]
    struck = {(c.scenario, c.subject): c.chance for c in close.chances if c.event == "struck"}
    single = sorted((c for c in caught if c.scenario == "leak"), key=lambda c: (-_known(c), c.subject))
    rows = [c for c in caught if c.scenario != "leak" or c in single[:LEAKS_SHOWN]]
    notes = [say("loss_note_truth" if close.drones_from == "truth" else "loss_note_tracks", lang)]
    if len(single) > LEAKS_SHOWN:
        notes.append(say("loss_note_leaks", lang, n=LEAKS_SHOWN, of=len(single)))
    if close.spread.n_pairs == 0:
        notes.append(say("loss_note_prior", lang))
    return LossTable(tuple(_row(c, struck.get((c.scenario, c.subject))) for c in rows), tuple(notes))


def _known(c: Chance) -> float:
    return 0.0 if math.isnan(c.chance.p) else c.chance.p


def _row(c: Chance, struck: RareChance | None) -> LossRow:
    x = c.chance
    low, high = _band(x)
    hit_low, hit_high = _band(struck) if struck is not None else (math.nan, math.nan)
    is_many = c.scenario == "leaks"
    return LossRow(
        case=c.scenario, p=x.p, p_lo=low, p_hi=high, n_effective=x.n_effective,
        which="" if is_many else c.subject, n=int(c.subject) if is_many else 0,
        p_struck=math.nan if struck is None else struck.p, struck_lo=hit_low, struck_hi=hit_high,
        is_known=c.method == "known",
    )  # fmt: skip


def _band(x: RareChance) -> tuple[float, float]:
    """95 % of the chance; NaN where it is unknown."""
    if math.isnan(x.p):
        return math.nan, math.nan
    half = 1.96 * x.se
    return max(0.0, x.p - half), x.below if x.p == 0.0 and x.below > 0.0 else min(1.0, x.p + half)


def chance_table(evidence: Evidence, lang: Language = "en", seed: int = SEED) -> ChanceTable | None:
    """Whether the raid was thicker near the flight than its base rate explains; None where that cannot be asked."""
    try:
        return told_chance(flight_result(evidence, seed=seed), lang)
    except BadInput:
        return None


def told_chance(r: Result, lang: Language = "en") -> ChanceTable:
    """A result as the page's table: the answer on top, headline and checks as rows, the other sentences as notes."""
    head, answer, *rest = sentences(r, lang)
    rows = []
    if r.answer is not Answer.NO_BASE:
        ratio, low, high = (q.ratio(x, lang) for x in (r.ratio, r.low, r.high))
        shown = say("test_ratio", lang, ratio=ratio, low=low, high=high)
        rows.append(TestRow(say("test_share", lang), shown, r.p, r.power_2, r.power_3, say("test_headline", lang)))
        checks = (("test_hawkes", r.hawkes), ("test_launches", r.launches), ("test_placebo", r.placebo))
        rows += [
            TestRow(say(key, lang), say("test_raised" if c.p <= r.alpha else "test_not_shown", lang), c.p)
            for key, c in checks if c is not None
        ]  # fmt: skip
    return ChanceTable(f"{head} {answer}", tuple(rows), tuple(rest))
