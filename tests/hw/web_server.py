"""A web server in a process of its own, HTTP or HTTPS, told by stdin what to answer.

python -m tests.hw.web_server PORT [CERT KEY]    (0: a free one; PEM files: then it speaks TLS)

First line on stdout: the port. Each line on stdin is a JSON object: path prefix -> [how, status, body], how
being "good", "slow MS", "pieces MS" (half, the rest later), "dribble MS" (a byte at a time), "hung",
"truncated", "close" or "garbage"; answered "ok". Every request is written down; the line "asked" is answered
with a JSON list of the paths since the last time.
"""

from __future__ import annotations

import contextlib
import json
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]

ANSWERS: dict[str, list[Any]] = {}
ASKED: list[str] = []
AGENTS: list[str] = []


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        ASKED.append(self.path)
        AGENTS.append(self.headers.get("User-Agent", ""))
        place = max((p for p in ANSWERS if self.path.startswith(p)), key=len, default="")
        how, status, body = ANSWERS.get(place, ["good", 404, "{}"])
        if isinstance(body, list):  # one after the other, the last for ever
            body = body.pop(0) if len(body) > 1 else body[0]
        how, _, number = how.partition(" ")
        if how == "hung":
            time.sleep(600)
        if how == "slow":
            time.sleep(int(number) / 1000)
        self.reply(how, status, body.encode(), int(number or 0))

    def reply(self, how: str, status: int, body: bytes, ms: int) -> None:
        if how == "garbage":
            self.wfile.write(b"\x16\x03\x01 this is not HTTP\r\n\r\n")
            self.close_connection = True
            return
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        if status in (301, 302):
            self.send_header("Location", body.decode())
        if how in ("close", "truncated"):
            self.send_header("Connection", "close")
        self.end_headers()
        half = len(body) // 2
        if how == "pieces":
            self.wfile.write(body[:half])
            time.sleep(ms / 1000)
            body = body[half:]
        if how == "dribble":
            self.dribble(body, ms)
            return
        self.wfile.write(body[:half] if how == "truncated" else body)
        self.close_connection = how in ("close", "truncated")

    def dribble(self, body: bytes, ms: int) -> None:
        with contextlib.suppress(OSError):  # whoever listens may have lost patience
            for place in range(len(body)):
                self.wfile.write(body[place : place + 1])
                self.wfile.flush()
                time.sleep(ms / 1000)

    def log_message(self, format: str, *args: object) -> None:
        return


def main(port: int, cert: list[str]) -> None:
    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    server.daemon_threads = True
    server.handle_error = lambda request, client_address: None  # type: ignore[method-assign]  # they hung up
    if cert:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*cert)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(server.server_address[1], flush=True)
    for line in sys.stdin:
        if line.strip() in ("asked", "agents"):
            found = ASKED if line.strip() == "asked" else AGENTS
            print(json.dumps(found), flush=True)
            found.clear()
            continue
        ANSWERS.clear()
        ANSWERS.update(json.loads(line))
        print("ok", flush=True)


class Process:
    """The server as its tests see it."""

    def __init__(self, child: subprocess.Popen[str]) -> None:
        self._child = child
        assert child.stdout is not None
        self.port = int(child.stdout.readline())

    def be(self, answers: dict[str, Any]) -> None:
        """From now on answer paths that begin so with these."""
        assert self._say(json.dumps(answers)) == "ok"

    def kill(self) -> None:
        """It is gone, as after a power cut."""
        self._child.kill()
        self._child.wait()

    def asked(self) -> list[str]:
        """Paths asked for since the last time."""
        found: list[str] = json.loads(self._say("asked"))
        return found

    def agents(self) -> list[str]:
        """What the askers called themselves."""
        found: list[str] = json.loads(self._say("agents"))
        return found

    def _say(self, line: str) -> str:
        assert self._child.stdin is not None
        assert self._child.stdout is not None
        self._child.stdin.write(line + "\n")
        self._child.stdin.flush()
        return self._child.stdout.readline().strip()


@contextlib.contextmanager
def web_server(*cert: str, port: int = 0) -> Iterator[Process]:
    """The server while the block lasts."""
    command = [sys.executable, "-m", "tests.hw.web_server", str(port), *cert]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        try:
            yield Process(child)
        finally:
            child.kill()


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
