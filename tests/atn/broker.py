"""A broker of our own in a child process: mosquitto where it is installed, else one in Python (amqtt)."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

from tests.atn import children
from tests.atn.folders import folder

READY_S = 10.0
MAX_PACKET = 1_048_576


def free_port() -> int:
    """A loopback port nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def mosquitto_path() -> str | None:
    """Where mosquitto is, or None."""
    return shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")


class BrokerDown(RuntimeError):
    """The broker did not come up; the message says what it printed last."""


class Broker:
    """`start`, `stop`, `start` again on the same port. Ends with its parent's context."""

    def __init__(self, port: int = 0, kind: str = "") -> None:
        """`kind`: mosquitto or amqtt; empty takes mosquitto when it is installed."""
        self.port = port or free_port()
        self.rules = "allow_anonymous true\n"
        """Lines of mosquitto.conf(5) that say who may do what; read at each start."""
        self.kind = kind or ("mosquitto" if mosquitto_path() else "amqtt")
        self._folder = folder("broker")
        self._wanted = False
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, *, wait: bool = True) -> None:
        """Start it and wait until it listens; `BrokerDown` after ten seconds."""
        self.stop()
        self._wanted = True
        log = Path(self._folder.name, "log")
        with log.open("ab") as out:
            self._process = children.start(self._command(), stdout=out, stderr=out)
        if not wait:
            return
        deadline = time.monotonic() + READY_S
        while time.monotonic() < deadline and self._process.poll() is None:
            with socket.socket() as probe:
                probe.settimeout(0.2)
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.02)
        last = log.read_text(errors="replace").strip().splitlines()[-1:] or ["nothing"]
        self.stop()
        raise BrokerDown(f"The {self.kind} broker did not come up on port {self.port}; it said: {last[0]}")

    def _command(self) -> list[str]:
        path = mosquitto_path()
        if self.kind == "mosquitto" and path:
            config = Path(self._folder.name, "mosquitto.conf")
            config.write_text(
                f"listener {self.port} 127.0.0.1\n{self.rules}set_tcp_nodelay true\n"
                f"max_packet_size {MAX_PACKET}\nuser root\nlog_type error\n"
            )
            return [path, "-c", str(config)]
        return [sys.executable, "-m", "tests.atn.python_broker", str(self.port)]

    @property
    def pid(self) -> int:
        """Of its process; 0 when there is none."""
        return self._process.pid if self._process is not None else 0

    @property
    def died(self) -> bool:
        """It was started, nobody stopped it, and it runs no longer."""
        return self._wanted and self._process is not None and self._process.poll() is not None

    def stop(self, *, wait: bool = True) -> None:
        """End it; nothing is left behind. Without `wait` it is reaped at the next start or stop."""
        process, self._wanted = self._process, False
        if process is not None and not wait:
            process.terminate()
        elif process is not None:
            self._process = None
            children.end(process)

    def __enter__(self) -> Broker:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        self._folder.cleanup()
