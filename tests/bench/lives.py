"""Random lives of all houses under an oracle: how many hours went by and what was found wrong.

`LIVES=1000 python -m tests.bench lives` lives so many; 60 by default, of three hours each.
"""

from __future__ import annotations

import os

from hw.clock import stopwatch_ns
from tests.program.lives import Life

HOURS = 3.0
HOUSES = ("orange", "beech", "maple")
FIRST_SEED = 1000
"""Those below are lived in the tests."""


def main() -> None:
    """Print it; every finding with the seed that shows it again."""
    lives = int(os.environ.get("LIVES", "60"))
    begin_ns, wrong, events, coldest_c = stopwatch_ns(), 0, 0, 99.0
    for seed in range(FIRST_SEED, FIRST_SEED + lives):
        house = HOUSES[seed % len(HOUSES)]
        life = Life(seed, house)
        found = life.live(HOURS)
        events += len(life.told)
        coldest_c = min(coldest_c, life.coldest_c)
        if found:
            wrong += 1
            print(f"seed {seed}, {house}: {found}", flush=True)
    seconds = (stopwatch_ns() - begin_ns) / 1e9
    print(
        f"{lives} lives, {lives * HOURS:.0f} hours of house, {events} mishaps, {seconds:.0f} s: "
        f"{wrong} with something wrong, the coldest room {coldest_c:.1f} °C"
    )
