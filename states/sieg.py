"""The Siegenthaler loop: a slow valve sends the heat pump's water to the house or keeps it in its own loop.

While the heat pump is off the valve keeps, so that the primary pump does not stir the buffer; in a start
just so much is kept that the water gets hot; once there is lift, all is sent. Where the valve stands
is reckoned from how long its motor ran, by what the relays show; an unknown place is found by driving to an
end. Blind (no temperatures, no power) sends: heat that reaches the house late is better than none. Source:
control facts 4.3 and 7.13, hardware facts 2.9.
"""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

FULL_MS = 100_000
"""From full send to full keep."""
JUST_KEEP_MS = 82_000
"""Here all water stays in the loop, and a little movement lets some go."""
OVERDRIVE_MS = 10_000
"""Past an end, so that the reckoning starts anew there."""
DEAD_BAND_MS = 1_000
RUN_ON_MS = 300_000
"""After its call ends a heat pump may run on for minutes; longer, and nobody knows what it does."""

HOLD, SEND, KEEP_MORE = "HOLD", "SEND", "KEEP_MORE"
INITIALIZING, BLIND, HP_OFF, STARTING, HAS_LIFT = (
    "Initializing",
    "Blind",
    "HpOff",
    "HpStartingUp",
    "HpHasLift",
)
TARGET_MS = {INITIALIZING: 0, BLIND: 0, HP_OFF: FULL_MS, STARTING: JUST_KEEP_MS, HAS_LIFT: 0}
"""State -> where the valve is to stand, milliseconds of motor time from full send."""


class Sieg(Struct, frozen=True, gc=False):
    """The loop's state and the reckoned place of its valve."""

    state: str = INITIALIZING
    keep_ms: int | None = None
    """Motor time from full send; None: not known yet."""
    drive_ms: int = 0
    """How long the motor has been driving towards the present target without a break."""
    at_ms: int | None = None
    off_since_ms: int | None = None


class Seen(Struct, frozen=True, gc=False):
    """What the loop looks at: our call by readback, compressor by power (None: unknown), water in °F."""

    called: bool
    running: bool | None
    lwt_f: float | None
    ewt_f: float | None
    hot_f: float
    """From here on the water is worth sending: hotter than what it would push away."""
    motor: int | None
    """Readback of the motor relay: 0 (rest) runs, 1 holds; None: the board does not answer."""
    direction: int | None
    """Readback of the direction relay: 0 sends, 1 keeps."""


def step(sieg: Sieg, mono_ms: int, seen: Seen) -> Sieg:
    """One tick: reckon the place, then choose the state."""
    off_since = None if seen.called else (sieg.off_since_ms if sieg.off_since_ms is not None else mono_ms)
    moved = replace(_reckoned(sieg, mono_ms, seen), at_ms=mono_ms, off_since_ms=off_since)
    state = _state(moved, mono_ms, seen)
    if state == moved.state:
        return moved
    drive_ms = moved.drive_ms if TARGET_MS[state] == TARGET_MS[moved.state] else 0
    return replace(moved, state=state, drive_ms=drive_ms)


def _reckoned(sieg: Sieg, mono_ms: int, seen: Seen) -> Sieg:
    """Add the time the motor ran since the last tick, in the direction the relays show."""
    if sieg.at_ms is None:
        return sieg
    if seen.motor is None or seen.direction is None:
        return replace(sieg, keep_ms=None, drive_ms=0)
    if seen.motor == 1:
        return sieg
    ran_ms = mono_ms - sieg.at_ms
    towards_keep = seen.direction == 1
    drive_ms = sieg.drive_ms + ran_ms if towards_keep == (TARGET_MS[sieg.state] > 0) else 0
    keep_ms = sieg.keep_ms
    if keep_ms is not None:
        keep_ms = min(FULL_MS, max(0, keep_ms + (ran_ms if towards_keep else -ran_ms)))
    elif drive_ms >= FULL_MS:
        keep_ms = FULL_MS if towards_keep else 0
    return replace(sieg, keep_ms=keep_ms, drive_ms=drive_ms)


def _state(sieg: Sieg, mono_ms: int, seen: Seen) -> str:
    if seen.running is None or seen.lwt_f is None or seen.ewt_f is None:
        return BLIND
    if not seen.called:
        return _off(sieg, mono_ms, seen.running)
    if sieg.state == HAS_LIFT:
        return HAS_LIFT
    return HAS_LIFT if max(seen.lwt_f, seen.ewt_f) > seen.hot_f else STARTING


def _off(sieg: Sieg, mono_ms: int, running: bool) -> str:
    """Off is decided by power; while it runs on the valve stays, but not for ever."""
    if not running:
        return HP_OFF
    since = sieg.off_since_ms if sieg.off_since_ms is not None else mono_ms
    if mono_ms - since < RUN_ON_MS and sieg.state in (HP_OFF, STARTING, HAS_LIFT):
        return sieg.state
    return BLIND


def effect(sieg: Sieg) -> str:
    """What the valve's motor is to do now."""
    target_ms = TARGET_MS[sieg.state]
    if target_ms in (0, FULL_MS):
        towards = KEEP_MORE if target_ms else SEND
        there = sieg.keep_ms == target_ms and sieg.drive_ms >= OVERDRIVE_MS
        return HOLD if there else towards
    if sieg.keep_ms is None:
        return KEEP_MORE
    gap_ms = target_ms - sieg.keep_ms
    if abs(gap_ms) <= DEAD_BAND_MS:
        return HOLD
    return KEEP_MORE if gap_ms > 0 else SEND
