"""The power meter: polls when due, one question at a time, deadlines, back-off, refusals."""

from __future__ import annotations

import contextlib
import itertools
import math
from typing import Any

import msgspec
import pytest

from hw.egauge import Group, f32_registers, groups_of
from hw.latest import Latest
from hw.meter import DEADLINE_MS, LATCH_MS, Meter
from hw.stream import TcpPort
from hw.twin.meter import TwinMeter
from layouts.load import load_house
from layouts.model import MeterRegister, PowerMeter
from states.image import FAILED, RANGE, Now, Reading
from tests.hw.fakes import WALL_MS, ScriptPort, ScriptStream, at
from tests.hw.servers import eventually, serving
from tests.hw.test_modbus import frame, registers


def layout(**changes: object) -> PowerMeter:
    meter = load_house("beech").meter
    return msgspec.structs.replace(meter, hw_uid=None, **changes)


class Bench:
    """A meter of beech on a hand-made port; `answer` replies to the question that is out."""

    def __init__(self, meter: PowerMeter | None = None) -> None:
        self.latest = Latest()
        self.port = ScriptPort()
        self.layout = meter or layout()
        self.meter = Meter(self.layout, self.port, self.latest)
        self.ms = 0
        self.watts = {register.address: 100.0 + register.address for register in self.layout.registers}

    @property
    def stream(self) -> ScriptStream:
        assert self.port.up is not None
        return self.port.up

    def step(self, ms: int = 100) -> None:
        self.ms += ms
        self.meter.step(at(self.ms))

    def asked(self) -> list[tuple[int, int, int]]:
        """(transaction, address, count) of every question sent since the last look."""
        sent, self.stream.sent = self.stream.sent, b""
        return [
            (int.from_bytes(q[:2], "big"), int.from_bytes(q[8:10], "big"), int.from_bytes(q[10:12], "big"))
            for q in (sent[i : i + 12] for i in range(0, len(sent), 12))
        ]

    def reply(self) -> None:
        """Answer everything that was asked."""
        for tid, address, count in self.asked():
            words = [w for a in range(address, address + count, 2) for w in f32_registers(self.watts[a])]
            self.stream.inbox.append(frame(tid, registers(*words)))

    def poll(self, ms: int = 1000) -> None:
        self.step(ms)
        self.reply()
        self.step()

    def reading(self, channel: str = "hp-odu-pwr") -> Reading:
        reading = self.latest.get(channel)
        assert reading is not None
        return reading


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_adjacent_registers_are_asked_for_together() -> None:
    rows = tuple(MeterRegister(f"c{a}", a) for a in (6004, 6000, 6002, 7000, 7003))
    assert groups_of(rows) == (
        Group(6000, 6, ("c6000", "c6002", "c6004")),
        Group(7000, 2, ("c7000",)),
        Group(7003, 2, ("c7003",)),
    )


def test_a_question_never_covers_more_than_125_registers() -> None:
    groups = groups_of(tuple(MeterRegister(f"c{i}", 2 * i) for i in range(100)))
    assert [group.count for group in groups] == [124, 76]


def test_one_poll_is_one_question_for_seven_channels(bench: Bench) -> None:
    bench.step()
    assert [(address, count) for _, address, count in bench.asked()] == [(6000, 14)]


def test_watts_of_every_channel_are_published_with_the_time_of_the_answer(bench: Bench) -> None:
    bench.poll()
    for register in bench.layout.registers:
        reading = bench.reading(register.channel)
        assert (reading.value, reading.mono_ms) == (100 + register.address, bench.ms)
    assert bench.meter.device.status.ok


def test_it_is_asked_once_a_period_and_never_twice_at_once(bench: Bench) -> None:
    count = 0
    for _ in range(600):
        bench.step()
        asked = bench.asked()
        count += len(asked)
        assert len(asked) <= 1
        for tid, _, words in asked:
            bench.stream.inbox.append(frame(tid, registers(*([0] * words))))
    assert count == pytest.approx(60_000 / bench.layout.poll_period_ms, abs=1)


def test_several_groups_follow_each_other_within_a_tick_when_answers_come_at_once() -> None:
    rows = tuple(MeterRegister(f"c{a}", a) for a in (10, 20, 30))
    bench = Bench(layout(registers=rows))
    real_send = bench.stream.send

    def send(data: bytes) -> int:
        sent = real_send(data)
        bench.reply()
        return sent

    bench.stream.send = send  # type: ignore[method-assign]
    bench.step()
    assert [bench.reading(f"c{a}").value for a in (10, 20, 30)] == [110, 120, 130]
    assert bench.meter.polls == 1


def test_an_answer_that_takes_two_seconds_is_still_an_answer(bench: Bench) -> None:
    bench.step()
    for _ in range(20):
        bench.step()
    bench.reply()
    bench.step()
    assert bench.reading().value == 6100
    assert bench.port.drops == []


def test_silence_ends_the_connection_after_three_seconds(bench: Bench) -> None:
    bench.step()
    for _ in range(DEADLINE_MS // 100):
        bench.step()
    assert bench.port.drops == []
    bench.step()
    assert bench.port.drops == ["The meter has not answered within 3 s."]
    assert not bench.meter.device.status.ok


def test_a_silent_meter_is_asked_less_and_less_often_down_to_every_five_minutes(bench: Bench) -> None:
    asked = []
    for _ in range(30_000):
        bench.step()
        if bench.asked():
            asked.append(bench.ms)
    waits = [b - a - DEADLINE_MS for a, b in itertools.pairwise(asked)]
    doubling = [2000, 4000, 8000, 16_000, 32_000, 64_000, 128_000, 256_000]
    assert [round(wait, -3) for wait in waits[:8]] == doubling
    assert {round(wait, -3) for wait in waits[8:]} == {300_000}


def test_readings_of_a_silent_meter_have_no_value_after_the_grace(bench: Bench) -> None:
    bench.poll()
    while bench.ms < 12_000:
        bench.step()
    assert (bench.reading().value, bench.reading().quality) == (None, FAILED)


def test_a_single_missed_answer_does_not_take_the_readings_away(bench: Bench) -> None:
    bench.poll()
    while not bench.port.drops:
        bench.step()
    while not bench.stream.sent:
        bench.step()
    bench.reply()
    bench.step()
    assert bench.reading().value == 6100
    assert bench.meter.device.status.ok


def test_a_dead_way_to_the_meter_shows_why(bench: Bench) -> None:
    bench.port.up = None
    bench.port.words = "meter.local: the resolver does not know this name."
    for _ in range(60):
        bench.step()
    assert bench.meter.device.status.words == bench.port.words
    assert bench.meter.device.errors == 1
    assert bench.reading().quality == FAILED


@pytest.mark.parametrize("code", [1, 2, 3])
def test_a_register_the_meter_does_not_have_is_latched_and_the_others_go_on(code: int) -> None:
    bench = Bench(layout(registers=(MeterRegister("good", 10), MeterRegister("bad", 50))))
    for _ in range(20):
        bench.step(500)
        for tid, address, _ in bench.asked():
            pdu = registers(*f32_registers(7.0)) if address == 10 else bytes((0x84, code))
            bench.stream.inbox.append(frame(tid, pdu))
    assert bench.reading("good").value == 7
    assert (bench.reading("bad").value, bench.reading("bad").quality) == (None, FAILED)
    assert f"exception {code}" in bench.meter.device.status.words
    assert "register 50 (bad)" in bench.meter.device.status.words
    assert bench.meter.device.errors == 1, "asked once, then left alone"
    assert bench.meter.device.status.ok


def test_a_latched_register_is_tried_again_after_five_minutes() -> None:
    bench = Bench(layout(registers=(MeterRegister("bad", 50),)))
    times = []
    for _ in range(LATCH_MS // 500 + 20):
        bench.step(500)
        for tid, _, _ in bench.asked():
            times.append(bench.ms)
            bench.stream.inbox.append(frame(tid, bytes((0x84, 2))))
    assert len(times) == 2
    assert times[1] - times[0] >= LATCH_MS


@pytest.mark.parametrize("code", [4, 5, 6, 11])
def test_a_busy_meter_is_simply_asked_again(bench: Bench, code: int) -> None:
    bench.poll()
    for _ in range(2):
        bench.step(1000)
        for tid, _, _ in bench.asked():
            bench.stream.inbox.append(frame(tid, bytes((0x84, code))))
        bench.step()
    assert bench.reading().value == 6100
    bench.poll()
    assert bench.meter.device.status.words == ""
    assert bench.port.drops == []


def test_a_meter_that_stays_busy_loses_its_readings(bench: Bench) -> None:
    bench.poll()
    for _ in range(20):
        bench.step(500)
        for tid, _, _ in bench.asked():
            bench.stream.inbox.append(frame(tid, bytes((0x84, 6))))
    assert bench.reading().quality == FAILED


@pytest.mark.parametrize("value", [math.nan, math.inf, -40_000.0])
def test_an_impossible_power_has_no_value_and_the_others_stand(bench: Bench, value: float) -> None:
    bench.watts[6002] = value
    bench.poll()
    assert (bench.reading("hp-idu-pwr").value, bench.reading("hp-idu-pwr").quality) == (None, RANGE)
    assert bench.reading("hp-odu-pwr").value == 6100
    assert bench.meter.refused == 1


def test_garbage_ends_the_connection_and_the_next_one_works(bench: Bench) -> None:
    bench.poll()
    bench.step(1000)
    bench.stream.inbox.append(b"\xa5" * 40)
    bench.step()
    assert len(bench.port.drops) == 1
    bench.poll(3000)
    assert bench.reading().mono_ms == bench.ms


def test_a_late_answer_to_the_last_connection_is_not_taken(bench: Bench) -> None:
    bench.step()
    (old, _, words), *_ = bench.asked()
    while not bench.port.drops:
        bench.step()
    bench.step(3000)
    bench.stream.inbox.append(frame(old, registers(*([0x449A, 0x5000] * (words // 2)))))
    bench.step()
    assert bench.latest.get("hp-odu-pwr") is None
    assert bench.meter.modbus.strays == 1


def serial(text: str) -> list[int]:
    raw = text.encode().ljust(16, b"\0")
    return [raw[i] << 8 | raw[i + 1] for i in range(0, 16, 2)]


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (registers(*serial("1001ab")), ""),
        (registers(*serial("zz")), "The meter's serial number is 'zz'; the layout says '1001ab'."),
        (bytes((0x84, 2)), "exception 2 (illegal register address); the layout says '1001ab'."),
    ],
)
def test_the_serial_number_is_checked_once_a_connection_and_the_data_still_used(
    found: bytes, words: str
) -> None:
    bench = Bench(msgspec.structs.replace(load_house("beech").meter, hw_uid="1001ab"))
    bench.step()
    ((tid, address, count),) = bench.asked()
    assert (address, count) == (100, 8)
    bench.stream.inbox.append(frame(tid, found))
    bench.step()
    bench.reply()
    bench.step()
    assert bench.reading().value == 6100
    assert bench.meter.device.status.ok
    assert bench.meter.device.status.words.endswith(words)
    bench.poll()
    assert bench.reading().mono_ms == bench.ms


def test_polls_follow_house_time_and_deadlines_real_time(bench: Bench) -> None:
    """In a demo at sixty times real time a tick is a second of house time and 17 ms of real time."""
    for tick in range(120):
        bench.meter.step(Now(WALL_MS + 1000 * tick, 1000 * tick, 17 * tick))
        bench.reply()
    assert bench.meter.polls == 120
    assert bench.port.drops == []


def test_long_ticks_poll_once_a_tick_and_never_catch_up(bench: Bench) -> None:
    for _ in range(10):
        bench.step(10_000)
        bench.reply()
    assert bench.meter.polls == 10
    assert bench.port.drops == []


def test_a_wall_clock_step_disturbs_nothing(bench: Bench) -> None:
    bench.poll()
    bench.ms += 1000
    bench.meter.step(at(bench.ms, wall_ms=0))
    bench.reply()
    bench.ms += 100
    bench.meter.step(at(bench.ms, wall_ms=4_000_000_000_000))
    assert bench.reading().mono_ms == bench.ms
    assert bench.port.drops == []


def test_the_same_driver_reads_a_meter_over_real_tcp() -> None:
    """The simulated meter behind a loopback socket: dialled, asked, dropped, dialled again."""
    layout_here = load_house("beech").meter
    twin = TwinMeter(layout_here, _watts(layout_here), lambda: 0, "twin-meter")
    with serving("plain") as server:
        port = TcpPort("127.0.0.1", server.port)
        latest = Latest()
        meter = Meter(msgspec.structs.replace(layout_here, hw_uid="twin-meter"), port, latest)
        ms = 0

        def heard() -> bool:
            nonlocal ms
            ms += 10
            meter.step(at(ms))
            server.step()
            for peer in server.peers:
                with contextlib.suppress(BlockingIOError):
                    for _, answer in twin.hear(peer.recv(1000))[1]:
                        peer.send(answer)
            return latest.get("hp-odu-pwr") is not None

        assert eventually(heard)
        assert meter.device.status.ok
        assert meter.device.status.words == ""
        first = latest.readings()["hp-odu-pwr"]
        assert first.value == 1234
        server.peers.pop().close()
        assert eventually(lambda: heard() and latest.readings()["hp-odu-pwr"].mono_ms > first.mono_ms + 1500)
        assert meter.device.status.ok
        assert port.dials == 2
        port.close()


def _watts(meter: PowerMeter) -> Any:
    """Whatever shape the simulated meter wants its powers in."""
    powers = {register.channel: 1234.5 for register in meter.registers}

    def watts(*asked: str) -> object:
        return powers[asked[0]] if asked else powers

    return watts
