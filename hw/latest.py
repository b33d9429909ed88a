"""The latest reading of every channel, and what came new in this tick."""

from __future__ import annotations

from types import MappingProxyType

from states.image import GOOD, NO_READINGS, Now, Reading, Readings

FRESH_BOUND = 20_000
"""New samples kept between two `take_fresh`; more are dropped and counted."""


class Latest:
    """Collects readings; hands out an immutable mapping that is rebuilt only when something changed."""

    def __init__(self) -> None:
        """Nothing heard yet."""
        self._all: dict[str, Reading] = {}
        self._view: Readings = NO_READINGS
        self._changed = False
        self._fresh: list[tuple[str, Reading]] = []
        self.dropped = 0

    def put(self, channel: str, reading: Reading) -> None:
        """A new reading; an older one than the present never replaces it but still is a sample."""
        if reading.quality == GOOD:
            if len(self._fresh) < FRESH_BOUND:
                self._fresh.append((channel, reading))
            else:
                self.dropped += 1
        present = self._all.get(channel)
        if present is None or reading.mono_ms >= present.mono_ms:
            self._all[channel] = reading
            self._changed = True

    def value(self, channel: str, value: int, now: Now) -> None:
        """A good reading made now."""
        self.put(channel, Reading(value, now.mono_ms, now.wall_ms))

    def none(self, channel: str, quality: str, now: Now) -> None:
        """The channel is known to be unknown; said once until something else comes."""
        present = self._all.get(channel)
        if present is None or present.quality != quality:
            self._all[channel] = Reading(None, now.mono_ms, now.wall_ms, quality)
            self._changed = True

    def get(self, channel: str) -> Reading | None:
        """The present reading, None if never heard."""
        return self._all.get(channel)

    def readings(self) -> Readings:
        """An immutable picture of the present; the same object while nothing changes."""
        if self._changed:
            self._view = MappingProxyType(self._all.copy())
            self._changed = False
        return self._view

    def take_fresh(self) -> tuple[tuple[str, Reading], ...]:
        """Every good sample since the last call, oldest first per channel."""
        if not self._fresh:
            return ()
        fresh, self._fresh = tuple(self._fresh), []
        return fresh
