"""The one decorator of all kernels, and where their compiled forms are kept.

Numba's file cache misses an edit in a kernel that is called from another file and ignores NUMBA_BOUNDSCHECK, so
the cache folder carries a hash of all kernel sources and of that flag. fastmath stays off (NaN tests would
vanish), parallel stays off (sums would change with the thread count).
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])


def _cache_folder() -> Path:
    digest = hashlib.sha256()
    for source in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(source.name.encode())
        digest.update(source.read_bytes())
    digest.update(os.environ.get("NUMBA_BOUNDSCHECK", "0").encode())
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "flightward" / "kernels" / digest.hexdigest()[:16]


def _set_cache_folder() -> None:
    if os.environ.get("NUMBA_DISABLE_JIT", "0") != "1":
        os.environ.setdefault("NUMBA_CACHE_DIR", str(_cache_folder()))


_set_cache_folder()

import numba  # noqa: E402  (the cache folder must be named before numba reads its settings)

if "NUMBA_CACHE_DIR" in os.environ:
    # numba may have been imported, and its settings read, by somebody else before: stale kernels would be found
    settings: Any = numba.config
    settings.CACHE_DIR = os.environ["NUMBA_CACHE_DIR"]


def kernel(func: F) -> F:
    """Compile `func` with Numba: cached, no GIL, IEEE arithmetic, one thread."""
    compiled: Any = numba.njit(cache=True, nogil=True, error_model="numpy", fastmath=False)(func)
    return compiled  # type: ignore[no-any-return]
