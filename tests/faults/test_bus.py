"""F101 to F105: the I2C bus goes wrong under the whole program."""

from __future__ import annotations

import errno
import re
from typing import Any

import pytest
from msgspec.structs import replace

from hw import i2c
from hw.device import MAX_BACKOFF_MS
from hw.twin.chips import Pcf8575
from hw.twin.faults import Bus, BusFault
from layouts.settings import Gpio, Settings
from tests.faults.trial import MORNING_MS, Trial
from tests.hw.modbus_server import ROOT


def test_f101_a_nack_is_retried_in_the_same_tick_and_counted() -> None:
    trial = Trial(warm_s=60)
    wire = trial.program.parts.rig.wire
    before = wire.retries
    trial.inject(BusFault(Bus.NACK, None, hits=1, of=5))
    trial.run(60)
    assert wire.retries > before + 60
    assert wire.worst_us <= 20_000
    assert not trial.active
    assert all(b.value == b.commanded for b in trial.program.readbacks.values())
    assert trial.program.last[0].now.mono_ms - trial.reading("hp-lwt").mono_ms <= 2_000


def test_f102_an_absent_adc_is_left_alone_longer_and_longer_and_never_simulated() -> None:
    trial = Trial(warm_s=60)
    address = trial.house.pipes.addresses[0]
    trial.inject(BusFault(Bus.NACK, address))
    trial.run(1)
    waits = []
    for _ in range(8):
        device: Any = trial.device(f"0x{address:02x}")
        until, errors = device.backoff_until_mono_ms, device.errors
        waits.append(until - trial.stage.clock.now().mono_ms)
        trial.until(lambda e=errors: trial.device(f"0x{address:02x}").errors > e, 400)  # type: ignore[misc, attr-defined]
    assert waits == sorted(waits)
    assert waits[0] <= 2_000
    assert waits[-1] > 100_000
    assert max(waits) <= MAX_BACKOFF_MS
    assert trial.reading("hp-lwt").value is None
    assert trial.active["hp-lwt-lost"] == "hp-lwt is silent"
    assert trial.reading("store-hot-pipe").value is not None, "another chip"
    trial.clears(MAX_BACKOFF_MS / 1000 + 30)


def test_f103_a_stuck_bus_is_seen_within_a_tick_and_the_house_handed_back_with_the_heartbeat_stopped() -> (
    None
):
    gpio = Gpio(enabled=True, heartbeat_pin=17)
    trial = Trial(start_ms=MORNING_MS, warm_s=400, settings=replace(Settings(), gpio=gpio))
    assert sum(trial.coils().values()) >= 3
    wire, edges = trial.program.parts.rig.wire, trial.world.header.edges
    trial.inject(BusFault(Bus.STUCK))
    failures = wire.failures
    trial.run(1)
    assert wire.failures > failures, "seen in the first tick"
    trial.run(1)
    backs = trial.program.readbacks
    assert all(backs[r.node].value is None for r in trial.house.relays), "no relay is believed any more"
    took_s = trial.appears("i2c-bus-silent", "Nothing on the I2C bus answers", 8)
    assert trial.handed_back()
    trial.run(8 - took_s)
    beats = edges[17]
    trial.run(20)
    assert edges[17] == beats, "ten seconds after the fault nothing beats"
    assert not trial.world.header.supplied
    assert trial.world.relays.contacts == frozenset(), "the dead-man has let every relay go"
    trial.clears(120, "i2c-bus-silent", "relay-board-1-silent", "relay-board-2-silent")
    trial.until(lambda: not trial.handed_back(), 60)
    trial.run(120)
    assert edges[17] > beats


class HungAdapter:
    """`/dev/i2c-1` as smbus2 gives it: every call comes back after the kernel's time limit, empty-handed."""

    def __init__(self, watch: list[int]) -> None:
        self.calls = 0
        self._watch = watch

    def i2c_rdwr(self, *messages: object) -> None:
        self.calls += 1
        self._watch[0] += 10 * i2c.TIMEOUT_TENS_OF_MS * 1_000_000
        raise TimeoutError(errno.ETIMEDOUT, "Connection timed out")

    def close(self) -> None:
        return


def test_f104_a_call_that_hangs_costs_a_tick_one_time_limit_and_hands_the_house_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    trial = Trial(start_ms=MORNING_MS, warm_s=400)
    watch = [0]
    monkeypatch.setattr(i2c, "stopwatch_ns", lambda: watch[0])
    adapter = HungAdapter(watch)
    wire = trial.program.parts.rig.wire
    wire._bus = i2c.LinuxI2c(1, lambda number: adapter)
    most = 0
    for second in range(60):
        calls, began = adapter.calls, watch[0]
        trial.run(1)
        most = max(most, adapter.calls - calls)
        assert watch[0] - began <= 50_000_000, "ms of a tick"
        assert second < 10 or trial.handed_back()
    assert most == 1, "whoever hangs is not asked twice in a tick"
    assert "i2c-bus-silent" in trial.active


def test_f104_a_transaction_is_bounded_by_the_kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[int, int, int]] = []

    class Bus1:
        fd = 77

        def __init__(self, number: int) -> None:
            self.number = number

    monkeypatch.setattr("smbus2.SMBus", Bus1)
    monkeypatch.setattr("fcntl.ioctl", lambda fd, request, value: asked.append((fd, request, value)))
    i2c._open(1)
    assert asked == [(77, 0x0702, 3)], "I2C_TIMEOUT counts tens of ms"


def test_f104_no_watchdog_is_petted_while_a_call_hangs_and_systemd_ends_it_within_25_s() -> None:
    class Hung(BaseException):
        """Whoever ends the hang does it from outside: the call never returns."""

    class Dog:
        listening = False
        pets = 0

        def watchdog(self) -> None:
            self.pets += 1

    trial = Trial(warm_s=30)
    dog = trial.program.parts.notifier = Dog()
    trial.run(3)
    assert dog.pets == 3

    def hang(address: int, data: bytes) -> None:
        raise Hung

    trial.world.i2c.write = hang  # type: ignore[method-assign]
    with pytest.raises(Hung):
        trial.run(5)
    assert dog.pets == 3, "the very tick that hangs is not petted"
    unit = (ROOT / "hw" / "service_units.py").read_text(encoding="utf-8")
    found = re.findall(r'"WatchdogSec", "(\d+)"', unit)
    assert [int(seconds) <= 25 for seconds in found] == [True]


@pytest.mark.parametrize("kind", [Bus.SHORT_READ, Bus.LONG_READ])
def test_f105_short_and_long_answers_are_no_answers(kind: Bus) -> None:
    trial = Trial(warm_s=60)
    address = trial.house.pipes.addresses[1]
    heard, failures = trial.reading("store-hot-pipe"), trial.program.parts.rig.wire.failures
    trial.inject(BusFault(kind, address))
    for _ in range(20):
        trial.run(1)
        reading = trial.reading("store-hot-pipe")
        assert reading.value is None or reading == heard, "discarded"
    assert reading.value is None
    assert trial.program.parts.rig.wire.failures > failures, "and counted"
    device: Any = trial.device(f"0x{address:02x}")
    assert "sent" in device.words
    assert "bytes, not 2" in device.words
    trial.appears("store-hot-pipe-lost", "store-hot-pipe is silent", 90)
    assert trial.reading("hp-lwt").value is not None, "another chip"
    trial.clears(400)


@pytest.mark.parametrize("kind", [Bus.SHORT_READ, Bus.LONG_READ])
def test_f105_a_relay_board_that_answers_at_another_length_is_a_silent_board(kind: Bus) -> None:
    trial = Trial(start_ms=MORNING_MS, warm_s=400)
    board = trial.house.relay_boards[0]
    trial.inject(BusFault(kind, board))
    trial.run(1)
    first = [r.node for r in trial.house.relays if r.index <= 16]
    assert {trial.program.readbacks[node].value for node in first} == {None}
    trial.appears("relay-board-1-silent", "does not answer", 8)
    assert trial.handed_back()
    trial.clears(60, "relay-board-1-silent")
    trial.until(lambda: not trial.handed_back(), 60)


def test_f105_a_chip_that_answers_something_else_is_not_believed() -> None:
    trial = Trial(warm_s=60)
    before = trial.reading("hp-lwt")
    trial.inject(BusFault(Bus.WRONG_BYTES, trial.house.pipes.addresses[0], mask=0x55))
    for _ in range(30):
        trial.run(1)
        reading = trial.reading("hp-lwt")
        assert reading.value is None or reading == before, "nothing new is made of it"
    device: Any = trial.device(f"0x{trial.house.pipes.addresses[0]:02x}")
    assert device.errors >= 10
    assert "forgot its order" in device.words
    trial.appears("hp-lwt-lost", "hp-lwt is silent", 120)
    trial.clears(200)


def test_f105_a_relay_board_that_shows_a_wrong_bit_is_a_relay_that_disobeys() -> None:
    trial = Trial(warm_s=60)
    trial.inject(BusFault(Bus.WRONG_BYTES, trial.house.relay_boards[0], mask=0x01))
    trial.run(1)
    assert trial.program.readbacks["relay8"].value != trial.program.readbacks["relay8"].commanded
    trial.appears("relay-disobeys", "A relay of the heat path does not obey", 8)
    trial.clears(930)


def test_f105_another_kind_of_chip_at_the_address_of_an_adc_is_not_believed() -> None:
    """A relay board whose jumpers were set wrong: it acknowledges everything and has no registers."""
    trial = Trial(warm_s=60)
    address, before = trial.house.pipes.addresses[0], trial.reading("hp-lwt")
    chips = trial.world.i2c._chips
    adc, chips[address] = chips[address], Pcf8575(lambda: None)
    for _ in range(90):
        trial.run(1)
        reading = trial.reading("hp-lwt")
        assert reading.value is None or reading == before
    trial.appears("hp-lwt-lost", "hp-lwt is silent", 60)
    chips[address] = adc
    trial.clears(400)
