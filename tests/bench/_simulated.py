"""The cases of the bench `devices` without servers: simulated boards, meter, modules, one dead at a time."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from msgspec.structs import replace

from hw.clock import VirtualClock
from hw.twin.faults import Bus, BusFault, Fault, Meter, MeterFault, Pico, PicoFault, Probe, ProbeFault
from layouts.load import load_house
from layouts.model import House
from layouts.settings import Gpio, HubAccess, Settings
from scada import Scada
from tests.bench.devices import Cost, measure
from tests.bench.tick import START_MS, live
from tests.layouts.devices import load, with_probes
from tests.program.house import program
from tests.program.two import Two

WARM_UP = 300
GPIO = Gpio(enabled=True, heartbeat_pin=17, light_pin=27, switch_pin=22)
SLOW_US = 1_000


def boards_of(house: House) -> tuple[int, ...]:
    """Addresses of every I2C board."""
    return (*house.relay_boards, *house.dac_boards, *house.pipes.addresses)


def modules_of(house: House) -> list[str]:
    """Everybody who posts and hangs on this computer."""
    share = [t.name for t in house.tanks] + [f.node for f in house.flows] + [b.node for b in house.btus]
    return [node for node in (*share, house.hub.node) if node not in house.second_nodes]


def cases(house: House) -> dict[str, tuple[Fault, ...]]:
    """Name of a case -> what ails in it."""
    dead: dict[str, Fault] = {f"I2C 0x{a:02x} NACK": BusFault(Bus.NACK, a) for a in boards_of(house)}
    dead["meter hung"] = MeterFault(Meter.HUNG)
    dead |= {f"{actor} silent": PicoFault(actor, Pico.SILENT) for actor in modules_of(house)}
    dead |= {f"probe {p.channel} missing": ProbeFault(p.channel, Probe.MISSING) for p in house.probes}
    relay, adc = house.relay_boards[0], house.pipes.addresses[0]
    return {
        "healthy": (),
        **{name: (fault,) for name, fault in dead.items()},
        "all dead": tuple(dead.values()),
        "I2C every fifth NACK": (BusFault(Bus.NACK, None, hits=1, of=5),),
        "I2C relay board slow": (BusFault(Bus.SLOW, relay, slow_us=SLOW_US),),
        "I2C ADC slow": (BusFault(Bus.SLOW, adc, slow_us=SLOW_US),),
        "I2C short reads": (BusFault(Bus.SHORT_READ),),
        "I2C bus stuck": (BusFault(Bus.STUCK),),
        "meter garbage": (MeterFault(Meter.GARBAGE),),
        "all modules garbage": tuple(PicoFault(actor, Pico.GARBAGE) for actor in modules_of(house)),
    }


def measured(
    group: str, make: Callable[[VirtualClock], Scada], faults: dict[str, tuple[Fault, ...]], ticks: int
) -> Iterator[Cost]:
    """A program of its own for each case."""
    for case, ill in faults.items():
        clock = VirtualClock(START_MS, 1_000_000)
        scada = make(clock)
        live(scada, clock, WARM_UP)
        for fault in ill:
            scada.parts.ports.world.inject(fault)
        live(scada, clock, WARM_UP)
        yield measure(group, case, scada, ticks, partial(clock.advance, 100))


def beech(ticks: int) -> Iterator[Cost]:
    """Beech with 1-wire probes, pins, gauges and a hub that may be asked."""
    with tempfile.TemporaryDirectory() as folder:
        house = load(with_probes(), Path(folder))
        token = Path(folder) / "token"
        token.touch(0o600)
        token.write_text("0f8e-s3cret", encoding="utf-8")
        site = replace(Settings(), gpio=GPIO, hub=HubAccess(token_file=str(token), poll_s=60))

        def make(clock: VirtualClock) -> Scada:
            return program(clock, str(Path(folder) / "elm.toml"), tick_ms=100, settings=site)

        yield from measured("beech", make, cases(house), ticks)
        yield from (_dead_part(make, name, ticks) for name in ("pin header dead", "gauges dead"))


def _dead_part(make: Callable[[VirtualClock], Scada], name: str, ticks: int) -> Cost:
    clock = VirtualClock(START_MS, 1_000_000)
    scada = make(clock)
    live(scada, clock, WARM_UP)
    others = scada.parts.ports.others
    if name == "gauges dead":
        others.gauges.values.clear()  # type: ignore[union-attr]
    else:
        others.header.fault = "Input/output error"  # type: ignore[union-attr]
    live(scada, clock, WARM_UP)
    return measure("beech", name, scada, ticks, partial(clock.advance, 100))


def maple(ticks: int) -> Iterator[Cost]:
    """The Siegenthaler manifold: heat meters, the loop's flow; its second computer is not there."""
    make = partial(program, house="maple", tick_ms=100)
    yield from measured("maple", make, cases(load_house("maple")), ticks)


def second(ticks: int) -> Iterator[Cost]:
    """Two computers of one house: the primary is measured."""
    for case in ("healthy", "second computer dead"):
        two = Two(tick_ms=100)
        two.run(WARM_UP / 10)
        primary = two.primary
        assert primary is not None
        if case != "healthy":
            two.kill("secondary")
            two.run(WARM_UP / 10)

        def step(two: Two = two) -> None:
            now = two.clock.advance(100)
            two.desks.sort(now)
            if two.second is not None:
                two.second.tick()
            two.ltn.step(now)

        yield measure("second", case, primary, ticks, step)


def groups() -> list[tuple[str, Callable[[int], Iterator[Cost]]]]:
    """Name -> measurements, one by one."""
    return [
        ("beech with probes, pins, gauges and hub, simulated", beech),
        ("maple, simulated", maple),
        ("a second computer, simulated", second),
    ]
