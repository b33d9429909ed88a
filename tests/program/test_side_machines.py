"""The side machines on the simulated house: what they claim really mends what was broken."""

from __future__ import annotations

from hw.twin.pico import Phase
from layouts.load import load_house
from layouts.settings import Settings
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
    made.run(140, TICK_MS)
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
