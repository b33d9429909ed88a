"""The broker without sockets keeps the promises of a real one that the links lean on."""

from __future__ import annotations

import pytest

from proto.memory import MAX_INBOX, MemoryBroker, matches
from proto.pipe import MAX_PAYLOAD_BYTES, Pipe


@pytest.mark.parametrize(
    ("pattern", "topic", "covered"),
    [
        ("a/b", "a/b", True),
        ("a/b", "a/c", False),
        ("a/#", "a/b/c", True),
        ("a/#", "a", True),
        ("a/+/c", "a/x/c", True),
        ("a/+", "a/x/c", False),
        ("a/b/c", "a/b", False),
        ("#", "anything/at/all", True),
    ],
)
def test_subscriptions_cover_topics_as_mqtt_says(pattern: str, topic: str, covered: bool) -> None:
    assert matches(pattern, topic) is covered


def test_messages_reach_subscribers_in_order_after_the_latency() -> None:
    broker = MemoryBroker(latency_ms=200)
    sender, receiver = broker.pipe("x/#"), broker.pipe("gw/+/to/me/#")
    for pipe in (sender, receiver):
        pipe.step(1000)
    assert sender.send("gw/you/to/me/ping", b"1")
    assert sender.send("gw/you/to/me/ping", b"2")
    assert sender.send("gw/you/to/other/ping", b"3")
    receiver.step(1100)
    assert receiver.poll(10) == []
    receiver.step(1200)
    assert [d.payload for d in receiver.poll(1)] == [b"1"]
    assert [d.payload for d in receiver.poll(9)] == [b"2"]


def test_a_cut_pipe_is_lost_sends_nothing_and_comes_back_subscribed() -> None:
    broker = MemoryBroker()
    pipe, other = broker.pipe("a"), broker.pipe("b")
    for each in (pipe, other):
        each.step(0)
    assert pipe.changes() == ("connected", "subscribed")
    pipe.cut()
    assert not pipe.send("b", b"x")
    pipe.step(100)
    assert pipe.changes() == ("lost",)
    assert pipe.status.words == "the connection is cut"
    assert other.send("a", b"nobody hears it")
    pipe.restore()
    pipe.step(200)
    assert pipe.changes() == ("connected", "subscribed")
    assert pipe.poll(10) == []


def test_a_broker_that_is_down_takes_all_pipes_with_it() -> None:
    broker = MemoryBroker()
    pipe = broker.pipe("a")
    pipe.step(0)
    broker.up = False
    pipe.step(1)
    assert pipe.status.state == "waiting"
    broker.up = True
    pipe.step(2)
    assert pipe.status.state == "up"


def test_a_retained_message_is_delivered_as_such_to_a_new_subscriber() -> None:
    broker = MemoryBroker()
    broker.publish("a", b"old order", 0, retain=True)
    pipe = broker.pipe("a")
    pipe.step(5)
    assert [(d.payload, d.retained) for d in pipe.poll(5)] == [(b"old order", True)]


def test_queue_and_size_are_bounded() -> None:
    broker = MemoryBroker()
    pipe = broker.pipe("a")
    pipe.step(0)
    broker.publish("a", b"x" * (MAX_PAYLOAD_BYTES + 1), 0)
    for _ in range(MAX_INBOX + 5):
        broker.publish("a", b"x", 0)
    assert len(pipe.poll(10 * MAX_INBOX)) == MAX_INBOX
    assert (pipe.counts.oversize, pipe.counts.unsent) == (1, 5)


def test_a_dropped_pipe_waits_for_its_pause_and_a_closed_one_for_ever() -> None:
    broker = MemoryBroker()
    pipe: Pipe = broker.pipe("a")
    pipe.step(0)
    pipe.drop(0, "flood", 1000)
    pipe.step(999)
    assert pipe.status.state == "waiting"
    pipe.step(1000)
    assert pipe.status.state == "up"
    pipe.close()
    pipe.step(5000)
    assert pipe.status.state == "closed"
    assert not pipe.send("a", b"x")
