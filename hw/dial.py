"""Connects to a host in slices: name lookup, TCP, TLS, each with a deadline and a named failure.

No step waits. A tick costs at most the start of a child process (for the lookup) or one round of TLS
arithmetic, about 4 ms on a small machine.
"""

from __future__ import annotations

import errno
import os
import select
import socket as so
import ssl
from collections.abc import Callable, Sequence

from hw.clock import wall_clock_is_set
from hw.lookup import GETENT, Lookup, literal
from hw.tls import CLOCK_CAUSES, LASTING_CAUSES, tls_cause, tls_words

NAME_MS = 5_000
CONNECT_MS = 10_000
"""Per address."""
TLS_MS = 10_000
TOTAL_MS = 30_000
SETTLE_MS = 200
"""TLS 1.3: a server judges our certificate after our handshake is over; its verdict is awaited this long."""

IDLE, NAME, CONNECT, TLS, SETTLE, UP, FAILED = "idle", "name", "connect", "tls", "settle", "up", "failed"
CERTIFICATE = "certificate"
"""Failed over a certificate that will be as bad in a minute: try again seldom."""
ENDED = (UP, FAILED, CERTIFICATE)

UNKNOWN_NAME = "unknown name"
DEAD_RESOLVER = "resolver does not answer"
NO_LOOKUP = "lookup failed"
REFUSED = "connection refused"
BLACK_HOLE = "no answer to connect"
UNREACHABLE = "unreachable"
TLS_STALLED = "TLS handshake stalled"
TOO_LONG = "took too long"


class Dialer:
    """One connection to one host.

    `state` is one of the words above; `socket` is set when it is `up` and stays the dialer's to close until
    it is taken. `failed` is a sentence, `cause` the same in two or three words. A dialer may be started again
    and again; it remembers the last good address for the day the resolver is dead, so keep one per host.
    """

    def __init__(
        self,
        host: str,
        port: int,
        tls: ssl.SSLContext | None = None,
        server_hostname: str | None = None,
        *,
        lookup: Sequence[str] = GETENT,
        clock_is_set: Callable[[], bool] = wall_clock_is_set,
    ) -> None:
        """`server_hostname` is the name the certificate must carry (default: `host`).

        While the wall clock is not set, a certificate out of its time is no lasting failure.
        """
        self.host = host
        self.port = port
        self.state = IDLE
        self.socket: so.socket | None = None
        self.failed: str | None = None
        self.cause = ""
        self._tls = tls
        self._server_name = server_hostname or host
        self._lookup = Lookup(lookup)
        self._clock_is_set = clock_is_set
        self._cached: str | None = None
        self._addresses: list[str] = []
        self._address = ""
        self._half: so.socket | None = None
        self._phase_ms = 0
        self._start_ms = 0

    def start(self, net_ms: int) -> None:
        """Begin anew; whatever was there is closed."""
        self.close()
        self.failed, self.cause = None, ""
        self._start_ms = net_ms
        address = literal(self.host)
        if address is not None:
            self._addresses = [address]
            self._next_address(net_ms, "", "")
            return
        self._enter(NAME, net_ms)
        self._lookup.start(self.host)

    def step(self, net_ms: int) -> None:
        """Do the next slice, if any is due; never waits, never raises."""
        if self.state == IDLE or self.state in ENDED:
            self._lookup.reap()
            return
        if net_ms - self._start_ms > TOTAL_MS:
            self._fail(TOO_LONG, f"{self._peer}: no connection within {TOTAL_MS // 1000} s.")
        elif self.state == NAME:
            self._step_name(net_ms)
        elif self.state == CONNECT:
            self._step_connect(net_ms)
        elif self.state == TLS:
            self._step_tls(net_ms)
        else:
            self._step_settle(net_ms)

    def take(self) -> so.socket | None:
        """The connected socket, which from now on is the caller's to close; the dialer is idle again."""
        taken, self.socket = self.socket, None
        if taken is not None:
            self.state = IDLE
        return taken

    def close(self) -> None:
        """Give up whatever is going on; may be called twice."""
        self._lookup.stop()
        for sock in (self._half, self.socket):
            if sock is not None:
                sock.close()
        self._half = self.socket = None
        self.state = IDLE

    # ------------------------------------------------------------------------------------ the phases

    def _step_name(self, net_ms: int) -> None:
        if not self._lookup.step():
            if net_ms - self._phase_ms <= NAME_MS:
                return
            self._lookup.stop()
            cause, words = (
                DEAD_RESOLVER,
                f"{self.host}: the resolver has not answered in {NAME_MS // 1000} s.",
            )
        elif self._lookup.addresses:
            self._addresses = list(self._lookup.addresses)
            self._next_address(net_ms, "", "")
            return
        elif self._lookup.unknown_name:
            cause, words = UNKNOWN_NAME, f"{self.host}: the resolver does not know this name."
        else:
            cause, words = NO_LOOKUP, f"{self.host}: {self._lookup.failed}"
        if self._cached is None:
            self._fail(cause, words)
            return
        self._addresses = [self._cached]
        self._next_address(net_ms, cause, words)

    def _next_address(self, net_ms: int, cause: str, words: str) -> None:
        """Try the next address; with none left, `cause` and `words` are what it failed of."""
        self._drop_half()
        while self._addresses:
            self._address = self._addresses.pop(0)
            family = so.AF_INET6 if ":" in self._address else so.AF_INET
            try:
                self._half = so.socket(family, so.SOCK_STREAM)
                self._half.setblocking(False)
                self._half.setsockopt(so.IPPROTO_TCP, so.TCP_NODELAY, 1)
                code = self._half.connect_ex((self._address, self.port))
            except (OSError, OverflowError) as error:
                cause, words = UNREACHABLE, f"{self._peer}: {error}."
                self._drop_half()
                continue
            if code in (0, errno.EINPROGRESS):
                self._enter(CONNECT, net_ms)
                return
            cause, words = _connect_failure(code, self._peer)
            self._drop_half()
        self._fail(cause or UNREACHABLE, words or f"{self._peer}: no address to try.")

    def _step_connect(self, net_ms: int) -> None:
        sock = self._half
        if sock is None or not _ready(sock, select.POLLOUT):
            if net_ms - self._phase_ms > CONNECT_MS:
                words = f"{self._peer}: no answer to our connect in {CONNECT_MS // 1000} s."
                self._next_address(net_ms, BLACK_HOLE, words)
            return
        code = sock.getsockopt(so.SOL_SOCKET, so.SO_ERROR)
        if code:
            self._next_address(net_ms, *_connect_failure(code, self._peer))
            return
        if self._tls is None:
            self._finish()
            return
        try:
            self._half = self._tls.wrap_socket(
                sock, server_hostname=self._server_name, do_handshake_on_connect=False
            )
        except (OSError, ValueError) as error:
            self._fail("TLS not possible", f"{self._peer}: {error}.")
            return
        self._enter(TLS, net_ms)
        self._step_tls(net_ms)

    def _step_tls(self, net_ms: int) -> None:
        sock = self._half
        if not isinstance(sock, ssl.SSLSocket):
            self._fail("TLS not possible", f"{self._peer}: the socket is gone.")
            return
        try:
            sock.do_handshake()
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            if net_ms - self._phase_ms > TLS_MS:
                words = f"{self._peer}: the TLS handshake has stalled for {TLS_MS // 1000} s."
                self._fail(TLS_STALLED, words)
        except OSError as error:
            self._fail(tls_cause(error), tls_words(error, self._peer))
        else:
            if sock.version() == "TLSv1.3":
                self._enter(SETTLE, net_ms)
                self._step_settle(net_ms)
            else:
                self._finish()

    def _step_settle(self, net_ms: int) -> None:
        """Wait a moment for the server's verdict: a session ticket means yes, an alert no, silence yes.

        Everything we dial waits for us to speak first, so nothing but a verdict can be lost here.
        """
        sock = self._half
        if not isinstance(sock, ssl.SSLSocket):
            self._fail("TLS not possible", f"{self._peer}: the socket is gone.")
            return
        try:
            data = sock.recv(1)
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            session = sock.session
            accepted = session is not None and session.has_ticket
            if accepted or net_ms - self._phase_ms >= SETTLE_MS:
                self._finish()
        except OSError as error:
            self._fail(tls_cause(error), tls_words(error, self._peer))
        else:
            words = "closed the connection after TLS" if not data else "spoke before it was spoken to"
            self._fail("closed after TLS", f"{self._peer}: {words}.")

    # -------------------------------------------------------------------------------------- the ends

    @property
    def _peer(self) -> str:
        known = f" [{self._address}]" if self._address and self._address != self.host else ""
        return f"{self.host}{known}:{self.port}"

    def _enter(self, state: str, net_ms: int) -> None:
        self.state, self._phase_ms = state, net_ms

    def _finish(self) -> None:
        self.socket, self._half = self._half, None
        self._cached = self._address
        self.state = UP

    def _fail(self, cause: str, words: str) -> None:
        self._lookup.stop()
        self._drop_half()
        lasting = cause in LASTING_CAUSES and (cause not in CLOCK_CAUSES or self._clock_is_set())
        self.state = CERTIFICATE if lasting else FAILED
        self.cause, self.failed = cause, words

    def _drop_half(self) -> None:
        if self._half is not None:
            self._half.close()
            self._half = None


def _ready(sock: so.socket, what: int) -> bool:
    poll = select.poll()
    poll.register(sock.fileno(), what)
    return bool(poll.poll(0))


def _connect_failure(code: int, peer: str) -> tuple[str, str]:
    words = f"{peer}: {os.strerror(code)}."
    if code == errno.ECONNREFUSED:
        return REFUSED, words
    if code == errno.ETIMEDOUT:
        return BLACK_HOLE, words
    return UNREACHABLE, words
