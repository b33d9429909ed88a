"""Heartbeat, light and home switch on the whole program: who ends whose control, and what falls when."""

from __future__ import annotations

from msgspec.structs import replace

from hw.clock import VirtualClock
from hw.twin.header import HOLD_MS, TwinHeader
from layouts.settings import Gpio, Settings
from scada import Scada
from tests.program.house import program
from tests.program.test_admin import MORNING_MS, TICK_MS, Person

BEAT, LIGHT, SWITCH = 17, 27, 22
WIRED = Gpio(enabled=True, heartbeat_pin=BEAT, light_pin=LIGHT, switch_pin=SWITCH)


def header_of(scada: Scada) -> TwinHeader:
    header = scada.parts.ports.world.header
    assert isinstance(header, TwinHeader)
    return header


def started(clock: VirtualClock) -> Scada:
    return program(clock, tick_ms=TICK_MS, settings=replace(Settings(), gpio=WIRED))


def run(scada: Scada, clock: VirtualClock, seconds: float) -> None:
    for _ in range(round(seconds * 1000 / TICK_MS)):
        clock.advance(TICK_MS)
        scada.tick()


def test_the_switch_takes_the_house_from_a_person_and_gives_it_back() -> None:
    person = Person(gpio=WIRED)
    header = header_of(person.scada)
    told: list[str] = []
    person.scada.listeners.append(lambda event: told.append(f"{event.name}: {event.words}"))
    person.move("relay2", "change.relay.state", "OpenRelay")
    person.run(3)
    assert (person.path, person.readback("relay2")) == ("Dormant.Admin", 1)
    header.turn(SWITCH, True)
    person.run(3)
    assert person.path.startswith("HomeAlone.")
    assert person.readback("relay2") == 0
    person.move("relay2", "change.relay.state", "OpenRelay")
    person.run(3)
    assert person.path.startswith("HomeAlone.")
    assert person.readback("relay2") == 0
    header.turn(SWITCH, False)
    person.run(3)
    person.move("relay2", "change.relay.state", "OpenRelay")
    person.run(3)
    assert person.path == "Dormant.Admin"
    assert [line for line in told if line.startswith("local-switch")] == [
        "local-switch: home",
        "local-switch: back to automatic",
    ]


def test_the_switch_outranks_the_atn() -> None:
    person = Person(gpio=WIRED)
    header_of(person.scada).turn(SWITCH, True)
    person.run(1)
    person.offer()
    person.run(5)
    assert person.path.startswith("HomeAlone.")
    answers = person.words("slow.contract.heartbeat", person.atn_heard)
    assert [(a.status, a.cause) for a in answers] == [
        ("TerminatedByScada", "Refused: the local switch is on: the house runs itself")
    ]


def test_every_good_tick_beats_and_a_broken_one_does_not() -> None:
    clock = VirtualClock(MORNING_MS, 1_000_000)
    scada = started(clock)
    run(scada, clock, 2)
    header = header_of(scada)
    assert header.edges[BEAT] == 20
    assert scada.parts.rig.counters["heartbeats"] == 20
    read, scada.parts.rig.read = scada.parts.rig.read, None  # type: ignore[assignment, method-assign]
    run(scada, clock, 0.3)
    assert (header.edges[BEAT], scada.failures.ticks) == (20, 3)
    scada.parts.rig.read = read  # type: ignore[method-assign]
    run(scada, clock, 0.1)
    assert header.edges[BEAT] == 21
    assert scada.parts.rig.devices()["pin header"].ok


def test_when_the_loop_stops_the_relays_fall_though_their_board_still_holds_them() -> None:
    clock = VirtualClock(MORNING_MS, 1_000_000)
    scada = started(clock)
    run(scada, clock, 120)
    world = scada.parts.ports.world
    latched = world.relays.coils
    assert latched
    assert world.relays.contacts == latched
    clock.advance(HOLD_MS + 20_000)
    world.advance(clock.now().mono_ms)
    assert world.relays.coils == latched
    assert world.relays.contacts == frozenset()
    assert world._contacts == world._wiring.contacts(frozenset(), world.outputs.volts), "the plant feels it"
    run(scada, clock, 0.2)
    world.advance(clock.now().mono_ms + 20_000)
    assert world.relays.contacts == world.relays.coils


def test_a_good_stop_lets_go_of_the_lines() -> None:
    clock = VirtualClock(MORNING_MS, 1_000_000)
    scada = started(clock)
    run(scada, clock, 1)
    scada.stop("for a test")
    assert header_of(scada).directions == {}


def test_without_gpio_there_are_no_pins() -> None:
    clock = VirtualClock(MORNING_MS, 1_000_000)
    scada = program(clock)
    run(scada, clock, 1)
    assert scada.parts.rig.pins is None
    assert header_of(scada).edges == {}
    assert header_of(scada).supplied
