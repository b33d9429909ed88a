"""F101 to F105: the I2C bus goes wrong under the whole program."""

from __future__ import annotations

from typing import Any

import pytest

from hw import i2c
from hw.device import MAX_BACKOFF_MS
from hw.twin.faults import Bus, BusFault, Thermistor, ThermistorFault
from tests.faults.trial import Trial


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


def test_f103_a_stuck_bus_is_seen_within_a_tick_and_the_house_is_handed_back() -> None:
    trial = Trial(warm_s=60)
    trial.inject(BusFault(Bus.STUCK))
    failures = trial.program.parts.rig.wire.failures
    trial.run(1)
    assert trial.program.parts.rig.wire.failures > failures, "seen in the first tick"
    trial.run(2)
    backs = trial.program.readbacks
    assert all(backs[r.node].value is None for r in trial.house.relays)
    took_s = trial.appears("i2c-bus-silent", "Nothing on the I2C bus answers", 10)
    assert took_s <= 10
    assert trial.handed_back()
    trial.clears(120, "i2c-bus-silent", "relay-board-1-silent", "relay-board-2-silent")
    trial.until(lambda: not trial.handed_back(), 60)


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


def test_f104_no_watchdog_is_petted_while_a_call_hangs() -> None:
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
    assert dog.pets <= 4


@pytest.mark.parametrize("kind", [Bus.SHORT_READ, Bus.LONG_READ])
def test_f105_short_and_long_answers_are_no_answers(kind: Bus) -> None:
    trial = Trial(warm_s=60)
    address = trial.house.pipes.addresses[1]
    heard = trial.reading("store-hot-pipe").mono_ms
    trial.inject(BusFault(kind, address))
    trial.run(20)
    assert trial.reading("store-hot-pipe").value is None
    assert trial.program.last[0].now.mono_ms - heard > 15_000
    trial.clears(400)


def test_f105_a_chip_that_answers_something_else_is_not_believed() -> None:
    trial = Trial(warm_s=60)
    trial.inject(BusFault(Bus.WRONG_BYTES, trial.house.pipes.addresses[0], mask=0x55))
    before = trial.reading("hp-lwt")
    trial.run(30)
    told = [
        r.value for n, r in trial.program.last[0].readings.items() if n == "hp-lwt" and r.value is not None
    ]
    assert told in ([], [before.value]), "nothing new is made of it"
    relay = trial.house.relay_boards[0]
    trial.heal()
    trial.inject(BusFault(Bus.WRONG_BYTES, relay, mask=0x01))
    trial.run(1)
    assert trial.program.readbacks["relay8"].value != trial.program.readbacks["relay8"].commanded
    trial.clears(200)


def test_f105_a_wire_on_a_foreign_terminal_is_told_by_its_own_row() -> None:
    """Nothing in the chip says who answers; what it measures does (F110)."""
    trial = Trial(warm_s=60)
    trial.inject(ThermistorFault("hp-lwt", Thermistor.SWAPPED, other="hp-ewt"))
    trial.run(5)
    assert trial.reading("hp-lwt").value is not None
