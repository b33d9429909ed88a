"""What was asked of the writer and what it answered: pages of unacked events, parts of the history."""

from __future__ import annotations

from collections import deque

from proto.store import frames as f
from proto.store.port import Page, Stored

MAX_MINUTE_PARTS = 64


class Asking:
    """One question for events at a time, one for history; `source` counts the writers' comings and goings."""

    def __init__(self) -> None:
        self.source = 0
        self.asked_net_ms: int | None = None
        self._ticket = 0
        self._page: Page | None = None
        self._minutes: deque[tuple[tuple[int, bytes], ...]] = deque(maxlen=MAX_MINUTE_PARTS)
        self._last_minute = 0

    def turn(self) -> None:
        """A writer came or went: positions have lost their meaning, an open question has its answer."""
        self.source += 1
        if self.asked_net_ms is not None:
            self.asked_net_ms = None
            self._page = Page((), False, self.source)

    def events(self, after: int, count: int, net_ms: int) -> f.Fetch:
        """The question for unacked events; an older one is forgotten."""
        self._ticket += 1
        self.asked_net_ms = net_ms
        self._page = None
        return f.Fetch(self._ticket, after, count)

    def have(self, items: tuple[Stored, ...], end: bool) -> None:
        """The answer is known without asking."""
        self._page = Page(items, end, self.source)

    def hear_events(self, reply: f.Events) -> None:
        """The writer's answer."""
        if reply.ticket == self._ticket and self.asked_net_ms is not None:
            self.asked_net_ms = None
            self.have(tuple(Stored(*item) for item in reply.items), reply.end)

    def page(self) -> Page | None:
        """The answer, once."""
        page, self._page = self._page, None
        return page

    def minutes(self, first: int, last: int) -> f.FetchMinutes:
        """The question for history; parts of an older answer are forgotten."""
        self._last_minute = last
        self._minutes.clear()
        return f.FetchMinutes(self._ticket, first, last)

    def hear_minutes(self, reply: f.Minutes) -> f.FetchMinutes | None:
        """Part of the writer's answer; returns the question for the next part."""
        if not reply.rows or reply.rows[-1][0] > self._last_minute:
            return None
        self._minutes.append(tuple(reply.rows))
        return None if reply.end else f.FetchMinutes(0, reply.rows[-1][0] + 1, self._last_minute)

    def take_minutes(self) -> tuple[tuple[int, bytes], ...]:
        """The next part, oldest first."""
        return self._minutes.popleft() if self._minutes else ()
