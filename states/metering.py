"""Electric energy from the meter, integrated every tick, with marks on the 5-minute grid.

The marks let a contract that arrives in the middle of its slot be seeded with what was really used since
its start, instead of a guess from the last power.
"""

from __future__ import annotations

from msgspec import Struct

from states.contract import METER_HOLD_MS
from states.image import Now

GRID_S = 300
MARKS = 26


class EnergyLog(Struct, frozen=True, gc=False):
    """Cumulative Wh since boot, the last power and the marks: (UTC s on the grid, cumulative Wh)."""

    total_wh: float = 0.0
    power_w: float | None = None
    power_mono_ms: int = 0
    at_mono_ms: int | None = None
    marks: tuple[tuple[int, float], ...] = ()


def step(log: EnergyLog, now: Now, power_w: float | None) -> tuple[EnergyLog, float]:
    """Book the time since the last tick at the power that held during it; returns (log, added Wh)."""
    added = 0.0
    if log.at_mono_ms is not None and log.power_w is not None:
        held_ms = min(now.mono_ms, log.power_mono_ms + METER_HOLD_MS) - log.at_mono_ms
        added = log.power_w * max(0, held_ms) / 3_600_000
    total = log.total_wh + added
    grid_s = now.wall_ms // 1000 // GRID_S * GRID_S
    marks = log.marks
    if not marks or marks[-1][0] != grid_s:
        marks = (*(m for m in marks if grid_s - GRID_S * MARKS < m[0] < grid_s), (grid_s, total))
    if power_w is None:
        return EnergyLog(total, log.power_w, log.power_mono_ms, now.mono_ms, marks), added
    return EnergyLog(total, power_w, now.mono_ms, now.mono_ms, marks), added


def unmeasured(log: EnergyLog, now: Now) -> bool:
    """No power for so long that energy can no longer be vouched for."""
    return log.power_w is None or now.mono_ms - log.power_mono_ms > METER_HOLD_MS


def used_since(log: EnergyLog, start_s: int, now: Now) -> float:
    """Wh since `start_s` (UTC s). Time before our first mark is filled in at the last known power."""
    if now.wall_ms <= start_s * 1000:
        return 0.0
    base = next((mark for mark in log.marks if mark[0] >= start_s), None)
    if base is None:
        return (log.power_w or 0.0) * (now.wall_ms / 1000 - start_s) / 3600
    unseen_s = base[0] - start_s
    return max(0.0, log.total_wh - base[1]) + (log.power_w or 0.0) * unseen_s / 3600
