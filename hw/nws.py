"""What the national weather service answers, as hours of weather: bytes in, hours out.

Source: api.weather.gov (National Weather Service API, GeoJSON). `points/{lat},{lon}` names the address of the
hourly forecast; that forecast has periods with `startTime`, `temperature`, `temperatureUnit` and `windSpeed`.
Wind comes as "5 mph" or "5 to 10 mph" (then its middle counts), and newer answers may carry quantities with a
`unitCode`. A field that makes no sense is None and spoils nothing else.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeVar
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct

from hw.nesting import TOO_DEEP, too_deep

HOST = "api.weather.gov"
LEAST_HOURS = 24
"""An answer with fewer temperatures is no forecast."""
MOST_PERIODS = 400
_HOUR_S = 3600
_LEAST_F, _MOST_F = -80.0, 140.0
_MOST_MPH = 200.0
_MPH = {"mph": 1.0, "km/h": 0.621371, "kmh": 0.621371, "kt": 1.15078, "kn": 1.15078, "m/s": 2.23694}
_MPH_OF_CODE = {"km_h-1": 0.621371, "m_s-1": 2.23694, "mi_h-1": 1.0, "kt": 1.15078}
_WIND = re.compile(r"(\d{1,3}(?:\.\d+)?)(?:\s*(?:to|-|–)\s*(\d{1,3}(?:\.\d+)?))?\s*(mph|km/h|kmh|kt|kn|m/s)")

T = TypeVar("T")
Fields = tuple[float | None, float | None]
"""Outdoor °F and wind mph of an hour, None where the service does not say."""
Hours = Mapping[int, Fields]
"""By hour since 1970 UTC."""


class Hourly(Struct, frozen=True):
    """One hourly forecast: when it was made (UTC ms, None where it does not say) and what it says."""

    made_ms: int | None
    hours: Hours


class _Place(Struct):
    hourly: str = msgspec.field(name="forecastHourly")


class _PlaceAnswer(Struct):
    properties: _Place


class _Forecast(Struct):
    periods: list[Any]
    updated: Any = msgspec.field(name="updateTime", default=None)
    generated: Any = msgspec.field(name="generatedAt", default=None)


class _ForecastAnswer(Struct):
    properties: _Forecast


def points_path(latitude: float, longitude: float) -> str:
    """The question for a place; four decimals at most and no trailing zeros, or the service redirects."""
    return f"/points/{_degrees(latitude)},{_degrees(longitude)}"


def path_on(host: str, url: str) -> str:
    """Path and query of an address on `host`. Raises `ValueError` with a sentence for any other place.

    The service's answers say where to ask next; nobody is to lead us anywhere else.
    """
    parts = urlsplit(url)
    own = (parts.scheme, parts.netloc) == ("https", host)
    local = not parts.scheme and not parts.netloc and parts.path.startswith("/")
    if not (own or local) or not parts.path or not url.isascii() or not url.isprintable() or " " in url:
        raise ValueError(f"{host} points to another place ({url[:80]!r}), which is not followed.")
    return parts.path + (f"?{parts.query}" if parts.query else "")


def read_points(body: bytes) -> str:
    """The address of the hourly forecast. Raises `ValueError` with a sentence."""
    return _decoded(body, _PlaceAnswer).properties.hourly


def read_hourly(body: bytes) -> Hourly:
    """The hours of a forecast. Raises `ValueError` with a sentence when it is none."""
    found = _decoded(body, _ForecastAnswer).properties
    hours: dict[int, Fields] = {}
    for period in found.periods[:MOST_PERIODS]:
        if not isinstance(period, dict):
            continue
        start_s = _utc_s(period.get("startTime"))
        if start_s is None:
            continue
        temp = _fahrenheit(period.get("temperature"), period.get("temperatureUnit", "F"))
        hours[start_s // _HOUR_S] = temp, wind_mph(period.get("windSpeed"))
    known = sum(temp is not None for temp, _ in hours.values())
    if known < LEAST_HOURS:
        raise ValueError(f"the forecast has {known} hours with a temperature, too few to use.")
    made_s = _utc_s(found.updated)
    made_s = made_s if made_s is not None else _utc_s(found.generated)
    return Hourly(None if made_s is None else made_s * 1000, hours)


def wind_mph(said: Any) -> float | None:
    """The wind of an hour, the middle of a range; None when that is not what it says."""
    if isinstance(said, dict):
        ends = [said.get("value")] if said.get("value") is not None else [
            said.get("minValue"), said.get("maxValue")]  # fmt: skip
        numbers = [_number(end) for end in ends]
        factor = _MPH_OF_CODE.get(str(said.get("unitCode")).rpartition(":")[2])
        if factor is None or None in numbers:
            return None
        return _within(factor * sum(n for n in numbers if n is not None) / len(numbers), 0.0, _MOST_MPH)
    if not isinstance(said, str):
        return None
    text = said.strip().lower()
    if text == "calm":
        return 0.0
    found = _WIND.fullmatch(text)
    if found is None:
        return None
    low, high, unit = found.groups()
    middle = (float(low) + float(high if high is not None else low)) / 2
    return _within(middle * _MPH[unit], 0.0, _MOST_MPH)


def _fahrenheit(said: Any, unit: Any) -> float | None:
    if isinstance(said, dict):
        said, unit = said.get("value"), str(said.get("unitCode")).rpartition("deg")[2]
    value = _number(said)
    if value is None or unit not in ("F", "C"):
        return None
    return _within(value if unit == "F" else value * 1.8 + 32, _LEAST_F, _MOST_F)


def _within(value: float, lo: float, hi: float) -> float | None:
    return value if lo <= value <= hi else None


def _number(value: Any) -> float | None:
    """A finite number, and no truth value."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if abs(value) < 1e9 and math.isfinite(value) else None


def _utc_s(text: Any) -> int | None:
    """UTC seconds of an ISO 8601 time with its offset."""
    if not isinstance(text, str) or len(text) > 40:
        return None
    try:
        moment = datetime.fromisoformat(text)
        return None if moment.tzinfo is None else int(moment.timestamp())
    except (ValueError, OverflowError):
        return None


def _degrees(value: float) -> str:
    return f"{value:.4f}".rstrip("0").rstrip(".")


def _decoded(body: bytes, kind: type[T]) -> T:
    if too_deep(body):
        raise ValueError(f"what it answers cannot be read ({TOO_DEEP}).")
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ValueError(f"what it answers cannot be read ({error}).") from error
