"""The tracker's numbers as kernels take them; where each comes from stands in docs/design/tracks.md."""

from __future__ import annotations

import math

from flightward.config import TracksConfig
from flightward.kernels.tracklife import LifeOptions
from flightward.model import f64

TURN_RADPS = 0.07


def log_odds(p: float) -> float:
    """ln(p / (1 - p))."""
    return math.log(p / (1.0 - p))


def life_options(cfg: TracksConfig, *, is_flat: bool = False) -> LifeOptions:
    """What the kernels need of the settings."""
    drone, plane = cfg.drone_accel_mps2**2, cfg.aircraft_accel_mps2**2
    middle = cfg.drone_accel_mps2 * cfg.aircraft_accel_mps2
    return LifeOptions(
        flat=int(is_flat),
        log_odds_birth=log_odds(cfg.p_birth),
        log_odds_max=8.0,
        log_odds_confirm=log_odds(cfg.p_confirm),
        log_odds_drop=log_odds(cfg.p_drop),
        confirm_n=3,
        gate_d2=-2.0 * math.log(1.0 - cfg.gate_p) + 4.0,
        sigma_max_m=2_500.0,
        coast_max_s=cfg.coast_max_s,
        unseen_max_s=5.0 * cfg.coast_max_s,
        silent_max_s=7_200.0,
        death_s=1_800.0,
        silent_death_s=450.0,
        late_s=2.0,
        stale_s=cfg.stale_s,
        birth_speed_mps=f64([35.0, 80.0]),
        birth_mu=f64([0.9, 0.1] if cfg.motion_models > 1 else [1.0, 0.0]),
        turn_radps=TURN_RADPS,
        birth_climb_mps=f64([0.8, 1.5]),
        stay_s=f64([200.0, 30.0]),
        q_kind=f64([[drone, 0.002], [plane, 0.01], [middle, 0.005], [drone, 0.002], [middle, 0.005]]),
        q_model=f64([[0.025, 0.1], [4.0, 0.1]]),
        soft=1,
        llr_min=-3.0,
    )
