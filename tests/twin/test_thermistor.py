"""The thermistor dividers against the test vectors of the boards, both ways."""

from __future__ import annotations

from math import log

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hw.twin.thermistor import pipe_volts, resistance_ohm, tank_micro_volts


def driver_pipe_c(volts: float) -> float:
    """What the pipe board's driver computes."""
    ohm = 10_000.0 * volts / (4.85 - volts)
    return 1.0 / (1.0 / 298.0 + log(ohm / 10_000.0) / 3977.0) - 273.0


def driver_tank_c(micro_volts: float) -> float:
    """What the tank module's driver computes."""
    volts = micro_volts / 1e6
    kilo_ohm = 5.65 * volts / (3.3 - volts)
    return 1.0 / (1.0 / 298.0 + log(kilo_ohm / 10.0) / 3977.0) - 273.0


@pytest.mark.parametrize(
    ("volts", "temp_c"),
    [
        (0.5, 82.65), (1.0, 58.48), (1.5, 44.09), (2.0, 33.12), (2.425, 25.00),
        (3.0, 14.58), (3.5, 5.15), (4.0, -5.99), (4.5, -22.87), (4.69, -35.19),
    ],
)  # fmt: skip
def test_pipe_volts_are_those_of_the_test_vectors(volts: float, temp_c: float) -> None:
    assert pipe_volts(temp_c, 4.85) == pytest.approx(volts, abs=3e-4)
    assert driver_pipe_c(volts) == pytest.approx(temp_c, abs=0.005)


@pytest.mark.parametrize(
    ("temp_c", "micro_volts"), [(10, 2581126), (40, 1593396), (50, 1275476), (70, 775698), (80, 597872)]
)
def test_tank_micro_volts_are_those_of_the_test_vectors(temp_c: float, micro_volts: int) -> None:
    assert int(tank_micro_volts(temp_c, 3977.0)) == pytest.approx(micro_volts, abs=1)


@pytest.mark.parametrize(
    ("micro_volts", "value"),
    [
        (300000, 106770), (500000, 86850), (800000, 68810), (1000000, 60030), (1200000, 52580),
        (1500000, 42830), (2108626, 25000), (2500000, 12820), (3000000, -9230),
    ],
)  # fmt: skip
def test_tank_micro_volts_come_back_as_the_channel_values(micro_volts: int, value: int) -> None:
    assert tank_micro_volts(value / 1000.0, 3977.0) == pytest.approx(micro_volts, rel=3e-4)


@given(st.floats(-30.0, 100.0))
def test_what_the_twin_puts_on_the_wire_the_driver_takes_off_it(temp_c: float) -> None:
    assert driver_pipe_c(pipe_volts(temp_c, 4.85)) == pytest.approx(temp_c, abs=1e-6)
    assert driver_tank_c(tank_micro_volts(temp_c, 3977.0)) == pytest.approx(temp_c, abs=1e-6)


def test_the_thermistor_has_ten_kilo_ohm_at_25_degrees() -> None:
    assert resistance_ohm(25.0, 3977.0) == pytest.approx(10_000.0)
