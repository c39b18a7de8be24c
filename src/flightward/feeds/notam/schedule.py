"""Item D -> the times of activity between items B and C.

    DAILY 0700-1900        MON-FRI 0800-1700, SAT 0900-1200      OCT 07-25 0700-1700, OCT 26-DEC 28 0800-1800
    03 05 07-09 2200-0500  SR-SS, SR MINUS30-SS PLUS30           MON 0800-FRI 1700 (without a break)
    30 31 MAY 02 03 JUN 2130-0330                                DAILY EXC SAT SUN 0800-1600
    H24, HJ (sunrise to sunset), HN (sunset to sunrise)

A time that is not later than the one it follows is of the next day. Days are those on which an activity begins, UTC.
A day whose month is not sure (a lower one follows a higher: MAY 30 31 02) is that day of any month.
What does not read so raises Unread: the whole time from B to C then counts as active.
Source: ICAO PANS-AIM (Doc 10066) appendix 3, item D; EUROCONTROL OPADD part 2, "Item D: day/time schedule".
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator
from typing import NamedTuple

from flightward.feeds.declared.sun import DAY_S, SLACK_S, sun_times
from flightward.feeds.declared.weekly import joined

MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
DAYS_MAX = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
WEEKDAYS = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")
WINDOWS_MAX = 2_000
LONGEST_DAYS = 370
"""So long before the first day may have begun what is told without a break."""
TEXT_MAX = 3_000

_TOKEN = re.compile(r"(SR|SS)(?:\s*(MINUS|PLUS)\s*(\d{1,3}))?(?![A-Z])|([A-Z]+)|(\d+)|([-,])")
_SKIP = {"AND", "ON"}


class Unread(Exception):
    """A schedule that does not read as one."""


class Time(NamedTuple):
    """A time of day: seconds after midnight, or after (base "SR", "SS") the sun's."""

    base: str
    offset_s: float


class Day(NamedTuple):
    """A date without a year; month 0: any; weekday 0..6, NONE -1."""

    month: int
    day: int
    weekday: int = -1

    def is_on(self, date: datetime.date) -> bool:
        """Is the date this day."""
        if self.weekday >= 0:
            return date.weekday() == self.weekday
        return date.day == self.day and self.month in (0, date.month)


class Days(NamedTuple):
    """From one day to another, both included."""

    first: Day
    last: Day

    def holds(self, date: datetime.date) -> bool:
        """Is the date among them; a range may go over the end of a week, a month or a year."""
        if self.first.weekday >= 0:
            return (date.weekday() - self.first.weekday) % 7 <= (self.last.weekday - self.first.weekday) % 7
        if self.first.month and self.last.month:
            at, a, b = (date.month, date.day), self.first[:2], self.last[:2]
        else:
            at, a, b = (0, date.day), (0, self.first.day), (0, self.last.day)
        return a <= at <= b if a <= b else (at >= a or at <= b)


class Rule(NamedTuple):
    """On these days (none: every day) but not those, from one time to another; until a day: without a break."""

    days: tuple[Days, ...]
    but: tuple[Days, ...]
    begin: Time
    end: Time
    until: Day | None = None


def windows(
    text: str, from_s: float, to_s: float, place_deg: tuple[float, float] | None
) -> tuple[list[tuple[float, float]], set[str]]:
    """(begin, end) POSIX s of the activity in [from_s, to_s], in order, joined where they touch; and notes.

    place_deg   latitude and longitude for the sun's times; None: a part that needs them counts as all day.
    Errors   Unread.
    """
    rules, notes = parse(text)
    first = datetime.datetime.fromtimestamp(from_s, datetime.UTC).date() - datetime.timedelta(days=1)
    n_days = min(int((to_s - from_s) / DAY_S) + 3, 40_000)
    spans: list[tuple[float, float]] = []
    for date, rule in _begins(rules, first, n_days):
        if any(d.holds(date) for d in rule.but):
            continue
        midnight_s = datetime.datetime(date.year, date.month, date.day, tzinfo=datetime.UTC).timestamp()
        begin, end = _span(rule, date, midnight_s, place_deg)
        if end > from_s and begin < to_s:
            spans.append((max(begin, from_s), min(end, to_s)))
        if len(spans) > 2 * WINDOWS_MAX:
            # Too long to list: from here on it counts as active without a break.
            spans.append((spans[-1][0], to_s))
            notes.add("schedule_long")
            break
    return joined(spans), notes


def _begins(rules: list[Rule], first: datetime.date, n_days: int) -> Iterator[tuple[datetime.date, Rule]]:
    """The days from `first` on with each rule that begins on them; before them those that may still go on."""
    on: dict[Day, list[Rule]] = {}
    for rule in rules:
        if rule.until is not None:
            on.setdefault(rule.days[0].first, []).append(rule)
    for k in range(-LONGEST_DAYS if on else 0, 0):
        date = first + datetime.timedelta(days=k)
        for day in (Day(0, 0, date.weekday()), Day(date.month, date.day), Day(0, date.day)):
            yield from ((date, rule) for rule in on.get(day, ()))
    for k in range(n_days):
        date = first + datetime.timedelta(days=k)
        yield from ((date, rule) for rule in rules if not rule.days or any(d.holds(date) for d in rule.days))


def _span(
    rule: Rule, date: datetime.date, midnight_s: float, place_deg: tuple[float, float] | None
) -> tuple[float, float]:
    begin = _at(rule.begin, midnight_s, place_deg, -1.0)
    end_midnight_s = midnight_s
    if rule.until is not None:
        later = (k for k in range(LONGEST_DAYS) if rule.until.is_on(date + datetime.timedelta(days=k)))
        end_midnight_s += next(later, LONGEST_DAYS) * DAY_S
    end = _at(rule.end, end_midnight_s, place_deg, 1.0)
    if rule.end.base == "" and rule.end.offset_s == 86_340.0:
        end += 60.0  # 2359 is how the end of a day is written
    while end <= begin:
        end_midnight_s += DAY_S
        end = _at(rule.end, end_midnight_s, place_deg, 1.0)
    return begin, end


def _at(time: Time, midnight_s: float, place_deg: tuple[float, float] | None, side: float) -> float:
    """POSIX s of a time; the sun's times are widened by SLACK_S to the side given."""
    if not time.base:
        return midnight_s + time.offset_s
    sun = None if place_deg is None else sun_times(midnight_s, *place_deg)
    if sun is None:
        return midnight_s if side < 0.0 else midnight_s + DAY_S
    return sun[0 if time.base == "SR" else 1] + time.offset_s + side * SLACK_S


def parse(text: str) -> tuple[list[Rule], set[str]]:
    """The rules of a schedule, and notes. Errors: Unread."""
    text = text.upper().strip().rstrip(".")
    if not text or len(text) > TEXT_MAX:
        raise Unread(text[:80])
    tokens: list[str] = []
    at = 0
    for m in _TOKEN.finditer(text):
        if text[at : m.start()].strip(" \n\t.;:"):
            raise Unread(text[at : m.start()])
        at = m.end()
        if m.group(1):
            sign = -1 if m.group(2) == "MINUS" else 1
            tokens.append(f"@{m.group(1)}{sign * int(m.group(3) or 0)}")
        elif m.group() not in _SKIP:
            tokens.append("-" if m.group() == "TO" else m.group())
    if text[at:].strip(" \n\t.;:"):
        raise Unread(text[at:])
    return _Parser(tokens).rules()


class _Parser:
    def __init__(self, tokens: list[str]) -> None:
        self._tokens = tokens
        self._after = _months_after(tokens)
        self._k = 0
        self._month = self._day_before = 0
        self._notes: set[str] = set()

    def rules(self) -> tuple[list[Rule], set[str]]:
        out: list[Rule] = []
        while self._peek():
            if self._peek() == ",":
                self._k += 1
            elif self._peek() == "EXC" and out:
                but = self._excepted()
                if out[-1].until is not None:
                    raise Unread("an exception from a time without a break")
                out[-1] = out[-1]._replace(but=(*out[-1].but, *but))
                if self._is_time(0):
                    raise Unread("times of an exception")
            else:
                out += self._group()
        if not out:
            raise Unread("nothing")
        return out, self._notes

    def _group(self) -> list[Rule]:
        days = self._days()
        but = self._excepted() if self._peek() == "EXC" else ()
        out: list[Rule] = []
        while self._peek():
            if self._peek() == "H" and self._peek(1) == "24":
                self._k += 2
                out.append(Rule(days, but, Time("", 0.0), Time("", DAY_S)))
            elif self._peek() in ("HJ", "HN"):
                rise, sset = Time("SR", 0.0), Time("SS", 0.0)
                out.append(Rule(days, but, rise, sset) if self._peek() == "HJ" else Rule(days, but, sset, rise))
                self._k += 1
            elif self._is_time(0):
                out.append(self._times(days, but))
            elif self._peek() == "," and out and self._is_time(1) and not self._is_day(1):
                self._k += 1
            else:
                break
        if not out:
            raise Unread(" ".join(self._tokens[self._k : self._k + 3]))
        return out

    def _times(self, days: tuple[Days, ...], but: tuple[Days, ...]) -> Rule:
        begin = self._time()
        self._expect("-")
        if self._is_time(0):
            return Rule(days, but, begin, self._time())
        until = self._day()
        if len(days) != 1 or days[0].first != days[0].last or but or not self._is_time(0):
            raise Unread("a time without a break")
        if days[0].first.weekday < 0 and not days[0].first.month:
            until = until._replace(month=0)  # else it would go on from any month to the one named
        return Rule(days, (), begin, self._time(), until)

    def _days(self) -> tuple[Days, ...]:
        out: list[Days] = []
        if self._peek() in ("DAILY", "DLY"):
            self._k += 1
            return ()
        while self._is_day(0) or (self._peek() == "," and out and self._is_day(1) and not self._is_rule_next()):
            if self._peek() == ",":
                self._k += 1
            first = self._day()
            last = first
            if self._peek() == "-" and self._is_day(1):
                self._k += 1
                last = self._day()
                if (last.weekday >= 0) != (first.weekday >= 0):
                    raise Unread("a range of unlike days")
            out.append(Days(first, last))
        return tuple(out)

    def _is_rule_next(self) -> bool:
        return self._peek(1) in ("DAILY", "DLY")

    def _day(self) -> Day:
        word = self._peek()
        if word in WEEKDAYS:
            self._k += 1
            return Day(0, 0, WEEKDAYS.index(word))
        if word in MONTHS:
            self._k += 1
            return self._dated(self._number(), MONTHS.index(word) + 1)
        month = self._after[self._k]
        day = self._number()
        if self._after[self._k] and self._peek() in MONTHS:
            self._k += 1  # "19 OCT": the month stands after its day
        return self._dated(day, month or (self._month if day >= self._day_before else 0))

    def _dated(self, day: int, month: int) -> Day:
        if month and day > DAYS_MAX[month - 1]:
            raise Unread(f"{MONTHS[month - 1]} {day}")  # it would never come
        self._month, self._day_before = month, day
        return Day(month, day)

    def _number(self) -> int:
        word = self._peek()
        if not _is_number(word) or not 1 <= int(word) <= 31:
            raise Unread(word)
        self._k += 1
        return int(word)

    def _excepted(self) -> tuple[Days, ...]:
        self._k += 1
        if self._peek() in ("HOL", "HOLIDAYS"):
            # Which days are holidays is not known here: it counts as active on them too.
            self._k += 1
            self._notes.add("schedule_holidays")
            return ()
        days = self._days()
        if not days:
            raise Unread("an exception")
        is_any_month = any(d.month == 0 and d.weekday < 0 for pair in days for d in pair)
        if is_any_month and not set(MONTHS).isdisjoint(self._tokens):
            raise Unread("an exception whose month is not sure")
        return days

    def _time(self) -> Time:
        word = self._peek()
        self._k += 1
        if word.startswith("@"):
            return Time(word[1:3], 60.0 * int(word[3:]))
        hours, minutes = int(word[:2]), int(word[2:])
        if hours > 24 or minutes > 59 or (hours == 24 and minutes):
            raise Unread(word)
        return Time("", hours * 3600.0 + minutes * 60.0)

    def _is_time(self, ahead: int) -> bool:
        word = self._peek(ahead)
        return word.startswith("@") or bool(re.fullmatch(r"\d{4}", word))

    def _is_day(self, ahead: int) -> bool:
        word = self._peek(ahead)
        return word in WEEKDAYS or word in MONTHS or _is_number(word)

    def _expect(self, word: str) -> None:
        if self._peek() != word:
            raise Unread(self._peek())
        self._k += 1

    def _peek(self, ahead: int = 0) -> str:
        k = self._k + ahead
        return self._tokens[k] if k < len(self._tokens) else ""


def _is_number(token: str) -> bool:
    return bool(re.fullmatch(r"\d{1,2}", token))


def _months_after(tokens: list[str]) -> list[int]:
    """Of each token that is a day the month (1 to 12) that stands after it or after the days that follow it; else 0.

    A month after a day is that day's, unless the list of days began with a month ("NOV 24 DEC 04"), or the first
    month of all stands before its day. A day above the one that follows it is of another month.
    """
    padded = ["", *tokens, ""]
    first = next((k for k, t in enumerate(padded) if t in MONTHS), 0)
    is_after = first > 0 and _is_number(padded[first - 1])
    own = [0] * (len(tokens) + 1)
    follows = is_after
    for k, token in enumerate(tokens):
        before, after = padded[k], padded[k + 2]
        if token in MONTHS:
            follows = follows and _is_number(before)
            if _is_number(before) and (follows or not _is_number(after)):
                own[k] = MONTHS.index(token) + 1
        elif not _is_number(token) and token not in "-,":
            follows = is_after
    month = day = 0
    for k in reversed(range(len(tokens))):
        token = tokens[k]
        if token in MONTHS:
            month, day = own[k], 31
        elif _is_number(token):
            month = month if int(token) <= day else 0
            own[k], day = month, int(token)
        elif token not in "-," and not (padded[k + 2] == "-" and k + 2 < len(tokens) and _is_number(tokens[k + 2])):
            month = 0  # but "01 0800-10 JUN 1600": the month is that of both
    return own
