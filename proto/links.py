"""All links of the house behind one door: receive, publish, event, flush; events survive whatever happens."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Literal

from msgspec import Struct

from proto import link_table as t
from proto.keeper import Keeper
from proto.link import Link, LinkPlan
from proto.pipe import Pipe
from proto.refusals import Refusals
from proto.reupload import Reupload
from proto.standing import Ends, Standing
from proto.store import Store
from proto.wire import (
    CommEvent,
    Event,
    IllegalMessage,
    Incoming,
    Malformed,
    Message,
    MQTTConnectEvent,
    MQTTDisconnectEvent,
    MQTTFullySubscribedEvent,
    PeerActiveEvent,
    Ping,
    ProblemEvent,
    ResponseTimeoutEvent,
    encode,
)
from proto.wire_file import Tap
from states.image import LinkStatus, Now

MAX_TOLD = 20
MAX_IN_FLIGHT = 50
"""Events sent at once when they happen; more wait in the store for the window."""

COMM_EVENTS: dict[str, type[CommEvent]] = {
    t.TELL_CONNECT: MQTTConnectEvent,
    t.TELL_DISCONNECT: MQTTDisconnectEvent,
    t.TELL_SUBSCRIBED: MQTTFullySubscribedEvent,
    t.TELL_TIMEOUT: ResponseTimeoutEvent,
    t.TELL_ACTIVE: PeerActiveEvent,
}


class Received(Struct, frozen=True):
    """A message and the link it came in on."""

    link: str
    incoming: Incoming


class LinksCounts(Struct):
    """Since the program started."""

    events: int = 0
    illegal: int = 0
    """Messages of ours that broke their own rules, caught before they were stored or sent."""
    unsent: int = 0
    """Messages that no link could take; only events are kept for later."""
    set_aside: int = 0
    rationed: int = 0
    """Events of the second computer beyond its ration, left with it."""


class Links:
    """Every link and the outbox. One of the plans is the upstream one: events go there. Nothing raises.

    `admit` raises `Malformed` unless a message comes from the link's peer; then it is also a sign of life.
    `new_id` gives random UUIDs. `tap` sees every message that crosses a link.
    `ends`: link -> until when (UTC s) our certificate there is good.
    """

    def __init__(
        self,
        links: Sequence[tuple[LinkPlan, Pipe]],
        store: Store,
        new_id: Callable[[], str],
        admit: Callable[[str, Incoming], None],
        tap: Tap | None = None,
        ends: Mapping[str, int] = MappingProxyType({}),
    ) -> None:
        self.counts = LinksCounts()
        self.links: Mapping[str, Link] = MappingProxyType(
            {plan.name: Link(plan, pipe, new_id, admit, tap) for plan, pipe in links}
        )
        (self._upstream,) = (link for link in self.links.values() if link.plan.upstream)
        self._tap = tap
        self._store = store
        self._new_id = new_id
        self._reupload = Reupload(store)
        self._in_flight: set[str] = set()
        self._greetings: list[str] = []
        self._told = Refusals()
        self.told: deque[tuple[str, str]] = deque(maxlen=MAX_TOLD)
        """Problems, cause and words, for people at home; whoever shows them takes them away."""
        self._standing = Standing(self.links, store, ends)
        self._keeper = Keeper(store, [link for link in self.links.values() if link.plan.keeps])

    # ------------------------------------------------------------------------------- each tick

    def receive(self, now: Now) -> list[Received]:
        """Step every link and take what came in; follow what happened to them. Bounded."""
        taken: list[Received] = []
        self._standing.note(now)
        for name, link in self.links.items():
            came = link.receive(now)
            taken += [Received(name, incoming) for incoming in came]
            if link.plan.returns and any(isinstance(one.payload, Ping) for one in came):
                self._meet_again(link)
            if link.effects or link.problems:
                self._follow(link, now)
        self._follow_acks(now)
        return taken

    @property
    def alias(self) -> str:
        """Who we are to the peer that keeps our events."""
        return self._upstream.plan.src

    def watch(self, ends: Ends) -> None:
        """From now on judge our certificates by this, which looks at them again."""
        self._standing.ends = ends

    def greetings(self) -> tuple[str, ...]:
        """Links whose peer has come since the last call, in order."""
        if not self._greetings:
            return ()
        greeted = tuple(self._greetings)
        self._greetings.clear()
        return greeted

    def refuse(self, link: str, error: Malformed, now: Now) -> None:
        """A message that came in made no sense after all; counted, and told once per cause."""
        self.links[link].refuse(error.cause, error.words, now)

    def publish(self, link: str, payload: Message, now: Now, src: str = "") -> bool:
        """Send a message that nobody needs later; False (and counted) when the link cannot take it now.

        `src`: the node of ours that speaks; without one it is we.
        """
        if link not in self.links:
            self.counts.unsent += 1
            return False
        try:
            sent = self.links[link].send(payload, now, src)
        except IllegalMessage as error:
            self._tell_illegal(error, now)
            return False
        self.counts.unsent += not sent
        return sent

    def event(self, payload: Event, now: Now, urgent: bool = False, covers: int = 0) -> bool:
        """Store an event, and send it at once when the ATN is there; False when it cannot even be stored.

        An event of somebody else (the second computer) is committed at once, and acked to it when it is on
        the disk; what comes again because an ack was lost is only acked again.
        """
        plan = self._upstream.plan
        foreign = payload.src != plan.src
        if foreign and self._keeper.knows(payload.message_id):
            return True
        if foreign and not self._keeper.may_come(now.net_ms):
            self.counts.rationed += 1
            words = "The second computer sends more events than its ration; it keeps them and tries again"
            self._tell("second-flood", words, now)
            return False
        try:
            body = encode(plan.src, plan.dst, payload)
        except IllegalMessage as error:
            self._tell_illegal(error, now)
            return False
        name, kind = payload.message_id, payload.type_name
        self.counts.events += 1
        put, made_ms = self._store.put_event, payload.time_created_ms
        if not put(name, kind, body, made_ms, urgent=urgent or foreign, covers=covers, foreign=foreign):
            return False
        if foreign:
            self._keeper.keep(name)
        if self._upstream.state == t.ACTIVE:
            if len(self._in_flight) < MAX_IN_FLIGHT and self._upstream.send_event(name, kind, body, now):
                self._in_flight.add(name)
            else:
                self._reupload.wake()
        return True

    def flush(self, now: Now) -> None:
        """The tick is over: ack what was taken in, send what is stored, step the store. Bounded."""
        self._keeper.step()
        for link in self.links.values():
            link.settle(now)
            if link.problems:
                self._follow(link, now)
        for loss in self._store.losses():
            self._tell(f"store {loss.cause}", f"{loss.words} ({loss.count})", now)
        if self._upstream.state == t.ACTIVE:
            self._reupload.step(now.net_ms, self._in_flight, self._sender(now))
        self._store.step(now)

    def status(self) -> Mapping[str, LinkStatus]:
        """How every link, the store and our certificates stand; the same object while nothing has changed."""
        return self._standing.status()

    def close(self, now: Now) -> None:
        """Say goodbye on every link; the store is closed by whoever made it."""
        for link in self.links.values():
            link.stop(now)
        if self._tap is not None:
            self._tap.close()

    # ------------------------------------------------------------------------------- following

    def _meet_again(self, link: Link) -> None:
        """The peer may have started anew within what a link tolerates: begin with it from the beginning."""
        self._greetings.append(link.plan.name)
        if link is self._upstream and link.state == t.ACTIVE:
            link.forget()
            self._in_flight.clear()
            self._reupload.start()

    def _sender(self, now: Now) -> Callable[[str, str, bytes], bool]:
        def send(message_id: str, type_name: str, body: bytes) -> bool:
            return self._upstream.send_event(message_id, type_name, body, now)

        return send

    def _follow(self, link: Link, now: Now) -> None:
        """Do what the link's table asks for, and tell what it refused."""
        effects, link.effects = link.effects, []
        for effect in effects:
            if effect == t.GREET:
                self._greetings.append(link.plan.name)
            elif effect in COMM_EVENTS:
                self._tell_comm(COMM_EVENTS[effect], link.plan.name, now)
            elif link is self._upstream and effect == t.UPLOAD:
                self._reupload.start()
            elif link is self._upstream and effect == t.FORGET:
                self._reupload.stop()
                self._in_flight.clear()
        problems, link.problems = link.problems, []
        for cause, words in problems:
            self._tell(f"{link.plan.name} {cause}", words, now)

    def _follow_acks(self, now: Now) -> None:
        link = self._upstream
        if link.answered:
            answered, link.answered = link.answered, []
            for message_id in answered:
                self._store.ack(message_id)
                self._in_flight.discard(message_id)
                self._reupload.answered(message_id)
        if link.overdue:
            overdue, link.overdue = link.overdue, []
            for message_id in overdue:
                if self._reupload.overdue(message_id, now.net_ms):
                    self.counts.set_aside += 1
                    words = f"Event {message_id} is never acked; it is kept and tried again in an hour"
                    self._tell("never-acked", words, now)
        for other in self.links.values():
            if other is not link and (other.answered or other.overdue):
                other.answered.clear()
                other.overdue.clear()

    # --------------------------------------------------------------------------------- telling

    def _tell_comm(self, kind: type[CommEvent], peer: str, now: Now) -> None:
        name, src = self._new_id(), self.alias
        self.event(kind(message_id=name, time_created_ms=now.wall_ms, src=src, peer_name=peer), now)

    def _tell(self, cause: str, words: str, now: Now, kind: Literal["error", "warning"] = "warning") -> None:
        """A problem event, at most once an hour for each cause."""
        if not self._told.note(cause, now.net_ms):
            return
        self.told.append((cause, words))
        self.event(
            ProblemEvent(
                message_id=self._new_id(),
                time_created_ms=now.wall_ms,
                src=self._upstream.plan.src,
                problem_type=kind,
                summary=f"{cause}: {words}"[:300],
                details=words[:2000],
            ),
            now,
        )

    def _tell_illegal(self, error: IllegalMessage, now: Now) -> None:
        self.counts.illegal += 1
        self._tell("illegal", f"We nearly sent an illegal message: {error}", now, "error")
