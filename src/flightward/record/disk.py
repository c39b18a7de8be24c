"""A file that is only ever appended to, each time whole or not at all, and brought to the disk within a second.

`append` returns when the operating system has the bytes: they survive the death of the process. A thread of its own
asks for them to be put on the disk at once, and again half a second after it last did, so that a power cut loses at
most the last second, and nobody waits for the disk.
"""

from __future__ import annotations

import contextlib
import os
import threading
from pathlib import Path

REST_S = 0.5
"""Between two requests to the disk."""


class AppendFile:
    """An append-only file; `end` is its size, `n` how many appends it holds, `n_safe` how many are on the disk."""

    def __init__(self, path: Path, *, sync: bool) -> None:
        self._fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o644)
        self.end = 0
        self.n = 0
        self.n_safe = 0
        self.trouble = ""
        self._wake, self._stop = threading.Event(), threading.Event()
        self._thread: threading.Thread | None = None
        if sync:
            with contextlib.suppress(OSError):
                sync_folder(path.parent)
            self._thread = threading.Thread(target=self._keep_safe, name="flightward-sync", daemon=True)
            self._thread.start()

    @property
    def is_closed(self) -> bool:
        """Whether it takes no more."""
        return self._fd < 0

    def append(self, data: bytes) -> None:
        """Append all of `data`. Errors: OSError; then nothing of it is in the file."""
        view, at = memoryview(data), self.end
        try:
            while view:
                done = os.pwrite(self._fd, view, at)
                view, at = view[done:], at + done
        except OSError:
            # What was cut off here would be written over by the next append, or be seen as a torn tail.
            with contextlib.suppress(OSError):
                os.ftruncate(self._fd, self.end)
            raise
        self.end = at
        self.n += 1
        self._wake.set()

    def sync(self) -> None:
        """Wait until all is on the disk. Errors: OSError."""
        n = self.n
        os.fdatasync(self._fd)
        self.n_safe = max(self.n_safe, n)

    def close(self) -> None:
        """Bring the rest to the disk and close; a second call does nothing."""
        if self._fd < 0:
            return
        self._stop.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join()
            with contextlib.suppress(OSError):
                os.ftruncate(self._fd, self.end)
                self.sync()
        fd, self._fd = self._fd, -1
        os.close(fd)

    def _keep_safe(self) -> None:
        while not self._stop.is_set():
            self._wake.wait()
            self._wake.clear()
            try:
                self.sync()
                self.trouble = ""
            except OSError as error:
                self.trouble = f"the disk does not take what was written: {error.strerror}"
                self._wake.set()
            self._stop.wait(REST_S)


def sync_folder(folder: Path) -> None:
    """Bring a folder's list of names to the disk. Errors: OSError."""
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
