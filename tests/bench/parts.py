"""What single parts cost: codec, import, hostile bodies, a quiet tick of the recorder, loading a house."""

from __future__ import annotations

import os
import subprocess
import sys
import timeit
from collections.abc import Callable
from pathlib import Path

from layouts.load import load_house
from layouts.settings import Report as ReportSettings
from proto.report import Recorder
from proto.wire import Malformed, decode, encode
from proto.wire.readings import SingleMachineState, SingleReading, SnapshotSpaceheat
from proto.wire.strict_json import parse
from tests.wire.examples import SCADA, UID, example, on_the_wire
from tests.wire.scenes import Ids, Scene, now

ROOT = Path(__file__).resolve().parents[2]


def best_us(call: Callable[[], object], number: int = 100) -> float:
    """Microseconds of one call, best of seven runs."""
    return min(timeit.repeat(call, number=number, repeat=7)) / number * 1e6


def snapshot() -> SnapshotSpaceheat:
    """70 readings and 20 machines."""
    return SnapshotSpaceheat(
        from_g_node_alias=SCADA,
        from_g_node_instance_id=UID,
        snapshot_time_unix_ms=1_770_001_200_000,
        latest_reading_list=tuple(
            SingleReading(channel_name=f"channel-{i}-pwr", value=i, scada_read_time_unix_ms=1_770_001_199_000)
            for i in range(70)
        ),
        latest_state_list=tuple(
            SingleMachineState(
                machine_handle=f"auto.lc.n.relay{i}",
                state_enum="relay.closed.or.open",
                state="RelayOpen",
                unix_ms=1_770_001_199_000,
            )
            for i in range(20)
        ),
    )


def import_ms() -> float:
    """Importing the codec on top of msgspec, in a fresh process, compiled files at hand."""
    code = (
        "import json, re, time, typing, msgspec, msgspec.structs\n"
        "start = time.perf_counter()\n"
        "import proto.wire\n"
        "print(1000 * (time.perf_counter() - start))\n"
    )
    runs = [
        subprocess.run(
            [sys.executable, "-c", code], cwd=ROOT, env=os.environ, capture_output=True, check=True
        )
        for _ in range(5)
    ]
    return min(float(done.stdout) for done in runs)


def deepest() -> None:
    """Bodies made to exhaust a parser, each of 64 KiB."""
    deep = b"[" * 32_000 + b"]" * 32_000
    for body in (b'{"a":' + deep + b"}", b"[" * 65_000, b'"[' * 32_000, b'{"a":"' + b"\\" * 65_000):
        try:
            parse(body)
        except Malformed:
            continue


def quiet_tick() -> Callable[[], object]:
    """The recorder's tick when nothing is new."""
    scene = Scene()
    recorder = Recorder(scene.house, ReportSettings(), Ids())
    scene.all_at(0, now(0))
    tick = scene.tick(now(0))
    return lambda: recorder.record(*tick)


def main() -> None:
    """Print what each part costs."""
    text, body = on_the_wire(example("slow.contract.heartbeat"))
    seventy = snapshot()
    rows = (
        ("a contract heartbeat decoded", best_us(lambda: decode(text, body)), "us, aim 50"),
        (
            "a snapshot of 70 checked and encoded",
            best_us(lambda: encode(SCADA, "ltn", seventy)),
            "us, aim 100",
        ),
        ("a quiet tick of the recorder", best_us(quiet_tick()), "us, aim 50"),
        ("proto.wire imported on top of msgspec", import_ms(), "ms, aim 15"),
        ("four hostile bodies of 64 KiB refused", best_us(deepest, 1) / 1000, "ms"),
        ("beech loaded and checked", best_us(lambda: load_house("beech"), 1) / 1000, "ms"),
    )
    for what, figure, unit in rows:
        print(f"{what:40} {figure:8.1f} {unit}")


if __name__ == "__main__":
    main()
