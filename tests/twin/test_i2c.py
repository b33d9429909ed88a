"""The simulated bus: time, faults, and the house's boards on it."""

from __future__ import annotations

import pytest

from hw.bus import BusError
from hw.twin.faults import (
    BrownOut,
    Bus,
    BusFault,
    ContactFault,
    PinFault,
    Thermistor,
    ThermistorFault,
)
from hw.twin.i2c import TIMEOUT_US
from hw.twin.thermistor import pipe_volts
from tests.twin.house import energise, world

OFF = b"\xff\xff"


def ads_volts(house: object, address: int, config: str) -> float:
    from hw.twin.world import World

    assert isinstance(house, World)
    house.i2c.write(address, b"\x01" + bytes.fromhex(config))
    for _ in range(100):
        house.i2c.write(address, b"\x01")
        if house.i2c.read(address, 2)[0] & 0x80:
            break
    house.i2c.write(address, b"\x00")
    return int.from_bytes(house.i2c.read(address, 2), "big", signed=True) * 6.144 / 32768


def test_a_transaction_costs_nine_bits_a_byte_and_start_and_stop_at_100_khz() -> None:
    house, _ = world()
    house.i2c.write(0x20, OFF)
    assert house.i2c.spent_us == 290
    house.i2c.read(0x20, 2)
    assert house.i2c.spent_us == 580
    house.i2c.write(0x48, b"\x01")
    assert house.i2c.spent_us == 580 + 200


def test_nobody_answers_at_an_empty_address() -> None:
    house, _ = world()
    with pytest.raises(BusError, match="0x33"):
        house.i2c.read(0x33, 1)
    assert (house.i2c.spent_us, house.i2c.failures) == (110, 1)


def failures(house: object, fault: BusFault, tries: int, address: int = 0x20) -> list[bool]:
    from hw.twin.world import World

    assert isinstance(house, World)
    number = house.inject(fault)
    failed = []
    for _ in range(tries):
        try:
            house.i2c.write(address, OFF)
            failed.append(False)
        except BusError:
            failed.append(True)
    house.heal(number)
    house.i2c.write(address, OFF)
    return failed


def test_a_board_may_fail_once_k_of_n_or_for_ever_and_heals() -> None:
    house, _ = world()
    yes, no = True, False
    assert failures(house, BusFault(Bus.NACK, 0x20, hits=1), 4) == [yes, no, no, no]
    assert failures(house, BusFault(Bus.NACK, 0x20, hits=2, of=3), 6) == [yes, yes, no, yes, yes, no]
    assert failures(house, BusFault(Bus.NACK, 0x20), 4) == [yes] * 4
    assert failures(house, BusFault(Bus.NACK, 0x21), 4) == [no] * 4


def test_a_stuck_bus_takes_everybody_with_it_and_costs_the_timeout() -> None:
    house, _ = world()
    house.inject(BusFault(Bus.STUCK))
    for address in (0x20, 0x48, 0x5E):
        before = house.i2c.spent_us
        with pytest.raises(BusError, match="hangs"):
            house.i2c.read(address, 2)
        assert house.i2c.spent_us - before >= TIMEOUT_US


def test_reads_may_come_short_or_wrong_and_writes_may_be_slow() -> None:
    house, _ = world()
    short = house.inject(BusFault(Bus.SHORT_READ, 0x20))
    assert house.i2c.read(0x20, 2) == b"\xff"
    house.heal(short)
    wrong = house.inject(BusFault(Bus.WRONG_BYTES, 0x20, hits=1, mask=0x0F))
    assert house.i2c.read(0x20, 2) == b"\xf0\xf0"
    assert house.i2c.read(0x20, 2) == OFF
    house.heal(wrong)
    house.inject(BusFault(Bus.SLOW, 0x20, slow_us=5000))
    before = house.i2c.spent_us
    house.i2c.write(0x20, OFF)
    assert house.i2c.spent_us - before == 290 + 5000


def test_a_failed_write_moves_no_relay() -> None:
    house, _ = world()
    house.inject(BusFault(Bus.NACK, 0x20, hits=1))
    with pytest.raises(BusError):
        energise(house, 5, 6)
    assert house.relays.coils == frozenset()


def test_the_trace_shows_every_movement_of_a_coil_with_its_time() -> None:
    house, clock = world()
    house.i2c.write(0x20, OFF)
    clock.forward(1500)
    energise(house, 5, 6)
    clock.forward(500)
    energise(house, 5)
    trace = [(c.mono_ms, sorted(c.before), sorted(c.after)) for c in house.i2c.trace]
    assert trace == [(1500, [], [5, 6]), (2000, [5, 6], [5])]


def test_relays_17_and_18_sit_on_the_second_board() -> None:
    house, _ = world()
    house.i2c.write(0x21, bytes.fromhex("3fff"))
    assert house.relays.coils == {17, 18}


def test_a_stuck_pin_is_seen_in_the_readback_and_moves_the_plant() -> None:
    house, _ = world()
    number = house.inject(PinFault(9, low=True))
    assert house.i2c.read(0x20, 2).hex() == "fffe"
    assert house.relays.contacts == {9}
    house.heal(number)
    assert house.relays.contacts == frozenset()
    house.inject(PinFault(6, low=False))
    energise(house, 5, 6)
    assert house.relays.coils == {5}
    assert house.i2c.read(0x20, 2).hex() == "f7ff"


def test_welded_contacts_move_the_plant_behind_a_healthy_readback() -> None:
    house, _ = world()
    house.inject(ContactFault(9, energised=True))
    assert house.i2c.read(0x20, 2) == OFF
    assert house.truth().energised == (9,)
    energise(house, 5)
    house.inject(ContactFault(5, energised=False))
    assert house.i2c.read(0x20, 2).hex() == "f7ff"
    assert house.truth().energised == (9,)


def test_a_brown_out_releases_the_board_silently_and_only_once() -> None:
    house, _ = world()
    energise(house, 5, 6)
    house.inject(BrownOut(0x20))
    assert house.i2c.read(0x20, 2) == OFF
    energise(house, 5, 6)
    house.heal()
    assert house.relays.coils == {5, 6}
    with pytest.raises(ValueError, match="0x33"):
        house.inject(BrownOut(0x33))


def test_the_output_boards_come_up_with_the_volts_of_the_house() -> None:
    house, _ = world()
    defaults = {z.output_idx: z.default / 10.0 for z in house.house.zero_tens}
    for index, volts in defaults.items():
        assert house.outputs.volts[index] == pytest.approx(volts, abs=0.003)
    house.i2c.write(0x5E, bytes.fromhex("020000"))
    assert house.outputs.volts[1] == 0.0


def test_the_adc_shows_the_pipe_temperatures_of_the_plant() -> None:
    house, _ = world()
    house.plant.pipes.temps = [30.0 + 5 * i for i in range(9)]
    assert ads_volts(house, 0x4B, "c183") == pytest.approx(pipe_volts(30.0, 4.85), abs=1e-4)
    assert ads_volts(house, 0x4B, "e183") == pytest.approx(pipe_volts(40.0, 4.85), abs=1e-4)
    assert ads_volts(house, 0x49, "c183") == pytest.approx(pipe_volts(50.0, 4.85), abs=1e-4)


def test_an_empty_terminal_floats_to_the_supply() -> None:
    house, _ = world()
    assert ads_volts(house, 0x48, "f183") == pytest.approx(4.85, abs=1e-4)


def test_relay_7_cuts_the_common_wire_of_all_thermistors() -> None:
    house, _ = world()
    assert ads_volts(house, 0x4B, "c183") < 4.0
    energise(house, 7)
    assert ads_volts(house, 0x4B, "c183") == pytest.approx(4.85, abs=1e-4)
    energise(house)
    assert ads_volts(house, 0x4B, "c183") < 4.0


def test_thermistors_open_short_freeze_and_drift() -> None:
    house, clock = world()
    house.plant.pipes.temps = [40.0] * 9
    number = house.inject(ThermistorFault("dist-swt", Thermistor.OPEN))
    assert ads_volts(house, 0x4B, "c183") == pytest.approx(4.85, abs=1e-4)
    house.heal(number)
    assert ads_volts(house, 0x4B, "c183") == pytest.approx(pipe_volts(40.0, 4.85), abs=1e-4)
    house.inject(ThermistorFault("dist-swt", Thermistor.SHORT))
    assert ads_volts(house, 0x4B, "c183") == 0.0
    house.inject(ThermistorFault("dist-rwt", Thermistor.DRIFT, amount=2.0))
    house.inject(ThermistorFault("hp-lwt", Thermistor.FROZEN))
    clock.forward(3_600_000)
    house.advance(clock.mono_ms)
    house.plant.pipes.temps = [40.0] * 9
    house.plant.pipes.temps[2] = 60.0
    assert ads_volts(house, 0x4B, "d183") == pytest.approx(pipe_volts(42.0, 4.85), abs=2e-4)
    assert ads_volts(house, 0x4B, "e183") == pytest.approx(pipe_volts(40.0, 4.85), abs=2e-4)
    with pytest.raises(ValueError, match="attic"):
        house.inject(ThermistorFault("attic", Thermistor.OPEN))


def test_a_noisy_thermistor_strays_by_as_much_as_was_asked() -> None:
    house, _ = world()
    house.plant.pipes.temps = [40.0] * 9
    house.inject(ThermistorFault("dist-swt", Thermistor.NOISE, amount=3.0))
    volts = [ads_volts(house, 0x4B, "c183") for _ in range(60)]
    assert min(volts) > pipe_volts(43.1, 4.85)
    assert max(volts) < pipe_volts(36.9, 4.85)
    assert max(volts) - min(volts) > 0.1
