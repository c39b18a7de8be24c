"""A day with no sensor and no track: area alerts alone still yield an outlook and threats."""

from __future__ import annotations

import dataclasses
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent / "threats"))

from small_area import T0, setup

from flightward.config import Config
from flightward.feeds.alerts import HistoryCsv
from flightward.feeds.rows import FeedContext
from flightward.model import AreaFrame, Inbox, Level, Names, Reason, ReportBatch, SensorBatch
from flightward.pipeline import Pipeline

CFG = Config().changed({"alert_p": 0.05})
HISTORY = b"""oblast,raion,hromada,level,started_at,finished_at,source
Kyivska oblast,,,oblast,2023-11-14 22:15:00+00:00,2023-11-14 23:05:00+00:00,official
Cherkaska oblast,,,oblast,2023-11-14 22:20:00+00:00,2023-11-14 23:05:00+00:00,official
Chernihivska oblast,,,oblast,2023-11-14 22:16:00+00:00,2023-11-14 23:05:00+00:00,official
Poltavska oblast,,,oblast,2023-11-14 22:17:00+00:00,2023-11-14 23:05:00+00:00,official
"""


def day():
    """Setup and inboxes, two a minute, of half an hour with a flight over Kyiv; and when the first alert is heard."""
    frame, names = AreaFrame(np.radians(50.3), np.radians(30.9)), Names(["F1", "a", "b"])
    over_kyiv = [(0, -40e3, 60e3, 900.0), (3_600, 40e3, -60e3, 900.0)]
    area = dataclasses.replace(
        setup([over_kyiv]), sensors=SensorBatch.empty(), frame=frame, names=names, radius_m=250_000.0, end_s=T0 + 3_600
    )
    feed = HistoryCsv(FeedContext("h", names, frame, {}, radius_m=250_000.0, start_s=T0, end_s=T0 + 3_600))
    feed.receive(HISTORY)
    feed.finish()
    alerts = feed.rows().alerts
    inboxes, at = [], 0
    for t in np.arange(T0, T0 + 1_800.0, 30.0):
        upto = int(np.searchsorted(alerts.t_rx_s, t, side="right"))
        inboxes.append(Inbox(float(t), ReportBatch.empty(), alerts.take(np.arange(at, upto))))
        at = upto
    return area, inboxes, alerts.t_rx_s[0]


def test_alerts_alone_yield_an_outlook_and_advisories_with_their_chance():
    area, inboxes, first_s = day()
    pipeline, seen = Pipeline(area, CFG, with_cells=False), {}
    for inbox in inboxes:
        t, result = inbox.t_s, pipeline.step(inbox)
        rows = result.threats.take(np.isin(result.threats.reason, [Reason.ALERT_AREA, Reason.ALERT_LIKELY]))
        for k in range(len(rows)):
            seen.setdefault((area.names.text(int(rows.hazard_id[k])), int(rows.reason[k])), []).append(
                (t - T0, rows.p_alert[k], rows.t_to_s[k])
            )
            assert rows.level[k] == Level.ADVISORY and 0.0 < rows.p_alert[k] <= 1.0
        assert (result.picture.outlook is None) == (t < first_s)
    assert ("Kyivska oblast", int(Reason.ALERT_AREA)) in seen
    likely = [row for (_, reason), found in seen.items() if reason == Reason.ALERT_LIKELY for row in found]
    assert likely and all(p >= 0.05 and ahead_s > 0.0 for _, p, ahead_s in likely)


def test_it_goes_on_from_a_snapshot_before_and_after_the_first_alert():
    area, inboxes, first_s = day()
    pipeline, memories = Pipeline(area, CFG, with_cells=False), []
    results = []
    for inbox in inboxes:
        memories.append(pipeline.snapshot())
        results.append(pipeline.step(inbox))
    heard = int(np.searchsorted([i.t_s for i in inboxes], first_s))
    for cut in (1, heard, heard + 1, heard + 11):
        other = Pipeline(area, CFG, with_cells=False)
        other.restore(memories[cut])
        for inbox, want in zip(inboxes[cut:], results[cut:], strict=True):
            got = other.step(inbox)
            assert (got.picture.outlook is None) == (want.picture.outlook is None)
            if want.picture.outlook is not None:
                assert got.picture.outlook.p_alert.tobytes() == want.picture.outlook.p_alert.tobytes()
            for column in ("flight", "hazard_id", "reason", "level", "t_to_s", "p_alert"):
                assert getattr(got.threats, column).tobytes() == getattr(want.threats, column).tobytes()
