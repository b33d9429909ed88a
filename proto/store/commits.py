"""When to commit: at once for what is urgent, else every ten seconds, more rarely on a slow disk."""

from __future__ import annotations

from collections import deque

COMMIT_MS = 10_000
COMMIT_SLOWEST_MS = 60_000
SLOW_MS = 10_000
SLOW_SPAN_MS = 600_000
SLOW_TIMES = 3
"""So many slow commits within the span double the interval."""


class Commits:
    """Net times and record numbers of what was asked and what was answered."""

    def __init__(self) -> None:
        self.every_ms = COMMIT_MS
        self.slow = 0
        self.asked_net_ms: int | None = None
        self._dirty_net_ms: int | None = None
        self._urgent = False
        self._slow: deque[int] = deque(maxlen=SLOW_TIMES)

    def note(self, urgent: bool) -> None:
        """A record was put."""
        self._urgent = self._urgent or urgent
        if self._dirty_net_ms is None:
            self._dirty_net_ms = -1  # stamped by the next `due`

    def due(self, net_ms: int) -> bool:
        """Should everything sent so far be committed now?"""
        if self._dirty_net_ms is None or self.asked_net_ms is not None:
            return False
        if self._dirty_net_ms < 0:
            self._dirty_net_ms = net_ms
        return self._urgent or net_ms - self._dirty_net_ms >= self.every_ms

    def ask(self, net_ms: int) -> None:
        """A commit of everything sent is on its way."""
        self.asked_net_ms = net_ms
        self._dirty_net_ms = None
        self._urgent = False

    def answered(self, net_ms: int) -> int:
        """The commit is done; returns how long it took, ms."""
        took_ms = 0 if self.asked_net_ms is None else net_ms - self.asked_net_ms
        self.asked_net_ms = None
        if took_ms > SLOW_MS:
            self.slow += 1
            self._slow.append(net_ms)
        full = len(self._slow) == SLOW_TIMES
        if full and net_ms - self._slow[0] <= SLOW_SPAN_MS:
            self.every_ms = min(2 * self.every_ms, COMMIT_SLOWEST_MS)
            self._slow.clear()
        elif self.every_ms > COMMIT_MS and (not self._slow or net_ms - self._slow[-1] > SLOW_SPAN_MS):
            self.every_ms = COMMIT_MS
        return took_ms

    def forget(self, anything_left: bool) -> None:
        """The writer is gone, and so is the question; what is left is to be committed by the next one."""
        self.asked_net_ms = None
        self._dirty_net_ms = -1 if anything_left else None
        self._urgent = anything_left
