"""How every link, the store and our own certificates stand, for the image and for whoever looks."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from layouts.certificates import DAY_S, SOON_DAYS, day
from proto.link import Link
from proto.store import Store
from states.image import LinkStatus, Now

STORE, CERTIFICATES = "store", "certificates"
GOOD, ENDING, ENDED = "ready", "ending", "ended"
"""State words of the certificates."""


class Standing:
    """`ends`: link -> until when (UTC s) the certificate that we show there is good; may be empty."""

    def __init__(self, links: Mapping[str, Link], store: Store, ends: Mapping[str, int]) -> None:
        self._links, self._store = links, store
        self._ends = sorted((until_s, link) for link, until_s in ends.items())
        self._state: dict[str, tuple[str, int]] = {}
        self._words = ""
        self._status: Mapping[str, LinkStatus] = MappingProxyType({})

    def note(self, now: Now) -> None:
        """Note in house time when the store or a certificate changed its state; once a tick."""
        self._enter(STORE, self._store.status.state, now)
        if self._ends:
            self._enter(CERTIFICATES, self._judged(now), now)

    def _enter(self, name: str, state: str, now: Now) -> None:
        if name not in self._state or self._state[name][0] != state:
            self._state[name] = state, now.mono_ms

    def _judged(self, now: Now) -> str:
        """By the one that ends first; a clock that was never set judges nothing."""
        until_s, link = self._ends[0]
        left_s = until_s - now.wall_ms // 1000
        if not now.synced or left_s > SOON_DAYS * DAY_S:
            self._words = ""
            return GOOD
        if left_s > 0:
            self._words = f"our certificate for {link} ends on {day(until_s)}, in {left_s // DAY_S} days"
            return ENDING
        self._words = f"our certificate for {link} has ended on {day(until_s)}"
        return ENDED

    def status(self) -> Mapping[str, LinkStatus]:
        """The same object while nothing has changed."""
        now = {name: _status_of(link) for name, link in self._links.items()}
        store = self._store.status
        now[STORE] = LinkStatus(STORE, store.state, self._state.get(STORE, ("", 0))[1], store.words)
        if CERTIFICATES in self._state:
            state, since_ms = self._state[CERTIFICATES]
            now[CERTIFICATES] = LinkStatus(CERTIFICATES, state, since_ms, self._words)
        if now != self._status:
            self._status = MappingProxyType(now)
        return self._status


def _status_of(link: Link) -> LinkStatus:
    pipe = link.pipe.status
    return LinkStatus(link.plan.name, link.state, link.since_mono_ms, pipe.words, pipe.act)
