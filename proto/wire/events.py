"""Pings, acks and events: what the link itself says, and what is kept until the peer has acked it."""

from __future__ import annotations

from typing import Any, Literal

from msgspec import field
from msgspec.structs import replace

from proto.wire.formats import FIRST_S, LaxInt64, Message, MessageId, Sender, UTCMilliseconds


class Ping(Message, tag="gridworks.ping", frozen=True, kw_only=True):
    """Are you there? Always asks for an ack."""

    message_id: MessageId


class Ack(Message, tag="gridworks.ack", frozen=True, kw_only=True):
    """The message with this id has been received and handled."""

    ack_message_id: MessageId = field(name="AckMessageID")


class Event(Message, frozen=True, kw_only=True):
    """Base of all events: stored before it is sent, sent until acked, harmless when it arrives twice."""

    message_id: MessageId
    time_created_ms: UTCMilliseconds
    src: Sender


class StartupEvent(Event, tag="gridworks.event.startup", frozen=True, kw_only=True):
    """The program started."""


class ShutdownEvent(Event, tag="gridworks.event.shutdown", frozen=True, kw_only=True):
    """The program was asked to stop, or had to."""

    reason: str
    version: str = "001"


class ProblemEvent(Event, tag="gridworks.event.problem", frozen=True, kw_only=True):
    """Something went wrong in the program."""

    problem_type: Literal["error", "warning"]
    summary: str
    details: str = ""
    version: str = "001"


class CommEvent(Event, frozen=True, kw_only=True):
    """Base of what happens on a link; `peer_name` is the link's name (`gridworks_mqtt`)."""

    peer_name: str
    version: str = "001"


class MQTTConnectEvent(CommEvent, tag="gridworks.event.comm.mqtt.connect", frozen=True, kw_only=True):
    """The broker accepted us."""


class MQTTConnectFailedEvent(
    CommEvent, tag="gridworks.event.comm.mqtt.connect.failed", frozen=True, kw_only=True
):
    """The broker refused us."""


class MQTTDisconnectEvent(CommEvent, tag="gridworks.event.comm.mqtt.disconnect", frozen=True, kw_only=True):
    """The connection to the broker is gone."""


class MQTTFullySubscribedEvent(
    CommEvent, tag="gridworks.event.comm.mqtt.fully.subscribed", frozen=True, kw_only=True
):
    """Every subscription of the link is granted."""


class ResponseTimeoutEvent(CommEvent, tag="gridworks.event.comm.response.timeout", frozen=True, kw_only=True):
    """The peer did not ack in time."""


class PeerActiveEvent(CommEvent, tag="gridworks.event.comm.peer.active", frozen=True, kw_only=True):
    """The peer is there."""


class ProactorDbg(Message, tag="gridworks.proactor.dbg", frozen=True, kw_only=True):
    """Remote debugging: log levels by name (-1: leave it), and a command."""

    levels: dict[str, LaxInt64] = {}  # noqa: RUF012 - copied per message
    command: str | None = None


class ProactorDbgEvent(Event, tag="gridworks.event.proactor.dbg", frozen=True, kw_only=True):
    """Answer to a remote debug request; `command` says of it what was done."""

    command: ProactorDbg
    path: str = ""
    count: LaxInt64 = 0
    msg: str = ""


class AnyEvent(Event, tag="gridworks.event", frozen=True, kw_only=True):
    """An event of a kind we do not know: kept and passed on as it came."""

    time_created_ms: UTCMilliseconds = 0
    """0: it came without; whoever takes it in dates it (`dated`). Source: wire facts 2."""
    body: dict[str, Any]
    """The payload as it was on the wire, TypeName included."""

    @property
    def type_name(self) -> str:
        """TypeName as it came."""
        return str(self.body["TypeName"])


def dated(payload: Message, now_ms: int) -> Message:
    """An event of a kind we do not know that came without its time is of now (Unix ms), if now is known."""
    if not isinstance(payload, AnyEvent) or payload.time_created_ms or now_ms < 1000 * FIRST_S:
        return payload
    return replace(payload, time_created_ms=now_ms, body={**payload.body, "TimeCreatedMs": now_ms})


def is_event(payload: Message) -> bool:
    """Does `payload` have to be stored until it is acked?"""
    return isinstance(payload, Event)
