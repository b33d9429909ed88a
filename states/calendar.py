"""When electricity is dear: the tariff's peaks in zoned wall time, holidays and daylight saving included.

A peak is worked out from local midnight upward with `zoneinfo`, so on the 23- and 25-hour days no peak is
skipped and none comes twice.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from msgspec import Struct

from layouts.settings import Tariff

FALLBACK_OFFSET_H = -5
"""Used, and said to be used, when the zone's data is not installed (Eastern Standard Time)."""


class Peak(Struct, frozen=True, gc=False):
    """One peak in UTC seconds, without our lead: [start_s, end_s)."""

    start_s: int
    end_s: int


class Period(Struct, frozen=True, gc=False):
    """Where a moment stands: inside a peak (lead included) or before the next one.

    `until_s` is when `on_peak` changes; `peak` the current or the next peak (None: none in 8 days).
    """

    on_peak: bool
    from_s: int
    until_s: int
    peak: Peak | None


class Calendar:
    """The site's tariff calendar. Answers are remembered per period; the same question has one answer."""

    def __init__(self, tariff: Tariff, zone: tzinfo) -> None:
        self.zone = zone
        self.tariff = tariff
        self._holidays = frozenset(date.fromisoformat(text) for text in tariff.holidays)
        self._peaks: dict[date, tuple[Peak, ...]] = {}
        self._period = Period(False, 0, 0, None)

    def local(self, wall_s: int) -> datetime:
        """Zoned local time of a UTC second."""
        return datetime.fromtimestamp(wall_s, self.zone)

    def is_peak_day(self, day: date) -> bool:
        """Monday to Friday, not a holiday."""
        return day.weekday() < 5 and day not in self._holidays

    def peaks_of(self, day: date) -> tuple[Peak, ...]:
        """The peaks of a local date, in UTC seconds."""
        found = self._peaks.get(day)
        if found is None:
            if len(self._peaks) > 64:
                self._peaks.clear()
            found = self._peaks[day] = self._work_out(day) if self.is_peak_day(day) else ()
        return found

    def _work_out(self, day: date) -> tuple[Peak, ...]:
        return tuple(Peak(self._second(day, a), self._second(day, b)) for a, b in self.tariff.peaks)

    def _second(self, day: date, hour: int) -> int:
        whole = day + timedelta(days=1) if hour == 24 else day
        at = datetime(whole.year, whole.month, whole.day, hour % 24, tzinfo=self.zone)
        return int(at.astimezone(UTC).timestamp())

    def at(self, wall_s: int) -> Period:
        """The period a UTC second lies in."""
        period = self._period
        if not period.from_s <= wall_s < period.until_s:
            period = self._period = self._find(wall_s)
        return period

    def _find(self, wall_s: int) -> Period:
        lead = self.tariff.lead_s
        today = self.local(wall_s).date()
        last_end = self.local(wall_s).replace(hour=0, minute=0, second=0, microsecond=0).timestamp()
        from_s = int(last_end)
        for ahead in range(9):
            for peak in self.peaks_of(today + timedelta(days=ahead)):
                if wall_s < peak.start_s - lead:
                    return Period(False, from_s, peak.start_s - lead, peak)
                if wall_s < peak.end_s:
                    return Period(True, peak.start_s - lead, peak.end_s, peak)
                from_s = peak.end_s
        return Period(False, from_s, wall_s + 3600, None)

    def hours(self, wall_s: int) -> tuple[int, int]:
        """(weekday 0 = Monday, local hour) of a UTC second."""
        local = self.local(wall_s)
        return local.weekday(), local.hour


def zone_of(name: str) -> tuple[tzinfo, str]:
    """The zone; where its data is not installed a fixed offset, with a sentence."""
    try:
        return ZoneInfo(name), ""
    except (ZoneInfoNotFoundError, ValueError):
        fixed = timezone(timedelta(hours=FALLBACK_OFFSET_H))
        return fixed, f"time zone {name!r} is not installed here; using UTC{FALLBACK_OFFSET_H}"
