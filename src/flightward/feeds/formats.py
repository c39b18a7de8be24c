"""The formats that a case's [[feed]], [[zone]] and [[plan]] may name, each with what turns a file's bytes into rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from flightward.feeds.aixm import aixm
from flightward.feeds.alerts.live import alerts_in_ua_polls, ukrainealarm_polls
from flightward.feeds.alerts.parse import HistoryCsv, alerts_json, ukrainealarm_json
from flightward.feeds.asterix.parse import AsterixPcap, AsterixRaw
from flightward.feeds.cot.parse import CotFeed
from flightward.feeds.declared import Declared, ZoneContext
from flightward.feeds.ed269 import ed269
from flightward.feeds.ed318 import ed318
from flightward.feeds.fpl import icao_fpl
from flightward.feeds.geojson import zones_geojson
from flightward.feeds.gpx import gpx_plans, gpx_reports
from flightward.feeds.kml import kml_plans, kml_reports
from flightward.feeds.modes.parse import Avr, Beast
from flightward.feeds.modes.sbs import Sbs
from flightward.feeds.notam import notam_pib, notam_text
from flightward.feeds.openair import openair
from flightward.feeds.opendroneid.parse import DroneIdPcap
from flightward.feeds.plans import PlanContext, Plans
from flightward.feeds.plans.csvplans import csv_plans
from flightward.feeds.plans.flown import opensky_csv_plans, traffic_json_plans, traffic_parquet_plans
from flightward.feeds.ridjson.parse import RemoteIdJson
from flightward.feeds.rows import FeedContext, FeedRows
from flightward.feeds.sapient.parse import SapientFeed, SapientJson
from flightward.feeds.statevectors.parse import OpenSkyCsv, OpenSkyStates, traffic_json, traffic_parquet
from flightward.feeds.tabular.parse import CsvReports, parquet_reports


class Parser(Protocol):
    """What turns a stream of bytes into rows."""

    def receive(self, data: bytes) -> None: ...
    def finish(self) -> None: ...
    def rows(self) -> FeedRows: ...


STREAMS: dict[str, Callable[[FeedContext], Parser]] = {
    "reports-csv": CsvReports,
    "opensky-csv": OpenSkyCsv,
    "opendroneid-pcap": DroneIdPcap,
    "remoteid-json": RemoteIdJson,
    "sapient": SapientFeed,
    "sapient-json": SapientJson,
    "cot": CotFeed,
    "alerts-ua-csv": HistoryCsv,
    "alerts-in-ua-polls": alerts_in_ua_polls,
    "ukrainealarm-polls": ukrainealarm_polls,
    "opensky-states-json": OpenSkyStates,
    "asterix-raw": AsterixRaw,
    "asterix-pcap": AsterixPcap,
    "beast": Beast,
    "avr": Avr,
    "sbs": Sbs,
}
"""Name of a feed format whose bytes may come in any pieces -> its parser."""


def _whole(parser: Callable[[FeedContext], Parser]) -> Callable[[bytes, FeedContext], FeedRows]:
    """All rows of a file, by a parser of streams."""

    def read(data: bytes, ctx: FeedContext) -> FeedRows:
        one = parser(ctx)
        one.receive(data)
        one.finish()
        return one.rows()

    return read


FORMATS: dict[str, Callable[[bytes, FeedContext], FeedRows]] = {
    "reports-parquet": parquet_reports,
    "traffic-json": traffic_json,
    "traffic-parquet": traffic_parquet,
    "gpx": gpx_reports,
    "kml": kml_reports,
    "alerts-in-ua-json": alerts_json,
    "ukrainealarm-json": ukrainealarm_json,
    **{name: _whole(parser) for name, parser in STREAMS.items()},
}
"""Name of a feed format -> bytes of a file (unpacked) -> its rows."""

ZONE_FORMATS: dict[str, Callable[[bytes, ZoneContext], Declared]] = {
    "notam": notam_text,
    "notam-pib-xml": notam_pib,
    "ed269-json": ed269,
    "ed318-json": ed318,
    "zones-geojson": zones_geojson,
    "openair": openair,
    "aixm": aixm,
}
"""Name of a format of declared areas -> bytes of a file (unpacked) -> its zones, and those that cannot be read."""

PLAN_FORMATS: dict[str, Callable[[bytes, PlanContext], Plans]] = {
    "icao-fpl": icao_fpl,
    "gpx": gpx_plans,
    "kml": kml_plans,
    "plan-csv": csv_plans,
    "traffic-json": traffic_json_plans,
    "traffic-parquet": traffic_parquet_plans,
    "opensky-csv": opensky_csv_plans,
}
"""Name of a format of flight plans -> bytes of a file (unpacked) -> its plans, and those that lack something."""
