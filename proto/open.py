"""Opening the links and the store of a house from its settings; all blocking happens here, at start."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

from layouts.certificates import ends
from layouts.model import House
from layouts.settings import Peer, Settings
from layouts.share import SECONDARY
from proto.conversation import Conversation
from proto.link import LinkPlan
from proto.links import Links
from proto.mqtt import MqttPipe
from proto.pipe import Dialer, Pipe
from proto.second import SecondConversation
from proto.store import Store
from proto.store.disk import DiskStore
from proto.subscriptions import subscriptions
from proto.talk import MqttPlace
from proto.wire import topic
from proto.wire_file import Tap
from proto.words import ADMIN, ADMIN_NAME, LOCAL, LTN_NODE, SCADA_NODE, SECOND_NODE, UPSTREAM

MakeDialer = Callable[[str, int, Any], Dialer]
MakeTls = Callable[[str, str, str], Any]
"""An SSL context, or what keeps one; only the dialer looks at it."""
MakePipe = Callable[[LinkPlan, tuple[str, ...], Peer], Pipe]


Plan = tuple[LinkPlan, tuple[str, ...], Peer]
"""A link, what it subscribes to, its broker."""

SECOND_ACK_MS = 30_000
"""The primary acks an event when its disk has it; a slow disk is no reason to give the link up."""


def plans(house: House, settings: Settings) -> list[Plan]:
    """The links of this computer. Exactly one is the upstream one: to the ATN, or to the primary."""
    us, second = house.scada.alias, second_alias(house)
    if settings.site.role == SECONDARY:
        plan = LinkPlan(
            LOCAL, second, SCADA_NODE, upstream=True, watched=True, ack_ms=SECOND_ACK_MS, returns=True
        )
        return [(plan, (topic(us, SECOND_NODE, "#"),), settings.local)]
    topics = subscriptions(house, settings)
    found: list[Plan] = [
        (
            LinkPlan(UPSTREAM, us, LTN_NODE, upstream=True, watched=True),
            (topics[UPSTREAM],),
            settings.upstream,
        )
    ]
    if ADMIN in topics:
        plan = LinkPlan(ADMIN, us, ADMIN_NAME, pings=False)
        found.append((plan, (topics[ADMIN],), settings.admin))
    if LOCAL in topics:
        plan = LinkPlan(LOCAL, us, SECOND_NODE, watched=True, keeps=True)
        found.append((plan, (topics[LOCAL],), settings.local))
    return found


def second_alias(house: House) -> str:
    """What the second computer is called on topics and in its events."""
    return f"{house.scada.alias}.{SECOND_NODE}"


def open_conversation(
    house: House, settings: Settings, new_id: Callable[[], str]
) -> Conversation | SecondConversation:
    """What this computer says and understands, by its role."""
    kind = SecondConversation if settings.site.role == SECONDARY else Conversation
    return kind(house, settings, new_id)


def mqtt_pipes(dial: MakeDialer, tls: MakeTls, rng: Random) -> MakePipe:
    """Pipes to real brokers; making one raises `OSError` with a sentence when a file cannot be used."""

    def make(plan: LinkPlan, topics: tuple[str, ...], peer: Peer) -> Pipe:
        port = peer.port or (8883 if peer.tls else 1883)
        secret = peer.password_file
        password = Path(secret).read_text(encoding="utf-8").strip() if secret else ""
        context = tls(peer.ca_file, peer.cert_file, peer.key_file) if peer.tls else None
        dialer = dial(peer.host, port, context)
        client_id = str(UUID(int=rng.getrandbits(128), version=4)).rpartition("-")[0]
        place = MqttPlace(peer.host, port, topics, client_id, peer.username, password)
        return MqttPipe(place, lambda: dialer, rng.random)

    return make


def open_links(
    house: House,
    settings: Settings,
    store: Store,
    conversation: Conversation | SecondConversation,
    make_pipe: MakePipe,
    new_id: Callable[[], str],
    tap: Tap | None = None,
) -> Links:
    """Every link of the house, not yet connected."""
    links: Sequence[tuple[LinkPlan, Pipe]] = [
        (plan, make_pipe(plan, topics, peer)) for plan, topics, peer in plans(house, settings)
    ]
    return Links(links, store, new_id, conversation.admit, tap, ends(settings))


def open_store(house: House, settings: Settings, run: str, uniform: Callable[[], float]) -> DiskStore:
    """The store on disk; raises `StoreInUse` with a sentence when another program has it."""
    folder = Path(settings.store.folder)
    return DiskStore(folder, owner_of(house, settings), run, settings.store.max_bytes, uniform)


def new_id(rng: Random) -> str:
    """A random UUID, version 4."""
    return str(UUID(int=rng.getrandbits(128), version=4))


def owner_of(house: House, settings: Settings) -> str:
    """Whose data this computer's store holds."""
    return second_alias(house) if settings.site.role == SECONDARY else house.scada.alias
