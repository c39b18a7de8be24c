"""The memory of stages as bytes and back, so that a day can be paused and gone on with from there, bit for bit.

What hangs on an object is found by walking it: arrays, numbers, words, lists, dicts, sets, dataclasses, named tuples
and objects of this package. New state is therefore kept without being named; what cannot be kept raises BadInput
at once. Left out are what the caller names as fixed (setup, settings), and attributes that a class lists in NOT_KEPT
(made again when asked for). Two names for one object stay two names for one object.

    bytes   "FWST", version as two bytes (big endian), BLAKE2b of 16 bytes over the rest, one LZ4 frame: MessagePack of
            [program, digest of what is fixed, names, tree, [dtype, shape, order, is_writeable] per array], then the
            arrays' bytes one after the other; the length of the first part stands before it in 8 bytes

No code of the snapshot's own is ever run: it names classes of this package that are already loaded, and their fields.
"""

from __future__ import annotations

import collections
import dataclasses
import enum
import functools
import hashlib
import math
import sys
from collections.abc import Callable, Mapping
from typing import Any

import lz4.frame
import msgspec
import numpy as np

import flightward
from flightward.errors import BadInput, BadRecord
from flightward.model.names import Names

PROGRAM = f"flightward {flightward.__version__}"
MAGIC = b"FWST"
VERSION = 2
HEAD = 4 + 2 + 16
MOST_BYTES = 4 << 30
_PLAIN = (type(None), bool, int, float, str, bytes)
_LISTS: dict[str, Callable[[list[Any]], Any]] = {
    "list": list, "tuple": tuple, "set": set, "frozenset": frozenset, "deque": collections.deque,
}  # fmt: skip


def pack(root: object, fixed: Mapping[str, object], names: Names) -> bytes:
    """All state of `root` but what hangs on `fixed` (name -> object) too."""
    walk = _Packer(_paths(fixed))
    tree = walk.node(root, type(root).__name__)
    shapes = [[a.dtype.str, list(a.shape), o, w] for a, o, w in walk.arrays]
    head = msgspec.msgpack.encode([PROGRAM, _digest(fixed), names.since(0), tree, shapes])
    body = [len(head).to_bytes(8, "big"), head, *[np.asarray(a, order=o).tobytes(o) for a, o, _ in walk.arrays]]
    frame: bytes = lz4.frame.compress(b"".join(body))
    return b"".join([MAGIC, VERSION.to_bytes(2, "big"), _sum(frame), frame])


def unpack(root: object, data: bytes, fixed: Mapping[str, object], names: Names) -> None:
    """Make `root` what it was when `data` was packed. `root` is made as then, of the same setup and settings.

    Raises BadRecord if the bytes are damaged or of another version or program, BadInput if they are of other settings
    or another day; `root` may then be half changed only where the damage passed the checksum.
    """
    head, blob = _opened(data)
    try:
        wrote, digest, texts, tree, shapes = msgspec.msgpack.decode(head)
    except (msgspec.DecodeError, ValueError) as error:
        raise BadRecord(f"the snapshot cannot be read: {error}") from error
    if wrote != PROGRAM:
        raise BadRecord(f"the snapshot is of {wrote}, this is {PROGRAM}")
    if digest != _digest(fixed):
        raise BadInput("the snapshot is of another day or of other settings")
    own = names.since(0)
    if own[: len(texts)] != texts[: len(own)]:
        raise BadInput("the snapshot knows other names under the same numbers")
    try:
        _Unpacker(_objects(fixed), _arrays(shapes, blob)).node(tree, root)
    except (IndexError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise BadRecord(f"the snapshot does not fit: {error}") from error
    for text in texts[len(own) :]:
        names.intern(text)


def _opened(data: bytes) -> tuple[bytes, bytes]:
    if data[:4] != MAGIC:
        raise BadRecord("this is no snapshot")
    version = int.from_bytes(data[4:6], "big")
    if version != VERSION:
        raise BadRecord(f"the snapshot is of version {version}, this program reads version {VERSION}")
    frame = data[HEAD:]
    if data[6:HEAD] != _sum(frame):
        raise BadRecord("the snapshot is damaged: its checksum differs")
    try:
        if lz4.frame.get_frame_info(frame)["content_size"] > MOST_BYTES:
            raise BadRecord("the snapshot is too large")
        body = lz4.frame.decompress(frame)
    except (RuntimeError, ValueError, EOFError) as error:
        raise BadRecord(f"the snapshot is damaged: {error}") from error
    size = int.from_bytes(body[:8], "big")
    return body[8 : 8 + size], body[8 + size :]


def _sum(frame: bytes) -> bytes:
    return hashlib.blake2b(frame, digest_size=HEAD - 6).digest()


def _arrays(shapes: list[Any], blob: bytes) -> list[Any]:
    out, at = [], 0
    for dtype, shape, order, is_writeable in shapes:
        kind = np.dtype(dtype)
        if kind.kind not in "biufU":
            raise BadRecord(f"the snapshot holds an array of {dtype}")
        n = int(np.prod(shape, dtype=np.int64)) * kind.itemsize
        if at + n > len(blob):
            raise BadRecord("the snapshot ends too early")
        a = np.frombuffer(blob, kind, count=n // max(kind.itemsize, 1), offset=at).reshape(shape, order=order)
        a = a.copy(order=order)
        a.flags.writeable = bool(is_writeable)
        out.append(a)
        at += n
    return out


class _Packer:
    """Values as nodes: plain ones as they are, all others as [tag, ...]; what was met before as ["again", number]."""

    def __init__(self, fixed: dict[int, list[str]]) -> None:
        self.arrays: list[tuple[Any, Any, bool]] = []
        self._fixed = fixed
        self._met: dict[int, int] = {}

    def node(self, value: Any, path: str) -> Any:
        """The node of a value; `path` names it in errors."""
        kind = type(value)
        if _is_plain(value):
            return value
        if value is math.nan or value is np.nan:
            return ["nan", int(value is np.nan)]
        if id(value) in self._fixed:
            return ["fixed", self._fixed[id(value)]]
        if isinstance(value, np.generic):
            return ["number", value.dtype.str, value.tobytes()]
        if isinstance(value, enum.Enum):
            return ["code", _name(kind, path), self.node(value.value, path)]
        if id(value) in self._met:
            return ["again", self._met[id(value)]]
        if kind is not tuple:  # an empty or plain tuple may be one object for all of Python
            self._met[id(value)] = len(self._met)
        return self._new(value, kind, path)

    def _new(self, value: Any, kind: type, path: str) -> Any:
        if kind is float:
            return ["float", value]
        if kind is np.ndarray:
            if value.dtype.kind not in "biufU":
                raise BadInput(f"cannot be kept: an array of {value.dtype}", key=path)
            order = "F" if value.flags.f_contiguous and not value.flags.c_contiguous else "C"
            self.arrays.append((value, order, value.flags.writeable))
            return ["array", len(self.arrays) - 1]
        if kind.__name__ in _LISTS and kind.__module__ in ("builtins", "collections"):
            items = _ordered(value) if isinstance(value, set | frozenset) else list(value)
            if all(map(_is_plain, items)):
                return [kind.__name__, items]
            return [kind.__name__, [self.node(v, f"{path}[{i}]") for i, v in enumerate(items)]]
        if kind is dict:
            return ["dict", [[self.node(k, path), self.node(v, f"{path}[{k!r}]")] for k, v in value.items()]]
        if hasattr(kind, "_fields") and issubclass(kind, tuple):
            return ["named", _name(kind, path), [self.node(v, f"{path}.{n}") for n, v in _fields(value)]]
        return ["object", _name(kind, path), {n: self.node(v, f"{path}.{n}") for n, v in _kept(value).items()}]


class _Unpacker:
    """Nodes as values; objects that are there already are filled, others made."""

    def __init__(self, fixed: Callable[[list[str]], Any], arrays: list[Any]) -> None:
        self._fixed = fixed
        self._arrays = arrays
        self._met: list[Any] = []

    def node(self, node: Any, there: Any = None) -> Any:
        """The value of a node; `there` is what stands in its place now."""
        if not isinstance(node, list):
            return node
        tag = node[0]
        if tag == "fixed":
            return self._fixed(node[1])
        if tag == "nan":
            return np.nan if node[1] else math.nan
        if tag == "number":
            return np.frombuffer(node[2], np.dtype(node[1]))[0]
        if tag == "code":
            return _class(node[1])(self.node(node[2]))
        if tag == "again":
            return self._met[node[1]]
        at = len(self._met)
        if tag != "tuple":
            self._met.append(None)
        if tag == "object":
            return self._object(node, there, at)
        value = self._made(tag, node)
        if tag != "tuple":
            self._met[at] = value
        return value

    def _made(self, tag: str, node: list[Any]) -> Any:
        if tag == "float":
            return float(node[1])
        if tag == "array":
            return self._arrays[node[1]]
        if tag == "dict":
            return {self.node(k): self.node(v) for k, v in node[1]}
        if tag == "named":
            return _class(node[1])(*[self.node(v) for v in node[2]])
        return _LISTS[tag]([self.node(v) for v in node[1]])

    def _object(self, node: list[Any], there: Any, at: int) -> Any:
        kind = _class(node[1])
        is_there = type(there) is kind and not dataclasses.is_dataclass(kind)
        target = there if is_there else object.__new__(kind)
        if is_there and set(_kept(there)) != set(node[2]):
            odd = ", ".join(sorted(set(_kept(there)) ^ set(node[2])))
            raise BadRecord(f"the snapshot is of another version: {kind.__name__} differs in {odd}")
        self._met[at] = target
        for name, value in node[2].items():
            object.__setattr__(target, name, self.node(value, getattr(there, name, None) if is_there else None))
        return target


def _ordered(value: Any) -> list[Any]:
    """A set's members in an order that does not depend on how it came about."""
    try:
        return sorted(value)
    except TypeError:
        return sorted(value, key=repr)


def _kept(value: object) -> dict[str, Any]:
    """The attributes of an object that are its state, by name."""
    kind = type(value)
    names = [f.name for f in dataclasses.fields(value)] if dataclasses.is_dataclass(value) else []
    names += [n for n in getattr(value, "__dict__", {}) if n not in names]
    out = set(getattr(kind, "NOT_KEPT", ()))
    cached = {n for n in names if isinstance(getattr(kind, n, None), functools.cached_property)}
    return {n: getattr(value, n) for n in names if n not in out and n not in cached}


def _is_plain(value: Any) -> bool:
    """Whether MessagePack keeps a value whole. NaN is no number: tuples that hold it are equal if it is one object."""
    return type(value) in _PLAIN and value == value


def _fields(value: Any) -> list[tuple[str, Any]]:
    return list(zip(value._fields, value, strict=True))


def _name(kind: type, path: str) -> str:
    if not kind.__module__.startswith("flightward.") or not isinstance(kind, type):
        raise BadInput(f"cannot be kept: {kind.__module__}.{kind.__qualname__}", key=path)
    return f"{kind.__module__}:{kind.__qualname__}"


def _class(name: str) -> Any:
    """A class of this package by name, never imported for the snapshot's sake."""
    module, _, path = name.partition(":")
    if not module.startswith("flightward.") or module not in sys.modules:
        raise BadRecord(f"the snapshot names {name}, which is not here")
    found: Any = functools.reduce(getattr, path.split("."), sys.modules[module])
    if not isinstance(found, type) or found.__module__ != module:
        raise BadRecord(f"the snapshot names {name}, which is no class")
    return found


def _paths(fixed: Mapping[str, object]) -> dict[int, list[str]]:
    """The path of every object that hangs on what is fixed, by its id."""
    out: dict[int, list[str]] = {}

    def walk(value: Any, path: list[str]) -> None:
        if type(value) in _PLAIN or isinstance(value, enum.Enum | np.generic) or id(value) in out:
            return
        if isinstance(value, tuple) and not value:
            return  # one object for all of Python
        out[id(value)] = path
        if dataclasses.is_dataclass(value) and not isinstance(value, type):
            for f in dataclasses.fields(value):
                walk(getattr(value, f.name), [*path, f.name])

    for name, value in fixed.items():
        walk(value, [name])
    return out


def _objects(fixed: Mapping[str, object]) -> Callable[[list[str]], Any]:
    return lambda path: functools.reduce(getattr, path[1:], fixed[path[0]])


def _digest(fixed: Mapping[str, object]) -> bytes:
    """A hash of all values that are fixed; names grow during a day and are compared apart.

    Of values alone: which are one object, or which of Python's NaN one is, is not kept when a day is written and read.
    """
    seen = hashlib.sha256()

    def add(value: Any, path: str) -> None:
        if isinstance(value, Names):
            return
        if dataclasses.is_dataclass(value) and not isinstance(value, type):
            for f in dataclasses.fields(value):
                add(getattr(value, f.name), f"{path}.{f.name}")
        elif isinstance(value, tuple | list):
            seen.update(f"{path} {len(value)}".encode())
            for i, item in enumerate(value):
                add(item, f"{path}[{i}]")
        else:
            walk = _Packer({})
            is_nan = isinstance(value, float) and math.isnan(value)
            seen.update(path.encode() + msgspec.msgpack.encode(walk.node(math.nan if is_nan else value, path)))
            for a, _, _ in walk.arrays:
                seen.update(a.dtype.str.encode() + str(a.shape).encode() + a.tobytes())

    for name, value in fixed.items():
        add(value, name)
    return seen.digest()
