"""Ctrl-C, `kill` and a dropped line as an exception, once; the way back cannot be broken off."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


class Interrupted(Exception):
    """A signal came; the message names it."""


_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def signals_break_off() -> Iterator[Callable[[], None]]:
    """Ctrl-C, `kill` and a dropped line break off, once; gives a function that has them ignored from then on.

    The handler itself silences the next signal, so that an impatient person cannot stop the way back.
    """
    before = [(number, signal.getsignal(number)) for number in _SIGNALS]

    def ignore() -> None:
        for number in _SIGNALS:
            signal.signal(number, signal.SIG_IGN)

    def interrupt(number: int, _: FrameType | None) -> None:
        ignore()
        raise Interrupted("Ctrl-C" if number == signal.SIGINT else signal.Signals(number).name)

    try:
        for number in _SIGNALS:
            signal.signal(number, interrupt)
        yield ignore
    finally:
        for number, handler in before:
            signal.signal(number, signal.SIG_DFL if handler is None else handler)
