"""F106 to F116: sensors that are broken, stuck, leaping, swapped, drifting, noisy or gone."""

from __future__ import annotations

from typing import Any

import pytest

from hw.twin.faults import Pico, PicoFault, SupplySag, Thermistor, ThermistorFault
from layouts.settings import Settings
from states.image import Answer, Post
from tests.faults.trial import MORNING_MS, Trial


@pytest.mark.parametrize(
    ("kind", "row", "says"),
    [
        (Thermistor.OPEN, "hp-lwt-open", "hp-lwt: its wire is open"),
        (Thermistor.SHORT, "hp-lwt-short", "hp-lwt: its wires touch"),
    ],
)
def test_f106_open_and_short_are_absent_and_told_apart(kind: Thermistor, row: str, says: str) -> None:
    trial = Trial(warm_s=60, tick_ms=100)
    trial.inject(ThermistorFault("hp-lwt", kind))
    took_s = trial.until(lambda: trial.reading("hp-lwt").value is None, 5)
    assert took_s <= 3.1, "three seconds and a tick"
    trial.appears(row, says, 3)
    trial.run(120)
    assert set(trial.said) == {row}, "one alarm, and it is not called silent besides"
    trial.clears(30)


def test_f107_a_flat_pipe_sensor_is_not_believed_while_others_move() -> None:
    trial = Trial(warm_s=60, tick_ms=2000)
    frozen = trial.world.pipes
    trial.inject(ThermistorFault("hp-lwt", Thermistor.FROZEN))
    frozen._noise_v = 0.0
    trial.appears("hp-lwt-stuck", "hp-lwt is stuck and no longer believed", 2 * 3600)
    assert trial.reading("hp-lwt").value is not None
    assert "hp-lwt-lost" not in trial.said
    frozen._noise_v = 0.0004
    trial.clears(60, "hp-lwt-stuck")


def test_f107_a_frozen_module_is_not_believed() -> None:
    trial = Trial(warm_s=600, tick_ms=5000)
    trial.inject(PicoFault("buffer", Pico.FROZEN))
    trial.appears("buffer-depth1-stuck", "buffer sensor 1 is stuck", 3 * 3600)
    assert trial.control_sees("buffer-depth1") is None
    trial.clears(300, "buffer-depth1-stuck", "buffer-depth2-stuck", "buffer-depth3-stuck")


def test_f108_a_leap_is_held_out_and_accepted_when_it_lasts() -> None:
    trial = Trial(warm_s=60)
    before = trial.control_sees("store-cold-pipe")
    trial.inject(ThermistorFault("store-cold-pipe", Thermistor.LEAP, 60.0))
    trial.appears("store-cold-pipe-leaps", "leaps faster than it can", 3)
    assert (trial.reading("store-cold-pipe").value or 0) / 1000 * 1.8 + 32 > (before or 0) + 50
    for _ in range(10):
        trial.run(1)
        assert trial.control_sees("store-cold-pipe") == pytest.approx(before, abs=6), "held out"
    trial.until(lambda: "store-cold-pipe-leaps" not in trial.active, 90)
    assert (trial.control_sees("store-cold-pipe") or 0) > (before or 0) + 50, "accepted, it lasts"
    trial.heal()
    trial.run(3)
    assert "store-cold-pipe-leaps" in trial.active, "the way back is a leap too"
    trial.clears(120)


def test_f108_a_leap_that_comes_back_at_once_leaves_no_trace() -> None:
    trial = Trial(warm_s=60)
    before = trial.control_sees("store-cold-pipe") or 0
    for _ in range(3):
        trial.inject(ThermistorFault("store-cold-pipe", Thermistor.LEAP, 60.0))
        trial.run(4)
        trial.heal()
        trial.run(4)
        assert trial.control_sees("store-cold-pipe") == pytest.approx(before, abs=6)
    trial.clears(30)


def test_f109_a_drifting_pipe_sensor_shows_in_the_balance_and_only_warns() -> None:
    trial = Trial(warm_s=2400, tick_ms=2000)
    assert trial.world.truth().heat_pump == "running"
    contract = trial.path
    trial.inject(ThermistorFault("hp-lwt", Thermistor.DRIFT, -12.0))
    trial.appears("heat-unbalanced", "Heat and electricity do not match", 2 * 3600)
    assert trial.path.startswith("HomeAlone.Normal"), contract
    trial.clears(3600, "heat-unbalanced", "hp-sensors-swapped")


@pytest.mark.parametrize("bias_c", [8.0, -8.0])
def test_f109_a_tank_sensor_that_strays_shows_in_the_order_of_its_layers_and_only_warns(
    bias_c: float,
) -> None:
    """Warm or cold: the deepest too warm, or the uppermost too cold."""
    trial = Trial(warm_s=600, tick_ms=5000)
    module: Any = next(m for m in trial.world.devices.modules if m.actor == "tank2")
    depths_c = module._depths_c
    top, bottom = (bias_c, 0.0) if bias_c < 0 else (0.0, bias_c)

    def stray() -> tuple[float, float, float]:
        a, b, c = depths_c()
        return a + top, b, c + bottom

    module._depths_c = stray
    took_s = trial.appears("tank2-upside-down", "one of its sensors drifts, or two are swapped", 2 * 3600)
    assert took_s >= 1800, "water may stand so for a while"
    acts = {fault.name: fault.act for fault in trial.program.last[1].overview.faults}
    assert acts["tank2-upside-down"] == "WARN"
    assert trial.path.startswith("HomeAlone.Normal")
    module._depths_c = depths_c
    trial.clears(900, "tank2-upside-down")


def test_f109_a_pair_of_pipe_sensors_five_kelvin_apart_from_the_truth_shows_while_heating() -> None:
    """LWT reads 5 K low and EWT 5 K high: water seems to leave colder than it enters."""
    trial = Trial(warm_s=2400, tick_ms=2000)
    assert trial.world.truth().heat_pump == "running"
    for channel, amount in (("hp-lwt", -5.0), ("hp-ewt", 5.0)):
        trial.inject(ThermistorFault(channel, Thermistor.LEAP, amount))
    trial.appears("hp-sensors-swapped", "Water leaves the heat pump colder than it enters", 1200)
    assert trial.path.startswith("HomeAlone.Normal"), "no fault that stops anything"
    trial.clears(3600, "hp-sensors-swapped")


def test_f110_swapped_sensors_are_said_and_end_contracts() -> None:
    trial = Trial(warm_s=1800, tick_ms=2000)
    assert trial.world.truth().heat_pump == "running"
    trial.inject(ThermistorFault("hp-lwt", Thermistor.SWAPPED, other="hp-ewt"))
    trial.inject(ThermistorFault("hp-ewt", Thermistor.SWAPPED, other="hp-lwt"))
    took_s = trial.appears("hp-sensors-swapped", "hp-lwt and hp-ewt are swapped", 1200)
    assert took_s >= 560
    acts = {fault.name: fault.act for fault in trial.program.last[1].overview.faults}
    assert acts["hp-sensors-swapped"] == "NO_CONTRACT"
    trial.clears(2400, "hp-sensors-swapped")


def test_f111_a_sagging_supply_is_one_alarm_and_every_sensor_of_the_board_absent() -> None:
    trial = Trial(warm_s=900)
    trial.inject(SupplySag(0.85))
    trial.appears("pipe-board-moved", "the supply of their board", 6)
    trial.run(120)
    assert all(trial.control_sees(t.channel) is None for t in trial.house.pipes.thermistors)
    assert set(trial.said) == {"pipe-board-moved"}
    assert trial.path.startswith("HomeAlone.Normal")
    trial.clears(120)
    assert trial.control_sees("hp-lwt") is not None


def test_f112_three_kelvin_of_noise_on_every_pipe_do_not_make_the_compressor_chatter() -> None:
    trial = Trial(warm_s=600, tick_ms=2000)
    for thermistor in trial.house.pipes.thermistors:
        trial.inject(ThermistorFault(thermistor.channel, Thermistor.NOISE, 3.0))
    starts = trial.world.plant.heat_pump.starts
    changes = len(trial.world.i2c.trace)
    trial.run(3600)
    assert trial.world.plant.heat_pump.starts - starts <= 4
    assert len(trial.world.i2c.trace) - changes < 60


BODIES = [
    b"NaN",
    b"Infinity",
    b"true",
    b"1e400",
    b"99999999999999999999",
    b"1e18",
    b'"60"',
    b"null",
    b"-1",
]


@pytest.mark.parametrize("value", BODIES)
def test_f113_what_is_no_number_ends_at_the_driver(value: bytes) -> None:
    trial = Trial("beech", warm_s=300)
    before = trial.reading("buffer-depth1-device")
    body = (
        b'{"HwUid":"pico_bee000","AboutNodeNameList":["buffer-depth1","buffer-depth2","buffer-depth3"],'
        b'"MicroVoltsList":[' + value + b',1200000,1500000],"TypeName":"microvolts","Version":"100"}'
    )
    devices = trial.program.parts.ports.devices
    answers: list[Answer] = []
    post = Post(990_001, "POST", "/buffer/microvolts", body)
    trial.program.parts.ports.devices = Extra(devices, [post], answers)
    trial.run(1)
    assert [a.ticket for a in answers] == [990_001]
    reading = trial.reading("buffer-depth1-device")
    assert reading.value is None or reading == before
    trial.run(5)
    assert not trial.active.keys() - {"buffer-depth1-open", "buffer-depth1-short"}


class Extra:
    """The devices of the house and a stranger's posts among them."""

    def __init__(self, devices: object, posts: list[Post], answers: list[Answer]) -> None:
        self._devices, self._posts, self._answers = devices, posts, answers

    def receive(self, now: object) -> tuple[Post, ...]:
        extra, self._posts = tuple(self._posts), []
        return (*self._devices.receive(now), *extra)  # type: ignore[attr-defined]

    def answer(self, answers: tuple[Answer, ...]) -> None:
        mine = [a for a in answers if a.ticket >= 990_000]
        self._answers += mine
        self._devices.answer(tuple(a for a in answers if a not in mine))  # type: ignore[attr-defined]


def test_f114_without_any_tank_sensor_storage_stands_still_and_no_contract_is_followed() -> None:
    trial = Trial(warm_s=900, tick_ms=2000, atn=True)
    for tank in trial.house.tanks:
        trial.inject(PicoFault(tank.name, Pico.SILENT))
    trial.appears("tank1-depth1-lost", "tank1 sensor 1 is silent", 600)
    for thermistor in ("buffer-hot-pipe", "buffer-cold-pipe"):
        trial.inject(ThermistorFault(thermistor, Thermistor.OPEN))
    trial.appears("buffer-lost", "No buffer temperature at all", 900)
    trial.run(30)
    assert trial.path.startswith("HomeAlone.ScadaBlind"), trial.path
    assert (trial.coil("store-pump-failsafe"), trial.coil("charge-discharge")) == (0, 0)
    assert trial.coil("hp-failsafe") == 0, "the tank aquastat decides"
    trial.heal()
    trial.until(lambda: not trial.path.startswith("HomeAlone.ScadaBlind"), 1800)


def test_f115_without_any_room_sensor_the_wall_thermostats_decide() -> None:
    trial = Trial(warm_s=900, tick_ms=2000, atn=True)
    trial.inject(PicoFault(trial.house.hub.node, Pico.SILENT))
    trial.appears("rooms-lost", "No room temperature at all", 3600)
    trial.run(30)
    assert not trial.path.startswith("AtnControlled")
    zone = trial.house.zones[0].node
    failsafe = next(r.node for r in trial.house.relays if r.key == "zone1-main-failsafe")
    assert (zone, trial.coils()[failsafe]) == ("zone1-main", 0)
    acts = {fault.name: fault.act for fault in trial.program.last[1].overview.faults}
    assert acts["rooms-lost"] == "NO_CONTRACT"
    trial.clears(900, "rooms-lost")


def test_f116_without_the_outdoor_sensor_the_forecast_counts() -> None:
    trial = Trial("beech", warm_s=300, start_ms=MORNING_MS, settings=Settings())
    trial.inject(ThermistorFault("oat", Thermistor.OPEN))
    trial.appears("oat-open", "oat: its wire is open", 6)
    forecast = trial.program.state.figures.forecast
    seen_c = trial.program.last[1].seen.oat_c
    assert forecast is not None
    assert seen_c == pytest.approx((forecast.oat_f[0] - 32) / 1.8, abs=0.01)
    assert trial.path.startswith("HomeAlone.Normal")
    trial.clears(60)
