"""The weather port and the made-up climate behind the simulated house."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import msgspec
import pytest

from hw.twin.weather import ForecastError, Outdoors, SyntheticWeather
from hw.weather import COLDEST_F, ColdestOfMonth, CsvWeather, Forecast, Hour, open_forecast
from layouts.settings import Settings, WeatherSource
from states.image import Now
from tests.twin.baseline import SET_A
from tests.twin.house import START_WALL_MS, Steady

HOUR_MS = 3_600_000
FIRST = START_WALL_MS // HOUR_MS


def at(wall_ms: int) -> Now:
    return Now(wall_ms, 0, 0)


def file(tmp_path: Path, *lines: str) -> str:
    path = tmp_path / "weather.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return str(path)


class Ramp:
    """Oat = hours since the start; knows only so many hours."""

    source = "ramp"

    def __init__(self, known: range) -> None:
        self.known = known

    def hour(self, index: int) -> Hour | None:
        lead = index - FIRST
        return (float(lead), 3.0) if lead in self.known else None


# ------------------------------------------------------------------------------------------ forecast


@pytest.mark.parametrize("past_ms", [0, 1, 1_800_000, HOUR_MS - 1])
def test_entry_0_is_the_next_whole_hour_and_there_are_48(past_ms: int) -> None:
    weather = Forecast((Ramp(range(100)),)).forecast(at(START_WALL_MS + past_ms))
    assert weather is not None
    assert weather.start_s * 1000 == START_WALL_MS + HOUR_MS
    assert weather.oat_f == tuple(float(i) for i in range(1, 49))
    assert weather.wind_mph == (3.0,) * 48
    assert weather.source == "ramp"
    assert weather.created_wall_ms == START_WALL_MS + past_ms


def test_within_an_hour_it_is_the_very_same_object_then_a_new_one() -> None:
    port = Forecast((Ramp(range(100)),))
    first = port.forecast(at(START_WALL_MS))
    assert port.forecast(at(START_WALL_MS + HOUR_MS - 1)) is first
    later = port.forecast(at(START_WALL_MS + HOUR_MS))
    assert later is not None
    assert later.oat_f[0] == 2.0


def test_missing_hours_are_taken_from_the_day_before_or_the_hour_before() -> None:
    weather = Forecast((Ramp(range(1, 31)),)).forecast(at(START_WALL_MS))
    assert weather is not None
    assert weather.oat_f[:30] == tuple(float(i) for i in range(1, 31))
    assert weather.oat_f[30:] == tuple(float(i) for i in range(7, 25))
    short = Forecast((Ramp(range(1, 4)),)).forecast(at(START_WALL_MS))
    assert short is not None
    assert short.oat_f[:5] == (1.0, 2.0, 3.0, 3.0, 3.0)


def test_the_next_source_takes_over_when_the_first_knows_nothing_of_the_next_hour() -> None:
    weather = Forecast((Ramp(range(5)), ColdestOfMonth())).forecast(at(START_WALL_MS + 10 * HOUR_MS))
    assert weather is not None
    assert (weather.source, set(weather.oat_f)) == ("coldest-of-month", {-3.0})
    assert Forecast((Ramp(range(5)),)).forecast(at(START_WALL_MS + 10 * HOUR_MS)) is None


def test_the_coldest_of_the_month_changes_with_the_month() -> None:
    coldest = ColdestOfMonth()
    first_of_month = (0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334)
    assert tuple(coldest.hour(day * 24) for day in first_of_month) == tuple((f, 0.0) for f in COLDEST_F)


def test_a_forecast_error_grows_with_the_lead_and_belongs_to_its_seed() -> None:
    issues = range(0, 3000, 37)
    error = ForecastError(3, 6.0)
    near = max(abs(error(issue, 1)) for issue in issues)
    day = max(abs(error(issue, 24)) for issue in issues)
    two = max(abs(error(issue, 48)) for issue in issues)
    assert 0.0 < near < 1.3
    assert 3.0 < day <= 6.0
    assert day < two <= 6.0 * 2**0.5
    assert [error(i, 24) for i in issues] == [ForecastError(3, 6.0)(i, 24) for i in issues]
    assert [error(i, 24) for i in issues] != [ForecastError(4, 6.0)(i, 24) for i in issues]
    wrong = Forecast((Steady(20.0),), error).forecast(at(START_WALL_MS))
    assert wrong is not None
    assert wrong.oat_f == tuple(round(20.0 + error(FIRST, lead), 2) for lead in range(1, 49))


# ---------------------------------------------------------------------------------------------- file


def test_a_file_gives_its_hours_and_none_outside_them(tmp_path: Path) -> None:
    path = file(
        tmp_path,
        "utc,oat_f,wind_mph,more",
        "2020-01-21T10:00:00Z,12.5,8,x",
        "2020-01-21T11:00:00+00:00,13,,x",
        "2020-01-21T12:00:00Z,,5,x",
        "2020-01-21T13:00:00,15,5,x",
    )
    series = CsvWeather(path)
    assert [series.hour(FIRST + i) for i in range(-1, 5)] == [
        None, (12.5, 8.0), (13.0, 0.0), None, (15.0, 5.0), None,
    ]  # fmt: skip
    assert (series.first_index, series.last_index) == (FIRST, FIRST + 3)
    assert series.source == "csv weather.csv"


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (("time,oat_f", "x,1"), "needs the column 'utc'"),
        (("utc,temp", "x,1"), "needs the column 'oat_f'"),
        (("utc,oat_f", "2020-01-21T10:00:00Z,warm"), "line 2, column 'oat_f': 'warm' is not an outdoor"),
        (("utc,oat_f", "yesterday,12"), "line 2, column 'utc': 'yesterday' is not a UTC hour"),
        (("utc,oat_f",), "no hour with a temperature"),
    ],
)
def test_a_poor_file_is_refused_with_a_sentence(tmp_path: Path, lines: tuple[str, ...], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        CsvWeather(file(tmp_path, *lines))


def test_a_missing_file_is_refused_with_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="cannot be read"):
        CsvWeather(str(tmp_path / "none.csv"))


@pytest.mark.skipif(not SET_A.exists(), reason="the reference winter is not beside this checkout")
def test_the_reference_winter_has_5112_hours() -> None:
    series = CsvWeather(str(SET_A))
    assert series.last_index - series.first_index + 1 == 5112
    assert series.hour(series.first_index) == (47.0, 0.0)


# ------------------------------------------------------------------------------------------ settings


def test_the_settings_choose_the_source(tmp_path: Path) -> None:
    def chosen(source: str, csv_file: str = "") -> str:
        site = msgspec.structs.replace(Settings(), weather=WeatherSource(source, csv_file))
        weather = open_forecast(site, Steady(1.0)).forecast(at(START_WALL_MS))
        assert weather is not None
        return weather.source

    path = file(tmp_path, "utc,oat_f", *(f"2020-01-21T{h:02d}:00:00Z,{h}" for h in range(24)))
    assert chosen("twin") == "steady"
    assert chosen("coldest-of-month") == "coldest-of-month"
    assert chosen("csv", path) == "csv weather.csv"
    with pytest.raises(ValueError, match="none of twin, nws, csv"):
        chosen("oracle")
    with pytest.raises(ValueError, match="needs the simulated house"):
        open_forecast(Settings())


# ------------------------------------------------------------------------------------------- climate


def climate(seed: int, hours: range) -> list[Hour]:
    weather = SyntheticWeather(seed)
    return [hour for index in hours if (hour := weather.hour(index)) is not None]


def test_the_made_up_climate_is_that_of_maine() -> None:
    januaries, julys = [], []
    for year in range(30, 50):
        start = year * 8766
        januaries += [oat_f for oat_f, _ in climate(1, range(start, start + 744, 3))]
        julys += [oat_f for oat_f, _ in climate(1, range(start + 181 * 24, start + 181 * 24 + 744, 3))]
    assert 12.0 < sum(januaries) / len(januaries) < 18.0
    assert -30.0 < min(januaries) < -5.0
    assert 30.0 < max(januaries) < 50.0
    assert 63.0 < sum(julys) / len(julys) < 72.0
    assert 60.0 < max(julys) < 100.0


def test_the_climate_is_smooth_and_belongs_to_its_seed() -> None:
    hours = range(FIRST, FIRST + 2000)
    series = climate(1, hours)
    assert series == list(reversed(climate(1, hours[::-1])))
    assert series != climate(2, hours)
    assert max(abs(b[0] - a[0]) for a, b in pairwise(series)) < 6.0
    assert all(0.0 <= wind <= 16.0 for _, wind in series)


def test_outdoors_is_straight_between_the_hours_and_stays_at_the_end() -> None:
    outdoors = Outdoors(Ramp(range(4)), START_WALL_MS)
    for ms, oat_f in ((0, 0.0), (900_000, 0.25), (HOUR_MS, 1.0), (HOUR_MS * 3 // 2, 1.5)):
        assert outdoors.oat_f(START_WALL_MS + ms) == pytest.approx(oat_f)
    for hours in range(2, 10):
        assert outdoors.oat_f(START_WALL_MS + hours * HOUR_MS + 5) == pytest.approx(min(hours, 3), abs=1e-4)
    with pytest.raises(ValueError, match="does not cover the start"):
        Outdoors(Ramp(range(3)), START_WALL_MS - HOUR_MS)
