"""The rig against the simulated house: everything polled, written and verified within its bus time."""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hw.clock import VirtualClock
from hw.relays import RelayBoard
from hw.rig import BOUND_POSTS, Rig, RigRead
from hw.twin.faults import (
    BrownOut,
    Bus,
    BusFault,
    Fault,
    Meter,
    MeterFault,
    Pico,
    PicoFault,
    PinFault,
    Thermistor,
    ThermistorFault,
)
from hw.twin.world import World
from hw.weather import Hour
from hw.wire import TICK_BUDGET_US
from layouts.load import load_house
from layouts.settings import Loop, Settings
from states.image import FAILED, OPEN, RANGE, SHORT, Answer, Post, Readbacks, Reading
from tests.hw.fakes import WALL_MS, FakeBus, ScriptPort, at

ROOT = Path(__file__).resolve().parents[2]


class Steady:
    """Twenty degrees and a breeze, for ever."""

    source = "test"

    def hour(self, index: int) -> Hour:
        return (20.0, 5.0)


class Site:
    """A rig wired to a simulated house; `run` lets time pass tick by tick."""

    def __init__(self, house: str = "beech", tick_ms: int = 100) -> None:
        self.house = load_house(house)
        self.tick_ms = tick_ms
        settings = Settings(loop=Loop(tick_ms=tick_ms))
        self.clock = VirtualClock(WALL_MS, 50_000)
        self.world = World(self.house, settings, Steady(), self.clock)
        self.rig = Rig(self.house, settings, self.world.i2c, self.world.meter)
        self.outputs = dict.fromkeys(self.house.actuators, 0)
        self.outputs |= {z.node: z.default for z in self.house.zero_tens}
        self.fresh: list[tuple[str, Reading]] = []
        self.spent_us: list[int] = []
        self.read: RigRead | None = None
        self.backs: Readbacks = self.rig.readbacks(self.clock.now())

    def tick(self) -> None:
        now = self.clock.now()
        before_us = self.world.i2c.spent_us
        self.read = self.rig.read(now, self.world.devices.receive(now))
        self.world.devices.answer(self.read.answers)
        self.fresh += self.read.fresh
        self.backs = self.rig.write(dict(self.outputs), now)
        self.spent_us.append(self.world.i2c.spent_us - before_us)
        self.clock.advance(self.tick_ms)

    def run(self, seconds: float, **outputs: int) -> None:
        self.outputs |= {name.replace("_", "-"): value for name, value in outputs.items()}
        for _ in range(round(1000 * seconds / self.tick_ms)):
            self.tick()

    def inject(self, fault: Fault) -> int:
        return self.world.inject(fault)

    @property
    def readings(self) -> Mapping[str, Reading]:
        assert self.read is not None
        return self.read.readings

    def quality(self, channel: str) -> str:
        return self.readings[channel].quality

    def back(self, node: str) -> tuple[int, int | None]:
        return self.backs[node].commanded, self.backs[node].value

    def age_ms(self, channel: str) -> int:
        return self.clock.now().mono_ms - self.tick_ms - self.readings[channel].mono_ms


@pytest.mark.parametrize("house", ["orange", "beech"])
@pytest.mark.parametrize("tick_ms", [100, 1000, 10_000])
def test_every_channel_of_a_house_is_heard_and_stays_young_at_any_tick(house: str, tick_ms: int) -> None:
    site = Site(house, tick_ms)
    site.run(900)
    assert set(site.readings) == set(site.house.channel_by_name)
    for name, channel in site.house.channel_by_name.items():
        assert site.quality(name) == "good"
        assert site.age_ms(name) <= channel.stale_ms
    assert all(status.ok for status in site.rig.devices().values())
    assert max(site.spent_us) <= TICK_BUDGET_US


@pytest.mark.parametrize("tick_ms", [100, 1000, 10_000])
def test_what_is_read_is_what_the_house_is(tick_ms: int) -> None:
    site = Site("beech", tick_ms)
    site.run(600, relay5=1, relay6=0, relay12=1, relay11=1)
    temps = site.world.plant.pipes.temps
    assert site.readings["oat"].value == pytest.approx((20.0 - 32.0) / 1.8 * 1000, abs=150)
    assert min(temps) - 1.0 <= (site.readings["hp-lwt"].value or 0) / 1000 <= max(temps) + 1.0
    assert (site.readings["hp-odu-pwr"].value or 0) > 500
    assert (site.readings["primary-flow"].value or 0) > 100


def test_posts_and_samples_are_the_same_in_every_order_of_ticks() -> None:
    """The same ten minutes, looked at every second and every ten: the same tank readings."""
    found = []
    for tick_ms in (1000, 10_000):
        site = Site("orange", tick_ms)
        site.run(600)
        found.append({n: r.value for n, r in site.readings.items() if n.endswith("-device")})
    for name, value in found[0].items():
        assert value == pytest.approx(found[1][name] or 0, abs=300)


# ---------------------------------------------------------------------------------------- bus time


def test_the_budget_holds_from_the_first_tick_on() -> None:
    site = Site("beech")
    site.run(30)
    assert max(site.spent_us) <= TICK_BUDGET_US
    assert site.rig.wire.worst_us == max(site.spent_us)


@pytest.mark.parametrize("tick_ms", [100, 1000])
@pytest.mark.parametrize("every", [2, 3, 5])
def test_the_budget_holds_with_a_bus_full_of_nacks(tick_ms: int, every: int) -> None:
    site = Site("beech", tick_ms)
    site.inject(BusFault(Bus.NACK, hits=1, of=every))
    site.run(60)
    assert max(site.spent_us) <= TICK_BUDGET_US
    assert site.rig.wire.retries > 0


@pytest.mark.parametrize("kind", [Bus.NACK, Bus.SHORT_READ])
def test_the_budget_holds_with_nothing_on_the_bus(kind: Bus) -> None:
    site = Site("beech")
    site.run(5)
    site.inject(BusFault(kind))
    site.spent_us.clear()
    site.run(60)
    assert max(site.spent_us) <= TICK_BUDGET_US
    assert site.back("relay5")[1] is None
    assert site.quality("hp-lwt") == FAILED


def test_a_stuck_bus_costs_one_timeout_a_tick_and_everything_says_so() -> None:
    site = Site("beech")
    site.run(5)
    number = site.inject(BusFault(Bus.STUCK))
    site.spent_us.clear()
    site.run(60)
    assert max(site.spent_us) <= 30_000 + TICK_BUDGET_US
    assert {value for node, value in _values(site.backs)} == {None}
    assert site.quality("hp-lwt") == FAILED
    assert site.quality("hp-odu-pwr") == "good"
    assert "hangs" in site.rig.devices()["relay board 0x20"].words
    site.world.heal(number)
    site.run(11)
    assert None not in {value for node, value in _values(site.backs)}
    site.run(60)
    assert site.quality("hp-lwt") == "good"
    assert site.age_ms("hp-lwt") <= 1000


def _values(backs: Readbacks) -> list[tuple[str, int | None]]:
    return [(node, back.value) for node, back in backs.items()]


def test_a_slow_bus_does_less_per_tick_but_the_relays_are_served_first() -> None:
    site = Site("beech")
    site.run(5)
    site.inject(BusFault(Bus.SLOW, slow_us=900))
    site.spent_us.clear()
    site.run(20, relay9=1)
    assert site.back("relay9") == (1, 1)
    assert max(site.spent_us) <= TICK_BUDGET_US + 3000


# -------------------------------------------------------------------------------------------- relays


@pytest.mark.parametrize("slow_us", [1_500, 3_000, 6_000, 12_000])
def test_a_bus_however_slow_keeps_no_relay_and_no_pump_from_its_order(slow_us: int) -> None:
    """A Pi's bus set to 10 kHz, or an adapter on USB, takes 3 ms for what takes 0.3 ms otherwise."""
    site = Site()
    site.inject(BusFault(Bus.SLOW, slow_us=slow_us))
    site.run(10)
    first, last = site.house.relays[0].node, site.house.relays[-1].node
    site.run(0.3, **{first: 1, last: 1, "store-010v": 31})
    assert [site.back(node) for node in (first, last)] == [(1, 1), (1, 1)]
    assert site.world.relays.coils >= {site.house.relays[0].index, site.house.relays[-1].index}
    site.run(1.5)
    assert site.world.outputs.volts[3] == pytest.approx(3.1, abs=0.01)
    assert max(site.spent_us) <= TICK_BUDGET_US + 8 * (slow_us + 500)
    if slow_us <= 3_000:
        assert {site.quality(t.channel) for t in site.house.pipes.thermistors} == {"good"}
        assert max(site.age_ms(t.channel) for t in site.house.pipes.thermistors) < 5_000


def test_no_coil_moves_before_the_first_outputs_and_none_pulses_after() -> None:
    site = Site("beech")
    for _ in range(50):
        now = site.clock.advance(100)
        site.rig.read(now, site.world.devices.receive(now))
        site.rig.readbacks(now)
    assert list(site.world.i2c.trace) == []
    site.run(60, relay5=1, relay6=1)
    assert [(set(c.before), set(c.after)) for c in site.world.i2c.trace] == [(set(), {5, 6})]


def test_the_first_readbacks_are_what_a_former_run_left() -> None:
    site = Site("beech")
    site.run(1, relay5=1, relay17=1)
    successor = Rig(site.house, Settings(), site.world.i2c, site.world.meter)
    backs = successor.readbacks(site.clock.now())
    assert {node for node, back in backs.items() if back.value} == {"relay5", "relay17"}
    assert "dist-010v" not in backs
    held = list(site.world.i2c.trace)
    successor.write(site.outputs, site.clock.now())
    assert list(site.world.i2c.trace) == held


def test_telemetry_of_a_relay_is_its_readback_of_the_same_tick() -> None:
    site = Site("beech")
    site.run(1)
    channel = site.house.relay_by_node["relay9"].channel
    site.inject(PinFault(9, low=False))
    for value in (1, 0, 1):
        site.run(0.3, relay9=value)
        assert site.back("relay9") == (value, 0)
        now = site.clock.now()
        assert site.rig.read(now).readings[channel].value == site.backs["relay9"].value


def test_a_relay_change_is_fresh_in_the_next_read() -> None:
    site = Site("beech")
    site.run(3.05)
    site.fresh.clear()
    site.run(0.1, relay9=1)
    now = site.clock.now()
    fresh = dict(site.rig.read(now).fresh)
    assert fresh["store-pump-failsafe-relay9"].value == 1


def test_a_brown_out_is_seen_in_the_next_tick() -> None:
    site = Site("beech")
    site.run(2, relay5=1, relay6=1)
    site.inject(BrownOut(0x20))
    site.run(0.1)
    assert site.back("relay5") == (1, 0)
    site.run(0.1)
    assert site.back("relay5") == (1, 1)


def test_both_boards_go_out_every_tick() -> None:
    site = Site("beech")
    site.run(2)
    before = site.world.i2c.transactions
    site.run(0.1)
    assert site.world.i2c.transactions - before >= 4


# ------------------------------------------------------------------------------------------- sensors


@pytest.mark.parametrize(("kind", "quality"), [(Thermistor.OPEN, OPEN), (Thermistor.SHORT, SHORT)])
def test_a_broken_thermistor_has_no_value_within_three_seconds(kind: Thermistor, quality: str) -> None:
    site = Site("beech")
    site.run(5)
    site.inject(ThermistorFault("hp-lwt", kind))
    site.run(3.5)
    assert (site.readings["hp-lwt"].value, site.quality("hp-lwt")) == (None, quality)
    assert site.quality("hp-ewt") == "good"


@pytest.mark.parametrize(
    ("fault", "quality"),
    [
        (MeterFault(Meter.HUNG), FAILED),
        (MeterFault(Meter.REFUSE), FAILED),
        (MeterFault(Meter.DROP), FAILED),
        (MeterFault(Meter.GARBAGE), FAILED),
        (MeterFault(Meter.NAN), RANGE),
        (MeterFault(Meter.EXCEPTION, code=2), FAILED),
        (MeterFault(Meter.EXCEPTION, code=4), FAILED),
        (MeterFault(Meter.SLOW, delay_ms=5000), FAILED),
    ],
)
def test_a_sick_meter_gives_no_power_and_the_house_goes_on(fault: MeterFault, quality: str) -> None:
    site = Site("beech")
    site.run(5)
    site.world.meter.drop(site.clock.now().net_ms, "test")
    number = site.inject(fault)
    site.run(20)
    assert (site.readings["hp-odu-pwr"].value, site.quality("hp-odu-pwr")) == (None, quality)
    assert site.age_ms("hp-lwt") <= 1000
    site.world.heal(number)
    site.run(310)
    assert site.quality("hp-odu-pwr") == "good"
    assert site.age_ms("hp-odu-pwr") <= 1000


def test_a_meter_that_repeats_its_last_answer_first_is_read_right() -> None:
    site = Site("beech")
    site.run(5)
    site.inject(MeterFault(Meter.LATE))
    site.run(10)
    assert site.age_ms("hp-odu-pwr") <= 1000
    assert site.rig.meter.modbus.strays > 0


def test_a_meter_a_second_late_is_still_read() -> None:
    site = Site("beech")
    site.inject(MeterFault(Meter.SLOW, delay_ms=1000))
    site.run(20)
    assert site.age_ms("hp-odu-pwr") <= 2200
    assert site.rig.devices()["power-meter"].errors == 0


@pytest.mark.parametrize("kind", list(Pico))
def test_a_sick_module_is_noticed_by_its_age_or_its_refusals(kind: Pico) -> None:
    site = Site("beech", 1000)
    site.run(200)
    site.inject(PicoFault("buffer", kind))
    site.run(200)
    status = site.rig.devices()["buffer"]
    if kind is Pico.FROZEN:
        assert site.age_ms("buffer-depth1-device") <= 60_000
    else:
        assert site.age_ms("buffer-depth1-device") > 150_000
        assert not status.ok
        assert status.words
    assert site.age_ms("tank1-depth1-device") <= 61_000


# ---------------------------------------------------------------------------------------- the frame


def test_readings_do_not_change_under_the_image_that_holds_them() -> None:
    site = Site("beech")
    site.run(5)
    assert site.read is not None
    held, copy = site.read.readings, dict(site.read.readings)
    site.run(5)
    assert dict(held) == copy
    with pytest.raises(TypeError):
        held["x"] = Reading(0, 0, 0)  # type: ignore[index]


def test_nothing_is_rebuilt_in_a_tick_in_which_nothing_changed() -> None:
    site = Site("beech")
    site.run(5)
    same = 0
    for _ in range(20):
        before = site.readings
        _backs, devices = site.backs, site.rig.devices()
        site.tick()
        assert True
        same += site.readings is before and site.rig.devices() is devices
    assert same >= 4


def test_outputs_that_did_not_change_are_not_encoded_again(monkeypatch: pytest.MonkeyPatch) -> None:
    site = Site("beech")
    site.run(1)
    encoded: list[object] = []

    def image(board: RelayBoard, outputs: object) -> int:
        encoded.append(outputs)
        return 0xFFFF

    monkeypatch.setattr(RelayBoard, "image", image)
    site.run(1)
    assert encoded == []
    site.run(0.1, relay9=1)
    assert len(encoded) == 2


def test_fresh_samples_carry_their_own_times_in_order() -> None:
    site = Site("beech")
    site.run(120)
    by_name: dict[str, list[int]] = {}
    for name, reading in site.fresh:
        by_name.setdefault(name, []).append(reading.mono_ms)
        assert reading.value is not None
    assert all(a <= b for times in by_name.values() for a, b in itertools.pairwise(times))
    assert len(by_name["hp-lwt"]) in (119, 120)
    assert len(by_name["hp-odu-pwr"]) in (599, 600)


def test_every_post_gets_its_answer_and_too_many_get_503() -> None:
    site = Site("beech")
    posts = [Post(n, "POST", "/nobody", b"") for n in range(BOUND_POSTS + 3)]
    answers = site.rig.read(site.clock.now(), posts).answers
    assert [answer.ticket for answer in answers] == list(range(BOUND_POSTS + 3))
    assert [answer.status for answer in answers[-4:]] == [404, 503, 503, 503]
    assert site.rig.posts_dropped == 3


def test_a_wall_clock_step_disturbs_nothing() -> None:
    site = Site("beech")
    site.run(10, relay5=1)
    for step_ms in (3_600_000, -7_200_000, 50 * 365 * 86_400_000):
        site.clock.step_wall(step_ms)
        site.run(10)
        assert site.back("relay5") == (1, 1)
        assert site.age_ms("hp-lwt") <= 1000
        assert site.age_ms("hp-odu-pwr") <= 1000
    assert all(status.errors == 0 for status in site.rig.devices().values())
    assert list(site.world.i2c.trace)[-1].after == frozenset({5})


def test_counters_count_and_are_all_numbers() -> None:
    site = Site("beech")
    site.run(30)
    counters = site.rig.counters
    assert all(isinstance(value, int) for value in counters.values())
    assert counters["meter_polls"] == 150
    assert counters["posts_refused"] == 0


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.sampled_from(["ok", "ok", "nack", "hang", "short"]),
        min_size=1,
        max_size=60,
    ),
    st.integers(0, 2**14 - 1),
)
def test_whatever_the_bus_does_nothing_raises_and_a_readback_is_the_truth_or_unknown(
    script: list[str], bits: int
) -> None:
    """The bus fails as the script says, over and over; afterwards the house stands as told."""
    house = load_house("orange")
    bus = FakeBus()
    boards = {address: bus.relay_board(address) for address in house.relay_boards}
    for address in house.dac_boards:
        bus.dac(address)
    for address in house.pipes.addresses:
        bus.adc(address, lambda input_no: 2.0)
    outputs = {relay.node: bits >> i & 1 for i, relay in enumerate(house.relays)}
    outputs |= {z.node: z.default for z in house.zero_tens}
    rig = Rig(house, Settings(), bus, ScriptPort())
    places = itertools.cycle(script)
    bus.fail = lambda verb, address: next(places).replace("ok", "")
    rig.readbacks(at(0))
    for tick in range(1, 40):
        now = at(100 * tick)
        bus.mono_ms = now.mono_ms
        rig.read(now)
        before_us = bus.spent_us
        backs = rig.write(outputs, now)
        assert bus.spent_us - before_us <= 40_000
        for relay in house.relays:
            if (value := backs[relay.node].value) is not None:
                board = boards[house.relay_boards[(relay.index - 1) // 16]]
                pin = _pin(relay.index)
                assert value == 1 - (board.pins >> pin & 1)
    bus.fail = lambda verb, address: ""
    for tick in range(200):
        now = at(20_000 + 100 * tick)
        bus.mono_ms = now.mono_ms
        rig.read(now)
        backs = rig.write(outputs, now)
    assert {relay.node: backs[relay.node].value for relay in house.relays} == {
        relay.node: outputs[relay.node] for relay in house.relays
    }


def _pin(index: int) -> int:
    place = (index - 1) % 16 + 1
    return 8 - place if place <= 8 else place - 1


def test_a_handshake_answer_is_json_the_module_takes() -> None:
    site = Site("beech")
    body = json.dumps({
        "HwUid": "pico_bee000", "ActorNodeName": "buffer", "TypeName": "tank.module.params",
    }).encode()  # fmt: skip
    (answer,) = site.rig.read(site.clock.now(), [Post(1, "POST", "/buffer/tank-module-params", body)]).answers
    assert isinstance(answer, Answer)
    assert json.loads(answer.body)["CapturePeriodS"] == 60


def test_a_run_on_real_buses_loads_neither_the_simulated_house_nor_a_hardware_library() -> None:
    code = (
        "import sys, hw.rig, hw.i2c, hw.dial, hw.stream, hw.clock, hw.notify\n"
        "print([m for m in sys.modules if m.startswith(('hw.twin', 'smbus2', 'serial', 'RPi', 'pymodbus'))])"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=ROOT)
    assert ran.stdout.strip() == "[]", ran.stderr
