"""Bugs that surface in a tick: each is logged with its place; too many broken ticks end the program."""

from __future__ import annotations

from hw.log import ERROR, Log

CRASHES: tuple[type[Exception], ...] = (Exception,)
"""What no tick lets out: every kind of bug. Used at the edge of the tick and nowhere else."""
GATE = "/states/governor"
MOST = 5
WINDOW_MS = 60_000


class Failures:
    """Counts them. `broken` is the reason to stop, once there is one.

    A tick that breaks before its outputs are written leaves them as they were; after five of those within a
    minute, or one in the last gate itself, the program ends, so that the failsafe hands the house back. A
    tick that heats and only cannot tell of it never ends the program.
    """

    def __init__(self, log: Log) -> None:
        self._log = log
        self._recent: list[int] = []
        self.ticks = self.reports = 0
        self.last = ""
        self.broken = ""

    def broken_tick(self, net_ms: int, error: Exception) -> None:
        """A tick broke off at `error` before it acted."""
        self.ticks += 1
        files, place = _places(error)
        self._say("A tick broke", place, error)
        self._recent = [t for t in self._recent if net_ms - t < WINDOW_MS] + [net_ms]
        if any(GATE in file for file in files):
            self.broken = f"the last gate itself broke at {place}"
        elif len(self._recent) >= MOST:
            self.broken = f"{MOST} broken ticks within a minute, the last at {place}"

    def untold(self, what: str, error: Exception) -> None:
        """A tick acted, but `what` of it could not be told."""
        self.reports += 1
        self._say(f"The {what} broke", _places(error)[1], error)

    def _say(self, what: str, place: str, error: Exception) -> None:
        self.last = f"{what} at {place}: {type(error).__name__}: {error}"
        self._log.say(ERROR, place, self.last)


def _places(error: Exception) -> tuple[list[str], str]:
    """Files the error came through, outermost first, and the line where it arose."""
    files: list[str] = []
    place = "?"
    trace = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        files.append(code.co_filename)
        place = f"{code.co_filename}:{trace.tb_lineno} {code.co_name}"
        trace = trace.tb_next
    return files, place
