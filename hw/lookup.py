"""Looks a host name up in a child process, because the system's resolver cannot be sliced.

`getent ahosts` runs beside us, is looked at once a tick, and is killed and reaped at its deadline.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence

from hw.child import Child

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
        self._child = Child(_MAX_OUTPUT)
        self._runs = False
        self.addresses: tuple[str, ...] = ()
        self.unknown_name = False
        self.failed: str | None = None

    def start(self, host: str) -> None:
        """Begin; a lookup that still runs is killed."""
        self.stop()
        self.addresses, self.failed, self.unknown_name = (), None, False
        if not host or host.startswith("-") or "\0" in host:
            self.failed = f"{host!r} is not a host name."
            return
        words = self._child.start((*self._command, host))
        if words:
            self.failed = f"The name of {host} cannot be looked up: {words}."
        self._runs = not words

    def step(self) -> bool:
        """True when the lookup is over, well or not; never waits."""
        if not self._child.step():
            return False
        if self._runs:
            self._runs = False
            status = self._child.status
            self.unknown_name = status == _UNKNOWN_NAME
            if status == 0:
                self.addresses = _parse(self._child.output)
            if not self.addresses:
                self.failed = self.failed or f"{self._command[0]} ended with status {status}."
        return True

    def stop(self) -> None:
        """Kill what runs; it is reaped now or by a later call."""
        self._runs = False
        self._child.stop()

    def reap(self) -> None:
        """Collect killed children; never waits."""
        self._child.reap()

    @property
    def unreaped(self) -> int:
        """Killed children that have not ended yet."""
        return self._child.unreaped


def _parse(output: bytes) -> tuple[str, ...]:
    """Addresses, each once, in the resolver's order of preference."""
    found: dict[str, None] = {}
    for line in output.decode("ascii", "replace").splitlines():
        word = line.split(maxsplit=1)[0] if line.strip() else ""
        address = literal(word.split("%", 1)[0])
        if address is not None:
            found[address] = None
    return tuple(found)[:MAX_ADDRESSES]
