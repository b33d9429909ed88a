"""Makes snapshots: on multiples of the wall clock, at once when an actuator moved, and when somebody asks."""

from __future__ import annotations

from layouts.model import House
from proto.actuators import Actuators
from proto.capture import FIRST_MS
from proto.machines import Machines
from proto.wire.readings import SingleReading, SnapshotSpaceheat
from states.image import Now, Reading, Readings

SPACING_MS = 1_000
"""A move is told at once, but not more often than this."""


class Snapshots:
    """Knows when one is due and what belongs into it."""

    def __init__(self, house: House, period_s: int, actuators: Actuators, machines: Machines) -> None:
        """The first one is due at once."""
        self._house = house
        self._period_ms = period_s * 1000
        self._actuators = actuators
        self._machines = machines
        self._due_ms = 0
        self._last_mono_ms = -SPACING_MS

    def clock_was_set(self) -> None:
        """The times agreed on are void: the next one is due at once."""
        self._due_ms = 0

    def due(self, now: Now) -> bool:
        """Is it time, or has something moved? The caller sends one then."""
        if now.wall_ms < FIRST_MS:
            return False
        on_time = now.wall_ms >= self._due_ms
        if not on_time and not (self._actuators.moved and now.mono_ms - self._last_mono_ms >= SPACING_MS):
            return False
        if on_time:
            self._due_ms = now.wall_ms - now.wall_ms % self._period_ms + self._period_ms
        self._last_mono_ms = now.mono_ms
        self._actuators.moved = False
        return True

    def make(self, now: Now, readings: Readings, derived: Readings) -> SnapshotSpaceheat:
        """Every channel with a value young enough, and every machine whose state is known."""
        found: list[SingleReading] = []
        for channel in self._house.channels:
            reading = self._actuators.reading(now, channel.name) or readings.get(channel.name)
            _add(found, now, channel.name, channel.stale_ms, reading)
        for computed in self._house.derived:
            _add(found, now, computed.name, computed.stale_ms, derived.get(computed.name))
        return SnapshotSpaceheat(
            from_g_node_alias=self._house.scada.alias,
            from_g_node_instance_id=self._house.scada.id,
            snapshot_time_unix_ms=now.wall_ms,
            latest_reading_list=tuple(found),
            latest_state_list=self._machines.present(),
        )


def _add(found: list[SingleReading], now: Now, channel: str, stale_ms: int, reading: Reading | None) -> None:
    if reading is None or reading.value is None or now.mono_ms - reading.mono_ms > stale_ms:
        return
    if reading.wall_ms < FIRST_MS:
        return
    wall_ms = min(reading.wall_ms, now.wall_ms)
    found.append(SingleReading(channel_name=channel, value=reading.value, scada_read_time_unix_ms=wall_ms))
