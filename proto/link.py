"""One link to one peer: its state, its acks and pings, and what it lets in."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from proto import link_table as t
from proto.bucket import Bucket
from proto.freshness import Freshness
from proto.pipe import Delivery, Pipe
from proto.refusals import Refusals
from proto.wire import Ack, Event, IllegalMessage, Incoming, Malformed, Message, Ping, decode, encode, topic
from proto.wire_file import Tap
from states.image import Now

ACK_MS = 5_000
PING_MS = 60_000
"""A ping when nothing was sent, or nothing heard, for this long."""
SILENT_MS = 115_000
"""So long without a word the peer counts as gone even if no ping could be sent."""
MAX_PER_TICK = 20
MAX_TIMERS = 200
FLOOD_PAUSE_MS = 60_000
ACK_TYPE = "gridworks-ack"
ACK_NAME = "gridworks.ack"
PING_NAME = "gridworks.ping"


class LinkPlan(Struct, frozen=True):
    """What a link is for. `src` is our alias, `dst` the peer's short name, both as on topics.

    `pings`: ask for a sign of life every minute and mind when none comes; an admin program acks nothing.
    `watched`: the peer must say something every two minutes, or counts as gone.
    `keeps`: the peer's events are ours to pass on; only the owner acks them, when they are on the disk.
    `ack_ms`: so long an ack of the peer may take.
    `returns`: a ping may mean that the peer has started anew: it is greeted, and what is unacked sent again.
    """

    name: str
    src: str
    dst: str
    upstream: bool = False
    pings: bool = True
    watched: bool = False
    keeps: bool = False
    ack_ms: int = ACK_MS
    returns: bool = False


class LinkCounts(Struct):
    """Since the program started."""

    sent: int = 0
    unsent: int = 0
    received: int = 0
    acked: int = 0
    ack_timeouts: int = 0
    rationed: int = 0
    """Messages over the peer's ration, not read."""
    activations: int = 0
    impossible: int = 0
    """Inputs that the table does not know in the state they came in."""


class Link:
    """Steps one pipe. `effects` collects what the owner must do, in order; nothing here raises."""

    def __init__(
        self,
        plan: LinkPlan,
        pipe: Pipe,
        new_id: Callable[[], str],
        admit: Callable[[str, Incoming], None],
        tap: Tap | None = None,
    ) -> None:
        self.plan = plan
        self.pipe = pipe
        self.state = t.NOT_STARTED
        self.since_mono_ms = 0
        self.counts = LinkCounts()
        self.refusals = Refusals()
        self.effects: list[str] = []
        self.problems: list[tuple[str, str]] = []
        """Refusals that should be told: cause and words."""
        self.answered: list[str] = []
        """Message ids the peer has acked, pings left out."""
        self.overdue: list[str] = []
        """Message ids that were not acked in time, pings left out."""
        self._new_id = new_id
        self._admit = admit
        self._tap = tap
        self._bucket = Bucket()
        self._freshness = Freshness()
        self._timers: dict[str, int] = {}
        self._pings: set[str] = set()
        self._owed: list[str] = []
        self._oversize = 0
        self._heard_net_ms = self._sent_net_ms = self._pinged_net_ms = 0

    # ------------------------------------------------------------------------------- each tick

    def receive(self, now: Now) -> list[Incoming]:
        """Step the pipe, follow what happened to it, take what came in; bounded."""
        if self.state == t.NOT_STARTED:
            self._heard_net_ms = self._sent_net_ms = now.net_ms
            self.take(t.START, now)
        self.pipe.step(now.net_ms)
        if self.pipe.counts.oversize != self._oversize:
            self._oversize = self.pipe.counts.oversize
            self.refuse("oversize", self.pipe.status.words or "a message was above the limit", now)
        for change in self.pipe.changes():
            self.take(change, now)
            if change in (t.FAILED, t.LOST) and self.pipe.status.act:
                self.refuse("broker", self.pipe.status.words, now)
        taken: list[Incoming] = []
        for delivery in self.pipe.poll(MAX_PER_TICK):
            incoming = self._read(delivery, now)
            if incoming is not None:
                self._hear(incoming, now)
                taken.append(incoming)
        self._watch(now)
        return taken

    def take(self, word: str, now: Now) -> None:
        """An input of the state machine."""
        row = t.TABLE.get((self.state, word))
        if row is None:
            self.counts.impossible += 1
            return
        before, (self.state, effects) = self.state, row
        if before != self.state:
            self.since_mono_ms = now.mono_ms
        for effect in effects:
            if effect == t.FORGET:
                self.forget()
            elif effect == t.PING:
                self.ping(now)
                continue
            elif effect == t.GREET:
                self.counts.activations += 1
            self.effects.append(effect)

    def _watch(self, now: Now) -> None:
        """Acks that did not come, a peer that went silent, pings that are due."""
        net_ms = now.net_ms
        if self._timers:
            late = [name for name, due in self._timers.items() if due <= net_ms]
            if late:
                self._note_late(late, now)
        if self.state not in t.SENDING:
            return
        silent_ms = net_ms - self._heard_net_ms
        if self.plan.watched and self.state == t.ACTIVE and silent_ms >= SILENT_MS:
            self.take(t.SILENT, now)
        quiet_ms = net_ms - self._sent_net_ms
        due = quiet_ms >= PING_MS or (self.plan.watched and silent_ms >= PING_MS)
        if self.plan.pings and due and net_ms - self._pinged_net_ms >= PING_MS:
            self.ping(now)
        if self._bucket.flooded(net_ms):
            self._bucket.forgive()
            self.refuse("flood", "The peer sent more than its ration for a minute; broken off", now)
            self.pipe.drop(net_ms, "the peer floods us", FLOOD_PAUSE_MS)

    def _note_late(self, late: list[str], now: Now) -> None:
        self.counts.ack_timeouts += len(late)
        self.overdue += [name for name in late if name not in self._pings]
        for name in late:
            del self._timers[name]
            self._pings.discard(name)
        self.take(t.ACK_TIMEOUT, now)

    # ------------------------------------------------------------------------------- coming in

    def _read(self, delivery: Delivery, now: Now) -> Incoming | None:
        """The message in a delivery, if it may come in."""
        if self._tap is not None:
            self._tap(delivery.topic, delivery.payload, "in")
        if delivery.retained:
            self.refuse("retained", f"A retained message on {delivery.topic}: of unknown age, discarded", now)
            return None
        answer = bool(self._timers) and delivery.topic.endswith(ACK_TYPE)
        if not answer and not self._ration(now):
            return None
        try:
            incoming = decode(delivery.topic, delivery.payload)
            self._admit(self.plan.name, incoming)
            self._freshness.check(incoming.payload, now)
        except Malformed as error:
            self.refuse(error.cause, f"{error.words} (topic {delivery.topic[:200]})", now)
            return None
        if answer and not self._is_awaited(incoming) and not self._ration(now):
            return None
        return incoming

    def _ration(self, now: Now) -> bool:
        if self._bucket.take(now.net_ms):
            return True
        self.counts.rationed += 1
        return False

    def _is_awaited(self, incoming: Incoming) -> bool:
        return isinstance(incoming.payload, Ack) and incoming.payload.ack_message_id in self._timers

    def _hear(self, incoming: Incoming, now: Now) -> None:
        self.counts.received += 1
        self._heard_net_ms = now.net_ms
        self.take(t.MESSAGE, now)
        payload = incoming.payload
        if isinstance(payload, Ack):
            self._hear_ack(payload.ack_message_id)
        elif incoming.ack_required and not (self.plan.keeps and isinstance(payload, Event)):
            self.owe(incoming.message_id)

    def _hear_ack(self, message_id: str) -> None:
        self.counts.acked += 1
        self._timers.pop(message_id, None)
        if message_id in self._pings:
            self._pings.discard(message_id)
        else:
            self.answered.append(message_id)

    def refuse(self, cause: str, words: str, now: Now) -> None:
        """Count something that was not taken; once an hour and cause it should be told."""
        if self.refusals.note(cause, now.net_ms):
            self.problems.append((cause, words))

    # ------------------------------------------------------------------------------- going out

    def send(self, payload: Message, now: Now, src: str = "") -> bool:
        """Encode and send; raises `IllegalMessage` for one that breaks its own rules.

        `src`: the node of ours that speaks; without one it is we.
        """
        return self.send_body(payload.type_name, encode(src or self.plan.src, self.plan.dst, payload), now)

    def send_body(self, type_name: str, body: bytes, now: Now) -> bool:
        """Send an envelope; False (and counted) while the link does not send or the pipe is full."""
        where = topic(self.plan.src, self.plan.dst, type_name)
        if self.state not in t.SENDING or not self.pipe.send(where, body):
            self.counts.unsent += 1
            return False
        if self._tap is not None:
            self._tap(where, body, "out")
        self.counts.sent += 1
        self._sent_net_ms = now.net_ms
        return True

    def send_event(self, message_id: str, type_name: str, body: bytes, now: Now) -> bool:
        """Send a stored event and await its ack."""
        if len(self._timers) >= MAX_TIMERS or not self.send_body(type_name, body, now):
            return False
        self._await(message_id, now)
        return True

    def ping(self, now: Now) -> None:
        """Ask for a sign of life."""
        ping = Ping(message_id=self._new_id())
        self._pinged_net_ms = now.net_ms
        if self._try(ping, now) and self.plan.pings:
            self._pings.add(ping.message_id)
            self._await(ping.message_id, now)

    def forget(self) -> None:
        """Wait for no ack any more."""
        self._timers.clear()
        self._pings.clear()

    def owe(self, message_id: str) -> None:
        """Ack this message when the tick is over."""
        if message_id and len(self._owed) < MAX_TIMERS:
            self._owed.append(message_id)

    def settle(self, now: Now) -> None:
        """Ack what has been taken in; call when the tick is done with it."""
        if self._owed:
            owed, self._owed = self._owed, []
            for message_id in owed:
                self._try(Ack(ack_message_id=message_id), now)

    def _try(self, payload: Message, now: Now) -> bool:
        try:
            return self.send(payload, now)
        except IllegalMessage as error:
            self.problems.append(("illegal", f"We nearly sent an illegal message: {error}"))
            return False

    def _await(self, message_id: str, now: Now) -> None:
        self._timers.pop(message_id, None)
        self._timers[message_id] = now.net_ms + self.plan.ack_ms

    def stop(self, now: Now) -> None:
        """Say goodbye and stay silent for good."""
        self.settle(now)
        self.take(t.STOP, now)
        self.pipe.close()
