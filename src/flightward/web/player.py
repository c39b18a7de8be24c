"""Plays a day: takes frames from a running pipeline at a pace, keeps them, and shows any moment of the past.

One thread of its own pulls the frames; commands come from any thread. Time is read through the `now` that is passed in
(monotonic seconds). What was shown can be shown again at once; a time that has not been reached yet is worked
towards as fast as the pipeline goes. Of what is live each frame is taken as it comes, on a second thread: holding time
or going back only moves what is shown, and the newest is shown until someone does so.
"""

from __future__ import annotations

import dataclasses
import threading
from collections import deque
from collections.abc import Callable, Iterator

from flightward.web.frames import Frame
from flightward.web.store import FrameStore

PUBLISH_S = 0.2
"""Frames go out at most five times a second: a person sees no more, and a page needs no more."""
SLICE_S = 0.15
"""How long the pipeline may run before the player looks at commands and publishes again."""
REAL_SPEED_OVER_S = 3.0
MIN_SPEED, MAX_SPEED = 0.1, 600.0


@dataclasses.dataclass(frozen=True)
class Status:
    """Where the player is. Times are POSIX UTC of the day; speeds are times real time."""

    t_s: float
    head_s: float
    start_s: float
    end_s: float
    is_playing: bool
    is_catching_up: bool
    is_ended: bool
    speed: float
    speed_real: float
    error: str | None
    marks: tuple[tuple[float, int], ...]


def _kept(speed: float) -> float:
    """Within MIN_SPEED and MAX_SPEED; what is no number is the slowest."""
    return min(max(MIN_SPEED, speed), MAX_SPEED)


Listener = Callable[[Frame, Status], None]


class Player:
    """`steps` gives the frames of a day in order of time; it is called on one thread of the player only.

    is_live  they come by themselves, once a second, and none may wait for who looks at them.
    """

    def __init__(
        self,
        steps: Iterator[Frame],
        start_s: float,
        end_s: float,
        now: Callable[[], float],
        speed: float = 1.0,
        max_bytes: int = 256 << 20,
        is_live: bool = False,
    ) -> None:
        self._steps = steps
        self._start_s, self._end_s = start_s, end_s
        self._now = now
        self._store = FrameStore(max_bytes)
        self._listeners: list[Listener] = []
        self._change = threading.Condition()
        self._is_closed = False
        self._is_playing = True
        self._is_ended = False
        self._error: str | None = None
        self._speed = _kept(speed)
        self._view_s = start_s
        self._head_s = start_s
        self._goal_s: float | None = None
        self._anchor = (now(), start_s)
        self._shown_s = float("nan")
        self._published = float("-inf")
        self._is_news = True
        self._turn = 0
        self._marks: tuple[tuple[float, int], ...] = ()
        self._pace: deque[tuple[float, float]] = deque(maxlen=64)
        self._is_live = self._is_newest = is_live
        self._threads = [threading.Thread(target=self._run, name="flightward-player", daemon=True)]
        if is_live:
            self._threads.append(threading.Thread(target=self._pull, name="flightward-live", daemon=True))

    # -- commands, from any thread -----------------------------------------------------------------------------

    def start(self) -> None:
        """Begin."""
        for thread in self._threads:
            thread.start()

    def close(self, timeout_s: float = 10.0) -> None:
        """End after the present step; returns when the thread has ended or the time is over."""
        with self._change:
            self._is_closed = True
            self._change.notify_all()
        for thread in self._threads:
            if thread.is_alive():
                thread.join(timeout_s)

    def play(self) -> None:
        """Let time run."""
        self._set_playing(True)

    def pause(self) -> None:
        """Hold time."""
        self._set_playing(False)

    def set_speed(self, speed: float) -> None:
        """Times real time, kept within MIN_SPEED and MAX_SPEED."""
        with self._change:
            self._reanchor(self._view_s)
            self._speed = _kept(speed)
            self._told()

    def seek(self, t_s: float) -> None:
        """Show another time; one that has not been processed yet is worked towards."""
        with self._change:
            t_s = min(max(t_s, self._start_s), self._end_s)
            is_ahead = t_s > self._head_s and not self._is_ended
            self._goal_s = t_s if is_ahead and not self._is_live else None
            self._is_newest = self._is_live and t_s >= self._head_s
            if self._goal_s is None:
                self._reanchor(min(t_s, self._head_s))
            self._told()

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` with every frame that is shown (on the player's thread); returns how to stop that."""
        with self._change:
            self._listeners.append(listener)
            self._is_news = True
            self._change.notify_all()
        return lambda: self._unsubscribe(listener)

    def current(self) -> tuple[Frame | None, Status]:
        """What is shown now."""
        with self._change:
            return self._store.at(self._view_s), self._status()

    def forecast(self, issued_s: float) -> bytes | None:
        """The forecast message of an issue, if it is still kept."""
        with self._change:
            return self._store.forecast(issued_s)

    # -- inside ------------------------------------------------------------------------------------------------

    def _unsubscribe(self, listener: Listener) -> None:
        with self._change:
            if listener in self._listeners:
                self._listeners.remove(listener)

    def _set_playing(self, is_playing: bool) -> None:
        with self._change:
            self._reanchor(self._view_s)
            self._is_playing = is_playing
            self._is_newest &= is_playing
            self._told()

    def _told(self) -> None:
        """A command came: what was being worked out for the old state no longer counts."""
        self._turn += 1
        self._is_news = True
        self._change.notify_all()

    def _reanchor(self, view_s: float) -> None:
        self._view_s = view_s
        self._anchor = (self._now(), view_s)
        self._pace.clear()

    def _status(self) -> Status:
        return Status(
            self._view_s, self._head_s, self._start_s, self._end_s, self._is_playing, self._goal_s is not None,
            self._is_ended, self._speed, self._real_speed(), self._error, self._marks,
        )

    def _real_speed(self) -> float:
        if len(self._pace) < 2:
            return self._speed if self._is_playing and not self._is_ended else 0.0
        (a, view_a), (b, view_b) = self._pace[0], self._pace[-1]
        return (view_b - view_a) / (b - a) if b > a else self._speed

    def _run(self) -> None:
        while True:
            with self._change:
                if self._is_closed:
                    return
                wanted_s, turn = self._wanted(), self._turn
            if not self._is_live:
                self._work(wanted_s)
            self._settle(wanted_s, turn)
            self._publish()
            with self._change:
                if not self._is_closed and not self._is_news:
                    self._change.wait(self._pause_length())

    def _wanted(self) -> float:
        """The time that should be shown now."""
        if self._goal_s is not None:
            return self._goal_s
        if not self._is_playing:
            return self._view_s
        if self._is_newest:
            return self._head_s
        anchor_now, anchor_view = self._anchor
        return min(anchor_view + (self._now() - anchor_now) * self._speed, self._end_s)

    def _work(self, wanted_s: float) -> None:
        """Pull frames until the wanted time is reached, the slice is over, or there are none left."""
        until = self._now() + SLICE_S
        while not self._is_ended and (self._head_s < wanted_s or not len(self._store)) and not self._is_closed:
            if not self._took_one() or self._now() >= until:
                return

    def _pull(self) -> None:
        """Take every frame as it comes."""
        while not self._is_closed and self._took_one():
            pass

    def _took_one(self) -> bool:
        """Take the next frame; False if that was the end."""
        try:
            frame = next(self._steps, None)
        except Exception as error:  # noqa: BLE001 - whatever stopped the day is shown to the watch, not lost
            self._stop(f"{type(error).__name__}: {error}")
            return False
        if frame is None:
            self._stop(None)
            return False
        with self._change:
            self._store.add(frame)
            self._head_s = frame.t_s
            self._marks = frame.marks
            if self._is_live:
                self._change.notify_all()
        return True

    def _stop(self, error: str | None) -> None:
        with self._change:
            self._is_ended = True
            self._error = error
            self._is_news = True
            self._change.notify_all()

    def _settle(self, wanted_s: float, turn: int) -> None:
        """Move the view; if the pipeline is behind, the view waits for it and the pace counts from there."""
        with self._change:
            if turn != self._turn:
                return
            if self._goal_s is not None:
                self._view_s = self._head_s
                if self._head_s >= self._goal_s or self._is_ended:
                    self._goal_s = None
                    self._reanchor(self._head_s)
                    self._is_news = True
            elif self._is_playing:
                self._view_s = min(wanted_s, self._head_s)
                if self._head_s < wanted_s:
                    self._anchor = (self._now(), self._view_s)
                    self._is_newest = self._is_live
                if self._is_ended and self._view_s >= self._head_s:
                    self._is_playing = False
                    self._is_news = True
                self._note_pace()

    def _note_pace(self) -> None:
        now = self._now()
        if not self._pace or now - self._pace[-1][0] >= PUBLISH_S / 2:
            self._pace.append((now, self._view_s))
        while len(self._pace) > 2 and now - self._pace[0][0] > REAL_SPEED_OVER_S:
            self._pace.popleft()

    def _publish(self) -> None:
        with self._change:
            now = self._now()
            if now - self._published < PUBLISH_S and not self._is_news:
                return
            frame = self._store.at(self._view_s)
            if frame is None or (frame.t_s == self._shown_s and not self._is_news):
                return
            self._published, self._shown_s, self._is_news = now, frame.t_s, False
            listeners, status = list(self._listeners), self._status()
        for listener in listeners:
            listener(frame, status)

    def _pause_length(self) -> float | None:
        """How long nothing needs to be done; None: until a command comes."""
        if self._goal_s is not None:
            return 0.0 if not self._is_ended else None
        if not self._is_playing:
            return None
        return min(PUBLISH_S, max(0.002, 0.5 / self._speed))
