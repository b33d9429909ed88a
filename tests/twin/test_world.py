"""The simulated house whole: time, occupants, faults, truth, determinism."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from hw.twin.faults import DeadPart, Part
from hw.twin.world import SensorNoise, World
from layouts.load import load_house
from tests.twin.house import HandClock, Steady, energise, listen, settings, world

STORY = """
from tests.twin.house import energise, listen, world
from hw.twin.world import SensorNoise
house, clock = world("beech", noise=SensorNoise())
heard = listen(house, clock, 120)
energise(house, 5, 3, 19)
heard += listen(house, clock, 1800)
house.i2c.write(0x4B, bytes.fromhex("01c183")); clock.forward(10); house.i2c.write(0x4B, b"\\0")
print(heard, house.truth(), house.i2c.read(0x4B, 2))
"""


def four_hours(looks_s: int) -> str:
    """The truth after four hours in which relays, volts and a thermostat moved at odd moments.

    Somebody looks every `looks_s`, and nobody looks because something moved.
    """
    house, clock = world(weather=Steady(5.0))
    moves = {
        1: lambda: energise(house, 5),
        3_607: lambda: house.set_setpoint("zone1-main", 71.0),
        7_203: lambda: energise(house, 5, 3),
        9_991: lambda: house.i2c.write(0x5E, bytes.fromhex("04f03f")),
    }
    end_s = 4 * 3600
    for stop_s in sorted({*range(0, end_s, looks_s), *moves, end_s}):
        clock.forward(stop_s * 1000 - clock.mono_ms)
        if stop_s in moves:
            moves[stop_s]()
        else:
            house.advance(clock.mono_ms)
    return repr(house.truth())


def test_the_house_does_not_care_how_often_anybody_looks() -> None:
    assert four_hours(1) == four_hours(7) == four_hours(10) == four_hours(60) == four_hours(4 * 3600)


def test_advancing_into_the_past_does_nothing() -> None:
    house, clock = world()
    house.advance(clock.forward(60_000).mono_ms)
    truth = house.truth()
    house.advance(0)
    assert house.truth() == truth
    assert truth.mono_ms == 60_000


def test_the_house_begins_at_the_present_of_its_clock() -> None:
    clock = HandClock(mono_ms=123_456_789)
    house, _ = world(clock=clock)
    assert house.truth().mono_ms == 123_456_789
    house.advance(clock.forward(25_000).mono_ms)
    assert house.truth().mono_ms == 123_456_789 + 20_000
    assert house.truth().wall_ms == clock.wall_ms - 5_000


def test_the_truth_names_every_tank_zone_pipe_flow_power_and_module() -> None:
    house, clock = world("beech")
    listen(house, clock, 60)
    truth, layout = house.truth(), house.house
    assert [tank.name for tank in truth.tanks] == [tank.name for tank in layout.tanks]
    assert all(len(tank.nodes_f) == 6 for tank in truth.tanks)
    assert [zone.node for zone in truth.zones] == [zone.node for zone in layout.zones]
    assert {register.channel for register in layout.meter.registers} <= set(truth.powers_w)
    assert {flow.node for flow in layout.flows} <= set(truth.flows_gpm)
    assert {t.channel for t in layout.pipes.thermistors} <= {*truth.pipes_f, "oat"}
    assert set(truth.modules) == {m.name for m in layout.tanks} | {f.node for f in layout.flows}
    assert truth.tanks[1].depths_f[0] == pytest.approx(115.0, abs=0.2)
    assert truth.zones[0].setpoint_f == pytest.approx(68.0)


def test_an_occupant_turns_the_thermostat_and_the_house_heats() -> None:
    house, clock = world(weather=Steady(30.0))
    house.set_setpoint("zone1-main", 72.0)
    house.advance(clock.forward(600_000).mono_ms)
    zone = house.truth().zones[0]
    assert (round(zone.setpoint_f, 6), zone.heating, zone.called) == (72.0, True, True)
    assert house.truth().flows_gpm["dist-flow"] == pytest.approx(3.5, rel=2e-3)
    with pytest.raises(ValueError, match="zone1-main"):
        house.set_setpoint("attic", 60.0)


@pytest.mark.parametrize(
    ("part", "relays", "flow"),
    [
        (Part.STORE_PUMP, (5, 6, 9), "store-flow"),
        (Part.PRIMARY_PUMP, (5,), "primary-flow"),
        (Part.DIST_PUMP, (5, 6, 17, 18), "dist-flow"),
    ],
)
def test_a_dead_pump_moves_nothing_until_it_is_healed(part: Part, relays: tuple[int, ...], flow: str) -> None:
    house, clock = world()
    number = house.inject(DeadPart(part))
    energise(house, *relays)
    house.advance(clock.forward(300_000).mono_ms)
    assert house.truth().flows_gpm[flow] == 0.0
    house.heal(number)
    house.advance(clock.forward(300_000).mono_ms)
    assert house.truth().flows_gpm[flow] > 3.0


def test_a_dead_heat_pump_hears_no_call_until_it_is_healed() -> None:
    house, clock = world()
    number = house.inject(DeadPart(Part.HEAT_PUMP))
    energise(house, 5)
    house.advance(clock.forward(600_000).mono_ms)
    assert (house.truth().heat_pump, house.truth().compressor_starts) == ("called", 0)
    house.heal(number)
    house.heal(number)
    house.advance(clock.forward(600_000).mono_ms)
    assert (house.truth().heat_pump, house.truth().compressor_starts) == ("running", 1)


def test_relay_6_at_rest_calls_and_both_energised_do_not() -> None:
    house, clock = world()
    for relays, called in (((5,), True), ((5, 6), False), ((), True)):
        energise(house, *relays)
        house.advance(clock.forward(60_000).mono_ms)
        assert house.plant.hp_called is called


def test_the_dead_controller_of_a_house_with_a_boiler_burns_oil() -> None:
    house, clock = world("beech", boiler=True)
    house.advance(clock.forward(3_600_000).mono_ms)
    assert (house.plant.meters.boiler_j > 0.0, house.truth().compressor_starts) == (True, 0)
    house, clock = world("beech", boiler=False)
    house.advance(clock.forward(3_600_000).mono_ms)
    assert (house.plant.meters.boiler_j > 0.0, house.truth().compressor_starts) == (False, 1)


def test_the_plant_feels_a_coil_at_its_next_step() -> None:
    house, clock = world()
    house.advance(clock.forward(11_000).mono_ms)
    energise(house, 5, 6, 9)
    house.advance(clock.forward(8_900).mono_ms)
    assert house.truth().flows_gpm["store-flow"] == 0.0
    house.advance(clock.forward(100).mono_ms)
    assert house.truth().flows_gpm["store-flow"] == pytest.approx(4.5, rel=1e-3)


def test_a_house_it_cannot_simulate_is_refused_with_a_sentence() -> None:
    house, clock = load_house("orange"), HandClock()
    with pytest.raises(ValueError, match="'steam' is none of lg_ht, ecodan"):
        World(house, settings("steam"), Steady(20.0), clock)


def test_noise_is_small_seeded_and_absent_when_asked() -> None:
    def reading(seed: int, noise: SensorNoise) -> list[float]:
        house, _ = world(site=settings(seed=seed), noise=noise)
        return [house.pipes.volts(1) for _ in range(50)]

    quiet = reading(1, SensorNoise(pipe_v=0.0))
    noisy = reading(1, SensorNoise())
    assert len(set(quiet)) == 1
    assert max(abs(a - b) for a, b in zip(quiet, noisy, strict=True)) <= 0.0004
    assert len(set(noisy)) == 50
    assert noisy == reading(1, SensorNoise())
    assert noisy != reading(2, SensorNoise())


def test_two_processes_with_other_hash_seeds_and_zones_tell_the_same_story() -> None:
    def told(hash_seed: str, zone: str) -> str:
        run = subprocess.run(
            [sys.executable, "-c", STORY],
            capture_output=True,
            text=True,
            check=True,
            cwd=Path(__file__).parents[2],
            env={**os.environ, "PYTHONHASHSEED": hash_seed, "TZ": zone},
        )
        return run.stdout

    first = told("1", "UTC")
    assert first == told("4711", "Asia/Tokyo")
    assert len(first) > 10_000
