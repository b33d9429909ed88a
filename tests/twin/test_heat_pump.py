"""The heat pump of the plant, step by step."""

from __future__ import annotations

import pytest

from hw.twin.plant.heat_pump import PROFILES, STANDBY_W, HeatPump
from hw.twin.plant.params import CP_J_PER_KG_K, GPM_KG_PER_S

FLOW = 5.5 * GPM_KG_PER_S
STEP_S = 10.0


def unit(name: str = "lg_ht", delay_s: float = 0.0) -> HeatPump:
    return HeatPump(PROFILES[name], STEP_S, delay_s)


def run(
    pump: HeatPump, seconds: float, *, ewt_c: float = 40.0, oat_c: float = -5.0, flow: float = FLOW
) -> None:
    for _ in range(int(seconds / STEP_S)):
        pump.step(pump.hear(True), flow, ewt_c, oat_c)


@pytest.mark.parametrize(("oat_f", "cop"), [(0.0, 1.4), (14.0, 1.4), (30.0, 1.791), (47.0, 2.2279)])
def test_the_field_fit_has_the_published_cop(oat_f: float, cop: float) -> None:
    full_w, got = PROFILES["lg_ht"].full((oat_f - 32.0) / 1.8, 40.0, FLOW)
    assert got == pytest.approx(cop, abs=1e-6)
    assert full_w == pytest.approx(min(18_000.0, 9660.0 * cop))


@pytest.mark.parametrize(
    ("oat_c", "lwt_c", "cop", "kw"),
    [(7, 35, 4.86, 11.2), (-7, 45, 2.5, 11.0), (-15, 45, 2.1, 9.5), (2, 55, 2.5, 10.8), (-15, 55, 1.65, 9.5)],
)
def test_the_carnot_fit_passes_near_the_data_sheet(oat_c: float, lwt_c: float, cop: float, kw: float) -> None:
    ewt_c = lwt_c - kw * 1000.0 / (FLOW * CP_J_PER_KG_K)
    full_w, got = PROFILES["ecodan"].full(oat_c, ewt_c, FLOW)
    assert got == pytest.approx(cop, abs=0.15)
    assert full_w == pytest.approx(kw * 1000.0, abs=700.0)


def test_output_ramps_up_over_twelve_minutes_and_power_starts_at_35_percent() -> None:
    pump = unit()
    pump.step(pump.hear(True), FLOW, 40.0, -20.0)
    assert pump.heat_w == 0.0
    assert pump.power_w == pytest.approx(0.35 * 9660.0)
    run(pump, 360, oat_c=-20.0)
    assert pump.heat_w == pytest.approx(0.5 * 9660.0 * 1.4)
    assert pump.power_w == pytest.approx(0.675 * 9660.0)
    run(pump, 720, oat_c=-20.0)
    assert pump.heat_w == pytest.approx(13_524.0)
    assert pump.power_w == pytest.approx(9660.0)
    assert pump.lwt_c == pytest.approx(40.0 + 13_524.0 / (FLOW * CP_J_PER_KG_K))


def test_the_compressor_waits_for_the_pump_delay_and_for_flow() -> None:
    pump = unit(delay_s=120.0)
    run(pump, 120)
    assert not pump.running
    assert pump.power_w == STANDBY_W
    run(pump, 60, flow=0.0)
    assert not pump.running
    run(pump, 10)
    assert pump.running


def test_losing_flow_stops_the_compressor_at_once_and_it_ramps_anew() -> None:
    pump = unit()
    run(pump, 1800)
    run(pump, 10, flow=0.0)
    assert (pump.running, pump.heat_w, pump.power_w) == (False, 0.0, STANDBY_W)
    run(pump, 10)
    assert pump.heat_w == 0.0
    assert pump.starts == 2


def test_the_plant_enforces_neither_minimum_run_nor_minimum_rest() -> None:
    pump = unit()
    for call in (True, False) * 10:
        pump.step(pump.hear(call), FLOW, 40.0, -5.0)
        assert pump.running is call
    assert pump.starts == 10


def test_water_too_hot_to_enter_trips_it_until_it_has_cooled_by_five_kelvin() -> None:
    pump = unit()
    limit_c = (166.0 - 32.0) / 1.8
    run(pump, 900, ewt_c=limit_c - 0.1)
    assert pump.running
    run(pump, 10, ewt_c=limit_c + 0.1)
    assert (pump.running, pump.tripped) == (False, True)
    run(pump, 10, ewt_c=limit_c - 4.9)
    assert pump.tripped
    run(pump, 10, ewt_c=limit_c - 5.1)
    assert (pump.running, pump.tripped) == (True, False)


def test_a_trip_is_forgotten_with_the_call() -> None:
    pump = unit()
    run(pump, 600, ewt_c=80.0)
    assert pump.tripped
    pump.step(pump.hear(False), FLOW, 73.0, -5.0)
    run(pump, 10, ewt_c=73.0)
    assert (pump.running, pump.tripped) == (True, False)


def test_leaving_water_never_passes_the_limit_and_power_falls_with_output() -> None:
    pump = unit("ecodan")
    run(pump, 1800, ewt_c=50.0, oat_c=8.0)
    full_w, full_heat_w = pump.power_w, pump.heat_w
    run(pump, 10, ewt_c=55.0, oat_c=8.0)
    assert pump.lwt_c == pytest.approx(60.0)
    assert pump.heat_w < full_heat_w
    assert pump.power_w < full_w
    run(pump, 10, ewt_c=59.0, oat_c=8.0)
    assert pump.tripped


def test_defrost_comes_every_fifty_minutes_of_running_in_frost_weather() -> None:
    pump = unit("ecodan")
    seen = []
    for second in range(0, 2 * 3600, 10):
        run(pump, 10, ewt_c=35.0, oat_c=0.0)
        if pump.heat_w < 0.0:
            seen.append(second)
    assert seen[0] == 3000
    assert len(seen) == 60
    assert seen[30] == 3000 + 300 + 3000
    full_w, cop = pump.profile.full(0.0, 35.0, FLOW)
    while pump.heat_w > 0.0:
        run(pump, 10, ewt_c=35.0, oat_c=0.0)
    assert pump.defrosting
    assert pump.heat_w == pytest.approx(-0.25 * full_w)
    assert pump.power_w == pytest.approx(0.4 * full_w / cop)


@pytest.mark.parametrize(("name", "oat_c"), [("ecodan", 6.0), ("ecodan", -13.0), ("lg_ht", 0.0)])
def test_no_defrost_outside_frost_weather_or_where_the_fit_holds_it(name: str, oat_c: float) -> None:
    pump = unit(name)
    run(pump, 600, ewt_c=35.0, oat_c=oat_c)
    for _ in range(1200):
        run(pump, 10, ewt_c=35.0, oat_c=oat_c)
        assert pump.heat_w > 0.0


def test_a_dead_unit_hears_no_call() -> None:
    pump = unit()
    pump.dead = True
    run(pump, 600)
    assert not pump.running
    assert pump.starts == 0
