"""The latches of the strategies, brought up to date once a tick before anything is chosen."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from states.calendar import Period
from states.image import Now
from states.predicates import STALL_GAIN_F, Plant
from states.state import HomeNotes

LEFT_COLD_MS = 60 * 60_000
LEFT_COLD_F = 2.0
SNAPSHOT_LEAD_S = 180
"""Setpoints are snapshot until the peak begins; then the last off-peak value stands."""


def store_ready(plant: Plant) -> tuple[bool, bool]:
    """(the store holds what the next peak needs or can hold no more, it is its cold pipe that says so)."""
    figures = plant.state.figures
    if (
        figures.usable_wh is not None
        and figures.required_wh is not None
        and figures.usable_wh >= figures.required_wh
    ):
        return True, False
    full = plant.store_bottom_hot().yes
    return full, full


def _charging(notes: HomeNotes, path: str, since_ms: int, changes: dict[str, Any]) -> None:
    charging = path.endswith(".HpOnStoreCharge")
    if charging and notes.charging_since_ms is None:
        changes["charging_since_ms"] = since_ms
    elif not charging and notes.charging_since_ms is not None:
        changes["charging_since_ms"] = None


def _ready(plant: Plant, on_peak: bool, ready: bool, full: bool, changes: dict[str, Any]) -> None:
    notes = plant.notes
    if on_peak:
        if notes.declared_ready:
            changes["declared_ready"] = False
        if notes.full_wh is not None:
            changes["full_wh"] = None
        return
    if ready and not notes.declared_ready:
        changes["declared_ready"] = True
    if full and notes.full_wh is None:
        changes["full_wh"] = plant.state.figures.usable_wh


def _heat(plant: Plant, mono_ms: int, path: str, changes: dict[str, Any]) -> None:
    notes = plant.notes
    low = plant.in_defrost(mono_ms)
    if low and notes.low_power_since_ms is None:
        changes["low_power_since_ms"] = mono_ms
    elif not low and notes.low_power_since_ms is not None:
        changes["low_power_since_ms"] = None
    bottom = plant.view.first("buffer-depth3", "buffer-depth2")
    if plant.hp.called_since_ms is None or not path.endswith(".HpOnStoreOff"):
        if notes.buffer_best_f is not None:
            changes["buffer_best_f"] = None
    elif bottom is not None and (
        notes.buffer_best_f is None or bottom[1] >= notes.buffer_best_f + STALL_GAIN_F
    ):
        changes["buffer_best_f"] = bottom[1]
        changes["buffer_best_ms"] = mono_ms


def _store(plant: Plant, mono_ms: int, path: str, changes: dict[str, Any]) -> None:
    full = plant.store_bottom_hot().yes
    if full:
        changes["storage_full_ms"] = mono_ms
    owes = path == "AtnControlled.HpOnStoreOff"
    if owes and full and plant.charge_limited().yes:
        changes["both_full_ms"] = mono_ms


def _left_cold(plant: Plant, mono_ms: int) -> bool:
    """Far too cold for long, whatever the tanks say: what they say, or who acts on it, must be wrong."""
    since = plant.notes.cold_since_ms
    return since is not None and mono_ms - since >= LEFT_COLD_MS and plant.system_cold().value > LEFT_COLD_F


def _rooms(plant: Plant, period: Period, mono_ms: int, changes: dict[str, Any]) -> None:
    notes = plant.notes
    if not period.on_peak or not notes.setpoints_f:
        zones = plant.house.zones
        seen = tuple((z.name, s) for z in zones if (s := plant.view.value(f"{z.node}-set")) is not None)
        if seen and seen != notes.setpoints_f:
            changes["setpoints_f"] = seen
    cold = plant.system_cold().yes
    if cold and notes.cold_since_ms is None:
        changes["cold_since_ms"] = mono_ms
    elif not cold and notes.cold_since_ms is not None:
        changes["cold_since_ms"] = None
    stranded = cold and ((plant.buffer_empty().yes and plant.storage_empty()) or _left_cold(plant, mono_ms))
    if stranded and notes.cold_buffer_since_ms is None:
        changes["cold_buffer_since_ms"] = mono_ms
    elif not stranded and notes.cold_buffer_since_ms is not None:
        changes["cold_buffer_since_ms"] = None


def brought_up(plant: Plant, now: Now, period: Period, ready: bool, full: bool) -> HomeNotes:
    """The notes as they stand now; the same object when nothing changed."""
    changes: dict[str, Any] = {}
    path = plant.state.path
    _charging(plant.notes, path, plant.state.since_mono_ms, changes)
    _ready(plant, period.on_peak, ready, full, changes)
    _heat(plant, now.mono_ms, path, changes)
    _store(plant, now.mono_ms, path, changes)
    _rooms(plant, period, now.mono_ms, changes)
    return replace(plant.notes, **changes) if changes else plant.notes
