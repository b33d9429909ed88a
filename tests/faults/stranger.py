"""Somebody on the network of the modules who means no good, in a process of its own.

python -m tests.faults.stranger PORT    prints one JSON list a line: [what, status of the answer or 0]
"""

from __future__ import annotations

import http.client
import json
import socket
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable

GOOD = {
    "HwUid": "pico_0a0b00",
    "AboutNodeNameList": ["buffer-depth1", "buffer-depth2", "buffer-depth3"],
    "MicroVoltsList": [1_000_000, 1_200_000, 1_500_000],
    "TypeName": "microvolts",
    "Version": "100",
}


def post(port: int, path: str, body: bytes, method: str = "POST") -> int:
    """The status of one request, by urllib."""
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", body, method=method)
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0


def big(port: int) -> int:
    """Ten megabytes: the status, or 0 when hung up on."""
    link = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        link.request("POST", "/buffer/microvolts", b"x" * 10_000_000)
        return link.getresponse().status
    except OSError:
        return 0


def dribble(port: int) -> int:
    """A byte now and then: how the other side ends it, and that it does."""
    with socket.create_connection(("127.0.0.1", port), timeout=8) as sock:
        begin = time.monotonic()
        with_end = b"POST /buffer/microvolts HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n\r\n"
        for byte in with_end:
            if time.monotonic() > begin + 6:
                return -1
            try:
                sock.sendall(bytes((byte,)))
            except OSError:
                return 0
            time.sleep(0.1)
        return -1


def crowd(port: int) -> int:
    """A thousand connections that say nothing; how many could be opened."""
    opened = []
    for _ in range(1000):
        try:
            opened.append(socket.create_connection(("127.0.0.1", port), timeout=0.2))
        except OSError:
            break
    for sock in opened:
        sock.close()
    return len(opened)


def main(port: int) -> None:
    """Everything, one after the other."""
    good = json.dumps(GOOD).encode()
    tries: tuple[tuple[str, Callable[[], int]], ...] = (
        ("ours", lambda: post(port, "/buffer/microvolts", good)),
        ("wrong house", lambda: post(port, "/buffer/microvolts", good.replace(b"0a0b00", b"beef00"))),
        ("wrong method", lambda: post(port, "/buffer/microvolts", good, "PUT")),
        ("nowhere", lambda: post(port, "/attic/microvolts", good)),
        ("code", lambda: post(port, "/buffer/code-update", b'{"HwUid":"pico_0a0b00"}')),
        ("ten megabytes", lambda: big(port)),
        ("dribble", lambda: dribble(port)),
        ("crowd", lambda: crowd(port)),
        ("ours again", lambda: post(port, "/buffer/microvolts", good)),
    )
    for name, attempt in tries:
        print(json.dumps([name, attempt()]), flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]))
