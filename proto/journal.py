"""The contract journal as it is written: one short entry for everything said, heard or befallen.

An entry is signed by its position: the store chains it to the one before (`proto/store/chain.py`). The terms
of a contract stand in its first entry of a run only. A peer that talks without end does not fill the disk:
what is too much in an hour is counted and not written. Nobody's talk takes the room of what matters more:
contracts we do not hold, the one we hold, and how one was taken or ended have each a room of their own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

import msgspec
from msgspec import Struct

from states.image import Contract, Noted, Now

HEARD, SAID, LOST, STARTED, STOPPED = "heard", "said", "lost", "started", "stopped"
MAX_WORDS = 500
HOUR_MS = 3_600_000
ROOM = {"strange": 60, "held": 600, "turn": 1200}
"""Entries an hour by rank. A contract makes about 120, and is taken once and ends once."""
MAX_KNOWN = 16


class Terms(Struct, frozen=True, array_like=True, gc=False):
    """What was bought: for whom, from when (UTC s), for how many minutes, W, with oil instead."""

    scada_alias: str
    start_s: int
    duration_minutes: int
    avg_power_watts: int
    oil_boiler_on: bool

    @property
    def end_s(self) -> int:
        """UTC second at which the slot is over."""
        return self.start_s + 60 * self.duration_minutes

    @property
    def watt_hours(self) -> int:
        """Energy bought, Wh."""
        return int(self.avg_power_watts * self.duration_minutes / 60)


class Entry(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One entry. `n` counts the entries of a run of the program from 1, so a lost one shows.

    `status` to `echo` are those of a heartbeat: `was` its previous status, `made_ms` its stamp, `claims_wh`
    the energy it states, `digit` its own and `echo` the last digit of the other side that it has seen.
    `used_wh` is what we had booked by then. `skipped`: so many before this one were too many to be written.
    """

    n: int
    what: str
    contract: str
    used_wh: int = 0
    status: str = ""
    was: str | None = None
    made_ms: int = 0
    claims_wh: int | None = None
    digit: int | None = None
    echo: int | None = None
    sender: str = ""
    why: str = ""
    cause: str = ""
    terms: Terms | None = None
    skipped: int = 0


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Entry)


def read_entry(body: bytes) -> Entry | None:
    """An entry as it was written; None when it is none."""
    try:
        return _decoder.decode(body)
    except msgspec.MsgspecError:
        return None


class Journal:
    """Writes entries by `put`, which takes a body and wall ms and never waits."""

    def __init__(self, put: Callable[[bytes, int], None]) -> None:
        self._put = put
        self._n = 0
        self._known: dict[str, Contract] = {}
        self._hour = 0
        self._this_hour: Counter[str] = Counter()
        self.skipped = self._untold = 0

    def note(self, now: Now, lines: Sequence[Noted]) -> None:
        """Write the lines of a tick, in order."""
        for line in lines:
            if self._has_room(now, line):
                self._n += 1
                self._put(_encoder.encode(self._entry(line)), now.wall_ms)
                self._untold = 0
            else:
                self.skipped += 1
                self._untold += 1

    def _has_room(self, now: Now, line: Noted) -> bool:
        hour = now.mono_ms // HOUR_MS
        if hour != self._hour:
            self._hour = hour
            self._this_hour.clear()
        if self._this_hour[line.rank] >= ROOM[line.rank]:
            return False
        self._this_hour[line.rank] += 1
        return True

    def _entry(self, line: Noted) -> Entry:
        beat = line.heartbeat
        name, used_wh, why = line.contract_id, line.used_wh, line.why[:MAX_WORDS]
        if beat is None:
            return Entry(
                n=self._n, what=line.what, contract=name, used_wh=used_wh, why=why, skipped=self._untold
            )
        cause = (beat.cause or "")[:MAX_WORDS]
        return Entry(
            n=self._n,
            what=line.what,
            contract=name,
            used_wh=used_wh,
            status=beat.status,
            was=beat.previous_status,
            made_ms=beat.created_ms,
            claims_wh=beat.watt_hours_used,
            digit=beat.my_digit,
            echo=beat.your_last_digit,
            sender=line.sender,
            why="" if why == cause else why,
            cause=cause,
            terms=self._terms(beat.contract),
            skipped=self._untold,
        )

    def _terms(self, contract: Contract) -> Terms | None:
        """The terms, unless they have just been written."""
        if self._known.get(contract.contract_id) == contract:
            return None
        if len(self._known) >= MAX_KNOWN:
            del self._known[next(iter(self._known))]
        self._known[contract.contract_id] = contract
        return Terms(
            contract.scada_alias,
            contract.start_s,
            contract.duration_minutes,
            contract.avg_power_watts,
            contract.oil_boiler_on,
        )
