"""Which of the judged ways out are shown, and in what order: few, different, the safe ones first.

Safe ones in order of cost, then those that are safe by a hair, then the rest by their risk. One per kind of way out
(two for diversions), none that another of its kind beats in risk and cost both, none that hardly helps.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence

from flightward.advice.choices import CONTINUE, Choice
from flightward.advice.judge import DECIDE_P, Judged
from flightward.config import AdviceConfig
from flightward.model import Change, Option

BURDEN_S = {
    int(Option.HOLD): 600.0, int(Option.LEVEL): 900.0, int(Option.REROUTE): 3_700.0, int(Option.DIVERT): 1_500.0,
    int(Option.LAND): 1_200.0, int(Option.TURN_BACK): 1_500.0,
}
"""What it costs to change the route, or not to arrive where one was bound for, set against minutes of delay. Ways out
that stay long in the air of the raid pay for being less certain than they look (measured: docs/design/advice.md)."""
HAIR_P = 0.05
"""Safe by a hair: flown loosely it would be caught with more than this chance."""
FAR_SMPM = 1.0 / 150.0
PER_KIND = {int(Option.DIVERT): 2}
HELPS_SHARE = 0.8
KEEP_P = 0.05
KEEP_S = 300.0
SITE_P = 0.5


def cost_s(j: Judged) -> float:
    """Delay, plus half of the extra way's time, plus the price of not arriving, in seconds."""
    return j.delay_s + BURDEN_S.get(j.choice.option, 0.0) + FAR_SMPM * j.extra_m


def tier(j: Judged, accept_p: float) -> int:
    """0 safe, 1 safe by a hair, 2 risky, 3 not usable while anything else is."""
    if math.isnan(j.p):
        return 3
    by_height = j.choice.option == Option.LEVEL
    by_a_hair = by_height or j.p_rough > HAIR_P or j.p_site > SITE_P or j.defended_s > 0.0
    if j.p <= accept_p:
        # no hazard that the ensemble knows, but through closed airspace: only what does not cross it is safe
        return 2 if j.closed_s > 0.0 else 1 if by_a_hair else 0
    return 1 if j.p <= DECIDE_P and not by_a_hair and j.closed_s == 0.0 else 2


def order(j: Judged, accept_p: float) -> tuple[float, ...]:
    """Sort key: smaller is better."""
    t = tier(j, accept_p)
    risk = 0.5 * (j.p + j.p_rough)
    if t == 0:
        return (t, cost_s(j), j.p, *_stable(j.choice))
    return (t, j.closed_s, round(risk, 2), cost_s(j), *_stable(j.choice))


def _stable(c: Choice) -> tuple[float, ...]:
    return (c.option, c.site, c.wait_s, c.from_s, c.side_m, c.level_m if not math.isnan(c.level_m) else 0.0)


@dataclasses.dataclass(frozen=True)
class Changed:
    """The best option is another one than was told before, `old` as it is now (p NaN: not judged any more)."""

    at_s: float
    why: Change
    old: Judged
    new: Choice


def changed(
    at_s: float, old: Judged | None, rows: Sequence[Judged], judged: Sequence[Judged], is_full: bool, accept_p: float
) -> Changed | None:
    """Why the first of `rows` stands where `old` stood; None if it is the same. judged: the options as they are now.

    is_full: there is no room for it any more.
    """
    if old is None or not rows or old.choice == rows[0].choice:
        return None
    new, now = rows[0], next((j for j in (*rows, *judged) if j.choice == old.choice), None)
    if now is None:
        why = Change.FULL if is_full else Change.GONE
    elif now.closed_s > max(old.closed_s, new.closed_s):
        why = Change.CLOSED
    elif tier(now, accept_p) > tier(old, accept_p) or now.p > old.p + KEEP_P:
        why = Change.RISK
    else:
        why = Change.COST if cost_s(new) < cost_s(now) else Change.LESS_RISK
    return Changed(at_s, why, dataclasses.replace(old, p=math.nan) if now is None else now, new.choice)


def chosen(
    rows: Sequence[Judged], cfg: AdviceConfig, previous: Choice | None, p_stay: float | None = None
) -> list[Judged]:
    """At most cfg.keep rows, best first, `continue` among them; `previous` stays best unless clearly beaten."""
    stay = next((j for j in rows if j.choice == CONTINUE), None)
    if stay is not None and p_stay is not None:
        stay = dataclasses.replace(stay, p=p_stay)
    others = [j for j in rows if j.choice != CONTINUE and (stay is None or _helps(j, stay))]
    clear = [j for j in others if j.closed_s == 0.0]
    ranked = sorted(clear or others, key=lambda j: order(j, cfg.accept_p))
    old = next((j for j in ranked if j.choice == previous), None)
    if old is not None and old is not ranked[0] and not _is_better(ranked[0], old, cfg.accept_p):
        ranked.remove(old)
        ranked.insert(0, old)
    out: list[Judged] = []
    room = cfg.keep - (stay is not None)
    for j in ranked:
        alike = [k for k in out if k.choice.option == j.choice.option]
        if len(out) < room and len(alike) < PER_KIND.get(j.choice.option, 1):
            out.append(j)
    if stay is not None:
        mine = order(stay, cfg.accept_p)
        at = next((k for k, j in enumerate(out) if order(j, cfg.accept_p) > mine), len(out))
        out.insert(at, stay)
    return out


def _helps(j: Judged, stay: Judged) -> bool:
    """It is clearly less risky than going on, or keeps out of closed airspace at no more risk."""
    if j.closed_s < stay.closed_s and j.p <= stay.p + KEEP_P:
        return True
    return j.p <= HELPS_SHARE * stay.p and (j.p < stay.p or j.p_rough < stay.p_rough)


def _is_better(new: Judged, old: Judged, accept_p: float) -> bool:
    """By a margin that is worth changing one's mind for."""
    if tier(old, accept_p) >= 2 > tier(new, accept_p) or math.isnan(old.p):
        return True
    if old.p > max(2.0 * accept_p, new.p + KEEP_P):
        return True
    return tier(new, accept_p) <= tier(old, accept_p) and cost_s(new) < cost_s(old) - KEEP_S
