"""What a fault is: a condition, how long it must hold, what it makes the house do and how it clears.

A condition is data, so the page and `docs/faults.md` print it and a test can delete a row and see red.
Worst wins: a tick acts on the highest act of all active rows.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from enum import IntEnum, StrEnum

from msgspec import Struct

from states.fault_kinds import Condition


class Act(IntEnum):
    """What a fault makes the house do, from mild to grave; the worst active one counts."""

    WARN = 0
    NO_CONTRACT = 1
    BLIND = 2
    HEAT_OFF = 3
    HAND_BACK = 4


class Clears(StrEnum):
    """How an active fault ends."""

    WHEN_GONE = "when gone"
    AFTER = "after a while, to try again"


class Fault(Struct, frozen=True):
    """One row. `for_s`: the condition must hold this long; `clear_s`: and be gone this long (or, with
    `AFTER`, the fault ends this long after it began). `gap_s`: until it is active, the condition may be away
    for less than this without the count beginning anew.
    """

    name: str
    when: Condition
    for_s: int
    act: Act
    says: str
    clears: Clears = Clears.WHEN_GONE
    clear_s: int = 10
    gap_s: int = 0


class Track(Struct, frozen=True, gc=False):
    """Where a row stands: condition since, active since, gone since (house mono ms)."""

    since_mono_ms: int
    active_mono_ms: int | None = None
    active_wall_ms: int = 0
    gone_mono_ms: int | None = None


Tracks = Mapping[str, Track]


def advance(
    rows: tuple[Fault, ...], tracks: Tracks, holding: Collection[str], mono_ms: int, wall_ms: int
) -> tuple[Tracks, tuple[str, ...], tuple[str, ...]]:
    """Debounce every row, `holding` being the names whose condition holds now.

    Returns (tracks, names that became active, names that cleared).
    """
    if not tracks and not holding:
        return tracks, (), ()
    found: dict[str, Track] = {}
    raised: list[str] = []
    cleared: list[str] = []
    for row in rows:
        track = tracks.get(row.name)
        holds = row.name in holding
        if track is None and not holds:
            continue
        after = _one(row, track, holds, mono_ms, wall_ms)
        was = track is not None and track.active_mono_ms is not None
        now_active = after is not None and after.active_mono_ms is not None
        if now_active and not was:
            raised.append(row.name)
        elif was and not now_active:
            cleared.append(row.name)
        if after is not None:
            found[row.name] = after
    return found, tuple(raised), tuple(cleared)


def _one(row: Fault, track: Track | None, holds: bool, mono_ms: int, wall_ms: int) -> Track | None:
    if track is None:
        track = Track(mono_ms)
    if track.active_mono_ms is None:
        if not holds:
            return _ends(track, row.gap_s, mono_ms)
        if track.gone_mono_ms is not None and mono_ms - track.gone_mono_ms >= row.gap_s * 1000:
            track = Track(mono_ms)  # nobody looked when its gap grew too long
        if mono_ms - track.since_mono_ms < row.for_s * 1000:
            return _gone(track, None)
        return Track(track.since_mono_ms, mono_ms, wall_ms)
    if row.clears is Clears.AFTER:
        return None if mono_ms - track.active_mono_ms >= row.clear_s * 1000 else track
    if holds:
        return _gone(track, None)
    return _ends(track, row.clear_s, mono_ms)


def _ends(track: Track, after_s: int, mono_ms: int) -> Track | None:
    """The condition does not hold now: None once it has been gone for so long."""
    gone = track.gone_mono_ms if track.gone_mono_ms is not None else mono_ms
    return None if mono_ms - gone >= after_s * 1000 else _gone(track, gone)


def _gone(track: Track, gone_mono_ms: int | None) -> Track:
    if gone_mono_ms == track.gone_mono_ms:
        return track
    return Track(track.since_mono_ms, track.active_mono_ms, track.active_wall_ms, gone_mono_ms)
