"""Stuck sensors: one that repeats exactly one raw value while its neighbours move is not believed.

A live thermistor never repeats to the thousandth of a degree for half an hour while the water around it
changes; a frozen module does. Neighbours are the other depths of a tank, or the other pipe sensors.
"""

from __future__ import annotations

from collections.abc import Mapping

from states.image import Image
from states.state import FlatTrack
from states.view import Lens

FLAT_MS = 30 * 60_000
FRESH_MS = 180_000
MOVED_RAW = 2_800
"""Neighbours must have moved by 2.8 °C (5 °F) on average, in °C x 1000."""


def watch(lens: Lens, image: Image, before: Mapping[str, FlatTrack]) -> Mapping[str, FlatTrack]:
    """Bring the tracks up to date; returns the same mapping when nothing changed."""
    changed: dict[str, FlatTrack] = {}
    readings = image.readings
    for names in lens.groups:
        for name in names:
            reading = readings.get(name)
            if reading is None or reading.value is None:
                continue
            track = before.get(name)
            if track is None or track.raw != reading.value:
                others = _neighbours(image, names, name)
                if others is not None:
                    changed[name] = FlatTrack(reading.value, image.now.mono_ms, others)
    return {**before, **changed} if changed else before


def _neighbours(image: Image, names: tuple[str, ...], but: str) -> int | None:
    """Mean raw value of the neighbours, each in whole thousandths; None when none is known."""
    values = [r.value for n in names if n != but and (r := image.readings.get(n)) and r.value is not None]
    return sum(values) // len(values) if values else None


def stuck(lens: Lens, image: Image, tracks: Mapping[str, FlatTrack]) -> frozenset[str]:
    """Device channels that stand still although their neighbours moved, or whose whole module does.

    A module that is silent is another fault: only readings that keep coming are judged.
    """
    found: list[str] = []
    for names in lens.groups:
        still = [name for name in names if _still(image, tracks.get(name), name)]
        if len(still) == len(names):
            found += still
            continue
        for name in still:
            others = _neighbours(image, names, name)
            if others is not None and abs(others - tracks[name].neighbours_raw) >= MOVED_RAW:
                found.append(name)
    return frozenset(found)


def _still(image: Image, track: FlatTrack | None, name: str) -> bool:
    now_ms = image.now.mono_ms
    if track is None or now_ms - track.since_ms < FLAT_MS:
        return False
    reading = image.readings.get(name)
    return reading is not None and reading.value is not None and now_ms - reading.mono_ms < FRESH_MS
