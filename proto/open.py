"""Opening the links and the store of a house from its settings; all blocking happens here, at start."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from uuid import UUID

from layouts.model import House
from layouts.settings import Peer, Settings
from proto.conversation import Conversation
from proto.link import LinkPlan, Tap
from proto.links import Links
from proto.mqtt import MqttPipe
from proto.pipe import Dialer, Pipe
from proto.store import Store
from proto.store.disk import DiskStore
from proto.talk import MqttPlace
from proto.wire import topic
from proto.words import ADMIN, ADMIN_NAME, LTN_NODE, SCADA_NODE, UPSTREAM

MakeDialer = Callable[[str, int, ssl.SSLContext | None], Dialer]
MakeTls = Callable[[str, str, str], ssl.SSLContext]
MakePipe = Callable[[LinkPlan, tuple[str, ...], Peer], Pipe]


def plans(house: House, settings: Settings) -> list[tuple[LinkPlan, tuple[str, ...], Peer]]:
    """The links of a house: plan, subscriptions, broker. The upstream one is always there."""
    us, atn = house.scada.alias, house.ltn.alias
    found: list[tuple[LinkPlan, tuple[str, ...], Peer]] = [
        (
            LinkPlan(UPSTREAM, us, LTN_NODE, upstream=True, watched=True),
            (topic(atn, SCADA_NODE, "#"),),
            settings.upstream,
        )
    ]
    if settings.admin.enabled:
        plan = LinkPlan(ADMIN, us, ADMIN_NAME, pings=False)
        found.append((plan, (topic(ADMIN_NAME, us, "#"),), settings.admin))
    return found


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
    conversation: Conversation,
    make_pipe: MakePipe,
    new_id: Callable[[], str],
    tap: Tap | None = None,
) -> Links:
    """Every link of the house, not yet connected."""
    links: Sequence[tuple[LinkPlan, Pipe]] = [
        (plan, make_pipe(plan, topics, peer)) for plan, topics, peer in plans(house, settings)
    ]
    return Links(links, store, new_id, conversation.admit, tap)


def open_store(house: House, settings: Settings, run: str, uniform: Callable[[], float]) -> DiskStore:
    """The store on disk; raises `StoreInUse` with a sentence when another program has it."""
    folder = Path(settings.store.folder)
    return DiskStore(folder, house.scada.alias, run, settings.store.max_bytes, uniform)
