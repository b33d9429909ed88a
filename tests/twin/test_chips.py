"""The chips at register level, against their data sheets and the byte vectors of the field."""

from __future__ import annotations

import pytest

from hw.twin.chips import Ads1115, Gp8403, Pcf8575, relay_pin


class Told:
    """Counts calls."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self) -> None:
        self.count += 1


# ------------------------------------------------------------------------------------------- PCF8575


@pytest.mark.parametrize(
    ("relays", "data"),
    [((1,), "7fff"), ((8,), "feff"), ((9,), "fffe"), ((16,), "ff7f"), ((5, 6), "f3ff"), ((17,), "7fff")],
)
def test_relay_boards_understand_the_field_bytes(relays: tuple[int, ...], data: str) -> None:
    chip = Pcf8575(Told())
    chip.write(bytes.fromhex(data), 0)
    low = [pin for pin in range(16) if not chip.pins >> pin & 1]
    assert low == sorted(relay_pin(index) for index in relays)
    assert chip.read(2, 0) == bytes.fromhex(data)


def test_power_on_and_brown_out_release_every_relay() -> None:
    told = Told()
    chip = Pcf8575(told)
    assert chip.read(2, 0) == b"\xff\xff"
    chip.write(b"\x00\x00", 0)
    chip.brown_out()
    assert (chip.read(2, 0), told.count) == (b"\xff\xff", 2)


def test_bytes_go_to_the_two_ports_in_turn() -> None:
    chip = Pcf8575(Told())
    chip.write(b"\x01", 0)
    assert chip.pins == 0xFF01
    chip.write(b"\x02\x03\x04\x05", 0)
    assert chip.pins == 0x0504
    assert chip.read(5, 0) == b"\x04\x05\x04\x05\x04"


def test_an_unchanged_write_and_an_empty_probe_move_nothing() -> None:
    told = Told()
    chip = Pcf8575(told)
    chip.write(b"\xff\xff", 0)
    chip.write(b"", 0)
    assert told.count == 0


def test_a_pin_stuck_low_reads_low_and_one_stuck_high_reads_high() -> None:
    told = Told()
    chip = Pcf8575(told)
    chip.stick(high=0x0002, low=0x0100)
    assert (chip.read(2, 0), told.count) == (b"\xff\xfe", 1)
    chip.write(b"\x00\xff", 0)
    assert chip.read(2, 0) == b"\x02\xfe"
    chip.stick(high=0, low=0)
    assert chip.read(2, 0) == b"\x00\xff"


# -------------------------------------------------------------------------------------------- GP8403


def test_outputs_follow_the_field_bytes() -> None:
    first, second = Gp8403(Told()), Gp8403(Told())
    for chip in (first, second):
        chip.write(bytes.fromhex("011100"), 0)
    first.write(bytes.fromhex("02c04c"), 0)
    first.write(bytes.fromhex("04f07f"), 0)
    second.write(bytes.fromhex("02f0ff"), 0)
    assert first.volts == pytest.approx((2.9988, 4.9988), abs=1e-4)
    assert second.volts == (10.0, 0.0)


def test_without_the_range_command_the_same_code_gives_half_the_volts() -> None:
    chip = Gp8403(Told())
    chip.write(bytes.fromhex("02f0ff"), 0)
    assert chip.volts[0] == 5.0
    chip.write(bytes.fromhex("011100"), 0)
    assert chip.volts[0] == 10.0
    chip.write(bytes.fromhex("010000"), 0)
    assert chip.volts[0] == 5.0


def test_one_write_may_carry_both_channels() -> None:
    chip = Gp8403(Told())
    chip.write(bytes.fromhex("011100"), 0)
    chip.write(bytes.fromhex("02f0fff07f"), 0)
    assert chip.volts == pytest.approx((10.0, 4.9988), abs=1e-4)


def test_a_brown_out_returns_the_outputs_to_what_was_stored() -> None:
    told = Told()
    chip = Gp8403(told, (2.0, 4.0))
    assert chip.volts == pytest.approx((2.0, 4.0), abs=0.003)
    stored = chip.volts
    chip.write(bytes.fromhex("020000"), 0)
    assert (chip.volts[0], told.count) == (0.0, 1)
    chip.brown_out()
    assert chip.volts == stored
    assert chip.read(1, 0) == b"\xff"


@pytest.mark.parametrize("data", ["", "02", "02f0", "0311", "0600", "04f0fff0ff"])
def test_a_cut_or_foreign_write_does_no_harm(data: str) -> None:
    chip = Gp8403(Told())
    chip.write(bytes.fromhex(data), 0)
    assert chip.volts[0] == 0.0


# ------------------------------------------------------------------------------------------- ADS1115


def adc(volts: tuple[float, float, float, float] = (0.5, 1.0, 2.425, 4.85)) -> Ads1115:
    return Ads1115(lambda number: volts[number])


def test_power_on_registers_are_those_of_the_data_sheet() -> None:
    chip = adc()
    for pointer, value in ((0, "0000"), (1, "8583"), (2, "8000"), (3, "7fff")):
        chip.write(bytes([pointer]), 0)
        assert chip.read(2, 0).hex() == value


@pytest.mark.parametrize(
    ("config", "code"), [("c183", 2667), ("d183", 5333), ("e183", 12933), ("f183", 25867)]
)
def test_a_single_shot_reads_its_input_after_7_8_ms(config: str, code: int) -> None:
    chip = adc()
    chip.write(b"\x01" + bytes.fromhex(config), 1000)
    assert chip.read(2, 1000)[0] & 0x80 == 0
    assert chip.read(2, 1000 + 7800)[0] & 0x80 == 0
    assert chip.read(2, 1000 + 7812).hex() == config
    chip.write(b"\x00", 9000)
    assert int.from_bytes(chip.read(2, 9000), "big", signed=True) == code


def test_until_the_conversion_is_done_the_old_result_stands() -> None:
    chip = adc()
    chip.write(bytes.fromhex("01c183"), 0)
    chip.write(b"\x00", 8000)
    old = chip.read(2, 8000)
    chip.write(bytes.fromhex("01f183"), 10_000)
    chip.write(b"\x00", 12_000)
    assert chip.read(2, 12_000) == old
    assert chip.read(2, 18_000) != old


def test_without_the_start_bit_nothing_is_converted() -> None:
    chip = adc()
    chip.write(bytes.fromhex("014183"), 0)
    chip.write(b"\x00", 50_000)
    assert chip.read(2, 50_000) == b"\x00\x00"


@pytest.mark.parametrize(
    ("config", "code"),
    [("c383", 4000), ("c583", 8000), ("c983", 32000), ("cb83", 32767), ("8183", -2667), ("9183", -23200)],
)
def test_gain_and_differential_inputs(config: str, code: int) -> None:
    chip = adc()
    chip.write(b"\x01" + bytes.fromhex(config), 0)
    chip.write(b"\x00", 10_000)
    assert int.from_bytes(chip.read(2, 10_000), "big", signed=True) == code


def test_continuous_mode_always_shows_the_present() -> None:
    level = [1.0]
    chip = Ads1115(lambda number: level[0])
    chip.write(bytes.fromhex("01c083"), 0)
    chip.write(b"\x00", 100)
    assert int.from_bytes(chip.read(2, 100), "big") == 5333
    level[0] = 2.0
    assert int.from_bytes(chip.read(2, 200), "big") == 10667


def test_thresholds_hold_what_was_written_until_a_brown_out() -> None:
    chip = adc()
    chip.write(bytes.fromhex("021234"), 0)
    assert chip.read(3, 0).hex() == "1234ff"
    chip.brown_out()
    chip.write(b"\x02", 0)
    assert chip.read(1, 0).hex() == "80"
