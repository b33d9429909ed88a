"""What the second computer measured, taken in with its own time, although its clock may be wrong.

A message can only come late, never early. So the least age seen of late is how far the two clocks are apart,
and what a message is older than that, it really is: a delayed reading stays old, a wrong clock does no harm.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from hw.device import Device
from hw.latest import Latest
from states.image import Now, Reading

NAME = "second computer"
AGREE_MS = 2_000
"""Clocks this far apart agree; then its times are taken as they are."""
WARN_MS = 30_000
WINDOW_MS = 120_000
"""A clock that was set back is understood after this time; until then what it says counts as old."""
MAX_SEEN = 256
OLD_MS = 600_000
"""Older readings are of no use to anybody and are dropped, and counted."""
SILENT_MS = 60_000
_SET_MS = 1_000


class Second:
    """Its readings go to `latest`; its health is in `device`."""

    def __init__(self, latest: Latest) -> None:
        """Nothing heard yet."""
        self.device = Device(NAME)
        self.too_old = 0
        self._latest = latest
        self._ages: deque[tuple[int, int]] = deque(maxlen=MAX_SEEN)
        self._heard_ms: int | None = None
        self._wall_minus_mono_ms = 0

    def take(self, now: Now, samples: Sequence[tuple[str, int]], wall_ms: int) -> None:
        """Readings (channel, wire integer) that were all made at `wall_ms` of the other clock."""
        age_ms = self._age_ms(now, wall_ms)
        if age_ms > OLD_MS:
            self.too_old += len(samples)
            return
        self._heard_ms = now.mono_ms
        for channel, value in samples:
            self._latest.put(channel, Reading(value, now.mono_ms - age_ms, now.wall_ms - age_ms))

    def tend(self, now: Now) -> None:
        """Notice that it has fallen silent."""
        heard = self._heard_ms
        if heard is not None and now.mono_ms - heard > SILENT_MS:
            self.device.silent(f"silent for more than {SILENT_MS // 1000} s")

    def _age_ms(self, now: Now, wall_ms: int) -> int:
        """How old something is that was made at `wall_ms` of its clock; never negative."""
        ours_ms = now.wall_ms - now.mono_ms
        if abs(ours_ms - self._wall_minus_mono_ms) > _SET_MS:
            self._ages.clear()  # our own clock was set: what we knew of theirs is void
            self._wall_minus_mono_ms = ours_ms
        ages = self._ages
        while ages and now.mono_ms - ages[0][0] > WINDOW_MS:
            ages.popleft()
        age_ms = now.wall_ms - wall_ms
        while ages and ages[-1][1] >= age_ms:
            ages.pop()  # younger and later: the older one will never be the least again
        ages.append((now.mono_ms, age_ms))
        apart_ms = ages[0][1]
        self.device.good(_warning(apart_ms))
        return max(0, age_ms - (0 if abs(apart_ms) <= AGREE_MS else apart_ms))


def _warning(apart_ms: int) -> str:
    if abs(apart_ms) <= WARN_MS:
        return ""
    which = "behind ours" if apart_ms > 0 else "ahead of ours"
    return f"its clock is {abs(apart_ms) // 1000} s {which}"
