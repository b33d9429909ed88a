"""HomeAlone, all tanks, time of use: which trigger, if any, the fall-back fires now, and why.

One small function per leaf state; each returns the first trigger whose guard holds. The peaks are run from
the store; off-peak the heat pump keeps the buffer hot and fills the store with what the next peak needs.
Source: control facts 2.5, with its failure scenarios 7 to 11 closed.
"""

from __future__ import annotations

from collections.abc import Callable

from states.predicates import Measured, Plant
from states.scene import Choice, Scene, blind, defrost_while_charging, looking_around, warmed_up, why

TOP_UP_FRACTION = 0.9
TOP_UP_WH = 3000


def storage_words(plant: Plant) -> str:
    """`store 12.3 kWh of 20.1 kWh needed`."""
    figures = plant.state.figures
    if figures.usable_wh is None or figures.required_wh is None:
        return "store unknown"
    return f"store {figures.usable_wh / 1000:.1f} kWh, needed {figures.required_wh / 1000:.1f} kWh"


def too_late(scene: Scene) -> bool:
    """A compressor started now could not stop before the peak without breaking its minimum run."""
    if scene.period.on_peak or scene.period.peak is None or scene.plant.hp.called_since_ms is not None:
        return False
    left_s = scene.period.until_s - scene.now.wall_ms // 1000
    return left_s < scene.plant.settings.limits.compressor_min_on_s


def _clock(scene: Scene, what: str) -> str:
    lead = scene.plant.settings.tariff.lead_s
    return f"{what} in {lead // 60} min" if lead >= 60 else what


def _initializing(scene: Scene) -> Choice:
    plant = scene.plant
    if blind(plant) or looking_around(scene):
        return None
    empty = plant.buffer_empty()
    if scene.period.on_peak:
        return _initializing_on_peak(scene, empty)
    if too_late(scene):
        return "OffPeakBufferFullStorageReady", why("TooLate", "a peak is too near for a compressor start")
    if empty.yes:
        return "OffPeakBufferEmpty", why("BufferEmpty", empty.words("<"), empty)
    if scene.ready:
        return "OffPeakBufferFullStorageReady", why("StorageReady", storage_words(plant))
    return "OffPeakBufferFullStorageNotReady", why("StorageNotReady", storage_words(plant))


def _initializing_on_peak(scene: Scene, empty: Measured) -> Choice:
    colder = scene.plant.store_colder_than_buffer()
    if not empty.yes:
        return "OnPeakBufferFull", why("OnPeak", f"on-peak; {empty.words('>=')}", empty)
    if colder.yes:
        return "OnPeakStorageColderThanBuffer", why("StoreColder", colder.words(">"), colder)
    return "OnPeakBufferEmpty", why("BufferEmpty", empty.words("<"), empty)


def _hp_on_store_off(scene: Scene) -> Choice:
    plant, mono = scene.plant, scene.now.mono_ms
    if scene.period.on_peak:
        return "OnPeakStart", why("OnPeakStart", _clock(scene, "on-peak starts"))
    full = plant.buffer_full()
    limited = plant.charge_limited()
    stalled = plant.buffer_stalled(mono)
    if not (full.yes or limited.yes or stalled):
        return None
    words = (
        full.words(">") if full.yes else limited.words(">=") if limited.yes else "the buffer gains no heat"
    )
    if scene.ready:
        return "OffPeakBufferFullStorageReady", why("BufferFull", f"{words}; {storage_words(plant)}", full)
    if not (limited.yes or stalled) and not warmed_up(scene):
        return None
    return "OffPeakBufferFullStorageNotReady", why("BufferFull", f"{words}; {storage_words(plant)}", full)


def _hp_on_store_charge(scene: Scene) -> Choice:
    plant, mono = scene.plant, scene.now.mono_ms
    if scene.period.on_peak:
        return "OnPeakStart", why("OnPeakStart", _clock(scene, "on-peak starts"))
    if plant.in_defrost(mono):
        return defrost_while_charging(scene)
    empty = plant.buffer_empty()
    if empty.yes:
        return "OffPeakBufferEmpty", why("BufferEmpty", empty.words("<"), empty)
    if scene.ready:
        return "OffPeakStorageReady", why("StorageReady", storage_words(plant))
    return None


def _hp_off_store_off(scene: Scene) -> Choice:
    plant = scene.plant
    empty = plant.buffer_empty()
    if scene.period.on_peak:
        if empty.yes and not plant.store_colder_than_buffer().yes:
            return "OnPeakBufferEmpty", why("BufferEmpty", empty.words("<"), empty)
        return None
    if too_late(scene) and not plant.system_cold().yes:
        return None
    if empty.yes:
        return "OffPeakBufferEmpty", why("BufferEmpty", empty.words("<"), empty)
    if not scene.ready and _worth_a_start(plant):
        return "OffPeakStorageNotReady", why("StorageNotReady", storage_words(plant))
    return None


def _worth_a_start(plant: Plant) -> bool:
    """Having been ready once in this off-peak period, the store is not topped up for little."""
    figures, notes = plant.state.figures, plant.notes
    if figures.usable_wh is None or figures.required_wh is None:
        return False
    if not notes.declared_ready:
        return True
    target = figures.required_wh if notes.full_wh is None else notes.full_wh
    if figures.usable_wh > TOP_UP_FRACTION * target:
        return False
    return figures.required_wh - figures.usable_wh > TOP_UP_WH


def _hp_off_store_discharge(scene: Scene) -> Choice:
    plant = scene.plant
    if not scene.period.on_peak:
        return "OffPeakStart", why("OffPeakStart", "the peak is over")
    full = plant.buffer_full()
    if full.yes:
        return "OnPeakBufferFull", why("BufferFull", full.words(">"), full)
    colder = plant.store_colder_than_buffer()
    if colder.yes:
        return "OnPeakStorageColderThanBuffer", why("StoreColder", colder.words(">"), colder)
    return None


BRAIN: dict[str, Callable[[Scene], Choice]] = {
    "Initializing": _initializing,
    "HpOnStoreOff": _hp_on_store_off,
    "HpOnStoreCharge": _hp_on_store_charge,
    "HpOffStoreOff": _hp_off_store_off,
    "HpOffStoreDischarge": _hp_off_store_discharge,
}
"""Leaf -> what it asks each tick."""

AT_ONCE = frozenset({"OnPeakStart", "OffPeakStart"})
"""Triggers of the clock: they do not wait for the dwell time of a state."""
