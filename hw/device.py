"""How a device on a wire is doing: its back-off, its error count, and one sentence for the page.

Every driver of the rig owns one `Device` per thing that can fail alone (a chip, the meter, a Wi-Fi module).
"""

from __future__ import annotations

from msgspec import Struct

from states.image import Now

FIRST_BACKOFF_MS = 2_000
MAX_BACKOFF_MS = 300_000
GRACE_MS = 5_000
"""Readings of a failing device are kept (and age) this long before they turn into "failed"."""
_MAX_WORDS = 200


class DeviceStatus(Struct, frozen=True, gc=False):
    """A device as the page and the fault table see it.

    `words` is empty while there is nothing to say; it may also warn about a device that works.
    `errors` counts since start. `backoff_until_mono_ms` is 0 unless the device is left alone for a while.
    """

    name: str
    ok: bool
    words: str = ""
    errors: int = 0
    backoff_until_mono_ms: int = 0


class Device:
    """Counts what goes wrong with one device and decides when to try again.

    The wait doubles from 2 s to `max_backoff_ms`. It runs on house time, or on real time for a device that
    is reached over the network (`network=True`).
    """

    __slots__ = (
        "_failing_since",
        "_network",
        "_status",
        "_until",
        "_until_mono",
        "_wait_ms",
        "_words",
        "errors",
        "lost",
        "max_backoff_ms",
        "name",
        "ok",
    )

    def __init__(self, name: str, *, max_backoff_ms: int = MAX_BACKOFF_MS, network: bool = False) -> None:
        """A device nobody has asked yet: not ok, free to be tried."""
        self.name = name
        self.ok = False
        self.errors = 0
        self.lost = False
        self.max_backoff_ms = max_backoff_ms
        self._network = network
        self._wait_ms = 0
        self._until = 0
        self._until_mono = 0
        self._failing_since: int | None = None
        self._words = "not heard from since start"
        self._status: DeviceStatus | None = None

    def waiting(self, now: Now) -> bool:
        """True while the device is left alone after a failure."""
        return self._wait_ms > 0 and (now.net_ms if self._network else now.mono_ms) < self._until

    def good(self, warning: str = "") -> None:
        """The device answered; forget the failures."""
        if self.ok and self._words == warning:
            return
        self.ok, self.lost, self._failing_since = True, False, None
        self._wait_ms = self._until = self._until_mono = 0
        self._words = warning[:_MAX_WORDS]
        self._status = None

    def complain(self, words: str) -> None:
        """Count an error that does not stop the device from being asked again at once."""
        self.errors += 1
        self._words = words[:_MAX_WORDS]
        self._status = None

    def bad(self, now: Now, words: str) -> None:
        """The device failed for good this time: count it and wait, twice as long as last time."""
        self.complain(words)
        self.ok = False
        if self._failing_since is None:
            self._failing_since = now.mono_ms
        self._wait_ms = min(2 * self._wait_ms or FIRST_BACKOFF_MS, self.max_backoff_ms)
        self._until = (now.net_ms if self._network else now.mono_ms) + self._wait_ms
        self._until_mono = now.mono_ms + self._wait_ms

    def retry(self) -> None:
        """Something has changed about it: the wait is over, what was counted stays."""
        self._wait_ms = self._until = self._until_mono = 0
        self._status = None

    def down(self, now: Now, words: str) -> None:
        """The way to the device is not there (it waits by its own rules); counted when the reason changes."""
        if self._failing_since is None:
            self._failing_since = now.mono_ms
        if self.ok or words != self._words:
            self.complain(words)
            self.ok = False

    def silent(self, words: str) -> None:
        """The device speaks when it likes and has not done so for too long; there is nothing to retry."""
        if self.ok:
            self.complain(words)
            self.ok = False

    def newly_lost(self, now: Now) -> bool:
        """True once per failure, when it has lasted so long that old readings must go."""
        since = self._failing_since
        if since is None or self.lost or now.mono_ms - since < GRACE_MS:
            return False
        self.lost = True
        return True

    @property
    def status(self) -> DeviceStatus:
        """The same object until something changes."""
        if self._status is None:
            self._status = DeviceStatus(self.name, self.ok, self._words, self.errors, self._until_mono)
        return self._status


def next_due_ms(due_ms: int, period_ms: int, mono_ms: int) -> int:
    """The next slot on the grid of `due_ms`; slots that are already past are skipped, never made up for."""
    due_ms += period_ms
    return due_ms if due_ms > mono_ms else mono_ms + period_ms
