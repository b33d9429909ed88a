"""The heat-pump watch: called, running, or called in vain; one retry after a rest, then it is a fault.

A start takes minutes (up to twelve by the model), so silence counts only after that. Power unknown: no
judgement either way.
"""

from __future__ import annotations

from states.image import Now
from states.state import HpWatch

START_DEADLINE_MS = 12 * 60_000
SILENT_W = 200.0
REST_MS = 600_000
GIVE_UP_AFTER = 2


def step(
    watch: HpWatch, now: Now, seen_called_ms: int | None, power_w: float | None, running_w: float
) -> HpWatch:
    """One tick of the watch. `seen_called_ms`: when our relays were read back calling; None: they do not."""
    mono = now.mono_ms
    called = seen_called_ms is not None
    called_since = watch.called_since_ms if called and watch.called_since_ms is not None else seen_called_ms
    off_since = None if called else (watch.off_since_ms if watch.off_since_ms is not None else mono)
    running = None if power_w is None else power_w >= running_w
    fresh_call = called and watch.called_since_ms is None
    ran = (watch.ran_since_call and not fresh_call) or running is True
    misses = 0 if running is True else watch.misses
    resting = watch.resting_until_ms
    if resting is not None and mono >= resting:
        resting = None
    if _in_vain(called_since, mono, ran, power_w) and resting is None:
        misses += 1
        resting = mono + REST_MS
        called_since = mono
    after = HpWatch(called_since, off_since, running, ran, misses, resting)
    return watch if after == watch else after


def _in_vain(called_since: int | None, mono: int, ran: bool, power_w: float | None) -> bool:
    if called_since is None or power_w is None or ran:
        return False
    return mono - called_since >= START_DEADLINE_MS and power_w < SILENT_W


def gave_up(watch: HpWatch) -> bool:
    """Two calls in a row drew no power."""
    return watch.misses >= GIVE_UP_AFTER


def words(watch: HpWatch, mono_ms: int) -> str:
    """A sentence while the watch makes the heat pump rest, else empty."""
    if watch.resting_until_ms is None:
        return ""
    left_s = max(0, watch.resting_until_ms - mono_ms) // 1000
    return f"the heat pump was called and drew no power; trying again in {left_s} s"


def forgiven(watch: HpWatch) -> HpWatch:
    """The fault's time is over: the heat pump may be tried again from the beginning."""
    return HpWatch(watch.called_since_ms, watch.off_since_ms, watch.running)
