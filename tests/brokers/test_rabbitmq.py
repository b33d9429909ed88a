"""RabbitMQ with its MQTT plugin, which fleets use: the same conversation, and how it is no mosquitto.

Its QoS 2 is QoS 1, its dots and slashes are one, and what it retains reaches no wildcard. None of it matters
to a link that uses QoS 0, no dots and no retained messages; these tests say so.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from layouts.settings import Peer
from proto.mqtt import MqttPipe
from proto.talk import MqttPlace
from proto.wire import Ping, encode, topic
from tests.brokers.life import Life, plain_pipe
from tests.brokers.rabbit import PASSWORD, USER, Rabbit, rabbitmq_path
from tests.links.scripted import packet, publish
from tests.need import need

pytestmark = [pytest.mark.server, pytest.mark.slow]

PING_ID = "00000000-0000-4000-8000-00000000ab17"


def text(*words: str) -> bytes:
    """Strings as MQTT packs them."""
    return b"".join(len(word).to_bytes(2, "big") + word.encode() for word in words)


class Raw:
    """A client by hand."""

    def __init__(self, port: int, name: str) -> None:
        self.sock = socket.create_connection(("127.0.0.1", port), timeout=10)
        self.sock.sendall(packet(1, 0, b"\x00\x04MQTT\x04\xc2\x00\x3c" + text(name, USER, PASSWORD)))
        assert self.sock.recv(4) == b"\x20\x02\x00\x00"

    def subscribe(self, where: str, qos: int) -> int:
        """Returns the code that was granted."""
        self.sock.sendall(packet(8, 2, b"\x00\x01" + text(where) + bytes([qos])))
        answer = self.sock.recv(5)
        assert answer[0] == 0x90
        return answer[4]

    def heard(self) -> tuple[bool, str]:
        """The next message: retained, topic."""
        data = self.sock.recv(4096)
        assert data[0] >> 4 == 3, data
        at = 3 if data[1] > 127 else 2
        size = int.from_bytes(data[at : at + 2], "big")
        return bool(data[0] & 1), data[at + 2 : at + 2 + size].decode()

    def close(self) -> None:
        """Say goodbye and wait until everything said has been taken."""
        self.sock.sendall(packet(14, 0, b""))
        while self.sock.recv(4096):
            pass
        self.sock.close()


@pytest.fixture(scope="module")
def node() -> Iterator[Rabbit]:
    need(rabbitmq_path() is not None, "rabbitmq-server is not installed")
    made = Rabbit()
    try:
        made.start()
        yield made
    finally:
        made.close()


def life_on(node: Rabbit, folder: Path, password: str = PASSWORD) -> Life:
    """The house and its ATN, each with name and password."""
    secret = folder / "password"
    secret.write_text(f"{password}\n", encoding="ascii")
    side = Peer(host="127.0.0.1", port=node.port, tls=False, username=USER, password_file=str(secret))

    def atn_pipe(place: MqttPlace) -> MqttPipe:
        return plain_pipe(node.port)(replace(place, username=USER, password=PASSWORD))

    return Life(side, atn_pipe)


@pytest.fixture
def life(node: Rabbit, tmp_path: Path) -> Iterator[Life]:
    made = life_on(node, tmp_path)
    yield made
    made.close()


def test_events_are_acked_and_a_restart_costs_nothing(node: Rabbit, life: Life) -> None:
    life.up()
    life.until(lambda: {"layout.lite", "snapshot.spaceheat", "power.watts"} <= life.atn.heard.keys())
    life.tick(20)
    life.settle()
    life.check()
    node.stop()
    life.tick(30)
    assert life.link.state == "connecting"
    assert life.store.status.pending >= 30
    node.start()
    life.until(lambda: life.link.state == "active")
    life.tick(20)
    life.settle()
    life.check()
    assert life.link.pipe.counts.losses == 1
    assert not life.link.refusals.counts
    assert life.scada.failures.broken == ""


def test_a_wrong_password_has_words_and_no_way_in(node: Rabbit, tmp_path: Path) -> None:
    life = life_on(node, tmp_path, "guess")
    life.until(lambda: life.link.pipe.counts.failures > 0)
    assert life.link.pipe.counts.connects == 0
    assert "password" in life.link.pipe.status.words
    life.close()


def test_qos_2_is_granted_as_1_and_qos_0_as_0(node: Rabbit) -> None:
    raw = Raw(node.port, "qos")
    assert [raw.subscribe(f"some/{qos}", qos) for qos in (0, 1, 2)] == [0, 1, 1]
    raw.close()


def test_what_it_retains_reaches_no_wildcard_and_therefore_no_house(node: Rabbit, life: Life) -> None:
    atn, ping = life.atn.alias, Ping(message_id=PING_ID)
    where, body = topic(atn, "s", ping.type_name), encode(atn, "s", ping)
    raw = Raw(node.port, "keeper")
    raw.sock.sendall(publish(where, body, retain=True))
    raw.close()
    raw = Raw(node.port, "reader")
    assert raw.subscribe(where, 0) == 0
    assert raw.heard() == (True, where), "it is there for who names the topic"
    raw.close()
    life.up()
    life.tick(10)
    assert not life.link.refusals.counts


def test_dots_in_a_topic_become_slashes_and_the_sender_is_judged_as_ever(node: Rabbit, life: Life) -> None:
    """Whoever writes access rules for it must know: `gw.a.to.s.x` is `gw/a/to/s/x`."""
    life.up()
    life.settle()
    atn, stranger = life.atn.alias, f"{life.atn.alias}.neighbour"
    ping = Ping(message_id=PING_ID)
    dotted = topic(atn, "s", ping.type_name).replace("/", ".")
    raw = Raw(node.port, "dots")
    before = life.link.counts.received
    raw.sock.sendall(publish(dotted, encode(stranger, "s", ping)))
    life.until(lambda: life.link.refusals.counts.get("stranger") == 1)
    raw.sock.sendall(publish(dotted, encode(atn, "s", ping)))
    life.until(lambda: life.link.counts.received > before)
    raw.close()
