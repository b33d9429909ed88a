"""What the national weather service answers, made up in its own form."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

POINTS = "/points/45.6573,-68.7098"
HOURLY = "/gridpoints/CAR/56,40/forecast/hourly"
MAINE = timezone(timedelta(hours=-5))


def points(url: str = f"https://api.weather.gov{HOURLY}") -> str:
    """The answer for a place."""
    return json.dumps({"type": "Feature", "properties": {"gridId": "CAR", "forecastHourly": url}})


def period(start_s: int, temperature: Any, wind: Any = "5 mph", unit: Any = "F") -> dict[str, Any]:
    """One hour."""
    start = datetime.fromtimestamp(start_s, MAINE)
    return {
        "number": 1,
        "startTime": start.isoformat(),
        "endTime": (start + timedelta(hours=1)).isoformat(),
        "temperature": temperature,
        "temperatureUnit": unit,
        "windSpeed": wind,
        "shortForecast": "Snow Likely",
    }


def hourly(periods: list[dict[str, Any]], made_ms: int | None = None) -> str:
    """The answer with a forecast."""
    found: dict[str, Any] = {"units": "us", "periods": periods}
    if made_ms is not None:
        found["updateTime"] = datetime.fromtimestamp(made_ms / 1000, UTC).isoformat()
    return json.dumps({"type": "Feature", "geometry": None, "properties": found})


def week(wall_ms: int, base_f: int = 20, count: int = 156, wind: Any = "5 mph") -> list[dict[str, Any]]:
    """Hours from the present one on, a degree warmer each of the first ten."""
    hour_s = wall_ms // 3_600_000 * 3600
    return [period(hour_s + 3600 * i, base_f + min(i, 10), wind) for i in range(count)]
