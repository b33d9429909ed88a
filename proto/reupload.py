"""Sends what is stored, oldest first: five unacked at a time, one more for each ack, beside what is new."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Container

from proto.store import Store, Stored

WINDOW = 5
PAGE = 20
MOST_TIMEOUTS = 3
"""An event that went unanswered so often, while the peer answered others, is set aside ..."""
ASIDE_MS = 3_600_000
"""... for an hour, so that it does not break the link off every five seconds for ever."""
MAX_TROUBLED = 100


class Reupload:
    """Walks the store from the oldest unacked event; pages come when the store has them."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._running = False
        self._asked = False
        self._again = False
        self._end = False
        self._after = 0
        self._source = store.source
        self._page: deque[Stored] = deque()
        self._waiting: set[str] = set()
        self._meanwhile: set[str] = set()
        """Events acked while a page is on its way; it may still list them."""
        self._timeouts: dict[str, int] = {}
        self._aside: dict[str, int] = {}
        self.sent = 0

    @property
    def running(self) -> bool:
        """Is there, or may there be, something stored to send?"""
        return self._running

    def start(self) -> None:
        """The peer is there: begin with the oldest."""
        self.stop()
        self._running = True

    def stop(self) -> None:
        """The peer is gone: forget how far we were; the store has not forgotten."""
        self._running = self._asked = self._again = self._end = False
        self._after = 0
        self._page.clear()
        self._waiting.clear()
        self._meanwhile.clear()

    def wake(self) -> None:
        """An event was stored that was not sent at once: go on to the end again."""
        self._running, self._end, self._again = True, False, self._asked

    def answered(self, message_id: str) -> None:
        """The peer has acked this event: it makes room for one more."""
        self._waiting.discard(message_id)
        self._timeouts.pop(message_id, None)
        self._aside.pop(message_id, None)
        if self._asked:
            self._meanwhile.add(message_id)
        for stored in self._page:
            if stored.message_id == message_id:
                self._page.remove(stored)
                break

    def overdue(self, message_id: str, net_ms: int) -> bool:
        """This event was not acked in time; True when it is set aside because that happens too often."""
        count = self._timeouts.pop(message_id, 0) + 1
        if count >= MOST_TIMEOUTS:
            self._aside[message_id] = net_ms + ASIDE_MS
            self._trim(self._aside)
            return True
        self._timeouts[message_id] = count
        self._trim(self._timeouts)
        return False

    def step(self, net_ms: int, in_flight: Container[str], send: Callable[[str, str, bytes], bool]) -> None:
        """Send as many as the window allows; `send` says whether it could."""
        if not self._running and not self._is_aside_over(net_ms):
            return
        if self._source != self._store.source:
            self._source = self._store.source
            self.start()
        self._take_page()
        while len(self._waiting) < WINDOW and self._page:
            stored = self._page[0]
            if stored.message_id not in in_flight and not self._is_aside(stored.message_id, net_ms):
                if not send(stored.message_id, stored.type_name, stored.body):
                    return
                self._waiting.add(stored.message_id)
                self.sent += 1
            self._page.popleft()
        if not self._page and not self._asked:
            self._ask()

    def _ask(self) -> None:
        if self._end:
            self._running = bool(self._waiting)
            return
        self._asked = True
        self._store.fetch(self._after, PAGE)

    def _take_page(self) -> None:
        page = self._store.page() if self._asked else None
        if page is None:
            return
        self._asked = False
        if page.source != self._source:
            self._meanwhile.clear()
            return
        self._page.extend(item for item in page.items if item.message_id not in self._meanwhile)
        self._meanwhile.clear()
        self._end = page.end and not self._again  # something was stored after the question was asked
        self._again = False
        if page.items:
            self._after = page.items[-1].position

    def _is_aside_over(self, net_ms: int) -> bool:
        """Has an event been set aside long enough? Then everything is looked through again."""
        if not self._aside or min(self._aside.values()) > net_ms:
            return False
        self.start()
        return True

    def _is_aside(self, message_id: str, net_ms: int) -> bool:
        until = self._aside.get(message_id)
        if until is None:
            return False
        if net_ms < until:
            return True
        del self._aside[message_id]
        return False

    @staticmethod
    def _trim(known: dict[str, int]) -> None:
        while len(known) > MAX_TROUBLED:
            del known[next(iter(known))]
