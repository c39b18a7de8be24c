"""How far P(caught) can be believed, on days that bench/threat_days.py left behind, and the map that corrects it.

    python bench/fit_caught.py DIR [DIR ...]                                reliability of what the days said
    python bench/fit_caught.py DIR [DIR ...] --plot docs/img/caught-reliability.svg
    python bench/fit_caught.py DIR [DIR ...] --fit src/flightward/encounters/caught_map.json --seeds "11000 to 11047"
    python bench/fit_caught.py DIR [DIR ...] --fit src/flightward/encounters/caught_map.json --seeds ... --after 48

To fit, the days must have said the shares of the draws themselves (threat_days.py --set threats.is_calibrated=0); or,
with --after N, chances by the map that is in force, fitted on N days that are no more: the shares are taken back from
them, and the N days weigh in by a normal law about their numbers, as wide as these days would make it.
A case is one flight at one whole 5 min, until it has ended; it came true if the flight, keeping its plan, was caught
from then on within the hour that is forecast. Intervals are of whole days drawn again.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
from scipy.optimize import minimize

from flightward.encounters.believed import CAUSES, CaughtMap, caught_map, features
from flightward.encounters.believed import DRAWS as SHARES
from threat_rules import BOOL, F64, Days, read

EACH_S, FIT_EACH_S, AHEAD_S = 300, 60, 3_600.0
EDGES = np.linspace(0.0, 1.0, 11)
DRAWS, SEED = 1_000, 20260520
PULL = 5.0
"""Cases of a fit hang together (one flight, minute after minute): the fit is pulled to no change by so many of them."""


def came_true(days: Days, mask: BOOL, each_s: int) -> tuple[F64, BOOL, BOOL]:
    """Seconds asked (K,), whether each flight is caught within the hour from then on (K, N), and whether it is a case:
    not ended, by what was said and in truth."""
    length, n = mask.shape
    at = np.full((length, n), np.inf)
    last = np.full(n, np.inf)
    for k in range(length - 1, -1, -1):
        last = np.where(mask[k], k, last)
        at[k] = last
    t = np.arange(0, length, each_s)
    up = np.where(days.airborne.any(axis=0), length - 1 - days.airborne[::-1].argmax(axis=0), -1)
    return t.astype(np.float64), at[t] - t[:, None] <= AHEAD_S, ~days.ended[t] & (t[:, None] <= up)


def left_s(days: Days, t: F64) -> F64:
    """(K, N) seconds in the air within the hour from each instant on, in truth."""
    rows = t.astype(np.int64)
    total = np.concatenate([np.zeros((1, days.airborne.shape[1])), np.cumsum(days.airborne, axis=0)])
    end = np.minimum(rows + int(AHEAD_S), len(total) - 1)
    return np.asarray(total[end] - total[rows], dtype=np.float64)


def shares(days: Days, cause: str) -> tuple[F64, F64]:
    """(T, N) what was said of a cause, and seconds to it."""
    if cause == "any":
        top = days.p.argmax(axis=2)[:, :, None]
        return days.p_any, np.take_along_axis(days.t_to_s, top, axis=2)[:, :, 0]
    k = ("raid", "lone", "zone").index(cause)
    return days.p[:, :, k], days.t_to_s[:, :, k]


def taken_back(said: F64, t_to_s: F64, by: CaughtMap) -> F64:
    """The share behind a chance that a map gave; 0 stays 0."""
    ahead = features(np.zeros_like(said), t_to_s)[..., 2]
    with np.errstate(divide="ignore", invalid="ignore"):
        z = (np.log(said / (1.0 - said)) - by.level - by.ahead * ahead) / by.slope
    q = ((SHARES + 1.0) / (1.0 + np.exp(-z)) - 0.5) / SHARES
    return np.where(said > 0.0, np.clip(q, 1e-9, 1.0), said)


def fit(days: Days, cause: str, after: int = 0) -> dict[str, float]:
    """The map of one cause by greatest likelihood, and the rate of those with no draw."""
    mask = days.is_caught if cause == "any" else days.caught[cause]
    t, true, case = came_true(days, mask, FIT_EACH_S)
    rows = t.astype(np.int64)
    said, to_s = (v[rows] for v in shares(days, cause))
    start, pull, new_per_h = np.array([0.0, 1.0, 0.0]), 2.0 * PULL * np.eye(3), 0.0
    in_draw = said > 0.0
    if after:
        before = caught_map(cause)
        if cause == "any":  # what newcomers alone give is in no draw
            in_draw = days.p[rows].max(axis=2) > 0.0
        said = taken_back(said, to_s, before)
        start, new_per_h = np.array([before.level, before.slope, before.ahead]), before.new_per_h
    x, y = features(said[case & in_draw], to_s[case & in_draw]), true[case & in_draw]
    part = after / len(np.unique(days.seed))
    if after:
        p = 1.0 / (1.0 + np.exp(-(x @ start)))
        pull = part * (x * (p * (1.0 - p))[:, None]).T @ x

    def loss(w: F64) -> float:
        z = x @ w
        return float((np.logaddexp(0.0, z) - y * z).sum() + 0.5 * (w - start) @ pull @ (w - start))

    w = minimize(loss, start).x
    none = case & ~in_draw
    hours = left_s(days, t)[none].sum() / 3_600.0
    caught = true[none].sum() + part * hours * new_per_h
    return {
        "level": round(float(w[0]), 4), "slope": round(float(w[1]), 4), "ahead": round(float(w[2]), 4),
        "new_per_h": round(float(caught / max((1.0 + part) * hours, 1e-9)), 4),
    }  # fmt: skip


def reliability(days: Days) -> list[dict[str, Any]]:
    """Said against was by tenths of P(caught), with the interval of the difference over days drawn again."""
    t, true, case = came_true(days, days.is_caught, EACH_S)
    said = days.p_any[t.astype(np.int64)]
    seeds = np.unique(days.seed)
    of_bin = np.clip(np.searchsorted(EDGES, said, side="right") - 1, 0, 9)
    sums = np.zeros((len(seeds), 10, 3))
    for d, seed in enumerate(seeds):
        mine = case & (days.seed == seed)
        for b in range(10):
            rows = mine & (of_bin == b)
            sums[d, b] = rows.sum(), said[rows].sum(), true[rows].sum()
    drawn = sums[np.random.default_rng(SEED).integers(0, len(seeds), size=(DRAWS, len(seeds)))].sum(axis=1)
    out = []
    for b in range(10):
        n, p, y = sums[:, b].sum(axis=0)
        if n == 0:
            continue
        good = drawn[drawn[:, b, 0] > 0, b]
        off = (good[:, 1] - good[:, 2]) / good[:, 0]
        low, high = np.percentile(off, [2.5, 97.5])
        was = np.percentile(good[:, 2] / good[:, 0], [2.5, 97.5])
        out.append({
            "from": EDGES[b], "n": int(n), "days": int((sums[:, b, 0] > 0).sum()), "said": p / n, "was": y / n,
            "off_95": [float(low), float(high)], "was_95": was.tolist(),
            "holds": bool(abs(p - y) / n <= 0.03 or low <= 0.0 <= high),
        })  # fmt: skip
    return out


def draw(rows: list[dict[str, Any]], path: Path, days: int) -> None:
    """The plot of the docs: said against was with 95 % intervals, and how many cases stand behind each."""
    size, pad = 360.0, 48.0

    def at(x: float, y: float) -> tuple[float, float]:
        return pad + size * x, pad + size * (1.0 - y)

    parts = [f'<line x1="{pad}" y1="{pad + size}" x2="{pad + size}" y2="{pad}" stroke="#999" stroke-dasharray="4 4"/>']
    for tick in EDGES[::2]:
        x, y = at(tick, 0.0)
        parts.append(f'<text x="{x:.0f}" y="{y + 18:.0f}" text-anchor="middle">{tick:.1f}</text>')
        x, y = at(0.0, tick)
        parts.append(f'<text x="{x - 8:.0f}" y="{y + 4:.0f}" text-anchor="end">{tick:.1f}</text>')
    for row in rows:
        x, y = at(row["said"], row["was"])
        _, low = at(0.0, row["was_95"][0])
        _, high = at(0.0, row["was_95"][1])
        colour = "#1565c0" if row["n"] >= 1_000 else "#90a4ae"
        parts.append(f'<line x1="{x:.1f}" y1="{low:.1f}" x2="{x:.1f}" y2="{high:.1f}" stroke="{colour}"/>')
        parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{colour}"/>')
        parts.append(f'<text x="{x + 7:.1f}" y="{y + 14:.1f}" font-size="10" fill="#555">{row["n"]}</text>')
    side = size + 2.0 * pad
    text = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side:.0f} {side + 20:.0f}" '
        'font-family="sans-serif" font-size="12" fill="#222">'
        f'<rect width="100%" height="100%" fill="#fff"/><rect x="{pad}" y="{pad}" width="{size}" height="{size}" '
        'fill="none" stroke="#ccc"/>'
        f'<text x="{side / 2:.0f}" y="24" text-anchor="middle" font-size="14">P(caught): said against was, {days} '
        "standard days</text>" + "".join(parts) +
        f'<text x="{side / 2:.0f}" y="{side - 6:.0f}" text-anchor="middle">said</text>'
        f'<text x="14" y="{side / 2:.0f}" transform="rotate(-90 14 {side / 2:.0f})" text-anchor="middle">was '
        "(bars: 95 % over days)</text>"
        f'<text x="{side / 2:.0f}" y="{side + 12:.0f}" text-anchor="middle" font-size="10" fill="#555">numbers: cases; '
        "blue: 1,000 and more</text></svg>\n"
    )  # fmt: skip
    path.write_text(text, encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--fit", type=Path)
    parser.add_argument("--seeds", default="", help="what to write down as the days of the fit")
    parser.add_argument("--after", type=int, default=0, metavar="N", help="days behind the map that is in force")
    parser.add_argument("--plot", type=Path)
    args = parser.parse_args()
    days = read(args.folders)
    if args.fit:
        found: dict[str, Any] = {cause: fit(days, cause, args.after) for cause in CAUSES}
        n = len(set(days.seed.tolist())) + args.after
        args.fit.write_text(json.dumps({"fitted_on": f"{n} standard days, {args.seeds}", **found}, indent=1) + "\n")
        print(json.dumps(found, indent=1))
        return
    rows = reliability(days)
    for row in rows:
        print(
            f"{row['from']:.1f}  n {row['n']:6d}  days {row['days']:4d}  said {row['said']:.3f}  was {row['was']:.3f}  "
            f"said - was in [{row['off_95'][0]:+.3f}, {row['off_95'][1]:+.3f}]  {'holds' if row['holds'] else 'OFF'}"
        )
    if args.plot:
        draw(rows, args.plot, len(set(days.seed.tolist())))


if __name__ == "__main__":
    main()
