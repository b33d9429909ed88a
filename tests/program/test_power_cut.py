"""SIGKILL in the middle of a report's slot: the ATN still gets the readings of all but the last seconds."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from hw.clock import RealClock
from proto.store.database import grow
from tests.program.processes import Process, config

pytestmark = pytest.mark.slow

LOST_MS = 10_000 + 2_000
"""Ten seconds between two chunks, and a machine that is busy with other tests."""


def reported_ms(folder: Path) -> list[int]:
    """Times of all readings in the stored reports."""
    found: list[int] = []
    with closing(sqlite3.connect(folder / "var" / "store.db", timeout=5)) as link:
        for crc, stored in link.execute("SELECT crc, body FROM event WHERE type = 'report.event'"):
            body = grow(stored, crc)
            assert body is not None
            report = msgspec.json.decode(body)["Payload"]["Report"]
            for channel in report["ChannelReadingList"]:
                found += channel["ScadaReadTimeUnixMsList"]
    return found


def chunks(folder: Path) -> int:
    with closing(sqlite3.connect(folder / "var" / "store.db", timeout=5)) as link:
        return int(link.execute("SELECT count(*) FROM sample").fetchone()[0])


def test_a_kill_costs_seconds_of_readings_and_not_the_slot(tmp_path: Path) -> None:
    settings = config(tmp_path, 9)  # nobody listens there: the readings have nowhere to go but the store
    began_ms = RealClock().now().wall_ms
    scada = Process(settings).up()
    deadline = time.monotonic() + 40
    while chunks(tmp_path) < 2:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    killed_ms = RealClock().now().wall_ms
    scada.kill()
    again = Process(settings).up()
    assert again.end() == 0
    times = sorted(ms for ms in reported_ms(tmp_path) if ms <= killed_ms)
    assert times, "there is a report of the run that was killed"
    assert times[0] <= began_ms + 10_000
    assert times[-1] >= killed_ms - LOST_MS
    assert chunks(tmp_path) == 0, "what is reported is not kept twice"
