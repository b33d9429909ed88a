"""Topic and envelope: from a payload to bytes for the broker, and from a broker's bytes to a payload."""

from __future__ import annotations

import re
from typing import Any

import msgspec
from msgspec import Struct

from proto.wire.catalogue import KNOWN
from proto.wire.events import AnyEvent, Event, Ping
from proto.wire.formats import IllegalMessage, Malformed, Message
from proto.wire.lenient import plain_uuid, softened
from proto.wire.strict_json import LIMITS, Limits, parse

MAX_SENT_BYTES = 1_048_576
_TOPIC = re.compile(
    r"\Agw/([a-z0-9-]{1,255})/to/([a-z0-9-]{1,255})/([a-z0-9-]{1,255})(?:/[^\x00-\x20+#\x7f]{0,1024})?\Z"
)
"""What follows a fifth word is nobody's: it is not read."""
_SENDABLE = re.compile(r"\A[a-z][a-z0-9]*(?:[.-][a-z0-9]+)*\Z")


class Topic(Struct, frozen=True):
    """Where a message was published. Dashes are read as dots, so a name with a dash comes out dotted."""

    src: str
    dst: str
    type_name: str


class Header(Struct, frozen=True, tag_field="TypeName", tag="gridworks.header", rename="pascal"):
    """The envelope's header."""

    src: str
    dst: str = ""
    message_type: str = ""
    message_id: str = ""
    ack_required: bool = False
    version: str = "001"


class Incoming(Struct, frozen=True):
    """A message that was accepted: every field checked, header and payload in agreement."""

    topic: Topic
    src: str
    dst: str
    message_type: str
    message_id: str
    ack_required: bool
    payload: Message


def topic(src: str, dst: str, type_name: str) -> str:
    """`gw/<src>/to/<dst>/<type>` with every dot turned into a dash."""
    return f"gw/{src}/to/{dst}/{type_name}".replace(".", "-")


def parse_topic(text: str) -> Topic:
    """The parts of a topic; raises `Malformed`."""
    match = _TOPIC.match(text)
    if match is None:
        raise Malformed("topic", "The topic is not gw/<source>/to/<destination>/<type>")
    src, dst, type_name = match.groups()
    return Topic(src.replace("-", "."), dst.replace("-", "."), type_name.replace("-", "."))


# ------------------------------------------------------------------------------------------- sending

_encoder = msgspec.json.Encoder()
_readers: dict[type[Message], msgspec.json.Decoder[Message]] = {}


def encode_payload(payload: Message) -> bytes:
    """The payload alone as JSON; raises `IllegalMessage` when it breaks its own rules."""
    payload.check_before_sending()
    kind = type(payload)
    try:
        if isinstance(payload, AnyEvent):
            return _encoder.encode(payload.body)
        body = _encoder.encode(payload)
        reader = _readers.get(kind)
        if reader is None:
            reader = _readers[kind] = msgspec.json.Decoder(kind)
        reader.decode(body)  # msgspec checks types when it reads, not when we construct
    except (msgspec.ValidationError, msgspec.DecodeError, TypeError, ValueError, OverflowError) as error:
        raise IllegalMessage(f"{payload.type_name}: {error}") from error
    return body


def message_id(payload: Message) -> str:
    """The id that stands in the header: the payload's own, or none."""
    return str(getattr(payload, "message_id", ""))


def encode(src: str, dst: str, payload: Message) -> bytes:
    """The whole envelope, header derived from the payload; raises `IllegalMessage`.

    An event's own `Src` may lie below `src`: a secondary SCADA's event passes through the primary.
    """
    if not _SENDABLE.match(src) or not _SENDABLE.match(dst):
        raise IllegalMessage(f"{payload.type_name} cannot go from '{src}' to '{dst}': not names")
    body = encode_payload(payload)
    header = Header(
        src,
        dst,
        payload.type_name,
        message_id(payload),
        isinstance(payload, (Event, Ping)),
    )
    whole = b'{"Header":%b,"Payload":%b,"TypeName":"gw"}' % (_encoder.encode(header), body)
    if len(whole) > MAX_SENT_BYTES:
        raise IllegalMessage(f"{payload.type_name} has {len(whole)} bytes, more than {MAX_SENT_BYTES}")
    return whole


# ----------------------------------------------------------------------------------------- receiving


def decode_payload(found: Any) -> Message:
    """The payload in a parsed JSON object, read as leniently as the peers read it; raises `Malformed`."""
    if not isinstance(found, dict):
        raise Malformed("envelope", "The envelope has no Payload object")
    name = found.get("TypeName")
    kind = KNOWN.get(name) if isinstance(name, str) else None
    try:
        if kind is not None:
            return msgspec.convert(softened(kind, found), kind)
        if isinstance(name, str) and name.startswith("gridworks.event"):
            event = softened(AnyEvent, {**found, "TypeName": "gridworks.event", "Body": found})
            return msgspec.convert(event, AnyEvent)
    except msgspec.ValidationError as error:
        raise Malformed(f"illegal {name if kind else 'event'}", f"{name}: {error}") from None
    raise Malformed("unknown-type", f"No message is called {name!r}")


def _check_agreement(where: Topic, header: Header, payload: Message) -> str:
    """Header, topic and payload must say the same; returns the message id.

    Only an event may be by somebody else than who sends it: by a part of the sender (`<scada>.s2`).
    """
    name = payload.type_name
    if header.message_type not in ("", name) or where.type_name != name:
        raise Malformed("mixed-types", f"Topic, header and payload name different types ({name})")
    own = message_id(payload)
    if own and header.message_id not in ("", own) and plain_uuid(header.message_id) != own:
        raise Malformed("mixed-ids", f"Header and payload of {name} carry different message ids")
    if isinstance(payload, Event) and not f"{payload.src}.".startswith(f"{header.src}."):
        raise Malformed("mixed-senders", f"Header and payload of {name} name different senders")
    return own or header.message_id


def decode(text: str, body: bytes, limits: Limits = LIMITS) -> Incoming:
    """What arrived on topic `text`, checked in full; raises `Malformed` and nothing else."""
    where = parse_topic(text)
    envelope = parse(body, limits)
    if envelope.get("TypeName", "gw") != "gw":
        raise Malformed("envelope", "The envelope is not of TypeName gw")
    try:
        header = msgspec.convert(envelope.get("Header"), Header)
    except msgspec.ValidationError as error:
        raise Malformed("header", f"The header is wrong: {error}") from None
    if not header.src:
        raise Malformed("header", "The header names no sender")
    payload = decode_payload(envelope.get("Payload"))
    own = _check_agreement(where, header, payload)
    return Incoming(where, header.src, header.dst, payload.type_name, own, header.ack_required, payload)
