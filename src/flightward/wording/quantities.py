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


def listed(items: list[str], lang: Language = "en") -> str:
    """ "radar-1", "radar-1 and radar-2", "a, b and 3 more"."""
    join, more = (" and ", "more") if lang == "en" else (" і ", "інших")
    if len(items) > 3:
        return f"{', '.join(items[:2])}{join}{len(items) - 2} {more}"
    return join.join(items) if len(items) < 3 else f"{', '.join(items[:-1])}{join}{items[-1]}"
