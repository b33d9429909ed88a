"""The writer as a process: forked, so that starting one needs nothing from a disk that may be dead.

SQLite must not be carried over a fork: the program itself never opens a database, only its writer does.
"""

from __future__ import annotations

import gc
import os
import resource
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import suppress

RunWriter = Callable[[socket.socket], int]


class Process:
    """A running writer: its socket end for us (non-blocking), and its life."""

    def __init__(self, run: RunWriter, name: str = "scada-store") -> None:
        """Fork; raises `OSError` when the system cannot. `name` is what `ps` shows."""
        self.sock, theirs = socket.socketpair()
        try:
            self.pid = os.fork()
        except OSError:
            self.sock.close()
            theirs.close()
            raise
        if self.pid == 0:
            _live(theirs, run, name)
        theirs.close()
        self.sock.setblocking(False)
        self._reaped = False

    def kill(self) -> None:
        """SIGKILL; a process that hangs in the disk dies when the disk answers."""
        if not self._reaped:
            os.kill(self.pid, signal.SIGKILL)

    def gone(self) -> bool:
        """Has it ended? Takes its remains away."""
        if not self._reaped:
            try:
                self._reaped = os.waitpid(self.pid, os.WNOHANG)[0] == self.pid
            except ChildProcessError:
                self._reaped = True
        return self._reaped

    def hang_up(self) -> None:
        """Close our end; the writer then commits and goes."""
        self.sock.close()


def _live(sock: socket.socket, run: RunWriter, name: str) -> None:
    """The child's whole life; never returns.

    Everything of the program is still in memory here. Its descriptors are closed, and the garbage collector
    is kept from its objects: one that owned a descriptor would close whatever has that number by then.
    """
    code = 1
    try:
        gc.freeze()
        keep = sock.fileno()
        os.closerange(3, keep)
        os.closerange(keep + 1, resource.getrlimit(resource.RLIMIT_NOFILE)[0])
        with suppress(OSError), open("/proc/self/comm", "w", encoding="ascii") as comm:
            comm.write(name)
        sock.setblocking(True)
        code = run(sock)
    finally:
        if sys.exc_info()[0] is not None:
            sys.excepthook(*sys.exc_info())
        os._exit(code)
