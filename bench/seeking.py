"""How long it takes to go to a moment of a recording: open it, take the nearest memory of the stages, step to there.

    python bench/seeking.py RECORDING [--at 3600] [--check 60]

The pipeline is warmed first (compiling is not seeking). --check: compare the next seconds with what was recorded.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from unittest import mock

from flightward.pipeline import Pipeline
from flightward.record import open_recording
from flightward.replaying import replay, seek


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("recording", type=Path)
    ask.add_argument("--at", type=float, nargs="*", default=[3600.0, 3590.0, 1800.0, 3479.0])
    ask.add_argument("--check", type=float, default=60.0)
    args = ask.parse_args()
    start_s = open_recording(args.recording).setup.start_s
    seek(open_recording(args.recording), start_s + 300.0)
    for at in args.at:
        began, cpu = time.monotonic(), time.process_time()
        with mock.patch.object(Pipeline, "step", autospec=True, side_effect=Pipeline.step) as made:
            _, k = seek(open_recording(args.recording), start_s + at)
        wall, cpu = time.monotonic() - began, time.process_time() - cpu
        print(f"{at:.0f} s in (step {k}, {made.call_count} steps made): {wall:.2f} s, {cpu:.2f} CPU s", flush=True)
    at_s = start_s + args.at[0]
    done = replay(args.recording, check=True, from_s=at_s, until_s=at_s + args.check)
    print(done.check)
    sizes = [s.place.length for s in open_recording(args.recording).states]
    print(f"{len(sizes)} memories, {sum(sizes) / 1e6:.1f} MB of {args.recording.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
