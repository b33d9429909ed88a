"""Asking the hub: twice back to back, when pushes fall silent, with back-off; the token never shows."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from hw.clock import VirtualClock
from hw.hub_poll import DEADLINE_MS, RETRY_MS, HubPoll
from hw.hubitat import HubModule
from hw.latest import Latest
from hw.others import hub_token
from hw.rig import Rig
from hw.stream import TcpPort
from hw.twin.hub_door import HubDoor
from hw.twin.ports import twin_ports
from layouts.load import load_house
from layouts.settings import HubAccess, Settings
from states.image import Now
from tests.hw.fakes import WALL_MS
from tests.hw.web_server import Process, web_server
from tests.twin.house import listen, world

TOKEN = "0f8e-s3cret"
API = "/apps/api/2/devices"


def device(number: int, temp: Any, setpoint: Any = "68.0", state: str = "idle") -> str:
    values = {
        "temperature": temp,
        "heatingSetpoint": setpoint,
        "thermostatOperatingState": state,
        "battery": 91,
    }
    attributes = [{"name": n, "currentValue": v, "dataType": "NUMBER"} for n, v in values.items()]
    return json.dumps({"id": str(number), "name": "T6", "label": "T", "type": "T6", "attributes": attributes})


class Site:
    """A poll of beech's two thermostats; house time is made up."""

    def __init__(self, port: int) -> None:
        house = load_house("beech")
        house = msgspec.structs.replace(
            house, hub=msgspec.structs.replace(house.hub, host="127.0.0.1", port=port)
        )
        self.latest, self.hub = Latest(), HubModule(house)
        self.port = TcpPort("127.0.0.1", port)
        self.poll = HubPoll(house, self.port, self.hub, TOKEN, 300, self.latest)
        self.ms = 1000

    def step(self, ms: int = 10) -> None:
        self.ms += ms
        self.poll.step(Now(WALL_MS + self.ms, self.ms, self.ms))

    def until(self, done: Callable[[], bool], ms: int = 10) -> None:
        give_up = time.monotonic() + 10
        while not done():
            assert time.monotonic() < give_up, self.poll.device.status
            self.step(ms)
            time.sleep(0.001)

    def push(self, number: int, name: str, value: str) -> None:
        body = json.dumps({"content": {"name": name, "value": value, "deviceId": str(number)}}).encode()
        self.hub.routes["/34-e1-d1-80-be-ec"](body, Now(WALL_MS + self.ms, self.ms, self.ms))

    @property
    def values(self) -> dict[str, int | None]:
        return {name: reading.value for name, reading in self.latest.readings().items()}

    def age_from(self, channel: str) -> int:
        reading = self.latest.get(channel)
        return 0 if reading is None else reading.mono_ms

    @property
    def words(self) -> str:
        return self.poll.device.status.words


@contextlib.contextmanager
def hub(answers: dict[str, Any] | None = None) -> Iterator[tuple[Site, Process]]:
    good = {
        f"{API}/3/refresh": ["good", 200, device(3, "66.5")],
        f"{API}/4/refresh": ["good", 200, device(4, 70)],
    }
    with web_server() as server:
        server.be(good if answers is None else answers)
        site = Site(server.port)
        try:
            yield site, server
        finally:
            site.port.close()


def test_at_start_every_thermostat_is_asked_twice_and_only_the_second_answer_counts() -> None:
    stale = [device(3, "40.0", "40.0", "heating"), device(3, "66.5")]
    with hub({
        f"{API}/3/refresh": ["good", 200, stale], f"{API}/4/refresh": ["good", 200, device(4, 70.0)],
    }) as (site, server):  # fmt: skip
        site.until(lambda: len(site.values) == 6)
        assert site.values == {
            "zone1-down-temp": 66_500, "zone1-down-set": 68_000, "zone1-down-state": 0,
            "zone2-up-temp": 70_000, "zone2-up-set": 68_000, "zone2-up-state": 0,
        }  # fmt: skip
        assert server.asked() == [f"{API}/{n}/refresh?access_token={TOKEN}" for n in (3, 3, 4, 4)]
        assert site.poll.device.ok
        assert site.port.dials == 1, "one connection was kept for all of it"
        site.until(lambda: site.ms > 60_000, 100)
        assert server.asked() == [], "then it is left alone until they are silent"


def test_a_thermostat_that_pushes_is_not_asked_and_one_that_only_tells_its_state_is() -> None:
    with hub() as (site, server):
        site.until(lambda: len(site.values) == 6)
        server.asked()
        site.ms += 200_000
        for name, value in (("temperature", "66.0"), ("heatingSetpoint", "68.0")):
            site.push(3, name, value)
        site.push(4, "thermostatOperatingState", "heating")
        site.ms += 120_000
        before = site.ms
        site.until(lambda: site.age_from("zone2-up-temp") > before)
        site.until(lambda: site.ms > before + 10_000, 100)
        assert {path[:21] for path in server.asked()} == {f"{API}/4"[:21]}


def test_a_server_that_hangs_up_after_each_answer_is_dialled_again_at_once() -> None:
    with hub({
        f"{API}/3/refresh": ["close", 200, device(3, "66.5")],
        f"{API}/4/refresh": ["close", 200, device(4, 70)],
    }) as (site, _):  # fmt: skip
        begin = site.ms
        site.until(lambda: len(site.values) == 6, 1)
        assert site.ms - begin < 2_000, "no wait between the two"
        assert site.port.dials == 4


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (["good", 401, "{}"], "127.0.0.1 answers 401: the access token is not accepted."),
        (["good", 404, "{}"], "127.0.0.1 answers 404: it has no such device, or another number of the Maker"),
        (["good", 500, "oops"], "127.0.0.1 answers 500: that is no answer to a refresh."),
        (["good", 200, "[]"], "127.0.0.1: what it tells of zone1-down cannot be read"),
        (["good", 200, device(9, "66.5")], "127.0.0.1 tells of device 9, not 3."),
        (["good", 200, device(3, None)], "127.0.0.1 says nothing of zone1-down that we use."),
        (["good", 200, "<html>login</html>"], "127.0.0.1: what it tells of zone1-down cannot be read"),
        (["good", 200, device(3, "null")], "temperature is 'null', not a room temperature."),
        (["good", 200, device(3, "warm")], "temperature is 'warm', not a room temperature."),
        (["good", 200, device(3, True)], "temperature is True, not a room temperature."),
        (["garbage", 200, ""], "127.0.0.1:"),
        (["truncated", 200, device(3, "66.5")], "127.0.0.1:"),
    ],
)  # fmt: skip
def test_what_is_no_answer_is_said_and_the_others_get_their_turn(answer: list[Any], words: str) -> None:
    with hub({f"{API}/3/refresh": answer, f"{API}/4/refresh": ["good", 200, device(4, 70)]}) as (site, _):
        site.until(lambda: site.poll.device.errors == 1)
        assert site.words.startswith(words)
        assert TOKEN not in site.words
        assert "zone1-down-temp" not in site.values
        site.until(lambda: "zone2-up-temp" in site.values, 50)
        assert site.poll.polls == 2
        assert site.ms < RETRY_MS


def test_a_hung_hub_is_asked_less_and_less_often_up_to_every_five_minutes() -> None:
    with hub({API: ["hung", 200, ""]}) as (site, _):
        waits = []
        for failure in range(1, 10):
            site.until(lambda count=failure: site.poll.device.errors == count, 2000)  # type: ignore[misc]
            assert site.words.endswith(f"no whole answer within {DEADLINE_MS // 1000} s.")
            wait_ms = site.poll.device.status.backoff_until_mono_ms - site.ms
            waits.append(wait_ms)
            site.ms += max(wait_ms, RETRY_MS)
        assert waits == [2000, 4000, 8000, 16_000, 32_000, 64_000, 128_000, 256_000, 300_000]


def test_a_dead_hub_is_a_sentence_without_the_token() -> None:
    with web_server() as server:
        port = server.port
    site = Site(port)
    site.until(lambda: site.poll.device.errors == 1, 500)
    assert "Connection refused" in site.words
    assert TOKEN not in site.words


def test_the_simulated_hub_answers_with_what_the_refresh_before_had_fetched() -> None:
    house, clock = world("beech")
    hub = house.devices.hub
    listen(house, clock, 60)
    latest, module = Latest(), HubModule(house.house)
    door = HubDoor(hub, house.house.hub.maker_api_id, TOKEN)
    poll = HubPoll(house.house, door, module, TOKEN, 300, latest)
    hub.mute = True
    house.set_setpoint("zone1-down", 71.0)
    for _ in range(20):
        poll.step(clock.forward(100))
    assert latest.get("zone1-down-set").value == 71_000  # type: ignore[union-attr]
    assert poll.device.ok
    wrong = HubPoll(house.house, HubDoor(hub, 2, "another"), HubModule(house.house), TOKEN, 300, Latest())
    for _ in range(5):
        wrong.step(clock.forward(100))
    assert "access token" in wrong.device.status.words


@pytest.mark.parametrize(
    ("text", "mode", "words"),
    [
        ("", 0o600, "is empty."),
        (" \n", 0o600, "holds no access token on one line."),
        ("two words\n", 0o600, "holds no access token on one line."),
        (TOKEN, 0o644, "others than its owner may use it (mode 0644)"),
    ],
)
def test_a_token_file_that_cannot_be_used_is_a_sentence_without_what_it_holds(
    text: str, mode: int, words: str, tmp_path: Path
) -> None:
    file = tmp_path / "token"
    file.write_text(text)
    file.chmod(mode)
    with pytest.raises(ValueError, match=r"\[hub\] token_file: ") as caught:
        hub_token(Settings(hub=HubAccess(token_file=str(file))))
    assert words in str(caught.value)
    assert TOKEN not in str(caught.value)


def test_the_rig_asks_the_hub_where_the_settings_name_a_token(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text(TOKEN + "\n")
    file.chmod(0o600)
    settings = Settings(hub=HubAccess(token_file=str(file)))
    clock, house = VirtualClock(WALL_MS), load_house("beech")
    ports = twin_ports(house, settings, clock)
    rig = Rig(house, settings, ports.i2c, ports.meter, ports.others)
    ports.world.devices.hub.mute = True
    for _ in range(50):
        read = rig.read(clock.now(), ports.devices.receive(clock.now()))
        clock.advance(100)
    assert read.readings["zone1-down-temp"].value is not None
    assert rig.devices()["hubitat poll"].ok
    assert rig.counters["hub_polls"] == 2
    without = twin_ports(house, Settings(), clock)
    assert "hubitat poll" not in Rig(house, Settings(), without.i2c, without.meter, without.others).devices()
