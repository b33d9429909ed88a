"""Time in which we ourselves stood still: nobody was silent then, and nothing is judged by it.

A slow disk at the first start, a paused machine: the program misses ticks, and in a demo at sixty times real
time half a second is half a minute of the house. What was said meanwhile is heard at the next tick.
"""

from __future__ import annotations

from msgspec.structs import replace

from states.faults import Tracks

Stalls = tuple[tuple[int, int], ...]
"""(mono ms at which one ended, how long it was, ms), oldest first."""

NONE: Stalls = ()
MOST = 8
FORGET_MS = 3_600_000
"""No silence is judged by so long a time."""


def noted(stalls: Stalls, mono_ms: int, missed_ms: int) -> Stalls:
    """With the one that ends at this tick, if any; the oldest of too many go."""
    if not missed_ms:
        return stalls
    kept = tuple(stall for stall in stalls if mono_ms - stall[0] < FORGET_MS)
    return (*kept[1 - MOST :], (mono_ms, missed_ms))


def awake_ms(stalls: Stalls, since_ms: int, mono_ms: int) -> int:
    """How long since `since_ms` we were there to listen."""
    span_ms = mono_ms - since_ms
    if not stalls:
        return span_ms
    return span_ms - sum(min(length, end - since_ms) for end, length in stalls if end > since_ms)


def put_off(tracks: Tracks, missed_ms: int) -> Tracks:
    """Conditions that are only being watched are watched longer by what we missed."""
    if not missed_ms or not tracks:
        return tracks
    return {
        name: track
        if track.active_mono_ms is not None
        else replace(track, since_mono_ms=track.since_mono_ms + missed_ms)
        for name, track in tracks.items()
    }
