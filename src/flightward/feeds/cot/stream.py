"""Events in a stream of bytes, cut anywhere, as XML, as TAK protobuf, or mixed: `receive(bytes)`, then `events()`.

XML      from "<event" to "</event>" (TAK's protocol.txt: a stream is broken apart at that token); what stands between
         events (declarations, white space, comments) is passed over
TAK      bf, size, message; bf 01 bf: a datagram of the mesh, which has no size: it ends where what follows is no field

Counted in `rejects`: junk (other bytes between events, once a run), doctype (a document type between events: it is not
used), too_long (an event over EVENT_MAX bytes), cut (the stream ended within an event), and why an event could not be
read. After a damaged event reading goes on at the next one that begins inside or behind it. An encoding that an XML
declaration names is that of the event behind it.
"""

from __future__ import annotations

import re

from flightward.errors import BadMessage
from flightward.feeds import protowire
from flightward.feeds.cot import tak, xmltext
from flightward.feeds.cot.event import CotEvent
from flightward.feeds.rows import Rejects

EVENT_MAX = 1 << 20
"""A route of 1,000 points has some 150 KB."""
_BEGIN = re.compile(rb"<event(?=[\s/>])")
_END = re.compile(rb"</event[ \t\r\n]{0,64}>")
_END_MAX = len(b"</event>") + 64
_START = re.compile(rb"<event[\s/>]|\xbf")
_TAG = re.compile(rb"<event(?:[^>\"']|\"[^\"]*\"|'[^']*')*>")
_PROLOG = re.compile(rb"\s+|<\?[^>]*\?>|<!--.*?-->", re.DOTALL)
_XML_NEXT = (b"<e", b"<?", b"<!")
"""After a byte bf: XML, for no field of a TakMessage follows the size 3c."""
_LOOK = 8
"""Bytes that must be there to tell what begins."""


class Events:
    """Events of one stream; `row` counts events, rejected ones included."""

    def __init__(self, rejects: Rejects) -> None:
        self.rejects = rejects
        self.n_events = 0
        self.n_control = 0
        self._buffer = bytearray()
        self._at = 0
        self._searched = 0
        self._walked = 0
        self._junk = bytearray()
        self._done: list[tuple[int, CotEvent]] = []

    def receive(self, data: bytes) -> None:
        """Take bytes."""
        self._buffer += data
        self._work(is_over=False)

    def finish(self) -> None:
        """The stream ended."""
        self._work(is_over=True)
        self._flush_junk()

    def datagram(self, data: bytes) -> None:
        """Take a whole datagram: one event (or several as XML)."""
        self.receive(data)
        self.finish()

    def events(self) -> list[tuple[int, CotEvent]]:
        """(number, event) of each whole event since the last call."""
        done, self._done = self._done, []
        return done

    def _work(self, *, is_over: bool) -> None:
        while self._next(is_over):
            pass
        # What lies behind is given back; the search for an end goes on where it stopped.
        del self._buffer[: self._at]
        self._searched = max(self._searched - self._at, 0)
        self._walked = max(self._walked - self._at, 0)
        self._at = 0

    def _next(self, is_over: bool) -> bool:
        """Go one step on from `_at`; False if more bytes are needed (or all is done)."""
        found = _START.search(self._buffer, self._at)
        if found is None:
            # "<event" may be cut: its first bytes wait for the rest.
            keep = len(self._buffer) if is_over else max(self._at, len(self._buffer) - _LOOK + 1)
            self._between(self._at, keep)
            self._at = keep
            return False
        if found.start() > self._at:
            self._between(self._at, found.start())
            self._at = found.start()
        if self._buffer[self._at] == tak.STREAM:
            return self._protobuf(is_over)
        return self._xml(is_over)

    def _xml(self, is_over: bool) -> bool:
        start, buffer = self._at, self._buffer
        end = _END.search(buffer, max(start, self._searched), start + EVENT_MAX)
        if end is None:
            tag = _self_closed(buffer, start)
            if tag:
                return self._take_xml(start, tag)
            self._searched = max(len(buffer) - _END_MAX + 1, start, self._searched)
            if len(buffer) - start >= EVENT_MAX:
                self._searched = max(min(self._searched, start + EVENT_MAX - _END_MAX + 1), start)
                # an event that begins within another damages it: only the last that begins may be whole
                later = buffer.rfind(b"<event", start + 6, start + EVENT_MAX)
                return self._skip("too_long", later if later > 0 else start + EVENT_MAX)
            if is_over:
                return self._cut(start)
            return False
        tag = _self_closed(buffer, start, end.start())
        return self._take_xml(start, tag or end.end())

    def _take_xml(self, start: int, end: int) -> bool:
        block = bytes(self._buffer[start:end])
        try:
            self._give(xmltext.event_of(block, xmltext.declared(bytes(self._junk))))
        except BadMessage as error:
            later = [m.start() for m in _BEGIN.finditer(block)][1:]
            self._reject(error.reason, block)
            if later:
                # an event was cut off and another began: try the last of them
                self._at = start + later[-1]
                return True
        self._at = end
        return True

    def _protobuf(self, is_over: bool) -> bool:
        start, buffer = self._at, self._buffer
        if self._junk[-2:] == b"\xef\xbb":
            return self._stray(start)  # the third byte of a byte order mark
        head = bytes(buffer[start : start + 11])
        if head[:3] == tak.MESH:
            return self._mesh(is_over)
        if len(head) < 3 and not is_over:
            return False
        if head[1:3] in _XML_NEXT:
            return self._stray(start)
        try:
            size, at = protowire.varint(head, 1)
        except BadMessage:
            if len(head) < 11 and not is_over:
                return False
            return self._stray(start)
        if size > EVENT_MAX or size == 0:
            return self._stray(start)
        if len(buffer) - start - at < size:
            return self._cut(start) if is_over else False
        return self._take_tak(start + at, start + at + size)

    def _mesh(self, is_over: bool) -> bool:
        """A datagram among others: it ends where what follows is no field of a message."""
        start, buffer = self._at, self._buffer
        end = max(self._walked, start + len(tak.MESH))
        while end - start <= EVENT_MAX:
            step = _field(buffer, end)
            if step == 0:  # no field: the end
                return self._take_tak(start + len(tak.MESH), end)
            if step < 0 or end + step > len(buffer):
                self._walked = end
                if len(buffer) - start > EVENT_MAX:
                    break
                if not is_over:
                    return False
                return self._take_tak(start + len(tak.MESH), len(buffer))
            end += step
        return self._skip("too_long", start + len(tak.MESH))

    def _take_tak(self, begin: int, end: int) -> bool:
        data = bytes(self._buffer[begin:end])
        try:
            event = tak.event_of(data)
            if event is None:
                self.n_control += 1
            else:
                self._give(event)
        except BadMessage as error:
            self._reject(error.reason, data)
            later = _BEGIN.search(data)
            if later:  # a stray byte was taken for the begin of a frame
                end, self._walked = begin + later.start(), 0
        self._at = end
        return True

    def _stray(self, start: int) -> bool:
        """A byte bf that begins nothing."""
        self._between(start, start + 1)
        self._at = start + 1
        return True

    def _cut(self, start: int) -> bool:
        """The stream ended within what began at `start`; an event that began behind it may be whole."""
        later = self._buffer.rfind(b"<event", start + 1)
        return self._skip("cut", later if later > 0 else len(self._buffer))

    def _skip(self, reason: str, to: int) -> bool:
        self._reject(reason, bytes(self._buffer[self._at : self._at + 100]))
        self._at = min(to, len(self._buffer))
        return True

    def _give(self, event: CotEvent) -> None:
        self._flush_junk()
        self._done.append((self.n_events, event))
        self.n_events += 1

    def _reject(self, reason: str, raw: bytes) -> None:
        self._flush_junk()
        self.rejects.add_one(reason, self.n_events, repr(raw[:100]))
        self.n_events += 1

    def _between(self, begin: int, end: int) -> None:
        """Bytes between events: kept until it is clear whether they are more than a prolog."""
        room = EVENT_MAX - len(self._junk)
        self._junk += self._buffer[begin : min(end, begin + room)]

    def _flush_junk(self) -> None:
        text = bytes(self._junk)
        self._junk.clear()
        if not text.strip():
            return
        if b"<!DOCTYPE" in text:
            self.rejects.add_one("doctype", self.n_events, repr(text[:100]))
        elif _PROLOG.sub(b"", text.removeprefix(b"\xef\xbb\xbf")):
            self.rejects.add_one("junk", self.n_events, repr(text[:100]))


def _self_closed(buffer: bytearray, start: int, before: int | None = None) -> int:
    """Where an event without content ends ("<event .../>"); 0 if it has content or its tag is not all there."""
    limit = min(len(buffer), start + 4096)
    end = buffer.find(b">", start, limit if before is None else min(before, limit))
    if end < 0 or buffer[end - 1] != 0x2F:
        return 0
    tag = _TAG.match(buffer, start, end + 1)
    return tag.end() if tag else 0


def _field(buffer: bytearray, at: int) -> int:
    """Bytes of the protobuf field at `at`; 0 if there can be none, below 0 if too little of it is there to tell."""
    if at >= len(buffer):
        return -1
    if buffer[at] == tak.STREAM or buffer[at] & 7 not in (0, 1, 2, 5):
        return 0
    head = bytes(buffer[at : at + 21])
    try:
        _, behind = protowire.varint(head, 0)
        if buffer[at] & 7 in (1, 5):
            return behind + (8 if buffer[at] & 7 == 1 else 4)
        value, behind = protowire.varint(head, behind)
    except BadMessage:
        return -1 if len(head) < 21 else 0
    return behind + (value if buffer[at] & 7 == 2 else 0)
