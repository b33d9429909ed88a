"""One connection to a broker, from CONNECT to its end: accepted, subscribed, messages, kept alive."""

from __future__ import annotations

import ssl
from collections import deque

from msgspec import Struct

from proto.engine import ENGINE_ERRORS, QUEUE_FULL, SUCCESS, Engine
from proto.framing import FramedSocket, FramingError, Oversize
from proto.pipe import (
    CONNECTED,
    CONNECTING,
    MAX_PAYLOAD_BYTES,
    MAX_UNSENT,
    MAX_UNSENT_BYTES,
    SUBSCRIBED,
    SUBSCRIBING,
    UP,
    Delivery,
    PipeCounts,
)

READ_BUDGET_BYTES = 64 * 1024
PACKETS_PER_STEP = 20
MAX_INBOX = 100
"""Messages nobody has polled; beyond it nothing more is read and the broker has to wait."""
ANSWER_DEADLINE_MS = 15_000
"""For CONNACK, and again for SUBACK."""
PING_AFTER_MS = 60_000
DEAD_AFTER_MS = 90_000
PACKET_DEADLINE_MS = 60_000
"""A message that trickles in may not occupy the connection longer."""
CERTIFICATE_ALERTS = ("_CERTIFICATE", "_UNKNOWN_CA", "_ACCESS_DENIED")
"""Parts of OpenSSL's reasons for an alert that is about our certificate."""


class MqttPlace(Struct, frozen=True):
    """Where and how to speak to a broker."""

    host: str
    port: int
    topics: tuple[str, ...]
    client_id: str
    username: str = ""
    password: str = ""
    clean_session: bool = True
    qos: int = 0
    max_packet_bytes: int = MAX_PAYLOAD_BYTES
    """Longer packets are refused by their declared length. An ATN must allow more: a layout may need it."""


class Talk:
    """Drives `engine` on `framed`. `step` returns why the connection is over, or an empty string."""

    def __init__(
        self,
        place: MqttPlace,
        engine: Engine,
        framed: FramedSocket,
        inbox: deque[Delivery],
        counts: PipeCounts,
        net_ms: int,
    ) -> None:
        self.state = CONNECTING
        self.since_net_ms = net_ms
        self.changes: list[str] = []
        self.framed = framed
        self.turned_away = False
        """Did the broker end TLS with an alert before it accepted us? Then it wants another certificate."""
        self._place = place
        self._engine = engine
        self._inbox = inbox
        self._counts = counts
        self._outbox: deque[tuple[str, bytes, int]] = deque()
        self._outbox_bytes = 0
        self._heard_net_ms = self._spoke_net_ms = net_ms
        self._seen_in = self._seen_out = 0
        self._seen_packets = 0
        self._packet_net_ms = net_ms
        self._pinged = False
        self._broken = ""
        try:
            engine.attach(framed, place.host, place.port)
        except ENGINE_ERRORS as error:
            self._broken = f"CONNECT could not be sent: {error}"

    def step(self, net_ms: int) -> str:
        """Read, advance, write, keep alive; returns the reason when the connection is over."""
        return (
            self._broken or self._read() or self._advance(net_ms) or self._write() or self._keep_alive(net_ms)
        )

    def send(self, topic: str, payload: bytes, qos: int) -> bool:
        """Queue a message and write what the socket takes now; False when too much is waiting."""
        size = len(payload)
        if len(self._outbox) >= MAX_UNSENT or self._outbox_bytes + size > MAX_UNSENT_BYTES:
            return False
        self._outbox.append((topic, payload, qos))
        self._outbox_bytes += size
        self._write()
        return True

    def end(self, goodbye: bool) -> int:
        """Close the socket, with a DISCONNECT when that is free; returns how many messages were lost."""
        if goodbye and not self._broken:
            try:
                self._engine.disconnect()
            except ENGINE_ERRORS as error:
                self._broken = f"DISCONNECT could not be sent: {error}"
        self.framed.close()
        return len(self._outbox)

    # ------------------------------------------------------------------------------- reading

    def _read(self) -> str:
        if len(self._inbox) >= MAX_INBOX:
            return ""
        framed = self.framed
        try:
            framed.fill(READ_BUDGET_BYTES)
            for _ in range(PACKETS_PER_STEP):
                if not framed.next_packet():
                    return self._closed_words() if framed.closed_by_peer else ""
                if self._engine.loop_read() != SUCCESS:
                    return self._engine.refusal(framed.released) or self._garbage("a packet made no sense")
        except Oversize as error:
            self._counts.oversize += 1
            return str(error)
        except FramingError as error:
            return self._garbage(str(error))
        except OSError as error:
            return self._broken_words(error)
        except ENGINE_ERRORS as error:
            return self._garbage(f"a packet made no sense ({type(error).__name__}: {error})")
        return ""

    def _garbage(self, words: str) -> str:
        self._counts.garbage += 1
        return f"the broker does not keep to MQTT: {words}"

    def _broken_words(self, error: OSError) -> str:
        """TLS 1.3: a server may judge our certificate after the handshake, even after our CONNECT."""
        reason = (error.reason or "") if isinstance(error, ssl.SSLError) else ""
        if self.state == CONNECTING and any(word in reason for word in CERTIFICATE_ALERTS):
            self.turned_away = True
            return f"the broker turned our certificate away ({reason})"
        return f"the connection broke: {error}"

    def _closed_words(self) -> str:
        if self.state == CONNECTING:
            return "the broker closed the connection without accepting us"
        return "the broker closed the connection"

    # ----------------------------------------------------------------------------- advancing

    def _advance(self, net_ms: int) -> str:
        """CONNACK and SUBACK, each within its deadline."""
        if self.state == UP:
            return ""
        if self.state == CONNECTING and self._engine.accepted:
            return self._subscribe(net_ms)
        if self.state == SUBSCRIBING and self._engine.granted is not None:
            return self._check_granted(self._engine.granted, net_ms)
        if net_ms - self.since_net_ms > ANSWER_DEADLINE_MS:
            return f"no {'CONNACK' if self.state == CONNECTING else 'SUBACK'} within 15 s"
        return ""

    def _subscribe(self, net_ms: int) -> str:
        self._counts.connects += 1
        self._enter(SUBSCRIBING, CONNECTED, net_ms)
        try:
            self._engine.subscribe([(topic, self._place.qos) for topic in self._place.topics])
        except ENGINE_ERRORS as error:
            return f"SUBSCRIBE could not be sent: {error}"
        return ""

    def _check_granted(self, granted: tuple[int, ...], net_ms: int) -> str:
        topics = self._place.topics
        if len(granted) != len(topics):
            return self._garbage(f"SUBACK answers {len(granted)} topics, {len(topics)} were asked")
        for topic, code in zip(topics, granted, strict=True):
            if code >= 128:
                return f"the broker refuses our subscription to {topic}"
        self._counts.subscribes += 1
        self._enter(UP, SUBSCRIBED, net_ms)
        return ""

    def _enter(self, state: str, change: str, net_ms: int) -> None:
        self.state = state
        self.since_net_ms = net_ms
        self.changes.append(change)

    # ------------------------------------------------------------------- writing, keep-alive

    def _write(self) -> str:
        """Hand paho one message after the other until the socket is full; trouble also ends the next step."""
        engine = self._engine
        try:
            if engine.want_write() and engine.loop_write() != SUCCESS:
                self._broken = "the connection broke while writing"
            while self._outbox and not self._broken and not engine.want_write():
                topic, payload, qos = self._outbox[0]
                code = engine.publish(topic, payload, qos).rc
                if code == QUEUE_FULL:
                    break
                if code != SUCCESS:
                    self._broken = "the connection broke while writing"
                    break
                self._outbox.popleft()
                self._outbox_bytes -= len(payload)
                self._counts.messages_out += 1
        except ENGINE_ERRORS as error:
            self._broken = f"the connection broke while writing: {error}"
        return self._broken

    def _keep_alive(self, net_ms: int) -> str:
        framed, counts = self.framed, self._counts
        if framed.bytes_in != self._seen_in:
            counts.bytes_in += framed.bytes_in - self._seen_in
            self._seen_in, self._heard_net_ms, self._pinged = framed.bytes_in, net_ms, False
        if framed.bytes_out != self._seen_out:
            counts.bytes_out += framed.bytes_out - self._seen_out
            self._seen_out, self._spoke_net_ms = framed.bytes_out, net_ms
        if framed.packets != self._seen_packets or not framed.partial or len(self._inbox) >= MAX_INBOX:
            self._seen_packets, self._packet_net_ms = framed.packets, net_ms
        elif net_ms - self._packet_net_ms >= PACKET_DEADLINE_MS:
            return "a message did not arrive whole within 60 s"
        silent_ms = net_ms - self._heard_net_ms
        if silent_ms >= DEAD_AFTER_MS:
            return "nothing heard from the broker for 90 s"
        if not self._pinged and max(silent_ms, net_ms - self._spoke_net_ms) >= PING_AFTER_MS:
            self._pinged = True
            try:
                self._engine.ping()
            except ENGINE_ERRORS as error:
                return f"PINGREQ could not be sent: {error}"
        return ""
