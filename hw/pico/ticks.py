"""Ticks of a pulse flow meter to a smoothed rate: pure arithmetic with a small memory.

The rate between two ticks is stamped at the earlier one, and n ticks make n - 1 rates. The time between the
last tick of one list and the first of the next is not used (ticks are lost while a module posts), except for
a list of one tick. A wheel that has not turned for `no_flow_ms` stands still; for a meter with more than half
a gallon to the tick ("slow"), silence proves nothing within one list and the rates are taken as they come.
"""

from __future__ import annotations

MAX_HZ = 500.0
ZERO_AFTER_MS = 100
"""Where a tick is followed by silence, zero begins this much later."""

Rate = tuple[float, float]
"""House time in ms and ticks per second."""


class Flow:
    """The rate of one meter: filter and thinning, with what they must remember from list to list."""

    def __init__(self, *, no_flow_ms: int, alpha: float, threshold_hz: float, slow: bool) -> None:
        """`alpha` is the weight of a new rate; a rate is kept when it moved more than `threshold_hz`."""
        self._no_flow_ms = no_flow_ms
        self._alpha = alpha
        self._threshold_hz = threshold_hz
        self._slow = slow
        self._filtered_hz: float | None = None
        self._kept_hz: float | None = None
        self._last_tick_ms: float | None = None
        self._pending: Rate | None = None
        self._found: list[Rate] = []

    def take(self, ticks: list[int], per_ms: int, first_ms: float, now_ms: float) -> list[Rate]:
        """Rates worth keeping from one list, oldest first; the newest always is.

        `ticks` in units of 1/`per_ms` ms after the first at house time `first_ms`, ascending, each once;
        `now_ms` is when the list was posted.
        """
        self._found, self._pending = [], None
        if not ticks:
            self._empty(now_ms)
            return self._found
        self._silence(self._last_tick_ms, first_ms)
        if len(ticks) == 1:
            self._single(first_ms + ticks[0] / per_ms)
        else:
            self._pairs(ticks, per_ms, first_ms)
        self._last_tick_ms = first_ms + ticks[-1] / per_ms
        if self._pending is not None:
            self._keep(*self._pending)
        self._silence(self._last_tick_ms, now_ms)
        return self._found

    def _single(self, at_ms: float) -> None:
        last = self._last_tick_ms
        self._rate(at_ms, 0.0 if last is None or last >= at_ms else 1000.0 / (at_ms - last))

    def _pairs(self, ticks: list[int], per_ms: int, first_ms: float) -> None:
        no_flow = self._no_flow_ms * per_ms
        before = ticks[0]
        for tick in ticks[1:]:
            at_ms = first_ms + before / per_ms
            self._rate(at_ms, 1000.0 * per_ms / (tick - before))
            if tick - before > no_flow:
                self._silence(at_ms, first_ms + tick / per_ms)
            before = tick

    def _rate(self, at_ms: float, hz: float) -> None:
        """One rate through the filter; kept, or pending in case it is the newest."""
        if hz > MAX_HZ:
            return
        before = self._filtered_hz
        if before is not None and not self._slow:
            hz = before + self._alpha * (hz - before)
        self._filtered_hz = hz
        kept = self._kept_hz
        if kept is None or self._slow or abs(hz - kept) > self._threshold_hz:
            self._keep(at_ms, hz)
        else:
            self._pending = (at_ms, hz)

    def _keep(self, at_ms: float, hz: float) -> None:
        self._found.append((at_ms, hz))
        self._kept_hz, self._pending = hz, None

    def _silence(self, from_ms: float | None, until_ms: float) -> None:
        """After a tick at `from_ms` nothing came until `until_ms`: was that a standstill?"""
        if self._slow or from_ms is None or until_ms - from_ms <= self._no_flow_ms:
            return
        if self._filtered_hz:
            self._keep(from_ms + ZERO_AFTER_MS, 0.0)
        self._filtered_hz = 0.0

    def _empty(self, now_ms: float) -> None:
        """A list without ticks: zero from now on, and for a slow meter only if it has been long enough."""
        last = self._last_tick_ms
        long_enough = last is not None and now_ms - last > self._no_flow_ms
        if self._slow and self._kept_hz is not None and not long_enough:
            return
        self._silence(last, now_ms)
        self._filtered_hz = 0.0
        self._keep(now_ms, 0.0)
