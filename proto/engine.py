"""paho-mqtt as a pure packet engine: it writes and reads MQTT 3.1.1 on a socket that somebody else connected.

Two private names of paho 2.2 are used, `_create_socket` and `_send_pingreq`; `tests/links/test_engine.py`
fails when a release moves them. The parts of paho with a clock (`loop_misc`, reconnecting, threads) rest.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any

import paho.mqtt.client as paho
from paho.mqtt import MQTTException
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion

from proto.framing import FramedSocket
from proto.pipe import Delivery

KEEPALIVE_S = 60
MAX_PAHO_QUEUE = 10
"""Messages paho may hold for QoS 1; QoS 0 ones are handed over one at a time."""

ENGINE_ERRORS = (
    OSError,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    RuntimeError,
    ArithmeticError,
    struct.error,
    MQTTException,
)
"""What paho may raise on bytes that no broker would send; the connection is ended for it."""

SUCCESS = MQTTErrorCode.MQTT_ERR_SUCCESS
QUEUE_FULL = MQTTErrorCode.MQTT_ERR_QUEUE_SIZE

_CONNACK = 2
CONNACK_WORDS = {
    1: "the broker does not speak MQTT 3.1.1",
    2: "the broker rejects our client id",
    3: "the broker says it is not available",
    4: "the broker rejects the user name or password",
    5: "the broker says we are not authorised",
}


class Engine(paho.Client):
    """One MQTT client; `attach` gives it a connected socket and sends CONNECT."""

    def __init__(self, client_id: str, clean_session: bool, take: Callable[[Delivery], None]) -> None:
        super().__init__(
            CallbackAPIVersion.VERSION2,
            client_id=client_id,
            clean_session=clean_session,
            protocol=MQTTProtocolVersion.MQTTv311,
            reconnect_on_failure=False,
        )
        self.max_queued_messages_set(MAX_PAHO_QUEUE)
        self.max_inflight_messages_set(MAX_PAHO_QUEUE)
        self.framed: FramedSocket | None = None
        self.accepted = False
        self.granted: tuple[int, ...] | None = None
        """SUBACK codes, one per topic, once they have come."""
        self._take = take
        self.on_connect = self._note_connect
        self.on_subscribe = self._note_subscribe
        self.on_message = self._note_message

    def attach(self, framed: FramedSocket, host: str, port: int) -> MQTTErrorCode:
        """Start a conversation on `framed`: forget the last one, send CONNECT."""
        if self.framed is None:
            self.connect_async(host, port, KEEPALIVE_S)
        self.framed = framed
        self.accepted = False
        self.granted = None
        return self.reconnect()

    def ping(self) -> None:
        """Send PINGREQ."""
        self._send_pingreq()

    def refusal(self, packet: bytes) -> str | None:
        """Why the broker refused us, if `packet` is a CONNACK that does."""
        if len(packet) == 4 and packet[0] >> 4 == _CONNACK and packet[3]:
            return CONNACK_WORDS.get(packet[3], f"the broker refuses us with code {packet[3]}")
        return None

    def _create_socket(self) -> Any:
        return self.framed

    def _note_connect(self, _c: Any, _u: Any, _flags: Any, reason: Any, _p: Any) -> None:
        self.accepted = not reason.is_failure

    def _note_subscribe(self, _c: Any, _u: Any, _mid: int, reasons: Any, _p: Any) -> None:
        self.granted = tuple(int(reason.value) for reason in reasons)

    def _note_message(self, _c: Any, _u: Any, message: paho.MQTTMessage) -> None:
        self._take(Delivery(message.topic, bytes(message.payload), bool(message.retain)))
