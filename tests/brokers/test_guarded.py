"""The whole program, its ATN and a person on a mosquitto with certificates as names and an access list."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme
from msgspec.structs import replace

from layouts.load import load_house
from layouts.settings import Peer
from proto.mqtt import MqttPipe
from proto.pipe import Delivery
from proto.talk import MqttPlace
from proto.wire import decode, encode, topic
from proto.wire.contracts import SlowContractHeartbeat, SlowDispatchContract
from tests.atn.broker import mosquitto_path
from tests.brokers.guarded import ADMIN, Guarded
from tests.brokers.life import BIG, Life, tls_pipe
from tests.need import need
from tests.wire.examples import envelope
from tests.wire.peers import dispatch

pytestmark = [pytest.mark.server, pytest.mark.slow]

HOUSE = load_house("orange")
SCADA, ATN = HOUSE.scada.alias, HOUSE.ltn.alias
RELAY = "relay2"


class Caller:
    """Somebody with a certificate, who listens to all he is given and says what he likes."""

    def __init__(self, files: Peer, *listens: str) -> None:
        place = MqttPlace("", 0, listens or ("#",), f"caller-{uuid.uuid4().hex[:8]}", max_packet_bytes=BIG)
        self.pipe: MqttPipe = tls_pipe(files)(place)
        self.heard: list[Delivery] = []

    def step(self, net_ms: int) -> None:
        """One turn."""
        self.pipe.step(net_ms)
        self.heard += self.pipe.poll(100)

    def say(self, src: str, dst: str, payload: dict[str, Any]) -> None:
        """Speak in the name of `src`."""
        body = json.dumps(envelope(payload, Src=src, Dst=dst)).encode()
        assert self.pipe.send(topic(src, dst, payload["TypeName"]), body)


class Stage:
    """The broker, the program's life on it, and whoever else is there."""

    def __init__(self, folder: Path) -> None:
        self.guarded = Guarded(folder, HOUSE)
        self.guarded.start()
        ours = self.guarded.files(SCADA)
        self.life = Life(ours, tls_pipe(self.guarded.files(ATN)), self._turn, admin_side=ours)
        self.callers: list[Caller] = []

    def _turn(self) -> None:
        for caller in self.callers:
            caller.step(self.life.clock.now().net_ms)

    def caller(self, files: Peer, *listens: str) -> Caller:
        """One more, who gets in."""
        made = Caller(files, *listens)
        self.callers.append(made)
        self.life.until(lambda: made.pipe.status.state == "up")
        return made

    def turned_away(self, files: Peer) -> str:
        """One who does not get in; returns what he is told."""
        made = Caller(files)
        self.callers.append(made)
        self.life.until(lambda: made.pipe.counts.failures > 0)
        assert made.pipe.counts.connects == 0
        return made.pipe.status.words

    def toggle(self, who: Caller) -> None:
        """The words of a person at the admin program who wants to see a relay move."""
        made_ms = self.life.clock.now().wall_ms
        trigger = {"TriggerId": str(uuid.uuid4()), "SendTimeUnixMs": made_ms}
        payload = dispatch(RELAY, "change.relay.state", "OpenRelay", trigger=trigger)
        who.say(ADMIN, SCADA, payload)

    def offer(self) -> SlowContractHeartbeat:
        """The words of an ATN that offers an hour from the present five minutes."""
        now_ms = self.life.clock.now().wall_ms
        contract = SlowDispatchContract(
            scada_alias=SCADA, start_s=now_ms // 300_000 * 300, duration_minutes=60,
            avg_power_watts=5_000, oil_boiler_on=False, contract_id=str(uuid.uuid4()),
        )  # fmt: skip
        return SlowContractHeartbeat(
            from_node="ltn", contract=contract, status="Created", my_digit=3,
            message_created_ms=min(now_ms, contract.start_s * 1000 + 9_000),
        )  # fmt: skip

    @property
    def path(self) -> str:
        """Where the house is."""
        return str(self.life.scada.state.path)

    @property
    def relay(self) -> int | None:
        """What the board says."""
        return self.life.scada.readbacks[RELAY].value

    @property
    def admin_received(self) -> int:
        """Messages that the admin link has let in."""
        return self.life.scada.parts.links.links[ADMIN].counts.received

    def close(self) -> None:
        """End everything."""
        for caller in self.callers:
            caller.pipe.close()
        self.life.close()
        self.guarded.close()


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    need(mosquitto_path() is not None, "mosquitto is not installed")
    made = Stage(tmp_path)
    yield made
    made.close()


def test_house_atn_and_a_person_converse_through_certificates_and_access_list(stage: Stage) -> None:
    life = stage.life
    life.up()
    life.until(lambda: {"layout.lite", "snapshot.spaceheat", "power.watts"} <= life.atn.heard.keys())
    beat = stage.offer()
    life.atn.say(beat)
    life.until(lambda: "slow.contract.heartbeat" in life.atn.heard)
    answer = life.atn.heard["slow.contract.heartbeat"]
    assert (answer.from_node, answer.status) == ("s", "Received")
    assert answer.contract.contract_id == beat.contract.contract_id
    person = stage.caller(stage.guarded.files(ADMIN), topic(SCADA, ADMIN, "#"))
    assert stage.relay == 0
    stage.toggle(person)
    life.until(lambda: stage.relay == 1)
    assert stage.path == "Dormant.Admin"
    life.until(lambda: any(delivery.topic.endswith("single-reading") for delivery in person.heard))
    assert {decode(delivery.topic, delivery.payload).src for delivery in person.heard} == {SCADA}
    life.settle()
    life.check()
    assert life.scada.failures.broken == ""


@pytest.mark.parametrize("name", ["neighbour", ATN, SCADA])
def test_a_valid_certificate_is_no_permission(stage: Stage, name: str) -> None:
    """Somebody else of the same authority, the ATN and the house itself: none of them is an admin."""
    life = stage.life
    life.up()
    stranger = stage.caller(stage.guarded.files(name), topic(ATN, "s", "#"), topic(SCADA, ADMIN, "#"))
    life.until(lambda: life.scada.parts.links.links[ADMIN].pipe.status.state == "up")
    for _ in range(5):
        stage.toggle(stranger)
        life.tick(2)
    if name == "neighbour":
        beat = stage.offer()
        assert stranger.pipe.send(topic(ATN, "s", beat.type_name), encode(ATN, "s", beat))
    life.tick(10)
    assert stage.relay == 0
    assert stage.admin_received == 0
    assert "slow.contract.heartbeat" not in life.atn.heard, "no offer came"
    assert not life.link.refusals.counts
    if name == "neighbour":
        assert stranger.heard == [], "and he hears nothing of the house"
    person = stage.caller(stage.guarded.files(ADMIN), topic(SCADA, ADMIN, "#"))
    stage.toggle(person)
    life.until(lambda: stage.relay == 1)
    assert stage.admin_received == 1


def test_a_certificate_of_another_authority_or_none_does_not_get_in(stage: Stage) -> None:
    life = stage.life
    life.up()
    assert "our certificate" in stage.turned_away(stage.guarded.files("foreigner", ca=trustme.CA()))
    nobody = replace(stage.guarded.files("nobody"), cert_file="", key_file="")
    assert "certificate" in stage.turned_away(nobody).lower()
    assert life.link.state == "active"


def test_a_revoked_house_is_told_so_and_loses_nothing_until_it_is_welcome_again(stage: Stage) -> None:
    life = stage.life
    life.up()
    life.tick(10)
    life.settle()
    before = len(life.atn.events)
    stage.guarded.revoke(SCADA)
    stage.guarded.start()
    life.until(lambda: "our certificate" in life.link.pipe.status.words)
    life.tick(60)
    assert life.link.state == "connecting"
    assert len(life.atn.events) == before, "not a word came through"
    assert life.link.refusals.counts["broker"] >= 1
    alarms = [body for body in life.store.put.values() if b"our certificate" in body]
    assert len(alarms) == 2, "one for each link that was turned away"
    stage.guarded.revoke()
    stage.guarded.start()
    life.settle()
    life.check()
    assert len(life.atn.events) > before + 60


def test_a_revoked_admin_does_not_get_in(stage: Stage) -> None:
    stage.guarded.files(ADMIN)
    stage.guarded.revoke(ADMIN)
    stage.guarded.start()
    stage.life.up()
    assert "our certificate" in stage.turned_away(stage.guarded.files(ADMIN))


def test_a_restart_of_the_broker_costs_nothing(stage: Stage) -> None:
    life = stage.life
    life.up()
    for _ in range(2):
        life.tick(20)
        stage.guarded.broker.stop()
        life.tick(20)
        assert life.link.state == "connecting"
        stage.guarded.start()
        life.until(lambda: life.link.state == "active")
    life.tick(20)
    life.settle()
    life.check()
    assert life.link.pipe.counts.losses == 2
