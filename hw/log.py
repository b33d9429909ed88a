"""The log: lines to stderr with journald priorities, never blocking, each cause at most so often.

A reader that stops reading must not stop the house: what does not fit is dropped and counted.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable

ERROR, WARNING, NOTICE, INFO = 3, 4, 5, 6
LEVELS = {"error": ERROR, "warning": WARNING, "notice": NOTICE, "info": INFO}
SAME_CAUSE_MS = 600_000
BURST = 5
MAX_CAUSES = 500
MAX_LINE = 1000


class Log:
    """`say(level, cause, words)`: a line now, unless its cause has spoken too often lately."""

    def __init__(
        self,
        descriptor: int = 2,
        level: str = "info",
        *,
        plain: bool | None = None,
        net_ms: Callable[[], int],
    ) -> None:
        """`plain` (default: the descriptor is a terminal) leaves the priority prefix out."""
        self._fd = descriptor
        self._limit = LEVELS[level]
        self._plain = os.isatty(descriptor) if plain is None else plain
        self._net_ms = net_ms
        self._causes: dict[str, tuple[int, int]] = {}
        self.dropped = 0
        self.held_back = 0

    def say(self, level: int, cause: str, words: str) -> None:
        """Write one line; `cause` is what the rate limit counts by, "" for lines that always go out."""
        if level > self._limit or (cause and not self._may_speak(cause)):
            return
        clean = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in words)[:MAX_LINE]
        prefix = "" if self._plain else f"<{level}>"
        self._write(f"{prefix}{clean}\n".encode())

    def _may_speak(self, cause: str) -> bool:
        now = self._net_ms()
        since, count = self._causes.get(cause, (now, 0))
        if now - since >= SAME_CAUSE_MS:
            since, count = now, 0
        if len(self._causes) >= MAX_CAUSES and cause not in self._causes:
            self._causes.clear()
        self._causes[cause] = (since, count + 1)
        if count >= BURST:
            self.held_back += 1
        return count < BURST

    def _write(self, line: bytes) -> None:
        """Non-blocking for our writes only: others may share the descriptor, so its flags are put back."""
        try:
            flags = fcntl.fcntl(self._fd, fcntl.F_GETFL)
            fcntl.fcntl(self._fd, fcntl.F_SETFL, flags | os.O_NONBLOCK)
            try:
                written = os.write(self._fd, line)
            finally:
                fcntl.fcntl(self._fd, fcntl.F_SETFL, flags)
        except OSError:
            self.dropped += 1
            return
        if written < len(line):
            self.dropped += 1
