"""The house without a controller over the reference winter: `python -m tests.twin.baseline lg_ht ecodan`.

Every relay stays at rest, so the wall thermostats call for heat and the tank's aquastat calls the heat pump.
"""

from __future__ import annotations

import sys
from pathlib import Path

from hw.twin.prices import CsvPrices
from hw.twin.score import Figures
from hw.weather import CsvWeather
from tests.twin.house import HandClock, settings, world

SET_A = Path(__file__).parents[3] / "shared" / "data" / "maine_winter_2019_20_hourly.csv"
REFERENCE = {
    # usd, kwh, on-peak kwh, scop, starts
    "lg_ht": (1603.89, 8701, 2078, 1.45, 1937),
    "ecodan": (1001.75, 5473, 1289, 2.30, 2531),
}


def thermostat_run(heat_pump: str, hours: int | None = None, step_s: int = 10) -> Figures:
    """The bill of the first `hours` of the winter (None: of all of it)."""
    weather = CsvWeather(str(SET_A))
    site = settings(heat_pump)
    clock = HandClock(wall_ms=weather.first_index * 3_600_000)
    house, _ = world(
        clock=clock, weather=weather, site=site, prices=CsvPrices(str(SET_A), site), step_s=step_s
    )
    if hours is None:
        hours = weather.last_index - weather.first_index + 1
    house.advance(clock.forward(hours * 3_600_000).mono_ms)
    if house.score is None:
        raise ValueError("A run without prices has no score.")
    return house.score.figures()


def main() -> None:
    """Print one line per heat pump named on the command line."""
    for heat_pump in sys.argv[1:] or list(REFERENCE):
        figures = thermostat_run(heat_pump)
        print(heat_pump, figures, f"scop {figures.scop:.3f}", "reference", REFERENCE[heat_pump])


if __name__ == "__main__":
    main()
