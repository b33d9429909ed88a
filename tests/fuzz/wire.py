"""What arrives by wire: topics, JSON, messages of every type, and what a house makes of them.

A message that is taken must be legal by three measures: it can be said again and then means the same, the
reference's own types read it too, and to this house it is a known actuator and a value it can have.
"""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Any

import msgspec

from layouts.settings import Settings
from proto.conversation import Conversation
from proto.understood import SecondReadings
from proto.wire import KNOWN, Malformed, decode, decode_payload, encode_payload, parse_topic, topic
from proto.wire.readings import ReportEvent
from proto.wire.strict_json import LIMITS, parse
from proto.words import ADMIN, LOCAL, UPSTREAM
from states.image import HeardAdmin, HeardAnalog
from tests.fuzz.engine import Target
from tests.wire.examples import envelope, example, on_the_wire
from tests.wire.peers import LTN, SCADA, admin_analog, analog, dispatch, heartbeat, params
from tests.wire.scenes import Ids, house, now

PLACES = {UPSTREAM: (LTN, "s"), ADMIN: ("admin", SCADA), LOCAL: (f"{SCADA}.s2", "s")}
NAME = re.compile(r"[a-z0-9-]{1,255}", re.ASCII)


def joined(where: str, body: bytes) -> bytes:
    """A topic and a body as one input: the topic is its first line."""
    return where.encode() + b"\n" + body


def parted(data: bytes) -> tuple[str, bytes]:
    """And apart again."""
    where, _, body = data.partition(b"\n")
    return where.decode("utf-8", "replace"), body


# ------------------------------------------------------------------------------------------- topics, JSON


def topics() -> list[bytes]:
    """Topics of every shape that occurs."""
    names = (SCADA, "s", "ltn", "admin", "s2", LTN, f"{SCADA}.s2")
    return [
        topic(src, dst, name).encode() for src in names for dst in names[:4] for name in sorted(KNOWN)[::9]
    ]


def take_topic(data: bytes) -> bool:
    """Judged beside a plain split at the slashes."""
    text = data.decode("utf-8", "replace")
    parts = text.split("/")
    legal = (
        len(parts) >= 5
        and not re.search("[\\x00- +#\\x7f]", "/".join(parts[5:]))
        and len("/".join(parts[5:])) <= 1024
        and (parts[0], parts[2]) == ("gw", "to")
        and all(NAME.fullmatch(part) for part in (parts[1], parts[3], parts[4]))
    )
    try:
        found = parse_topic(text)
    except Malformed:
        assert not legal, "a legal topic was refused"
        return False
    assert legal, "a topic was taken that is none"
    assert topic(found.src, found.dst, found.type_name) == "/".join(parts[:5])
    return True


def take_json(data: bytes) -> bool:
    """Whatever is taken reads the same with a plain parser, and is within the limits."""
    try:
        found = parse(data)
    except Malformed:
        return False
    assert found == json.loads(data)
    assert len(data) <= LIMITS.max_bytes
    assert deep(found) <= LIMITS.max_depth
    return True


def deep(value: Any) -> int:
    """Levels of nesting."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return 0 if inner is None else 1 + max(map(deep, inner), default=0)


# ------------------------------------------------------------------------------------------------ messages


def messages() -> list[bytes]:
    """One legal message of every type, with its topic."""
    return [joined(*on_the_wire(example(name))) for name in sorted(KNOWN)]


@cache
def reference() -> dict[str, Any]:
    """The reference's own types by name, where it has them."""
    from tests.wire.test_oracle import MODELS, NOT_OURS

    return {name: model for name, model in MODELS.items() if name not in NOT_OURS}


def take_message(data: bytes) -> bool:
    """See the measures above."""
    where, body = parted(data)
    try:
        incoming = decode(where, body)
    except Malformed:
        return False
    payload = incoming.payload
    assert incoming.src
    assert incoming.topic.type_name == payload.type_name == incoming.message_type
    if not isinstance(payload, ReportEvent):  # an empty list may be heard, but is not said
        said = encode_payload(payload)
        assert decode_payload(msgspec.json.decode(said)) == payload, "it does not mean the same when said"
        model = reference().get(payload.type_name)
        if model is not None:
            model.model_validate_json(said)
    return True


# ---------------------------------------------------------------------------------------------- commands


def commands() -> list[bytes]:
    """Whatever a peer may tell this house to do, on the link it belongs to."""
    said = [
        (ADMIN, dispatch("relay2", "change.relay.state", "OpenRelay")),
        (ADMIN, dispatch("relay5", "change.heat.pump.control", "SwitchToScada")),
        (ADMIN, dispatch("hp-boss", "turn.hp.on.off", "TurnOn")),
        (ADMIN, admin_analog()),
        (ADMIN, {"TypeName": "admin.keep.alive", "Version": "000", "AdminTimeoutSeconds": 60}),
        (ADMIN, {"TypeName": "admin.release.control", "Version": "000"}),
        (UPSTREAM, heartbeat()),
        (UPSTREAM, analog(boss="ltn.la", FromGNodeAlias=LTN)),
        (UPSTREAM, params(example("ha1.params"))),
        (UPSTREAM, example("send.snap") | {"FromGNodeAlias": LTN}),
        (LOCAL, example("synced.readings")),
        (LOCAL, example("power.watts")),
        (LOCAL, example("glitch")),
    ]
    return [_addressed(link, payload) for link, payload in said]


def _addressed(link: str, payload: dict[str, Any]) -> bytes:
    src, dst = PLACES[link]
    body = json.dumps(envelope(payload, Src=src, Dst=dst)).encode()
    return joined(topic(src, dst, payload["TypeName"]), body)


own_house = cache(house)


def take_command(data: bytes) -> bool:
    """Understood or refused; what is understood is about something this house has."""
    where, body = parted(data)
    home = own_house()
    talk = Conversation(home, Settings(), Ids())
    link = next((name for name, place in PLACES.items() if where.startswith(topic(*place, ""))), UPSTREAM)
    try:
        heard = talk.hear(now(), link, decode(where, body))
    except Malformed:
        return False
    if isinstance(heard, (HeardAdmin, HeardAnalog)):
        analogs = {output.node for output in home.zero_tens}
        assert heard.actuator is None or heard.actuator in home.actuators
        assert 0 <= heard.value <= (100 if heard.actuator in analogs else 1)
    if isinstance(heard, HeardAdmin):
        assert heard.lease_s is None or 0 < heard.lease_s <= 86_400
    if isinstance(heard, SecondReadings):
        assert heard.samples
    return True


TARGETS = (
    Target("topic", 150, topics, take_topic),
    Target("json", 150, lambda: [parted(data)[1] for data in messages()], take_json),
    Target("message", 450, messages, take_message),
    Target("command", 90, commands, take_command),
)
