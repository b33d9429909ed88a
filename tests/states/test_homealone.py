"""HomeAlone by decision table: where the machine stands, what the house reads, where it goes and why."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from layouts.settings import Site
from tests.states.bench import ZONE, Bench

N = "HomeAlone.Normal."


def wall(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=ZONE).timestamp())


NOON = wall("2026-01-27 12:30")
PEAK = wall("2026-01-27 08:30")
NIGHT = wall("2026-01-27 22:00")
LATE = wall("2026-01-27 15:50")

# RSWT of the shipped model at 20 °F outdoors is 104.1 °F, so the buffer is empty below 104.1 - 5 = 99.1 °F
# and, heated, full above 99.1 + 15 = 114.1 °F; the store must hold 13.6 kWh at 12:30; MaxEwtF is 170 °F.
ROWS: list[tuple[str, int, str, dict[str, Any], str]] = [
    # on-peak
    ("on-peak, buffer hot", PEAK, "HpOffStoreOff", {}, "HpOffStoreOff"),
    ("on-peak, buffer top cold", PEAK, "HpOffStoreOff", {"buffer": (99.0, 90, 80)}, "HpOffStoreDischarge"),
    ("top at the limit is not empty", PEAK, "HpOffStoreOff", {"buffer": (99.2, 90, 80)}, "HpOffStoreOff"),
    (
        "store colder than the buffer: stay",
        PEAK,
        "HpOffStoreOff",
        {"buffer": (99, 90, 80), "store": 93.0},
        "HpOffStoreOff",
    ),
    (
        "buffer bottom hot ends discharge",
        PEAK,
        "HpOffStoreDischarge",
        {"buffer": (120, 110, 105)},
        "HpOffStoreOff",
    ),
    ("still filling", PEAK, "HpOffStoreDischarge", {"buffer": (120, 110, 99)}, "HpOffStoreDischarge"),
    (
        "store gone colder ends discharge",
        PEAK,
        "HpOffStoreDischarge",
        {"buffer": (103, 98, 95), "store": 97.0},
        "HpOffStoreOff",
    ),
    ("the peak turns the heat pump off", PEAK, "HpOnStoreOff", {"buffer": (90, 80, 80)}, "HpOffStoreOff"),
    ("the peak ends charging", PEAK, "HpOnStoreCharge", {}, "HpOffStoreOff"),
    # off-peak
    (
        "the peak's end ends discharge",
        NOON,
        "HpOffStoreDischarge",
        {"buffer": (120, 90, 80)},
        "HpOffStoreOff",
    ),
    ("off-peak and empty", NOON, "HpOffStoreOff", {"buffer": (99, 90, 80)}, "HpOnStoreOff"),
    ("store short of the afternoon", NOON, "HpOffStoreOff", {"store": 90.0}, "HpOnStoreOff"),
    ("store ready", NOON, "HpOffStoreOff", {}, "HpOffStoreOff"),
    ("buffer full, store ready", NOON, "HpOnStoreOff", {}, "HpOffStoreOff"),
    ("buffer full, store short", NOON, "HpOnStoreOff", {"store": 90.0}, "HpOnStoreCharge"),
    ("buffer not full", NOON, "HpOnStoreOff", {"buffer": (120, 115, 114), "store": 90.0}, "HpOnStoreOff"),
    ("store filled", NOON, "HpOnStoreCharge", {}, "HpOffStoreOff"),
    (
        "charging, buffer runs empty",
        NOON,
        "HpOnStoreCharge",
        {"buffer": (99, 90, 80), "store": 90.0},
        "HpOnStoreOff",
    ),
    (
        "cold pipe at the limit: the store can hold no more",
        NOON,
        "HpOnStoreCharge",
        {"store": 90.0, "store_cold_pipe": 171.0, "primary_flow": 5.5},
        "HpOffStoreOff",
    ),
    ("no start just before a peak", LATE, "HpOffStoreOff", {"buffer": (99, 90, 80)}, "HpOffStoreOff"),
    (
        "unless a room is cold",
        LATE,
        "HpOffStoreOff",
        {"buffer": (99, 90, 80), "zone1_main_temp": 66.0},
        "HpOnStoreOff",
    ),
    ("night before a peak, store short", NIGHT, "HpOffStoreOff", {"store": 100.0}, "HpOnStoreOff"),
]


def apply(bench: Bench, changes: dict[str, Any]) -> None:
    for name, value in changes.items():
        if name == "store":
            bench.store(value)
        elif name == "buffer":
            bench.tank("buffer", *value)
        else:
            bench.set(**{name: value})


def warm(bench: Bench) -> None:
    """The heat pump has been on long enough: called, running, water moving."""
    bench.set(hp_odu_pwr=5500, hp_idu_pwr=3500, primary_flow=5.5, hp_lwt=130, hp_ewt=110)


@pytest.mark.parametrize(("name", "at", "leaf", "changes", "goes_to"), ROWS, ids=[r[0] for r in ROWS])
def test_one_row_of_the_strategy(
    name: str, at: int, leaf: str, changes: dict[str, Any], goes_to: str
) -> None:
    bench = Bench(wall_s=at - 3600)
    on = leaf.startswith("HpOn")
    if on:
        bench.board.update(relay5=1, relay6=0, relay3=int(leaf == "HpOnStoreCharge"))
        warm(bench)
    bench.at(N + leaf)
    bench.leap(3)
    bench.now = bench.image().now.__class__(at * 1000, bench.now.mono_ms + 3_600_000, bench.now.net_ms)
    apply(bench, changes)
    bench.at(N + leaf)
    bench.board["relay3"] = int(leaf == "HpOnStoreCharge")
    bench.tick()
    assert bench.path == N + goes_to, bench.decision and bench.decision.overview.why


def test_boot_without_data_waits_holds_what_is_and_is_blind_after_five_minutes() -> None:
    bench = Bench(wall_s=NOON)
    for depth in (1, 2, 3):
        bench.values[f"buffer-depth{depth}-device"] = None
    bench.set(dist_swt=None, buffer_cold_pipe=None)
    bench.leap(299)
    assert bench.path == N + "Initializing"
    assert (bench.board["relay5"], bench.board["relay6"]) == (0, 0), "the aquastat keeps heating meanwhile"
    bench.leap(3)
    assert bench.path == "HomeAlone.ScadaBlind.OnAquastat"
    bench.tank("buffer", 120, 110, 100)
    bench.leap(12)
    assert bench.path.startswith(N)


def test_the_first_minute_after_a_start_only_looks_around() -> None:
    bench = Bench(wall_s=NOON)
    bench.leap(59)
    assert bench.path == N + "Initializing"
    bench.leap(2)
    assert bench.path == N + "HpOffStoreOff"


def test_half_a_picture_starts_no_compressor_but_is_not_waited_for_for_ever() -> None:
    bench = Bench(wall_s=NOON).set(tank2_depth3_device=None)
    bench.leap(149)
    assert bench.path == N + "Initializing"
    bench.leap(3)
    assert bench.path == N + "HpOffStoreOff"
    bench = Bench(wall_s=NOON).set(tank2_depth3_device=None)
    bench.leap(90)
    bench.set(tank2_depth3_device=130)
    bench.leap(2)
    assert bench.path == N + "HpOffStoreOff"


def test_a_state_dwells_a_minute_but_not_when_the_clock_speaks() -> None:
    bench = Bench(wall_s=NOON).at(N + "HpOffStoreOff", for_s=0).tank("buffer", 90, 80, 80)
    bench.leap(59)
    assert bench.path == N + "HpOffStoreOff"
    bench.leap(2)
    assert bench.path == N + "HpOnStoreOff"
    bench = (
        Bench(wall_s=wall("2026-01-27 15:57:50")).at(N + "HpOnStoreOff", for_s=0).tank("buffer", 90, 80, 80)
    )
    bench.leap(11)
    assert bench.path == N + "HpOffStoreOff"


def test_the_store_is_not_charged_before_the_heat_pump_is_warm() -> None:
    """A cold slug would ruin the store's layers: twelve minutes first."""
    bench = Bench(wall_s=NOON - 1200).store(90.0).at(N + "HpOnStoreOff")
    bench.leap(700)
    warm(bench)
    called = bench.state.hp.called_since_ms
    assert called is not None
    left_s = 720 - (bench.now.mono_ms - called) // 1000
    bench.leap(left_s - 1)
    assert bench.path == N + "HpOnStoreOff"
    bench.leap(2)
    assert bench.path == N + "HpOnStoreCharge"
    assert bench.board["relay3"] == 1


def test_defrost_leaves_charging_after_ten_minutes_of_grace() -> None:
    bench = Bench(wall_s=NOON - 600).store(90.0)
    bench.board.update(relay5=1, relay6=0, relay3=1)
    warm(bench)
    bench.at(N + "HpOnStoreOff").leap(800)
    charging_s = (bench.now.mono_ms - (bench.state.notes.charging_since_ms or 0)) // 1000
    bench.set(hp_lwt=95, hp_ewt=110)
    bench.leap(600 - charging_s)
    assert bench.path == N + "HpOnStoreCharge"
    bench.leap(2)
    assert bench.path == N + "HpOnStoreOff"
    assert bench.state.why.rule == "Defrost"


def test_a_design_day_buffer_that_never_gets_full_still_charges_the_store() -> None:
    """Six hours were lost on the coldest night because the limit was unreachable."""
    bench = Bench(wall_s=NOON - 8 * 3600)
    bench.oat_f = -40.0
    bench.store(90.0).tank("buffer", 150, 112, 112)
    bench.board.update(relay5=1, relay6=0)
    warm(bench)
    bench.at(N + "HpOnStoreOff").leap(5 * 60)
    assert bench.path == N + "HpOnStoreOff"
    bench.leap(60 * 60, step_s=10)
    assert bench.path == N + "HpOnStoreCharge"
    assert bench.state.why.words.startswith("the buffer gains no heat")


def test_a_store_once_ready_is_not_topped_up_for_little() -> None:
    bench = Bench(wall_s=NIGHT)
    bench.leap(5)
    assert bench.state.notes.declared_ready
    ready = bench.state.figures.usable_wh
    needed = bench.state.figures.required_wh
    assert ready is not None
    assert needed is not None
    layer = 130.0
    while (bench.state.figures.usable_wh or 0) >= needed - 2900:
        layer -= 0.5
        bench.store(layer).leap(61)
        assert bench.path == N + "HpOffStoreOff", "less than 3 kWh short is not worth a start"
        if (bench.state.figures.usable_wh or 0) < needed - 2000:
            break
    bench.store(layer - 12).leap(130)
    assert bench.path == N + "HpOnStoreOff"


@pytest.mark.parametrize(("house", "leaf"), [("orange", "OnHeatPump"), ("beech", "OnBoiler")])
def test_cold_house_empty_buffer_empty_store_on_peak_calls_the_backup_after_five_minutes(
    house: str, leaf: str
) -> None:
    bench = Bench(house, wall_s=PEAK)
    zone = bench.house.zones[0]
    bench.store(80.0).tank("buffer", 80, 80, 80)
    bench.values.update({f"{zone.node}-temp": 66.5, f"{zone.node}-set": 68.0})
    bench.leap(295)
    assert bench.path.startswith(N)
    bench.leap(10)
    assert bench.path == f"HomeAlone.Backup.{leaf}"
    bench.values[f"{zone.node}-temp"] = 67.5
    bench.leap(60)
    assert bench.path == f"HomeAlone.Backup.{leaf}", "not back before the peak is over"
    bench.now = bench.now.__class__(NOON * 1000, bench.now.mono_ms + 4 * 3_600_000, 0)
    bench.leap(2)
    assert bench.path.startswith(N)


def test_an_occupant_turning_the_thermostat_up_on_peak_is_no_emergency() -> None:
    bench = Bench(wall_s=wall("2026-01-27 06:50"))
    bench.leap(10)
    bench.now = bench.now.__class__(PEAK * 1000, bench.now.mono_ms + 6_000_000, 0)
    bench.store(80.0).tank("buffer", 80, 80, 80).set(zone1_main_set=73.0)
    bench.leap(400)
    assert bench.path.startswith(N)
    bench.set(zone1_main_set=60.0, zone1_main_temp=66.0).leap(400)
    assert bench.path.startswith(N), "turning it down is none either"


def test_cold_start_with_the_heat_pump_just_called_does_not_fall_to_the_boiler() -> None:
    """A cold buffer in the morning is a start, not an emergency, while the heat pump works."""
    bench = Bench("beech", wall_s=NOON)
    zone = bench.house.zones[0]
    bench.store(75.0).tank("buffer", 61, 61, 61)
    bench.values.update({f"{zone.node}-temp": 66.0, f"{zone.node}-set": 68.0})
    bench.board.update(relay5=1, relay6=0)
    warm(bench)
    bench.at(N + "HpOnStoreOff").leap(900)
    assert bench.path == N + "HpOnStoreOff"


def test_blind_on_peak_uses_the_boiler_where_there_is_one() -> None:
    for house, leaf in (("beech", "OnBoiler"), ("orange", "OnAquastat")):
        bench = Bench(house, wall_s=PEAK)
        for depth in (1, 2, 3):
            bench.values[f"buffer-depth{depth}-device"] = None
        bench.leap(310)
        assert bench.path == f"HomeAlone.ScadaBlind.{leaf}"
        assert bench.board["relay5"] == 0


def test_monitor_only_commands_nothing_whatever_happens() -> None:
    bench = Bench(wall_s=PEAK, site=Site(mode="MonitorOnly"))
    bench.store(80.0).tank("buffer", 80, 80, 80).set(zone1_main_temp=50.0)
    bench.leap(400)
    assert bench.path == "Dormant.Monitor"
    rest = {z.node: z.default for z in bench.house.zero_tens}
    assert bench.board == {n: rest.get(n, 0) for n in bench.house.actuators}


def test_one_lost_tank_sensor_does_not_blind_the_house() -> None:
    bench = Bench(wall_s=PEAK)
    bench.leap(5)
    bench.tank("buffer", None, 110, 95).set(dist_swt=98.0, dist_flow=2.0)
    bench.leap(400)
    assert bench.path == N + "HpOffStoreDischarge"
    assert any("buffer-depth1-lost" in line for line in bench.log)


def test_a_stuck_sensor_is_no_longer_believed() -> None:
    bench = Bench(wall_s=PEAK)
    bench.leap(5)
    bench.stuck["buffer-depth1-device"] = 54_444
    bench.tank("buffer", 130, 120, 120).leap(60)
    bench.tank("buffer", 130, 110, 95).set(dist_swt=98.0, dist_flow=2.0)
    bench.leap(31 * 60, step_s=10)
    assert "fault buffer-depth1-stuck" in bench.log
    assert bench.path == N + "HpOffStoreDischarge", "the next sensor in line speaks for it"


def test_a_frozen_module_is_no_longer_believed_but_a_silent_one_is_only_silent() -> None:
    bench = Bench(wall_s=PEAK)
    bench.leap(5)
    for depth in (1, 2, 3):
        bench.stuck[f"tank2-depth{depth}-device"] = 54_000 + depth
    bench.leap(31 * 60, step_s=10)
    assert {"fault tank2-depth1-stuck", "fault tank2-depth3-stuck"} <= set(bench.log)
    bench.stuck.clear()
    bench.leap(30)
    assert "clear tank2-depth1-stuck" in bench.log
    bench.tank("tank3", None, None, None).leap(40 * 60, step_s=10)
    assert "fault tank3-depth1-lost" in bench.log
    assert "fault tank3-depth1-stuck" not in bench.log
