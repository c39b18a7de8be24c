"""Where Remote ID stands in radio frames: Wi-Fi beacons and NAN, Bluetooth advertising.

Wi-Fi      radiotap header (link type 127: version, pad, length u16, fields) before an 802.11 frame (105: none).
           Management frames only. Beacon, probe response: 24 bytes of header, 12 fixed, then elements id, length, data;
           vendor element dd with FA 0B BC 0D, a counter, then the messages (ASTM F3411-22a, 5.4.6). Action frame,
           public, vendor specific, 50 6F 9A 13 (NAN service discovery): attributes id, length u16; service descriptor 3
           with the service id of "org.opendroneid.remoteid", whose service info is a counter and the messages
Bluetooth  link type 251: access address, header, address (last byte first), advertising data, CRC; 256: ten bytes
           before that, the last two of them flags: 0x0400 the CRC was checked, 0x0800 it is right, 0xc000 the radio
           (0x8000: coded for long range, with the coding indicator, a byte more, behind the access address). Elements
           length, kind; service data 16 of UUID FFFA: 0D, a counter, the messages. Extended advertising (Bluetooth 5)
           has a header of its own before the data
HCI        link type 187: what a host hears of its adapter: 04 (event), 3e, length, then 02 (advertising reports:
           count; kind,
           kind of address, address, size, data, RSSI) or 0d (extended: kind u16, kind of address, address, PHYs, SID,
           power, RSSI, interval u16, kind and address of the one meant, size, data); 201: four bytes of direction
           before

A frame without Remote ID gives None: captures are full of them.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

RADIOTAP, IEEE802_11, BLE, BLE_PHDR, HCI, HCI_PHDR = 127, 105, 251, 256, 187, 201
LINKS = (RADIOTAP, IEEE802_11, BLE, BLE_PHDR, HCI, HCI_PHDR)
_VENDOR = b"\xfa\x0b\xbc\x0d"
_NAN = b"\x04\x09\x50\x6f\x9a\x13"
SERVICE_ID = bytes.fromhex("8869199d9209")
"""First six bytes of SHA-256 of the service name, as NAN wants."""
_RADIOTAP_FLAGS, _RADIOTAP_TSFT, _HAS_FCS, _BAD_FCS = 2, 1, 0x10, 0x40
_CRC_CHECKED, _CRC_VALID, _PHY, _CODED = 0x0400, 0x0800, 0xC000, 0x8000
_SERVICE_DATA_16, _UUID = 0x16, b"\xfa\xff\x0d"


class Heard(NamedTuple):
    """Remote ID of one frame: the transmitter's address as people write it, the counter, the messages."""

    address: bytes
    counter: int
    data: bytes


def remote_id(link: int, frame: bytes) -> Heard | None:
    """The Remote ID of a frame, None if there is none in it (or none that can be followed)."""
    if link == RADIOTAP:
        inner = _without_radiotap(frame)
        return None if inner is None else _wifi(inner)
    if link == IEEE802_11:
        return _wifi(frame)
    if link == BLE:
        return _bluetooth(frame)
    if link == BLE_PHDR:
        return _with_phdr(frame)
    if link in (HCI, HCI_PHDR):
        return _hci(frame if link == HCI else frame[4:])
    return None


def _without_radiotap(frame: bytes) -> bytes | None:
    """The 802.11 frame after a radiotap header, without its check sum; None where that was wrong."""
    if len(frame) < 8:
        return None
    size, present = struct.unpack_from("<HI", frame, 2)
    if size < 8 or size > len(frame):
        return None
    at, word = 8, present
    while word & 0x80000000 and at + 4 <= size:
        word = struct.unpack_from("<I", frame, at)[0]
        at += 4
    if present & _RADIOTAP_TSFT:
        at = (at + 7) // 8 * 8 + 8
    flags = frame[at] if present & _RADIOTAP_FLAGS and at < size else 0
    if flags & _BAD_FCS:
        return None
    return frame[size : len(frame) - 4] if flags & _HAS_FCS else frame[size:]


def _wifi(frame: bytes) -> Heard | None:
    if len(frame) < 24 or frame[0] & 0x0F != 0:
        return None
    subtype, address = frame[0] >> 4, bytes(frame[10:16])
    start = 28 if frame[1] & 0x80 else 24
    if subtype in (5, 8):
        return _beacon(frame, start + 12, address)
    if subtype == 13 and frame[start : start + 6] == _NAN:
        return _nan(frame, start + 6, address)
    return None


def _beacon(frame: bytes, at: int, address: bytes) -> Heard | None:
    while at + 2 <= len(frame):
        kind, size = frame[at], frame[at + 1]
        body = frame[at + 2 : at + 2 + size]
        if kind == 0xDD and len(body) == size and size > 5 and body[:4] == _VENDOR:
            return Heard(address, body[4], bytes(body[5:]))
        at += 2 + size
    return None


def _nan(frame: bytes, at: int, address: bytes) -> Heard | None:
    while at + 3 <= len(frame):
        kind, size = struct.unpack_from("<BH", frame, at)
        body = frame[at + 3 : at + 3 + size]
        if kind == 3 and len(body) == size:
            info = _service_info(bytes(body))
            if info is not None and len(info) > 1:
                return Heard(address, info[0], info[1:])
        at += 3 + size
    return None


def _service_info(body: bytes) -> bytes | None:
    """The service info of a NAN service descriptor: id (6), instance, requestor, control, then what control says."""
    if len(body) < 9 or body[:6] != SERVICE_ID:
        return None
    control, at = body[8], 9
    if control & 0x40:  # binding bitmap
        at += 2
    for bit in (0x04, 0x08):  # matching filter, service response filter
        if control & bit:
            if at >= len(body):
                return None
            at += 1 + body[at]
    if not control & 0x10 or at >= len(body):
        return None
    info = body[at + 1 : at + 1 + body[at]]
    return info if len(info) == body[at] else None


def _with_phdr(frame: bytes) -> Heard | None:
    """A frame behind what its receiver says of it; None where its check sum was wrong."""
    flags = struct.unpack_from("<H", frame, 8)[0] if len(frame) >= 10 else 0
    if flags & _CRC_CHECKED and not flags & _CRC_VALID:
        return None
    is_coded = flags & _PHY == _CODED
    return _bluetooth(frame[10:14] + frame[15:] if is_coded else frame[10:])


def _bluetooth(frame: bytes) -> Heard | None:
    """Advertising on the primary channels, or its extension."""
    if len(frame) < 6 or frame[:4] != b"\xd6\xbe\x89\x8e":
        return None
    kind, size = frame[4] & 15, frame[5]
    body = frame[6 : 6 + size]
    if len(body) != size:
        return None
    if kind in (0, 2, 6):  # address, then data
        return _elements(bytes(body[6:]), bytes(body[5::-1]))
    if kind == 7 and body:  # extended: length of its header (6 bits), flags, then the data
        length = body[0] & 0x3F
        has_address = 7 <= length < len(body) and body[1] & 1
        address = bytes(body[7:1:-1]) if has_address else b""
        return _elements(bytes(body[1 + length :]), address)
    return None


def _hci(frame: bytes) -> Heard | None:
    """The first Remote ID in an event of advertising reports (Bluetooth Core 5.4, vol. 4, part E, 7.7.65.2 and .13)."""
    if len(frame) < 5 or frame[0] != 4 or frame[1] != 0x3E or frame[3] not in (0x02, 0x0D):
        return None
    body = frame[3 : 3 + frame[2]]
    is_long = body[0] == 0x0D
    head, address, behind = (24, 3, 0) if is_long else (9, 2, 1)
    at = 2
    for _ in range(body[1]):
        if at + head > len(body):
            return None
        size = body[at + head - 1]
        data = bytes(body[at + head : at + head + size])
        found = _elements(data, bytes(body[at + address : at + address + 6][::-1])) if len(data) == size else None
        if found is not None:
            return found
        at += head + size + behind
    return None


def _elements(data: bytes, address: bytes) -> Heard | None:
    at = 0
    while at + 1 < len(data):
        size = data[at]
        body = data[at + 1 : at + 1 + size]
        if size > 5 and len(body) == size and body[0] == _SERVICE_DATA_16 and body[1:4] == _UUID:
            return Heard(address, body[4], bytes(body[5:]))
        at += 1 + size
    return None
