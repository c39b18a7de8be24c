"""Writes docs/wire.md from the schema in flightward.web.wire. A test compares the two.

    PYTHONPATH=src python tools/wire_doc.py
"""

from __future__ import annotations

from pathlib import Path

from flightward.web import wire

_HEAD = """# The wire format of the console

Written by `tools/wire_doc.py` from `src/flightward/web/wire.py`; change it there.

The page opens a WebSocket at `/ws`. Every message from the server is one binary frame: a
[MessagePack](https://msgpack.org) map with the key `kind`. The order is: `setup` once; then, up to five times a
second while anything changes, `forecast` (only when the frame that follows refers to one that this page has not got),
`frame`, `player`. A `frame` holds the whole state of one second, so any frame can be shown on its own; a page that is
too slow loses frames, never order.

**Tables** are maps of columns of equal length. A column of numbers is the raw little-endian bytes of the form given
here; a column of form `text` is a list of strings or nil. The `schema` in the setup message names the form of every
column, so that a reader needs no copy of this page. **Ragged** lines and polygons: row *i* owns the points
`start[i]` to `start[i + 1] - 1`; polygons are closed implicitly.

**Unknown** is NaN in `f4` and `f8`, -1 in `i1` and `i4`, nil in `text`; never 0. Times are POSIX seconds, UTC.
Positions are WGS 84 degrees, heights metres above the ellipsoid, courses radians clockwise from true north. Codes are
those of `flightward.model`.

| form | what |
|---|---|
| f8, f4 | IEEE float, 8 or 4 bytes |
| i4, i1, u1 | integer, 4 or 1 bytes; u1 unsigned |
| text | list of strings or nil |

**Commands** go to the server as JSON text, at most 4096 bytes: `{"do": "play"}`, `{"do": "pause"}`,
`{"do": "speed", "speed": 20}` (0.1 to 600), `{"do": "seek", "t_s": 1747742400}`, and `act` (below). What
cannot be carried out is answered with `refused`.

`GET /api/state` gives the player's keys and a short `frame` (t_s, n_tracks, n_raids, levels, n_warnings) as JSON.

**What people do with warnings**: `{"do": "act", "warning": "W5", "act": "told", "person": "A. Koval",
"to_whom": "HUM112", "how": "VHF", "note": ""}` as a command, or the same without `do` as the JSON body of
`POST /api/acts`, answered with the act (201) or with `why` not (400; 503 where it could not be written down).
`GET /api/acts` lists them. The time is the newest of the day, set by the server. An `acts` message with all of them
goes to every page when one is added, and to a new page if there are any.

The server answers only to a loopback Host, and to an Origin that is that same host.
"""

_TABLES = {"setup": wire.SETUP, "frame": wire.FRAME, "forecast": wire.FORECAST, "acts": wire.ACTS}


def document() -> str:
    """The whole page."""
    parts = [_HEAD]
    for message, scalars in wire.SCALARS.items():
        parts.append(f"\n## {message}\n\n| key | meaning |\n|---|---|\n")
        parts.extend(f"| {key} | {meaning} |\n" for key, meaning in scalars.items())
        for table, columns in _TABLES.get(message, {}).items():
            parts.append(f"\n### {message}.{table}\n\n| column | form | unit | meaning |\n|---|---|---|---|\n")
            parts.extend(f"| {c.name} | {c.form} | {c.unit or '-'} | {c.doc} |\n" for c in columns)
    return "".join(parts)


def main() -> None:
    """Write the page."""
    path = Path(__file__).resolve().parent.parent / "docs" / "wire.md"
    path.write_text(document())
    print(path)


if __name__ == "__main__":
    main()
