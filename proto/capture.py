"""Which samples of a channel are worth reporting: the first, a change, and one per capture period."""

from __future__ import annotations

from proto.wire.formats import FIRST_S, LAST_S

MAX_SAMPLES = 300
"""Samples kept per channel and slot; a channel with more is thinned, and that is counted."""
FIRST_MS = FIRST_S * 1000
LAST_MS = LAST_S * 1000


class Tape:
    """The captured samples of one channel in the present slot.

    `period_ms` is aligned to the wall clock. `delta` in the channel's wire integer; None: only by period.
    """

    __slots__ = ("_delta", "_last", "_period", "_period_ms", "thinned", "times", "values")

    def __init__(self, period_s: int, delta: int | None) -> None:
        """Nothing captured yet."""
        self._period_ms = period_s * 1000
        self._delta = delta
        self._last: int | None = None
        self._period = 0
        self.values: list[int] = []
        self.times: list[int] = []
        self.thinned = 0

    def take(self, value: int, wall_ms: int) -> bool:
        """A new good sample; True if it was captured. A time outside the wire's range never is."""
        if not FIRST_MS <= wall_ms <= LAST_MS:
            return False
        period = wall_ms // self._period_ms
        last = self._last
        if (
            last is not None
            and period == self._period
            and (self._delta is None or abs(value - last) < self._delta)
        ):
            return False
        self._last, self._period = value, period
        if len(self.values) >= MAX_SAMPLES:
            self._thin()
        self.values.append(value)
        self.times.append(max(wall_ms, self.times[-1]) if self.times else wall_ms)
        return True

    def _thin(self) -> None:
        """Every second sample goes, the newest stays."""
        before = len(self.values)
        self.values = self.values[-1::-2][::-1]
        self.times = self.times[-1::-2][::-1]
        self.thinned += before - len(self.values)

    def cut(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """The slot's values and times, never of different lengths; the next slot begins empty."""
        values, times = tuple(self.values), tuple(self.times)
        self.values, self.times = [], []
        return values, times
