"""The side machines on the simulated house: what they claim really mends what was broken."""

from __future__ import annotations

from hw.twin.pico import Phase
from layouts.load import load_house
from layouts.settings import Settings
from proto.wire import decode
from proto.wire.readings import ReportEvent
from tests.atn.atn import BIG
from tests.atn.season import Stage, stage

START_MS = 1_769_530_000_000
TICK_MS = 1_000


def on_stage() -> Stage:
    made = stage(load_house("orange"), Settings(), START_MS, TICK_MS)
    made.run(600, TICK_MS)
    return made


def age_s(made: Stage, channel: str) -> float:
    image = made.program.last[0]
    return float(image.now.mono_ms - image.readings[channel].mono_ms) / 1000


def test_a_hung_module_is_woken_by_one_cycle_of_the_sensor_power() -> None:
    made = on_stage()
    cycles: list[int] = []
    made.program.listeners.append(lambda e: cycles.append(e.mono_ms) if e.name == "pico-cycler" else None)
    module = next(m for m in made.world.devices.modules if m.actor == "tank2")
    module.phase = Phase.HUNG
    made.run(90, TICK_MS)
    assert age_s(made, "tank2-depth1-device") > 130
    assert cycles == []
    made.run(200, TICK_MS)
    assert module.phase is Phase.RUNNING
    assert age_s(made, "tank2-depth1-device") < 61
    assert len(cycles) == 1
    made.run(1200, TICK_MS)
    assert len(cycles) == 1
    assert made.program.state.pico.state == "PicosLive"
    assert 1 not in made.world.relays.contacts


def test_a_module_that_was_overwritten_does_not_shake_the_others_for_ever() -> None:
    made = on_stage()
    module = next(m for m in made.world.devices.modules if m.actor == "tank2")
    module.phase = Phase.REPLACED
    cycles: list[int] = []
    made.program.listeners.append(lambda e: cycles.append(e.mono_ms) if e.name == "pico-cycler" else None)
    made.run(6 * 3600, 10_000)
    assert 3 <= len(cycles) <= 6
    assert all(age_s(made, f"tank{n}-depth1-device") < 130 for n in (1, 3))


def test_the_cycle_is_told_on_the_wire() -> None:
    made = stage(load_house("orange"), Settings(), START_MS, TICK_MS, atn=True)
    assert made.atn is not None
    ear = made.broker.pipe(made.atn.subscription)
    told: list[str] = []

    def hear(seconds: int) -> None:
        for _ in range(seconds):
            made.run(1, TICK_MS)
            ear.step(made.clock.now().net_ms)
            for delivery in ear.poll(50):
                payload = decode(delivery.topic, delivery.payload, BIG).payload
                if isinstance(payload, ReportEvent):
                    told.extend(
                        state
                        for machine in payload.report.state_list
                        if machine.machine_handle == "auto.pico-cycler"
                        for state in machine.state_list
                    )

    hear(600)
    next(m for m in made.world.devices.modules if m.actor == "tank2").phase = Phase.HUNG
    hear(900)
    cycle = ["RelayOpening", "RelayOpen", "RelayClosing", "PicosRebooting"]
    assert [state for state in told if state != "PicosLive"] == cycle
    assert told[0] == told[-1] == "PicosLive"
