"""Electric energy from the meter, integrated every tick, with marks on the 5-minute grid.

The marks let a contract that arrives in the middle of its slot be seeded with what was really used since
its start, instead of a guess from the last power.
"""

from __future__ import annotations

from msgspec import Struct

from states.contract import METER_HOLD_MS
from states.image import Now

GRID_S = 300
MARKS = 24 * 12 + 2
"""A day and a little: no contract is longer."""

Marks = tuple[tuple[int, float], ...]
"""(UTC s, cumulative Wh): the second we began to look, then every 5 minutes."""


class EnergyLog(Struct, frozen=True, gc=False):
    """Cumulative Wh since boot, the last power and when it was measured, and the marks."""

    total_wh: float = 0.0
    power_w: float | None = None
    power_mono_ms: int = 0
    at_mono_ms: int | None = None
    marks: Marks = ()


def step(log: EnergyLog, now: Now, power_w: float | None) -> tuple[EnergyLog, float]:
    """Book the time since the last tick at the power that held during it; returns (log, added Wh >= 0)."""
    added, span_ms, measured_ms = 0.0, 0, log.power_mono_ms
    if log.at_mono_ms is None:
        measured_ms = max(measured_ms, now.mono_ms)  # patience with a meter that was never heard begins now
    else:
        span_ms = now.mono_ms - log.at_mono_ms
        held_ms = min(now.mono_ms, log.power_mono_ms + METER_HOLD_MS) - log.at_mono_ms
        added = max(0.0, log.power_w or 0.0) * max(0, held_ms) / 3_600_000
    total = log.total_wh + added
    marks = _marked(log.marks, now, total, added / span_ms if span_ms > 0 else 0.0)
    if power_w is None:
        return EnergyLog(total, log.power_w, measured_ms, now.mono_ms, marks), added
    return EnergyLog(total, power_w, now.mono_ms, now.mono_ms, marks), added


def _marked(marks: Marks, now: Now, total_wh: float, wh_per_ms: float) -> Marks:
    """The marks with the present 5 minutes among them; what was used since they began is taken off."""
    wall_s = now.wall_ms // 1000
    if marks and marks[-1][0] > wall_s:  # the clock was set back
        marks = tuple(mark for mark in marks if mark[0] <= wall_s)
    if not marks:
        return ((wall_s, total_wh),)
    grid_s = wall_s // GRID_S * GRID_S
    if marks[-1][0] >= grid_s:
        return marks
    at_grid_wh = max(marks[-1][1], total_wh - wh_per_ms * (now.wall_ms - grid_s * 1000))
    return (*marks[1 - MARKS :], (grid_s, at_grid_wh))


def unmeasured(log: EnergyLog, now: Now) -> bool:
    """No power for so long that energy can no longer be vouched for."""
    return now.mono_ms - log.power_mono_ms > METER_HOLD_MS


def used_since(log: EnergyLog, start_s: int, now: Now) -> float:
    """Wh since `start_s` (UTC s). Time before our first mark is filled in at the last known power."""
    if now.wall_ms <= start_s * 1000:
        return 0.0
    base = next((mark for mark in log.marks if mark[0] >= start_s), None)
    if base is None:
        return (log.power_w or 0.0) * (now.wall_ms / 1000 - start_s) / 3600
    unseen_s = base[0] - start_s
    return max(0.0, log.total_wh - base[1]) + (log.power_w or 0.0) * unseen_s / 3600
