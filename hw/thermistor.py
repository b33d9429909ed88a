"""A 10 kOhm thermistor in a divider: volts to degrees Celsius, and whether to believe them.

Source: Amphenol/TEWA 10 K type "beta 3977"; the constants 298 and 273 (not 298.15 and 273.15) are those of
every GridWorks reading ever recorded, kept so that old and new data agree (0.15 K is far below the sensor's
own error).
"""

from __future__ import annotations

from math import log

from states.image import GOOD, OPEN, RANGE, SHORT

BETA = 3977.0
_R0_KOHM = 10.0
_T0_K = 298.0
_ZERO_C_K = 273.0
COLDEST_C = -40.0
HOTTEST_C = 120.0
"""Outside these no wet or outdoor sensor of a house can be right."""
OPEN_FRACTION = 4.70 / 4.85
"""Of the supply; above it the wire is open (about -36 °C)."""
SHORT_FRACTION = 0.02
"""Of the supply; below it the sensor is shorted (about +170 °C)."""


def celsius(volts: float, supply_v: float, fixed_kohm: float, beta: float = BETA) -> float:
    """Temperature of a thermistor to ground behind `fixed_kohm` from `supply_v`; 0 < volts < supply_v."""
    kohm = fixed_kohm * volts / (supply_v - volts)
    return 1.0 / (1.0 / _T0_K + log(kohm / _R0_KOHM) / beta) - _ZERO_C_K


def classify(volts: float, supply_v: float) -> str:
    """`good`, `open` or `short`, from where the voltage stands between the rails."""
    if volts >= OPEN_FRACTION * supply_v:
        return OPEN
    if volts <= SHORT_FRACTION * supply_v:
        return SHORT
    return GOOD


def measure(volts: float, supply_v: float, fixed_kohm: float, beta: float = BETA) -> tuple[float | None, str]:
    """Degrees Celsius and quality; None unless good."""
    quality = classify(volts, supply_v)
    if quality is not GOOD:
        return None, quality
    temp_c = celsius(volts, supply_v, fixed_kohm, beta)
    if not COLDEST_C <= temp_c <= HOTTEST_C:
        return None, RANGE
    return temp_c, GOOD
