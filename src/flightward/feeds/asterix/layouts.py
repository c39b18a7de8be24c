"""What stands in a record of each category: its UAP as a line of text, item by item in order of FRN.

    3        three octets                       x1  octets with an extension bit (x3: three octets each time)
    r6       a count, then so many times six    e   its own length, then the rest (RE, SP)
    (…)      compound: a primary field with a bit for each part, then those parts       -   spare: must not be there

`*` after an item: a record without it is none. Sources: EUROCONTROL-SPEC-0149 part 2b (CAT 034, editions 1.27-1.29),
part 4 (CAT 048, 1.27-1.32), part 9 (CAT 062, 1.16-1.21), part 12 (CAT 021, 0.23-0.26 and 2.1-2.7), part 15 (CAT 065,
1.4-1.6), part 29 (CAT 129, 1.2), the section "standard UAP" of each. Editions that put the same octets in the same
places stand as one; those that do not are tried in turn, and which one fitted is told.
"""

from __future__ import annotations

import dataclasses
import functools
import re

import numpy as np

from flightward.kernels.asterix_walk import CHAIN, COMPOUND, EXPLICIT, FIXED, REPEATED, SPARE, Uaps
from flightward.model import I64

_INTENT = "(TIS:x1 TID:r15)"
_MET = "(WS:2 WD:2 TMP:2 TRB:1)"

UAPS: dict[int, dict[str, str]] = {
    34: {
        "1.27": "010:2* 000:1* 030:3 020:1 041:2 050:(COM:1 - - PSR:1 SSR:1 MDS:2) 060:(COM:1 - - PSR:1 SSR:1 MDS:1)"
        " 070:r2 100:8 110:1 120:8 090:2 RE:e SP:e",
    },
    48: {
        "1.27": "010:2* 140:3 020:x1 040:4 070:2 090:2 130:(SRL:1 SRR:1 SAM:1 PRL:1 PAM:1 RPD:1 APD:1) 220:3 240:6"
        " 250:r8 161:2 042:4 200:4 170:x1 210:4 030:x1 080:2 100:4 110:2 120:(CAL:2 RDS:r6) 230:2 260:7 055:1 050:2"
        " 065:1 060:2 SP:e RE:e",
    },
    62: {
        "1.16": "010:2* - 015:1 070:3 105:8 100:6 185:4 210:2 060:2 245:7 380:(ADR:3 ID:6 MHG:2 IAS:2 TAS:2 SAL:2"
        " FSS:2 TIS:x1 TID:r15 COM:2 SAB:2 ACS:7 BVR:2 GVR:2 RAN:2 TAR:2 TAN:2 GSP:2 VUN:1 MET:8 EMC:1 POS:6 GAL:2"
        " PUN:1 MB:r8 IAR:2 MAC:2 BPS:2) 040:2* 080:x1 290:(TRK:1 PSR:1 SSR:1 MDS:1 ADS:2 ES:1 VDL:1 UAT:1 LOP:1 MLT:1)"
        " 200:1 295:(MFL:1 MD1:1 MD2:1 MDA:1 MD4:1 MD5:1 MHG:1 IAS:1 TAS:1 SAL:1 FSS:1 TID:1 COM:1 SAB:1 ACS:1 BVR:1"
        " GVR:1 RAN:1 TAR:1 TAN:1 GSP:1 VUN:1 MET:1 EMC:1 POS:1 GAL:1 PUN:1 MB:1 IAR:1 MAC:1 BPS:1)"
        " 136:2 130:2 135:2 220:2"
        " 390:(TAG:2 CSN:7 IFI:4 FCT:1 TAC:4 WTC:1 DEP:4 DST:4 RDS:3 CFL:2 CTL:2 TOD:r4 AST:6 STS:1 STD:7 STA:7 PEM:2"
        " PEC:7) 270:x1 300:1 110:(SUM:1 PMN:4 POS:6 GA:2 EM1:2 TOS:1 XP:1) 120:2 510:x3 500:(APC:4 COV:2 APW:4 AGA:1"
        " ABA:1 ATV:2 AA:2 ARC:1) 340:(SID:2 POS:4 HEI:2 MDC:2 MDA:2 TYP:1) - - - - - RE:e SP:e",
    },
    65: {"1.4": "010:2* 000:1* 015:1 030:3 020:1 040:1 050:1 - - - - - RE:e SP:e"},
    21: {
        "2.1": "010:2* 040:x1* 161:2 015:1 071:3 130:6 131:8 072:3 150:2 151:2 080:3* 073:3 074:4 075:3 076:4 140:2"
        " 090:x1 210:1 070:2 230:2 145:2 152:2 200:1 155:2 157:2 160:4 165:2 077:3 170:6 020:1"
        f" 220:{_MET} 146:2 148:2 110:{_INTENT} 016:1 008:1 271:x1 132:1 250:r8 260:7 400:1 295:(AOS:1 TRD:1 M3A:1"
        " QI:1 TI1:1 MAM:1 GH:1 FL:1 SAL:1 FSA:1 AS:1 TAS:1 MH:1 BVR:1 GVR:1 GV:1 TAR:1 TI2:1 TS:1 MET:1 ROA:1 ARA:1"
        " SCC:1) - - - - - RE:e SP:e",
        # I021/131, a position since, was the signal's amplitude in 0.26: SAM
        "0.24": "010:2* 040:2* 030:3* 130:8 080:3 140:2 090:2 210:1 230:2 145:2 150:2 151:2 152:2 155:2 157:2 160:4"
        f" 165:x1 170:6 095:1 032:1 200:1 020:1 220:{_MET} 146:2 148:2 110:{_INTENT} 070:2 SAM:1 - - - - - RE:e SP:e",
        "0.23": "010:2* 040:2* 030:3* 130:6 080:3 140:2 090:2 210:1 230:2 145:2 150:2 151:2 152:2 155:2 157:2 160:4"
        f" 165:x1 170:6 095:1 032:1 200:1 020:1 220:{_MET} 146:2 148:2 110:{_INTENT} - - - - - - - RE:e SP:e",
    },
    129: {
        # section 5.2.12 gives I129/120 three octets, table 2 of the same edition one: both are met
        "1.2": "010:2* 015:2 020:3 030:3 040:12 050:2 070:3 080:8* 090:3 100:3 110:2 120:3 SP:e 185:5 220:3"
        " - - - - - -",
        "1.2 table 2": "010:2* 015:2 020:3 030:3 040:12 050:2 070:3 080:8* 090:3 100:3 110:2 120:1 SP:e 185:5 220:3"
        " - - - - - -",
    },
}  # fmt: skip
"""Category -> edition -> its UAP; the edition that is tried first stands first."""

USED: dict[int, tuple[str, ...]] = {
    34: ("010", "000", "030", "020", "041", "050/COM", "120"),
    48: ("010", "140", "020", "040", "090", "130/SAM", "220", "161", "042", "200", "110", "120/CAL", "170", "RE"),
    62: ("010", "070", "105", "100", "185", "380/ADR", "380/EMC", "040", "080", "136", "130", "135", "220", "500/APC",
         "500/APW", "500/AGA", "500/ABA"),
    65: ("010", "000", "030", "020", "040"),
    21: ("010", "040", "030", "071", "130", "131", "080", "073", "140", "090", "210", "145", "155", "157", "160",
         "077", "020", "132", "SAM"),
    129: ("010", "020", "030", "040", "070", "080", "090", "110", "185", "220"),
}  # fmt: skip
"""Category -> the items that are read; the rest are passed over."""

RESERVED_48 = (
    "MD5:(SUM:1 PMN:4 POS:6 GA:2 EM1:2 TOS:1 XP:1) M5N:(SUM:1 PMN:4 POS:6 GA:2 EM1:2 TOS:1 XP:1 FOM:1) M4E:x1"
    " RPC:(SCO:1 SRC:2 RW:2 AR:2) ERR:3"
)
"""What stands in CAT 048's reserved expansion field, as far as the extended range (part 4, appendix A)."""

SINCE = {(21, "2.1"): "1.0"}
"""From which edition on a layout holds, where that is an earlier one than its name says."""

_TOKEN = re.compile(r"(?:(\w+):)?(\(|x\d+|r\d+|e|\d+|-)(\*?)|(\))")


@dataclasses.dataclass(frozen=True)
class Layout:
    """One edition: nodes (K, 5) and needed (F,) as kernels.asterix_walk wants them; slots: name -> column."""

    category: int
    edition: str
    nodes: I64
    needed: I64
    slots: dict[str, int]


@dataclasses.dataclass
class _Node:
    name: str
    kind: int
    size: int
    is_needed: bool
    parts: list[_Node]


@functools.cache
def layouts(category: int) -> tuple[Layout, ...]:
    """The editions of a category, in the order in which they are tried."""
    return tuple(_layout(category, edition, text, USED[category]) for edition, text in UAPS[category].items())


@functools.cache
def reserved_48() -> Layout:
    """The reserved expansion field of CAT 048, its length left out: items behind one octet of flags, as a record."""
    return _layout(48, "RE", RESERVED_48, ("ERR",))


@functools.cache
def uaps() -> Uaps:
    """All of them, as kernels.asterix_walk.blocks wants them."""
    editions = np.zeros(257, dtype=np.int64)
    every: list[Layout] = []
    for category in range(256):
        every += layouts(category) if category in UAPS else ()
        editions[category + 1] = len(every)
    nodes = np.zeros((len(every), max(len(one.nodes) for one in every), 5), dtype=np.int64)
    n_items = np.array([len(one.needed) for one in every], dtype=np.int64)
    needed = np.zeros((len(every), n_items.max()), dtype=np.int64)
    for k, one in enumerate(every):
        nodes[k, : len(one.nodes)] = one.nodes
        needed[k, : len(one.needed)] = one.needed
    return Uaps(editions, nodes, n_items, needed, np.zeros(max(len(one.slots) for one in every), dtype=np.int32))


def _layout(category: int, edition: str, text: str, used: tuple[str, ...]) -> Layout:
    items = _nodes(text)
    names, rows, nodes = list(used), [], list(items)
    for node in items:
        rows.append([node.kind, node.size, len(nodes), len(node.parts), _slot(names, node.name)])
        nodes += node.parts
    for part in nodes[len(items) :]:
        rows.append([part.kind, part.size, 0, 0, _slot(names, part.name)])
    needed = [int(node.is_needed) for node in items]
    return Layout(
        category, edition, np.array(rows, dtype=np.int64), np.array(needed, dtype=np.int64),
        {name: k for k, name in enumerate(names)},
    )  # fmt: skip


def _slot(names: list[str], name: str) -> int:
    return names.index(name) if name in names else -1


def _nodes(text: str) -> list[_Node]:
    """The items of a UAP's text; parts of a compound one are called "item/part"."""
    out: list[_Node] = []
    within: _Node | None = None
    for name, what, star, closing in _TOKEN.findall(text):
        if closing:
            within = None
            continue
        node = _node(f"{within.name}/{name}" if within else name, what, star == "*")
        (within.parts if within else out).append(node)
        if what == "(":
            within = node
    return out


def _node(name: str, what: str, is_needed: bool) -> _Node:
    kind = {"-": SPARE, "(": COMPOUND, "e": EXPLICIT, "x": CHAIN, "r": REPEATED}.get(what[0], FIXED)
    digits = what.lstrip("xr")
    return _Node(name, kind, int(digits) if digits.isdigit() else 0, is_needed, [])
