"""A server on a free loopback port with a clock in the test's hand, and clients that never block for long."""

from __future__ import annotations

import socket
from collections.abc import Callable

from proto.http import HttpServer, Limits, Request

TEXT = (("content-type", "text/plain"),)


class Bench:
    """Steps a server by hand. Without `app`, requests are collected in `heard` and stay unanswered."""

    def __init__(self, limits: Limits | None = None, app: Callable[[Request], bytes] | None = None) -> None:
        self.server = HttpServer("127.0.0.1", 0, limits or Limits())
        self.app = app
        self.heard: list[Request] = []
        self.net_ms = 1_000
        self.clients: list[socket.socket] = []

    def client(self) -> socket.socket:
        sock = socket.create_connection(("127.0.0.1", self.server.port), timeout=2)
        sock.settimeout(0)
        self.clients.append(sock)
        return sock

    def turn(self, steps: int = 4, ms: int = 0) -> None:
        for _ in range(steps):
            self.net_ms += ms
            self.server.step(self.net_ms)
            for request in self.server.requests():
                self.heard.append(request)
                if self.app is not None:
                    self.server.reply(request.ticket, 200, TEXT, self.app(request))

    def talk(self, data: bytes, steps: int = 4) -> bytes:
        """A fresh client says `data`; what it hears back."""
        sock = self.client()
        sock.sendall(data)
        self.turn(steps)
        return heard(sock)

    def close(self) -> None:
        for sock in self.clients:
            sock.close()
        self.server.close()


def heard(sock: socket.socket) -> bytes:
    """Everything that has arrived."""
    parts = []
    while True:
        try:
            data = sock.recv(65536)
        except (BlockingIOError, ConnectionResetError):
            break
        if not data:
            break
        parts.append(data)
    return b"".join(parts)


def closed(sock: socket.socket) -> bool:
    """True when the server has closed (or reset) this connection and everything was read."""
    heard(sock)
    try:
        return sock.recv(1) == b""
    except BlockingIOError:
        return False
    except ConnectionResetError:
        return True


def get(path: str = "/", *headers: str) -> bytes:
    lines = [f"GET {path} HTTP/1.1", "Host: localhost", *headers]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def post(path: str, body: bytes, *headers: str) -> bytes:
    lines = [f"POST {path} HTTP/1.1", "Host: localhost", f"Content-Length: {len(body)}", *headers]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1") + body


def status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])
