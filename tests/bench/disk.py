"""Bytes written to the disk per day on `beech`, by the kernel's count for the writer's process. Aim: 200 MB.

Two hours of a winter morning at ticks of 100 ms, with an ATN that offers contracts and acks; the house's time
stands still while the writer works, so that its commits fall as on a quick disk. The folder must not be on a
disk in memory: nothing would be counted.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from msgspec.structs import replace

from layouts.load import load_house
from layouts.settings import Settings
from proto.open import open_store
from proto.store.disk import DiskStore
from tests.atn.season import Stage, stage

START_MS = 1_769_508_000_000
"""2026-01-27 05:00 in Maine."""
HOURS = 2.0
TICK_MS = 100
WARM_UP_TICKS = 6_000
DAY_H = 24


def written(pid: int) -> int:
    """Bytes a process has caused to be written, proc(5)."""
    fields = dict(
        line.split(": ") for line in Path(f"/proc/{pid}/io").read_text(encoding="ascii").splitlines()
    )
    return int(fields["write_bytes"])


def live(made: Stage, store: DiskStore, ticks: int) -> None:
    """So many ticks, each waiting for the writer."""
    for _ in range(ticks):
        made.step(TICK_MS)
        while store._commits.asked_net_ms is not None:
            store._life.wait()
            store.step(made.clock.now())


def measure(name: str, hours: float) -> None:
    """Print it for one house."""
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        settings = Settings()
        house, at = load_house(name), 0.0
        store = open_store(house, _in(settings, folder), "bench", lambda: at)
        clock_ms = iter(range(1_000, 10**9))
        loaded = store.load(lambda: next(clock_ms))
        made = stage(house, settings, START_MS, TICK_MS, atn=True, store=store)
        made.program.start(loaded)
        live(made, store, WARM_UP_TICKS)
        pid = store._life.pid or 0
        before, commits, events = written(pid), store.counts.commits, store.counts.events
        size = sum(path.stat().st_size for path in Path(folder).iterdir())
        live(made, store, round(hours * 3_600_000 / TICK_MS))
        bytes_a_day = (written(pid) - before) * DAY_H / hours
        grown = sum(path.stat().st_size for path in Path(folder).iterdir()) - size
        commits, events = store.counts.commits - commits, store.counts.events - events
        print(f"{name}: {bytes_a_day / 1e6:.0f} MB a day, from {hours:g} h with {commits} commits", end="")
        print(f" and {events} events; the files grew by {grown / 1e6:.1f} MB")
        made.program.stop("the bench is over")


def _in(settings: Settings, folder: str) -> Settings:
    return replace(settings, store=replace(settings.store, folder=folder))


def main(hours: float = HOURS) -> None:
    """Print it."""
    measure("beech", hours)


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else HOURS)
