"""Work of a tick at 100 ms, `orange` and `beech`: quantiles and phases, by the program's own ledger.

Virtual time, so the ticks follow each other without sleep; everything a tick does in a house is done, with
store and links in memory.
"""

from __future__ import annotations

import gc

from hw.clock import VirtualClock, stopwatch_ns
from scada import Ledger, Scada
from tests.program.house import program

START_MS = 1_769_510_400_000
WARM_UP = 1_200
TICKS = 6_000


def live(scada: Scada, clock: VirtualClock, ticks: int) -> None:
    """So many ticks of 100 ms."""
    for _ in range(ticks):
        clock.advance(100)
        scada.tick()


def main() -> None:
    """Print it for both houses."""
    for house in ("orange", "beech"):
        clock = VirtualClock(START_MS, 1_000_000)
        scada = program(clock, house, tick_ms=100)
        live(scada, clock, WARM_UP)
        gc.collect()
        gc.freeze()
        scada.ledger = Ledger(100, stopwatch_ns)
        live(scada, clock, TICKS)
        f = scada.ledger.figures()
        print(
            f"{house:7} {TICKS} ticks: p50 {f['p50_ms']:.3f} ms, p99 {f['p99_ms']:.3f} ms, "
            f"p99.9 {f['p999_ms']:.3f} ms, worst {f['max_ms']:.2f} ms"
        )
        means = ", ".join(f"{phase} {f[f'{phase}_mean_ms']:.3f}" for phase in Ledger.PHASES)
        print(f"        mean by phase, ms: {means}")
