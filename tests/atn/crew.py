"""The demo's two children, broker and ATN: whoever dies unasked is told of and started again, a few times."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable

from tests.atn import children
from tests.atn.broker import Broker

MOST_RESTARTS = 3
PAUSE_MS = 2_000
"""Real time between two restarts of the same child."""


class Crew:
    """`step` once a tick. `start_atn(again)` makes the ATN; its lines come over a pipe that never blocks."""

    def __init__(
        self, broker: Broker, start_atn: Callable[[int], subprocess.Popen[bytes]], tell: Callable[[str], None]
    ) -> None:
        self.broker = broker
        self._start_atn, self._tell = start_atn, tell
        self._restarts = {"broker": 0, "ATN": 0}
        self._due_ms: dict[str, int] = {}
        self._rest = b""
        self._atn = self._new_atn()

    def step(self, net_ms: int) -> list[str]:
        """The ATN's lines since the last step; and whoever died is started again."""
        if self.broker.died:
            self._again("broker", net_ms, lambda: self.broker.start(wait=False))
        lines = self._read_atn()
        if self._atn.poll() is not None:
            self._again("ATN", net_ms, self._replace_atn)
        return lines

    def end(self) -> None:
        """The ATN ends; the broker belongs to somebody else."""
        children.end(self._atn)

    def _again(self, who: str, net_ms: int, start: Callable[[], object]) -> None:
        if who not in self._due_ms:
            self._due_ms[who] = net_ms + PAUSE_MS
            if self._restarts[who] < MOST_RESTARTS:
                self._tell(f"DEMO the {who} has died; it is started again in {PAUSE_MS // 1000} s")
            else:
                self._tell(f"DEMO the {who} has died {MOST_RESTARTS + 1} times and stays down")
        if net_ms >= self._due_ms[who] and self._restarts[who] < MOST_RESTARTS:
            del self._due_ms[who]
            self._restarts[who] += 1
            start()

    def _new_atn(self) -> subprocess.Popen[bytes]:
        child = self._start_atn(self._restarts["ATN"])
        if child.stdout is None:
            raise RuntimeError("the ATN has no output to read")
        os.set_blocking(child.stdout.fileno(), False)
        return child

    def _replace_atn(self) -> None:
        children.end(self._atn)
        self._rest = b""
        self._atn = self._new_atn()

    def _read_atn(self) -> list[str]:
        out = self._atn.stdout
        if out is None:
            return []
        try:
            data = out.read1(65_536)  # type: ignore[attr-defined]
        except BlockingIOError:
            return []
        if not data:
            return []
        *lines, self._rest = (self._rest + data).split(b"\n")
        return [text.decode(errors="replace") for text in lines]
