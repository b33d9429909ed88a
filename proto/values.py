"""Wire integers as physical values for people: unknown, bad or too old is None, never the last value."""

from __future__ import annotations

from math import floor, log10

from msgspec import Struct

from layouts.model import House
from states.image import ABSENT, GOOD, STALE, Reading, Readings

CELSIUS, FAHRENHEIT = "°C", "°F"


class Row(Struct, frozen=True, gc=False):
    """How one channel is shown."""

    name: str
    display: str
    unit: str
    scale: float
    digits: int
    stale_ms: int
    derived: bool


class Shown(Struct, frozen=True, gc=False):
    """One channel as a person sees it; `age_s` None: never heard of."""

    value: float | None
    age_s: float | None
    quality: str


NEVER = Shown(None, None, ABSENT)


def digits_of(scale: float) -> int:
    """Decimals that a value with this step can have."""
    return max(0, -floor(log10(scale)))


def shown(row: Row, reading: Reading | None, mono_ms: int) -> Shown:
    """The value as of `mono_ms`, in the row's unit."""
    if reading is None:
        return NEVER
    age_ms = mono_ms - reading.mono_ms
    age_s = round(age_ms / 1000, 1)
    if reading.value is None or reading.quality != GOOD:
        return Shown(None, age_s, reading.quality if reading.quality != GOOD else ABSENT)
    if age_ms > row.stale_ms:
        return Shown(None, age_s, STALE)
    value = reading.value * row.scale
    return Shown(round(value, row.digits) if row.digits else round(value), age_s, GOOD)


class Values:
    """The channels of one house, compiled for looking."""

    def __init__(self, house: House) -> None:
        channels = [
            Row(c.name, c.display, c.unit, c.scale, digits_of(c.scale), c.stale_ms, False)
            for c in house.channels
        ]
        derived = [
            Row(d.name, d.display, d.unit, d.scale, digits_of(d.scale), d.stale_ms, True)
            for d in house.derived
        ]
        self.rows: dict[str, Row] = {row.name: row for row in (*channels, *derived)}


class Look:
    """One moment's readings through the eyes of `Values`."""

    __slots__ = ("_derived", "_mono_ms", "_readings", "_rows")

    def __init__(self, values: Values, readings: Readings, derived: Readings, mono_ms: int) -> None:
        self._rows = values.rows
        self._readings = readings
        self._derived = derived
        self._mono_ms = mono_ms

    def shown(self, row: Row) -> Shown:
        """A channel with its age and quality."""
        source = self._derived if row.derived else self._readings
        return shown(row, source.get(row.name), self._mono_ms)

    def value(self, name: str) -> float | None:
        """The physical value in the channel's own unit; None also for a channel this house has not."""
        row = self._rows.get(name)
        return None if row is None else self.shown(row).value

    def fahrenheit(self, name: str) -> float | None:
        """A temperature in °F, one decimal."""
        row = self._rows.get(name)
        value = None if row is None else self.shown(row).value
        if row is None or value is None:
            return None
        return round(value * 1.8 + 32 if row.unit == CELSIUS else value, 1)

    def total(self, *names: str) -> float | None:
        """The sum; None when one is unknown, for half a sum is a wrong value."""
        found = 0.0
        for name in names:
            value = self.value(name)
            if value is None:
                return None
            found += value
        return found
