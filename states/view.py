"""A look at the image in control's units: °F, gpm, watts; too old or bad is None and nothing else.

This is the one place where a wire integer becomes a physical value for a decision.
"""

from __future__ import annotations

from collections.abc import Callable

from layouts.catalogue import PHYSICAL, GwUnit, Telemetry
from layouts.model import House
from states.image import FLAT, GOOD, NO_READINGS, Image, Reading, Readings
from states.stalls import NONE, Stalls, awake_ms

_TO_CONTROL: dict[str, Callable[[int], float]] = {
    Telemetry.WATER_TEMP_C_X1000: lambda raw: round(raw * 0.0018 + 32.0, 1),
    Telemetry.AIR_TEMP_F_X1000: lambda raw: round(raw * 0.001, 2),
    GwUnit.FAHRENHEIT_X100: lambda raw: round(raw * 0.01, 1),
}


def _plain(scale: float) -> Callable[[int], float]:
    return lambda raw: raw * scale


class Lens:
    """The house's channels compiled for looking: name -> (converter, staleness limit in ms)."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.rule: dict[str, tuple[Callable[[int], float], int]] = {}
        for channel in house.channels:
            convert = _TO_CONTROL.get(channel.telemetry) or _plain(PHYSICAL[channel.telemetry][1])
            self.rule[channel.name] = (convert, channel.stale_ms)
        for derived in house.derived:
            convert = _TO_CONTROL.get(derived.gw_unit) or _plain(PHYSICAL[derived.gw_unit][1])
            self.rule[derived.name] = (convert, derived.stale_ms)
        self.depths = _depths(house)
        self.tank_devices = tuple(
            tuple(f"{tank.name}-depth{i}-device" for i in (1, 2, 3)) for tank in house.tanks
        )
        self.board = tuple(t.channel for t in house.pipes.thermistors)
        self.groups = (*self.tank_devices, self.board) if self.board else self.tank_devices


def _depths(house: House) -> tuple[tuple[str, str, float, float], ...]:
    """(derived channel, device channel, m, b) for every tank depth."""
    rows = []
    for tank in house.tanks:
        for i in range(3):
            name = f"{tank.name}-depth{i + 1}"
            rows.append((name, f"{name}-device", tank.calibration.m[i], tank.calibration.b[i]))
    return tuple(rows)


def tank_temperatures(
    lens: Lens, image: Image, before: Readings, stuck: frozenset[str], held: Readings = NO_READINGS
) -> dict[str, Reading]:
    """Calibrated tank depths (°F x 100) from the device channels; age and quality are the device's own.

    A depth whose device reading has not changed keeps its derived reading; a stuck one has no value, and for
    one that leaps stands what `held` says.
    """
    found: dict[str, Reading] = {}
    for name, device, m, b in lens.depths:
        source = held.get(device) or image.readings.get(device)
        if source is None:
            continue
        old = before.get(name)
        quality = FLAT if device in stuck else source.quality
        if old is not None and old.mono_ms == source.mono_ms and old.quality == quality:
            found[name] = old
        elif quality == FLAT:
            found[name] = Reading(None, source.mono_ms, source.wall_ms, FLAT)
        elif source.value is None:
            found[name] = Reading(None, source.mono_ms, source.wall_ms, source.quality)
        else:
            raw = int((m * (source.value * 0.0018 + 32.0) + b) * 100)
            found[name] = Reading(raw, source.mono_ms, source.wall_ms, GOOD)
    return found


class View:
    """One tick's look. `value(channel)` is None when the channel is absent, bad, too old or not believed."""

    __slots__ = ("_derived", "_known", "_lens", "_mono_ms", "_readings", "_stalls")

    def __init__(
        self,
        lens: Lens,
        image: Image,
        derived: Readings,
        held: Readings = NO_READINGS,
        out: frozenset[str] = frozenset(),
        stalls: Stalls = NONE,
    ) -> None:
        """`held` stands in for channels that leap; those in `out` are not believed.

        `stalls` are the times in which we stood still; they count for silence, not for the age of a value.
        """
        self._stalls = stalls
        self._lens = lens
        self._readings = image.readings
        self._derived = {**derived, **held} if held else derived
        self._mono_ms = image.now.mono_ms
        self._known: dict[str, float | None] = dict.fromkeys(out)

    def value(self, channel: str) -> float | None:
        """Value in control's unit (°F, gpm, W, V, Wh), or None."""
        if channel in self._known:
            return self._known[channel]
        found = self._known[channel] = self._look(channel)
        return found

    def _look(self, channel: str) -> float | None:
        reading = self._derived.get(channel) or self._readings.get(channel)
        rule = self._lens.rule.get(channel)
        if reading is None or rule is None or reading.value is None:
            return None
        if self._mono_ms - reading.mono_ms > rule[1]:
            return None
        return rule[0](reading.value)

    def age_ms(self, channel: str) -> int | None:
        """Milliseconds since the last reading of any quality, without those in which we stood still.

        None when never heard.
        """
        reading = self._derived.get(channel) or self._readings.get(channel)
        return None if reading is None else self.awake_ms(reading.mono_ms)

    def awake_ms(self, since_ms: int) -> int:
        """How long since that mono time we were there to listen."""
        return awake_ms(self._stalls, since_ms, self._mono_ms)

    def stale_ms(self, channel: str) -> int:
        """Age beyond which the channel counts as absent; 0 for a channel the house has not."""
        rule = self._lens.rule.get(channel)
        return rule[1] if rule else 0

    def first(self, *channels: str) -> tuple[str, float] | None:
        """The first of `channels` that has a value, with its name."""
        for channel in channels:
            value = self.value(channel)
            if value is not None:
                return channel, value
        return None
