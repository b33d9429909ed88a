"""Two computers of one house as processes and a broker between them: readings, kills, a stranger."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from hw.dial import Dialer
from proto.mqtt import MqttPipe
from proto.talk import MqttPlace
from proto.wire import encode, topic
from proto.wire.readings import SyncedReadings
from tests.annex import annex, write
from tests.atn.broker import Broker, mosquitto_path
from tests.need import need
from tests.program.processes import ROOT, Peer, Process, config

pytestmark = [pytest.mark.server, pytest.mark.slow]


class Pair:
    """Both programs' folders, the ATN, and the programs while they live."""

    def __init__(self, folder: Path, broker: Broker) -> None:
        self.port = broker.port
        self.layout = write(folder)
        with self.layout.open("a") as layout:
            layout.write("\n[channels.hp-lwt]\nstale_s = 4\n")  # a test need not wait for half a minute
        local = f"[local]\nenabled = true\nport = {broker.port}\ntls = false\n"
        self.folders = {role: folder / role for role in ("primary", "secondary")}
        self.files: dict[str, Path] = {}
        for role, place in self.folders.items():
            place.mkdir()
            file = config(place, broker.port, house=str(self.layout), more=local)
            file.write_text(file.read_text().replace("[site]\n", f'[site]\nrole = "{role}"\n'))
            self.files[role] = file
        self.atn = Peer(broker.port, str(self.layout))
        self.atn.until(lambda: self.atn.pipe.status.state == "up")
        self.running: dict[str, Process] = {}

    def start(self, role: str) -> Process:
        """`python scada.py run` in this role."""
        self.running[role] = Process(self.files[role]).up()
        return self.running[role]

    def kill(self, role: str) -> None:
        """SIGKILL."""
        self.running.pop(role).kill()

    def until(self, done: Any, seconds: float = 30.0) -> None:
        """The ATN hears and acks until `done(status of the primary)`."""
        deadline = time.monotonic() + seconds
        while True:
            self.atn.step()
            found = self.running["primary"].status()
            if done(found):
                return
            assert time.monotonic() < deadline, found
            time.sleep(0.05)

    def events_of_second(self) -> list[str]:
        """Ids of its events as the ATN heard them, repeats included."""
        own = f"{self.atn.scada}.s2"
        return [i.message_id for i in self.atn.heard if getattr(i.payload, "src", "") == own]

    def stored(self, role: str, table: str) -> set[str]:
        """Ids on its disk: of `event`, or of `pending` (not acked yet)."""
        with closing(sqlite3.connect(self.folders[role] / "var" / "store.db", timeout=5)) as link:
            return {name for (name,) in link.execute(f"SELECT id FROM {table}")}

    def close(self) -> None:
        """End what runs."""
        for process in self.running.values():
            assert process.end() == 0
        self.atn.close()


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Pair]:
    need(mosquitto_path() is not None, "mosquitto is not installed")
    with Broker(kind="mosquitto") as broker:
        made = Pair(tmp_path, broker)
        yield made
        made.close()


def young(status: dict[str, Any], *channels: str) -> bool:
    """These channels have a good value not older than their own rule."""
    rows = status["channels"]
    return all(rows[name]["value"] is not None and rows[name]["quality"] == "good" for name in channels)


QUICK = ("hp-lwt", "hp-odu-pwr")
"""What the second computer reads within a second; modules take their time."""


def test_two_computers_of_a_house_killed_in_turn_and_a_stranger(pair: Pair) -> None:
    second = pair.start("secondary")
    pair.start("primary")

    # readings and power of the second computer become the primary's own, and the ATN's
    pair.until(lambda s: s["links"]["local_mqtt"]["state"] == "active" and young(s, *QUICK))
    assert "second computer" in pair.running["primary"].status()["devices"]
    assert "power-meter" not in pair.running["primary"].status()["devices"]
    pair.until(lambda s: pair.atn.of("power.watts") and s["power"]["metered_w"] is not None)
    assert second.status()["links"].keys() == {"local_mqtt", "store"}
    assert second.status()["state"] == "Dormant.Monitor"
    pair.until(lambda _: len(pair.events_of_second()) >= 3)

    # a stranger on the local broker changes nothing
    boil(pair)
    pair.until(lambda s: pair.atn.of("gridworks.event.problem"))
    assert any("stranger" in event.summary for event in pair.atn.of("gridworks.event.problem"))
    assert pair.running["primary"].status()["channels"]["hp-lwt"]["value"] < 150

    # the primary dies: the second computer keeps its events until somebody has them
    pair.kill("primary")
    second.until(lambda s: s["links"]["local_mqtt"]["state"] == "active", 5)
    restart(pair, "secondary")
    second = pair.running["secondary"]
    waiting = wait_for_pending(pair)
    pair.start("primary")
    pair.until(lambda s: s["links"]["local_mqtt"]["state"] == "active" and young(s, *QUICK))
    pair.until(lambda _: waiting <= set(pair.events_of_second()))

    # the second computer dies: what it measured grows old; it comes back and all is well
    pair.kill("secondary")
    pair.until(lambda s: s["channels"]["hp-lwt"]["value"] is None, 40)
    pair.start("secondary")
    pair.until(lambda s: young(s, *QUICK))

    # whatever the second computer was told is kept, the ATN has heard, and heard once
    pair.until(lambda _: len(pair.events_of_second()) >= len(waiting) + 6)
    assert pair.running.pop("secondary").end() == 0
    told = pair.stored("secondary", "event") - pair.stored("secondary", "pending")
    assert waiting <= told
    pair.until(lambda _: told <= set(pair.events_of_second()))
    heard = pair.events_of_second()
    assert len(heard) == len(set(heard))


def boil(pair: Pair) -> None:
    """Somebody publishes on the second computer's topic, but is no node of it."""
    payload = SyncedReadings(
        channel_name_list=("hp-lwt",),
        value_list=(99_000,),
        scada_read_time_unix_ms=pair.atn.clock.now().wall_ms,
    )
    alias = f"{annex().scada.alias}.s2"
    place = MqttPlace("127.0.0.1", pair.port, ("nothing",), "stranger")
    pipe = MqttPipe(place, lambda: Dialer("127.0.0.1", pair.port), lambda: 0.0)
    send(pipe, pair, topic(alias, "s", payload.type_name), encode("tank1", "s", payload))


def send(pipe: MqttPipe, pair: Pair, where: str, body: bytes) -> None:
    """Connect, publish once, hang up."""
    deadline = time.monotonic() + 10
    while not pipe.send(where, body):
        pipe.step(pair.atn.clock.now().net_ms)
        assert time.monotonic() < deadline
        time.sleep(0.01)
    pipe.step(pair.atn.clock.now().net_ms)
    pipe.close()


def restart(pair: Pair, role: str) -> None:
    """SIGTERM and a new run: that alone makes events."""
    assert pair.running.pop(role).end() == 0
    pair.start(role)


def wait_for_pending(pair: Pair) -> set[str]:
    """Events on the second computer's disk that nobody has acked."""
    deadline = time.monotonic() + 20
    while not (found := pair.stored("secondary", "pending")):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    return found


def test_a_role_that_does_not_fit_the_layout_is_refused_with_a_sentence(tmp_path: Path) -> None:
    file = config(tmp_path, 1, more="")
    file.write_text(file.read_text().replace("[site]\n", '[site]\nrole = "secondary"\n'))
    done = subprocess.run(
        [str(ROOT / ".venv" / "bin" / "python"), str(ROOT / "scada.py"), "run", "--config", str(file)],
        capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip
    assert done.returncode == 78
    assert "gives it nothing to do" in done.stderr
    assert json.dumps(done.stdout) == '""'
