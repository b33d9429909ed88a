"""Turns the signals that end a program into a reason that the loop asks for."""

from __future__ import annotations

import signal
from collections.abc import Callable
from types import FrameType


def stop_signal() -> Callable[[], str]:
    """Gives the reason once SIGTERM, SIGINT or SIGHUP came, else an empty string."""
    came: list[str] = []

    def note(number: int, _: FrameType | None) -> None:
        came.append(f"Signal received: {signal.Signals(number).name} ({number})")

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, note)
    return lambda: came[0] if came else ""
