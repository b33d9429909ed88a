"""The outdoors of the simulated house: a made-up Maine climate for any date, and errors for its forecast."""

from __future__ import annotations

from math import cos, pi, sqrt

from hw.hourly import HOUR_S
from hw.twin.noise import name_seed, smooth
from hw.weather import Hour, WeatherSeries

_DAY_H = 24.0
_YEAR_H = 365.2425 * _DAY_H


class SyntheticWeather:
    """Hourly weather that belongs to a seed and an hour, whatever was asked before.

    A yearly wave between 15 °F in January and 68 °F in July, weather systems of about three days and of
    one day that are strongest in winter, and a daily wave that is weak on dull days.
    """

    source = "twin"

    def __init__(self, seed: int) -> None:
        """The climate of `seed`."""
        self._systems = name_seed(seed, "weather-systems")
        self._fronts = name_seed(seed, "weather-fronts")
        self._ripple = name_seed(seed, "weather-ripple")
        self._sky = name_seed(seed, "weather-sky")
        self._wind = name_seed(seed, "weather-wind")

    def hour(self, index: int) -> Hour | None:
        """Outdoor °F and wind mph at `index` hours since 1970."""
        winter = 0.5 + 0.5 * cos(2.0 * pi * (index / _YEAR_H - 20.0 / 365.2425))
        mean_f = 68.0 - 53.0 * winter
        swing = 0.55 + 0.45 * winter
        systems = 17.0 * smooth(self._systems, index / 66.0) + 8.0 * smooth(self._fronts, index / 23.0)
        sky = 0.6 + 0.4 * smooth(self._sky, index / 18.0)
        daily = 8.5 * sky * cos(2.0 * pi * (index - 20.0) / _DAY_H)
        oat_f = mean_f + swing * systems + daily + 1.2 * smooth(self._ripple, index / 3.0)
        wind_mph = 7.0 + 6.0 * smooth(self._wind, index / 9.0) + 2.0 * smooth(self._wind ^ 1, index / 2.0)
        return round(oat_f, 2), round(max(0.0, wind_mph), 1)


class ForecastError:
    """A forecast error that grows with the square root of the lead and changes slowly from issue to issue."""

    def __init__(self, seed: int, day_ahead_f: float) -> None:
        """`day_ahead_f` is about the largest error a day ahead, °F."""
        self._seed = name_seed(seed, "forecast-error")
        self._day_ahead_f = day_ahead_f

    def __call__(self, issued: int, lead_h: int) -> float:
        """°F to add to the temperature `lead_h` hours after the hour `issued`."""
        bias = smooth(self._seed, issued / 12.0)
        detail = smooth(self._seed ^ 1, (issued + lead_h) / 4.0 + (issued // 6) * 1000.0)
        return self._day_ahead_f * sqrt(lead_h / 24.0) * (0.7 * bias + 0.3 * detail)


class Outdoors:
    """The weather as it happens: a series, straight between its hours."""

    def __init__(self, series: WeatherSeries, wall_ms: int) -> None:
        """Raises `ValueError` when `series` does not know the hour at which the house starts."""
        self._series = series
        self._index = -1
        self._from_f = self._rise_f = 0.0
        first = series.hour(wall_ms // 1000 // HOUR_S)
        if first is None:
            raise ValueError(f"The weather ({series.source}) does not cover the start of the run.")
        self._last = first

    def oat_f(self, wall_ms: int) -> float:
        """Outdoor °F now. Beyond the end of the series its last hour stays."""
        index, ms = divmod(wall_ms, HOUR_S * 1000)
        if index != self._index:
            self._index = index
            here = self._series.hour(index) or self._last
            self._last = here
            after = self._series.hour(index + 1) or here
            self._from_f, self._rise_f = here[0], after[0] - here[0]
        return self._from_f + self._rise_f * ms / (HOUR_S * 1000)
