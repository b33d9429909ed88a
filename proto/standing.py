"""How every link, the store and our own certificates stand, for the image and for whoever looks."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Protocol

from layouts.certificates import DAY_S, SOON_DAYS, day
from proto.link import Link
from proto.store import Store
from states.image import LinkStatus, Now

STORE, CERTIFICATES = "store", "certificates"
GOOD, ENDING, ENDED = "ready", "ending", "ended"
"""State words of the certificates."""


class Ends(Protocol):
    """Who knows until when our certificates are good, and looks again."""

    def step(self, net_ms: int) -> None:
        """A slice; never waits."""

    @property
    def until_s(self) -> Mapping[str, int]:
        """Link -> until when (UTC s) the certificate that we show there is good."""

    @property
    def words(self) -> str:
        """What is wrong with the files as they are now, else empty."""


class AtStart:
    """The dates as they were at the start."""

    words = ""

    def __init__(self, until_s: Mapping[str, int]) -> None:
        self.until_s = until_s

    def step(self, net_ms: int) -> None:
        """They stay."""


class Standing:
    """`ends`: the end of the certificate that we show on each link; may be empty. It may be replaced."""

    def __init__(self, links: Mapping[str, Link], store: Store, ends: Mapping[str, int]) -> None:
        self._links, self._store = links, store
        self.ends: Ends = AtStart(ends)
        self._state: dict[str, tuple[str, int]] = {}
        self._words = ""
        self._status: Mapping[str, LinkStatus] = MappingProxyType({})

    def note(self, now: Now) -> None:
        """Note in house time when the store or a certificate changed its state; once a tick."""
        self._enter(STORE, self._store.status.state, now)
        self.ends.step(now.net_ms)
        if until_s := self.ends.until_s:
            self._enter(CERTIFICATES, self._judged(until_s, now), now)

    def _enter(self, name: str, state: str, now: Now) -> None:
        if name not in self._state or self._state[name][0] != state:
            self._state[name] = state, now.mono_ms

    def _judged(self, ends: Mapping[str, int], now: Now) -> str:
        """By the one that ends first; a clock that was never set judges nothing."""
        until_s, link = min((until_s, link) for link, until_s in ends.items())
        trouble = f"; {self.ends.words}" if self.ends.words else ""
        left_s = until_s - now.wall_ms // 1000
        if not now.synced or left_s > SOON_DAYS * DAY_S:
            self._words = trouble.removeprefix("; ")
            return GOOD
        if left_s > 0:
            self._words = (
                f"our certificate for {link} ends on {day(until_s)}, in {left_s // DAY_S} days{trouble}"
            )
            return ENDING
        self._words = f"our certificate for {link} has ended on {day(until_s)}{trouble}"
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
