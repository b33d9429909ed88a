"""Work of a tick at 100 ms with every device healthy, each one dead or ill in turn, and all dead.

Aim: p99.9 within 2 ms of each other, in every group of cases. Each tick is timed by the clock and by the
processor of this program alone. First simulated devices in virtual time, board by board and module by module;
then real servers in other processes, a serial line, a folder of probes, files (`tests/bench/_ill.py`).

python -m tests.bench.devices [--short]    a fifth of the ticks
"""

from __future__ import annotations

import gc
import os
import sys
import time
from collections.abc import Callable, Iterable
from math import ceil

from msgspec import Struct

from scada import Scada

TICKS, REAL_TICKS = 2_000, 1_000
SHORT = 5
AIM_MS = 2.0


class Cost(Struct):
    """What the ticks of one case took, sorted, ns; `bus_us` the most I2C time of a tick."""

    group: str
    case: str
    clock_ns: list[int]
    processor_ns: list[int]
    bus_us: int

    def ms(self, share: float, *, processor: bool = False) -> float:
        """The cost that `share` of all ticks do not exceed."""
        costs = self.processor_ns if processor else self.clock_ns
        return costs[ceil(share * len(costs)) - 1] / 1e6


def measure(group: str, case: str, scada: Scada, ticks: int, step: Callable[[], object]) -> Cost:
    """`step` brings time and the world on, outside what is measured."""
    gc.collect()
    gc.freeze()
    wire, bus_us = scada.parts.rig.wire, 0
    clock: list[int] = []
    processor: list[int] = []
    for _ in range(ticks):
        step()
        began, worked = time.perf_counter_ns(), time.thread_time_ns()
        scada.tick()
        processor.append(time.thread_time_ns() - worked)
        clock.append(time.perf_counter_ns() - began)
        bus_us = max(bus_us, wire.spent_us)
    gc.unfreeze()
    if scada.failures.last:
        raise RuntimeError(f"{group}, {case}: {scada.failures.last}")
    return Cost(group, case, sorted(clock), sorted(processor), bus_us)


HEAD = f"{'':34}{'by the clock, ms':^26}{'by the processor, ms':^26}{'I2C, ms':>8}"
NAMES = "     p50   p99.9     max"


def line(cost: Cost) -> str:
    """One row of the table."""
    figures = "  ".join(
        f"{cost.ms(0.5, processor=cpu):8.3f}{tail:8.2f}{cost.ms(1, processor=cpu):8.2f}"
        for cpu in (False, True)
        if (tail := cost.ms(0.999, processor=cpu))
    )
    return f"{cost.case:34}{figures}{cost.bus_us / 1000:10.1f}"


def spread(costs: list[Cost]) -> str:
    """How far the p99.9 of a group's cases lie apart, and the dearest above the healthy case."""
    words = []
    for name, cpu in (("clock", False), ("processor", True)):
        tails = {cost.case: cost.ms(0.999, processor=cpu) for cost in costs}
        healthy, most = tails[costs[0].case], max(tails, key=tails.__getitem__)
        apart, above = tails[most] - min(tails.values()), tails[most] - healthy
        words.append(
            f"by the {name} {apart:.2f} ms apart, at most {above:.2f} above {costs[0].case} ({most})"
        )
    return f"p99.9 {'; '.join(words)}; the aim is {AIM_MS:g} ms"


def show(group: str, costs: Iterable[Cost]) -> None:
    """A group's table, row by row as it is measured."""
    print(f"\n-- {group}\n{HEAD}\n{'':34}{NAMES}  {NAMES}")
    seen = []
    for cost in costs:
        print(line(cost), flush=True)
        seen.append(cost)
    print(spread(seen))


def main(short: bool = False) -> None:
    """Every group."""
    from tests.bench import _ill, _simulated

    part = SHORT if short else 1
    load = os.getloadavg()[0]
    for name, house in _simulated.groups():
        show(name, house(TICKS // part))
    for name, lines in _ill.groups():
        show(name, lines(REAL_TICKS // part))
    print(f"\nload before {load:.1f}, after {os.getloadavg()[0]:.1f}, {os.cpu_count()} processors")


if __name__ == "__main__":
    main("--short" in sys.argv[1:])
