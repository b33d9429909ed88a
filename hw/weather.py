"""The weather port: hourly series of the outdoors, and the 48-hour forecast that the house is run by.

Files are read once, at start-up. Nothing here waits, and nothing fails later on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from hw.device import DeviceStatus
from hw.hourly import HOUR_S, OAT, WIND, holes_of, holes_words, rows_of
from layouts.settings import Settings
from states.image import Now, Weather

HORIZON_H = 48
COLDEST_F = (-3.0, -7.0, 1.0, 21.0, 30.0, 31.0, 46.0, 47.0, 28.0, 24.0, 16.0, 0.0)
"""Coldest °F by month, January first, at Millinocket (KMLT): what is assumed when nothing is known."""

Hour = tuple[float, float]
"""Outdoor °F and wind mph at a whole hour."""


class WeatherSeries(Protocol):
    """Weather at whole hours; `index` counts hours since 1970 UTC."""

    source: str

    def hour(self, index: int) -> Hour | None:
        """The weather at that hour; None where the series does not say."""


class ForecastPort(Protocol):
    """Where the tick gets its forecast; one that must be asked for does a slice of it in `forecast`."""

    def forecast(self, now: Now) -> Weather | None:
        """48 hours from the next whole hour on; None when no source knows. Never waits."""

    def devices(self) -> Mapping[str, DeviceStatus]:
        """Whoever is asked for it, by name."""

    @property
    def counters(self) -> Mapping[str, int]:
        """Counts since start."""

    def record(self) -> bytes | None:
        """What must survive a restart, when it is new."""

    def recall(self, raw: bytes | None) -> str:
        """Take up what an earlier run kept; a sentence when it cannot be used."""


class ColdestOfMonth:
    """The fallback: the coldest temperature the month has seen, no wind."""

    source = "coldest-of-month"

    def hour(self, index: int) -> Hour:
        """The month's coldest, for any hour."""
        month = datetime.fromtimestamp(index * HOUR_S, UTC).month
        return COLDEST_F[month - 1], 0.0


class CsvWeather:
    """A file with the columns `utc` (ISO 8601, hour-starting), `oat_f` and optionally `wind_mph`."""

    def __init__(self, path: str) -> None:
        """Read `path` whole. Raises `ValueError` with a sentence when it is missing or not such a file."""
        self.source = f"csv {Path(path).name}"
        names, rows = rows_of(path, "weather")
        for column in ("utc", "oat_f"):
            if column not in names:
                raise ValueError(f"{path}: a weather file needs the column '{column}' in its first line.")
        self._hours: dict[int, Hour] = {}
        lines: dict[int, int] = {}
        for row in rows:
            if row.text("oat_f"):
                wind = row.number("wind_mph", WIND) if row.text("wind_mph") else 0.0
                index = row.hour()
                self._hours[index], lines[index] = (row.number("oat_f", OAT), wind), row.line
        if not lines:
            raise ValueError(f"{path}: the weather file has no hour with a temperature.")
        self.first_index, self.last_index = min(lines), max(lines)
        self.holes = holes_words(path, ("oat_f",), holes_of(lines), "the hour before each stays")
        """A sentence on hours missing between the first and the last, or ""."""

    def hour(self, index: int) -> Hour | None:
        """The row of that hour; None outside the file and in its gaps."""
        return self._hours.get(index)


class Forecast:
    """The forecast port: what the first source that knows the next hour says of the next 48."""

    def __init__(
        self, sources: Sequence[WeatherSeries], error_f: Callable[[int, int], float] | None = None
    ) -> None:
        """`sources` in order of trust. `error_f(issued_index, lead_h)` is added to every temperature."""
        self._sources = tuple(sources)
        self._error_f = error_f
        self._issued: int | None = None
        self._weather: Weather | None = None

    def forecast(self, now: Now) -> Weather | None:
        """48 hours from the next whole hour on, made anew once an hour; None when no source knows."""
        issued = now.wall_ms // 1000 // HOUR_S
        if issued != self._issued:
            self._issued = issued
            self._weather = self._make(issued, now.wall_ms)
        return self._weather

    def devices(self) -> Mapping[str, DeviceStatus]:
        """Nobody is asked."""
        return {}

    @property
    def counters(self) -> Mapping[str, int]:
        """Nothing to count."""
        return {}

    def record(self) -> bytes | None:
        """Nothing is kept: files and made-up weather are there after a restart."""
        return None

    def recall(self, raw: bytes | None) -> str:
        """Nothing was kept."""
        return ""

    def _make(self, issued: int, wall_ms: int) -> Weather | None:
        for source in self._sources:
            hours = _filled(source, issued + 1)
            if hours is None:
                continue
            error_f = self._error_f
            temps = tuple(
                round(oat_f + (error_f(issued, lead) if error_f is not None else 0.0), 2)
                for lead, (oat_f, _) in enumerate(hours, 1)
            )
            wind = tuple(round(wind_mph, 1) for _, wind_mph in hours)
            return Weather(source.source, wall_ms, (issued + 1) * HOUR_S, temps, wind)
        return None


def _filled(source: WeatherSeries, first: int) -> list[Hour] | None:
    """48 hours; one the source lacks is taken from the day before it, else from the hour before it."""
    hours: list[Hour] = []
    for lead in range(HORIZON_H):
        hour = source.hour(first + lead)
        if hour is None:
            if not hours:
                return None
            hour = hours[lead - 24] if lead >= 24 else hours[-1]
        hours.append(hour)
    return hours


def open_forecast(
    settings: Settings, own: WeatherSeries | None = None, error_f: Callable[[int, int], float] | None = None
) -> Forecast:
    """The forecast that `settings.weather` asks for; `own` is the weather of the simulated house, if any.

    Raises `ValueError` with a sentence when the source cannot be had.
    """
    wanted = settings.weather.source
    last = ColdestOfMonth()
    if wanted == "coldest-of-month":
        return Forecast((last,))
    if wanted == "csv":
        return Forecast((CsvWeather(settings.weather.csv_file), last))
    if wanted == "twin":
        if own is None:
            raise ValueError(
                "[weather] source = 'twin' needs the simulated house ([hardware] bus = 'twin'); "
                "a real house takes 'nws', 'csv' or 'coldest-of-month'."
            )
        return Forecast((own, last), error_f)
    raise ValueError(f"[weather] source: '{wanted}' is none of twin, nws, csv, coldest-of-month.")


def weather_files(settings: Settings) -> Iterator[str]:
    """A sentence on every weather file that the settings use and that cannot be read as one."""
    used = {"weather] csv_file": settings.weather.csv_file if settings.weather.source == "csv" else ""}
    used["twin] weather_csv"] = settings.twin.weather_csv if settings.hardware.bus == "twin" else ""
    for key, path in used.items():
        if path and Path(path).is_file():  # one that is missing is told with the other named files
            try:
                CsvWeather(path)
            except ValueError as error:
                yield f"{settings.file} [{key}: {error}"
