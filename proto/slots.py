"""When a report slot begins and ends: on multiples of the wall clock, and sanely when that clock is set.

A slot's length is never negative or zero, and no two slots of one run begin in the same second, whatever
the wall clock does. When it is set back, the slot ends at once and a new one begins under the new time.
"""

from __future__ import annotations

from collections import deque

from states.image import Now

SET_BACK_MS = 1_000
"""A wall clock that goes back by more than this was set."""
AGREE_S = 2
MAX_REMEMBERED = 1_000


class SlotClock:
    """The present slot. `start_s` in UTC seconds."""

    def __init__(self, period_s: int) -> None:
        """No slot yet; the first one begins with the first `look`."""
        self._period_s = period_s
        self._used: deque[int] = deque(maxlen=MAX_REMEMBERED)
        self._due_ms = 0
        self._start_mono_ms = 0
        self._last_wall_ms = 0
        self.start_s = 0

    def look(self, now: Now) -> bool:
        """Notice the time; True if the wall clock was set back, so that the slot must be closed."""
        if not self.start_s:
            self._open(now, now.wall_ms // 1000)
        was_set = now.wall_ms < self._last_wall_ms - SET_BACK_MS
        self._last_wall_ms = now.wall_ms
        return was_set

    def due(self, now: Now) -> bool:
        """Has the slot run out?"""
        return self.start_s > 0 and now.wall_ms >= self._due_ms

    def close(self, now: Now, *, early: bool = False) -> tuple[int, int]:
        """(start, duration) of the slot that ends here, in seconds; the next one begins.

        `early` ends it before its time, where the clock was set or the program stops.
        """
        start_s, now_s = self.start_s, now.wall_ms // 1000
        lasted_s = round((now.mono_ms - self._start_mono_ms) / 1000)
        end_s = now_s if early else now_s - now_s % self._period_s
        agree = abs(now_s - start_s - lasted_s) <= AGREE_S
        self._open(now, end_s if agree else now_s)
        return start_s, max(1, end_s - start_s if agree else lasted_s)

    def _open(self, now: Now, start_s: int) -> None:
        self._start_mono_ms = now.mono_ms - (now.wall_ms - start_s * 1000)
        self._due_ms = (start_s - start_s % self._period_s + self._period_s) * 1000
        while start_s in self._used:
            start_s += 1
        self._used.append(start_s)
        self.start_s = start_s
