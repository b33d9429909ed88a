"""Work of a tick at 100 ms with every device healthy, each one dead or ill in turn, and all dead.

Aim: p99.9 within 2 ms of each other, in every group of cases. Each tick is timed by the clock, by the
processor for this program alone, and by what of that went to devices (rig and forecast). First simulated
devices in virtual time, board by board and module by module; then real servers in other processes, a serial
line, a folder of probes, files (`tests/bench/_ill.py`).

python -m tests.bench.devices [--short]    a fifth of the ticks
"""

from __future__ import annotations

import gc
import os
import sys
import time
from collections.abc import Callable, Iterable
from math import ceil
from typing import Any

from msgspec import Struct

from scada import Scada

TICKS, REAL_TICKS = 2_000, 1_000
SHORT = 5
AIM_MS = 2.0


class Cost(Struct):
    """What the ticks of one case took, sorted, ns: by the clock, by the processor, and of that for devices.

    `bus_us`: the most I2C time of a tick.
    """

    group: str
    case: str
    clock_ns: list[int]
    processor_ns: list[int]
    devices_ns: list[int]
    bus_us: int


def ms(costs: list[int], share: float) -> float:
    """The cost that `share` of all ticks do not exceed."""
    return costs[ceil(share * len(costs)) - 1] / 1e6


class Share:
    """Adds up what some calls of a tick take of the processor."""

    def __init__(self, *calls: tuple[Any, str]) -> None:
        self.ns = 0
        self._calls = [(owner, name, getattr(owner, name)) for owner, name in calls]
        for owner, name, call in self._calls:
            setattr(owner, name, self._timed(call))

    def _timed(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*values: Any) -> Any:
            began = time.thread_time_ns()
            found = call(*values)
            self.ns += time.thread_time_ns() - began
            return found

        return timed

    def end(self) -> None:
        """The calls are as they were."""
        for owner, name, call in self._calls:
            setattr(owner, name, call)


def measure(group: str, case: str, scada: Scada, ticks: int, step: Callable[[], object]) -> Cost:
    """`step` brings time and the world on, outside what is measured."""
    gc.collect()
    gc.freeze()
    rig, bus_us = scada.parts.rig, 0
    share = Share((rig, "read"), (rig, "write"), (rig, "finish"), (scada.parts.ports.weather, "forecast"))
    clock: list[int] = []
    processor: list[int] = []
    devices: list[int] = []
    for _ in range(ticks):
        step()
        share.ns = 0
        began, worked = time.perf_counter_ns(), time.thread_time_ns()
        scada.tick()
        processor.append(time.thread_time_ns() - worked)
        clock.append(time.perf_counter_ns() - began)
        devices.append(share.ns)
        bus_us = max(bus_us, rig.wire.spent_us)
    share.end()
    gc.unfreeze()
    if scada.failures.last:
        raise RuntimeError(f"{group}, {case}: {scada.failures.last}")
    return Cost(group, case, sorted(clock), sorted(processor), sorted(devices), bus_us)


COLUMNS = ("by the clock, ms", "by the processor, ms", "of that for devices")
HEAD = f"{'':32}{''.join(f'{words:^24}' for words in COLUMNS)}{'I2C, ms':>8}"
NAMES = f"{'':32}{'     p50   p99.9     max' * len(COLUMNS)}"


def line(cost: Cost) -> str:
    """One row of the table."""
    figures = "".join(
        f"{ms(costs, 0.5):8.3f}{ms(costs, 0.999):8.2f}{ms(costs, 1):8.2f}"
        for costs in (cost.clock_ns, cost.processor_ns, cost.devices_ns)
    )
    return f"{cost.case:32}{figures}{cost.bus_us / 1000:8.1f}"


def spread(costs: list[Cost]) -> str:
    """How far the p99.9 of a group's cases lie apart, and the dearest above the healthy case."""
    words = []
    for name, of in (
        ("by the clock", "clock_ns"),
        ("by the processor", "processor_ns"),
        ("for devices", "devices_ns"),
    ):
        tails = {cost.case: ms(getattr(cost, of), 0.999) for cost in costs}
        healthy, most = tails[costs[0].case], max(tails, key=tails.__getitem__)
        apart, above = tails[most] - min(tails.values()), tails[most] - healthy
        words.append(f"{name} {apart:.2f} ms apart, at most {above:.2f} above {costs[0].case} ({most})")
    return f"p99.9 {'; '.join(words)}; the aim is {AIM_MS:g} ms"


def show(group: str, costs: Iterable[Cost]) -> None:
    """A group's table, row by row as it is measured."""
    print(f"\n-- {group}\n{HEAD}\n{NAMES}")
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
