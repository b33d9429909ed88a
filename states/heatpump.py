"""The heat-pump watch: running, called in vain, or without water; one retry after a rest, then a fault.

A start takes minutes (up to twelve by the model), so silence counts only after that, or when the call was
ended before: the last gate ends one that moves no water. Power unknown: no judgement either way.
"""

from __future__ import annotations

from msgspec import Struct

from states.image import Now
from states.state import HpWatch

START_DEADLINE_MS = 12 * 60_000
DEFROST_MOST_MS = 15 * 60_000
"""One that ran and falls silent may defrost or trip so long."""
LEAST_CALL_MS = 50_000
"""A call that ended sooner proves nothing."""
SILENT_W = 200.0
MOVING_GPM = 0.5
REST_MS = 600_000
GIVE_UP_AFTER = 2
DENIED_MS = 40 * 60_000
"""Rest, start delay and the starts of an hour may all make a start wait; together hardly so long."""


class Sight(Struct, frozen=True, gc=False):
    """What the watch looks at."""

    called_ms: int | None
    """When our relays were read back calling; None: they do not."""
    power_w: float | None
    flow_gpm: float | None
    hot: bool = False
    """What comes back to it is about as hot as it takes: then it is right to stand still."""
    ours: bool = True
    """The control calls, and no person."""
    wanted: bool = False
    """Heat from the heat pump was asked for."""


def step(watch: HpWatch, now: Now, sight: Sight, running_w: float) -> HpWatch:
    """One tick of the watch."""
    mono, power_w = now.mono_ms, sight.power_w
    called = sight.called_ms is not None
    ended = watch.called_since_ms is not None and not called
    called_since = watch.called_since_ms if called and watch.called_since_ms is not None else sight.called_ms
    running = None if power_w is None else power_w >= running_w
    fresh_call = called and watch.called_since_ms is None
    ran = (watch.ran_since_call and not fresh_call) or running is True
    moved = (watch.moved and not fresh_call) or sight.flow_gpm is None or sight.flow_gpm >= MOVING_GPM
    quiet = called and power_w is not None and power_w < SILENT_W and not sight.hot
    silent = (watch.silent_since_ms or max(called_since or 0, mono)) if quiet else None
    if fresh_call and quiet:
        silent = called_since
    misses = 0 if running is True and called else watch.misses
    dry = 0 if called and moved else watch.dry
    resting = watch.resting_until_ms
    if resting is not None and mono >= resting:
        resting = None
    if ended and sight.ours and power_w is not None and mono - (watch.called_since_ms or 0) >= LEAST_CALL_MS:
        if not watch.ran_since_call and power_w < SILENT_W and not sight.hot:
            misses, resting = misses + 1, mono + REST_MS
        elif watch.ran_since_call and not watch.moved:
            dry, resting = dry + 1, mono + REST_MS
    elif resting is None and _in_vain(silent, mono, ran):
        misses, resting, called_since = misses + 1, mono + REST_MS, mono
        silent = None
    denied = sight.wanted and not called
    after = HpWatch(
        called_since_ms=called_since,
        off_since_ms=None if called else (watch.off_since_ms if watch.off_since_ms is not None else mono),
        running=running,
        ran_since_call=ran if called else watch.ran_since_call,
        misses=misses,
        silent_since_ms=silent,
        moved=moved,
        dry=dry,
        resting_until_ms=resting,
        denied_since_ms=(watch.denied_since_ms or mono) if denied else None,
    )
    return watch if after == watch else after


def _in_vain(silent_since: int | None, mono: int, ran: bool) -> bool:
    return silent_since is not None and mono - silent_since >= (DEFROST_MOST_MS if ran else START_DEADLINE_MS)


def gave_up(watch: HpWatch) -> bool:
    """Two calls in a row drew no power."""
    return watch.misses >= GIVE_UP_AFTER


def ran_dry(watch: HpWatch) -> bool:
    """Two calls in a row drew power and moved no water."""
    return watch.dry >= GIVE_UP_AFTER


def denied(watch: HpWatch, mono_ms: int) -> bool:
    """Heat has been wanted and refused for longer than every proper wait."""
    return watch.denied_since_ms is not None and mono_ms - watch.denied_since_ms >= DENIED_MS


def words(watch: HpWatch, mono_ms: int) -> str:
    """A sentence while the watch makes the heat pump rest, else empty."""
    if watch.resting_until_ms is None:
        return ""
    left_s = max(0, watch.resting_until_ms - mono_ms) // 1000
    what = "moved no water" if watch.dry else "drew no power"
    return f"the heat pump was called and {what}; trying again in {left_s} s"


def forgiven(watch: HpWatch) -> HpWatch:
    """The fault's time is over: the heat pump may be tried again from the beginning."""
    return HpWatch(watch.called_since_ms, watch.off_since_ms, watch.running, moved=watch.moved)
