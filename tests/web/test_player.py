"""The player: pace, pause, seek, catching up, the end, and a pipeline that fails or is slow. Its clock is made up."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from flightward.web import Frame, Player, Status


class Clock:
    """A clock that runs `rate` times faster than the real one, so that tests do not wait."""

    def __init__(self, rate: float = 20.0) -> None:
        self._rate = rate
        self._start = time.monotonic()

    def __call__(self) -> float:
        return (time.monotonic() - self._start) * self._rate


def seconds(n: int, pause_s: float = 0.0, fail_at: int | None = None) -> Iterator[Frame]:
    for t in range(n):
        if t == fail_at:
            raise RuntimeError("the radar caught fire")
        if pause_s:
            time.sleep(pause_s)
        yield Frame(float(t), b"%d" % t, marks=((3.0, 4),) if t >= 3 else ())


@pytest.fixture
def players() -> Iterator[Callable[..., Player]]:
    made: list[Player] = []

    def make(steps: Iterator[Frame], end_s: float, speed: float = 1.0, rate: float = 20.0) -> Player:
        player = Player(steps, 0.0, end_s, Clock(rate), speed=speed)
        made.append(player)
        player.start()
        return player

    yield make
    for player in made:
        player.close()


def wait_for(player: Player, condition: Callable[[Status], bool], timeout_s: float = 10.0) -> Status:
    until = time.monotonic() + timeout_s
    while time.monotonic() < until:
        status = player.current()[1]
        if condition(status):
            return status
        time.sleep(0.005)
    raise AssertionError(f"in vain; last {player.current()[1]}")


@pytest.mark.parametrize(("asked", "kept"), [(0.0, 0.1), (-1.0, 0.1), (float("nan"), 0.1), (1e9, 600.0)])
def test_a_speed_out_of_bounds_is_the_nearest_within_and_the_day_goes_on(
    players: Callable[..., Player], asked: float, kept: float
) -> None:
    player = players(seconds(5), 4.0, speed=asked, rate=1000.0)
    assert player.current()[1].speed == kept
    assert wait_for(player, lambda s: s.is_ended or s.head_s >= 1.0).error is None


def test_it_goes_at_the_speed_asked(players: Callable[..., Player]) -> None:
    clock = Clock(20.0)
    player = Player(seconds(10_000), 0.0, 10_000.0, clock, speed=5.0)
    begin = clock()
    player.start()
    status = wait_for(player, lambda s: s.t_s > 200.0)
    took = clock() - begin
    player.close()
    assert 200.0 / took == pytest.approx(5.0, rel=0.3)
    assert status.head_s - status.t_s < 60.0


def test_it_does_not_work_ahead(players: Callable[..., Player]) -> None:
    player = players(seconds(10_000), 10_000.0, 1.0)
    status = wait_for(player, lambda s: s.t_s > 5.0)
    assert status.head_s <= status.t_s + 30.0


def test_paused_it_stands_still(players: Callable[..., Player]) -> None:
    player = players(seconds(10_000), 10_000.0, 10.0)
    wait_for(player, lambda s: s.t_s > 20.0)
    player.pause()
    stood = player.current()[1].t_s
    time.sleep(0.1)
    status = player.current()[1]
    assert status.t_s == stood and not status.is_playing
    player.play()
    wait_for(player, lambda s: s.t_s > stood + 5.0)


def test_back_in_time_shows_what_was(players: Callable[..., Player]) -> None:
    player = players(seconds(10_000), 10_000.0, 50.0)
    wait_for(player, lambda s: s.head_s > 100.0)
    player.pause()
    player.seek(40.2)
    frame, status = player.current()
    assert frame is not None and frame.body == b"40" and status.t_s == 40.2
    assert status.head_s > 100.0
    player.play()
    wait_for(player, lambda s: s.t_s > 45.0)


def test_a_time_not_reached_yet_is_worked_towards(players: Callable[..., Player]) -> None:
    player = players(seconds(10_000), 10_000.0, 0.1)
    player.seek(5000.0)
    status = wait_for(player, lambda s: s.t_s >= 5000.0)
    assert status.t_s == pytest.approx(5000.0, abs=30.0)
    assert not wait_for(player, lambda s: not s.is_catching_up).is_ended


def test_beyond_the_end_is_the_end(players: Callable[..., Player]) -> None:
    player = players(seconds(50), 50.0, 1.0)
    player.seek(1e9)
    status = wait_for(player, lambda s: s.is_ended)
    frame, _ = player.current()
    assert frame is not None and frame.t_s == 49.0
    assert status.error is None
    player.seek(10.0)
    assert wait_for(player, lambda s: s.t_s < 49.0).t_s >= 10.0


def test_a_failure_is_shown_and_the_past_stays(players: Callable[..., Player]) -> None:
    player = players(seconds(100, fail_at=30), 100.0, 100.0)
    status = wait_for(player, lambda s: s.error is not None)
    assert status.error == "RuntimeError: the radar caught fire"
    player.seek(10.0)
    assert wait_for(player, lambda s: s.t_s < 30.0) and player.current()[0] is not None


def test_a_slow_pipeline_gives_the_real_speed(players: Callable[..., Player]) -> None:
    player = players(seconds(10_000, pause_s=0.002), 10_000.0, 600.0, rate=1.0)
    wait_for(player, lambda s: s.t_s > 300.0)
    status = player.current()[1]
    assert status.speed == 600.0
    assert 20.0 < status.speed_real < 590.0
    assert status.t_s <= status.head_s


def test_pages_get_frames_in_order_and_not_too_often(players: Callable[..., Player]) -> None:
    player = Player(seconds(100_000), 0.0, 100_000.0, time.monotonic, speed=600.0)
    got: list[tuple[float, float]] = []
    done = threading.Event()

    def listen(frame: Frame, status: Status) -> None:
        got.append((time.monotonic(), frame.t_s))
        if len(got) >= 6:
            done.set()

    stop = player.subscribe(listen)
    player.start()
    assert done.wait(10.0)
    stop()
    player.close()
    times = [t for _, t in got]
    assert times == sorted(times)
    gaps = [b - a for (a, _), (b, _) in itertools.pairwise(got[1:])]
    assert min(gaps) > 0.15


def test_speed_is_kept_within_bounds(players: Callable[..., Player]) -> None:
    player = players(seconds(10), 10.0)
    player.set_speed(1e9)
    assert player.current()[1].speed == 600.0
    player.set_speed(0.0)
    assert player.current()[1].speed == 0.1


def test_marks_come_with_the_frames(players: Callable[..., Player]) -> None:
    player = players(seconds(100), 100.0, 50.0)
    assert wait_for(player, lambda s: bool(s.marks)).marks == ((3.0, 4),)


class Live:
    """Frames that come when the test says so."""

    def __init__(self) -> None:
        self._come = threading.Semaphore(0)
        self.n_taken = 0

    def second(self, n: int = 1) -> None:
        self._come.release(n)

    def steps(self) -> Iterator[Frame]:
        for t in itertools.count():
            self._come.acquire()
            self.n_taken = t + 1
            yield Frame(float(t), b"%d" % t)


@pytest.fixture
def live() -> Iterator[tuple[Live, Player]]:
    feed = Live()
    player = Player(feed.steps(), 0.0, 1e5, Clock(1.0), is_live=True)
    player.start()
    yield feed, player
    feed.second()  # the one that its thread waits for
    player.close()


def test_of_what_is_live_the_newest_is_shown_however_late_it_is(live: tuple[Live, Player]) -> None:
    feed, player = live
    for n in range(1, 5):
        feed.second(7)
        assert wait_for(player, lambda s: s.t_s == s.head_s == 7.0 * n - 1.0).is_playing  # noqa: B023
    frame, _ = player.current()
    assert frame is not None and frame.body == b"27"


def test_holding_or_setting_back_what_is_live_holds_back_nothing(live: tuple[Live, Player]) -> None:
    feed, player = live
    feed.second(20)
    wait_for(player, lambda s: s.t_s == 19.0)
    player.pause()
    feed.second(30)
    status = wait_for(player, lambda s: s.head_s == 49.0)
    assert status.t_s == 19.0 and not status.is_playing and feed.n_taken == 50
    player.seek(3.0)
    assert wait_for(player, lambda s: s.t_s == 3.0).head_s == 49.0
    player.play()
    feed.second(1)
    status = wait_for(player, lambda s: s.t_s >= 4.0)
    assert status.t_s < 10.0 and status.head_s == 50.0, "it plays on from there"
    player.seek(1e4)
    wait_for(player, lambda s: s.t_s == 50.0 and not s.is_catching_up)
    feed.second(1)
    wait_for(player, lambda s: s.t_s == 51.0)


def test_what_is_live_and_played_faster_comes_to_the_newest_and_stays_there(live: tuple[Live, Player]) -> None:
    feed, player = live
    feed.second(20)
    wait_for(player, lambda s: s.t_s == 19.0)
    player.seek(0.0)
    player.set_speed(100.0)
    wait_for(player, lambda s: s.t_s == 19.0)
    player.set_speed(1.0)
    feed.second(9)
    wait_for(player, lambda s: s.t_s == 28.0, timeout_s=2.0)


def test_a_live_flow_that_fails_is_told() -> None:
    player = Player(seconds(5, fail_at=3), 0.0, 1e5, Clock(1.0), is_live=True)
    player.start()
    assert wait_for(player, lambda s: s.is_ended).error == "RuntimeError: the radar caught fire"
    player.close()
