"""Events of somebody behind us: whoever is told that we have one need not keep it any longer."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

from proto.bucket import Bucket
from proto.link import Link
from proto.store import Store

MAX_KNOWN = 1_000
"""Events remembered, so that one whose ack was lost is not sent on twice."""

RATE_PER_S = 1
BURST = 500
"""What we take: an outage's worth at once, then one a second. The rest is not acked: its author keeps it."""


class Keeper:
    """Acks foreign events on the links they may have come by, once the store has them on the disk."""

    def __init__(self, store: Store, links: Sequence[Link]) -> None:
        self._store = store
        self._links = links
        self._coming: dict[str, int] = {}
        """Events given to the store, and how many records it had lost by then."""
        self._known: OrderedDict[str, None] = OrderedDict()
        self._ration = Bucket(RATE_PER_S, BURST)

    def knows(self, message_id: str) -> bool:
        """Has the store this event already, or is it about to? Then it is acked, again if need be."""
        if message_id in self._known:
            self._owe(message_id)
            return True
        return message_id in self._coming

    def may_come(self, net_ms: int) -> bool:
        """Is one more within the ration?"""
        return self._ration.take(net_ms)

    def keep(self, message_id: str) -> None:
        """The store was given this event; with too many on their way it is not acked and comes again."""
        if len(self._coming) < MAX_KNOWN:
            self._coming[message_id] = self._store.counts.lost

    def step(self) -> None:
        """Ack what has become durable; what may have been lost with a full RAM must come again."""
        for message_id in [name for name in self._coming if not self._store.unsaved(name)]:
            lost = self._coming.pop(message_id)
            if lost != self._store.counts.lost:
                continue
            self._owe(message_id)
            self._known[message_id] = None
            if len(self._known) > MAX_KNOWN:
                self._known.popitem(last=False)

    def _owe(self, message_id: str) -> None:
        for link in self._links:
            link.owe(message_id)
