"""Topics and envelopes, as a peer writes them and as a stranger might."""

from __future__ import annotations

import json
from typing import Any

import pytest

from proto.wire import (
    KNOWN,
    Ack,
    IllegalMessage,
    Limits,
    Malformed,
    PeerActiveEvent,
    Ping,
    StartupEvent,
    decode,
    encode,
    is_event,
    parse_topic,
    topic,
)
from proto.wire.readings import PowerWatts
from tests.wire.examples import SCADA, UID, envelope, example, on_the_wire


def test_a_topic_is_the_names_with_dashes_and_back() -> None:
    text = topic("d1.isone.oak.scada", "ltn", "gridworks.event.comm.peer.active")
    assert text == "gw/d1-isone-oak-scada/to/ltn/gridworks-event-comm-peer-active"
    where = parse_topic(text)
    assert (where.src, where.dst) == ("d1.isone.oak.scada", "ltn")
    assert where.type_name == "gridworks.event.comm.peer.active"


@pytest.mark.parametrize(
    "text",
    [
        "", "gw", "gw/a/to/b", "gw/a/to/b/c/d\n", "gw/a/zu/b/c", "GW/a/to/b/c", "gw//to/b/c", "gw/a/to//c",
        "gw/a/to/b/", "gw/a.b/to/c/d", "gw/a/to/b/c\n", "gw/a/to/b/#", "gw/+/to/b/c", "gw/a/to/b/c\x00",
        "gw/ä/to/b/c", "/gw/a/to/b/c", "gw/a/to/b/" + "c" * 256,
    ],
)  # fmt: skip
def test_a_topic_of_another_shape_is_malformed(text: str) -> None:
    with pytest.raises(Malformed) as refused:
        parse_topic(text)
    assert refused.value.cause == "topic"


def test_a_ping_goes_out_as_the_peers_know_it() -> None:
    body = json.loads(encode("d1.oak.scada", "ltn", Ping(message_id=UID)))
    assert body == {
        "Header": {
            "Src": "d1.oak.scada", "Dst": "ltn", "MessageType": "gridworks.ping", "MessageId": UID,
            "AckRequired": True, "TypeName": "gridworks.header", "Version": "001",
        },
        "Payload": {"MessageId": UID, "TypeName": "gridworks.ping"},
        "TypeName": "gw",
    }  # fmt: skip


def test_an_ack_carries_the_capital_id_and_asks_for_nothing() -> None:
    body = json.loads(encode("d1.oak", "s", Ack(ack_message_id=UID)))
    assert body["Payload"] == {"AckMessageID": UID, "TypeName": "gridworks.ack"}
    assert body["Header"]["MessageId"] == ""
    assert body["Header"]["AckRequired"] is False


@pytest.mark.parametrize("name", sorted(KNOWN))
def test_every_message_survives_the_way_there_and_back(name: str) -> None:
    text, body = on_the_wire(example(name))
    first = decode(text, body)
    assert first.message_type == name
    again = encode(first.src, first.dst, first.payload)
    assert decode(text, again) == first
    assert json.loads(again)["Payload"] == json.loads(body)["Payload"]


@pytest.mark.parametrize("name", sorted(KNOWN))
def test_only_events_and_pings_ask_for_an_ack(name: str) -> None:
    text, body = on_the_wire(example(name))
    incoming = decode(text, body)
    header = json.loads(encode(SCADA, "ltn", incoming.payload))["Header"]
    assert header["AckRequired"] == (is_event(incoming.payload) or name == "gridworks.ping")
    assert header["AckRequired"] <= bool(header["MessageId"]), "what asks for an ack can be acked"


def test_extra_keys_are_ignored_everywhere() -> None:
    payload = {**example("power.watts"), "Colour": "red", "Nested": [{"a": 1}]}
    whole = {**envelope(payload), "More": 1}
    whole["Header"]["Extra"] = None
    incoming = decode(topic(SCADA, "ltn", "power.watts"), json.dumps(whole).encode())
    assert incoming.payload == PowerWatts(watts=7)


def test_what_may_be_left_out_may_be_left_out() -> None:
    body = b'{"Header":{"Src":"a.b"},"Payload":{"Watts":5,"TypeName":"power.watts"}}'
    incoming = decode("gw/a-b/to/s/power-watts", body)
    assert (incoming.dst, incoming.message_id, incoming.ack_required) == ("", "", False)
    assert incoming.payload == PowerWatts(watts=5)


@pytest.mark.parametrize(
    ("cause", "change"),
    [
        ("envelope", lambda e: e.update(TypeName="gx")),
        ("envelope", lambda e: e.pop("Payload")),
        ("envelope", lambda e: e.update(Payload=[1])),
        ("envelope", lambda e: e.update(Payload=None)),
        ("header", lambda e: e.pop("Header")),
        ("header", lambda e: e.update(Header="Src")),
        ("header", lambda e: e["Header"].pop("Src")),
        ("header", lambda e: e["Header"].update(Src="")),
        ("header", lambda e: e["Header"].update(Src=7)),
        ("header", lambda e: e["Header"].update(AckRequired=1)),
        ("header", lambda e: e["Header"].update(TypeName="gridworks.footer")),
        ("unknown-type", lambda e: e["Payload"].update(TypeName="no.such.type")),
        ("unknown-type", lambda e: e["Payload"].update(TypeName=7)),
        ("unknown-type", lambda e: e["Payload"].pop("TypeName")),
        ("mixed-types", lambda e: e["Header"].update(MessageType="power.watts")),
        ("mixed-ids", lambda e: e["Header"].update(MessageId="another")),
        ("mixed-senders", lambda e: e["Payload"].update(Src="d1.isone.me.versant.keene.elm.scada")),
        ("mixed-senders", lambda e: e["Header"].update(Src="d1.isone.me.versant.keene.oak.sc")),
        ("illegal gridworks.event.comm.peer.active", lambda e: e["Payload"].update(TimeCreatedMs="1")),
        ("illegal gridworks.event.comm.peer.active", lambda e: e["Payload"].update(MessageId="")),
    ],
)  # fmt: skip
def test_a_broken_envelope_is_refused_for_a_stable_cause(cause: str, change: Any) -> None:
    whole = envelope(example("gridworks.event.comm.peer.active") | {"Src": SCADA})
    text = topic(SCADA, "ltn", "gridworks.event.comm.peer.active")
    decode(text, json.dumps(whole).encode())
    change(whole)
    with pytest.raises(Malformed) as refused:
        decode(text, json.dumps(whole).encode())
    assert refused.value.cause == cause
    assert 0 < len(refused.value.words) <= 300


def test_the_topic_names_the_type_of_the_payload() -> None:
    with pytest.raises(Malformed, match="different types"):
        decode(topic(SCADA, "ltn", "glitch"), on_the_wire(example("power.watts"))[1])


def test_a_part_of_the_sender_may_be_the_author_of_an_event() -> None:
    payload = example("gridworks.event.problem") | {"Src": f"{SCADA}.s2"}
    text, body = (
        topic(SCADA, "ltn", "gridworks.event.problem"),
        json.dumps(envelope(payload, Src=SCADA)).encode(),
    )
    incoming = decode(text, body)
    assert incoming.src == SCADA
    assert json.loads(encode(SCADA, "ltn", incoming.payload))["Payload"]["Src"] == f"{SCADA}.s2"


NEWS: dict[str, Any] = {
    "TypeName": "gridworks.event.news",
    "MessageId": UID,
    "Src": SCADA,
    "TimeCreatedMs": 1_770_001_200_000,
}


def test_an_event_of_an_unknown_kind_passes_as_it_came() -> None:
    payload = {**NEWS, "Headline": ["a", {"b": None}]}
    text, body = on_the_wire(payload)
    incoming = decode(text, body)
    assert is_event(incoming.payload)
    assert incoming.payload.type_name == "gridworks.event.news"
    assert json.loads(encode(SCADA, "ltn", incoming.payload))["Payload"] == payload


@pytest.mark.parametrize("missing", ["MessageId", "Src"])
def test_an_event_of_an_unknown_kind_needs_an_id_and_a_sender(missing: str) -> None:
    payload = dict(NEWS)
    del payload[missing]
    text, body = on_the_wire(payload, Src=SCADA)
    with pytest.raises(Malformed) as refused:
        decode(text, body)
    assert refused.value.cause == "illegal event"


def test_size_and_depth_limits_can_be_set() -> None:
    text, body = on_the_wire(example("slow.contract.heartbeat"))
    assert decode(text, body, Limits(max_bytes=len(body), max_depth=3))
    with pytest.raises(Malformed) as refused:
        decode(text, body, Limits(max_bytes=len(body) - 1))
    assert refused.value.cause == "too-big"
    with pytest.raises(Malformed) as refused:
        decode(text, body, Limits(max_depth=2))
    assert refused.value.cause == "depth"


@pytest.mark.parametrize(
    "payload",
    [
        PowerWatts(watts=True),
        PowerWatts(watts=1.0),  # type: ignore[arg-type]
        PowerWatts(watts="1"),  # type: ignore[arg-type]
        PowerWatts(watts=2**63),
        PowerWatts(watts=None),  # type: ignore[arg-type]
        PowerWatts(watts=1, version=3),  # type: ignore[arg-type]
        Ping(message_id=""),
        Ping(message_id="\ud800"),
        StartupEvent(message_id=UID, time_created_ms=1, src="a"),
        StartupEvent(message_id=UID, time_created_ms=1_770_001_200_000, src=""),
        PeerActiveEvent(message_id=UID, time_created_ms=1_770_001_200_000, src="a", peer_name=object()),  # type: ignore[arg-type]
    ],
)
def test_an_illegal_message_of_ours_never_leaves(payload: Any) -> None:
    with pytest.raises(IllegalMessage):
        encode(SCADA, "ltn", payload)


@pytest.mark.parametrize(
    ("src", "dst"), [("", "ltn"), (SCADA, ""), ("a/b", "ltn"), ("a#", "s"), ("a.b", "+")]
)
def test_a_sender_or_receiver_that_would_spoil_the_topic_is_illegal(src: str, dst: str) -> None:
    with pytest.raises(IllegalMessage):
        encode(src, dst, PowerWatts(watts=1))


def test_a_message_beyond_all_measure_is_illegal() -> None:
    payload = example("glitch") | {"Details": "x" * 2_000_000}
    incoming = decode(*on_the_wire(payload), Limits(max_bytes=4_000_000))
    with pytest.raises(IllegalMessage, match="bytes"):
        encode(SCADA, "ltn", incoming.payload)
