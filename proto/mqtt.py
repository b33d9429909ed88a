"""A pipe to a real MQTT broker, driven in slices: back off, dial, talk, and start again when it breaks."""

from __future__ import annotations

import socket
from collections import deque
from collections.abc import Callable

from proto.backoff import CEILING_MS, STUBBORN_MS, Backoff
from proto.engine import Engine
from proto.framing import FramedSocket
from proto.pipe import (
    CLOSED,
    DIALING,
    FAILED,
    LOST,
    SUBSCRIBING,
    UP,
    WAITING,
    Delivery,
    Dialer,
    DialerFactory,
    PipeCounts,
    PipeStatus,
)
from proto.talk import MqttPlace, Talk

DIAL_DEADLINE_MS = 90_000
"""The dialer has its own deadlines; this one catches a dialer that has none."""
STABLE_MS = 30_000
"""A connection that lived this long was a success: the back-off starts over."""
SHORT_LIFE_MS = 10_000
SHORT_LIVES = 3
"""So many connections in a row closed by the broker this soon: somebody else uses our client id."""

CERTIFICATE = "certificate"
"""The state word of a dialer that failed on a certificate; no retry will cure that within a minute."""


class MqttPipe:
    """See `Pipe`. `dial` makes a fresh dialer per attempt; `uniform` gives random numbers in [0, 1)."""

    def __init__(self, place: MqttPlace, dial: DialerFactory, uniform: Callable[[], float]) -> None:
        self.counts = PipeCounts()
        self._place = place
        self._dial = dial
        self._backoff = Backoff(uniform)
        self._dialer: Dialer | None = None
        self._talk: Talk | None = None
        self._inbox: deque[Delivery] = deque()
        self._changes: list[str] = []
        self._status = PipeStatus(WAITING, 0, "not dialled yet")
        self._short_lives = 0
        self._engine = Engine(place.client_id, place.clean_session, self._inbox.append)
        if place.username:
            self._engine.username_pw_set(place.username, place.password or None)

    @property
    def status(self) -> PipeStatus:
        """State word, since when (net ms), and a sentence."""
        return self._status

    def changes(self) -> tuple[str, ...]:
        """What happened since the last call, oldest first."""
        if not self._changes:
            return ()
        drained = tuple(self._changes)
        self._changes.clear()
        return drained

    def poll(self, limit: int) -> list[Delivery]:
        """At most `limit` messages that have arrived, oldest first."""
        inbox = self._inbox
        count = min(limit, len(inbox))
        self.counts.messages_in += count
        return [inbox.popleft() for _ in range(count)]

    def send(self, topic: str, payload: bytes, qos: int = 0) -> bool:
        """Take a message for the broker and write what the socket takes now."""
        talk = self._talk
        if talk is not None and talk.state == UP and talk.send(topic, payload, qos):
            return True
        self.counts.unsent += 1
        return False

    def step(self, net_ms: int) -> None:
        """Do the bounded work of one tick."""
        if self._talk is not None:
            self._step_talk(self._talk, net_ms)
        elif self._dialer is not None:
            self._step_dialer(self._dialer, net_ms)
        elif self._status.state == WAITING and net_ms >= self._backoff.due_net_ms:
            self._start_dialing(net_ms)

    def drop(self, net_ms: int, words: str, pause_ms: int = 0) -> None:
        """Break the connection because of what the peer did; dial again after at least `pause_ms`."""
        if self._talk is not None:
            self._lose(net_ms, words, floor_ms=pause_ms)

    def close(self) -> None:
        """Give up for good, saying goodbye where that costs nothing."""
        self._release(goodbye=True)
        self._status = PipeStatus(CLOSED, self._status.since_net_ms, "closed by us")

    def _start_dialing(self, net_ms: int) -> None:
        self.counts.dials += 1
        self._dialer = self._dial()
        self._dialer.start(net_ms)
        self._enter(DIALING, net_ms, f"dialling {self._place.host}:{self._place.port}")

    def _step_dialer(self, dialer: Dialer, net_ms: int) -> None:
        dialer.step(net_ms)
        if dialer.failed is not None:
            self._lose(net_ms, dialer.failed, stubborn=dialer.state == CERTIFICATE)
        elif dialer.socket is not None:
            self._start_talk(dialer.socket, net_ms)
        elif net_ms - self._status.since_net_ms > DIAL_DEADLINE_MS:
            self._lose(net_ms, f"dialling {self._place.host}:{self._place.port} took longer than 90 s")

    def _start_talk(self, sock: socket.socket, net_ms: int) -> None:
        try:
            if sock.family in (socket.AF_INET, socket.AF_INET6):
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except OSError as error:
            self._lose(net_ms, f"the fresh connection is already broken: {error}")
            return
        framed = FramedSocket(sock, self._place.max_packet_bytes, self._place.qos)
        self._talk = Talk(self._place, self._engine, framed, self._inbox, self.counts, net_ms)
        self._enter(self._talk.state, net_ms, "waiting for the broker to accept us")

    def _step_talk(self, talk: Talk, net_ms: int) -> None:
        trouble = talk.step(net_ms)
        if talk.changes:
            self._changes += talk.changes
            talk.changes.clear()
            self._enter(talk.state, net_ms, "" if talk.state == UP else "waiting for our subscription")
        if trouble:
            self._lose(net_ms, trouble, stubborn=talk.turned_away)
        elif self._backoff.tries and talk.state == UP and net_ms - talk.since_net_ms > STABLE_MS:
            self._backoff.held()
            self._short_lives = 0

    def _lose(self, net_ms: int, words: str, *, floor_ms: int = 0, stubborn: bool = False) -> None:
        ceiling_ms, act = CEILING_MS, stubborn
        if self._status.state in (SUBSCRIBING, UP):
            self.counts.losses += 1
            self._changes.append(LOST)
            if self._is_kicked(net_ms):
                words += "; it does so at once every time, another client may be using our id"
                ceiling_ms, act = STUBBORN_MS, True
        else:
            self.counts.failures += 1
            self._changes.append(FAILED)
        self._release(goodbye=False)
        if stubborn:
            wait_ms = self._backoff.stubborn(net_ms)
        else:
            wait_ms = self._backoff.failed(net_ms, ceiling_ms, floor_ms)
        self._enter(WAITING, net_ms, f"{words}; next try in {wait_ms // 1000} s", act=act)

    def _is_kicked(self, net_ms: int) -> bool:
        """Has the broker accepted us and thrown us out again several times in a row?"""
        talk = self._talk
        if talk is None or talk.state != UP or not talk.framed.closed_by_peer:
            return False
        short = net_ms - talk.since_net_ms < SHORT_LIFE_MS
        self._short_lives = self._short_lives + 1 if short else 0
        return self._short_lives >= SHORT_LIVES

    def _release(self, goodbye: bool) -> None:
        if self._talk is not None:
            self.counts.unsent += self._talk.end(goodbye)
            self._talk = None
        if self._dialer is not None:
            self._dialer.close()
            self._dialer = None

    def _enter(self, state: str, net_ms: int, words: str, *, act: bool = False) -> None:
        self._status = PipeStatus(state, net_ms, words, act)
