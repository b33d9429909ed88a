"""The MQTT pipe against a broker that does exactly what the test says."""

from __future__ import annotations

import random
import socket
import ssl
from collections.abc import Iterator

import pytest

from proto.pipe import MAX_UNSENT, MAX_UNSENT_BYTES, Pipe
from proto.talk import MAX_INBOX, MqttPlace
from tests.links.scripted import (
    PINGRESP,
    PLACE,
    FakeDialer,
    ScriptedBroker,
    connack,
    packet,
    publish,
    suback,
)

TOPIC = "gw/ltn/to/s/gridworks-ping"


@pytest.fixture
def broker() -> Iterator[ScriptedBroker]:
    made = ScriptedBroker()
    yield made
    made.close_all()


def pipe_of(broker: ScriptedBroker) -> Pipe:
    return broker.pipe


def test_a_healthy_broker_brings_the_pipe_up_with_the_parameters_of_the_protocol(
    broker: ScriptedBroker,
) -> None:
    broker.dial_through()
    (connect,) = broker.heard()
    assert connect.body[:10] == b"\0\4MQTT\4\2\0\x3c"  # 3.1.1, clean session, no will, keep-alive 60
    assert connect.body[10:] == b"\0\4me-1"
    assert broker.pipe.status.state == "connecting"
    broker.say(connack())
    broker.step()
    assert broker.pipe.changes() == ("connected",)
    (subscribe,) = broker.heard()
    assert subscribe.body[2:] == b"\0\x0dgw/ltn/to/s/#\0"
    broker.say(suback(int.from_bytes(subscribe.body[:2], "big"), 0))
    broker.step()
    assert broker.pipe.changes() == ("subscribed",)
    assert broker.pipe.status.state == "up"
    assert broker.pipe.changes() == ()


def test_messages_travel_both_ways_and_keep_their_order(broker: ScriptedBroker) -> None:
    broker.bring_up()
    for n in range(5):
        assert broker.pipe.send("gw/me/to/ltn/x", b"%d" % n)
    sent = broker.heard()
    assert [(p.kind, p.flags) for p in sent] == [(3, 0)] * 5  # QoS 0, not retained
    assert [p.body[-1:] for p in sent] == [b"0", b"1", b"2", b"3", b"4"]
    broker.say(*(publish(TOPIC, b"in %d" % n, retain=n == 1) for n in range(3)))
    broker.step()
    got = broker.pipe.poll(20)
    assert [(d.topic, d.payload, d.retained) for d in got] == [
        (TOPIC, b"in 0", False),
        (TOPIC, b"in 1", True),
        (TOPIC, b"in 2", False),
    ]
    assert broker.pipe.counts.messages_in == 3
    assert broker.pipe.counts.messages_out == 5


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (1, "does not speak MQTT 3.1.1"),
        (2, "rejects our client id"),
        (3, "not available"),
        (4, "user name or password"),
        (5, "not authorised"),
        (77, "code 77"),
    ],
)
def test_each_refusal_of_connack_has_its_own_words_and_is_no_connection(code: int, words: str) -> None:
    broker = ScriptedBroker()
    broker.dial_through()
    broker.say(connack(code))
    broker.step()
    assert broker.pipe.changes() == ("failed",)
    assert words in broker.pipe.status.words
    assert broker.pipe.status.state == "waiting"
    broker.close_all()


def test_a_refused_subscription_names_the_topic_and_breaks_off(broker: ScriptedBroker) -> None:
    broker.dial_through()
    broker.heard()
    broker.say(connack())
    broker.step()
    (subscribe,) = broker.heard()
    broker.say(suback(int.from_bytes(subscribe.body[:2], "big"), 0x80))
    broker.step()
    assert broker.pipe.changes() == ("connected", "lost")
    assert "refuses our subscription to gw/ltn/to/s/#" in broker.pipe.status.words


def test_a_suback_for_fewer_topics_than_asked_is_not_believed() -> None:
    broker = ScriptedBroker(MqttPlace("h", 1, ("a", "b"), "me"))
    broker.dial_through()
    broker.heard()
    broker.say(connack())
    broker.step()
    (subscribe,) = broker.heard()
    broker.say(suback(int.from_bytes(subscribe.body[:2], "big"), 0))
    broker.step()
    assert broker.pipe.status.state == "waiting"
    assert "SUBACK answers 1 topics, 2 were asked" in broker.pipe.status.words
    broker.close_all()


@pytest.mark.parametrize(
    ("answered", "words"), [(False, "no CONNACK within 15 s"), (True, "no SUBACK within 15 s")]
)
def test_a_silent_broker_is_given_up_after_fifteen_seconds(answered: bool, words: str) -> None:
    broker = ScriptedBroker()
    broker.dial_through()
    if answered:
        broker.say(connack())
        broker.step()
    broker.step(15_000)
    assert broker.pipe.status.state in ("connecting", "subscribing")
    broker.step(200)
    assert broker.pipe.status.state == "waiting"
    assert words in broker.pipe.status.words
    broker.close_all()


def test_a_silent_connection_is_pinged_after_60_s_and_dead_after_90(broker: ScriptedBroker) -> None:
    broker.bring_up()
    broker.step(59_800)
    assert broker.heard() == []
    broker.step(300)
    assert [p.kind for p in broker.heard()] == [12]
    broker.step(20_000)
    broker.say(PINGRESP)
    broker.step()
    broker.step(59_800)
    assert broker.heard() == []
    broker.step(300)
    assert [p.kind for p in broker.heard()] == [12]  # asked again, since the answer counted
    broker.step(29_700)
    assert broker.pipe.status.state == "up"
    broker.step(300)
    assert broker.pipe.status.state == "waiting"
    assert "nothing heard from the broker for 90 s" in broker.pipe.status.words
    assert broker.pipe.changes()[-1] == "lost"


def test_our_own_sending_does_not_hide_a_broker_that_went_silent(broker: ScriptedBroker) -> None:
    broker.bring_up()
    for _ in range(8):
        broker.step(10_000)
        broker.pipe.send("gw/me/to/ltn/x", b"snapshot")
    assert broker.pipe.status.state == "up"
    broker.step(10_000)
    assert broker.pipe.status.state == "waiting"


def test_a_quiet_client_pings_although_the_broker_keeps_talking(broker: ScriptedBroker) -> None:
    broker.bring_up()
    for _ in range(7):
        broker.step(10_000)
        broker.say(publish(TOPIC, b"x"))
        broker.pipe.poll(20)
    assert [p.kind for p in broker.heard()] == [12]


@pytest.mark.parametrize("seed", range(30))
def test_garbage_ends_the_connection_and_nothing_else(seed: int) -> None:
    dice = random.Random(seed)
    broker = ScriptedBroker()
    if seed % 2:
        broker.bring_up()
    else:
        broker.dial_through()
    for _ in range(40):
        if broker.pipe.status.state == "waiting":
            broker.bring_up()
        if dice.random() < 0.5:
            broker.say(dice.randbytes(dice.randrange(1, 200)))
        else:  # a well-framed packet with nonsense inside reaches the decoder
            broker.say(packet(dice.randrange(16), dice.randrange(16), dice.randbytes(dice.randrange(30))))
        broker.step()
        broker.pipe.poll(20)
    broker.pipe.drop(broker.net_ms, "enough")
    broker.bring_up()
    broker.close_all()


def test_an_oversize_message_is_refused_by_its_declared_length_before_it_is_buffered(
    broker: ScriptedBroker,
) -> None:
    broker.bring_up()
    broker.say(publish(TOPIC, b"x" * (65536 - len(TOPIC) - 2)))
    broker.step()
    broker.step()
    assert len(broker.pipe.poll(20)) == 1
    broker.say(b"\x30" + b"\x81\x80\x04")  # 65537 bytes announced, none sent
    broker.step()
    assert broker.pipe.counts.oversize == 1
    assert "65537 bytes was announced" in broker.pipe.status.words
    assert broker.pipe.status.state == "waiting"


def test_a_higher_qos_than_subscribed_is_refused(broker: ScriptedBroker) -> None:
    broker.bring_up()
    broker.say(publish(TOPIC, b"x", qos=2))
    broker.step()
    assert "QoS 2" in broker.pipe.status.words
    assert broker.pipe.poll(20) == []


def test_at_most_twenty_messages_and_64_kib_are_taken_per_step(broker: ScriptedBroker) -> None:
    broker.bring_up()
    broker.say(*(publish(TOPIC, b"%d" % n) for n in range(60)))
    taken = []
    for _ in range(3):
        broker.step()
        taken.append(len(broker.pipe.poll(1000)))
    assert taken == [20, 20, 20]
    before = broker.pipe.counts.bytes_in
    broker.far.setblocking(False)
    sent = 0
    while sent < 300_000:
        try:
            sent += broker.far.send(publish(TOPIC, b"y" * 9000))
        except BlockingIOError:
            break
    assert sent > 128 * 1024
    broker.step()
    assert 0 < broker.pipe.counts.bytes_in - before <= 64 * 1024


def test_nothing_is_read_while_nobody_polls(broker: ScriptedBroker) -> None:
    broker.bring_up()
    broker.far.setblocking(True)
    for _ in range(30):
        broker.say(*(publish(TOPIC, b"z") for _ in range(20)))
        broker.step()
    assert len(broker.pipe.poll(10_000)) == MAX_INBOX
    for _ in range(30):
        broker.step()
    assert len(broker.pipe.poll(10_000)) == MAX_INBOX


def test_one_byte_at_a_time_is_a_whole_message_in_the_end(broker: ScriptedBroker) -> None:
    broker.bring_up()
    for byte in publish(TOPIC, b"slowly"):
        broker.say(bytes([byte]))
        broker.step(1000)
    assert [d.payload for d in broker.pipe.poll(20)] == [b"slowly"]


def test_a_message_that_never_completes_does_not_occupy_the_connection_for_ever(
    broker: ScriptedBroker,
) -> None:
    broker.bring_up()
    for byte in publish(TOPIC, b"s" * 100)[:60]:
        assert broker.pipe.status.state == "up"
        broker.say(bytes([byte]))
        broker.step(1000)
    assert "did not arrive whole within 60 s" in broker.pipe.status.words


def test_a_broker_that_does_not_read_fills_a_bounded_queue_and_the_rest_is_refused(
    broker: ScriptedBroker,
) -> None:
    broker.bring_up()
    accepted = 0
    for _ in range(3000):
        accepted += broker.pipe.send("gw/me/to/ltn/x", b"w" * 1000)
    assert broker.pipe.counts.unsent == 3000 - accepted > 0
    assert accepted - broker.pipe.counts.messages_out <= MAX_UNSENT
    assert not broker.pipe.send("gw/me/to/ltn/x", b"w" * (MAX_UNSENT_BYTES + 1))
    drained = 0
    for _ in range(50):
        drained += len(broker.heard())
        broker.step()
    assert drained == accepted


def test_what_was_queued_when_the_connection_broke_is_counted_as_lost(broker: ScriptedBroker) -> None:
    broker.bring_up()
    while broker.pipe.send("gw/me/to/ltn/x", b"w" * 1000):
        pass
    before = broker.pipe.counts.unsent
    queued = MAX_UNSENT
    broker.far.close()
    broker.step()
    assert broker.pipe.counts.unsent == before + queued
    assert broker.pipe.status.state == "waiting"


def test_sending_while_not_up_says_no_and_is_counted(broker: ScriptedBroker) -> None:
    assert not broker.pipe.send("t", b"x")
    broker.dial_through()
    assert not broker.pipe.send("t", b"x")
    assert broker.pipe.counts.unsent == 2


def test_back_off_doubles_to_a_minute_and_starts_over_after_a_connection_that_held() -> None:
    broker = ScriptedBroker(uniform=0.999)
    waits = []
    for _ in range(8):
        broker.next_dialer.append(FakeDialer(None, "nobody answers"))
        while broker.pipe.status.state == "waiting":
            broker.step(10)
        began = broker.net_ms
        broker.step(10)
        while broker.pipe.status.state == "waiting" and not broker.next_dialer:
            waits.append(broker.pipe.status.words)
            break
        broker.net_ms = began
    seconds = [int(words.split("next try in ")[1].split()[0]) for words in waits]
    assert seconds == [1, 3, 7, 15, 31, 59, 59, 59]
    broker.bring_up()
    broker.step(10_000)
    broker.step(10_000)
    broker.step(11_000)
    broker.far.close()
    broker.step()
    assert "next try in 1 s" in broker.pipe.status.words
    broker.close_all()


@pytest.mark.parametrize(("uniform", "seconds"), [(0.0, 300), (0.999, 359)])
def test_a_wrong_certificate_is_asked_again_after_five_minutes_and_not_before(
    uniform: float, seconds: int
) -> None:
    broker = ScriptedBroker(uniform=uniform)
    for _ in range(3):
        broker.next_dialer.append(FakeDialer(None, "certificate of another house", state="certificate"))
        while broker.pipe.status.state == "waiting":
            broker.step(1000)
        broker.step(10)
        assert f"next try in {seconds} s" in broker.pipe.status.words
    dials, began = broker.pipe.counts.dials, broker.net_ms
    while broker.pipe.counts.dials == dials:
        broker.step(1000)
    assert broker.net_ms - began >= 300_000
    assert all(dialer.closed for dialer in broker.dialers[:3])
    broker.close_all()


class SpeaksTls(socket.socket):
    """A connection whose far end says by an alert what it thinks of our certificate."""

    alert = ""

    def recv(self, *_: object) -> bytes:
        error = ssl.SSLError(1, f"[SSL: {self.alert}] alert")
        error.reason = self.alert
        raise error


@pytest.mark.parametrize(
    ("alert", "words", "soon"),
    [
        ("SSLV3_ALERT_CERTIFICATE_REVOKED", "turned our certificate away", False),
        ("TLSV13_ALERT_CERTIFICATE_REQUIRED", "turned our certificate away", False),
        ("TLSV1_ALERT_UNKNOWN_CA", "turned our certificate away", False),
        ("TLSV1_ALERT_INTERNAL_ERROR", "the connection broke", True),
    ],
)
def test_a_broker_that_judges_our_certificate_late_is_not_asked_again_soon(
    alert: str, words: str, soon: bool
) -> None:
    broker = ScriptedBroker()
    ours, theirs = socket.socketpair()
    speaks = SpeaksTls(fileno=ours.detach())
    speaks.alert = alert
    broker.next_dialer.append(FakeDialer(speaks))
    broker.dial_through()
    broker.step()
    assert words in broker.pipe.status.words
    assert ("next try in 300 s" in broker.pipe.status.words) is not soon
    theirs.close()
    broker.close_all()


def test_being_kicked_at_once_again_and_again_points_to_a_second_client_with_our_id() -> None:
    broker = ScriptedBroker(uniform=0.999)
    for _ in range(12):
        broker.bring_up()
        broker.step(500)
        broker.far.close()
        broker.step()
    assert "another client may be using our id" in broker.pipe.status.words
    assert "next try in 299 s" in broker.pipe.status.words
    broker.close_all()


def test_a_dialer_without_deadlines_is_given_up(broker: ScriptedBroker) -> None:
    broker.next_dialer.append(FakeDialer(None, state="resolving"))
    while broker.pipe.status.state == "waiting":
        broker.step()
    broker.step(90_000)
    assert broker.pipe.status.state == "dialing"
    broker.step(1000)
    assert "longer than 90 s" in broker.pipe.status.words
    assert broker.dialers[0].closed


def test_drop_breaks_off_and_waits_at_least_the_pause(broker: ScriptedBroker) -> None:
    broker.bring_up()
    broker.pipe.changes()
    broker.pipe.drop(broker.net_ms, "the peer floods us", pause_ms=60_000)
    assert broker.pipe.changes() == ("lost",)
    broker.step(59_900)
    assert broker.pipe.status.state == "waiting"
    assert "floods" in broker.pipe.status.words
    broker.step(200)
    assert broker.pipe.status.state == "dialing"


def test_close_says_goodbye_and_never_dials_again(broker: ScriptedBroker) -> None:
    broker.bring_up()
    broker.pipe.close()
    assert [p.kind for p in broker.heard()] == [14]
    broker.step(1_000_000)
    assert broker.pipe.status.state == "closed"
    assert broker.pipe.counts.dials == 1


def test_user_and_password_are_sent_when_configured() -> None:
    broker = ScriptedBroker(MqttPlace("h", 1, ("a",), "me", username="house", password="secret"))
    broker.dial_through()
    (connect,) = broker.heard()
    assert connect.body.endswith(b"\0\2me\0\5house\0\6secret")
    broker.close_all()


def test_a_lasting_session_and_qos_1_can_be_asked_for() -> None:
    broker = ScriptedBroker(MqttPlace("h", 1, ("a",), "me", clean_session=False, qos=1))
    broker.dial_through()
    (connect,) = broker.heard()
    assert connect.body[7] == 0
    broker.say(connack())
    broker.step()
    (subscribe,) = broker.heard()
    assert subscribe.body.endswith(b"a\1")
    broker.say(suback(int.from_bytes(subscribe.body[:2], "big"), 1), publish("a", b"x", qos=1))
    broker.step()
    assert [d.payload for d in broker.pipe.poll(5)] == [b"x"]
    assert [p.kind for p in broker.heard()] == [4]
    for _ in range(30):
        broker.pipe.send("b", b"y", qos=1)
    assert len(broker.heard()) == 10  # paho never holds more than ten unacknowledged messages
    broker.close_all()


def test_the_default_place_is_the_protocols_own() -> None:
    assert (PLACE.clean_session, PLACE.qos) == (True, 0)
