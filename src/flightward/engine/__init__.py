"""Where many pieces of work that do not need each other run: here, on all cores, or on a cluster.

    with open_engine("process:2") as engine:
        results = engine.map(one_day, seeds(20260520, 40))

    local            in this process, one after the other
    process[:N]      N processes of this machine (default: one for each core)
    dask:ADDRESS     the workers of a dask.distributed scheduler: host:port, tcp://host:port, tls://host:port, or the
                     path of a scheduler file (.json)

Results stand in the order of the items and are the same on every engine, as long as the function draws by its item
alone: give each item its seed (`seeds`). The function and the items must be picklable; the function is best a module's.
"""

from __future__ import annotations

from flightward.engine.base import Engine, seeds
from flightward.engine.local import LocalEngine
from flightward.engine.process import ProcessEngine
from flightward.errors import BadInput


def open_engine(text: str = "local") -> Engine:
    """The engine that `text` names, as above; close it, or use it in a `with`.

    Errors   BadInput for a name that is none of these; Missing where dask is not installed or its scheduler is silent.
    """
    name, _, rest = text.partition(":")
    if text == "local":
        return LocalEngine()
    if text == "process":
        return ProcessEngine()
    if name == "process" and rest.isascii() and rest.isdigit() and 0 < int(rest) <= 1024:
        return ProcessEngine(int(rest))
    if name == "dask" and rest:
        return _cluster(rest)
    if name in ("tcp", "tls") and rest:
        return _cluster(text)
    raise BadInput("must be local, process, process:N (N from 1) or dask:ADDRESS", key="engine", value=text)


def _cluster(address: str) -> Engine:
    from flightward.engine.cluster import ClusterEngine  # dask is an extra, and slow to load

    return ClusterEngine(address)


__all__ = ["Engine", "LocalEngine", "ProcessEngine", "open_engine", "seeds"]
