"""Answers of the national weather service: winds and their ranges, units, nonsense field by field."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hw.nws import HOST, LEAST_HOURS, path_on, points_path, read_hourly, read_points, wind_mph
from tests.hw.fakes import WALL_MS
from tests.hw.nws_answers import HOURLY, hourly, period, points, week

HOUR_S = WALL_MS // 3_600_000 * 3600


@pytest.mark.parametrize(
    ("said", "mph"),
    [
        ("5 mph", 5.0), ("0 mph", 0.0), ("5 to 10 mph", 7.5), ("10 to 5 mph", 7.5), ("5-10 mph", 7.5),
        (" 15 MPH ", 15.0), ("Calm", 0.0), ("10 km/h", 6.21371), ("10 to 20 km/h", 9.320565),
        ("10 kt", 11.5078),
        ({"unitCode": "wmoUnit:km_h-1", "value": 10}, 6.21371),
        ({"unitCode": "wmoUnit:km_h-1", "value": None, "minValue": 10, "maxValue": 20}, 9.320565),
        ({"unitCode": "wmoUnit:m_s-1", "value": 10}, 22.3694),
        ("", None), ("breezy", None), ("5", None), ("-5 mph", None), ("5 to mph", None), ("nan mph", None),
        ("1e3 mph", None), ("999 mph", None), (None, None), (5, None), (True, None), ([], None), ({}, None),
        ({"unitCode": "wmoUnit:km_h-1", "value": "10"}, None), ({"unitCode": "furlong", "value": 1}, None),
        ({"unitCode": "wmoUnit:km_h-1", "minValue": 10}, None), ("5 mph" * 10_000, None),
    ],
)  # fmt: skip
def test_wind_in_words_and_quantities(said: Any, mph: float | None) -> None:
    assert wind_mph(said) == (None if mph is None else pytest.approx(mph))


@pytest.mark.parametrize(
    ("temperature", "unit", "fahrenheit"),
    [
        (20, "F", 20.0), (-5.5, "F", -5.5), (-10, "C", 14.0), (0, "F", 0.0),
        ({"unitCode": "wmoUnit:degC", "value": -10}, "F", 14.0),
        ({"unitCode": "wmoUnit:degF", "value": 3}, "F", 3.0),
        (None, "F", None), ("20", "F", None), (True, "F", None), (20, "K", None), (20, None, None),
        (141, "F", None), (-81, "F", None), (1e300, "F", None), ({"value": 3}, "F", None), ({}, "F", None),
        ([20], "F", None),
    ],
)  # fmt: skip
def test_temperatures_in_either_unit(temperature: Any, unit: Any, fahrenheit: float | None) -> None:
    periods = [period(HOUR_S, temperature, unit=unit), *week(WALL_MS + 3_600_000)]
    temp, mph = read_hourly(hourly(periods).encode()).hours[HOUR_S // 3600]
    assert temp == (None if fahrenheit is None else pytest.approx(fahrenheit))
    assert mph == 5.0, "a field that makes no sense spoils no other"


def test_hours_are_utc_whatever_the_offset_and_the_time_it_was_made_is_told() -> None:
    found = read_hourly(hourly(week(WALL_MS), WALL_MS - 600_000).encode())
    assert found.made_ms == (WALL_MS - 600_000) // 1000 * 1000
    assert list(found.hours)[:3] == [HOUR_S // 3600, HOUR_S // 3600 + 1, HOUR_S // 3600 + 2]
    assert len(found.hours) == 156
    assert found.hours[HOUR_S // 3600 + 3] == (23.0, 5.0)
    assert read_hourly(hourly(week(WALL_MS)).encode()).made_ms is None


def test_periods_that_are_none_are_passed_over() -> None:
    times = (None, "yesterday", "2026-01-01T00:00:00", "0001-01-01T00:00:00+14:00", "x" * 10_000)
    bad: list[Any] = [None, 5, {}, *({"startTime": time, "temperature": 3} for time in times)]
    found = read_hourly(hourly(bad + week(WALL_MS)).encode())
    assert len(found.hours) in (156, 157)
    assert found.hours[HOUR_S // 3600] == (20.0, 5.0)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "cannot be read"), (b"<html>", "cannot be read"), (b"[]", "cannot be read"),
        (b"{}", "cannot be read"),
        (b'{"properties": {"periods": 5}}', "cannot be read"), (b"\xff\xfe", "cannot be read"),
        (b'{"properties": {"periods": []}}', "has 0 hours with a temperature"),
        (hourly(week(WALL_MS, count=LEAST_HOURS - 1)).encode(), "has 23 hours with a temperature"),
        (b"[" * 100_000, "cannot be read"),
    ],
)  # fmt: skip
def test_what_is_no_forecast_is_a_sentence(body: bytes, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        read_hourly(body)


def test_a_place_names_its_forecast() -> None:
    assert path_on(HOST, read_points(points().encode())) == HOURLY
    for body in (b"{}", b'{"properties": {}}', b'{"properties": {"forecastHourly": 5}}', b"nonsense"):
        with pytest.raises(ValueError, match="cannot be read"):
            read_points(body)


@pytest.mark.parametrize(
    ("latitude", "longitude", "path"),
    [(45.6573, -68.7098, "/points/45.6573,-68.7098"), (45.0, -70.5, "/points/45,-70.5"),
     (43.123456, -110.0, "/points/43.1235,-110"), (0.0, 0.0, "/points/0,0")],
)  # fmt: skip
def test_a_place_is_asked_for_as_the_service_wants_it(latitude: float, longitude: float, path: str) -> None:
    assert points_path(latitude, longitude) == path


@pytest.mark.parametrize("url", [f"https://{HOST}/a/b", "/a/b", f"https://{HOST}/a/b?units=us"])
def test_addresses_of_its_own_are_followed(url: str) -> None:
    assert path_on(HOST, url).startswith("/a/b")


@pytest.mark.parametrize(
    "url",
    [
        f"http://{HOST}/a", "https://evil.example/a", "//evil.example/a", f"https://{HOST}.evil.example/a",
        f"https://{HOST}@evil.example/a", f"https://{HOST}:8443/a", f"https://user@{HOST}/a", "", "a/b",
        f"https://{HOST}", "file:///etc/passwd",
        f"https://{HOST}/a\r\nHost: evil", f"https://{HOST}/a b", "/é",
    ],
)  # fmt: skip
def test_strangers_are_not_followed(url: str) -> None:
    with pytest.raises(ValueError, match="points to another place"):
        path_on(HOST, url)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=10,
)


@given(JSON, JSON, JSON, JSON)
def test_no_field_of_any_kind_raises_or_spoils_the_others(
    start: Any, temp: Any, unit: Any, wind: Any
) -> None:
    strange = {"startTime": start, "temperature": temp, "temperatureUnit": unit, "windSpeed": wind}
    body = hourly(week(WALL_MS))
    given_ = json.loads(body)
    given_["properties"]["periods"].insert(3, strange)
    given_["properties"]["periods"][5] |= {"temperature": temp, "windSpeed": wind}
    found = (
        read_hourly(json.dumps(given_, allow_nan=False, default=str).encode()) if _plain(strange) else None
    )
    if found is not None:
        assert found.hours[HOUR_S // 3600 + 10] == (30.0, 5.0)
        for fields in found.hours.values():
            assert fields[0] is None or -80 <= fields[0] <= 140
            assert fields[1] is None or 0 <= fields[1] <= 200


def _plain(value: Any) -> bool:
    """JSON has no NaN and no infinity."""
    try:
        json.dumps(value, allow_nan=False)
    except ValueError:
        return False
    return True
