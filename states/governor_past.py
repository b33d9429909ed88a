"""What the governor must know of earlier processes: compressor starts and how often each relay moved."""

from __future__ import annotations

from msgspec import Struct

from states.governor_memory import CHANGES_PER_DAY, DAY_MS, HOUR_MS, GovernorMemory
from states.image import Now

Moves = tuple[tuple[int, int], ...]
"""Per hour: when the last one was, wall ms, and how many there were."""


class GovernorPast(Struct, frozen=True):
    """What must survive a restart. A stop needs no record: process start counts as one, and is later."""

    starts_wall_ms: tuple[int, ...]
    synced: bool
    """Whether the wall clock could be believed when this was written."""
    moves: dict[str, Moves] = {}


def keep(memory: GovernorMemory, now: Now) -> GovernorPast:
    """The starts of the last hour and the moves of the last day as wall-clock stamps; bounded."""
    life = memory.life
    starts, changes = memory.past_starts, memory.past_changes
    if life is not None:
        unseen = () if life.starting_ms is None else (life.starting_ms,)
        starts, changes = life.compressor.starts + unseen, life.changes
    recent = tuple(now.wall_ms - (now.mono_ms - t) for t in starts if now.mono_ms - t < HOUR_MS)
    return GovernorPast(recent, now.synced, {node: _by_hour(at, now) for node, at in changes.items()})


def _by_hour(at: tuple[int, ...], now: Now) -> Moves:
    hours: dict[int, list[int]] = {}
    for t in at:
        if now.mono_ms - t < DAY_MS:
            hours.setdefault(t // HOUR_MS, []).append(t)
    return tuple((now.wall_ms - (now.mono_ms - max(group)), len(group)) for group in hours.values())


def restore(past: GovernorPast | None, now: Now) -> GovernorMemory:
    """Memory after a restart: evidence may lengthen a wait, never shorten it.

    Every move counts as late as the last of its hour. Stamps that cannot be placed in time (clock not set
    then or now, or in the future) count as this moment.
    """
    if past is None:
        return GovernorMemory()
    placed = past.synced and now.synced

    def mono(wall_ms: int) -> int:
        return now.mono_ms - (max(0, now.wall_ms - wall_ms) if placed else 0)

    changes = {
        node: tuple(sorted(mono(t) for t, count in hours for _ in range(min(count, CHANGES_PER_DAY))))
        for node, hours in past.moves.items()
    }
    return GovernorMemory(tuple(mono(t) for t in past.starts_wall_ms), changes)
