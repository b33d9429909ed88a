"""One part fails or one sensor lies on a January day: the house stays warm where it can, and says so."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace

from hw.twin.faults import DeadPart, Part, Pico, PicoFault, Thermistor, ThermistorFault
from layouts.load import load_house
from layouts.settings import Settings
from states.image import Now, Reading
from tests.atn.season import Stage, stage

START_MS = 1_769_490_000_000
TICK_MS = 30_000
BOOT_MS = 1_000_000
pytestmark = pytest.mark.slow

Lie = Callable[[dict[str, Reading], int], None]


class Winter(Stage, kw_only=True):
    """A stage that keeps what was told and how cold it got."""

    told: list[tuple[str, str]]
    lowest_f: float = 99.0


def winter(
    house: str = "orange", *, start_ms: int = START_MS, lie: Lie | None = None, **twin: float
) -> Winter:
    settings = replace(Settings(), twin=replace(Settings().twin, **twin))
    made = stage(load_house(house), settings, start_ms, TICK_MS)
    whole = Winter(**{name: getattr(made, name) for name in made.__struct_fields__}, told=[])
    whole.program.listeners.append(lambda event: whole.told.append((event.kind, event.name)))
    if lie is not None:
        rig = whole.program.parts.rig
        read = rig.read

        def lying(now: Now, posts: Any) -> Any:
            found = read(now, posts)
            readings = dict(found.readings)
            lie(readings, now.mono_ms - BOOT_MS)
            return replace(found, readings=readings)

        rig.read = lying
    return whole


def live(house: Winter, hours: float) -> None:
    for _ in range(round(hours * 4)):
        house.run(900, TICK_MS)
        house.lowest_f = min(house.lowest_f, *(r.air_c * 1.8 + 32 for r in house.world.plant.rooms))


def test_a_dead_heat_pump_is_told_within_an_hour_and_the_boiler_heats() -> None:
    house = winter("beech")
    live(house, 1)
    house.world.inject(DeadPart(Part.HEAT_PUMP))
    live(house, 1)
    assert ("fault", "hp-does-not-start") in house.told
    live(house, 14)
    assert house.lowest_f > 64.5
    assert house.world.plant.boiler_fires or house.world.plant.meters.boiler_j > 0


def test_a_dead_heat_pump_in_a_house_without_a_boiler_is_told_at_least() -> None:
    house = winter()
    live(house, 1)
    house.world.inject(DeadPart(Part.HEAT_PUMP))
    live(house, 1)
    assert ("fault", "hp-does-not-start") in house.told


@pytest.mark.parametrize("name", ["orange", "beech"])
def test_a_flow_meter_that_says_nothing_moves_does_not_cool_the_house(name: str) -> None:
    house = winter(name)
    live(house, 9)
    house.world.inject(PicoFault("primary-flow", Pico.FROZEN))
    live(house, 24)
    assert ("fault", "hp-moves-no-water") in house.told
    assert house.lowest_f > 66.5
    assert house.world.score is not None
    assert house.world.score.figures().starts < 40


def test_a_leaving_water_sensor_that_dies_hot_holds_the_heat_off_for_ten_minutes_only() -> None:
    def lie(readings: dict[str, Reading], ms: int) -> None:
        found = readings.get("hp-lwt")
        if found is not None and ms >= 600_000:
            broken = replace(found, value=None, quality="short")
            readings["hp-lwt"] = replace(found, value=89_000) if ms < 640_000 else broken

    house = winter(lie=lie)
    live(house, 12)
    assert {("fault", "hp-lwt-hot"), ("fault", "hp-lwt-short")} <= set(house.told)
    assert house.lowest_f > 66.5


def test_a_leaving_water_sensor_that_drifts_up_does_not_cool_the_house() -> None:
    house = winter()
    house.world.inject(ThermistorFault("hp-lwt", Thermistor.DRIFT, 8.0))
    live(house, 30)
    assert ("fault", "hp-lwt-hot") in house.told
    assert house.lowest_f > 66.5


def test_one_tank_sensor_that_says_boiling_holds_heat_off_only_until_a_room_is_cold() -> None:
    def lie(readings: dict[str, Reading], ms: int) -> None:
        found = readings.get("tank2-depth2-device")
        if found is not None and ms > 6 * 3_600_000:
            readings["tank2-depth2-device"] = replace(found, value=95_000 + ms // 60_000 % 7)

    house = winter(lie=lie)
    live(house, 40)
    assert {("fault", "water-too-hot"), ("fault", "heat-denied")} <= set(house.told)
    assert house.lowest_f > 64.4, "2 K"


def test_a_buffer_sensor_that_says_hot_is_not_believed_for_ever() -> None:
    dice = random.Random(3)

    def lie(readings: dict[str, Reading], ms: int) -> None:
        found = readings.get("buffer-depth1-device")
        if found is not None and ms > 2 * 3_600_000:
            readings["buffer-depth1-device"] = replace(found, value=70_000 + dice.randrange(-40, 40))

    house = winter(lie=lie)
    live(house, 30)
    assert house.lowest_f > 64.4
    assert ("fault", "hp-does-not-start") not in house.told


def test_a_boiler_without_oil_gives_way_to_the_heat_pump() -> None:
    house = winter("beech", start_ms=START_MS + 31 * 3_600_000, tank_start_f=85.0, room_start_f=66.0)
    house.world.plant.params = replace(house.world.plant.params, boiler_w=0.0)
    live(house, 14)
    assert ("transition", "BoilerGivesNoHeat") in house.told
    assert house.lowest_f > 64.0
    assert min(r.air_c * 1.8 + 32 for r in house.world.plant.rooms) > 67.0


def test_a_clock_set_back_during_a_contract_ends_it_within_a_tick() -> None:
    house = stage(load_house("orange"), Settings(), START_MS + 20 * 3_600_000, 10_000, atn=True)
    house.run(3600 + 600, 10_000)
    assert house.program.state.path.startswith("AtnControlled")
    house.atn = None
    moves: list[str] = []
    house.program.listeners.append(lambda event: moves.append(event.words))
    house.clock.step_wall(-3 * 3_600_000)
    house.run(20, 10_000)
    assert house.program.state.path.startswith("HomeAlone")
    assert "the clock was set back before its hour" in moves
