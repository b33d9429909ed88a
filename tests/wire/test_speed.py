"""The codec is light: cheap to import, cheap on a tick. Best of several runs, because machines are shared."""

from __future__ import annotations

import os
import subprocess
import sys
import timeit
from pathlib import Path

from proto.wire import decode, encode
from proto.wire.readings import SingleMachineState, SingleReading, SnapshotSpaceheat
from tests.wire.examples import SCADA, UID, example, on_the_wire

ROOT = Path(__file__).resolve().parents[2]
SLACK = 2.0
"""A shared machine may be this much slower than the aim."""


def _best_us(call: object, number: int = 100) -> float:
    return min(timeit.repeat(call, number=number, repeat=7)) / number * 1e6  # type: ignore[arg-type]


def test_a_heartbeat_is_decoded_within_50_us() -> None:
    text, body = on_the_wire(example("slow.contract.heartbeat"))
    assert _best_us(lambda: decode(text, body)) < 50 * SLACK


def test_a_snapshot_of_70_readings_is_checked_and_encoded_within_100_us() -> None:
    snapshot = SnapshotSpaceheat(
        from_g_node_alias=SCADA,
        from_g_node_instance_id=UID,
        snapshot_time_unix_ms=1_770_001_200_000,
        latest_reading_list=tuple(
            SingleReading(channel_name=f"channel-{i}-pwr", value=i, scada_read_time_unix_ms=1_770_001_199_000)
            for i in range(70)
        ),
        latest_state_list=tuple(
            SingleMachineState(
                machine_handle=f"auto.lc.n.relay{i}", state_enum="relay.closed.or.open",
                state="RelayOpen", unix_ms=1_770_001_199_000,
            )
            for i in range(20)
        ),
    )  # fmt: skip
    assert _best_us(lambda: encode(SCADA, "ltn", snapshot)) < 100 * SLACK


def test_it_is_imported_within_15_ms_on_top_of_msgspec(tmp_path: Path) -> None:
    code = (
        "import json, re, time, typing, msgspec, msgspec.structs\n"
        "start = time.perf_counter()\n"
        "import proto.wire\n"
        "print(1000 * (time.perf_counter() - start))\n"
    )
    environ = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    environ["PYTHONPYCACHEPREFIX"] = str(tmp_path)
    took = []
    for _ in range(5):
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=ROOT, env=environ, capture_output=True, check=True
        )
        took.append(float(done.stdout))
    assert min(took[1:]) < 15 * SLACK, "the first run compiles, the others must be quick"
