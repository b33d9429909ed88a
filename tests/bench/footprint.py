"""The real process on `beech`: share of a core, resident memory, start to the first message on the wire.

Tick of 100 ms, a mosquitto and an ATN's peer on loopback, one browser's worth of live page. The simulated
house lives in the same process and is measured with it; `--` its share is what a run without it would save.
"""

from __future__ import annotations

import os
import socket
import tempfile
import time
from pathlib import Path

from tests.atn.broker import Broker, mosquitto_path
from tests.program.processes import Peer, Process, config

SECONDS = 60.0
TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


def cpu_s(pid: int) -> float:
    """User and system seconds of a process."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS_PER_SECOND


def memory_mb(pid: int) -> dict[str, float]:
    """Resident and proportional memory, MB."""
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    found = {line.split(":")[0]: int(line.split()[1]) / 1024 for line in rollup[1:]}
    return {"rss": found["Rss"], "pss": found["Pss"]}


def threads(pid: int) -> int:
    """How many threads it has."""
    return len(os.listdir(f"/proc/{pid}/task"))


def watch_page(page: str) -> socket.socket:
    """A browser that listens to the live stream."""
    host, _, port = page.removeprefix("http://").rstrip("/").partition(":")
    sock = socket.create_connection((host, int(port)))
    sock.sendall(f"GET /api/stream HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n".encode())
    sock.setblocking(False)
    return sock


def drain(sock: socket.socket) -> int:
    """Read what the page pushed."""
    try:
        return len(sock.recv(1 << 20))
    except BlockingIOError:
        return 0


def start_to_first_message(broker: Broker, folder: Path, compiled: Path) -> float:
    """Seconds from exec to the first message at a subscriber; its bytecode lies in `compiled`."""
    env = {"PYTHONPYCACHEPREFIX": str(compiled), "PYTHONDONTWRITEBYTECODE": ""}
    peer = Peer(broker.port, "beech")
    peer.until(lambda: peer.pipe.status.state == "up")
    begin = time.monotonic()
    process = Process(config(folder, broker.port, "beech"), env)
    peer.until(lambda: peer.heard)
    took_s = time.monotonic() - begin
    process.up()
    process.end()
    peer.close()
    return took_s


def main() -> None:
    """Print it."""
    if mosquitto_path() is None:
        print("mosquitto is not installed: nothing measured")
        return
    with Broker(kind="mosquitto") as broker, tempfile.TemporaryDirectory() as folder:
        starts = []
        for number in range(6):
            Path(folder, str(number)).mkdir()
            starts.append(start_to_first_message(broker, Path(folder, str(number)), Path(folder, "compiled")))
        first, *starts = starts
        print(
            f"start to first message on the wire: {min(starts):.2f} to {max(starts):.2f} s (5 starts); "
            f"{first:.2f} s without bytecode"
        )
        peer = Peer(broker.port, "beech")
        process = Process(config(Path(folder), broker.port, "beech")).up()
        page = watch_page(process.page)
        peer.until(lambda: peer.of("snapshot.spaceheat"), 60)
        before, begin, pushed = cpu_s(process.pid), time.monotonic(), 0
        while time.monotonic() < begin + SECONDS:
            peer.step()
            pushed += drain(page)
            time.sleep(0.02)
        share = (cpu_s(process.pid) - before) / (time.monotonic() - begin)
        memory, tick = memory_mb(process.pid), process.status()["tick"]
        print(f"share of a core: {100 * share:.2f} % over {SECONDS:.0f} s, page pushed {pushed // 1024} kB")
        print(f"memory: {memory['rss']:.1f} MB resident, {memory['pss']:.1f} MB proportional")
        print(f"threads: {threads(process.pid)}")
        print(f"tick: {tick}")
        page.close()
        process.end()
        peer.close()
