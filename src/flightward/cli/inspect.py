"""`flightward inspect FILE`: what a feed file is, by looking; its rows as a table; what could not be read, and why."""

from __future__ import annotations

import csv
import datetime
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from flightward.feeds.rows import FeedRows
    from flightward.model import Batch, Names


def inspect(
    file: Annotated[Path, typer.Argument(help="A feed file: a capture, a recording of a receiver, a table; gzip too.")],
    as_format: Annotated[
        str, typer.Option("--format", help="Read it as this format (docs/feeds.md); else it is looked at.")
    ] = "",
    rows: Annotated[int, typer.Option(min=0, help="How many rows to show, from the first.")] = 20,
    option: Annotated[
        list[str] | None, typer.Option(help=r"An option of the \[\[feed]], as name=value; may stand several times.")
    ] = None,
    as_csv: Annotated[bool, typer.Option("--csv", help="All rows as CSV, and nothing else.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Everything as one JSON object.")] = False,
) -> None:
    """Show what a feed file is and holds, and count what could not be read, and why."""
    from flightward.errors import BadInput, BadMessage
    from flightward.feeds.inspection import facts_of, look, table_of

    options = dict(_option(text) for text in option or [])
    try:
        found = look(file, as_format, options)
    except BadMessage as error:
        raise BadInput(f"cannot be read: {error}", where=str(file)) from error
    facts = facts_of(found)
    if as_json or "facts" in found:
        _tell(facts if "facts" in found else {**facts, "reports": table_of(found["rows"], found["context"])}, as_json)
        return
    got, names = found["rows"], found["context"].names
    sensors = list(found["context"].sensor_rows)
    if as_csv:
        columns = _columns(got.reports if len(got.reports) else got.alerts, names, sensors, None)
        out = csv.writer(sys.stdout)
        out.writerow(columns)
        out.writerows(zip(*columns.values(), strict=True))
        return
    _show(file, found["format"], got, names, sensors, rows)
    for key in ("gives no row", "routes", "events", "operators", "clocks"):
        if facts[key]:
            print(f"{key}: {json.dumps(facts[key], ensure_ascii=False)}")


def _tell(facts: dict[str, Any], as_json: bool) -> None:
    """One JSON object, or a line for each thing that is known."""
    if as_json:
        print(json.dumps(facts, ensure_ascii=False))
        return
    for key, value in facts.items():
        rest = value if isinstance(value, list) else [value]
        if isinstance(value, list):
            print(f"{key}: {len(value)}")
        for one in rest:
            word = json.dumps(one, ensure_ascii=False) if isinstance(one, dict | list) else str(one)
            print(f"  {word}" if isinstance(value, list) else f"{key}: {word}")


def _show(file: Path, name: str, got: FeedRows, names: Names, sensors: list[str], rows: int) -> None:
    from flightward.cli import show

    batch = got.reports if len(got.reports) or not len(got.alerts) else got.alerts
    what = "reports" if batch is got.reports else "changes of area alerts"
    show.console.print(f"{file.name}: {name}, {len(batch)} {what}{_span(batch)}")
    for kind, number in got.counts.items():
        show.console.print(f"  {kind}: {number}")
    if rows and len(batch):
        width = show.console.width if show.console.is_terminal else 0
        for line in _lines(_columns(batch, names, sensors, rows), width):
            show.console.print(line, markup=False, soft_wrap=True)
        if len(batch) > rows:
            show.console.print(f"... and {len(batch) - rows} more (--rows, --csv)")
    for title, counts in (("kept aside", got.rejects.counts), ("put right or noted", got.rejects.repairs)):
        for reason, number in counts.items():
            samples = got.rejects.samples.get(reason, [])[:1] if counts is got.rejects.counts else []
            show.console.print(f"{title}: {reason} {number}" + (f", as {samples[0]}" if samples else ""), markup=False)
    if not got.rejects.total:
        show.console.print("nothing was kept aside")


def _lines(columns: dict[str, list[str]], width: int) -> list[str]:
    """The columns side by side, as many as fit `width` (0: all), and the names of those that do not."""
    lines = [""] * (1 + max(map(len, columns.values()), default=0))
    left_out: list[str] = []
    for title, texts in columns.items():
        size = max(map(len, [title, *texts]))
        if width and (left_out or len(lines[0]) + size > width):
            left_out.append(title)
            continue
        lines = [line + text.rjust(size) + "  " for line, text in zip(lines, [title, *texts], strict=True)]
    return [*(line.rstrip() for line in lines), *([f"not shown: {', '.join(left_out)}"] if left_out else [])]


def _span(batch: Batch) -> str:
    import numpy as np

    t_s: Any = getattr(batch, "t_s", np.zeros(0))
    t_s = t_s[np.isfinite(t_s)]
    return f", {_time(float(t_s.min()))} to {_time(float(t_s.max()))}" if len(t_s) else ""


def _time(t_s: float) -> str:
    """A time as people read it; files without a date begin on 1 January 1970."""
    try:
        moment = datetime.datetime.fromtimestamp(t_s, tz=datetime.UTC)
    except (ValueError, OverflowError, OSError):
        return f"{t_s:.3f}"
    return moment.strftime("%Y-%m-%d %H:%M:%S.") + f"{moment.microsecond // 1000:03d}"


def _columns(batch: Batch, names: Names, sensors: list[str], rows: int | None) -> dict[str, list[str]]:
    """The columns that hold anything, as texts: angles in degrees, names and codes as words, times as clock times."""
    import numpy as np

    from flightward import model

    out: dict[str, list[str]] = {}
    for field in model.columns(type(batch)):
        values = getattr(batch, field.name)
        if field.name == "seq" or values.ndim != 1 or field.metadata.get("start") or field.metadata["flat"]:
            continue
        is_float = values.dtype.kind == "f"
        if np.all(np.isnan(values) if is_float else values == model.NONE):
            continue
        shown, title, unit = values[:rows], field.name, field.metadata["unit"]
        if unit == "rad":
            shown, title = np.degrees(shown), title.removesuffix("_rad") + "_deg"
        if is_float:
            as_time = title in ("t_s", "t_rx_s")
            out[title] = [_time(v) if as_time else _number(v, title) for v in shown.tolist()]
        elif title == "sensor":
            out[title] = [sensors[v] if 0 <= v < len(sensors) else "" for v in shown.tolist()]
        elif unit == "name":
            out[title] = [names.text(v) or "" for v in shown.tolist()]
        elif unit in ("Kind", "AlertState"):
            code: Any = getattr(model, unit)
            out[title] = [code(v).word if v != model.NONE else "" for v in shown.tolist()]
        else:
            out[title] = ["" if v == model.NONE else str(v) for v in shown.tolist()]
    return out


def _number(value: float, title: str) -> str:
    if value != value:
        return ""
    return f"{value:.6f}" if title in ("lat_deg", "lon_deg") else f"{value:.3f}".rstrip("0").rstrip(".")


def _option(text: str) -> tuple[str, Any]:
    """name=value; the value as JSON if it is that (numbers, lists, tables), else as text."""
    from flightward.errors import BadInput

    name, equals, value = text.partition("=")
    if not equals:
        raise BadInput("must be name=value", key="--option", value=text)
    try:
        return name.strip(), json.loads(value)
    except ValueError:
        return name.strip(), value
