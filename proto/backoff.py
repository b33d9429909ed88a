"""How long to wait before trying again: doubling, with jitter, and forgotten once a try has held."""

from __future__ import annotations

from collections.abc import Callable

BASE_MS = 1_000
CEILING_MS = 60_000
STUBBORN_MS = 300_000
"""Ceiling while a second client has our id, and floor for what somebody must cure: a bad certificate."""


class Backoff:
    """Waits drawn from 1 to 2, 2 to 4, 4 to 8 ... seconds, up to half to all of a ceiling.

    `uniform` gives numbers in [0, 1); a program hands in its own so that a run can be repeated.
    """

    def __init__(self, uniform: Callable[[], float], base_ms: int = BASE_MS) -> None:
        self._uniform = uniform
        self._base_ms = base_ms
        self.tries = 0
        self.due_net_ms = 0

    def failed(self, net_ms: int, ceiling_ms: int = CEILING_MS, floor_ms: int = 0) -> int:
        """Count a failure and return the wait in ms; `due_net_ms` is when to try again."""
        whole = min(ceiling_ms, self._base_ms << min(self.tries + 1, 20))
        wait = max(int(whole * (0.5 + 0.5 * self._uniform())), floor_ms)
        self.tries += 1
        self.due_net_ms = net_ms + wait
        return wait

    def stubborn(self, net_ms: int) -> int:
        """Count a failure that no retry will cure: five to six minutes, however few the tries before it."""
        return self.failed(net_ms, 0, STUBBORN_MS + int(STUBBORN_MS // 5 * self._uniform()))

    def held(self) -> None:
        """A try has proven itself: the next failure waits the shortest time again."""
        self.tries = 0
