"""Electricity prices of the simulated house: a tariff with peaks plus a made-up market, or a file.

Prices are US dollars per MWh per hour: delivery (the tariff) and energy (the market).
"""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import UTC, datetime
from math import cos, pi
from pathlib import Path
from typing import Protocol
from zoneinfo import ZoneInfo

from msgspec import Struct

from hw.twin.noise import name_seed, smooth
from hw.weather import HOUR_S, WeatherSeries, utc_hour_index
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
        try:
            with Path(path).open(newline="", encoding="utf-8") as file:
                reader = csv.DictReader(file)
                self.delivery_column, self.energy_column = _columns(path, list(reader.fieldnames or ()))
                self._hours = dict(filter(None, (self._row(path, n, r) for n, r in enumerate(reader, 2))))
        except OSError as error:
            raise ValueError(f"{path}: the price file cannot be read ({error.strerror}).") from error
        if not self._hours:
            raise ValueError(f"{path}: the price file has no hour with both prices.")

    def hour(self, index: int) -> Price | None:
        """The row of that hour."""
        return self._hours.get(index)

    def _row(self, path: str, line: int, row: dict[str, str]) -> tuple[int, Price] | None:
        delivery, energy = row[self.delivery_column], row[self.energy_column]
        if not delivery or not energy:
            return None
        try:
            index = utc_hour_index(row["utc"])
            flag = row.get("onpeak")
            on_peak = bool(int(flag)) if flag else self._calendar.delivery(index)[1]
            return index, Price(float(delivery), float(energy), on_peak)
        except (ValueError, TypeError) as error:
            raise ValueError(f"{path} line {line}: this is not an hour of prices ({error}).") from error


def _columns(path: str, names: list[str]) -> tuple[str, str]:
    if "utc" not in names:
        raise ValueError(f"{path}: a price file needs the column 'utc' in its first line.")
    delivery = _pick(names, "dist_a1_2025_usd_mwh", lambda n: n.startswith("dist") or "delivery" in n)
    energy = _pick(names, "rt_lmp_usd_mwh", lambda n: "lmp" in n or "energy" in n)
    if delivery is None or energy is None:
        kind = "delivery (dist...)" if delivery is None else "energy (...lmp...)"
        raise ValueError(f"{path}: no column for the {kind} price among {', '.join(names)}.")
    return delivery, energy


def _pick(names: list[str], best: str, fits: Callable[[str], bool]) -> str | None:
    return best if best in names else next((name for name in names if fits(name.lower())), None)
