"""A pre-flight information bulletin of the European AIS Database, in XML -> messages.

    <Pib> ... <Notam> <NOF>EGGN <Series>C <Number>6023 <Year>25 <Type>N <ReferredSeries> <ReferredNumber> <ReferredYear>
        <QLine> <FIR> <Code23> <Code45> <Traffic> <Purpose> <Scope> <Lower> <Upper> </QLine> <Coordinates> <Radius>
        <ItemA> <StartValidity> <EndValidity> <Estimation> <ItemD> <ItemE> <ItemF> <ItemG> <NotamStoreDate> </Notam>

The store date is DDMMYYYYHHMM.
"""

from __future__ import annotations

import re
from xml.etree.ElementTree import Element, tostring

from flightward.errors import BadMessage
from flightward.feeds.notam.messages import MESSAGE_MAX, Notam
from flightward.feeds.xmlsafe import child, children, descendants, local, text_of, tree

_STORED = re.compile(r"^(\d{2})(\d{2})(\d{4})(\d{2})(\d{2})$")


def bulletin(data: bytes) -> list[Notam]:
    """The messages of a bulletin. Errors: BadMessage (xml, doctype, pib)."""
    root = tree(data)
    found = list(descendants(root, "Notam"))
    if local(root) != "Pib" and not found:
        raise BadMessage("pib", data[:64], f"a bulletin begins with Pib, not {local(root)}")
    return [_message(row, element) for row, element in enumerate(found)]


def _message(row: int, n: Element) -> Notam:
    q = child(n, "QLine")
    levels = [f"{text_of(q, name):>03}" for name in ("Lower", "Upper")]
    radius = text_of(n, "Radius")
    code = f"Q{text_of(q, 'Code23')}{text_of(q, 'Code45')}"
    parts = [text_of(q, "FIR"), code, text_of(q, "Traffic"), text_of(q, "Purpose"), text_of(q, "Scope"), *levels,
             text_of(n, "Coordinates") + (f"{radius:>03}" if radius else "")]  # fmt: skip
    estimated = child(n, "Estimation") is not None or text_of(n, "EndValidity").upper().endswith("EST")
    stored = _STORED.match(text_of(n, "NotamStoreDate"))
    created = "{2}-{1}-{0}T{3}:{4}:00+00:00".format(*stored.groups()) if stored else ""
    return Notam(
        row=row, number=_number(n, ""), kind=text_of(n, "Type")[:1] or "N", refers_to=_number(n, "Referred"),
        q="/".join(parts), a=" ".join("".join(a.itertext()).strip() for a in children(n, "ItemA")),
        b=text_of(n, "StartValidity"), c=text_of(n, "EndValidity") + (" EST" if estimated else ""),
        d=text_of(n, "ItemD"), e=text_of(n, "ItemE")[:MESSAGE_MAX], f=text_of(n, "ItemF"), g=text_of(n, "ItemG"),
        raw=tostring(n, encoding="unicode")[:2000], created=created, office=text_of(n, "NOF"),
    )  # fmt: skip


def _number(n: Element, prefix: str) -> str:
    series, number, year = (text_of(n, f"{prefix}{part}") for part in ("Series", "Number", "Year"))
    return f"{series}{number:>04}/{year:>02}" if number else ""
