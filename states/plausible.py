"""Is a reading possible? What leaps is held out, and a board that moves as one is not believed.

A sample that leaps is not used for control until it has lasted; meanwhile the last believed reading ages, so
a limit on staleness ends it like any other. Pipe sensors follow moving water within seconds (a 15 s lag and
60 K between a cold pipe and hot water are 4 K/s), so only a leap that no water can make counts there.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import exp
from types import MappingProxyType

from msgspec import Struct

from layouts.model import House
from states.image import Image, Reading

LASTS_MS = 60_000
"""A leap that has lasted this long is believed after all: the sensor was moved, or the house surprised us."""
COMMON_MS = 2_000
"""Between two looks at all thermistors of the pipe board."""
COMMON_PART = 0.03
"""All voltages changed by the same part, this much or more: their supply did, not the water."""
COMMON_SPREAD = 0.35
"""Of that part, how far apart sensors may be: they are smoothed and sampled one after the other."""
COMMON_LEAST = 3
BELIEVED_ANEW_MS = 30 * 60_000
"""After this a changed supply counts as the way things are."""

_BETA, _T0_K, _ZERO_C_K = 3977.0, 298.0, 273.0


class Pace(Struct, frozen=True, gc=False):
    """How a channel may move, in its raw integers: `leap` at once, and `per_s` for each second since."""

    leap: int
    per_s: float


TANK = Pace(2_000, 2_000.0)
"""Water in a tank, °C x 1000."""
PIPE = Pace(20_000, 4_000.0)
"""A sensor clamped to a pipe."""
OUTDOORS = Pace(10_000, 200.0)
ROOM = Pace(3_600, 360.0)
"""Room air, °F x 1000."""


class Leap(Struct, frozen=True, gc=False):
    """The last believed reading of a channel, when it was last heard, and since when it leaps."""

    believed: Reading
    heard_ms: int
    since_ms: int | None = None


class Common(Struct, frozen=True, gc=False):
    """The pipe board at the last two looks: share of the supply by channel; since when it is not believed.

    A look is compared with the one before the last, so that every sensor has been sampled in between.
    """

    at_ms: int = -(10**12)
    shares: tuple[float | None, ...] = ()
    older: tuple[float | None, ...] = ()
    since_ms: int | None = None
    part: float = 1.0


class Doubts(Struct, frozen=True, gc=False):
    """What the check carries from tick to tick."""

    leaps: Mapping[str, Leap] = MappingProxyType({})
    common: Common = Common()

    def held(self) -> dict[str, Reading]:
        """Channel -> the reading that stands in for one that leaps."""
        return {name: leap.believed for name, leap in self.leaps.items() if leap.since_ms is not None}


def paces(house: House) -> dict[str, Pace]:
    """Every channel that is watched for leaps."""
    found = {f"{tank.name}-depth{i}-device": TANK for tank in house.tanks for i in (1, 2, 3)}
    found |= {t.channel: OUTDOORS if t.channel == "oat" else PIPE for t in house.pipes.thermistors}
    found |= {f"{zone.node}-temp": ROOM for zone in house.zones}
    return found


def watch(rules: Mapping[str, Pace], board: tuple[str, ...], image: Image, before: Doubts) -> Doubts:
    """One tick. `board`: the thermistors that share a supply. The same object when nothing changed."""
    leaps = _leaps(rules, image, before.leaps)
    common = _common(board, image, before.common)
    if leaps is before.leaps and common is before.common:
        return before
    return Doubts(leaps, common)


def _leaps(rules: Mapping[str, Pace], image: Image, before: Mapping[str, Leap]) -> Mapping[str, Leap]:
    changed: dict[str, Leap] = {}
    readings = image.readings
    for name, pace in rules.items():
        reading = readings.get(name)
        if reading is None or reading.value is None:
            continue
        track = before.get(name)
        if track is None:
            changed[name] = Leap(reading, reading.mono_ms)
        elif track.heard_ms != reading.mono_ms or track.since_ms is not None:
            after = _heard(pace, track, reading, reading.value, image.now.mono_ms)
            if after is not track:
                changed[name] = after
    return {**before, **changed} if changed else before


def _heard(pace: Pace, track: Leap, reading: Reading, value: int, mono_ms: int) -> Leap:
    believed = track.believed
    moved = abs(value - (believed.value or 0))
    if track.since_ms is not None:
        if moved <= pace.leap or mono_ms - track.since_ms >= LASTS_MS:
            return Leap(reading, reading.mono_ms)
        return track
    if moved > pace.leap + pace.per_s * (reading.mono_ms - believed.mono_ms) / 1000:
        return Leap(believed, reading.mono_ms, mono_ms)
    return Leap(reading, reading.mono_ms)


def _common(board: tuple[str, ...], image: Image, before: Common) -> Common:
    now_ms = image.now.mono_ms
    if now_ms - before.at_ms < COMMON_MS:
        return before
    shares = tuple(_share(image.readings.get(name)) for name in board)
    part = _part(before.older, shares)
    since, was = before.since_ms, before.part
    if since is None:
        if abs(1.0 - part) >= COMMON_PART:
            since, was = now_ms, part
    elif now_ms - since >= BELIEVED_ANEW_MS or _came_back(part, was):
        return Common(now_ms)
    return Common(now_ms, shares, before.shares, since, was)


def _came_back(part: float, was: float) -> bool:
    """The other way, and half as far at least."""
    return (1.0 - part) * (1.0 - was) < 0.0 and abs(1.0 - part) >= abs(1.0 - was) / 2


def _share(reading: Reading | None) -> float | None:
    """Which share of its supply stands across a thermistor (10 kΩ to the supply) at this temperature."""
    if reading is None or reading.value is None:
        return None
    temp_k = reading.value / 1000 + _ZERO_C_K
    if not 200.0 < temp_k < 500.0:
        return None
    ratio = exp(_BETA * (1.0 / temp_k - 1.0 / _T0_K))
    return ratio / (1.0 + ratio)


def _part(before: tuple[float | None, ...], after: tuple[float | None, ...]) -> float:
    """The part by which all shares changed alike; 1.0 when they did not."""
    parts = [b / a for a, b in zip(before, after, strict=False) if a is not None and b is not None]
    if len(parts) < COMMON_LEAST:
        return 1.0
    middle = sum(parts) / len(parts)
    apart = max(parts) - min(parts)
    return middle if apart <= COMMON_SPREAD * abs(1.0 - middle) else 1.0
