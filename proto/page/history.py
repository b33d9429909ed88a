"""The last day of the house, one point a minute of house time, in arrays of fixed length.

It lives in memory only and begins anew with the program; the durable history is the store's business.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from math import isnan, nan
from typing import Any

import msgspec

from layouts.model import House
from proto.page.says import SAYS
from proto.page.series import Series, series_of
from proto.values import Look, Values
from states.image import Decision, Image, Now

KEPT = 1440
MINUTE_MS = 60_000
PIECE = 240
"""Values turned into text at a time: some 50 microseconds."""
PRICE = Series("price", "Price", "USD/kWh", "price", lambda _look, _overview: None)


class History:
    """Columns of at most `KEPT` points: time, state, and every series."""

    def __init__(self, house: House) -> None:
        self.series = (*series_of(house), PRICE)
        self.paths = tuple(SAYS)
        self.count = 0
        """Points ever taken; a reader that misses a number has missed a point."""
        self.price: float | None = None
        self._values = Values(house)
        self._place = {path: place for place, path in enumerate(self.paths)}
        self._minute = 0
        self._times = array("q")
        self._states = array("b")
        self._columns = tuple(array("f") for _ in self.series)
        self._all: tuple[array[Any], ...] = (self._times, self._states, *self._columns)

    def __len__(self) -> int:
        return len(self._times)

    @property
    def nbytes(self) -> int:
        """What the columns hold."""
        return sum(len(c) * c.itemsize for c in self._all)

    def sample(self, now: Now, image: Image, decision: Decision) -> bool:
        """Take a point when a minute has begun; True if so."""
        minute = now.wall_ms // MINUTE_MS
        if minute == self._minute:
            return False
        if minute < self._minute:
            self._clear()  # the clock was set back: what we hold lies in a future that never was
        self._minute = minute
        overview = decision.overview
        look = Look(self._values, image.readings, overview.derived, now.mono_ms)
        self._times.append(minute * 60)
        self._states.append(self._place.get(overview.path, -1))
        for column, series in zip(self._columns, self.series, strict=True):
            value = self.price if series is PRICE else series.read(look, overview)
            column.append(nan if value is None else value)
        if len(self._times) > KEPT:
            self._drop(len(self._times) - KEPT)
        self.count += 1
        return True

    def _clear(self) -> None:
        self._drop(len(self._times))

    def _drop(self, oldest: int) -> None:
        for column in self._all:
            del column[:oldest]

    def describe(self) -> list[dict[str, str]]:
        """Name, label, unit and plot of every series."""
        return [{"name": s.name, "label": s.label, "unit": s.unit, "plot": s.plot} for s in self.series]

    def last(self) -> dict[str, Any]:
        """The newest point, as a line of its own."""
        values = {s.name: _plain(c[-1]) for s, c in zip(self.series, self._columns, strict=True)}
        return {"n": self.count, "time_s": self._times[-1], "state": self._states[-1], "values": values}

    def pieces(self) -> Iterator[bytes]:
        """The whole as JSON, made in pieces of bounded work while the client takes them.

        The columns are copied first (a few microseconds), for time goes on between two pieces.
        """
        columns: list[tuple[str, array[Any]]] = [("time_s", self._times[:]), ("state", self._states[:])]
        named = [(s.name, c[:]) for s, c in zip(self.series, self._columns, strict=True)]
        yield b'{"n":%d,"paths":%s' % (self.count, msgspec.json.encode(self.paths))
        for name, column in columns:
            yield b',"%s":' % name.encode()
            yield from _numbers(column)
        yield b',"series":{'
        for place, (name, column) in enumerate(named):
            yield (b"," if place else b"") + msgspec.json.encode(name) + b":"
            yield from _numbers(column)
        yield b"}}"


def _numbers(column: array[Any]) -> Iterator[bytes]:
    floats = column.typecode == "f"
    yield b"["
    for start in range(0, len(column), PIECE):
        values = column[start : start + PIECE].tolist()
        text = msgspec.json.encode([round(v, 3) for v in values] if floats else values)
        yield (b"," if start else b"") + text[1:-1]
    yield b"]"


def _plain(value: float) -> float | None:
    return None if isnan(value) else round(value, 3)
