"""Broken ticks: each is logged with its place; too many in a minute end the program."""

from __future__ import annotations

from hw.log import ERROR, Log

CRASHES = (ArithmeticError, AttributeError, LookupError, OSError, RuntimeError, TypeError, ValueError)
"""What a bug looks like when it surfaces."""
MOST = 5
WINDOW_MS = 60_000


class Failures:
    """Counts broken ticks. `broken` is the reason to stop, once there is one."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._recent: list[int] = []
        self.count = 0
        self.broken = ""

    def note(self, net_ms: int, error: Exception) -> None:
        """A tick broke off at `error`; its outputs stay as they were."""
        trace = error.__traceback__
        while trace is not None and trace.tb_next is not None:
            trace = trace.tb_next
        code = trace.tb_frame.f_code if trace else None
        place = f"{code.co_filename}:{trace.tb_lineno} {code.co_name}" if trace and code else "?"
        self.count += 1
        self._log.say(ERROR, place, f"A tick broke at {place}: {type(error).__name__}: {error}")
        self._recent = [t for t in self._recent if net_ms - t < WINDOW_MS] + [net_ms]
        if len(self._recent) >= MOST:
            self.broken = f"{MOST} broken ticks within a minute, the last at {place}"
