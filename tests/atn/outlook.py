"""What the local ATN knows of the hours ahead: prices and the heat they will need."""

from __future__ import annotations

from hw.twin.prices import PriceSeries
from hw.weather import WeatherSeries
from states.energy import cop, load_kw
from states.image import HouseParams
from tests.atn.rule import Outlook

HOURS = 24


class Hours:
    """`Hours(...)(start_s)` is the outlook of the next 24 hours, shorter where prices end."""

    def __init__(self, prices: PriceSeries, weather: WeatherSeries, params: HouseParams) -> None:
        self._prices, self._weather, self._params = prices, weather, params

    def __call__(self, start_s: int) -> list[Outlook]:
        found: list[Outlook] = []
        for index in range(start_s // 3600, start_s // 3600 + HOURS):
            price, weather = self._prices.hour(index), self._weather.hour(index)
            if price is None or weather is None:
                break
            heat = load_kw(self._params, weather[0], weather[1])
            found.append(Outlook(price.usd_kwh, heat, cop(self._params, weather[0])))
        return found
