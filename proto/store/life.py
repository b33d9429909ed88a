"""The writer's life as the program sees it: started, ready, stuck, gone, started again after a pause."""

from __future__ import annotations

from collections.abc import Callable

from proto.backoff import Backoff
from proto.store import frames as f
from proto.store.line import START_DEADLINE_MS, Line
from proto.store.port import CLOSED, DOWN, READY, STARTING, STUCK
from proto.store.process import RunWriter

PAUSE_S = 0.02
PAUSES = 250
"""`end` waits five seconds at most for a writer to go."""


class Life:
    """Runs one writer at a time. `hear` gets every reply; `left` is called when a ready writer is no more."""

    def __init__(
        self,
        run_writer: RunWriter,
        uniform: Callable[[], float],
        hear: Callable[[f.Reply, int], None],
        left: Callable[[], None],
    ) -> None:
        self.state = DOWN
        self.since_net_ms = 0
        self.words = ""
        self.restarts = -1
        self._run_writer = run_writer
        self._backoff = Backoff(uniform)
        self._hear = hear
        self._left = left
        self._line: Line | None = None

    def step(self, net_ms: int) -> None:
        """Hear the writer, or start one when it is time."""
        if self._line is None:
            if self.state == DOWN and net_ms >= self._backoff.due_net_ms:
                self._start(net_ms)
            return
        for reply in self._line.read(net_ms):
            if isinstance(reply, f.Failed):
                self.words = f"the writer gave up: {reply.words}"
            elif isinstance(reply, f.Ready):
                self._enter(READY, net_ms, "")
                self._hear(reply, net_ms)
            else:
                self._hear(reply, net_ms)

    def write(self, following: Callable[[], f.Request | None]) -> bool:
        """Send to a ready writer; True when everything is sent."""
        return self.state == READY and self._line is not None and self._line.write(following)

    def write_ahead(self, following: Callable[[], f.Request | None]) -> None:
        """Send what goes ahead of all else: a writer that only starts takes it too."""
        if self.state in (STARTING, READY) and self._line is not None:
            self._line.write(following)

    def judge(self, net_ms: int, asked_net_ms: int | None) -> None:
        """Part with a writer that has ended, or has not answered what was asked at `asked_net_ms`."""
        line = self._line
        if line is None:
            return
        if not line.over:
            if self.state == STARTING:
                late = line.overdue(net_ms, self.since_net_ms, START_DEADLINE_MS)
            else:
                late = asked_net_ms is not None and line.overdue(net_ms, asked_net_ms)
            if self.state != STUCK and not late:
                return
        self._part(line, net_ms)

    def held(self) -> None:
        """The writer has done what it is for: the next pause is short again."""
        self._backoff.held()

    def wait(self) -> None:
        """Wait a moment for the writer; only before the first and after the last tick."""
        if self._line is not None:
            self._line.wait(PAUSE_S)

    def end(self, net_ms: int) -> None:
        """Hang up and wait at most five seconds for the writer to commit and go."""
        line, self._line = self._line, None
        self._enter(CLOSED, net_ms, "closed by us")
        if line is None:
            return
        line.hang_up()
        for _ in range(PAUSES):
            if line.ended():
                return
            line.pause(PAUSE_S)
        line.kill()

    def _start(self, net_ms: int) -> None:
        self.restarts += 1
        try:
            self._line = Line(self._run_writer, net_ms)
        except OSError as error:
            self._pause(net_ms, f"a writer cannot be started: {error}")
            return
        self._enter(STARTING, net_ms, "")

    def _part(self, line: Line, net_ms: int) -> None:
        if self.state == READY:
            self._left()
        words = self.words or line.over or "the writer did not answer in time, the disk may be dying"
        line.kill()
        if not line.ended():
            if self.state != STUCK:
                self._enter(STUCK, net_ms, words)
            return
        line.hang_up()
        self._line = None
        self._pause(net_ms, words)

    def _pause(self, net_ms: int, words: str) -> None:
        wait_ms = self._backoff.failed(net_ms)
        self._enter(DOWN, net_ms, f"{words}; next try in {wait_ms // 1000} s")

    def _enter(self, state: str, net_ms: int, words: str) -> None:
        self.state, self.since_net_ms, self.words = state, net_ms, words

    @property
    def pid(self) -> int | None:
        """Process id of the writer, while there is one."""
        return None if self._line is None else self._line.pid
