"""The program as a process of its own, and an ATN's side of the wire in the hand of a test."""

from __future__ import annotations

import json
import os
import re
import select
import signal
import subprocess
import sys
import time
import urllib.request
import uuid
from pathlib import Path
from typing import Any, Self

from hw.clock import RealClock
from hw.dial import Dialer
from layouts.load import load_house
from proto.mqtt import MqttPipe
from proto.talk import MqttPlace
from proto.wire import Ack, Incoming, Limits, decode, encode, topic
from proto.wire.contracts import SlowContractHeartbeat, SlowDispatchContract
from tests.atn.children import start

ROOT = Path(__file__).resolve().parents[2]
PAGE = re.compile(r"http://127\.0\.0\.1:\d+/")


def config(folder: Path, broker_port: int, house: str = "orange", tick_ms: int = 100, more: str = "") -> Path:
    """A config file for a simulated house that talks to a broker on loopback."""
    path = folder / "config.toml"
    path.write_text(
        f'[site]\nlayout = "{house}"\n[loop]\ntick_ms = {tick_ms}\n'
        f"[upstream]\nport = {broker_port}\ntls = false\n"
        f'[page]\nport = 0\n[devices]\nport = 0\n[store]\nfolder = "var"\n{more}',
        encoding="utf-8",
    )
    return path


class Process:
    """`python scada.py run` in a process. `kill` is SIGKILL; `end` is SIGTERM and waits."""

    def __init__(
        self, config_file: Path, env: dict[str, str] | None = None, wire: Path | None = None
    ) -> None:
        command = [sys.executable, str(ROOT / "scada.py"), "run", "--config", str(config_file)]
        command += ["--wire", str(wire)] if wire else []
        self._child = start(
            command, cwd=config_file.parent, stderr=subprocess.PIPE, env={**os.environ, **(env or {})}
        )
        self.text = ""
        self.page = ""

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._child.pid

    def wait_for(self, words: str, seconds: float = 20.0) -> str:
        """Read stderr until `words` stand in it."""
        deadline = time.monotonic() + seconds
        pipe = self._child.stderr
        assert pipe is not None
        while words not in self.text:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([pipe], [], [], left)[0]:
                raise AssertionError(f"{words!r} never came; it said: {self.text[-2000:]}")
            data = os.read(pipe.fileno(), 65536)
            if not data:
                raise AssertionError(f"it ended with {self._child.wait()}: {self.text[-2000:]}")
            self.text += data.decode(errors="replace")
        found = PAGE.search(self.text)
        self.page = found.group(0) if found else ""
        return self.text

    def up(self) -> Self:
        """Wait until the page answers; returns itself."""
        self.wait_for("http://127.0.0.1:")
        self.status()
        return self

    def status(self, patience_s: float = 10.0) -> dict[str, Any]:
        """What /api/status says."""
        deadline = time.monotonic() + patience_s
        while True:
            try:
                with urllib.request.urlopen(f"{self.page}api/status", timeout=2) as answer:
                    return dict(json.load(answer))
            except OSError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)

    def until(self, done: Any, seconds: float = 20.0) -> dict[str, Any]:
        """Ask until `done(status)`; returns that status."""
        deadline = time.monotonic() + seconds
        while True:
            found = self.status()
            if done(found):
                return found
            assert time.monotonic() < deadline, found
            time.sleep(0.05)

    def kill(self) -> None:
        """SIGKILL, at once, with everything it was doing."""
        self._child.send_signal(signal.SIGKILL)
        self._child.wait()
        self._close()

    def end(self) -> int:
        """SIGTERM; returns the exit code."""
        self._child.terminate()
        code = self._child.wait(20)
        self._close()
        return int(code)

    def _close(self) -> None:
        if self._child.stderr is not None:
            self._child.stderr.close()


class Peer:
    """The ATN's end of the wire: it hears, acks when told to, and offers contracts at any time of day."""

    def __init__(self, port: int, house: str = "orange", *, acks: bool = True) -> None:
        layout = load_house(house)
        self.scada, self.alias = layout.scada.alias, layout.ltn.alias
        self.acks = acks
        self.heard: list[Incoming] = []
        self.acked: set[str] = set()
        self.clock = RealClock()
        place = MqttPlace(
            "127.0.0.1", port, (topic(self.scada, "ltn", "#"),), f"peer-{uuid.uuid4().hex[:8]}",
            max_packet_bytes=512 * 1024,
        )  # fmt: skip
        self.pipe = MqttPipe(place, lambda: Dialer("127.0.0.1", port), lambda: 0.0)

    def step(self) -> None:
        """One turn."""
        self.pipe.step(self.clock.now().net_ms)
        for delivery in self.pipe.poll(100):
            incoming = decode(delivery.topic, delivery.payload, Limits(max_bytes=512 * 1024))
            self.heard.append(incoming)
            if self.acks and incoming.ack_required and incoming.message_id:
                self.say(Ack(ack_message_id=incoming.message_id))
                self.acked.add(incoming.message_id)

    def until(self, done: Any, seconds: float = 20.0) -> None:
        """Step until `done()`."""
        deadline = time.monotonic() + seconds
        while not done():
            self.step()
            assert time.monotonic() < deadline, [i.message_type for i in self.heard[-20:]]
            time.sleep(0.01)

    def say(self, payload: Any) -> None:
        """Send a payload to the SCADA."""
        assert self.pipe.send(topic(self.alias, "s", payload.type_name), encode(self.alias, "s", payload))

    def offer(self, watts: int, minutes: int = 60) -> SlowDispatchContract:
        """A contract that began with the present five minutes."""
        now = self.clock.now().wall_ms
        contract = SlowDispatchContract(
            scada_alias=self.scada, start_s=now // 300_000 * 300, duration_minutes=minutes,
            avg_power_watts=watts, oil_boiler_on=False, contract_id=str(uuid.uuid4()),
        )  # fmt: skip
        self.beat(contract, "Created", min(now, contract.start_s * 1000 + 9_000))
        return contract

    def beat(self, contract: SlowDispatchContract, status: str, at_ms: int | None = None) -> None:
        """A heartbeat for it."""
        self.say(
            SlowContractHeartbeat(
                from_node="ltn",
                contract=contract,
                status=status,  # type: ignore[arg-type]
                message_created_ms=at_ms or self.clock.now().wall_ms,
                my_digit=3,
            )
        )

    def of(self, kind: str) -> list[Any]:
        """Payloads of a type heard so far."""
        return [incoming.payload for incoming in self.heard if incoming.message_type == kind]

    def close(self) -> None:
        """Hang up."""
        self.pipe.close()
