"""The plant as a whole: energy, hydraulics, the calls."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import pytest

from hw.twin.plant.contacts import Contacts
from hw.twin.plant.heat_pump import PROFILES
from hw.twin.plant.params import GPM_KG_PER_S, PlantParams, zone_params
from hw.twin.plant.plant import Plant
from tests.twin.house import contacts

HEAT = contacts(hp_by_scada=True)
IDLE = contacts(hp_by_scada=True, hp_ops_closed=False)


def plant(
    profile: str = "lg_ht", *, boiler: bool = False, tank_c: float = 46.0, room_c: float = 20.0
) -> Plant:
    params = PlantParams(zones=zone_params(1), store_tanks=3, boiler=boiler)
    return Plant(params, PROFILES[profile], tank_c, room_c, 20.0)


def live(house: Plant, asks: Contacts, seconds: int, oat_c: float = -5.0) -> None:
    for _ in range(seconds // 10):
        house.step(asks, oat_c)


def a_hard_day() -> Iterator[tuple[Contacts, float]]:
    """Charging, discharging, both pumps, circulation without heat, calls cut, wild weather; 8640 steps."""
    acts = (
        contacts(hp_by_scada=True, charge=True),
        contacts(hp_by_scada=True, store_pump=True),
        contacts(hp_by_scada=True, hp_ops_closed=False, store_pump=True, store_speed=1.6),
        contacts(hp_by_scada=True, hp_ops_closed=False, primary_by_scada=True, primary_on=True, charge=True),
        contacts(hp_by_scada=True, charge=True, store_pump=True, zones_by_scada=(True,), zones_call=(True,)),
        contacts(aquastat_to_hp=True, primary_speed=0.4),
        contacts(stats_connected=False),
        contacts(),
    )
    for i in range(8640):
        yield acts[i // 37 % len(acts)], -8.0 + 12.0 * ((i // 500) % 3 - 1)


@pytest.mark.parametrize(("profile", "boiler"), [("lg_ht", False), ("ecodan", False), ("ecodan", True)])
def test_stored_heat_agrees_with_the_boundary_meters_over_a_hard_day(profile: str, boiler: bool) -> None:
    house = plant(profile, boiler=boiler, tank_c=40.0)
    stored_j, crossed_j = house.stored_j, house.crossed_j
    defrosts = inversions = 0
    for asks, oat_c in a_hard_day():
        house.step(asks, oat_c)
        defrosts += house.heat_pump.heat_w < 0.0
        inversions += house.buffer.temps[0] == house.buffer.temps[1]
    gap_j = (house.stored_j - stored_j) - (house.crossed_j - crossed_j)
    put_in_j = house.meters.heat_pump_j + house.meters.boiler_j
    assert put_in_j > 50 * 3.6e6
    assert abs(gap_j) / put_in_j < 1e-9
    assert inversions > 0
    assert (defrosts > 0) == (profile == "ecodan")
    assert (house.meters.boiler_j > 0.0) == boiler


def test_two_runs_are_identical_to_the_last_bit() -> None:
    a, b = plant("ecodan"), plant("ecodan")
    for asks, oat_c in a_hard_day():
        a.step(asks, oat_c)
        b.step(asks, oat_c)
    assert a.buffer.temps == b.buffer.temps
    assert [tank.temps for tank in a.store] == [tank.temps for tank in b.store]
    assert (a.stored_j.hex(), a.meters.electric_j.hex()) == (b.stored_j.hex(), b.meters.electric_j.hex())


def test_charging_heats_the_store_from_tank_one_down_and_leaves_the_buffer_out() -> None:
    house = plant()
    house.rooms[0].air_c = 25.0
    buffer = list(house.buffer.temps)
    live(house, msgspec.structs.replace(HEAT, charge=True), 1800)
    first, _, last = (tank.temps for tank in house.store)
    assert first[0] > last[0] + 3.0
    assert last == pytest.approx([46.0] * 6, abs=0.3)
    assert house.buffer.temps == pytest.approx(buffer, abs=0.6)
    assert house.store_kg_s == pytest.approx(5.5 * GPM_KG_PER_S)


def test_discharging_takes_from_tank_one_and_cools_the_last_tank_from_below() -> None:
    house = plant(tank_c=40.0)
    for tank in house.store:
        tank.temps = [70.0] * 6
    live(house, msgspec.structs.replace(IDLE, store_pump=True), 1200)
    assert house.buffer.temps[0] > 65.0
    assert house.store[-1].temps[-1] < 50.0
    assert house.store[0].temps[0] > 69.0
    assert house.store_kg_s == pytest.approx(4.5 * GPM_KG_PER_S)


def test_the_charge_valve_takes_thirty_seconds_and_shares_the_flow_on_its_way() -> None:
    house = plant()
    live(house, HEAT, 600)
    positions = []
    for _ in range(4):
        house.step(msgspec.structs.replace(HEAT, charge=True), 0.0)
        positions.append((round(house.valve, 6), round(house.store_kg_s / house.primary_kg_s, 6)))
    assert [p for p, _ in positions] == [0.333333, 0.666667, 1.0, 1.0]
    assert [s for _, s in positions] == [0.333333, 0.666667, 1.0, 1.0]


def test_in_the_charge_position_the_store_pump_deadheads() -> None:
    house = plant()
    live(house, msgspec.structs.replace(IDLE, charge=True, store_pump=True), 120)
    assert house.store_kg_s == 0.0
    assert house.powers.store_pump_w == house.params.store_pump_w > 0.0


def test_the_distribution_draws_from_the_buffer_whatever_the_valve_does() -> None:
    house = plant(room_c=18.0, tank_c=50.0)
    live(house, msgspec.structs.replace(HEAT, charge=True), 600)
    assert house.dist_kg_s == pytest.approx(3.5 * GPM_KG_PER_S)
    assert house.buffer.temps[-1] < 49.0


def test_the_zone_valve_opens_forty_seconds_after_the_call() -> None:
    house = plant(room_c=18.0)
    flows = []
    for _ in range(6):
        house.step(IDLE, 0.0)
        flows.append(house.dist_kg_s > 0.0)
    assert flows == [False, False, False, False, True, True]
    assert house.powers.dist_pump_w == 25.0


@pytest.mark.parametrize(
    ("asks", "boiler", "hp", "fires"),
    [
        ({}, False, True, False),
        ({}, True, False, True),
        ({"aquastat_to_hp": True}, True, True, False),
        ({"aquastat_to_hp": True}, False, True, False),
        ({"hp_ops_closed": False}, False, True, False),
        ({"hp_by_scada": True}, False, True, False),
        ({"hp_by_scada": True, "hp_ops_closed": False}, False, False, False),
        ({"hp_by_scada": True, "hp_ops_closed": False}, True, False, True),
        ({"hp_by_scada": True, "aquastat_to_hp": True, "hp_ops_closed": False}, True, False, False),
    ],
)
def test_who_calls_heat_pump_and_boiler_from_a_cold_tank(
    asks: dict[str, bool], boiler: bool, hp: bool, fires: bool
) -> None:
    house = plant(boiler=boiler, tank_c=40.0)
    house.step(contacts(**asks), -5.0)
    assert (house.hp_called, house.boiler_fires) == (hp, fires)


def test_only_the_scada_call_reaches_the_heat_pump_of_a_hot_tank() -> None:
    house = plant(tank_c=65.0)
    house.step(contacts(), -5.0)
    assert house.hp_called is False
    house.step(HEAT, -5.0)
    assert house.hp_called is True


def test_the_aquastat_switches_at_130_and_140_f_at_the_middle_sensor() -> None:
    house = plant()
    answers = []
    for temp_f in (135.0, 129.9, 135.0, 139.9, 140.1, 131.0):
        house.buffer.temps = [(temp_f - 32.0) / 1.8] * 6
        house.step(contacts(stats_connected=False), -5.0)
        answers.append(house.aquastat)
    assert answers == [False, True, True, True, False, False]


@pytest.mark.parametrize(("oat_c", "on_f"), [(-30.0, 120.0), (-20.0, 120.0), (0.0, 93.7), (15.0, 80.6)])
def test_the_ecodan_tank_follows_the_weather_up_to_120_f(oat_c: float, on_f: float) -> None:
    on_c, off_c = PROFILES["ecodan"].aquastat_c(oat_c)
    assert on_c * 1.8 + 32.0 == pytest.approx(on_f, abs=0.1)
    assert (off_c - on_c) * 1.8 == pytest.approx(10.0)


def test_the_unit_runs_its_own_pump_unless_relay_12_hands_it_to_the_scada() -> None:
    house = plant()
    flows = []
    for _ in range(14):
        house.step(HEAT, -5.0)
        flows.append(house.primary_kg_s > 0.0)
    assert flows.index(True) == 12
    by_scada = msgspec.structs.replace(HEAT, primary_by_scada=True)
    house.step(by_scada, -5.0)
    assert (house.primary_kg_s, house.heat_pump.running) == (0.0, False)
    house.step(msgspec.structs.replace(by_scada, primary_on=True), -5.0)
    assert house.heat_pump.running


def test_a_pump_at_half_volts_moves_half_the_water_and_at_zero_none() -> None:
    house = plant()
    for speed, gpm in ((1.0, 5.5), (0.5, 2.75), (0.0, 0.0)):
        live(house, msgspec.structs.replace(HEAT, primary_speed=speed), 200)
        assert house.primary_kg_s == pytest.approx(gpm * GPM_KG_PER_S)
    assert house.heat_pump.running is False


def test_the_boiler_warms_the_buffer_and_stops_with_the_aquastat() -> None:
    house = plant(boiler=True, tank_c=40.0, room_c=21.0)
    live(house, contacts(), 3600, oat_c=5.0)
    assert house.boiler_fires is False
    assert house.buffer.sensor_c(2) > (135.0 - 32.0) / 1.8
    assert house.meters.heat_pump_j == 0.0


def test_cutting_the_common_wire_silences_every_wall_thermostat() -> None:
    house = plant(room_c=17.0)
    live(house, contacts(stats_connected=False), 600)
    assert house.dist_kg_s == 0.0
    assert house.rooms[0].heating is True


def test_the_scada_can_call_a_warm_zone_and_withhold_a_cold_one() -> None:
    warm, cold = plant(room_c=22.0), plant(room_c=17.0)
    live(warm, contacts(zones_by_scada=(True,), zones_call=(True,)), 120)
    live(cold, contacts(zones_by_scada=(True,), zones_call=(False,)), 120)
    assert warm.dist_kg_s > 0.0
    assert cold.dist_kg_s == 0.0


def test_sixty_percent_of_the_power_is_the_outdoor_unit() -> None:
    house = plant()
    live(house, HEAT, 1200, oat_c=-20.0)
    assert house.powers.odu_w == pytest.approx(0.6 * 9660.0)
    assert house.powers.idu_w == pytest.approx(0.4 * 9660.0)
    assert house.powers.total_w == pytest.approx(9660.0 + 90.0 + house.powers.dist_pump_w)


def test_pipe_sensors_follow_moving_water_and_cool_slowly_when_it_stands() -> None:
    house = plant(tank_c=50.0, room_c=25.0)
    live(house, HEAT, 1500, oat_c=0.0)
    lwt_c, ewt_c = house.pipes.temps[2], house.pipes.temps[3]
    assert lwt_c == pytest.approx(house.heat_pump.lwt_c, abs=0.3)
    assert ewt_c == pytest.approx(house.ewt_c, abs=0.3)
    live(house, IDLE, 600, oat_c=0.0)
    assert lwt_c - 12.0 < house.pipes.temps[2] < lwt_c - 5.0
