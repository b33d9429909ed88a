"""A ration of messages, a peer's is ten a second, fifty at once; and how long it has been asking for more."""

from __future__ import annotations

RATE_PER_S = 10
BURST = 50
FLOOD_MS = 60_000
"""Asking for more this long is a flood."""
CALM_MS = 5_000
"""A pause this long ends it."""


class Bucket:
    """Counts in thousandths of a message, so that integers do."""

    def __init__(self, rate_per_s: int = RATE_PER_S, burst: int = BURST) -> None:
        self._rate_per_s, self._most = rate_per_s, burst * 1000
        self._level = self._most
        self._net_ms: int | None = None
        self._flood_from: int | None = None
        self._refused_net_ms = 0

    def take(self, net_ms: int) -> bool:
        """May one more message be read?"""
        if self._net_ms is not None:
            self._level = min(self._most, self._level + self._rate_per_s * (net_ms - self._net_ms))
        self._net_ms = net_ms
        if self._level >= 1000:
            self._level -= 1000
            return True
        if self._flood_from is None or net_ms - self._refused_net_ms > CALM_MS:
            self._flood_from = net_ms
        self._refused_net_ms = net_ms
        return False

    def flooded(self, net_ms: int) -> bool:
        """Has the peer kept asking for more for a minute?"""
        return (
            self._flood_from is not None
            and net_ms - self._refused_net_ms <= CALM_MS
            and net_ms - self._flood_from >= FLOOD_MS
        )

    def forgive(self) -> None:
        """The connection was broken off for it."""
        self._flood_from = None
