"""The state machine of a link as a table: state and input give the next state and what to do on the way."""

from __future__ import annotations

NOT_STARTED = "not_started"
CONNECTING = "connecting"
AWAITING_SETUP_AND_PEER = "awaiting_setup_and_peer"
"""The broker has accepted us; neither our subscription nor the peer is there yet."""
AWAITING_SETUP = "awaiting_setup"
"""The peer has spoken, our subscription is not confirmed."""
AWAITING_PEER = "awaiting_peer"
"""Subscribed; the peer has not spoken, or not answered."""
ACTIVE = "active"
STOPPED = "stopped"
STATES = (
    NOT_STARTED,
    CONNECTING,
    AWAITING_SETUP_AND_PEER,
    AWAITING_SETUP,
    AWAITING_PEER,
    ACTIVE,
    STOPPED,
)
SENDING = frozenset({AWAITING_PEER, ACTIVE})
"""States in which messages may go out."""

START = "start"
CONNECTED = "connected"
SUBSCRIBED = "subscribed"
MESSAGE = "message"
"""Anything readable from the peer."""
ACK_TIMEOUT = "ack_timeout"
SILENT = "silent"
"""Nothing readable from the peer for too long, although it was asked."""
LOST = "lost"
FAILED = "failed"
STOP = "stop"
INPUTS = (START, CONNECTED, SUBSCRIBED, MESSAGE, ACK_TIMEOUT, SILENT, LOST, FAILED, STOP)

# What to do, in order.
TELL_CONNECT = "mqtt.connect"
TELL_DISCONNECT = "mqtt.disconnect"
TELL_SUBSCRIBED = "mqtt.fully.subscribed"
TELL_TIMEOUT = "response.timeout"
TELL_ACTIVE = "peer.active"
PING = "ping"
UPLOAD = "upload"
"""Start sending what is stored."""
FORGET = "forget"
"""Stop waiting for acks; what is unacked stays in the store and is sent again when the peer is back."""
GREET = "greet"

SEND_ACTIVATED = (TELL_SUBSCRIBED, PING)
RECEIVE_ACTIVATED = (UPLOAD, TELL_ACTIVE, GREET)
DEACTIVATED = (FORGET, TELL_TIMEOUT, PING)
DISCONNECTED = (FORGET, TELL_DISCONNECT)
NOTHING: tuple[str, ...] = ()

TABLE: dict[tuple[str, str], tuple[str, tuple[str, ...]]] = {
    (NOT_STARTED, START): (CONNECTING, NOTHING),
    (CONNECTING, CONNECTED): (AWAITING_SETUP_AND_PEER, (TELL_CONNECT,)),
    (CONNECTING, FAILED): (CONNECTING, NOTHING),
    # a message read just before the connection broke is still heard, but proves nothing any more
    (CONNECTING, MESSAGE): (CONNECTING, NOTHING),
    (AWAITING_SETUP_AND_PEER, SUBSCRIBED): (AWAITING_PEER, SEND_ACTIVATED),
    (AWAITING_SETUP_AND_PEER, MESSAGE): (AWAITING_SETUP, NOTHING),
    (AWAITING_SETUP_AND_PEER, LOST): (CONNECTING, DISCONNECTED),
    (AWAITING_SETUP, SUBSCRIBED): (ACTIVE, SEND_ACTIVATED + RECEIVE_ACTIVATED),
    (AWAITING_SETUP, MESSAGE): (AWAITING_SETUP, NOTHING),
    (AWAITING_SETUP, LOST): (CONNECTING, DISCONNECTED),
    (AWAITING_PEER, MESSAGE): (ACTIVE, RECEIVE_ACTIVATED),
    (AWAITING_PEER, ACK_TIMEOUT): (AWAITING_PEER, NOTHING),
    (AWAITING_PEER, SILENT): (AWAITING_PEER, NOTHING),
    (AWAITING_PEER, LOST): (CONNECTING, DISCONNECTED),
    (ACTIVE, MESSAGE): (ACTIVE, NOTHING),
    (ACTIVE, ACK_TIMEOUT): (AWAITING_PEER, DEACTIVATED),
    (ACTIVE, SILENT): (AWAITING_PEER, DEACTIVATED),
    (ACTIVE, LOST): (CONNECTING, DISCONNECTED),
    **{(state, STOP): (STOPPED, NOTHING) for state in STATES},
    **{(STOPPED, word): (STOPPED, NOTHING) for word in INPUTS},
}
"""Any other pair is impossible by construction of the pipe; it changes nothing and is counted."""
