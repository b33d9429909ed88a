"""Peaks in zoned time: edges, weekends, holidays and every daylight-saving change."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from layouts.settings import Tariff
from states.calendar import Calendar, zone_of

ZONE = ZoneInfo("America/New_York")


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=ZONE).timestamp())


@pytest.fixture
def calendar() -> Calendar:
    return Calendar(Tariff(holidays=("2026-11-26",)), ZONE)


@pytest.mark.parametrize(
    ("local", "on_peak"),
    [
        ("2026-11-24 06:57:59", False),
        ("2026-11-24 06:58:00", True),
        ("2026-11-24 11:59:59", True),
        ("2026-11-24 12:00:00", False),
        ("2026-11-24 15:57:59", False),
        ("2026-11-24 15:58:00", True),
        ("2026-11-24 19:59:59", True),
        ("2026-11-24 20:00:00", False),
        ("2026-11-26 09:00:00", False),  # Thanksgiving, in the list
        ("2026-11-27 20:00:00", False),
        ("2026-11-28 09:00:00", False),  # Saturday
        ("2026-11-29 17:00:00", False),  # Sunday
        ("2026-11-30 07:00:00", True),
    ],
)
def test_edges_of_the_peaks(calendar: Calendar, local: str, on_peak: bool) -> None:
    assert calendar.at(at(local)).on_peak is on_peak


def test_a_period_says_until_when_and_which_peak_comes(calendar: Calendar) -> None:
    friday_evening = calendar.at(at("2026-11-27 20:00:00"))
    assert friday_evening.until_s == at("2026-11-30 06:58:00")
    assert friday_evening.peak is not None
    assert friday_evening.peak.start_s == at("2026-11-30 07:00:00")
    morning = calendar.at(at("2026-11-24 08:00:00"))
    assert (morning.from_s, morning.until_s) == (at("2026-11-24 06:58:00"), at("2026-11-24 12:00:00"))


def test_every_daylight_saving_day_from_2024_to_2040_has_its_peaks_once() -> None:
    """Per local date of each change and its neighbours: nine peak hours on weekdays, none otherwise."""
    calendar = Calendar(Tariff(peaks=((1, 4), (7, 12))), ZONE)
    changes = 0
    for year in range(2024, 2041):
        day = date(year, 1, 1)
        while day.year == year:
            noon = datetime(day.year, day.month, day.day, 12, tzinfo=ZONE)
            if (noon + timedelta(days=1)).utcoffset() != noon.utcoffset():
                changes += 1
                for near in (day + timedelta(days=k) for k in (0, 1, 2)):
                    _peaks_once(calendar, near)
            day += timedelta(days=1)
    assert changes == 34


def _peaks_once(calendar: Calendar, day: date) -> None:
    start = int(datetime(day.year, day.month, day.day, tzinfo=ZONE).timestamp())
    end = int((datetime(day.year, day.month, day.day, tzinfo=ZONE) + timedelta(days=1)).timestamp())
    lead = calendar.tariff.lead_s
    expected = 0
    for second in range(start, end, 300):
        local = calendar.local(second + lead)
        peak_hour = 1 <= local.hour < 4 or 7 <= local.hour < 12
        inside = day.weekday() < 5 and (peak_hour or _in_peak(calendar, second))
        assert calendar.at(second).on_peak == inside, calendar.local(second)
        expected += inside
    assert (expected > 0) == (day.weekday() < 5)


def _in_peak(calendar: Calendar, second: int) -> bool:
    hour = calendar.local(second).hour
    return 1 <= hour < 4 or 7 <= hour < 12


def test_the_answer_does_not_depend_on_what_was_asked_before() -> None:
    seconds = [at("2026-03-05 00:00:00") + 1800 * k for k in range(500)]
    forward = [Calendar(Tariff(), ZONE).at(s) for s in seconds]
    one = Calendar(Tariff(), ZONE)
    backward = [one.at(s) for s in reversed(seconds)][::-1]
    assert [p.on_peak for p in forward] == [p.on_peak for p in backward]
    assert [p.until_s for p in forward] == [p.until_s for p in backward]


def test_a_missing_zone_is_a_sentence_not_an_exception() -> None:
    zone, words = zone_of("America/Atlantis")
    assert datetime(2026, 1, 1, 12, tzinfo=zone).utcoffset() == timedelta(hours=-5)
    assert words == "time zone 'America/Atlantis' is not installed here; using UTC-5"
    assert zone_of("America/New_York")[1] == ""


def test_local_is_zoned() -> None:
    calendar = Calendar(Tariff(), ZONE)
    second = int(datetime(2026, 7, 1, 12, tzinfo=UTC).timestamp())
    assert calendar.hours(second) == (2, 8)
