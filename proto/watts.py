"""When the metered power is worth telling: once when it is known, then when it has moved enough."""

from __future__ import annotations

from layouts.model import House
from proto.wire.readings import PowerWatts
from states.image import Now, Reading


class Watts:
    """Sum of everything in power metering, W, against the sum of its nameplates.

    It is unknown while one metered channel is silent for longer than its staleness limit; unknown power is
    never told. Where the whole meter hangs on the second computer, what that one says of the sum counts too.
    """

    def __init__(self, house: House, change_fraction: float) -> None:
        """Nothing metered yet."""
        metered = [c for c in house.channels if c.in_power_metering]
        self._stale_ms = {c.name: c.stale_ms for c in metered}
        nodes = {c.about for c in metered}
        nameplates_w = sum(house.node_by_name[node].nameplate_w or 0 for node in nodes)
        self.threshold_w = change_fraction * nameplates_w
        self._latest: dict[str, Reading] = {}
        self._told_w: int | None = None
        self._fresh = False
        self._elsewhere = bool(metered) and all(c.captured_by in house.second_nodes for c in metered)
        self._heard_w: int | None = None

    def take(self, channel: str, reading: Reading) -> None:
        """A good sample of any channel."""
        if channel in self._stale_ms:
            self._latest[channel] = reading
            self._fresh = True

    def hear(self, watts: int) -> None:
        """The sum as the second computer has it; a part of the sum would be no news."""
        if self._elsewhere:
            self._heard_w = watts
            self._fresh = True

    def total_w(self, now: Now) -> int | None:
        """Metered power; None while a part of it is unknown."""
        if not self._stale_ms:
            return None
        total = 0
        for channel, stale_ms in self._stale_ms.items():
            reading = self._latest.get(channel)
            if reading is None or reading.value is None or now.mono_ms - reading.mono_ms > stale_ms:
                return None
            total += reading.value
        return total

    def again(self) -> None:
        """Tell it once more even if it does not move."""
        self._told_w = None
        self._fresh = True

    def due(self, now: Now) -> PowerWatts | None:
        """What is to be told now, if anything; what is told is not told again."""
        if not self._fresh:
            return None
        self._fresh = False
        total, self._heard_w = self._heard_w, None
        if total is None:
            total = self.total_w(now)
        if total is None:
            return None
        told = self._told_w
        if told is not None and abs(total - told) <= self.threshold_w:
            return None
        self._told_w = total
        return PowerWatts(watts=total)
