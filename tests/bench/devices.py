"""Work of a tick at 100 ms on `beech`: every device healthy, each dead in turn, all dead.

Aim: p99.9 within 2 ms of each other. By the program's own ledger, in virtual time. A simulated device answers
within the call and its chips cost Python, so what is shown is our share and a little of the twin's.
"""

from __future__ import annotations

import gc

from hw.clock import VirtualClock, stopwatch_ns
from hw.twin.faults import Bus, BusFault, Fault, Meter, MeterFault, Pico, PicoFault
from layouts.load import load_house
from scada import Ledger
from tests.bench.tick import START_MS, live
from tests.program.house import program

WARM_UP = 600
TICKS = 3_000


def cases() -> dict[str, tuple[Fault, ...]]:
    """Name of a case -> what is dead in it."""
    house = load_house("beech")
    dead: dict[str, Fault] = {
        f"I2C board 0x{address:02x}": BusFault(Bus.NACK, address)
        for address in (*house.relay_boards, *house.dac_boards, *house.pipes.addresses)
    }
    dead["meter"] = MeterFault(Meter.HUNG)
    for actor in (*(t.name for t in house.tanks), *(f.node for f in house.flows), house.hub.node):
        dead[actor] = PicoFault(actor, Pico.SILENT)
    return {
        "healthy": (),
        **{name: (fault,) for name, fault in dead.items()},
        "all dead": tuple(dead.values()),
        "I2C bus stuck": (BusFault(Bus.STUCK),),
    }


def measure(faults: tuple[Fault, ...]) -> dict[str, float]:
    """Figures of the ledger with these faults in the house."""
    clock = VirtualClock(START_MS, 1_000_000)
    scada = program(clock, "beech", tick_ms=100)
    live(scada, clock, WARM_UP)
    for fault in faults:
        scada.parts.ports.world.inject(fault)
    live(scada, clock, WARM_UP)
    gc.collect()
    gc.freeze()
    scada.ledger = Ledger(100, stopwatch_ns)
    live(scada, clock, TICKS)
    figures: dict[str, float] = scada.ledger.figures()
    gc.unfreeze()
    return figures


def main() -> None:
    """Print a line for each case, and how far apart they are."""
    tails = {}
    for name, faults in cases().items():
        f = measure(faults)
        tails[name] = f["p999_ms"]
        print(
            f"{name:18} p50 {f['p50_ms']:.3f} ms, p99 {f['p99_ms']:.3f} ms, p99.9 {f['p999_ms']:.3f} ms",
            flush=True,
        )
    least, most = min(tails, key=tails.__getitem__), max(tails, key=tails.__getitem__)
    apart_ms = tails[most] - tails[least]
    print(f"p99.9 at most {apart_ms:.2f} ms apart ({least}, {most}); the aim is 2 ms")


if __name__ == "__main__":
    main()
