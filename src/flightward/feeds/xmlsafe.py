"""XML bytes -> a tree of elements, safely: no document type, no entities, bounded size, depth and count.

A document type may define entities that grow without bound or name files; none of the formats here needs one, so any is
refused. Names are {namespace}local; `local` gives the last part.
"""

from __future__ import annotations

import xml.parsers.expat
from collections.abc import Iterator
from xml.etree.ElementTree import Element, TreeBuilder

from flightward.errors import BadMessage

BYTES_MAX = 512_000_000
DEPTH_MAX = 200
ELEMENTS_MAX = 20_000_000


def tree(data: bytes) -> Element:
    """The root of a document. Errors: BadMessage (xml, doctype, too_deep, too_large)."""
    if len(data) > BYTES_MAX:
        raise BadMessage("too_large", data[:64], f"{len(data)} bytes")
    builder = _Builder()
    parser = xml.parsers.expat.ParserCreate(namespace_separator="}")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _no_doctype
    parser.EntityDeclHandler = _no_doctype
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.data
    try:
        parser.Parse(data, True)
        return builder.tree.close()
    except (xml.parsers.expat.ExpatError, LookupError, ValueError, AssertionError) as error:
        raise BadMessage("xml", data[:64], str(error)) from error


class _Builder:
    def __init__(self) -> None:
        self.tree = TreeBuilder()
        self._depth = 0
        self._n = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        self._n += 1
        if self._depth > DEPTH_MAX:
            raise BadMessage("too_deep", detail=f"more than {DEPTH_MAX} elements within each other")
        if self._n > ELEMENTS_MAX:
            raise BadMessage("too_large", detail=f"more than {ELEMENTS_MAX} elements")
        self.tree.start(_braced(name), {_braced(k): v for k, v in attributes.items()})

    def end(self, name: str) -> None:
        self._depth -= 1
        self.tree.end(_braced(name))

    def data(self, text: str) -> None:
        self.tree.data(text)


def _no_doctype(*_: object) -> None:
    raise BadMessage("doctype", detail="a document type or entity is refused")


def _braced(name: str) -> str:
    return "{" + name if "}" in name else name


def local(element: Element) -> str:
    """The name of an element without its namespace."""
    return element.tag.rpartition("}")[2]


def children(element: Element, *names: str) -> Iterator[Element]:
    """The children of these local names, or all."""
    return (c for c in element if not names or local(c) in names)


def child(element: Element | None, *path: str) -> Element | None:
    """The first descendant along a path of local names, each a child of the one before; None if there is none."""
    for name in path:
        element = None if element is None else next(children(element, name), None)
    return element


def descendants(element: Element, *names: str) -> Iterator[Element]:
    """All elements below (or at) this one of these local names, in order of the document."""
    return (e for e in element.iter() if local(e) in names)


def text_of(element: Element | None, *path: str) -> str:
    """The text of a child along a path, stripped; "" if there is none."""
    found = child(element, *path)
    return "".join(found.itertext()).strip() if found is not None else ""
