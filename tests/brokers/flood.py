"""Publishes as fast as asked: `python -m tests.brokers.flood PORT RATE SECONDS TOPIC BODY`, a process."""

from __future__ import annotations

import socket
import sys
import time

from tests.links.scripted import packet, publish

CONNECT = packet(1, 0, b"\x00\x04MQTT\x04\x02\x00\x3c\x00\x05flood")
BURST_S = 0.01


def main(port: int, rate: int, seconds: float, topic: str, body: str) -> None:
    """`rate` messages a second for so long, in bursts of ten milliseconds; prints how many."""
    one = publish(topic, body.encode())
    with socket.create_connection(("127.0.0.1", port)) as sock:
        sock.sendall(CONNECT)
        sock.recv(4)
        begin, sent = time.monotonic(), 0
        while (passed := time.monotonic() - begin) < seconds:
            due = int(passed * rate) - sent
            sock.sendall(one * due)
            sent += due
            time.sleep(BURST_S)
    print(sent, flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), *sys.argv[4:6])
