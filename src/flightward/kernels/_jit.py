"""The decorators of all kernels, and where their compiled forms are kept.

Numba's file cache misses an edit in a kernel that is called from another file and ignores NUMBA_BOUNDSCHECK, so the
cache folder of each file carries a hash of that file, of all kernel files that it imports, and of that flag: an edit
compiles again what rests on it, and no more. fastmath stays off (NaN tests would vanish), parallel stays off (sums
would change with the thread count).
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import numba

F = TypeVar("F", bound=Callable[..., Any])

_OPTIONS: dict[str, Any] = {"cache": True, "nogil": True, "error_model": "numpy", "fastmath": False}
_IMPORT = re.compile(rb"^(?:from|import) flightward\.kernels\.(\w+)", re.MULTILINE)
_FOLDER: dict[str, str] = {}


def sources(name: str) -> list[Path]:
    """The kernel file of that name and all kernel files that it rests on, by name."""
    here = Path(__file__).parent
    found: set[str] = set()
    todo = [name]
    while todo:
        one = todo.pop()
        if one in found:
            continue
        found.add(one)
        todo += [m.decode() for m in _IMPORT.findall((here / f"{one}.py").read_bytes())]
    return [here / f"{one}.py" for one in sorted(found)]


def cache_folder(name: str) -> str:
    """Where the compiled forms of the kernel file of that name are kept."""
    if name not in _FOLDER:
        digest = hashlib.sha256(os.environ.get("NUMBA_BOUNDSCHECK", "0").encode())
        for source in sources(name):
            digest.update(source.name.encode())
            digest.update(source.read_bytes())
        base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
        _FOLDER[name] = str(Path(base) / "flightward" / "kernels" / digest.hexdigest()[:16])
    return _FOLDER[name]


def _compile(func: F, **options: Any) -> F:
    settings: Any = numba.config
    before = settings.CACHE_DIR
    if "NUMBA_CACHE_DIR" not in os.environ:  # numba asks for the folder when a function is made
        settings.CACHE_DIR = cache_folder(func.__module__.rpartition(".")[2])
    try:
        compiled: Any = numba.njit(**_OPTIONS, **options)(func)
    finally:
        settings.CACHE_DIR = before
    return compiled  # type: ignore[no-any-return]


def is_compiled(func: Any) -> bool:
    """Whether compiled forms of a kernel are kept from an earlier run of this installation; True where none is made."""
    cache = getattr(func, "_cache", None)  # its folder is there from the import on, its index from the first form on
    return cache is None or any(Path(cache.cache_path).glob(f"*.{func.py_func.__name__}-*.nbi"))


def kernel(func: F) -> F:
    """Compile `func` with Numba: cached, no GIL, IEEE arithmetic, one thread."""
    return _compile(func, no_cfunc_wrapper=True)


def inner(func: F) -> F:
    """The same for what only kernels call: without the wrapper for calls from Python, the half of its compiling."""
    return _compile(func, no_cfunc_wrapper=True, no_cpython_wrapper=True)


def inlined(func: F) -> F:
    """`kernel` whose code stands where it is called: small ones that take many arrays, which cost more than they do."""
    return _compile(func, no_cfunc_wrapper=True, forceinline=True)


def bare(func: F) -> F:
    """`inner` that makes no array: those that it is given are not counted (locked), once each and once back, at every
    call. For inner loops, where that takes longer than the work; it returns numbers only."""
    return _compile(func, no_cfunc_wrapper=True, no_cpython_wrapper=True, _nrt=False)
