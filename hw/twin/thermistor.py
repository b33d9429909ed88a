"""The 10 kΩ NTC in both dividers of the house: from temperature to the voltage a board sees.

This is the exact inverse of what the drivers compute: 1/T = 1/298 + ln(R/10 kΩ)/beta, T in °C + 273.
"""

from __future__ import annotations

from math import exp

R0_OHM = 10_000.0
PIPE_BETA = 3977.0
PIPE_PULL_UP_OHM = 10_000.0
"""TSnap: from the supply to the input, the thermistor to ground."""
TANK_SUPPLY_V = 3.3
TANK_PULL_UP_OHM = 5_650.0


def resistance_ohm(temp_c: float, beta: float) -> float:
    """Resistance of the thermistor at `temp_c`."""
    return R0_OHM * exp(beta * (1.0 / (temp_c + 273.0) - 1.0 / 298.0))


def pipe_volts(temp_c: float, supply_v: float) -> float:
    """Volts at an ADC input of the pipe board, whose supply is `supply_v`."""
    ohm = resistance_ohm(temp_c, PIPE_BETA)
    return supply_v * ohm / (ohm + PIPE_PULL_UP_OHM)


def tank_micro_volts(temp_c: float, beta: float) -> float:
    """Microvolts at an ADC input of a tank module (5.65 kΩ from 3.3 V)."""
    ohm = resistance_ohm(temp_c, beta)
    return 1e6 * TANK_SUPPLY_V * ohm / (ohm + TANK_PULL_UP_OHM)
