"""What the HTTP server is made of: its limits, a request, the refusals, and the listening socket."""

from __future__ import annotations

import errno
import socket

from msgspec import Struct

HeaderList = tuple[tuple[str, str], ...]


class Limits(Struct, frozen=True, kw_only=True):
    """Every bound of one listener. Bytes and counts are hard; times are real milliseconds.

    `request_ms`: from the first byte of a request to its last. `idle_ms`: an open connection that asks
    nothing. `answer_ms`: for us to answer before the client gets a 503. `send_ms`: for a response to be
    taken. `linger_ms`: after a refusal, so that the client can still read why.
    """

    connections: int = 16
    per_peer: int = 16
    streams: int = 6
    head_bytes: int = 8 * 1024
    headers: int = 100
    body_bytes: int = 64 * 1024
    request_ms: int = 2_000
    idle_ms: int = 15_000
    answer_ms: int = 5_000
    send_ms: int = 20_000
    linger_ms: int = 1_000
    accepts_per_step: int = 4
    requests_per_step: int = 4
    chunks_per_step: int = 8
    recv_bytes: int = 16 * 1024
    send_bytes: int = 64 * 1024
    bytes_out_per_step: int = 256 * 1024
    stream_bytes: int = 128 * 1024


class Request(Struct, frozen=True, gc=False):
    """One whole request. `ticket` names it in the reply; header names are lower case."""

    ticket: int
    method: str
    target: str
    headers: HeaderList
    body: bytes
    peer: str
    local: str = ""
    """Address and port of ours that it came to."""

    @property
    def path(self) -> str:
        """The target without its query."""
        return self.target.partition("?")[0]

    @property
    def query(self) -> str:
        """What follows the question mark, undecoded."""
        return self.target.partition("?")[2]

    def header(self, name: str) -> str:
        """First value of a header (lower-case name), or an empty string."""
        for key, value in self.headers:
            if key == name:
                return value
        return ""


class RefusedError(Exception):
    """A request that breaks the rules: what to answer before the connection is closed."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status = status
        self.words = words


class ListenError(OSError):
    """The listening socket could not be opened; the message is a sentence for the person who must fix it."""


REASONS = {
    200: "OK",
    204: "No Content",
    303: "See Other",
    304: "Not Modified",
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    408: "Request Timeout",
    411: "Length Required",
    413: "Content Too Large",
    421: "Misdirected Request",
    429: "Too Many Requests",
    431: "Request Header Fields Too Large",
    500: "Internal Server Error",
    501: "Not Implemented",
    503: "Service Unavailable",
}
BACKLOG = 16

COUNTERS = (
    "accepted", "requests", "answered", "refused", "timeouts", "unanswered", "crowded", "evicted", "stalled",
    "streams_opened", "streams_full", "streams_dropped", "gone", "bytes_in", "bytes_out",
)  # fmt: skip
"""crowded: closed because its address holds too many connections; evicted: idle, made room for another;
stalled: did not take its answer in time; streams_dropped: too slow for live updates; unanswered: we were."""


def open_listener(listen: str, port: int, setting: str) -> socket.socket:
    """A non-blocking listening socket on an address of this machine; port 0 takes a free one.

    `setting` is the table of the settings file that holds `listen` and `port`. Never asks a name server.
    Raises `ListenError` with a sentence.
    """
    if not 0 <= port <= 65_535:
        raise ListenError(f"[{setting}] port = {port}: a port is a number from 0 to 65535.")
    host = {"localhost": "127.0.0.1", "": "127.0.0.1"}.get(listen, listen)
    try:
        found = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST | socket.AI_PASSIVE
        )
    except (OSError, OverflowError, UnicodeError) as error:
        raise ListenError(
            f"[{setting}] listen = '{listen}', port = {port}: not an address to listen on. "
            "Use 127.0.0.1, or an IP address of this machine."
        ) from error
    family, kind, proto, _, address = found[0]
    sock = socket.socket(family, kind, proto)
    try:
        sock.setblocking(False)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0 if host == "::" else 1)
        sock.bind(address)
        sock.listen(BACKLOG)
    except OSError as error:
        sock.close()
        raise ListenError(_why_not(error, listen, port, setting)) from error
    return sock


def _why_not(error: OSError, listen: str, port: int, setting: str) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"Port {port} on {listen} is already taken by another program. Choose another with port in "
            f"[{setting}], or 0 for any free one."
        )
    if error.errno == errno.EADDRNOTAVAIL:
        return f"{listen} is not an address of this machine. Change listen in [{setting}]."
    if error.errno in (errno.EACCES, errno.EPERM):
        return f"Port {port} may only be opened by root. Choose one above 1023 with port in [{setting}]."
    return f"Cannot listen on {listen} port {port} ([{setting}]): {error.strerror or error}."


def is_loopback(listen: str) -> bool:
    """True when only programs on this machine can reach the address."""
    return listen in ("", "localhost", "::1") or listen.startswith("127.")
