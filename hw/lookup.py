"""Looks a host name up in a child process, because the system's resolver cannot be sliced.

`getent ahosts` runs beside us, is looked at once a tick, and is killed and reaped at its deadline.
"""

from __future__ import annotations

import ipaddress
import os
import subprocess
from collections.abc import Sequence

GETENT = ("getent", "ahosts")
MAX_ADDRESSES = 8
_MAX_OUTPUT = 16_384
_UNKNOWN_NAME = 2  # exit status of getent: no such key


def literal(host: str) -> str | None:
    """`host` if it already is an IP address, else None."""
    try:
        return str(ipaddress.ip_address(host.strip("[]")))
    except ValueError:
        return None


class Lookup:
    """One lookup at a time. `addresses` is empty until it succeeded; `failed` tells why it did not."""

    def __init__(self, command: Sequence[str] = GETENT) -> None:
        """`command` gets the host name as its last argument and prints one address a line."""
        self._command = tuple(command)
        self._child: subprocess.Popen[bytes] | None = None
        self._killed: list[subprocess.Popen[bytes]] = []
        self._output = b""
        self.addresses: tuple[str, ...] = ()
        self.unknown_name = False
        self.failed: str | None = None

    def start(self, host: str) -> None:
        """Begin; a lookup that still runs is killed."""
        self.stop()
        self.addresses, self.failed, self.unknown_name, self._output = (), None, False, b""
        if not host or host.startswith("-") or "\0" in host:
            self.failed = f"{host!r} is not a host name."
            return
        try:
            self._child = subprocess.Popen(
                (*self._command, host),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                close_fds=False,
            )
        except OSError as error:
            self.failed = f"The name of {host} cannot be looked up: {self._command[0]}: {error.strerror}."
            return
        if self._child.stdout is not None:
            os.set_blocking(self._child.stdout.fileno(), False)

    def step(self) -> bool:
        """True when the lookup is over, well or not; never waits."""
        self.reap()
        child = self._child
        if child is None:
            return True
        status = child.poll()
        self._read(child)
        if status is None:
            return False
        self._close(child)
        self._child = None
        self.unknown_name = status == _UNKNOWN_NAME
        if status == 0:
            self.addresses = _parse(self._output)
        if not self.addresses:
            self.failed = self.failed or f"{self._command[0]} ended with status {status}."
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
        try:
            chunk = os.read(child.stdout.fileno(), _MAX_OUTPUT)
        except BlockingIOError:
            return
        self._output = (self._output + chunk)[:_MAX_OUTPUT]

    def _close(self, child: subprocess.Popen[bytes]) -> None:
        if child.stdout is not None:
            child.stdout.close()


def _parse(output: bytes) -> tuple[str, ...]:
    """Addresses, each once, in the resolver's order of preference."""
    found: dict[str, None] = {}
    for line in output.decode("ascii", "replace").splitlines():
        word = line.split(maxsplit=1)[0] if line.strip() else ""
        address = literal(word.split("%", 1)[0])
        if address is not None:
            found[address] = None
    return tuple(found)[:MAX_ADDRESSES]
