"""A real scheduler and real workers of dask.distributed, each a process of its own on this machine."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).parent


class Cluster:
    """A scheduler, found by its file, and the workers that were started."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.file = folder / "scheduler.json"
        paths = [str(HERE), *[p for p in sys.path if p]]
        self.env = {**os.environ, "PYTHONPATH": os.pathsep.join(paths), "DASK_DISTRIBUTED__WORKER__DAEMON": "False"}
        self.workers: list[subprocess.Popen[bytes]] = []
        self.scheduler = self._start("dask_scheduler", "--port", "0")
        until = time.monotonic() + 60.0
        while not self.file.exists() or not self.file.stat().st_size:
            assert self.scheduler.poll() is None, (folder / "dask_scheduler.log").read_text()
            assert time.monotonic() < until, "the scheduler did not start"
            time.sleep(0.1)

    @property
    def engine(self) -> str:
        return f"dask:{self.file}"

    def add_worker(self) -> subprocess.Popen[bytes]:
        worker = self._start("dask_worker", "--nthreads", "1", "--no-nanny", "--local-directory", str(self.folder))
        self.workers.append(worker)
        return worker

    def close(self) -> None:
        # first the workers, then the scheduler: a worker without one tries for minutes to find it again
        for process in [*self.workers, self.scheduler]:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
                try:
                    process.wait(20)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait(20)

    def _start(self, name: str, *more: str) -> subprocess.Popen[bytes]:
        log = (self.folder / f"{name}.log").open("ab")
        common = ["--host", "127.0.0.1", "--no-dashboard", "--scheduler-file", str(self.file)]
        command = [sys.executable, "-m", f"distributed.cli.{name}", *common, *more]
        with log:
            return subprocess.Popen(command, stdout=log, stderr=log, env=self.env, cwd=self.folder)
