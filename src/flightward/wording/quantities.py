"""SI numbers as people read them: UTC times, durations, feet, knots, nautical miles, chances."""

from __future__ import annotations

import math

from flightward import units
from flightward.wording.language import Language

DAY_S = 86_400


def utc_hm(t_s: float) -> str:
    """ "14:05" of a POSIX time, rounded down: a deadline must not read later than it is."""
    second = math.floor(t_s) % DAY_S
    return f"{second // 3600:02d}:{second // 60 % 60:02d}"


def utc_hms(t_s: float) -> str:
    """ "09:04:51" of a POSIX time, to the nearest second."""
    second = round(t_s) % DAY_S
    return f"{second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}"


def zulu(t_s: float) -> str:
    """ "1405Z", as in crew messages; rounded down."""
    return utc_hm(t_s).replace(":", "") + "Z"


def duration(dt_s: float, lang: Language = "en") -> str:
    """ "45 s", "4 min 10 s", "2 h 05 min"; whole seconds below an hour."""
    second = round(abs(dt_s))
    s, m, h = ("s", "min", "h") if lang == "en" else ("с", "хв", "год")
    if second < 60:
        return f"{second} {s}"
    if second < 3600:
        rest = f" {second % 60} {s}" if second % 60 else ""
        return f"{second // 60} {m}{rest}"
    rest = f" {second // 60 % 60:02d} {m}" if second // 60 % 60 else ""
    return f"{second // 3600} {h}{rest}"


def minutes(dt_s: float, lang: Language = "en") -> str:
    """ "12 min"; below two minutes in steps of 10 s, rounded down."""
    if dt_s < 120.0:
        return duration(max(0.0, math.floor(dt_s / 10.0) * 10.0), lang)
    return f"{math.floor(dt_s / 60.0)} {'min' if lang == 'en' else 'хв'}"


def chance(p: float, lang: Language = "en") -> str:
    """ "0.62", with a decimal comma in Ukrainian; never a bare 0 or 1, for no chance is either."""
    if math.isnan(p):
        return "unknown" if lang == "en" else "невідома"
    shown = "<0.01" if p < 0.01 else ">0.99" if p > 0.99 else f"{p:.2f}"
    return shown if lang == "en" else shown.replace(".", ",")


def ratio(x: float, lang: Language = "en") -> str:
    """ "1.8", from a hundred on without a decimal; "∞"."""
    if math.isnan(x):
        return _unknown(lang)
    shown = "∞" if math.isinf(x) else f"{x:.1f}" if x < 100.0 else f"{x:.0f}"
    return shown if lang == "en" else shown.replace(".", ",")


def _unknown(lang: Language) -> str:
    return "unknown" if lang == "en" else "невідомо"


def distance(m: float, lang: Language = "en") -> str:
    """ "12 NM", below 10 NM "3.4 NM"."""
    if not math.isfinite(m):
        return _unknown(lang)
    nmi = units.nmi_from_m(abs(m))
    shown = f"{nmi:.0f}" if nmi >= 10.0 else f"{nmi:.1f}"
    return f"{shown} NM" if lang == "en" else f"{shown.replace('.', ',')} мор. миль"


def height(m: float, lang: Language = "en") -> str:
    """ "3,500 ft", to the nearest 100 ft (below 1,000 ft to the nearest 10)."""
    if not math.isfinite(m):
        return _unknown(lang)
    feet = units.ft_from_m(m)
    step = 10 if abs(feet) < 1000.0 else 100
    shown = f"{round(feet / step) * step:,}"
    return f"{shown} ft" if lang == "en" else f"{shown.replace(',', ' ')} фт"


def km(m: float, lang: Language = "en") -> str:
    """ "1.5 km", from 10 km on whole, below 1 km "110 m": for people who do not think in nautical miles."""
    if not math.isfinite(m):
        return _unknown(lang)
    if round(abs(m), -1) < 1000.0:
        return metres(m, lang)
    far = abs(m) / 1000.0
    shown = f"{far:.0f}" if far >= 10.0 else f"{far:.1f}"
    return f"{shown} km" if lang == "en" else f"{shown.replace('.', ',')} км"


def metres(m: float, lang: Language = "en") -> str:
    """ "90 m", to the nearest 10 m (from 1,000 m on to 100 m)."""
    if not math.isfinite(m):
        return _unknown(lang)
    step = 10 if abs(m) < 1000.0 else 100
    shown = f"{round(abs(m) / step) * step:,}"
    return f"{shown} m" if lang == "en" else f"{shown.replace(',', ' ')} м"


def distance_both(m: float, lang: Language = "en") -> str:
    """ "0.8 NM (1.5 km)"; in Ukrainian kilometres first."""
    first, second = distance(m, lang), km(m, lang)
    return f"{first} ({second})" if lang == "en" else f"{second} ({first})"


def height_both(m: float, lang: Language = "en") -> str:
    """ "300 ft (90 m)"; in Ukrainian metres first."""
    first, second = height(m, lang), metres(m, lang)
    return f"{first} ({second})" if lang == "en" else f"{second} ({first})"


def percent(p: float, lang: Language = "en") -> str:
    """ "12 %", below 10 % with one decimal, below 0.1 % with three places; no chance is shown as 0 or 100."""
    if not math.isfinite(p):
        return _unknown(lang)
    share = 100.0 * p
    if share <= 0.0:
        shown = "<0.0001"
    elif share < 0.1:
        shown = f"{share:.3g}" if share >= 0.0001 else "<0.0001"
    else:
        shown = f"{share:.1f}" if share < 10.0 else ">99.9" if share > 99.9 else f"{share:.0f}"
    return f"{shown} %" if lang == "en" else f"{shown.replace('.', ',')} %"


def speed(mps: float, lang: Language = "en") -> str:
    """ "52 kt"."""
    return f"{units.kt_from_mps(mps):.0f} {'kt' if lang == 'en' else 'вуз.'}"


def course(rad: float) -> str:
    """ "240°", clockwise from true north, three digits; north is 360."""
    degree = round(math.degrees(rad)) % 360
    return f"{degree or 360:03d}°"


def drones(n: int, lang: Language = "en") -> str:
    """ "41 drones", with the Ukrainian forms of one, few and many."""
    if lang == "en":
        return f"{n} drone{'' if n == 1 else 's'}"
    last, teen = n % 10, n % 100 in (11, 12, 13, 14)
    form = "дрон" if last == 1 and not teen else "дрони" if last in (2, 3, 4) and not teen else "дронів"
    return f"{n} {form}"


def hostile_drones(n: int, lang: Language = "en") -> str:
    """ "3 hostile drones", with the Ukrainian forms of one, few and many."""
    if lang == "en":
        return f"{n} hostile drone{'' if n == 1 else 's'}"
    last, teen = n % 10, n % 100 in (11, 12, 13, 14)
    form = "ворожий дрон" if last == 1 and not teen else "ворожі дрони" if last in (2, 3, 4) and not teen else None
    return f"{n} {form or 'ворожих дронів'}"


def listed(items: list[str], lang: Language = "en") -> str:
    """ "radar-1", "radar-1 and radar-2", "a, b and 3 more"."""
    join, more = (" and ", "more") if lang == "en" else (" і ", "інших")
    if len(items) > 3:
        return f"{', '.join(items[:2])}{join}{len(items) - 2} {more}"
    return join.join(items) if len(items) < 3 else f"{', '.join(items[:-1])}{join}{items[-1]}"
