"""Electricity prices of the simulated house: a tariff with peaks plus a made-up market, or a file.

Prices are US dollars per MWh per hour: delivery (the tariff) and energy (the market).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from math import cos, pi
from typing import Protocol
from zoneinfo import ZoneInfo

from msgspec import Struct

from hw.hourly import HOUR_S, PRICE, Row, holes_of, holes_words, rows_of
from hw.twin.noise import name_seed, smooth
from hw.weather import WeatherSeries
from layouts.settings import Settings

ON_PEAK_USD_MWH = 487.63
SHOULDER_USD_MWH = 54.98
OFF_PEAK_USD_MWH = 50.13
SHOULDER_HOURS = range(7, 20)
"""Local hours outside the peaks that are shoulder; the others are off-peak."""


class Price(Struct, frozen=True):
    """The price of one hour."""

    delivery_usd_mwh: float
    energy_usd_mwh: float
    on_peak: bool

    @property
    def usd_kwh(self) -> float:
        """What a kilowatt-hour costs, all in."""
        return (self.delivery_usd_mwh + self.energy_usd_mwh) / 1000.0


class PriceSeries(Protocol):
    """Prices of whole hours; `index` counts hours since 1970 UTC."""

    def hour(self, index: int) -> Price | None:
        """The price of that hour; None where the series does not say."""


class Calendar:
    """The tariff's hours in local time."""

    def __init__(self, settings: Settings) -> None:
        """Peaks and holidays of `settings.tariff` in the site's time zone."""
        self._zone = ZoneInfo(settings.site.time_zone)
        self._peaks = settings.tariff.peaks
        self._holidays = frozenset(settings.tariff.holidays)

    def delivery(self, index: int) -> tuple[float, bool]:
        """Delivery USD/MWh of an hour and whether it is on-peak."""
        local = datetime.fromtimestamp(index * HOUR_S, UTC).astimezone(self._zone)
        workday = local.weekday() < 5 and local.date().isoformat() not in self._holidays
        if workday and any(start <= local.hour < end for start, end in self._peaks):
            return ON_PEAK_USD_MWH, True
        return (SHOULDER_USD_MWH if local.hour in SHOULDER_HOURS else OFF_PEAK_USD_MWH), False


class SyntheticPrices:
    """The tariff plus a market that follows the day, the cold and its mood; about 25 USD/MWh."""

    def __init__(self, seed: int, settings: Settings, weather: WeatherSeries) -> None:
        """The market of `seed`, in the climate of `weather`."""
        self._calendar = Calendar(settings)
        self._mood = name_seed(seed, "market-mood")
        self._weather = weather

    def hour(self, index: int) -> Price | None:
        """The price of any hour."""
        delivery, on_peak = self._calendar.delivery(index)
        day = 5.0 * cos(2.0 * pi * (index - 23.0) / 24.0) + 3.0 * cos(2.0 * pi * (index - 13.0) / 12.0)
        weather = self._weather.hour(index)
        cold = max(0.0, 15.0 - weather[0]) if weather is not None else 0.0
        mood = 10.0 * smooth(self._mood, index / 30.0) + 5.0 * smooth(self._mood ^ 1, index / 3.0)
        return Price(delivery, round(21.0 + day + 1.6 * cold + mood, 2), on_peak)


class CsvPrices:
    """A file with `utc` and two price columns, USD/MWh.

    Delivery is the column `dist_a1_2025_usd_mwh`, else the first whose name begins with `dist` or
    contains `delivery`; energy is `rt_lmp_usd_mwh`, else the first whose name contains `lmp` or `energy`.
    A column `onpeak` (0 or 1) tells the peaks, else the calendar of the settings. An hour without both
    prices is unknown.
    """

    def __init__(self, path: str, settings: Settings) -> None:
        """Read `path` whole. Raises `ValueError` with a sentence when it is missing or not such a file."""
        self._calendar = Calendar(settings)
        names, rows = rows_of(path, "price")
        self.delivery_column, self.energy_column = both = _columns(path, names)
        self._hours: dict[int, Price] = {}
        lines: dict[int, int] = {}
        for row in rows:
            if all(row.text(column) for column in both):
                index = row.hour()
                self._hours[index], lines[index] = self._price(row, index), row.line
        if not lines:
            raise ValueError(f"{path}: the price file has no hour with both prices.")
        self.first_index, self.last_index = min(lines), max(lines)
        self.holes = holes_words(path, both, holes_of(lines), "what is used then is not in cost_usd")
        """A sentence on hours missing between the first and the last, or ""."""

    def hour(self, index: int) -> Price | None:
        """The row of that hour."""
        return self._hours.get(index)

    def _price(self, row: Row, index: int) -> Price:
        delivery, energy = (
            row.number(column, PRICE) for column in (self.delivery_column, self.energy_column)
        )
        flag = row.text("onpeak")
        if flag not in ("", "0", "1"):
            raise ValueError(f"{row.place('onpeak')}: '{flag[:40]}' is neither 0 nor 1.")
        return Price(delivery, energy, flag == "1" if flag else self._calendar.delivery(index)[1])


def _columns(path: str, names: Sequence[str]) -> tuple[str, str]:
    if "utc" not in names:
        raise ValueError(f"{path}: a price file needs the column 'utc' in its first line.")
    delivery = _pick(names, "dist_a1_2025_usd_mwh", lambda n: n.startswith("dist") or "delivery" in n)
    energy = _pick(names, "rt_lmp_usd_mwh", lambda n: "lmp" in n or "energy" in n)
    if delivery is None or energy is None:
        kind = "delivery (dist...)" if delivery is None else "energy (...lmp...)"
        raise ValueError(f"{path}: no column for the {kind} price among {', '.join(names)}.")
    return delivery, energy


def _pick(names: Sequence[str], best: str, fits: Callable[[str], bool]) -> str | None:
    return best if best in names else next((name for name in names if fits(name.lower())), None)
