"""A serial line (a pty) by a name that may go away; behind it answers a meter that speaks Modbus RTU."""

from __future__ import annotations

import contextlib
import os
import pty
import tty
from pathlib import Path

from hw.twin.meter import TwinMeter

GOOD, MUTE, GARBAGE, DRIBBLE = "good", "mute", "garbage", "dribble"
"""`how` it answers; dribble: a byte each time it is served."""
_NOISE = bytes(i * 37 % 251 for i in range(1000))


class SerialLine:
    """`plug` and `unplug` the converter; `serve` lets the meter hear and answer."""

    def __init__(self, path: Path, meter: TwinMeter) -> None:
        self.path, self.meter = path, meter
        self.how = GOOD
        self._end: int | None = None
        self._slave: int | None = None
        self._rest = self._unsent = b""

    def plug(self) -> None:
        """The converter is (again) there, perhaps under another number."""
        self._end, self._slave = pty.openpty()
        for fd in (self._end, self._slave):
            tty.setraw(fd)
        os.set_blocking(self._end, False)
        self._rest = self._unsent = b""
        self.path.symlink_to(os.ttyname(self._slave))

    def unplug(self) -> None:
        """Its name is gone, and whoever holds it open hears so."""
        self.path.unlink()
        for fd in (self._slave, self._end):
            if fd is not None:
                os.close(fd)
        self._end = self._slave = None

    def serve(self) -> None:
        """The meter hears and answers, as it is told to."""
        if self._end is None:
            return
        with contextlib.suppress(BlockingIOError, OSError):
            self._rest, answers, _ = self.meter.hear(self._rest + os.read(self._end, 4096))
            self._unsent += b"".join(data for _, data in answers)
        if not self._unsent:
            return
        count = 1 if self.how == DRIBBLE else len(self._unsent)
        now, self._unsent = self._unsent[:count], self._unsent[count:]
        if self.how != MUTE:
            with contextlib.suppress(BlockingIOError, OSError):
                os.write(self._end, _NOISE if self.how == GARBAGE else now)
