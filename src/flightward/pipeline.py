"""The stages, wired: one `step()` serves live feeds, replay and tests; it holds no arithmetic."""

from __future__ import annotations

from flightward.advice import Advice, Deadlines
from flightward.config import Config
from flightward.model import FlightStates, Inbox, Setup, StepResult, snapshot
from flightward.raids import Raids, raid_of_tracks
from flightward.threats import Threats
from flightward.tracks import Tracker


class Pipeline:
    """Reports in, the whole answer out, one second at a time.

    `with_cells` False leaves the forecast's H3 table out (the ensemble behind it is always made): the warnings and
    the advice are the same.
    """

    def __init__(self, setup: Setup, config: Config, *, with_cells: bool = True) -> None:
        self.setup = setup
        self.config = config
        self._tracker = Tracker(setup, config.tracks)
        self._raids = Raids(setup, config.raids, config.seed, with_cells=with_cells)
        self._threats = Threats(setup, config)
        self._advice = Advice(setup, config)
        self._deadlines = Deadlines()
        self._states: FlightStates | None = None

    def snapshot(self) -> bytes:
        """All that the stages remember, for `restore` (docs/design/snapshot.md)."""
        self._tracker.engine.tidy()
        return snapshot.pack(self, self._fixed(), self.setup.names)

    def restore(self, data: bytes) -> None:
        """Go on from a snapshot: the answers from here on are those of the pipeline that made it, bit for bit.

        Raises BadRecord if it is damaged or of another version, BadInput if it is of another day or settings.
        """
        snapshot.unpack(self, data, self._fixed(), self.setup.names)

    def _fixed(self) -> dict[str, object]:
        return {"setup": self.setup, "settings": self.config}

    def step(self, inbox: Inbox) -> StepResult:
        """The answer at inbox.t_s to all that was received until then; call with rising whole seconds."""
        t_s = inbox.t_s
        tracks, coverage = self._tracker.step(t_s, inbox.reports)
        picture = self._raids.step(t_s, tracks, coverage, flights=self._states, alerts=inbox.alerts)
        threat = self._threats.step(t_s, tracks, coverage, picture, inbox.alerts, self._tracker.gnss)
        advice = self._advice.step(t_s, threat.states, threat.threats, picture, coverage, tracks)
        self._states = threat.states
        return StepResult(
            t_s=t_s, tracks=tracks, coverage=coverage, picture=picture, states=threat.states,
            threats=threat.threats, warnings=self._deadlines.step(threat.warnings, advice), advice=advice,
            track_raid=raid_of_tracks(tracks.track, picture.raids), biases=self._tracker.biases(),
            gnss=self._tracker.gnss, chances=threat.chances, history=threat.history,
        )
