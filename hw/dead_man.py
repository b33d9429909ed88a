"""Whether the heartbeat for the dead-man on the relay supply may go on, and when the switch has settled.

The relay boards keep their last word when this program dies; a dead-man that needs a pulse from every tick
takes the coil supply away. It also must fall when the program lives but can no longer make relays let go.
"""

from __future__ import annotations

from collections.abc import Collection

from states.image import Readbacks

GRACE_MS = 5_000
"""House time that something must be wrong before the heartbeat stops."""
RESUME_MS = 60_000
"""House time that all must be well before it goes on, so that an ill board does not switch the supply."""
STEADY_MS = 100
LOOKS = 3
"""A switch has settled when so many looks, over so long, saw the same."""


class DeadMan:
    """Judges the read-backs of every tick. `beating` while the heartbeat goes on, `stops` counts its ends.

    What must not be: a relay whose board does not answer, and one that stays pulled in against its command.
    One that does not pull in is safe without any help.
    """

    def __init__(self, relays: Collection[str]) -> None:
        """`relays`: nodes of the relays whose supply hangs on the heartbeat."""
        self._relays = tuple(relays)
        self.beating = False
        self.stops = 0
        self.words = "The heartbeat has not begun: no relay has been read back yet."
        self._wrong_since_ms: int | None = None
        self._sane_since_ms: int | None = None

    def step(self, readbacks: Readbacks, mono_ms: int) -> bool:
        """One whole tick is over; whether the heartbeat may beat."""
        wrong = self._wrong(readbacks)
        if wrong:
            self._sane_since_ms = None
            if self._wrong_since_ms is None:
                self._wrong_since_ms = mono_ms
            if self.beating and mono_ms - self._wrong_since_ms >= GRACE_MS:
                self.beating = False
                self.stops += 1
            if not self.beating:
                self.words = f"The heartbeat has stopped: {wrong}."
            return self.beating
        self._wrong_since_ms = None
        if self._sane_since_ms is None:
            self._sane_since_ms = mono_ms
        if not self.beating and mono_ms - self._sane_since_ms >= (RESUME_MS if self.stops else 0):
            self.beating, self.words = True, ""
        return self.beating

    def _wrong(self, readbacks: Readbacks) -> str:
        for node in self._relays:
            back = readbacks.get(node)
            if back is None or back.value is None:
                return f"{node} cannot be read back"
            if back.value > back.commanded:
                return f"{node} does not let go"
        return ""


class Debounce:
    """The settled level of a contact that bounces; `level` is None until it has settled once."""

    def __init__(self) -> None:
        """Nothing seen yet."""
        self.level: bool | None = None
        self._seen: bool | None = None
        self._since_ms = 0
        self._looks = 0

    def see(self, level: bool, net_ms: int) -> None:
        """One look at the contact, at real time `net_ms`."""
        if level != self._seen:
            self._seen, self._since_ms, self._looks = level, net_ms, 0
        self._looks += 1
        if self._looks >= LOOKS and net_ms - self._since_ms >= STEADY_MS:
            self.level = level
