"""The drivers as datasheets: the bytes on the wire and what they mean, figure by figure."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hw import ads1115, egauge, gp8403, pcf8575
from hw.pico.tank import celsius_x1000
from hw.thermistor import celsius, classify, measure


def released_but(*indices: int) -> bytes:
    image = pcf8575.ALL_RELEASED
    for index in indices:
        image &= ~pcf8575.mask_of(index)
    return pcf8575.encode(image)


@pytest.mark.parametrize(
    ("indices", "expected"),
    [
        ((), "ffff"),
        ((1,), "7fff"),
        ((8,), "feff"),
        ((9,), "fffe"),
        ((16,), "ff7f"),
        ((5, 6), "f3ff"),
        ((17,), "7fff"),
        ((32,), "ff7f"),
        (tuple(range(1, 17)), "0000"),
    ],
)
def test_relays_pull_their_pin_low_in_one_two_byte_image(indices: tuple[int, ...], expected: str) -> None:
    assert released_but(*indices).hex() == expected


@pytest.mark.parametrize(("index", "board"), [(1, 0), (16, 0), (17, 1), (32, 1)])
def test_relays_17_to_32_sit_on_the_second_board(index: int, board: int) -> None:
    assert pcf8575.board_of(index) == board


@pytest.mark.parametrize("index", [0, 33, -1])
def test_there_is_no_relay_outside_1_to_32(index: int) -> None:
    with pytest.raises(ValueError, match="Relay index"):
        pcf8575.board_of(index)


@given(st.integers(0, 0xFFFF))
def test_an_image_survives_the_wire(image: int) -> None:
    assert pcf8575.decode(pcf8575.encode(image)) == image


def test_every_relay_of_a_board_has_its_own_pin() -> None:
    masks = [pcf8575.mask_of(index) for index in range(1, 17)]
    assert sorted(masks) == [1 << bit for bit in range(16)]


@pytest.mark.parametrize("data", [b"", b"\xff", b"\xff\xff\xff"])
def test_a_latch_of_the_wrong_length_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="bytes"):
        pcf8575.decode(data)


@pytest.mark.parametrize(
    ("output", "value", "expected"),
    [(1, 30, "02c04c"), (2, 50, "04f07f"), (3, 100, "02f0ff"), (1, 0, "020000"), (4, 20, "043033")],
)
def test_a_0_10_v_output_is_a_left_aligned_code_low_byte_first(
    output: int, value: int, expected: str
) -> None:
    assert gp8403.encode(output, value).hex() == expected


def test_outputs_1_and_2_hang_on_the_first_chip_3_and_4_on_the_second() -> None:
    assert [gp8403.chip_of(idx) for idx in (1, 2, 3, 4)] == [0, 0, 1, 1]


def test_the_range_word_puts_both_channels_on_ten_volts() -> None:
    assert gp8403.encode_range().hex() == "011100"


def test_30_gives_2_9988_volts() -> None:
    assert gp8403.volts_of(0x4CC0) == pytest.approx(2.9988, abs=5e-5)


@given(st.integers(0, 100))
def test_volts_come_out_within_half_a_percent_of_what_was_asked(value: int) -> None:
    assert gp8403.volts_of(gp8403.code_of(value)) == pytest.approx(value / 10, abs=0.0025)


@pytest.mark.parametrize("value", [-1, 101, 1000])
def test_a_0_10_v_value_outside_0_to_100_is_refused(value: int) -> None:
    with pytest.raises(ValueError, match="volts x 10"):
        gp8403.code_of(value)


def test_the_adc_is_started_on_one_input_against_ground() -> None:
    assert [ads1115.config_word(i) for i in range(4)] == [0xC183, 0xD183, 0xE183, 0xF183]
    assert ads1115.encode_start(1).hex() == "01d183"
    assert ads1115.encode_start(1, ads1115.FAST_860).hex() == "01d1e3"


def test_the_adc_code_is_signed_and_187_5_microvolts_a_step() -> None:
    assert ads1115.decode_volts(b"\x0a\x6b") == pytest.approx(2667 * 187.5e-6)
    assert ads1115.decode_volts(b"\xff\xff") == pytest.approx(-187.5e-6)
    assert ads1115.decode_volts(b"\x7f\xff") == pytest.approx(6.144, abs=2e-4)


def test_an_adc_word_of_the_wrong_length_is_refused() -> None:
    with pytest.raises(ValueError, match="bytes"):
        ads1115.decode_word(b"\x01")


def test_the_ready_bit_and_the_order_are_told_apart() -> None:
    assert ads1115.ready(0xD183)
    assert not ads1115.ready(0x5183)
    assert ads1115.same_order(0x5183, 1, ads1115.SLOW_128)
    assert not ads1115.same_order(0x8583, 1, ads1115.SLOW_128)


PIPE_VECTORS = [
    (0.5, 82.65),
    (1.0, 58.48),
    (1.5, 44.09),
    (2.0, 33.12),
    (2.425, 25.00),
    (3.0, 14.58),
    (3.5, 5.15),
    (4.0, -5.99),
    (4.5, -22.87),
    (4.69, -35.19),
]


@pytest.mark.parametrize(("volts", "temp_c"), PIPE_VECTORS)
def test_pipe_thermistor_volts_to_celsius(volts: float, temp_c: float) -> None:
    assert celsius(volts, 4.85, 10.0) == pytest.approx(temp_c, abs=0.0051)


def volts_for(temp_c: float, supply_v: float, fixed_kohm: float, beta: float = 3977.0) -> float:
    kohm = 10.0 * math.exp(beta * (1 / (temp_c + 273) - 1 / 298))
    return supply_v * kohm / (kohm + fixed_kohm)


@given(st.floats(-35, 118))
def test_celsius_undoes_the_divider(temp_c: float) -> None:
    volts = volts_for(temp_c, 4.85, 10.0)
    assert celsius(volts, 4.85, 10.0) == pytest.approx(temp_c, abs=1e-6)


@pytest.mark.parametrize(
    ("volts", "quality"),
    [
        (-0.1, "short"),
        (0.0, "short"),
        (0.096, "short"),
        (0.098, "good"),
        (4.69, "good"),
        (4.70, "open"),
        (4.85, "open"),
        (6.1, "open"),
    ],
)
def test_open_and_shorted_wires_are_told_apart(volts: float, quality: str) -> None:
    assert classify(volts, 4.85) == quality


def test_a_temperature_no_house_has_is_out_of_range() -> None:
    assert measure(0.12, 4.85, 10.0) == (None, "out-of-range")
    assert measure(volts_for(119, 4.85, 10.0), 4.85, 10.0)[1] == "good"
    assert measure(volts_for(121, 4.85, 10.0), 4.85, 10.0) == (None, "out-of-range")


TANK_VECTORS = [
    (300_000, 106_770),
    (500_000, 86_850),
    (800_000, 68_810),
    (1_000_000, 60_030),
    (1_200_000, 52_580),
    (1_500_000, 42_830),
    (2_108_626, 25_000),
    (2_500_000, 12_820),
    (3_000_000, -9_230),
]


@pytest.mark.parametrize(("micro_volts", "value"), TANK_VECTORS)
def test_tank_microvolts_to_the_channel_value(micro_volts: int, value: int) -> None:
    assert celsius_x1000(micro_volts, 3977) == (value, "good")


@pytest.mark.parametrize(
    ("temp_c", "micro_volts"),
    [(10, 2_581_126), (40, 1_593_396), (50, 1_275_476), (70, 775_698), (80, 597_872)],
)
def test_tank_celsius_and_microvolts_agree_both_ways(temp_c: int, micro_volts: int) -> None:
    assert volts_for(temp_c, 3.3, 5.65) * 1e6 == pytest.approx(micro_volts, abs=1)
    assert celsius_x1000(micro_volts, 3977) == (1000 * temp_c, "good")


@pytest.mark.parametrize(
    ("micro_volts", "quality"),
    [(0, "short"), (-50_000, "short"), (60_000, "short"), (3_250_000, "open"), (3_300_000, "open")],
)
def test_a_tank_sensor_without_a_wire_has_no_value(micro_volts: int, quality: str) -> None:
    assert celsius_x1000(micro_volts, 3977) == (None, quality)


def test_a_power_register_pair_is_a_float_high_word_first_cut_toward_zero() -> None:
    assert egauge.watts(0x449A, 0x5000) == 1234
    assert egauge.f32_registers(1234.5) == (0x449A, 0x5000)
    assert egauge.watts(*egauge.f32_registers(-1234.5)) == -1234


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 32_768.0, -1e9])
def test_a_power_no_circuit_can_have_is_refused(value: float) -> None:
    assert egauge.watts(*egauge.f32_registers(value)) is None


@given(st.integers(0, 0xFFFF), st.integers(0, 0xFFFF))
def test_any_two_registers_give_watts_or_nothing(high: int, low: int) -> None:
    value = egauge.watts(high, low)
    assert value is None or -32_767 <= value <= 32_767


def test_text_registers_end_at_the_first_nul() -> None:
    assert egauge.text((0x3130, 0x3031, 0x6162, 0, 0, 0x4141, 0, 0)) == "1001ab"
    assert egauge.text((0x0100, 0, 0, 0, 0, 0, 0, 0)) == "?"
