"""A short-lived child process looked at once a tick: for the few things the system can only do by waiting.

It is started, polled, killed at its deadline by whoever owns it, and reaped. Its output is bounded.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence

_READS = 4


class Child:
    """One child at a time. `output` is what it printed, `status` its exit status once it is over."""

    def __init__(self, most_bytes: int) -> None:
        """More than `most_bytes` of output are thrown away."""
        self._most_bytes = most_bytes
        self._child: subprocess.Popen[bytes] | None = None
        self._killed: list[subprocess.Popen[bytes]] = []
        self.output = b""
        self.status: int | None = None

    def start(self, command: Sequence[str]) -> str:
        """Begin; one that still runs is killed. A few words when it cannot be started, else empty."""
        self.stop()
        self.output, self.status = b"", None
        try:
            self._child = subprocess.Popen(
                tuple(command),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                close_fds=False,
            )
        except OSError as error:
            return f"{command[0]}: {error.strerror}"
        if self._child.stdout is not None:
            os.set_blocking(self._child.stdout.fileno(), False)
        return ""

    def step(self) -> bool:
        """True when no child runs; never waits."""
        self.reap()
        child = self._child
        if child is None:
            return True
        status = child.poll()
        self._read(child)
        if status is None:
            return False
        self._close(child)
        self._child, self.status = None, status
        return True

    def stop(self) -> None:
        """Kill what runs; it is reaped now or by a later call."""
        if self._child is not None:
            self._child.kill()
            self._close(self._child)
            self._killed.append(self._child)
            self._child = None
        self.reap()

    def reap(self) -> None:
        """Collect killed children; never waits."""
        if self._killed:
            self._killed = [child for child in self._killed if child.poll() is None]

    @property
    def unreaped(self) -> int:
        """Killed children that have not ended yet."""
        return len(self._killed)

    def _read(self, child: subprocess.Popen[bytes]) -> None:
        if child.stdout is None:
            return
        for _ in range(_READS):
            try:
                chunk = os.read(child.stdout.fileno(), self._most_bytes)
            except BlockingIOError:
                return
            if not chunk:
                return
            self.output = (self.output + chunk)[: self._most_bytes]

    def _close(self, child: subprocess.Popen[bytes]) -> None:
        if child.stdout is not None:
            child.stdout.close()
