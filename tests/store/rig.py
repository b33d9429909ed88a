"""A store on a folder of its own, driven by hand: net time stands still unless a test moves it."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from pathlib import Path

from proto.store.child import run_writer
from proto.store.disk import DiskStore
from proto.store.port import Loaded, Stored
from proto.store.process import RunWriter
from states.image import Now

HOUSE = "d1.isone.me.versant.keene.oak.scada"
WALL_MS = 1_767_225_600_000
MIB = 1024 * 1024


class Rig:
    """Opens and closes stores on one folder, as one start of the program after the other."""

    def __init__(self, folder: Path, house: str = HOUSE, max_bytes: int = 64 * MIB) -> None:
        self.folder = folder
        self.house = house
        self.max_bytes = max_bytes
        self.net_ms = 1_000
        self.starts = 0
        self.store: DiskStore

    def writer(self, before: Callable[[], None] | None = None) -> RunWriter:
        """The real writer, after `before` has tampered with its process."""
        folder, house, run, max_bytes = self.folder, self.house, f"run{self.starts}", self.max_bytes

        def run_tampered(sock: socket.socket) -> int:
            if before is not None:
                before()
            return run_writer(sock, folder, house, run, max_bytes)

        return run_tampered

    def open(self, before: Callable[[], None] | None = None, wait_ms: int = 20_000) -> Loaded:
        self.starts += 1
        run = f"run{self.starts}"
        self.store = DiskStore(
            self.folder, self.house, run, self.max_bytes, lambda: 0.0, self.writer(before) if before else None
        )
        clock = iter(range(self.net_ms, self.net_ms + 10**9, 1))
        return self.store.load(lambda: next(clock), wait_ms)

    def now(self) -> Now:
        return Now(WALL_MS + self.net_ms, self.net_ms, self.net_ms)

    def step(self, ms: int = 0) -> None:
        self.net_ms += ms
        self.store.step(self.now())

    def until(self, done: Callable[[], bool], ms: int = 0, tries: int = 2000) -> None:
        """Step until `done`; waits for the writer in real time, moves net time only by `ms` a step."""
        for _ in range(tries):
            self.step(ms)
            if done():
                return
            self.store._life.wait()
        raise AssertionError(f"never came: {self.store.status}")

    def settle(self) -> None:
        """Commit everything; net time stands still while the writer works on it."""
        for _ in range(5000):
            self.step(0 if self.store._commits.asked_net_ms is not None else 2000)
            if self.store.status.unsaved == 0:
                return
            line = self.store._life._line
            if line is not None:
                line.wait(0.001)
        raise AssertionError(f"never saved: {self.store.status}")

    def put(self, message_id: str, type_name: str = "report.event", urgent: bool = False) -> None:
        assert self.store.put_event(
            message_id, type_name, body_of(message_id), WALL_MS + self.net_ms, urgent=urgent
        )

    def pending(self) -> list[Stored]:
        """Every unacked event, oldest first, fetched page by page."""
        found: list[Stored] = []
        while True:
            self.store.fetch(found[-1].position if found else 0, 50)
            page = None
            for _ in range(2000):
                self.step()
                page = self.store.page()
                if page is not None:
                    break
                self.store._life.wait()
            assert page is not None, self.store.status
            found += page.items
            if page.end:
                return found

    def ids(self) -> list[str]:
        return [stored.message_id for stored in self.pending()]

    def close(self) -> None:
        self.store.close(self.now())


def body_of(message_id: str) -> bytes:
    return b'{"Payload":{"MessageId":"%s"}}' % message_id.encode()


def report(message_id: str, start_s: int, channels: int = 10, per_channel: int = 60) -> bytes:
    """A report.event envelope of five minutes, shaped as on the wire."""
    step_ms = 300_000 // per_channel
    readings = [
        {
            "ChannelName": f"channel-{n}",
            "ValueList": [20_000 + (37 * n + 7919 * k * k) % 911 for k in range(per_channel)],
            "ScadaReadTimeUnixMsList": [start_s * 1000 + k * step_ms for k in range(per_channel)],
            "TypeName": "channel.readings",
            "Version": "002",
        }
        for n in range(channels)
    ]
    states = [{"MachineHandle": "auto.h.relay1", "StateList": ["RelayOpen"], "UnixMsList": [start_s * 1000]}]
    inner = {
        "SlotStartUnixS": start_s,
        "SlotDurationS": 300,
        "ChannelReadingList": readings,
        "StateList": states,
        "Id": message_id,
    }
    payload = {"MessageId": message_id, "Report": inner, "TypeName": "report.event", "Version": "002"}
    return json.dumps(
        {"Header": {"MessageId": message_id}, "Payload": payload}, separators=(",", ":")
    ).encode()
