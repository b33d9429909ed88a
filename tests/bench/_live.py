"""A program on the real clock with a mosquitto and a disk, and callers in processes of their own.

`python -m tests.bench._live KIND PORT COUNT` is such a caller: it speaks or listens, and prints JSON lines
with the machine's monotonic nanoseconds, which all processes share.
"""

from __future__ import annotations

import json
import random
import re
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from hw.clock import RealClock
from hw.dial import Dialer
from hw.tls import tls_context
from layouts.load import FOLDER, load_house
from layouts.settings import Peer, Settings
from proto.mqtt import MqttPipe
from proto.open import mqtt_pipes, open_store
from proto.pipe import Delivery
from proto.talk import MqttPlace
from proto.wire import topic
from scada import Scada
from tests.atn import children
from tests.atn.broker import Broker
from tests.program.house import program
from tests.wire.examples import envelope
from tests.wire.peers import dispatch, heartbeat

HOUSE = "orange"
TICK_MS = 100
RELAYS = (2, 17, 18)
"""A person may move these as he likes; each comes round in more than the two seconds between two moves."""
PAUSE_S = (0.75, 1.0)
"""Between two things said, so that they fall anywhere within a tick."""


def polled_every(folder: Path, poll_ms: int) -> str:
    """The house's layout with a meter that is asked this often; returns its file."""
    text = (FOLDER / f"{HOUSE}.toml").read_text(encoding="utf-8")
    path = folder / f"{HOUSE}.toml"
    path.write_text(
        re.sub(r"(?m)^poll_period_ms = .*$", f"poll_period_ms = {poll_ms}", text), encoding="utf-8"
    )
    return str(path)


@contextmanager
def living(poll_ms: int = 200) -> Iterator[tuple[Scada, RealClock, int]]:
    """The program, just started, its clock, and the broker's port."""
    with Broker(kind="mosquitto") as broker, tempfile.TemporaryDirectory() as folder:
        house = polled_every(Path(folder), poll_ms)
        side = Peer(host="127.0.0.1", port=broker.port, tls=False)
        site = replace(Settings(), upstream=side, admin=side)
        site = replace(site, store=replace(site.store, folder=folder))
        clock, rng = RealClock(), random.Random(1)
        store = open_store(load_house(HOUSE), site, "bench", rng.random)
        pipes = mqtt_pipes(Dialer, tls_context, rng)
        scada = program(clock, house, tick_ms=TICK_MS, settings=site, make_pipe=pipes, store=store)
        scada.start(store.load(lambda: clock.now().net_ms))
        try:
            yield scada, clock, broker.port
        finally:
            scada.stop("the bench is over")


def tick_until(scada: Scada, clock: RealClock, done: Callable[[], bool], between: Any = None) -> None:
    """Tick as `serve` does; `between(due_net_ms)` may use the time until the next tick."""
    due = scada.tick()
    while not done():
        if between is not None:
            between(due)
        clock.sleep_until(due)
        due = scada.tick()


def caller(kind: str, port: int, count: int) -> subprocess.Popen[bytes]:
    """Start one."""
    command = [sys.executable, "-m", "tests.bench._live", kind, str(port), str(count)]
    return children.start(command, stdout=subprocess.PIPE)


def lines(child: subprocess.Popen[bytes]) -> list[Any]:
    """What a caller that has ended printed."""
    assert child.stdout is not None
    with child.stdout:
        return [json.loads(line) for line in child.stdout.read().splitlines()]


def quantiles(values: list[float]) -> str:
    """p50, p99 and the worst, ms."""
    ordered = sorted(values)
    p99 = ordered[min(len(ordered) - 1, int(0.99 * len(ordered)))]
    return f"p50 {ordered[len(ordered) // 2]:.1f} ms, p99 {p99:.1f} ms, worst {ordered[-1]:.1f} ms"


# ------------------------------------------------------------------------------------ in the caller


class Voice:
    """A pipe, and the names it speaks in."""

    def __init__(self, port: int, *listens: str) -> None:
        self.house = house = load_house(HOUSE)
        self.scada, self.atn = house.scada.alias, house.ltn.alias
        self.clock = RealClock()
        place = MqttPlace(
            "127.0.0.1", port, listens or ("none",), f"caller-{uuid.uuid4().hex[:8]}",
            max_packet_bytes=512 * 1024,
        )  # fmt: skip
        self.pipe = MqttPipe(place, lambda: Dialer("127.0.0.1", port), lambda: 0.0)
        while self.pipe.status.state != "up":
            self.rest(0.01)

    def rest(self, seconds: float, heard: Callable[[Any], None] | None = None) -> None:
        """Step the pipe for so long."""
        end = time.monotonic() + seconds
        while True:
            self.pipe.step(self.clock.now().net_ms)
            for delivery in self.pipe.poll(100):
                if heard is not None:
                    heard(delivery)
            if time.monotonic() >= end:
                return
            time.sleep(0.0003)

    def say(self, src: str, dst: str, payload: dict[str, Any]) -> None:
        """Publish, and print when."""
        body = json.dumps(envelope(payload, Src=src, Dst=dst)).encode()
        now_ns = time.monotonic_ns()
        assert self.pipe.send(topic(src, dst, payload["TypeName"]), body)
        print(json.dumps(now_ns), flush=True)


def admin(port: int, count: int) -> None:
    """A person moves one relay after the other."""
    voice, chance = Voice(port), random.Random(7)
    relays = [relay for relay in voice.house.relays if relay.index in RELAYS]
    for number in range(count):
        relay = relays[number % len(relays)]
        kind = relay.kind
        name = kind.rest_event if number // len(relays) % 2 else kind.active_event
        trigger = {"TriggerId": str(uuid.uuid4()), "SendTimeUnixMs": voice.clock.now().wall_ms}
        voice.say("admin", voice.scada, dispatch(relay.node, kind.event_type, name, trigger=trigger))
        voice.rest(chance.uniform(*PAUSE_S))


def contract(port: int, count: int) -> None:
    """An ATN offers an hour and ends it again, over and over."""
    voice, chance = Voice(port), random.Random(8)
    for number in range(count):
        now_ms = voice.clock.now().wall_ms
        if number % 2 == 0:
            start_s = now_ms // 300_000 * 300
            about = {"StartS": start_s, "ContractId": str(uuid.uuid4()), "AvgPowerWatts": 3_000}
            made_ms = min(now_ms, start_s * 1000 + 9_000)
            beat = heartbeat(contract=about, MessageCreatedMs=made_ms)
        else:
            beat = heartbeat(
                contract=about, Status="TerminatedByLtn", Cause="enough", PreviousStatus="Created",
                MessageCreatedMs=now_ms,
            )  # fmt: skip
        voice.say(voice.atn, "s", beat)
        voice.rest(chance.uniform(*PAUSE_S))


def power(port: int, seconds: int) -> None:
    """An ATN that hears what the house draws: prints when, and watts."""
    house = load_house(HOUSE)

    def heard(delivery: Delivery) -> None:
        now_ns = time.monotonic_ns()
        watts = json.loads(delivery.payload)["Payload"]["Watts"]
        print(json.dumps([now_ns, watts]), flush=True)

    Voice(port, topic(house.scada.alias, "ltn", "power.watts")).rest(seconds, heard)


KINDS = {"admin": admin, "contract": contract, "power": power}

if __name__ == "__main__":
    KINDS[sys.argv[1]](int(sys.argv[2]), int(sys.argv[3]))
