"""A RabbitMQ node of our own with its MQTT plugin, on loopback, with folder, ports and cookie of its own."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from tests.atn import children
from tests.atn.broker import BrokerDown, free_port

SERVER = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
"""The script itself: the one on the path only works for root and a user that owns the machine's own node."""
READY_S = 90.0
END_S = 30.0
USER, PASSWORD = "house", "word"
LOOPBACK_ONLY = "-kernel inet_dist_use_interface {127,0,0,1}"


def rabbitmq_path() -> str | None:
    """Where it is, or None; a node also needs Erlang's port mapper."""
    return str(SERVER) if SERVER.exists() and shutil.which("epmd") else None


class Rabbit:
    """`start`, `stop`, `start` again: what it keeps on disk stays. `close` ends node and port mapper."""

    def __init__(self) -> None:
        self.port = free_port()
        self._folder = tempfile.TemporaryDirectory(prefix="rabbit-")
        home = Path(self._folder.name)
        (home / "plugins").write_text("[rabbitmq_mqtt].\n", encoding="ascii")
        (home / "rabbitmq.conf").write_text(
            f"listeners.tcp = none\nmqtt.listeners.tcp.1 = 127.0.0.1:{self.port}\n"
            f"mqtt.allow_anonymous = false\ndefault_user = {USER}\ndefault_pass = {PASSWORD}\n"
            "log.console = true\nlog.file = false\n",
            encoding="ascii",
        )
        self._env = {
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "ERL_EPMD_PORT": str(free_port()),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODENAME": f"test{os.getpid()}@localhost",
            "RABBITMQ_MNESIA_BASE": str(home / "data"),
            "RABBITMQ_LOG_BASE": str(home / "log"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(home / "plugins"),
            "RABBITMQ_CONFIG_FILE": str(home / "rabbitmq.conf"),
            "RABBITMQ_CONF_ENV_FILE": str(home / "none"),
            "RABBITMQ_PID_FILE": str(home / "pid"),
            "RABBITMQ_DIST_PORT": str(free_port()),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": LOOPBACK_ONLY,
            "RUNNING_UNDER_SYSTEMD": "1",  # the script becomes the node instead of watching it
        }
        self._mapper = children.start(["epmd"], env=self._env)
        self._node: subprocess.Popen[bytes] | None = None

    @property
    def said(self) -> str:
        """Its log."""
        return Path(self._folder.name, "said").read_text(encoding="utf-8", errors="replace")

    def start(self) -> None:
        """Start it and wait until it listens; takes about ten seconds."""
        with Path(self._folder.name, "said").open("ab") as out:
            self._node = children.start([str(SERVER)], env=self._env, stdout=out, stderr=out)
        deadline = time.monotonic() + READY_S
        while time.monotonic() < deadline and self._node.poll() is None:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.1)
        last = "\n".join(self.said.strip().splitlines()[-5:])
        self.stop()
        raise BrokerDown(f"RabbitMQ did not come up on port {self.port}; it said: {last}")

    def stop(self) -> None:
        """End the node."""
        if self._node is not None:
            children.end(self._node, END_S)
            self._node = None

    def close(self) -> None:
        """End everything and leave nothing."""
        self.stop()
        children.end(self._mapper)
        self._folder.cleanup()
