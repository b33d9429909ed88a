"""A terminal for a test: a program on a pty, its screen as text, keys to press, words to click on."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time
from collections.abc import Callable, Mapping, Sequence

import pyte

COLUMNS, LINES = 140, 60
MOST_BYTES = 4_000_000
"""A program that writes more than this in a test is a runaway."""


class Terminal:
    """One program on one pty; `close` ends it."""

    def __init__(self, command: Sequence[str], env: Mapping[str, str]) -> None:
        self._screen = pyte.Screen(COLUMNS, LINES)
        self._stream = pyte.ByteStream(self._screen)
        self._seen = 0
        shown = {**env, "TERM": "xterm-256color", "COLUMNS": str(COLUMNS), "LINES": str(LINES)}
        self.pid, self._fd = pty.fork()
        if self.pid == 0:
            try:
                os.execve(command[0], list(command), shown)
            finally:
                os._exit(127)
        fcntl.ioctl(self._fd, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))

    @property
    def lines(self) -> list[str]:
        """The screen, line by line."""
        return [line.rstrip() for line in self._screen.display]

    @property
    def text(self) -> str:
        """The screen as one text."""
        return "\n".join(line for line in self.lines if line)

    def row(self, *words: str) -> str:
        """The first line that holds all of these words, or an empty one."""
        return next((line for line in self.lines if all(word in line for word in words)), "")

    def pump(self, seconds: float) -> None:
        """Show what the program writes within the next moment."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            if not select.select([self._fd], [], [], left)[0]:
                return
            try:
                data = os.read(self._fd, 65_536)
            except OSError:
                return
            self._seen += len(data)
            assert self._seen < MOST_BYTES, "the program writes without end"
            self._stream.feed(data)

    def settle(self, seconds: float = 1.0) -> None:
        """Give the program a moment to move its focus; a key that comes before is lost."""
        begun = time.monotonic()
        self.until(lambda: time.monotonic() - begun >= seconds)

    def until(self, done: Callable[[], object], seconds: float = 20.0) -> None:
        """Look at the screen until `done()`."""
        deadline = time.monotonic() + seconds
        while not done():
            assert time.monotonic() < deadline, f"it never came; the screen says:\n{self.text}"
            self.pump(0.05)

    def press(self, keys: str) -> None:
        """Press keys, one after the other."""
        for key in re.findall(r"\x1b\[[A-Z]|.", keys, re.DOTALL):
            os.write(self._fd, key.encode())
            self.pump(0.05)

    def click(self, words: str) -> None:
        """Click on the first place where `words` stand."""
        at = next(((x, y) for y, line in enumerate(self.lines) if (x := line.find(words)) >= 0), None)
        assert at is not None, f"there is no {words!r} on the screen:\n{self.text}"
        x, y = at[0] + 1 + len(words) // 2, at[1] + 1
        for end in "Mm":
            os.write(self._fd, f"\x1b[<0;{x};{y}{end}".encode())
            self.pump(0.05)

    def close(self) -> None:
        """End the program, whatever it does."""
        try:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        except (ProcessLookupError, ChildProcessError):
            pass
        os.close(self._fd)


DOWN = "\x1b[B"
