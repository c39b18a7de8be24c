"""The page about one flight: its numbers on hand-made days, its words, and that it needs nothing from outside."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pytest

from flightward.errors import BadInput
from flightward.review import findings, review, story
from flightward.review.timeline import events

START_S = 1_760_000_040.0


def page_of(day: Any, **more: Any) -> str:
    return review(day.full().out, "F1", day.out, case=day.case, **more).read_text(encoding="utf-8")


# They close at 80 m/s from 110 km: within 10 km from second 1250, level at 1375, and 10 km apart again at 1500.


def test_the_catch_the_lead_and_the_closest_approach_are_those_of_the_truth(day: Any) -> None:
    day.alarm(600, 1400)
    day.write()
    f = findings(day.out, "F1", case=day.case)
    assert f.caught_s == START_S + 1251  # the third drone flies 400 m beside: a little later than 1250
    assert f.lead_s == 651.0
    closest = f.best.closest()
    assert closest is not None
    assert f.best.t_s[closest] == START_S + 1375
    assert f.best.nearest_h_m[closest] == pytest.approx(0.0, abs=1.0)
    assert f.best.nearest_v_m[closest] == pytest.approx(200.0, abs=0.1)
    assert f.best.most_near() == 3
    assert f.takeoff_s == START_S + 60
    assert (f.first_seen_s, f.first_seen_n) == (START_S + 300, 3)


def test_without_the_truth_the_air_picture_and_the_reports_stand_in(day: Any) -> None:
    day.write(truth=False)
    f = findings(day.out, "F1", case=day.case)
    assert (f.path_from, f.by_truth) == ("reports", None)
    assert f.caught_s == START_S + 1251
    assert f.lead_s == 0.0
    page = review(day.out, "F1", day.out, case=day.case).read_text(encoding="utf-8")
    assert "Distances are from the air picture, which holds only what sensors saw" in page


def test_positions_held_to_be_false_are_not_flown_on(day: Any) -> None:
    for row in day.rows["tracks"]:
        if row["identity"] and 500 <= row["t_s"] - START_S < 900:
            row |= {"integrity": "false", "lat_deg": 51.0}
    day.write(truth=False)
    f = findings(day.out, "F1", case=day.case)
    assert np.isnan(f.path.e_m[600])
    assert np.isfinite(f.path.e_m[1000])
    assert not f.path.airborne[600]


def test_each_option_is_flown_against_the_drones_as_they_came(day: Any) -> None:
    day.alarm(600, 1400)
    day.advise(601, "turn_back", [(601, 10_000.0, 0.0, 500.0), (1800, -50_000.0, 0.0, 500.0)])
    day.advise(601, "land", [(601, 10_000.0, 0.0, 500.0), (700, 14_000.0, 0.0, 100.0), (1800, 14_000.0, 0.0, 100.0)])
    day.advise(601, "reroute", [(601, 10_000.0, 0.0, 500.0), (1800, 70_000.0, 3_000.0, 500.0)])
    day.advise(601, "hold", None)
    day.advise(601, "continue", None)
    f = findings(day.write().out, "F1", case=day.case)
    expected = {"turn_back": "", "land": "", "reroute": "raid", "hold": None, "continue": "raid"}
    assert {c.option: c.caught_by for c in f.choices} == expected


def test_levels_are_spans_worst_first_and_blind_is_a_row_of_its_own(day: Any) -> None:
    day.alarm(100, 199, "ADVISORY")
    day.alarm(150, 159, "BLIND", "blind")
    day.alarm(200, 299)
    day.write()
    f = findings(day.out, "F1", case=day.case)
    spans = [(s.start_s - START_S, s.end_s - START_S, s.word) for s in f.shown]
    assert spans == [(100, 150, "ADVISORY"), (150, 160, "BLIND"), (160, 200, "ADVISORY"), (200, 300, "CAUTION")]
    assert list(f.rows) == ["raid", "blind"]


def test_a_flight_that_nobody_watched_is_not_called_free(day: Any) -> None:
    day.rows["tracks"] = [r for r in day.rows["tracks"] if r["identity"]]
    day.alarm(0, 1800, "BLIND", "blind", "no live sensor")
    f = findings(day.write(truth=False).out, "F1", case=day.case)
    assert f.is_unwatched
    page = review(day.out, "F1", day.out, case=day.case).read_text(encoding="utf-8")
    said = re.search(r"It cannot be said: for ([^<]+) of its ([^<]+) in the air RESCUE 1 was BLIND", page)
    assert said is not None
    assert said[1] == said[2]  # no longer blind in the air than in the air
    assert "was not caught" not in page


def test_a_blind_span_is_cut_where_its_reason_changes_but_not_where_its_age_does(day: Any) -> None:
    day.alarm(100, 149, "BLIND", "blind", "no live sensor")
    for s in range(150, 200):
        day.alarm(s, s, "BLIND", "blind", f"no new position for {s} s")
    f = story(day.write().out, "F1", case=day.case)
    told = [(e.t_s - START_S, e.detail) for e in events(f) if e.what == "BLIND"]
    assert told == [(100, "no live sensor; for 50 s"), (150, "no new position for 150 s; for 50 s")]


class _Links(HTMLParser):
    """Everything in a page that would load something, and whether every element is closed."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("link", "img", "iframe", "object", "embed"):
            self.found.append(tag)
        self.found += [str(v) for k, v in attrs if k == "src" or (k == "href" and not str(v).startswith("#"))]
        if tag not in ("meta", "br", "input"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_stands_alone_and_is_well_formed(day: Any) -> None:
    page = page_of(day)
    links = _Links()
    links.feed(page)
    beside = {f"review-F1-data/{p.name}" for p in (day.out / "review-F1-data").iterdir()}
    assert set(links.found) == beside
    assert links.open == []
    assert "http://" not in page.replace("http://www.w3.org/2000/svg", "")
    assert "https://" not in page
    shown = re.sub(r"<script.*?</script>", "", page, flags=re.DOTALL)
    assert not re.search(r"\bnan\b|\binf\b|None|\{[a-z_]+\}", re.sub(r"<style.*?</style>", "", shown, flags=re.DOTALL))
    assert len(page.encode()) < 10_000_000


def test_the_page_says_the_three_things_and_that_it_is_simulated(day: Any) -> None:
    page = page_of(day)
    assert "RESCUE 1 was caught at 09:14:51 UTC: 3 hostile drones were within 5.4 NM (10 km) and 4,900 ft" in page
    assert "CAUTION stood from 09:04:00, 10 min 51 s before" in page
    assert "in the air it was BLIND for 21 s." in page
    assert "The first way out shown, “turn back” (decide by 09:09 UTC), would have kept it free" in page
    assert page.count("SIMULATED") >= 2
    assert "no sensor sees here" in page


def test_words_from_files_are_escaped(day: Any) -> None:
    page = page_of(day)
    assert "<b>on</b>" not in page
    assert "&lt;b&gt;on&lt;/b&gt;" in page


def test_the_same_day_gives_the_same_bytes(day: Any) -> None:
    first = page_of(day)
    assert review(day.out, "F1", day.out / "again", case=day.case).read_text(encoding="utf-8") == first


def test_a_flight_that_nothing_threatened_has_a_page_too(day: Any) -> None:
    day.truth = [r for r in day.truth if r["object_id"] == "F1"]
    day.rows["tracks"] = [r for r in day.rows["tracks"] if r["identity"]]
    page = review(day.write().out, "F1", day.out, case=day.case).read_text(encoding="utf-8")
    assert "RESCUE 1 was not caught" in page
    assert "No CAUTION was raised" in page


def test_an_unknown_flight_and_an_empty_folder_are_said(day: Any) -> None:
    day.write()
    with pytest.raises(BadInput, match="F1"):
        review(day.out, "F2", day.out, case=day.case)
    with pytest.raises(BadInput, match="neither"):
        review(day.case, "F1", day.out)


@pytest.mark.slow
def test_the_recording_alone_gives_the_page_of_the_run(day: Any) -> None:
    from flightward.run import run_case

    day.write()
    toml = day.case / "case.toml"
    short = toml.read_text(encoding="utf-8").replace(f"end_s = {START_S + 1800}", f"end_s = {START_S + 300}")
    toml.write_text(short, encoding="utf-8")
    run_case(day.case, day.out)
    alone = review(day.out / "recording.mcap", "F1", day.out / "alone").read_text(encoding="utf-8")
    assert review(day.out, "F1", day.out / "folder").read_text(encoding="utf-8") == alone
    assert "shown BLIND" in alone  # a case without feeds: nothing is seen, and nothing is called clear
    assert "path is its plan, because nothing else is known" in alone
