"""A score as Markdown: reads well in a terminal too."""

from __future__ import annotations

from typing import Any

from flightward.score.day import MISS_S


def to_markdown(result: dict[str, Any]) -> str:
    """One day's score (of `score`) or many days' (of `together`) as Markdown."""
    many = "days" in result
    title = f"{result['days']} days" if many else str(result["case"])
    lines = [f"# Score: {title}", ""]
    if notes := result.get("notes"):
        lines += [*(f"- {note}" for note in notes), ""]
    if many:
        lines += _headline(result)
    lines += _totals(result["totals"])
    if many:
        lines += _chances(result.get("caught_reliability", []))
    if not many:
        lines += _flights(result)
        lines += _tracking(result.get("tracking"))
        lines += _forecast(result.get("forecast"))
        lines += _raids(result.get("raids"))
    return "\n".join(lines).rstrip() + "\n"


def _headline(result: dict[str, Any]) -> list[str]:
    rows = []
    for name, value in result["headline"].items():
        low_high = result["interval_95"][name]
        span = "" if low_high is None else f"{_num(low_high[0])} to {_num(low_high[1])}"
        rows.append([name, _num(value), span])
    return _table(["figure", "value", "95 % interval over days"], rows)


def _chances(rows: list[dict[str, Any]]) -> list[str]:
    if not rows:
        return []
    cells = [
        [
            f"{r['from']:.1f} to {r['to']:.1f}", str(r["cases"]), str(r["days"]), f"{r['said']:.3f}", f"{r['was']:.3f}",
            f"{r['off_95'][0]:+.3f} to {r['off_95'][1]:+.3f}", "yes" if r["holds"] else "no",
        ]
        for r in rows
    ]  # fmt: skip
    head = ["P(caught)", "cases", "days", "said", "was", "said - was, 95 % over days", "holds"]
    return ["## P(caught), a flight at a whole 5 min a case", "", *_table(head, cells)]


def _totals(t: dict[str, Any]) -> list[str]:
    rows = [
        ["flights, airborne hours", f"{t['flights']}, {t['airborne_h']:.2f}"],
        ["caught (of these with no live sensor over them; warned)", _caught(t)],
        ["missed: lead under 60 s (of these preventable)", f"{t['missed']} ({t['missed_preventable']})"],
        [
            "false alarms (of these cut by the end of the day)",
            f"{t['false_alarms']} ({t['false_alarms_cut']}) of {t['runs']} runs",
        ],
        ["false alarms per airborne hour", _num(t["false_alarms_per_h"])],
        ["minutes under CAUTION per airborne hour", _num(t["caution_min_per_h"])],
        ["BLIND shown though covered; uncovered and not shown", _blind(t["blindness"])],
    ]
    for cause, c in t["by_cause"].items():
        if c["caught"]:
            met = f"{100 * c['met_frac']:.0f} % reach {c['asked_s'] / 60:.0f} min"
            rows.append([f"lead time, {cause} ({c['caught']} caught)", f"median {_min(c['lead_median_s'])}; {met}"])
    a = t["advice"]
    if a["flights"]:
        rows.append(
            [
                "caught if all continue / obey / oracle",
                f"{a['caught_if_continues']} / {a['caught_if_obeys']} / {a['oracle_caught']}",
            ]
        )
        rows.append(["advice: share of the oracle's; made worse", f"{_num(a['share_of_oracle'])}; {a['made_worse']}"])
        rows.append(
            [
                "saved if it obeys at decide-by; 3 min later",
                f"{_num(a['decide_by_kept_frac'])}; {_num(a['decide_by_late_frac'])}",
            ]
        )
        rows.append(
            [
                f"the same, of {a['decide_by_in_need']} that are caught if they continue",
                f"{_num(a['decide_by_kept_in_need_frac'])}; {_num(a['decide_by_late_in_need_frac'])}",
            ]
        )
    return _table(["figure", "value"], rows)


def _flights(result: dict[str, Any]) -> list[str]:
    rows = []
    for f in result["flights"]:
        c, a = f["caught"], f.get("advice")
        verdict = "no" if c is None else _verdict(c)
        lead = "" if c is None else _min(c["lead_s"])
        false = sum(r["false"] for r in f["runs"])
        advised = "" if not a else f"{a['option'] or 'none'}: {'caught' if a['caught_if_obeys'] else 'not caught'}"
        air = f"{f['airborne_s'] / 60:.0f} min"
        rows.append(
            [f["flight_id"], air, "" if c is None else c["cause"], verdict, lead, f"{false}/{len(f['runs'])}", advised]
        )
    return [
        "## Flights",
        "",
        *_table(["flight", "airborne", "cause", "caught", "lead", "false/runs", "if it obeys"], rows),
    ]


def _verdict(c: dict[str, Any]) -> str:
    if c["blind"]:
        return "blind, warned" if c["lead_s"] >= MISS_S else "blind"
    return "missed" if c["missed"] else "warned"


def _tracking(t: dict[str, Any] | None) -> list[str]:
    if t is None:
        return []
    rows = [
        [k.replace("_", ", "), *(_num(v[p], 0) for p in ("gospa_m", "localisation_m", "missed_m", "false_m"))]
        for k, v in t["gospa"].items()
    ]
    more = [
        ["completeness", _num(t["completeness"], 3)],
        *([f"completeness, {k}", _num(v, 3)] for k, v in t["completeness_by_kind"].items()),
        ["spuriousness; ambiguity", f"{_num(t['spuriousness'], 3)}; {_num(t['ambiguity'], 3)}"],
        ["identity switches", str(t["identity_switches"])],
        *(
            [f"RMSE {k}: horizontal, vertical", f"{v:.0f} m, {t['rmse_v_m'][k]:.0f} m"]
            for k, v in t["rmse_h_m"].items()
        ),
    ]
    for axis in ("h", "v"):
        nees = t[f"nees_{axis}"]
        if nees:
            beyond = f"{100 * nees['beyond_95_frac']:.0f} % beyond 95 %"
            text = f"{_num(nees['mean_per_axis'])}; {_num(nees['median'])}; {beyond}"
            more.append([f"NEES {axis}, mean per axis (1 is honest); median", text])
    head = _table(["GOSPA", "all m", "localisation", "missed", "false"], rows)
    return ["## Tracking", "", *head, *_table(["figure", "value"], more), *_siap(t), *_honesty(t)]


def _siap(t: dict[str, Any]) -> list[str]:
    names = [
        ("completeness", 3),
        ("ambiguity", 3),
        ("spuriousness", 3),
        ("position_m", 0),
        ("velocity_mps", 1),
        ("track_number_changes", 0),
        ("longest_segment", 3),
    ]
    rows = [
        [k.replace("_", " m, "), _num(t["ospa_m"][f"c{k}"], 0), *(_num(v[n], d) for n, d in names)]
        for k, v in t["siap"].items()
    ]
    head = ["SIAP within", "OSPA m", "complete", "ambiguous", "spurious", "off m", "m/s", "number changes", "longest"]
    return _table(head, rows)


def _honesty(t: dict[str, Any]) -> list[str]:
    rows = [
        [k, _num(v["mean_3d"]), _num(v["mean_2d"]), *(_num(x) for x in v["inside_3d"].values()), str(v["rows"])]
        for k, v in t["nees_by_kind"].items()
    ]
    head = _table(["NEES per axis (1 is honest)", "3-D", "2-D", "inside 50 %", "90 %", "95 %", "rows"], rows)
    bins = [[f"from {b['from']:g}", _num(b["said"], 3), _num(b["real"], 3), str(b["n"])] for b in t["existence"]]
    return head + _table(["p_exists", "said", "share that is real", "rows"], bins)


def _forecast(f: dict[str, Any] | None) -> list[str]:
    if f is None:
        return []
    rows = []
    for minutes, h in f["horizons"].items():
        if h["pairs"]:
            skill = [_num(h["skill"][b]) for b in ("straight_line", "growing_circle", "persistence")]
            rows.append([f"{minutes} min", f"{1e3 * h['brier']:.3f}", *skill, _num(h["reliability_error"], 3)])
    head = ["horizon", "Brier × 1000", "skill: line", "circle", "persistence", "reliability error"]
    return ["## Forecast", "", *_table(head, rows)]


def _raids(r: dict[str, Any] | None) -> list[str]:
    if r is None:
        return []
    names = [
        ("changes of raid id per raid-hour", "switches_per_h", 2), ("pairs together: F1", "pairs_f1", 3),
        ("count: median relative error (3 and more)", "count_error_median", 3),
        ("extent: median IoU (3 and more)", "iou_median", 3), ("extent: median IoU (all)", "iou_median_all", 3),
    ]  # fmt: skip
    rows = [[text, *(_num(r[view][key], digits) for view in ("flown", "declared"))] for text, key, digits in names]
    for kind, e in r["flown"]["events"].items():
        if e is not None:
            strays = f"{e['found_strays']} of {e['true_strays']} of single drones"
            told = f"{e['found']} of {e['true']} found; {strays}; {e['told_wrong']} of {e['told']} told are none"
            rows.append([f"{kind}s", told, ""])
    return ["## Raids", "", *_table(["figure", "as they fly", "as declared"], rows)]


def _caught(t: dict[str, Any]) -> str:
    return f"{t['caught']} ({t['caught_blind']}; {t['caught_blind_warned']})"


def _blind(b: dict[str, float]) -> str:
    return f"{b['blind_though_covered_s'] / 60:.1f} min; {b['uncovered_not_shown_s'] / 60:.1f} min" if b else ""


def _min(seconds: float | None) -> str:
    return "" if seconds is None else f"{seconds / 60:.1f} min"


def _num(value: float | None, digits: int = 2) -> str:
    return "not given" if value is None else f"{value:.{digits}f}"


def _table(head: list[str], rows: list[list[str]]) -> list[str]:
    width = [max(len(r[i]) for r in [head, *rows]) for i in range(len(head))]
    lines = [head, ["-" * w for w in width], *rows]
    return ["| " + " | ".join(c.ljust(w) for c, w in zip(r, width, strict=True)) + " |" for r in lines] + [""]
