"""The line to one writer: frames out and in, in bounded slices, and how it ends."""

from __future__ import annotations

import select
from collections.abc import Callable

from proto.store import frames as f
from proto.store.process import Process, RunWriter

READ_BYTES = 256 * 1024
WRITE_BYTES = 256 * 1024
ANSWER_DEADLINE_MS = 30_000
START_DEADLINE_MS = 60_000


class Line:
    """A writer process and the bytes between it and us. `over` says why it ended, else empty."""

    def __init__(self, run: RunWriter, net_ms: int) -> None:
        """Start a writer; raises `OSError`."""
        self._process = Process(run)
        self._unpacker = f.Unpacker()
        self._out = memoryview(b"")
        self.over = ""
        self.heard_net_ms = net_ms
        self.killed = False

    def read(self, net_ms: int) -> list[f.Reply]:
        """What the writer said."""
        try:
            data = self._process.sock.recv(READ_BYTES)
        except BlockingIOError:
            return []
        except OSError as error:
            self.over = self.over or f"the line to the writer broke: {error}"
            return []
        if not data:
            self.over = self.over or "the writer ended"
            return []
        self.heard_net_ms = net_ms
        self._unpacker.feed(data)
        replies: list[f.Reply] = []
        try:
            while (body := self._unpacker.take()) is not None:
                replies.append(f.read_reply(body))
        except f.FrameError as error:
            self.over = f"the writer does not speak as agreed: {error}"
        return replies

    def write(self, following: Callable[[], f.Request | None]) -> bool:
        """Send what `following` yields until the line or the budget is full; True when all is sent."""
        budget = WRITE_BYTES
        while budget > 0:
            if not self._out:
                frame = following()
                if frame is None:
                    return True
                self._out = memoryview(f.pack(frame))
            try:
                sent = self._process.sock.send(self._out)
            except BlockingIOError:
                return False
            except OSError as error:
                self.over = self.over or f"the line to the writer broke: {error}"
                return False
            self._out = self._out[sent:]
            budget -= sent
        return False

    def overdue(self, net_ms: int, asked_net_ms: int, deadline_ms: int = ANSWER_DEADLINE_MS) -> bool:
        """Has nothing been heard for too long since the question?"""
        return net_ms - max(self.heard_net_ms, asked_net_ms) > deadline_ms

    def kill(self) -> None:
        """End a writer that does not answer; it may take as long as the disk does."""
        if not self.killed:
            self.killed = True
            self._process.kill()

    def ended(self) -> bool:
        """Is the process gone, and its remains taken away?"""
        return self._process.gone()

    def hang_up(self) -> None:
        """Close our end; the writer commits and goes."""
        self._process.hang_up()

    def wait(self, seconds: float) -> None:
        """Wait until the writer says something or the time is over; never within a tick."""
        select.select([self._process.sock], [], [], seconds)

    def pause(self, seconds: float) -> None:
        """Wait after hanging up; never within a tick."""
        select.select([], [], [], seconds)

    @property
    def pid(self) -> int:
        """Process id of the writer."""
        return self._process.pid
