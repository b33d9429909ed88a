"""TLS files looked at again: daily and before each dial, so that a renewed certificate needs no restart.

A child process reads them, for a dying card hangs whoever reads it. What it brings is tried first: files that
do not go together change nothing, and a sentence says so. A key that systemd hands over is that of the start.
"""

from __future__ import annotations

import os
import re
import ssl
from collections.abc import Mapping, Sequence
from typing import Any

from hw.child import Child
from hw.dial import Dialer
from hw.tls import tls_context
from layouts.certificates import LINKS, ends
from layouts.settings import Peer, Settings
from layouts.x509 import read_certificates

CAT = ("cat", "--")
DAY_MS = 86_400_000
READ_MS = 2_000
"""So long the files may take; then we go on with what we have."""
MOST_BYTES = 1_000_000
KEY = "PRIVATE KEY-----"
GLUED = re.compile("-----[ \\t]*-----BEGIN")
"""Where a file ended without a newline."""


class Renewal:
    """The files of one broker. `context` is made of them; `until_s` (UTC s) the end of our certificate."""

    def __init__(self, ca_file: str, cert_file: str, key_file: str, command: Sequence[str] = CAT) -> None:
        """Read for the first time, which may wait; raises `OSError` with a sentence."""
        self.context = tls_context(ca_file, cert_file, key_file)
        self.until_s: int | None = None
        self.words = ""
        """Why the files as they are now cannot be used, else empty."""
        self.renewed = 0
        self._files = tuple(file for file in (cert_file, key_file, ca_file) if file)
        self._own_authority = bool(ca_file)
        self._command = command
        self._child = Child(MOST_BYTES)
        self._runs = False
        self._looked_ms: int | None = None
        self._read = b""

    def look(self, net_ms: int) -> None:
        """Begin to read them again."""
        if self._runs or not self._files:
            return
        self._looked_ms = net_ms
        self.words = self._child.start((*self._command, *self._files))
        self._runs = not self.words

    def step(self, net_ms: int) -> bool:
        """True when nobody reads; never waits."""
        if not self._runs:
            self._child.reap()
            if self._looked_ms is None:
                self._looked_ms = net_ms  # read at the start
            return True
        late = net_ms - (self._looked_ms or 0) > READ_MS
        if not self._child.step() and not late:
            return False
        self._runs = False
        if self._child.status != 0:
            self._child.stop()
            self.words = "the certificate files cannot be read"
        elif self._child.output != self._read:
            self._take(self._child.output)
        return True

    def tend(self, net_ms: int) -> None:
        """A slice; once a day the files are looked at."""
        if self.step(net_ms) and net_ms - (self._looked_ms or 0) >= DAY_MS:
            self.look(net_ms)

    def _take(self, data: bytes) -> None:
        """Use what was read, if it can be used."""
        ours, authorities = _parts(GLUED.sub("-----\n-----BEGIN", data.decode("ascii", "replace")))
        try:
            until_s = read_certificates(ours)[0].until_s if ours else None
            self.context = _context(self.context, ours, authorities if self._own_authority else None)
        except (OSError, ValueError) as error:
            cause = error.__cause__ or error
            reason = getattr(cause, "reason", None) or cause
            self.words = f"the certificate files were changed and do not go together: {reason}"
            return
        self.renewed += bool(self._read)
        self._read, self.until_s, self.words = data, until_s, ""


def _parts(text: str) -> tuple[str, str]:
    """Certificate and key of ours; what stands behind the key is the authority's."""
    head, found, tail = text.partition(KEY)
    if not found:
        return "", text
    body, _, authorities = tail.partition(KEY)
    return f"{head}{found}{body}{KEY}\n", authorities


def _context(before: ssl.SSLContext, ours: str, authorities: str | None) -> ssl.SSLContext:
    """A context of these; where the system's authorities count, they stay. Raises `OSError`, `ValueError`.

    What OpenSSL wants as a file is one in memory, so nothing here waits for a disk.
    """
    if not ours:
        return tls_context(authorities=authorities) if authorities is not None else before
    file = os.memfd_create("pair", os.MFD_CLOEXEC)
    try:
        os.write(file, ours.encode())
        path = f"/proc/self/fd/{file}"
        if authorities is not None:
            return tls_context(cert_file=path, key_file=path, authorities=authorities)
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_cert_chain(path, path, password=lambda: "")
        before.load_cert_chain(path, path, password=lambda: "")
        return before
    finally:
        os.close(file)


class RenewingDialer(Dialer):
    """Looks at the files before each handshake."""

    def __init__(self, host: str, port: int, renewal: Renewal, **more: Any) -> None:
        """See `Dialer`."""
        super().__init__(host, port, renewal.context, **more)
        self._renewal = renewal

    def start(self, net_ms: int) -> None:
        """Begin anew."""
        self._renewal.look(net_ms)
        super().start(net_ms)

    def step(self, net_ms: int) -> None:
        """Do the next slice; the files first."""
        if self._renewal.step(net_ms):
            self._tls = self._renewal.context
            super().step(net_ms)


class Renewals:
    """Of all brokers: makes their contexts and dialers, and knows until when our certificates are good."""

    def __init__(self, settings: Settings, command: Sequence[str] = CAT) -> None:
        """Reads the dates, which may wait."""
        self._command = command
        self._made: dict[tuple[str, str, str], Renewal] = {}
        peers: dict[str, Peer] = {link: getattr(settings, table) for table, link in LINKS.items()}
        self._first_s = ends(settings)
        self._certs = {link: peers[link].cert_file for link in self._first_s}

    def tls(self, ca_file: str, cert_file: str, key_file: str) -> Renewal:
        """What stands for the context of one broker; raises `OSError` with a sentence."""
        files = (ca_file, cert_file, key_file)
        if files not in self._made:
            self._made[files] = Renewal(*files, self._command)
        return self._made[files]

    def dialer(self, host: str, port: int, tls: Renewal | None) -> Dialer:
        """A dialer that uses the files as they are then."""
        return Dialer(host, port) if tls is None else RenewingDialer(host, port, tls)

    def step(self, net_ms: int) -> None:
        """A slice for each; never waits."""
        for renewal in self._made.values():
            renewal.tend(net_ms)

    @property
    def until_s(self) -> Mapping[str, int]:
        """Link -> until when (UTC s) the certificate that we show there is good."""
        found = dict(self._first_s)
        for (_, cert_file, _), renewal in self._made.items():
            for link, file in self._certs.items():
                if file == cert_file and renewal.until_s is not None:
                    found[link] = renewal.until_s
        return found

    @property
    def words(self) -> str:
        """What is wrong with the files as they are now, else empty."""
        return next((one.words for one in self._made.values() if one.words), "")
