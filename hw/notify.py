"""Tells systemd how we are (sd_notify), without ever waiting for it."""

from __future__ import annotations

import socket as so
from collections.abc import Mapping

_MAX_STATUS = 200


class Notifier:
    """Messages to the service manager; without an address every call does nothing.

    `dropped` counts messages it did not take. A full queue or a missing socket is never waited for.
    """

    def __init__(self, address: str) -> None:
        """`address` as in NOTIFY_SOCKET: a path, @name (abstract namespace), or empty: nobody listens."""
        self.sent = 0
        self.dropped = 0
        self._address = "\0" + address[1:] if address.startswith("@") else address
        self._socket: so.socket | None = None
        self._status = ""
        if address:
            self._socket = so.socket(so.AF_UNIX, so.SOCK_DGRAM | so.SOCK_CLOEXEC)
            self._socket.setblocking(False)

    @property
    def listening(self) -> bool:
        """True when a service manager gave us an address."""
        return self._socket is not None

    def ready(self) -> bool:
        """The first complete tick is done."""
        return self._send("READY=1")

    def watchdog(self) -> bool:
        """A complete tick is done; called once, at the end of a tick."""
        return self._send("WATCHDOG=1")

    def stopping(self) -> bool:
        """We are going down on purpose."""
        return self._send("STOPPING=1")

    def status(self, words: str) -> bool:
        """One line for `systemctl status`; sent only when it changed."""
        line = words.replace("\n", " ")[:_MAX_STATUS]
        if line == self._status:
            return False
        if not self._send(f"STATUS={line}"):
            return False
        self._status = line
        return True

    def close(self) -> None:
        """Give the socket up."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _send(self, message: str) -> bool:
        """True if the service manager has it."""
        if self._socket is None:
            return False
        try:
            self._socket.sendto(message.encode(), self._address)
        except OSError:
            self.dropped += 1
            return False
        self.sent += 1
        return True


def notifier_from(environ: Mapping[str, str]) -> Notifier:
    """The notifier for the environment a service was started in."""
    return Notifier(environ.get("NOTIFY_SOCKET", ""))


def watchdog_ms(environ: Mapping[str, str], pid: int) -> int | None:
    """How often systemd wants to hear WATCHDOG, ms; None when it does not, or not from this process."""
    text = environ.get("WATCHDOG_USEC", "")
    if not text.isascii() or not text.isdecimal() or int(text) == 0:
        return None
    owner = environ.get("WATCHDOG_PID", "")
    if owner and owner != str(pid):
        return None
    return int(text) // 1000
