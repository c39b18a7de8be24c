"""How fast a recording is written, how large it gets, and what memory it takes; beside plain `mcap` in the same run.

    python bench/recording.py [--seconds 20] [--rate 50000] [--full]

Every second `rate` reports come in: their raw bytes (48 each, as of a radar plot) one by one with the time of receipt,
and one batch of reports. Three writers get the same:

    ours     RecordingWriter: chain, CRC, index, fsync each second
    same     plain mcap.writer.Writer: the same messages as ours, LZ4, a chunk a second
    each     plain mcap.writer.Writer, defaults with LZ4: one message for each raw report, and the batch

CPU seconds of this process are compared, not the clock: other work on the machine does not count. --full is ten
minutes at the clock's own pace; then the memory at each minute is shown too.
"""

from __future__ import annotations

import argparse
import dataclasses
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from mcap.writer import CompressionType, Writer

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "record"))
from fakes import START_S, fake_setup, fake_step

from flightward.config import Config
from flightward.model import Inbox, ReportBatch, StepResult, columns
from flightward.record import Limits, RecordingWriter, Source
from flightward.record.composing import Composer
from flightward.record.raws import pack
from flightward.record.schema import RAW_TOPIC
from flightward.record.verify import verify

RAW_BYTES = 48
NEVER = 1 << 40


def radar_reports(n: int, rng: np.random.Generator) -> ReportBatch:
    """n plots of a radar: what it measures is filled, the rest unknown, as in a live feed."""
    values = {
        f.name: np.full(n, np.nan if f.metadata["dtype"] == "f8" else -1, f.metadata["dtype"])
        for f in columns(ReportBatch)
    }
    values["t_rx_s"] = START_S + np.sort(rng.random(n))
    values["t_s"] = values["t_rx_s"] - 0.2
    values["seq"] = np.arange(n)
    values["sensor"] = rng.integers(0, 3, n)
    values["range_m"] = np.round(rng.uniform(1e3, 2e5, n) / 4.0) * 4.0
    values["azimuth_rad"] = rng.integers(0, 65536, n) * (2.0 * np.pi / 65536)
    values["elevation_rad"] = rng.integers(0, 2000, n) * 1e-4
    values["rcs_m2"] = np.round(rng.lognormal(0.0, 1.0, n), 2)
    values["is_velocity_only"] = np.zeros(n, np.int8)
    return ReportBatch(**values)


def memory_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0


def ours(folder: Path, feed: Callable[[int], tuple[Inbox, StepResult]], raw: list[bytes], n_s: int, pace: bool) -> Path:
    path = folder / "ours.mcap"
    writer = RecordingWriter(
        path, fake_setup(np.random.default_rng(1)), Config(), {}, source=Source(["radar"]), limits=Limits(),
        heads=folder / "heads",
    )  # fmt: skip
    began = time.monotonic()
    late = 0
    for k in range(n_s):
        inbox, result = feed(k)
        for t, data in zip(inbox.reports.t_rx_s.tolist(), raw, strict=True):
            writer.raw(0, t + k, data)
        writer.write(inbox, result)
        if pace:
            left = began + k + 1 - time.monotonic()
            late += left < 0.0
            time.sleep(max(left, 0.0))
            if k % 60 == 59:
                print(
                    f"  minute {k // 60 + 1}: {memory_mb():.0f} MB, {path.stat().st_size >> 20} MiB, late {late} s",
                    flush=True,
                )
    writer.close()
    assert not writer.gaps and writer.trouble == ""
    return path


def same(folder: Path, feed: Callable[[int], tuple[Inbox, StepResult]], raw: list[bytes], n_s: int) -> Path:
    """The very messages of ours, made by the same code, through the plain writer."""
    path = folder / "same.mcap"
    composer = Composer(fake_setup(np.random.default_rng(1)), {}, lambda _: bytes(16))
    composer.is_described = True
    with path.open("wb") as file:
        writer = Writer(file, chunk_size=NEVER, compression=CompressionType.LZ4)
        writer.start()
        schema = writer.register_schema("x", "flightward-columns", b"{}")
        number = {c: writer.register_channel(t, "msgpack", schema) for t, c in composer.channels.items()}
        for k in range(n_s):
            inbox, result = feed(k)
            times, messages = [], []
            for t, data in zip(inbox.reports.t_rx_s.tolist(), raw, strict=True):
                times.append(t + k)
                messages.append(data)
            for channel, data in composer.plain(inbox, result):
                writer.add_message(number[channel], k, data, k)
            writer.add_message(number[composer.channels[RAW_TOPIC]], k, pack(0, bytes(16), times, messages), k)
            writer.flush()
        writer.finish()
    return path


def each(folder: Path, feed: Callable[[int], tuple[Inbox, StepResult]], raw: list[bytes], n_s: int) -> Path:
    """One message for each raw report."""
    path = folder / "each.mcap"
    composer = Composer(fake_setup(np.random.default_rng(1)), {}, lambda _: bytes(16))
    composer.is_described = True
    with path.open("wb") as file:
        writer = Writer(file, compression=CompressionType.LZ4)
        writer.start()
        schema = writer.register_schema("x", "flightward-columns", b"{}")
        number = {c: writer.register_channel(t, "msgpack", schema) for t, c in composer.channels.items()}
        raw_channel = number[composer.channels[RAW_TOPIC]]
        for k in range(n_s):
            inbox, result = feed(k)
            for t, data in zip(inbox.reports.t_rx_s.tolist(), raw, strict=True):
                ns = int((t + k) * 1e9)
                writer.add_message(raw_channel, ns, data, ns)
            for channel, data in composer.plain(inbox, result):
                writer.add_message(number[channel], k, data, k)
        writer.finish()
    return path


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--seconds", type=int, default=20)
    ask.add_argument("--rate", type=int, default=50_000)
    ask.add_argument("--full", action="store_true")
    args = ask.parse_args()
    rng = np.random.default_rng(1)
    reports = radar_reports(args.rate, rng)
    raw = [rng.bytes(RAW_BYTES // 2) + bytes(RAW_BYTES // 2) for _ in range(args.rate)]
    base_inbox, base = fake_step(START_S, rng, n=60)

    def feed(k: int) -> tuple[Inbox, StepResult]:
        inbox = dataclasses.replace(base_inbox, t_s=START_S + k, reports=reports)
        return inbox, dataclasses.replace(base, t_s=START_S + k)

    print(f"{args.rate} reports/s, {RAW_BYTES} raw bytes each; memory before: {memory_mb():.0f} MB")
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        if args.full:
            path = ours(folder, feed, raw, 600, True)
            size = path.stat().st_size / (600 * args.rate)
            print(f"ten minutes: {size:.1f} bytes a report, {memory_mb():.0f} MB at most")
            return
        took = {}
        for name, run in (("ours", lambda: ours(folder, feed, raw, args.seconds, False)),
                          ("same", lambda: same(folder, feed, raw, args.seconds)),
                          ("each", lambda: each(folder, feed, raw, args.seconds))):  # fmt: skip
            began, clock = time.process_time(), time.monotonic()
            path = run()
            took[name] = time.process_time() - began
            n = args.seconds * args.rate
            print(
                f"{name:5} {took[name] / args.seconds:.3f} CPU s a second ({n / took[name]:,.0f} reports per CPU s), "
                f"{time.monotonic() - clock:.1f} s, {path.stat().st_size / n:.1f} bytes a report, "
                f"{memory_mb():.0f} MB at most"
            )
        print(
            f"CPU, ours to plain mcap: same messages {took['ours'] / took['same']:.2f}, "
            f"one message each {took['ours'] / took['each']:.2f}"
        )
        began = time.process_time()
        verdict = verify(folder / "ours.mcap", folder / "heads")
        print(
            f"verify: {'whole' if verdict.is_whole else verdict.faults}, "
            f"{verdict.n_bytes / 1e6 / (time.process_time() - began):.0f} MB/s"
        )


if __name__ == "__main__":
    main()
