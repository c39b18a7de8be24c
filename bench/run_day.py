"""How many times faster than the day itself a run is: the figures of bench/README.md.

    python bench/run_day.py [--days standard,large] [--cpu 0]

A day is drawn, then `flightward run` is timed as a process of its own (after one run that compiles the kernels),
pinned to one core, with its peak memory from the operating system's accounting.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from flightward.simulate import Scenario, simulate, standard_day

HERE = Path(__file__).resolve().parent


def large_day() -> Scenario:
    """200 drones, 20 aircraft, 3 radars at 2 s, one hour."""
    from flightward.simulate import load_scenario

    return load_scenario(HERE / "large-day.toml")


def timed(case: Path, out: Path, cpu: int, *extra: str) -> tuple[float, float]:
    """(wall seconds, peak MB) of one `flightward run`."""
    before = time.perf_counter()
    command = [sys.executable, "-m", "flightward.cli", "run", str(case), "--out", str(out), *extra]
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, preexec_fn=lambda: os.sched_setaffinity(0, {cpu}))
    _, status, usage = os.wait4(child.pid, 0)
    if status != 0:
        raise SystemExit(f"{' '.join(command)} ended with {status}")
    return time.perf_counter() - before, usage.ru_maxrss / 1024.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", default="standard,large")
    parser.add_argument("--cpu", type=int, default=0)
    args = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory() as scratch:
        for name in args.days.split(","):
            scenario = large_day() if name == "large" else standard_day(1, habits=("plain",))
            case = simulate(scenario, 1, Path(scratch) / name)
            day_s = scenario_seconds(case)
            timed(case, Path(scratch) / "warm", args.cpu, "--no-tables")
            for extra in (["--no-tables"], []):
                wall_s, peak_mb = timed(case, Path(scratch) / "out", args.cpu, *extra)
                rows.append((name, " ".join(extra) or "all tables", day_s, wall_s, day_s / wall_s, peak_mb))
    print("| day | output | day s | run s | times faster | peak MB |\n|---|---|---|---|---|---|")
    for name, what, day_s, wall_s, ratio, peak_mb in rows:
        print(f"| {name} | {what} | {day_s:.0f} | {wall_s:.1f} | {ratio:.0f} | {peak_mb:.0f} |")
    print(f"(this process peaked at {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB drawing them)")


def scenario_seconds(case: Path) -> float:
    """The length of a case."""
    import tomllib

    head = tomllib.loads((case / "case.toml").read_text())
    return float(head["end_s"]) - float(head["start_s"])


if __name__ == "__main__":
    main()
