"""F201 to F208: the power meter goes wrong under the whole program."""

from __future__ import annotations

import random
import struct
from typing import Any

import pytest

from hw.device import MAX_BACKOFF_MS
from hw.modbus import Modbus, ModbusError, ModbusTcp, Reply
from hw.modbus_rtu import ModbusRtu
from hw.twin.faults import Meter, MeterFault
from tests.faults.trial import Trial

POWERS = ("hp-odu-pwr", "hp-idu-pwr")


def test_f201_a_silent_meter_is_asked_one_question_at_a_time_less_and_less_often() -> None:
    trial = Trial(warm_s=60)
    twin = trial.world.meter
    trial.inject(MeterFault(Meter.HUNG))
    asked = twin.requests
    trial.appears("hp-odu-pwr-lost", "Power channel hp-odu-pwr is silent", 120)
    trial.run(1200)
    assert twin.requests - asked <= 12, "not one a second any more"
    device: Any = trial.device("power-meter")
    left = device.backoff_until_mono_ms - trial.stage.clock.now().mono_ms
    assert left <= MAX_BACKOFF_MS
    trial.clears(MAX_BACKOFF_MS / 1000 + 60)


@pytest.mark.parametrize("code", [1, 2, 3])
def test_f202_an_exception_of_the_configuration_is_latched(code: int) -> None:
    trial = Trial(warm_s=60)
    trial.inject(MeterFault(Meter.EXCEPTION, code=code))
    asked = trial.world.meter.requests
    trial.run(120)
    assert trial.world.meter.requests - asked <= 3
    device: Any = trial.device("power-meter")
    assert f"exception {code}" in device.words
    assert "hp-odu-pwr-lost" in trial.active
    trial.clears(360)


@pytest.mark.parametrize("code", [4, 5, 6, 11])
def test_f202_an_exception_that_may_pass_is_asked_again(code: int) -> None:
    trial = Trial(warm_s=60)
    trial.inject(MeterFault(Meter.EXCEPTION, code=code))
    asked = trial.world.meter.requests
    trial.run(30)
    assert trial.world.meter.requests - asked >= 29
    trial.heal()
    trial.run(3)
    assert trial.reading("hp-odu-pwr").value is not None


def test_f203_garbage_is_no_power_and_the_meter_is_read_again_after_it() -> None:
    trial = Trial(warm_s=60)
    trial.inject(MeterFault(Meter.GARBAGE))
    trial.appears("hp-odu-pwr-lost", "is silent", 120)
    assert len(trial.program.parts.rig.meter.modbus._heard) < 4096
    trial.clears(400)


class Noisy:
    """A stream on which somebody talks at random, `count` bytes in all, and who takes every question."""

    def __init__(self, seed: int, count: int) -> None:
        self._random, self.left = random.Random(seed), count
        self.last = b""

    def send(self, data: bytes) -> int:
        return len(data)

    def recv(self, count: int) -> bytes | None:
        if self.last:
            found, self.last = self.last[:count], self.last[count:]
            return found
        take = min(count, self.left, 997)
        self.left -= take
        return self._random.randbytes(take) or None

    def close(self) -> None:
        return


@pytest.mark.parametrize("kind", [ModbusTcp, ModbusRtu])
def test_f203_a_million_random_bytes_are_never_kept_and_the_next_answer_is_taken(kind: type[Modbus]) -> None:
    """On a line the answer is found behind the noise; on the network the connection is dropped."""
    modbus, stream, broken, asked = kind(1, 4), Noisy(1, 1_000_000), 0, 0
    while stream.left:
        if not modbus.busy:
            modbus.ask(stream, 6000, 14, 0)
            asked += 1
        try:
            assert modbus.answer(stream) is None, "nothing random is an answer"
        except ModbusError:
            broken += 1
            modbus.reset()
        assert len(modbus._heard) <= 4096
    assert broken or kind is ModbusRtu
    if modbus.busy:
        assert len(modbus._heard) < 256, "no more is kept than might begin an answer"
    modbus.reset()
    modbus.ask(stream, 6000, 1, 0)
    stream.last = good(modbus)
    assert modbus.answer(stream) == Reply((0x449A,))


def good(modbus: Modbus) -> bytes:
    """The answer to a question for one register."""
    pdu = bytes((modbus.function, 2, 0x44, 0x9A))
    if isinstance(modbus, ModbusTcp):
        return struct.pack(">HHHB", modbus._tid, 0, len(pdu) + 1, modbus.unit_id) + pdu
    body = bytes((modbus.unit_id,)) + pdu
    return body + int(modbus._crc(body)).to_bytes(2, "big")  # type: ignore[attr-defined]


def test_f204_the_answer_to_an_older_question_is_dropped() -> None:
    trial = Trial(warm_s=60)
    strays = trial.program.parts.rig.meter.modbus.strays
    trial.inject(MeterFault(Meter.LATE))
    trial.run(60)
    assert trial.program.parts.rig.meter.modbus.strays - strays >= 55
    assert not trial.active
    assert trial.program.last[0].now.mono_ms - trial.reading("hp-odu-pwr").mono_ms <= 2_000


@pytest.mark.parametrize(
    ("fault", "row", "says"),
    [
        (MeterFault(Meter.SCALED, factor=-1.0), "hp-odu-pwr-negative", "is negative"),
        (MeterFault(Meter.SCALED, factor=3.5), "hp-odu-pwr-high", "wrong register, byte order or scale"),
        (MeterFault(Meter.WORDS_SWAPPED), "hp-odu-pwr-lost", "is silent"),
    ],
)
def test_f205_a_meter_that_was_swapped_for_another_is_not_believed(
    fault: MeterFault, row: str, says: str
) -> None:
    trial = Trial(warm_s=1800, tick_ms=2000)
    assert (trial.reading("hp-odu-pwr").value or 0) > 2_600
    energy = trial.program.state.energy.total_wh
    trial.inject(fault)
    trial.appears(row, says, 120)
    acts = {f.name: f.act for f in trial.program.last[1].overview.faults}
    assert acts[row] == "NO_CONTRACT"
    for _ in range(30):
        trial.run(10)
        assert trial.program.state.energy.total_wh >= energy, "energy never falls"
        energy = trial.program.state.energy.total_wh
    trial.clears(900, row)


def test_f207_energy_goes_on_from_where_it_was_when_the_meter_starts_anew() -> None:
    trial = Trial(warm_s=1200, tick_ms=2000)
    trial.inject(MeterFault(Meter.REFUSE))
    trial.inject(MeterFault(Meter.DROP))
    trial.run(120)
    before = trial.program.state.energy.total_wh
    trial.clears(400)
    trial.run(10)
    added = trial.program.state.energy.total_wh - before
    assert 0 <= added <= 10_000 * 410 / 3600


def test_f208_a_contract_ends_unmeasured_a_minute_after_the_meter_is_lost() -> None:
    trial = Trial(warm_s=900, tick_ms=1000, atn=True)
    trial.until(lambda: trial.path.startswith("AtnControlled"), 3600)
    trial.run(30)
    trial.inject(MeterFault(Meter.HUNG))
    took_s = trial.until(lambda: not trial.path.startswith("AtnControlled"), 120)
    assert 55 <= took_s <= 75
    assert trial.path.startswith("HomeAlone")
    words = " ".join(f"{e.name} {e.words}" for e in trial.events[-8:])
    assert "power" in words.lower()
    trial.clears(400, "hp-odu-pwr-lost", "hp-idu-pwr-lost")
    trial.until(lambda: trial.path.startswith("AtnControlled"), 3700)
