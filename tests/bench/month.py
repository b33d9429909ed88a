"""A simulated month of `orange` at 10 s ticks: speed, and memory at its beginning and end.

Aims: 20,000 times real time, memory flat.
"""

from __future__ import annotations

import resource
import tracemalloc
from pathlib import Path

from hw.clock import stopwatch_ns
from layouts.load import load_house
from layouts.settings import Settings
from tests.atn.season import stage

START_MS = 1_767_243_600_000
TICK_MS = 10_000
DAY_TICKS = 8_640
DAYS = 30


def rss_mb() -> float:
    """Resident now, MB."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() / 1e6


def main() -> None:
    """Print it."""
    made = stage(load_house("orange"), Settings(), START_MS, TICK_MS)
    marks: list[tuple[int, float]] = []
    begin_ns = stopwatch_ns()
    for day in range(1, DAYS + 1):
        for _ in range(DAY_TICKS):
            made.step(TICK_MS)
        if day in (1, 2, 10, 20, 30):
            marks.append((day, rss_mb()))
    seconds = (stopwatch_ns() - begin_ns) / 1e9
    print(f"{DAYS} days in {seconds:.1f} s: {DAYS * 86_400 / seconds:,.0f} times real time")
    print("resident by day: " + ", ".join(f"{day}: {mb:.1f} MB" for day, mb in marks))
    tracemalloc.start()
    for _ in range(DAY_TICKS):
        made.step(TICK_MS)
    first = tracemalloc.take_snapshot()
    for _ in range(DAY_TICKS):
        made.step(TICK_MS)
    grown = sum(d.size_diff for d in tracemalloc.take_snapshot().compare_to(first, "filename"))
    print(f"Python memory allocated over one more day and still held: {grown / 1024:.0f} kB")
